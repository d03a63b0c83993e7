/* json_file.h - JSON as a file, whole or not at all. */
#ifndef EAGAIN_JSON_FILE_H
#define EAGAIN_JSON_FILE_H

#include <jansson.h>

/* No number in a result.json is larger: the collector writes none, the report takes none. */
enum { JSON_MOST_NUMBER = 1000000000 };

/* Writes VALUE, which is taken over and may be NULL for want of memory, as a file whole or not at all. 0, or -1 with errno. */
int write_json(json_t *value, const char *path);

#endif
