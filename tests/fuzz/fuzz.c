/* fuzz.c - what the fuzz targets have in common. */
#define _GNU_SOURCE 1 /* memfd_create, memmem */
#include "fuzz.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void broken_promise(const char *file, int line, const char *promise)
{
    (void)fprintf(stderr, "%s:%d: a promise was not kept: %s\n", file, line, promise);
    abort();
}

const char *memory_file(const void *bytes, size_t size)
{
    static char path[40];
    static int fd = -1;

    if (fd == -1) {
        fd = memfd_create("input", MFD_CLOEXEC);
        MUST(fd != -1);
        (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    MUST(ftruncate(fd, 0) == 0 && pwrite(fd, bytes, size, 0) == (ssize_t)size);
    return path;
}

void write_file(const char *name, const void *bytes, size_t size)
{
    FILE *file = fopen(name, "w");

    MUST(file != NULL && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
}

/* One more opinion than clean_text.c's own on what is UTF-8 (jansson's) and what does not show. */
static bool is_shown(const char *text, bool newlines)
{
    json_t *string = json_string(text);
    bool good = string != NULL;

    json_decref(string);
    for (const unsigned char *b = (const unsigned char *)text; good && *b != '\0'; b++) {
        /* Each character is looked at by its first bytes; those that are no first bytes pass. */
        if (*b < 0x20 || *b == 0x7f)
            good = newlines && *b == '\n';
        else if (b[0] == 0xc2) /* U+0080 to U+009F: control characters, too */
            good = b[1] >= 0xa0;
        else if (b[0] == 0xe2 && b[1] == 0x80) /* U+200B to U+200F, U+2028 to U+202E: marks and turns of direction */
            good = !(b[2] >= 0x8b && b[2] <= 0x8f) && !(b[2] >= 0xa8 && b[2] <= 0xae);
        else if (b[0] == 0xe2 && b[1] == 0x81) /* U+2066 to U+2069: isolates */
            good = !(b[2] >= 0xa6 && b[2] <= 0xa9);
        else if (b[0] == 0xef && b[1] == 0xbb) /* U+FEFF: a byte order mark */
            good = b[2] != 0xbf;
    }
    return good;
}

bool is_harmless(const char *text)
{
    return is_shown(text, false);
}

bool is_harmless_but_for_newlines(const char *text)
{
    return is_shown(text, true);
}

const char *section(const uint8_t *data, size_t size, const char *name, size_t *length)
{
    const char *at = (const char *)data, *end = at + size;

    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        const char *next = stop == NULL ? end : stop + 1;
        size_t line = (size_t)((stop == NULL ? end : stop) - at);
        if (line == strlen(name) + 4 && memcmp(at, "=== ", 4) == 0 && memcmp(at + 4, name, line - 4) == 0) {
            const char *other = memmem(next, (size_t)(end - next), "\n=== ", 5);
            *length = next < end && end - next >= 4 && memcmp(next, "=== ", 4) == 0 ? 0
                      : other == NULL                                               ? (size_t)(end - next)
                                                                                    : (size_t)(other + 1 - next);
            return next;
        }
        at = next;
    }
    *length = 0;
    return NULL;
}
