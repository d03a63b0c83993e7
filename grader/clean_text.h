/*
 * clean_text.h - text of a bounded length that is safe to show.
 *
 * Everything that the grader repeats (a line of the submission, a function's
 * name in Valgrind's report) may be hostile: endless, no UTF-8, full of escape
 * sequences that repaint a terminal or of marks that turn the direction of
 * writing. What goes through here is valid UTF-8 on one line; bytes that are
 * not are shown as \xNN, characters that would not show as \u{NNNN}.
 */
#ifndef EAGAIN_CLEAN_TEXT_H
#define EAGAIN_CLEAN_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* A text under construction, in the buffer of its owner; always ends with NUL, never exceeds SIZE bytes. */
struct text {
    char *start;
    size_t size;
    size_t len;
    bool cut; /* something did not fit; the text then ends with "..." */
};

/* An empty text in the array BUFFER. */
#define TEXT_IN(buffer) text_begin(buffer, sizeof(buffer))
struct text text_begin(char *buffer, size_t size);

/* Adds LEN bytes, cleaned. A newline or tab becomes a space. */
void text_add_bytes(struct text *text, const char *bytes, size_t len);

/* Adds what printf would print, cleaned; more than 4096 bytes at a time are cut. */
void text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same, as it is and with its newlines: for our own words with cleaned text in them. */
void text_add_line(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Copies a string, cleaned and cut to the size of the array TO. */
#define CLEAN_COPY(to, from) clean_copy(to, sizeof(to), from)
void clean_copy(char *to, size_t size, const char *from);

/*
 * The length in bytes (1 to 4) of the character at BYTES, of which LEN are left; 0 if it is no valid UTF-8.
 * Its code point goes to *CODE if that is not NULL.
 */
size_t utf8_length(const char *bytes, size_t len, unsigned *code);

#endif
