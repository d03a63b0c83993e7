/* clean_text.c - makes hostile text harmless. */
#include "clean_text.h"

#include <stdio.h>
#include <string.h>

enum { LONGEST_ESCAPE = 12, DOTS = 3 };

size_t utf8_length(const char *bytes, size_t len, unsigned *code)
{
    static const unsigned smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *b = (const unsigned char *)bytes;

    if (len == 0)
        return 0;
    size_t need = b[0] < 0x80 ? 1 : b[0] < 0xc0 ? 0 : b[0] < 0xe0 ? 2 : b[0] < 0xf0 ? 3 : b[0] < 0xf8 ? 4 : 0;
    if (need == 0 || need > len)
        return 0;

    unsigned value = need == 1 ? b[0] : b[0] & (0xffu >> (need + 1));
    for (size_t i = 1; i < need; i++) {
        if ((b[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (b[i] & 0x3f);
    }
    /* A character that is written longer than it need be, half a surrogate pair, or beyond Unicode: no UTF-8. */
    if ((need > 1 && value < smallest[need]) || (value >= 0xd800 && value < 0xe000) || value > 0x10ffff)
        return 0;
    if (code != NULL)
        *code = value;
    return need;
}

/* True for what a terminal would obey, or hide, instead of showing it. */
static bool is_invisible(unsigned code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0)   /* control characters */
           || code == 0xad || code == 0x61c               /* soft hyphen, Arabic letter mark */
           || (code >= 0x200b && code <= 0x200f)          /* zero width, left-to-right and right-to-left marks */
           || (code >= 0x2028 && code <= 0x202e)          /* line separators, overrides of the direction */
           || (code >= 0x2060 && code <= 0x206f)          /* joiners, isolates */
           || code == 0xfeff || (code & 0xfffe) == 0xfffe /* byte order mark; no characters, though UTF-8 */
           || (code >= 0xfff9 && code <= 0xfffb) || (code >= 0xe0000 && code <= 0xe0fff); /* annotations, tags */
}

struct text text_begin(char *buffer, size_t size)
{
    buffer[0] = '\0';
    return (struct text){.start = buffer, .size = size};
}

/* Takes characters off the end until "..." fits, and writes it. */
static void cut(struct text *text)
{
    text->cut = true;
    if (text->size <= DOTS)
        return;
    while (text->len + DOTS >= text->size) {
        text->len--;
        while (text->len > 0 && ((unsigned char)text->start[text->len] & 0xc0) == 0x80)
            text->len--;
    }
    memcpy(text->start + text->len, "...", DOTS + 1);
    text->len += DOTS;
}

static void add_raw(struct text *text, const char *bytes, size_t len)
{
    if (text->cut)
        return;
    if (text->len + len >= text->size) {
        cut(text);
        return;
    }
    memcpy(text->start + text->len, bytes, len);
    text->len += len;
    text->start[text->len] = '\0';
}

void text_add_bytes(struct text *text, const char *bytes, size_t len)
{
    size_t step = 0;

    for (size_t i = 0; i < len && !text->cut; i += step) {
        char escape[LONGEST_ESCAPE];
        unsigned code = 0;
        step = utf8_length(bytes + i, len - i, &code);
        if (step == 0) {
            step = 1;
            (void)snprintf(escape, sizeof escape, "\\x%02x", (unsigned char)bytes[i]);
            add_raw(text, escape, strlen(escape));
        } else if (code == '\n' || code == '\t') {
            add_raw(text, " ", 1);
        } else if (is_invisible(code)) {
            (void)snprintf(escape, sizeof escape, code < 0x80 ? "\\x%02x" : "\\u{%x}", code);
            add_raw(text, escape, strlen(escape));
        } else {
            add_raw(text, bytes + i, step);
        }
    }
}

void text_add(struct text *text, const char *format, ...)
{
    char buffer[4096];
    va_list arguments;

    va_start(arguments, format);
    int length = vsnprintf(buffer, sizeof buffer, format, arguments);
    va_end(arguments);
    if (length < 0)
        return;
    text_add_bytes(text, buffer, strlen(buffer));
    if ((size_t)length >= sizeof buffer && !text->cut)
        cut(text);
}

void text_add_line(struct text *text, const char *format, ...)
{
    char buffer[4096];
    va_list arguments;

    va_start(arguments, format);
    int length = vsnprintf(buffer, sizeof buffer, format, arguments);
    va_end(arguments);
    if (length < 0)
        return;
    size_t start = 0;
    for (size_t i = 0; buffer[start] != '\0'; start = i) {
        while (buffer[i] != '\n' && buffer[i] != '\0')
            i++;
        text_add_bytes(text, buffer + start, i - start);
        if (buffer[i] == '\n') {
            add_raw(text, "\n", 1);
            i++;
        }
    }
}

void clean_copy(char *to, size_t size, const char *from)
{
    struct text text = text_begin(to, size);

    text_add_bytes(&text, from, strlen(from));
}
