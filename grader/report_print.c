/* report_print.c - prints words, wrapped to the width of a terminal, coloured if it has colours. */
#define _GNU_SOURCE 1 /* wcwidth */
#include "report.h"

#include <stdarg.h>
#include <string.h>
#include <wchar.h>

#include "clean_text.h"

/* Columns of the character at TEXT, whose length goes to *LEN. What comes here is clean: valid UTF-8. */
static size_t character_width(const struct printer *p, const char *text, size_t *len)
{
    unsigned code = 0;

    *len = utf8_length(text, strlen(text), &code);
    if (*len == 0) {
        *len = 1;
        return 1;
    }
    if (code < 0x80 || !p->utf8)
        return 1;
    int width = wcwidth((wchar_t)code);
    return width < 0 ? 1 : (size_t)width;
}

size_t text_width(const struct printer *printer, const char *text)
{
    size_t width = 0, len = 0;

    for (; *text != '\0'; text += len)
        width += character_width(printer, text, &len);
    return width;
}

/* The character that stands for another on a terminal that knows only ASCII: the compilers use these quotes. */
static int ascii_for(const char *character, size_t len)
{
    static const struct {
        const char *character;
        int ascii;
    } known[] = {{"\u2018", '\''}, {"\u2019", '\''}, {"\u201c", '"'},
                 {"\u201d", '"'},  {"\u2013", '-'},  {"\u2014", '-'}};

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strncmp(known[i].character, character, len) == 0)
            return known[i].ascii;
    return '?';
}

/* Puts LEN bytes out. A space at which no line is broken has done its work by now, and is a space like any other. */
static void put(struct printer *p, const char *text, size_t len)
{
    static const char unbroken[] = "\u00a0";
    size_t step = 0;

    for (size_t i = 0; i < len; i += step) {
        p->column += character_width(p, text + i, &step);
        if (strncmp(text + i, unbroken, sizeof unbroken - 1) == 0)
            (void)fputc(' ', p->out);
        else if (step == 1 || p->utf8)
            (void)fwrite(text + i, 1, step, p->out);
        else
            (void)fputc(ascii_for(text + i, step), p->out);
    }
}

static void begin_style(struct printer *p, enum style style)
{
    static const char *const codes[] = {
        [STYLE_PLAIN] = "",   [STYLE_NAME] = "1",     [STYLE_GOOD] = "32",
        [STYLE_BAD] = "1;31", [STYLE_WARNING] = "33", [STYLE_FAINT] = "2",
    };

    if (p->color && style != STYLE_PLAIN)
        (void)fprintf(p->out, "\033[%sm", codes[style]);
}

static void end_style(struct printer *p, enum style style)
{
    if (p->color && style != STYLE_PLAIN)
        (void)fputs("\033[0m", p->out);
}

void print_styled(struct printer *printer, enum style style, const char *format, ...)
{
    char buffer[1024], clean[1024];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(buffer, sizeof buffer, format, arguments);
    va_end(arguments);
    CLEAN_COPY(clean, buffer);
    begin_style(printer, style);
    put(printer, clean, strlen(clean));
    end_style(printer, style);
}

void print_newline(struct printer *printer)
{
    (void)fputc('\n', printer->out);
    printer->column = 0;
    printer->lines++;
}

void print_to_column(struct printer *printer, size_t to, bool at_least_one)
{
    if (at_least_one && printer->column >= to)
        to = printer->column + 1;
    while (printer->column < to)
        put(printer, " ", 1);
}

void print_unbroken(struct printer *printer, const char *text)
{
    char clean[1024];

    CLEAN_COPY(clean, text);
    put(printer, clean, strlen(clean));
    print_newline(printer);
}

void print_cut(struct printer *printer, const char *text)
{
    char clean[1024];
    size_t room = printer->width - (printer->column < printer->width ? printer->column : printer->width);
    size_t width = 0, end = 0, len = 0;

    CLEAN_COPY(clean, text);
    if (text_width(printer, clean) > room) {
        /* The three dots take room too. */
        for (room = room < 3 ? 0 : room - 3; clean[end] != '\0'; end += len) {
            width += character_width(printer, clean + end, &len);
            if (width > room)
                break;
        }
        while (end > 0 && clean[end - 1] == ' ')
            end--;
        (void)snprintf(clean + end, sizeof clean - end, "...");
    }
    put(printer, clean, strlen(clean));
    print_newline(printer);
}

/* A word that fits on no line is broken where the line ends. */
static void put_long_word(struct printer *p, size_t indent, const char *word, size_t len)
{
    size_t step = 0;

    for (size_t i = 0; i < len; i += step) {
        size_t width = character_width(p, word + i, &step);
        if (p->column + width > p->width && p->column > indent) {
            print_newline(p);
            print_to_column(p, indent, false);
        }
        put(p, word + i, step);
    }
}

static void put_word(struct printer *p, size_t indent, const char *word, size_t len, bool first)
{
    char copy[4096];
    size_t length = len < sizeof copy ? len : sizeof copy - 1;

    memcpy(copy, word, length);
    copy[length] = '\0';
    size_t width = text_width(p, copy);
    if (!first && p->column + 1 + width > p->width && p->column > indent) {
        print_newline(p);
        print_to_column(p, indent, false);
    } else if (!first) {
        put(p, " ", 1);
    }
    if (p->column + width > p->width)
        put_long_word(p, indent, word, len);
    else
        put(p, word, len);
}

void print_wrapped(struct printer *printer, size_t indent, const char *text)
{
    char clean[8192];
    struct text line = TEXT_IN(clean);
    bool first = true;

    /* A terminal line may be narrower than what stands in front: then at least a few letters a line. */
    if (indent + 20 > printer->width)
        indent = 0;
    text_add_line(&line, "%s", text);
    for (const char *c = clean; *c != '\0';) {
        if (*c == '\n') {
            print_newline(printer);
            print_to_column(printer, indent, false);
            first = true;
            c++;
            /* What is indented in the text (a line of code in the compiler's words) stays so. */
            for (; *c == ' '; c++)
                put(printer, " ", 1);
            continue;
        }
        size_t len = strcspn(c, " \n");
        if (len > 0) {
            put_word(printer, indent, c, len, first);
            first = false;
        }
        c += len;
        c += *c == ' ';
    }
    print_newline(printer);
}
