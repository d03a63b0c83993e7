/*
 * fuzz_source_lines.c - lines of a submission's source, and what addr2line answers: grader/source_lines.c.
 *
 * The input is three files in one (see section() in fuzz.h): source, addr2line (its answers, a line each, in which the
 * names of files are the submission's), and ask (lines "NUMBER FILE", as a compiler's log or Valgrind names them).
 */
#include "source_lines.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"

enum { MOST_ANSWERS = 20 };

static void look_at(const struct source_lines *lines, const struct place *place)
{
    char buffer[300];
    struct text text = TEXT_IN(buffer);

    MUST(is_harmless(place->file) && is_harmless(place->text));
    text_add_place(&text, lines, place, true);
    MUST(is_harmless(buffer));
    /* The line stands in backquotes; in it there are none. */
    if (place->text[0] != '\0') {
        char *open = strchr(buffer, '`');
        MUST(open != NULL && strchr(open + 1, '`') == buffer + text.len - 2);
    }
}

/* The source that is there already need not be read from a file. */
static void take_source(struct source_lines *lines, const char *text, size_t length)
{
    char *bytes = malloc(length + 1);

    MUST(bytes != NULL);
    memcpy(bytes, text, length);
    bytes[length] = '\0';
    lines->files[lines->file_count++] = (struct source_file){.name = "a.c", .bytes = bytes, .size = length};
}

static void take_answers(struct source_lines *lines, const char *answers, size_t length)
{
    lines->to = open("/dev/null", O_WRONLY | O_CLOEXEC);
    lines->from = length > 0 ? fmemopen((char *)answers, length, "r") : fopen("/dev/null", "re");
    MUST(lines->to != -1 && lines->from != NULL);
    lines->resolver = getpid(); /* no child of ours: to wait for it is over at once */
}

static void ask(struct source_lines *lines, const char *questions, size_t length)
{
    char *copy = strndup(questions, length), *rest = NULL;

    MUST(copy != NULL);
    for (char *line = strtok_r(copy, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        char *name = NULL;
        unsigned number = (unsigned)strtoul(line, &name, 10);
        struct place place = source_line(lines, name + (*name == ' '), number);
        MUST(place.line == number && lines->file_count <= SOURCE_MAX_FILES);
        look_at(lines, &place);
    }
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct source_lines lines;
    size_t source_length = 0, answers_length = 0, ask_length = 0;
    const char *source = section(data, size, "source", &source_length);
    const char *answers = section(data, size, "addr2line", &answers_length);
    const char *questions = section(data, size, "ask", &ask_length);

    source_lines_begin(&lines, ".", "a.c", "suite");
    take_source(&lines, source == NULL ? "" : source, source_length);
    take_answers(&lines, answers, answers_length);
    for (uint64_t address = 1; address <= MOST_ANSWERS && lines.resolver != -1; address++) {
        char name[100];
        struct place place = source_of_address(&lines, address, name, sizeof name);
        MUST(is_harmless(name) && (name[0] == '\0' || place.file[0] == '\0'));
        look_at(&lines, &place);
    }
    ask(&lines, questions == NULL ? "" : questions, ask_length);
    MUST(!source_lines_end(&lines)); /* there was nobody who could end well */
    return 0;
}
