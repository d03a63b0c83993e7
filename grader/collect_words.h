/* collect_words.h - what the parts of collect_words.c have in common. */
#ifndef EAGAIN_COLLECT_WORDS_H
#define EAGAIN_COLLECT_WORDS_H

#include "collect.h"

/* What one error is told from, and where the sentence grows. */
struct telling {
    struct source_lines *lines;
    const struct valgrind_report *report;
    const struct valgrind_error *error;
    struct text seen;
    struct finding *finding;
};

/* Sets what the finding says was expected. */
void expect(struct telling *telling, const char *expected);

bool contains(const char *text, const char *part);

/* A number as Valgrind writes it, with commas; moves *AT behind it. */
bool parse_number(const char **at, unsigned long *value);

/* "s" for all numbers but 1. */
const char *plural(unsigned long n);

/* Adds "line 12 (`...`)" of the submission's frame in a stack, or WITHOUT if there is none. */
void add_line(struct telling *telling, const struct valgrind_stack *stack, const char *without);

/* The first stack whose introduction contains PART, or NULL. */
const struct valgrind_stack *stack_about(const struct valgrind_error *error, const char *part);

/* ---- collect_memory_words.c: what Memcheck finds */
void tell_access(struct telling *telling);
void tell_free(struct telling *telling);
void tell_unset(struct telling *telling);
void tell_system_call(struct telling *telling);
void tell_overlap(struct telling *telling);
void tell_jump(struct telling *telling);
void tell_leak(struct telling *telling);

/* ---- collect_thread_words.c: what Helgrind finds */
void tell_race(struct telling *telling);
void tell_lock_order(struct telling *telling);
void tell_threads(struct telling *telling);

#endif
