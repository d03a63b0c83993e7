/*
 * fuzz.h - what the fuzz targets have in common.
 *
 * A target gives bytes that anybody may have written to one reader of grader/, and asks two things of it: that nothing
 * breaks (the sanitizers look for that), and that it keeps its promises (MUST). The bytes come from libFuzzer
 * (make fuzz), or from the files in corpus/ (replay.c, a part of make test).
 */
#ifndef EAGAIN_FUZZ_H
#define EAGAIN_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A target: tries the bytes; returns 0. Does not come back if a promise was not kept. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the process by SIGABRT, after a line that says which promise was not kept. */
#define MUST(promise) ((promise) ? (void)0 : broken_promise(__FILE__, __LINE__, #promise))
void broken_promise(const char *file, int line, const char *promise) __attribute__((noreturn));

/* The path of a file in memory that holds these bytes and nothing else. There is one: the next call fills it anew. */
const char *memory_file(const void *bytes, size_t size);

/* Writes the file NAME in the current folder, which is a folder of the target's own. */
void write_file(const char *name, const void *bytes, size_t size);

/* True if a terminal shows TEXT and does nothing else: UTF-8 without what steers, hides or turns the writing. */
bool is_harmless(const char *text);

/* The same for a text of several lines. */
bool is_harmless_but_for_newlines(const char *text);

/*
 * Inputs that are several files in one: a line "=== NAME" begins each. Returns the text of the section NAME, which ends
 * before the next such line or at the end of the input, and its length in *LENGTH; NULL if there is none.
 */
const char *section(const uint8_t *data, size_t size, const char *name, size_t *length);

#endif
