/* collect_valgrind.c - goes through Valgrind's reports: which error counts, and for which test. */
#include "collect.h"
#include "collect_words.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a look at one report needs to know. */
struct look {
    struct exercise *exercise;
    const struct evidence *evidence;
    const struct board_process *process;
    struct valgrind_findings *found; /* of the process's test */
    const struct valgrind_report *report;
};

/*
 * Errors that right code may cause: a request for a huge block ("fishy"), odd arguments of allocators, and what newer
 * versions say of descriptors, which the suite's own ledger watches.
 */
static bool is_ignored(const char *kind)
{
    static const char *const ignored[] = {"FishyValue", "ReallocSizeZero", "BadSize", "BadAlign",
                                          "FdBadClose", "FdNotClosed",     "FdBadUse"};

    for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
        if (strcmp(kind, ignored[i]) == 0)
            return true;
    return false;
}

static bool is_atomic(const struct look *look, const struct valgrind_stack *stack)
{
    struct place place = source_line(&look->exercise->lines, stack->file, stack->line);

    return stack->submission && (strstr(place.text, "atomic_") != NULL || strstr(place.text, "__sync_") != NULL);
}

/*
 * What Helgrind takes for a fault and the language or POSIX does not: an atomic store or load is a plain move on this
 * processor, so two of them look like a race; and a condition may be signalled without its mutex. (Where the contract
 * wants the mutex, the suite looks for it.)
 */
static bool is_mistaken(const struct look *look, const struct valgrind_error *error)
{
    if (strcmp(error->kind, "Misc") == 0)
        return strstr(error->what, "associated lock is not held") != NULL;
    if (strcmp(error->kind, "Race") != 0 || error->stack_count == 0)
        return false;
    const struct valgrind_stack *other = stack_about(error, "conflicts with");
    return is_atomic(look, &error->stacks[0]) && (other == NULL || is_atomic(look, other));
}

/* The same finding in a hundred children is one finding. */
static void add_sighting(struct sighting *list, size_t *count, const struct look *look, const struct finding *finding)
{
    const struct board_process *p = look->process;

    for (size_t i = 0; i < *count; i++)
        if (strcmp(list[i].finding.seen, finding->seen) == 0 && list[i].finding.where.line == finding->where.line) {
            list[i].processes += list[i].pid != p->pid;
            list[i].pid = p->pid;
            return;
        }
    if (*count == MAX_SIGHTINGS)
        return;
    struct sighting *new = &list[(*count)++];
    *new = (struct sighting){.finding = *finding, .processes = 1, .pid = p->pid};
    if (p->kind != PROCESS_TEST)
        CLEAN_COPY(new->role, p->role);
}

static void add_evidence(const struct look *look)
{
    struct valgrind_findings *f = look->found;
    const char *tool = look->evidence->tool;

    if (f->evidence_count < MAX_EVIDENCE)
        (void)snprintf(f->evidence[f->evidence_count++], sizeof f->evidence[0], "evidence/%s/%s.%ld.xml", tool, tool,
                       look->report->pid);
}

/*
 * A leak counts in the process that allocated the block: a child that leaves by _exit still has copies of all that its
 * parent allocated. The support library's allocating functions tell by their names; where libc allocates for
 * the submission (strdup) they are not in the stack, and only the test's own process is sure to be the one.
 */
static bool leak_counts(const struct look *look, const struct valgrind_error *error)
{
    const struct board_process *p = look->process;
    const struct valgrind_stack *stack = &error->stacks[0];

    if (strcmp(error->kind, "Leak_DefinitelyLost") != 0 || error->stack_count == 0)
        return false;
    if (stack->allocated_depth != ALLOCATED_UNKNOWN)
        return p->depth < INT_MAX && stack->allocated_depth == (int)p->depth && (p->kind == PROCESS_TEST || p->ended);
    return stack->submission && p->kind == PROCESS_TEST;
}

