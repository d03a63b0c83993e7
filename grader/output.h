/* output.h - keeps the head and the tail of what a run prints, however much it is. */
#ifndef EAGAIN_OUTPUT_H
#define EAGAIN_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

enum { OUTPUT_HEAD = 16384, OUTPUT_TAIL = 16384 };

struct output {
    char head[OUTPUT_HEAD];
    size_t head_length;
    char tail[OUTPUT_TAIL];   /* a ring: the byte at total % OUTPUT_TAIL is the oldest */
    unsigned long long total; /* bytes beyond the head */
    bool took_something;      /* in the last output_take() */
};

/* Takes what is in the non-blocking descriptor FD now, at most 1 MiB; false at end of file. */
bool output_take(struct output *output, int fd);

/* Writes head, a line that says how much was left out, and tail to a file; false with errno. */
bool output_write(const struct output *output, const char *path);

#endif
