/* whole_file.c - writing whole files, reading bounded ones. */
#include "whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int whole_file_begin(struct whole_file *file, const char *path)
{
    size_t length = strlen(path) + sizeof ".XXXXXX";
    int saved = ENOMEM;

    *file = (struct whole_file){.path = strdup(path), .temporary = malloc(length)};
    if (file->path == NULL || file->temporary == NULL)
        goto fail_memory;
    (void)snprintf(file->temporary, length, "%s.XXXXXX", path);
    int fd = mkstemp(file->temporary);
    if (fd == -1) {
        saved = errno;
        goto fail_memory;
    }
    /* mkstemp makes files that only the owner may read; a report is an ordinary file. */
    mode_t mask = umask(0);
    (void)umask(mask);
    file->stream = fchmod(fd, 0666 & ~mask) == 0 ? fdopen(fd, "w") : NULL;
    if (file->stream == NULL) {
        saved = errno;
        goto fail_file;
    }
    return 0;

fail_file:
    (void)close(fd);
    (void)unlink(file->temporary);
fail_memory:
    free(file->path);
    free(file->temporary);
    errno = saved;
    return -1;
}

int whole_file_finish(struct whole_file *file)
{
    /* ferror() reports what an earlier write met, fclose() what the last one did; a full disk shows in either. */
    int bad = ferror(file->stream);
    int result = fclose(file->stream);
    int saved = errno;

    if (bad && result == 0) {
        saved = EIO;
        result = -1;
    }
    if (result == 0 && rename(file->temporary, file->path) == -1) {
        saved = errno;
        result = -1;
    }
    if (result != 0)
        (void)unlink(file->temporary);
    free(file->path);
    free(file->temporary);
    errno = saved;
    return result == 0 ? 0 : -1;
}

void whole_file_give_up(struct whole_file *file)
{
    (void)fclose(file->stream);
    (void)unlink(file->temporary);
    free(file->path);
    free(file->temporary);
}

/* Reads until end of file or until SIZE bytes are there. The count, or -1 with errno. */
static ssize_t read_up_to(int fd, char *buffer, size_t size)
{
    size_t count = 0;

    while (count < size) {
        ssize_t got = read(fd, buffer + count, size - count);
        if (got == -1 && errno == EINTR)
            continue;
        if (got == -1)
            return -1;
        if (got == 0)
            break;
        count += (size_t)got;
    }
    return (ssize_t)count;
}

char *read_whole_file(const char *path, size_t most, size_t *size)
{
    /* O_NONBLOCK: a fifo that a submission left in a regular file's place must not stop us in open(). */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd == -1)
        return NULL;

    char *bytes = NULL;
    ssize_t count = -1;
    struct stat status;
    int saved = EINVAL;
    if (fstat(fd, &status) == -1)
        saved = errno;
    else if (S_ISREG(status.st_mode) && (status.st_size < 0 || (size_t)status.st_size > most))
        saved = EFBIG;
    else if (S_ISREG(status.st_mode)) {
        bytes = malloc((size_t)status.st_size + 1);
        if (bytes != NULL)
            count = read_up_to(fd, bytes, (size_t)status.st_size);
        saved = errno;
    }
    (void)close(fd);
    if (count == -1) {
        free(bytes);
        errno = saved;
        return NULL;
    }
    bytes[count] = '\0';
    *size = (size_t)count;
    return bytes;
}
