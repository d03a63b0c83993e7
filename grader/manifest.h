/*
 * manifest.h - the facts of an exercise, read from tests/NN-topic/manifest.
 *
 * The format is described in docs/architecture.md. All strings point into one
 * copy of the file, which manifest_free() gives back.
 */
#ifndef EAGAIN_MANIFEST_H
#define EAGAIN_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>

enum {
    MANIFEST_MAX_TESTS = 64, /* as many as the board has room for */
    MANIFEST_MAX_EXPORTS = 32,
    MANIFEST_MAX_CALLS = 1024,
    MANIFEST_MAX_TOOLS = 4,
};

/* One block that begins with a `test` line. */
struct manifest_test {
    const char *name;
    int points;
    const char *says;
    const char *why; /* NULL if the manifest does not say */
    const char *lesson;
    const char *clause;
};

struct manifest {
    const char *title;
    const char *source;
    const char *header;
    const char *exports[MANIFEST_MAX_EXPORTS];
    size_t export_count;
    const char *calls[MANIFEST_MAX_CALLS]; /* the words of all `allow` lines */
    size_t call_count;
    const char *tools[MANIFEST_MAX_TOOLS];
    size_t tool_count;
    int descriptors; /* the limit on open files that the suite needs; 0: the usual one */
    int threads;     /* the limit on threads of a process under Valgrind, likewise */
    struct manifest_test tests[MANIFEST_MAX_TESTS];
    size_t test_count;
    char *bytes; /* what all of these point into */
};

/*
 * Reads the file PATH. Returns 0 and a manifest to give back with manifest_free(); or -1, and in ERROR (of SIZE bytes)
 * one line that says what is wrong in which line of the file.
 */
int manifest_read(struct manifest *manifest, const char *path, char *error, size_t size);

void manifest_free(struct manifest *manifest);

/* The index of the test NAME, or -1. */
int manifest_find(const struct manifest *manifest, const char *name);

#endif
