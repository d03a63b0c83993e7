/*
 * archive.h - archives as no archiver makes them: any name, any type, any target.
 *
 * A list of members is written as a .tar, a .tar.gz or a .zip. It has a form as text, too, so that a list that did harm
 * can be kept as a sample. Its first line is the kind; then a line for each member: TYPE NAME, and for a link or a file
 * with a content, a space and that. A space, a backslash and what is no ASCII letter is written as \xNN.
 *
 *   tar
 *   f 01-fork/spawn.c int\x20main;
 *   l 02-pipe ../../canary
 */
#ifndef EAGAIN_ARCHIVE_H
#define EAGAIN_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { MOST_MEMBERS = 400, LONGEST_TEXT = 1000 };

/* The types: f file, l symbolic link, h hard link, d folder, p fifo, c device, s sparse file of 1 GiB, u a file that
 * would run as its owner (set-user-ID). What a zip cannot say is a file there. */
#define MEMBER_TYPES "flhdpcsu"

struct member {
    char type;
    char name[LONGEST_TEXT + 1];
    char other[LONGEST_TEXT + 1]; /* of a link its target, else the content */
};

struct archive {
    char kind[12]; /* "tar", "tar.gz", "zip", or "tar.gz.gz", which nobody should unpack */
    struct member members[MOST_MEMBERS];
    size_t count;
};

/* Bytes that grow. */
struct bytes {
    uint8_t *start;
    size_t length;
};

/* Makes the bytes of the archive; free what is at their start. */
struct bytes archive_bytes(const struct archive *archive);

/* The list as text, and back; false if it is none. In a name or target, @ stands for the path of the folder OUTSIDE. */
void archive_print(const struct archive *archive, FILE *out);
bool archive_parse(struct archive *archive, FILE *in, const char *outside);

#endif
