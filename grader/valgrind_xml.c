/* valgrind_xml.c - reads Valgrind's report of one process. */
#include "valgrind_xml.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "clean_text.h"

static const char SUBMISSION[] = "/submission"; /* the compiler is told to write this for the submission's folder */
static const char SUITE_PROGRAM[] = "/suite";
static const char SUITE_SOURCE[] = "check_"; /* the suites' own files are check_X.c; the support library's are not */
static const char IN_PARENT[] = "allocated_in_parent";
static const char IN_CHILD[] = "allocated_in_child_";

/* One frame, as its elements come. */
struct frame {
    char object[256];
    char function[64];
    char directory[256];
    char file[64];
    unsigned line;
};

struct reading {
    struct valgrind_report *report;
    struct valgrind_error error;   /* the one that is being read */
    struct valgrind_thread thread; /* likewise */
    bool in_error, in_signal, in_thread, in_frame, in_aux;
    struct valgrind_stack *stack; /* the frames go here; NULL: to nobody */
    struct valgrind_stack spare;  /* for stacks that are not kept */
    bool first_frame;
    struct frame frame;
    char about[200]; /* a sentence that waits for its stack */
};

static unsigned number(const char *text)
{
    unsigned long value = strtoul(text, NULL, 10);

    return value > INT_MAX ? 0 : (unsigned)value;
}

/* The sentence had no stack of its own. */
static void keep_sentence(struct reading *r)
{
    if (r->about[0] != '\0' && r->error.more[0] == '\0')
        CLEAN_COPY(r->error.more, r->about);
    r->about[0] = '\0';
}

static void begin_stack(struct reading *r)
{
    if (r->in_signal)
        r->stack = &r->report->signal.stack;
    else if (r->in_thread)
        r->stack = &r->thread.created;
    else if (r->in_error && r->error.stack_count < VALGRIND_MAX_STACKS)
        r->stack = &r->error.stacks[r->error.stack_count++];
    else
        r->stack = &r->spare;
    *r->stack = (struct valgrind_stack){.allocated_depth = ALLOCATED_UNKNOWN};
    CLEAN_COPY(r->stack->about, r->about);
    r->about[0] = '\0';
    r->first_frame = true;
}

static void begin(void *data, const char *element, const char **attributes)
{
    struct reading *r = data;

    (void)attributes;
    if (strcmp(element, "error") == 0) {
        r->in_error = true;
        r->error = (struct valgrind_error){0};
        r->about[0] = '\0';
    } else if (strcmp(element, "fatal_signal") == 0) {
        r->in_signal = true;
        r->report->signal.stack = (struct valgrind_stack){.allocated_depth = ALLOCATED_UNKNOWN};
    } else if (strcmp(element, "announcethread") == 0) {
        r->in_thread = true;
        r->thread = (struct valgrind_thread){0};
    } else if (strcmp(element, "stack") == 0) {
        begin_stack(r);
    } else if (strcmp(element, "frame") == 0) {
        r->in_frame = r->stack != NULL;
        r->frame = (struct frame){0};
    } else if (strcmp(element, "xauxwhat") == 0) {
        r->in_aux = true;
    }
}

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool ends_with(const char *text, const char *suffix)
{
    size_t length = strlen(text), end = strlen(suffix);

    return length >= end && strcmp(text + length - end, suffix) == 0;
}

static bool is_submission(const struct frame *f)
{
    return starts_with(f->directory, SUBMISSION) && strchr("/", f->directory[sizeof SUBMISSION - 1]) != NULL;
}

/* A frame is complete: what does it say about its stack? Frames come from the innermost outwards. */
static void keep_frame(struct reading *r)
{
    const struct frame *f = &r->frame;
    struct valgrind_stack *s = r->stack;

    if (r->first_frame)
        CLEAN_COPY(s->called, f->function);
    r->first_frame = false;

    /* The allocating functions of the support library are named for the process that called them. */
    if (s->allocated_depth == ALLOCATED_UNKNOWN && starts_with(f->function, IN_CHILD)) {
        unsigned depth = number(f->function + sizeof IN_CHILD - 1);
        s->allocated_depth = depth > 0 ? (int)depth : INT_MAX;
    } else if (s->allocated_depth == ALLOCATED_UNKNOWN && starts_with(f->function, IN_PARENT)) {
        s->allocated_depth = 0;
    }

    if (is_submission(f)) {
        if (!s->submission) {
            s->submission = true;
            CLEAN_COPY(s->function, f->function);
            CLEAN_COPY(s->file, f->file);
            s->line = f->line;
        }
        if (s->innermost == INNERMOST_NOBODY)
            s->innermost = INNERMOST_SUBMISSION;
    } else if (s->innermost == INNERMOST_NOBODY && ends_with(f->object, SUITE_PROGRAM) &&
               starts_with(f->file, SUITE_SOURCE)) {
        s->innermost = INNERMOST_SUITE;
    }
}

