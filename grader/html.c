/* html.c - text in pages. */
#include "html.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "clean_text.h"

enum { LONGEST_NAME = 200 /* of a file; with its ending it has to stay below 255 bytes */ };

void put_html(FILE *out, const char *bytes)
{
    char clean[8192];
    struct text text = TEXT_IN(clean);

    text_add_line(&text, "%s", bytes);
    for (const char *c = clean; *c != '\0'; c++) {
        const char *escape = *c == '&'    ? "&amp;"
                             : *c == '<'  ? "&lt;"
                             : *c == '>'  ? "&gt;"
                             : *c == '"'  ? "&quot;"
                             : *c == '\'' ? "&#39;"
                             : *c == '\n' ? "&#10;"
                                          : NULL;
        if (escape != NULL)
            (void)fputs(escape, out);
        else
            (void)fputc(*c, out);
    }
}

void put_element(FILE *out, const char *tag, const char *name, const char *text)
{
    if (text[0] == '\0')
        return;
    (void)fprintf(out, "<%s", tag);
    if (name != NULL)
        (void)fprintf(out, " class=\"%s\"", name);
    (void)fputc('>', out);
    put_html(out, text);
    (void)fprintf(out, "</%s>\n", tag);
}

void put_page_head(FILE *out, const char *title, const char *style)
{
    (void)fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                "<meta name=\"color-scheme\" content=\"light dark\">\n",
                out);
    put_element(out, "title", NULL, title);
    (void)fprintf(out, "<style>\n%s</style>\n</head>\n<body>\n", style);
}

/* FNV-1a, 64 bits: not against malice, but two names that are cut alike get different numbers. */
static uint64_t number_of(const char *name)
{
    uint64_t number = 14695981039346656037u;

    for (; *name != '\0'; name++)
        number = (number ^ (unsigned char)*name) * 1099511628211u;
    return number;
}

void encoded_name(char *to, size_t size, const char *name)
{
    size_t length = 0;

    for (const char *c = name; *c != '\0' && length + sizeof "=XX" <= size; c++) {
        unsigned char byte = (unsigned char)*c;
        bool plain = byte < 0x80 && (isalnum(byte) || byte == '_' || ((byte == '.' || byte == '-') && c != name));
        int added = snprintf(to + length, size - length, plain ? "%c" : "=%02X", byte);
        length += (size_t)added;
    }
    to[length] = '\0';
    /* "==" is in no encoded name, so no other name becomes this one by chance. */
    if (length > LONGEST_NAME)
        (void)snprintf(to + LONGEST_NAME, size - LONGEST_NAME, "==%016llx", (unsigned long long)number_of(name));
    else if (length == 0)
        (void)snprintf(to, size, "=");
}
