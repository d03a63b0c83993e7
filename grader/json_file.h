/* json_file.h - JSON as a file, whole or not at all. */
#ifndef EAGAIN_JSON_FILE_H
#define EAGAIN_JSON_FILE_H

#include <jansson.h>

/* Writes VALUE, which is taken over and may be NULL for want of memory, as a file whole or not at all. 0, or -1 with errno. */
int write_json(json_t *value, const char *path);

#endif
