/* fuzz_clean_text.c - what makes hostile text harmless: grader/clean_text.c, grader/html.c. */
#include "clean_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "html.h"

/* Adds the bytes to a text with room for SIZE bytes, in pieces of PIECE bytes. */
static void add_pieces(const char *bytes, size_t length, size_t size, size_t piece)
{
    char *buffer = malloc(size);
    MUST(buffer != NULL);
    struct text text = text_begin(buffer, size);

    for (size_t i = 0; i < length; i += piece)
        text_add_bytes(&text, bytes + i, piece < length - i ? piece : length - i);
    MUST(text.len < size && strlen(buffer) == text.len);
    MUST(is_harmless(buffer));
    /* What was cut says so, if there is room to. */
    MUST(!text.cut || size <= 3 || strcmp(buffer + text.len - 3, "...") == 0);
    free(buffer);
}

/* What is clean stays as it is. */
static void add_twice(const char *bytes, size_t length)
{
    size_t size = length * 12 + 1;
    char *once = malloc(size), *twice = malloc(size);
    MUST(once != NULL && twice != NULL);
    struct text text = text_begin(once, size);

    text_add_bytes(&text, bytes, length);
    MUST(!text.cut);
    clean_copy(twice, size, once);
    MUST(strcmp(once, twice) == 0);
    free(once);
    free(twice);
}

static void add_lines(const char *string)
{
    char buffer[1000];
    struct text text = TEXT_IN(buffer);

    text_add_line(&text, "%s", string);
    MUST(is_harmless_but_for_newlines(buffer));
}

/* In a page it is text: no tag begins, no attribute ends, no character reference is anybody's but ours. */
static void put_in_page(const char *string)
{
    char *page = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&page, &size);

    MUST(out != NULL);
    put_html(out, string);
    MUST(fclose(out) == 0);
    MUST(is_harmless(page));
    MUST(strpbrk(page, "<>\"'") == NULL);
    for (const char *c = strchr(page, '&'); c != NULL; c = strchr(c + 1, '&'))
        MUST(strncmp(c, "&amp;", 5) == 0 || strncmp(c, "&lt;", 4) == 0 || strncmp(c, "&gt;", 4) == 0 ||
             strncmp(c, "&quot;", 6) == 0 || strncmp(c, "&#39;", 5) == 0 || strncmp(c, "&#10;", 5) == 0);
    free(page);
}

static void name_file(const char *string)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-=";
    char name[256];

    encoded_name(name, sizeof name, string);
    MUST(name[0] != '\0' && name[0] != '.' && name[0] != '-');
    MUST(strspn(name, plain) == strlen(name) && strlen(name) <= 240);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    const char *bytes = (const char *)data + 2;
    size_t length = size - 2;
    char *string = strndup(bytes, length);
    MUST(string != NULL);

    /* The first two bytes say how much room there is, and how large the pieces are. */
    add_pieces(bytes, length, data[0] + 1u, data[1] + 1u);
    add_twice(bytes, length);
    add_lines(string);
    put_in_page(string);
    name_file(string);
    free(string);
    return 0;
}