/*
 * A fatal signal is the submission's if its code is what ran: innermost, or with nothing further in but libraries, the
 * support library among them. A callback of the suite that ends itself by a signal, to see what the submission makes of
 * it, is none of its faults. A jump to nowhere leaves a stack that cannot be trusted; the suites do not jump to nowhere.
 */
static bool signal_counts(const struct look *look, const struct valgrind_error *last)
{
    const struct valgrind_signal *s = &look->report->signal;
    bool fatal = s->number == SIGSEGV || s->number == SIGBUS || s->number == SIGFPE || s->number == SIGILL ||
                 s->number == SIGABRT;

    if (!fatal)
        return false;
    if (s->stack.innermost == INNERMOST_SUBMISSION)
        return true;
    return s->number != SIGABRT && last != NULL && strcmp(last->kind, "InvalidJump") == 0;
}

/* The invalid access that led to the signal, if Valgrind reported one at the same line; it is told as one with it. */
static const struct valgrind_error *cause_of_signal(const struct valgrind_report *report)
{
    for (size_t i = report->count; i-- > 0;) {
        const struct valgrind_error *e = &report->errors[i];
        if (valgrind_is_leak(e))
            continue;
        if (report->dropped > 0 || report->signal.number == SIGABRT || strncmp(e->kind, "Invalid", 7) != 0)
            return NULL;
        if (strcmp(e->kind, "InvalidJump") == 0)
            return e;
        bool same = e->stack_count > 0 && e->stacks[0].line == report->signal.stack.line &&
                    strcmp(e->stacks[0].file, report->signal.stack.file) == 0;
        return same ? e : NULL;
    }
    return NULL;
}

/* Sorts what the report says into the findings of its test. */
static void look_at_report(const struct look *look)
{
    const struct valgrind_report *report = look->report;
    struct valgrind_findings *f = look->found;
    struct source_lines *lines = &look->exercise->lines;
    const struct valgrind_error *cause = report->signal.number == 0 ? NULL : cause_of_signal(report);
    bool any = false;
    struct finding finding;

    if (signal_counts(look, cause)) {
        describe_crash(&finding, lines, report, cause);
        add_sighting(f->crashes, &f->crash_count, look, &finding);
        any = true;
    } else {
        cause = NULL;
    }
    for (size_t i = 0; i < report->count; i++) {
        const struct valgrind_error *e = &report->errors[i];
        bool leak = valgrind_is_leak(e);
        /* A thread that is killed holds what it held. */
        bool consequence = report->signal.number != 0 && strcmp(e->kind, "Misc") == 0 && strstr(e->what, "still holds");
        if (e == cause || consequence || is_ignored(e->kind) || is_mistaken(look, e) ||
            !(leak ? leak_counts(look, e) : valgrind_is_submissions(report, e)))
            continue;
        describe_error(&finding, lines, report, e);
        if (leak)
            add_sighting(f->leaks, &f->leak_count, look, &finding);
        else
            add_sighting(f->errors, &f->error_count, look, &finding);
        any = true;
    }
    if (any)
        add_evidence(look);
}

static const struct board_process *find_process(const struct board *board, long pid)
{
    for (uint32_t i = board->process_count; i-- > 0;)
        if (board->processes[i].pid == pid)
            return &board->processes[i];
    return NULL;
}

/* Notes that the report of a process cannot be had, where that is not what happens to a process that was killed. */
static void note_missing(const struct look *look, enum xml_end end, const char *path, const char *why)
{
    const struct board_process *p = look->process;
    const struct board_test *test = &look->evidence->board->tests[p->test];
    bool needed = p->kind == PROCESS_TEST ? test->state >= TEST_REACHED_END : p->ended && end == XML_UNREADABLE;

    if (needed && look->found->missing[0] == '\0')
        (void)snprintf(look->found->missing, sizeof look->found->missing, "%.180s: %.100s", path, why);
}

