/* collect_evidence.c - reads what a run of the suite left behind, and sees whether it fits together. */
#include "collect.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "whole_file.h"

/* The part of a board that we look at: all but the long log of calls at its end. */
enum { MOST_OUTCOME = 4096 };
#define BOARD_HEAD offsetof(struct board, log)

/* Reads SIZE bytes or fails; a file that ends early is EINVAL. */
static int read_exactly(int fd, void *to, size_t size)
{
    for (size_t count = 0; count < size;) {
        ssize_t got = read(fd, (char *)to + count, size - count);
        if (got == -1 && errno == EINTR)
            continue;
        if (got == 0)
            errno = EINVAL;
        if (got <= 0)
            return -1;
        count += (size_t)got;
    }
    return 0;
}

/*
 * A copy of the board. It is read, not mapped: a process that outlived the run may still write to it or cut it short,
 * and neither must change what we have checked already.
 */
static struct board *read_board(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd == -1)
        return NULL;

    struct stat status;
    struct board *board = calloc(1, sizeof *board);
    int result = -1;
    if (board != NULL && fstat(fd, &status) == 0) {
        errno = EINVAL;
        if (S_ISREG(status.st_mode) && status.st_size == (off_t)sizeof *board)
            result = read_exactly(fd, board, BOARD_HEAD);
    }
    int saved = errno;
    (void)close(fd);
    if (result == 0 && (board->magic != BOARD_MAGIC || board->version != BOARD_VERSION ||
                        board->size != sizeof *board || board->test_count > BOARD_MAX_TESTS)) {
        saved = EINVAL;
        result = -1;
    }
    if (result == -1) {
        free(board);
        errno = saved;
        return NULL;
    }
    return board;
}

/* Makes the texts strings, and the numbers those of slots that are there. */
static bool board_is_sound(struct board *board)
{
    if (board->process_count > BOARD_MAX_PROCESSES)
        board->process_count = BOARD_MAX_PROCESSES;
    for (uint32_t i = 0; i < board->test_count; i++) {
        struct board_test *test = &board->tests[i];
        test->name[sizeof test->name - 1] = '\0';
        if (test->state > TEST_SKIPPED)
            return false;
        if (test->failure_count > BOARD_MAX_FAILURES)
            test->failure_count = BOARD_MAX_FAILURES;
        for (uint32_t k = 0; k < test->failure_count; k++) {
            struct board_failure *failure = &test->failures[k];
            failure->seen[sizeof failure->seen - 1] = '\0';
            failure->expected[sizeof failure->expected - 1] = '\0';
            if (failure->verdict >= VERDICT_COUNT || failure->verdict == VERDICT_NOT_HANDED_IN ||
                failure->verdict == VERDICT_DOES_NOT_COMPILE)
                return false;
            /* A process that is killed while it notes a failure leaves the entry empty: a failure all the same. */
            if (failure->verdict == VERDICT_PASS) {
                failure->verdict = VERDICT_FAIL;
                (void)snprintf(failure->seen, sizeof failure->seen,
                               "Something failed, and the process that noted it ended before it could say what.");
            }
        }
    }
    for (uint32_t i = 0; i < board->process_count; i++)
        board->processes[i].role[sizeof board->processes[i].role - 1] = '\0';
    return true;
}

/* Lines "word value"; the words are in docs/architecture.md. */
static bool parse_outcome(struct evidence *v, struct exercise *e, char *text)
{
    bool ended = false, caused = false;
    char *rest = NULL;

    for (char *line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        char word[16], value[24];
        if (sscanf(line, "%15s %23s", word, value) != 2)
            continue;
        if (strcmp(word, "exit") == 0 || strcmp(word, "signal") == 0) {
            v->exited = *word == 'e';
            v->code = atoi(value);
            ended = true;
        } else if (strcmp(word, "cause") == 0) {
            v->cause = strcmp(value, "timeout") == 0  ? CAUSE_TIMEOUT
                       : strcmp(value, "output") == 0 ? CAUSE_OUTPUT
                                                      : CAUSE_NORMAL;
            caused = v->cause != CAUSE_NORMAL || strcmp(value, "normal") == 0;
        } else if (strcmp(word, "wall_ms") == 0) {
            e->wall_ms += strtoul(value, NULL, 10);
        } else if (strcmp(word, "cpu_ms") == 0) {
            e->cpu_ms += strtoul(value, NULL, 10);
        }
    }
    return ended && caused;
}

static bool read_outcome(struct evidence *v, struct exercise *e)
{
    char path[MAX_PATH];
    size_t size = 0;

    if (!work_path(e, path, "evidence/%s/outcome", v->tool))
        return false;
    char *text = read_whole_file(path, MOST_OUTCOME, &size);
    if (text == NULL)
        return grader_error(e, "The run under %s left no outcome: %s: %s. Run `make clean` and grade again.", v->tool,
                            path, strerror(errno));
    bool good = parse_outcome(v, e, text);
    free(text);
    if (!good)
        return grader_error(e, "%s does not say how the suite ended and why. Run `make clean` and grade again.", path);
    return true;
}

static bool read_check(struct evidence *v, struct exercise *e)
{
    char path[MAX_PATH], why[200];

    if (!work_path(e, path, "evidence/%s/check.xml", v->tool))
        return false;
    enum xml_end end = check_xml_read(&v->check, path, why, sizeof why);
    /* A run that was ended for a reason of the submission's leaves a report that is cut short; what is there counts. */
    if (end == XML_COMPLETE || v->cause != CAUSE_NORMAL)
        return true;
    if (!v->exited)
        return grader_error(e,
                            "Signal %d ended the suite under %s half way (%s: %s). Grade again; if it happens "
                            "again, show this folder to your instructor.",
                            v->code, v->tool, path, why);
    return grader_error(e,
                        "Check's report cannot be read: %s: %s. Run `make clean` and grade again; if it stays so, show "
                        "this folder to your instructor.",
                        path, why);
}

bool evidence_read(struct evidence *v, struct exercise *e, const char *tool)
{
    char path[MAX_PATH];

    *v = (struct evidence){.tool = tool};
    if (!read_outcome(v, e) || !work_path(e, path, "evidence/%s/board", tool))
        return false;
    v->board = read_board(path);
    if (v->board == NULL)
        return grader_error(e,
                            "The board of the run under %s cannot be read: %s: %s. Run `make clean` and grade again.",
                            tool, path, errno == EINVAL ? "it is no board of this version" : strerror(errno));
    if (!board_is_sound(v->board))
        return grader_error(e,
                            "The board of the run under %s makes no sense: %s. Grade again; if it stays so, show this "
                            "folder to your instructor.",
                            tool, path);
    return read_check(v, e);
}

void evidence_free(struct evidence *v)
{
    free(v->board);
    v->board = NULL;
}

int board_test_index(const struct board *board, const char *name)
{
    for (uint32_t i = 0; i < board->test_count; i++)
        if (strcmp(board->tests[i].name, name) == 0 && board->tests[i].state != TEST_NOT_RUN)
            return (int)i;
    return -1;
}
