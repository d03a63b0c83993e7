/* xml_file.c - feeds a file to expat, block by block. */
#include "xml_file.h"

#include <errno.h>
#include <expat.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 1 << 16, MOST_BYTES = 1 << 25, MOST_TEXT = 2048 };

/* Newer versions of expat have another name for this, which the one of Debian 12 does not know. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
static unsigned long line_of(XML_Parser parser)
{
    return (unsigned long)XML_GetCurrentLineNumber(parser);
}
#pragma GCC diagnostic pop

/* What expat's handlers are given. */
struct stream {
    const struct xml_reader *reader;
    XML_Parser parser;
    char text[MOST_TEXT];
    size_t len;
};

static void XMLCALL element_begins(void *data, const XML_Char *element, const XML_Char **attributes)
{
    struct stream *s = data;

    s->len = 0;
    s->reader->begin(s->reader->data, element, attributes);
}

static void XMLCALL element_ends(void *data, const XML_Char *element)
{
    struct stream *s = data;
    char *start = s->text;

    while (s->len > 0 && strchr(" \t\r\n", s->text[s->len - 1]) != NULL)
        s->len--;
    s->text[s->len] = '\0';
    start += strspn(start, " \t\r\n");
    s->reader->end(s->reader->data, element, start);
    s->len = 0;
}

/* expat delivers a text in pieces, cut where it likes. */
static void XMLCALL piece_of_text(void *data, const XML_Char *piece, int length)
{
    struct stream *s = data;
    size_t room = sizeof s->text - 1 - s->len;
    size_t len = (size_t)length < room ? (size_t)length : room;

    memcpy(s->text + s->len, piece, len);
    s->len += len;
}

static void XMLCALL refuse(void *data, const XML_Char *name, const XML_Char *system, const XML_Char *public, int subset)
{
    struct stream *s = data;

    (void)name;
    (void)system;
    (void)public;
    (void)subset;
    (void)XML_StopParser(s->parser, XML_FALSE);
}

/* Reads block after block until end of file or a mistake; WHY is empty after a good end. */
static enum xml_end feed(struct stream *s, int fd, char *why, size_t size)
{
    size_t total = 0;

    for (;;) {
        void *block = XML_GetBuffer(s->parser, BLOCK);
        if (block == NULL) {
            (void)snprintf(why, size, "%s", strerror(ENOMEM));
            return XML_BROKEN;
        }
        ssize_t got = read(fd, block, BLOCK);
        if (got == -1 && errno == EINTR)
            continue;
        if (got == -1) {
            (void)snprintf(why, size, "%s", strerror(errno));
            return total == 0 ? XML_UNREADABLE : XML_BROKEN;
        }
        if (XML_ParseBuffer(s->parser, (int)got, got == 0) != XML_STATUS_OK) {
            (void)snprintf(why, size, "line %lu: %s", line_of(s->parser), XML_ErrorString(XML_GetErrorCode(s->parser)));
            return XML_BROKEN;
        }
        if (got == 0)
            return XML_COMPLETE;
        total += (size_t)got;
        if (total > MOST_BYTES) {
            (void)snprintf(why, size, "larger than %d MiB", MOST_BYTES >> 20);
            return XML_BROKEN;
        }
    }
}

enum xml_end xml_read_file(const char *path, const struct xml_reader *reader, char *why, size_t size)
{
    /* O_NONBLOCK: should anybody have put a fifo in its place, we are not to wait for a writer. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd == -1) {
        (void)snprintf(why, size, "%s", strerror(errno));
        return XML_UNREADABLE;
    }

    enum xml_end end = XML_BROKEN;
    struct stream stream = {.reader = reader, .parser = XML_ParserCreate(NULL)};
    why[0] = '\0';
    if (stream.parser == NULL) {
        (void)snprintf(why, size, "%s", strerror(ENOMEM));
    } else {
        XML_SetUserData(stream.parser, &stream);
        XML_SetElementHandler(stream.parser, element_begins, element_ends);
        XML_SetCharacterDataHandler(stream.parser, piece_of_text);
        XML_SetStartDoctypeDeclHandler(stream.parser, refuse);
        end = feed(&stream, fd, why, size);
        XML_ParserFree(stream.parser);
    }
    (void)close(fd);
    return end;
}