static bool read_process(struct look *look, struct valgrind_findings *found, struct valgrind_report *report)
{
    const struct board_process *p = look->process;
    const struct evidence *v = look->evidence;
    char path[MAX_PATH], why[200];

    /* Peers are the suite's own. A number that was used twice has one report, which belongs to the newer process. */
    if (p->kind == PROCESS_PEER || p->test < 0 || (uint32_t)p->test >= v->board->test_count || p->pid <= 0 ||
        find_process(v->board, p->pid) != p)
        return true;
    if (!work_path(look->exercise, path, "evidence/%s/%s.%ld.xml", v->tool, v->tool, (long)p->pid))
        return false;
    look->found = &found[p->test];
    look->report = report;
    enum xml_end end = valgrind_xml_read(report, path, why, sizeof why);
    if (end == XML_COMPLETE && report->pid != p->pid) {
        end = XML_BROKEN;
        (void)snprintf(why, sizeof why, "it is the report of another process");
    }
    if (end != XML_COMPLETE)
        note_missing(look, end, path, why);
    if (end != XML_UNREADABLE)
        look_at_report(look);
    return true;
}

/* A report of a process that nobody entered on the board: the errors in it belong to its parent's test. */
static bool read_stranger(struct look *look, struct valgrind_findings *found, struct valgrind_report *report,
                          const char *path)
{
    const struct board *board = look->evidence->board;
    char why[200];

    (void)valgrind_xml_read(report, path, why, sizeof why);
    const struct board_process *parent = find_process(board, report->parent);
    if (parent == NULL || parent->kind == PROCESS_PEER || parent->test < 0 ||
        (uint32_t)parent->test >= board->test_count)
        return true;

    struct board_process stranger = {.pid = (int32_t)report->pid, .kind = PROCESS_CHILD, .depth = parent->depth + 1};
    (void)snprintf(stranger.role, sizeof stranger.role, "a child of %.50s",
                   parent->role[0] != '\0' ? parent->role : "the parent");
    look->process = &stranger;
    look->found = &found[parent->test];
    look->report = report;
    look_at_report(look);
    return true;
}

static bool read_strangers(struct look *look, struct valgrind_findings *found, struct valgrind_report *report)
{
    const struct evidence *v = look->evidence;
    char folder[MAX_PATH], path[MAX_PATH], format[40];

    if (!work_path(look->exercise, folder, "evidence/%s", v->tool))
        return false;
    DIR *directory = opendir(folder);
    if (directory == NULL)
        return grader_error(look->exercise, "The evidence cannot be read: %s: %s. Run `make clean` and grade again.",
                            folder, strerror(errno));
    (void)snprintf(format, sizeof format, "%s.%%ld.xml%%n", v->tool);
    bool good = true;
    for (struct dirent *entry = readdir(directory); entry != NULL && good; entry = readdir(directory)) {
        long pid = 0;
        int length = 0;
        if (sscanf(entry->d_name, format, &pid, &length) != 1 || length == 0 || entry->d_name[length] != '\0' ||
            pid == v->board->runner_pid || find_process(v->board, pid) != NULL)
            continue;
        good = work_path(look->exercise, path, "evidence/%s/%s", v->tool, entry->d_name) &&
               read_stranger(look, found, report, path);
    }
    (void)closedir(directory);
    return good;
}

bool valgrind_read(struct valgrind_findings *found, struct exercise *exercise, const struct evidence *evidence)
{
    struct look look = {.exercise = exercise, .evidence = evidence};
    struct valgrind_report *report = malloc(sizeof *report);
    bool good = report != NULL;

    if (report == NULL)
        return grader_error(exercise, "There is not enough memory to read Valgrind's reports.");
    /* In the order of the board, so that the same run gives the same report. */
    for (uint32_t i = 0; i < evidence->board->process_count && good; i++) {
        look.process = &evidence->board->processes[i];
        good = read_process(&look, found, report);
    }
    if (good)
        good = read_strangers(&look, found, report);
    free(report);
    return good;
}
