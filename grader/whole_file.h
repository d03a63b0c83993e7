/*
 * whole_file.h - files that appear whole or not at all, and files read whole but not without limit.
 *
 * A new file is written under a temporary name beside its own and renamed when
 * it is complete (rename(2) replaces atomically): whoever looks sees the old
 * one or the new one, also if we are interrupted or the disk is full.
 */
#ifndef EAGAIN_WHOLE_FILE_H
#define EAGAIN_WHOLE_FILE_H

#include <stddef.h>
#include <stdio.h>

struct whole_file {
    FILE *stream; /* write to this */
    char *path;
    char *temporary;
};

/* Begins the file PATH. 0, or -1 with errno from open(2) or ENOMEM; then there is nothing to give up. */
int whole_file_begin(struct whole_file *file, const char *path);

/* Gives the file its name. 0, or -1 with errno: then no file, or an old one, has the name. Ends FILE either way. */
int whole_file_finish(struct whole_file *file);

/* Removes what was begun. */
void whole_file_give_up(struct whole_file *file);

/*
 * Reads the regular file PATH of at most MOST bytes into new memory, with a NUL after its end; the caller frees it.
 * NULL with errno from open(2) or read(2); EFBIG if it is larger, EINVAL if it is no regular file.
 */
char *read_whole_file(const char *path, size_t most, size_t *size);

#endif
