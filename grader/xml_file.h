/*
 * xml_file.h - reads a report in XML as it streams by.
 *
 * Nothing but what a reader keeps is held in memory, however large the file is.
 * Used for Check's report and for Valgrind's, which have this in common: what
 * they say stands in elements that hold text and no other elements.
 */
#ifndef EAGAIN_XML_FILE_H
#define EAGAIN_XML_FILE_H

#include <stddef.h>

enum xml_end {
    XML_COMPLETE,   /* well-formed to its end */
    XML_BROKEN,     /* cut short, not XML, or larger than we read; the reader saw what came before */
    XML_UNREADABLE, /* no such file, or no permission; the reader saw nothing */
};

struct xml_reader {
    /* An element begins; ATTRIBUTES are names and values in turn, NULL at the end. */
    void (*begin)(void *data, const char *element, const char **attributes);
    /* It ends; TEXT is what stood between its last tag and this one, trimmed, and cut if it is very long. */
    void (*end)(void *data, const char *element, const char *text);
    void *data;
};

/*
 * Reads the file PATH. A document type declaration is refused: no report has one, and entities are a way to make
 * a small file a large text. If anything is wrong, WHY (of SIZE bytes) says what, in a few words.
 */
enum xml_end xml_read_file(const char *path, const struct xml_reader *reader, char *why, size_t size);

#endif
