/* source_lines.c - shows lines of the submission, and asks addr2line which they are. */
#define _GNU_SOURCE 1 /* pipe2 */
#include "source_lines.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clean_text.h"
#include "whole_file.h"

enum {
    MOST_BYTES = 1 << 22,
    MOST_CODE = 60, /* of a line inside a sentence */
};

void source_lines_begin(struct source_lines *lines, const char *folder, const char *source, const char *suite)
{
    *lines = (struct source_lines){.folder = folder, .source = source, .suite = suite, .to = -1};
}

/* The file NAME, read when it is asked for the first time. NULL if there are too many or it is no plain name. */
static const struct source_file *find_file(struct source_lines *lines, const char *name)
{
    for (size_t i = 0; i < lines->file_count; i++)
        if (strcmp(lines->files[i].name, name) == 0)
            return &lines->files[i];
    if (lines->file_count == SOURCE_MAX_FILES || strchr(name, '/') != NULL || name[0] == '.' || name[0] == '\0' ||
        strlen(name) >= sizeof lines->files[0].name)
        return NULL;

    struct source_file *file = &lines->files[lines->file_count++];
    char path[4096];
    (void)snprintf(file->name, sizeof file->name, "%s", name);
    if (snprintf(path, sizeof path, "%s/%s", lines->folder, name) < (int)sizeof path)
        file->bytes = read_whole_file(path, MOST_BYTES, &file->size);
    return file;
}

struct place source_line(struct source_lines *lines, const char *file, unsigned line)
{
    struct place place = {.line = line};
    const struct source_file *found = find_file(lines, file);

    CLEAN_COPY(place.file, file);
    if (line == 0 || found == NULL || found->bytes == NULL)
        return place;

    const char *start = found->bytes;
    const char *end = found->bytes + found->size;
    for (unsigned n = 1; n < line && start != NULL; n++) {
        start = memchr(start, '\n', (size_t)(end - start));
        if (start != NULL)
            start++;
    }
    if (start == NULL)
        return place;

    const char *stop = memchr(start, '\n', (size_t)(end - start));
    if (stop == NULL)
        stop = end;
    while (start < stop && strchr(" \t\r\f\v", *start) != NULL && *start != '\0')
        start++;
    while (stop > start && strchr(" \t\r\f\v", stop[-1]) != NULL && stop[-1] != '\0')
        stop--;
    struct text text = TEXT_IN(place.text);
    text_add_bytes(&text, start, (size_t)(stop - start));
    return place;
}

void text_add_place(struct text *text, const struct source_lines *lines, const struct place *place, bool with_text)
{
    char code[MOST_CODE + 1];

    if (strcmp(place->file, lines->source) == 0)
        text_add(text, "line %u", place->line);
    else
        text_add(text, "%s:%u", place->file, place->line);
    if (!with_text || place->text[0] == '\0')
        return;
    CLEAN_COPY(code, place->text);
    for (char *c = strchr(code, '`'); c != NULL; c = strchr(c, '`'))
        *c = '\'';
    size_t length = strlen(code);
    if (length > 1 && code[length - 1] == ';')
        code[length - 1] = '\0';
    text_add(text, " (`%s`)", code);
}

/* In the child: addr2line with the two pipe ends as its input and output. Does not return. */
__attribute__((noreturn)) static void run_addr2line(const char *suite, int in, int out)
{
    char *const arguments[] = {"addr2line", "-e", (char *)suite, NULL};

    /* The copies that dup2 makes are not close-on-exec. Neither end is 0, 1 or 2 itself: main() has seen to that. */
    if (dup2(in, STDIN_FILENO) != -1 && dup2(out, STDOUT_FILENO) != -1)
        (void)execvp(arguments[0], arguments);
    _exit(127);
}

/*
 * Starts addr2line. We write to `questions`, it answers into `answers`. All four ends are close-on-exec, so that it
 * holds no end but its two: were it to inherit the write end of its own input, it would never see the end of it.
 */
static int start_addr2line(struct source_lines *lines)
{
    int questions[2], answers[2];

    if (pipe2(questions, O_CLOEXEC) == -1)
        return -1;
    if (pipe2(answers, O_CLOEXEC) == -1)
        goto fail_questions;
    lines->from = fdopen(answers[0], "r");
    if (lines->from == NULL)
        goto fail_answers;

    lines->resolver = fork();
    if (lines->resolver == 0)
        run_addr2line(lines->suite, questions[0], answers[1]);
    if (lines->resolver == -1)
        goto fail_stream;
    (void)close(questions[0]);
    (void)close(answers[1]);
    lines->to = questions[1];
    /* Should it be gone when we write, EPIPE is the answer that we want, and not a signal. */
    (void)signal(SIGPIPE, SIG_IGN);
    return 0;

fail_stream:
    (void)fclose(lines->from);
    lines->from = NULL;
    answers[0] = -1;
fail_answers:
    if (answers[0] != -1)
        (void)close(answers[0]);
    (void)close(answers[1]);
fail_questions:
    (void)close(questions[0]);
    (void)close(questions[1]);
    return -1;
}

/* Lets addr2line see the end of its input, so that it ends, and waits for it. True if it ended well. */
static bool stop_addr2line(struct source_lines *lines)
{
    int status = 0;
    pid_t waited = -1;

    (void)close(lines->to);
    (void)fclose(lines->from);
    do
        waited = waitpid(lines->resolver, &status, 0);
    while (waited == -1 && errno == EINTR);
    return waited != -1 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* One question, one answer: the line "FILE:LINE" in ANSWER. False if addr2line does not work. */
static bool ask(struct source_lines *lines, uint64_t address, char *answer, int size)
{
    if (lines->resolver == 0 && start_addr2line(lines) == -1)
        lines->resolver = -1;
    if (lines->resolver == -1)
        return false;

    char question[32];
    int length = snprintf(question, sizeof question, "0x%" PRIx64 "\n", address);
    ssize_t written = -1;
    do
        written = write(lines->to, question, (size_t)length);
    while (written == -1 && errno == EINTR);
    if (written == length && fgets(answer, size, lines->from) != NULL)
        return true;

    (void)stop_addr2line(lines);
    lines->resolver = -1;
    return false;
}

struct place source_of_address(struct source_lines *lines, uint64_t address, char *name, size_t size)
{
    static const char folder[] = "/submission/";
    struct place nowhere = {0};
    char answer[4096];

    if (name != NULL)
        name[0] = '\0';
    /* The address is the one that the call returns to, which may belong to the next line already. */
    if (address == 0 || !ask(lines, address - 1, answer, sizeof answer))
        return nowhere;

    answer[strcspn(answer, "\n")] = '\0';
    char *colon = strrchr(answer, ':');
    unsigned long line = colon == NULL ? 0 : strtoul(colon + 1, NULL, 10);
    if (line == 0 || line > 1000000000)
        return nowhere;
    *colon = '\0';
    const char *slash = strrchr(answer, '/');
    const char *file = slash == NULL ? answer : slash + 1;
    if (strncmp(answer, folder, sizeof folder - 1) == 0)
        return source_line(lines, file, (unsigned)line);
    if (name != NULL) {
        struct text text = text_begin(name, size);
        text_add(&text, "%s:%lu", file, line);
    }
    return nowhere;
}

bool source_lines_end(struct source_lines *lines)
{
    bool well = lines->resolver != -1;

    if (lines->resolver > 0)
        well = stop_addr2line(lines);
    for (size_t i = 0; i < lines->file_count; i++)
        free(lines->files[i].bytes);
    *lines = (struct source_lines){.to = -1};
    return well;
}