static void end_in_frame(struct reading *r, const char *element, const char *text)
{
    struct frame *f = &r->frame;

    if (strcmp(element, "obj") == 0)
        CLEAN_COPY(f->object, text);
    else if (strcmp(element, "fn") == 0)
        CLEAN_COPY(f->function, text);
    else if (strcmp(element, "dir") == 0)
        CLEAN_COPY(f->directory, text);
    else if (strcmp(element, "file") == 0)
        CLEAN_COPY(f->file, text);
    else if (strcmp(element, "line") == 0)
        f->line = number(text);
    else if (strcmp(element, "frame") == 0) {
        keep_frame(r);
        r->in_frame = false;
    }
}

static void add_thread(struct reading *r)
{
    struct valgrind_report *report = r->report;

    if (report->thread_count < VALGRIND_MAX_THREADS)
        report->threads[report->thread_count++] = r->thread;
    r->in_thread = false;
}

static void add_error(struct reading *r)
{
    struct valgrind_report *report = r->report;

    keep_sentence(r);
    if (report->count < VALGRIND_MAX_ERRORS)
        report->errors[report->count++] = r->error;
    else
        report->dropped++;
    r->in_error = false;
}

static void end_in_error(struct reading *r, const char *element, const char *text)
{
    struct valgrind_error *e = &r->error;

    if (strcmp(element, "kind") == 0) {
        CLEAN_COPY(e->kind, text);
    } else if (strcmp(element, "what") == 0 || (strcmp(element, "text") == 0 && !r->in_aux)) {
        /* Two sentences belong together: "call to pthread_mutex_lock failed", "with error code 22". */
        char before[sizeof e->what];
        CLEAN_COPY(before, e->what);
        struct text what = text_begin(e->what, sizeof e->what);
        text_add(&what, "%s%s%s", before, before[0] == '\0' ? "" : " ", text);
    } else if (strcmp(element, "auxwhat") == 0 || (strcmp(element, "text") == 0 && r->in_aux)) {
        keep_sentence(r);
        CLEAN_COPY(r->about, text);
    } else if (strcmp(element, "leakedbytes") == 0) {
        e->leaked_bytes = strtoul(text, NULL, 10);
    } else if (strcmp(element, "leakedblocks") == 0) {
        e->leaked_blocks = strtoul(text, NULL, 10);
    } else if (strcmp(element, "hthreadid") == 0) {
        if (!r->in_aux)
            e->threads[e->threads[0] != 0] = number(text);
        else if (e->threads[1] == 0)
            e->threads[1] = number(text);
    } else if (strcmp(element, "error") == 0) {
        add_error(r);
    }
}

static void end_in_signal(struct reading *r, const char *element, const char *text)
{
    struct valgrind_signal *s = &r->report->signal;

    if (strcmp(element, "signo") == 0)
        s->number = (int)number(text);
    else if (strcmp(element, "signame") == 0)
        CLEAN_COPY(s->name, text);
    else if (strcmp(element, "event") == 0)
        CLEAN_COPY(s->event, text);
    else if (strcmp(element, "siaddr") == 0)
        CLEAN_COPY(s->address, text);
    else if (strcmp(element, "fatal_signal") == 0)
        r->in_signal = false;
}

static void end(void *data, const char *element, const char *text)
{
    struct reading *r = data;

    if (r->in_frame) {
        end_in_frame(r, element, text);
    } else if (strcmp(element, "stack") == 0) {
        r->stack = NULL;
    } else if (r->in_error) {
        end_in_error(r, element, text);
        if (strcmp(element, "xauxwhat") == 0)
            r->in_aux = false;
    } else if (r->in_signal) {
        end_in_signal(r, element, text);
    } else if (r->in_thread) {
        if (strcmp(element, "hthreadid") == 0)
            r->thread.number = number(text);
        else if (strcmp(element, "isrootthread") == 0)
            r->thread.root = true;
        else if (strcmp(element, "announcethread") == 0)
            add_thread(r);
    } else if (strcmp(element, "protocoltool") == 0) {
        CLEAN_COPY(r->report->tool, text);
    } else if (strcmp(element, "pid") == 0) {
        r->report->pid = (long)number(text);
    } else if (strcmp(element, "ppid") == 0) {
        r->report->parent = (long)number(text);
    }
}

enum xml_end valgrind_xml_read(struct valgrind_report *report, const char *path, char *why, size_t size)
{
    struct reading reading = {.report = report};
    struct xml_reader reader = {.begin = begin, .end = end, .data = &reading};

    *report = (struct valgrind_report){0};
    return xml_read_file(path, &reader, why, size);
}

const struct valgrind_thread *valgrind_thread(const struct valgrind_report *report, unsigned number_of)
{
    for (size_t i = 0; i < report->thread_count; i++)
        if (report->threads[i].number == number_of)
            return &report->threads[i];
    return NULL;
}

bool valgrind_is_submissions(const struct valgrind_report *report, const struct valgrind_error *error)
{
    for (size_t i = 0; i < error->stack_count; i++)
        if (error->stacks[i].submission)
            return true;
    /* A thread that has left the submission's code, and ends holding a lock, is the submission's all the same. */
    const struct valgrind_thread *thread = valgrind_thread(report, error->threads[0]);
    return error->threads[0] != 0 && thread != NULL && !thread->root && thread->created.submission;
}

bool valgrind_is_leak(const struct valgrind_error *error)
{
    return starts_with(error->kind, "Leak_");
}
