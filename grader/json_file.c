/* json_file.c - JSON as a file, whole or not at all. */
#include "json_file.h"

#include <errno.h>

#include "whole_file.h"

int write_json(json_t *value, const char *path)
{
    struct whole_file file;
    int saved = ENOMEM;

    if (value == NULL)
        goto fail_value;
    if (whole_file_begin(&file, path) == -1) {
        saved = errno;
        goto fail_file;
    }
    errno = ENOMEM;
    if (json_dumpf(value, file.stream, JSON_INDENT(2) | JSON_REAL_PRECISION(6)) == -1 ||
        fputc('\n', file.stream) == EOF) {
        saved = errno;
        whole_file_give_up(&file);
        goto fail_file;
    }
    json_decref(value);
    return whole_file_finish(&file);

fail_file:
    json_decref(value);
fail_value:
    errno = saved;
    return -1;
}
