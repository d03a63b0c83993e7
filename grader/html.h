/* html.h - text in pages: whatever a submission holds, in a page it is text and nothing else. */
#ifndef EAGAIN_HTML_H
#define EAGAIN_HTML_H

#include <stddef.h>
#include <stdio.h>

/* Writes a text so that it is no markup, in elements and in quoted attributes. A newline is written by its number,
 * which an attribute keeps; what would not show is cleaned. XML reads it alike. */
void put_html(FILE *out, const char *text);

/* Writes <TAG class="NAME">TEXT</TAG> and a newline; nothing if the text is empty. NAME may be NULL. */
void put_element(FILE *out, const char *tag, const char *name, const char *text);

/* Begins a page: all up to <body>, with STYLE inside. */
void put_page_head(FILE *out, const char *title, const char *style);

/*
 * A name for a file, of letters, digits and . _ - = alone, that no other name gives: other bytes become =XX, and so does
 * a dot or a dash at the front. A name too long for a file system is cut, and gets a number that is computed from it.
 * TO has SIZE bytes, at least 256.
 */
void encoded_name(char *to, size_t size, const char *name);

#endif
