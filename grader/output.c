/* output.c - keeps the head and the tail of what a run prints, however much it is. */
#include "output.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void keep(struct output *output, const char *bytes, size_t length)
{
    size_t room = OUTPUT_HEAD - output->head_length;
    size_t first = length < room ? length : room;

    memcpy(output->head + output->head_length, bytes, first);
    output->head_length += first;
    for (size_t i = first; i < length; i++)
        output->tail[output->total++ % OUTPUT_TAIL] = bytes[i];
}

bool output_take(struct output *output, int fd)
{
    char bytes[65536];

    output->took_something = false;
    /* Bounded: who prints for ever must not keep us from looking at the rest. */
    for (int round = 0; round < 16; round++) {
        ssize_t got = read(fd, bytes, sizeof bytes);
        if (got == 0)
            return false;
        if (got < 0)
            return true; /* EAGAIN, EINTR: nothing more now */
        output->took_something = true;
        keep(output, bytes, (size_t)got);
    }
    return true;
}

bool output_write(const struct output *output, const char *path)
{
    FILE *file = fopen(path, "w");
    if (file == NULL)
        return false;

    (void)fwrite(output->head, 1, output->head_length, file);
    if (output->total > OUTPUT_TAIL)
        (void)fprintf(file, "\n[... %llu bytes left out ...]\n", output->total - OUTPUT_TAIL);
    unsigned long long begin = output->total > OUTPUT_TAIL ? output->total - OUTPUT_TAIL : 0;
    for (unsigned long long i = begin; i < output->total; i++)
        (void)fputc(output->tail[i % OUTPUT_TAIL], file);
    return fclose(file) == 0;
}
