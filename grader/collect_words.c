/* collect_words.c - Valgrind's errors as sentences for a student. */
#include "collect_words.h"

#include <ctype.h>
#include <signal.h>
#include <string.h>

bool contains(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

bool parse_number(const char **at, unsigned long *value)
{
    const char *c = *at;

    if (!isdigit((unsigned char)*c))
        return false;
    for (*value = 0; isdigit((unsigned char)*c) || *c == ','; c++)
        if (*c != ',')
            *value = *value * 10 + (unsigned long)(*c - '0');
    *at = c;
    return true;
}

void expect(struct telling *t, const char *expected)
{
    CLEAN_COPY(t->finding->expected, expected);
}

const char *plural(unsigned long n)
{
    return n == 1 ? "" : "s";
}

void add_line(struct telling *t, const struct valgrind_stack *stack, const char *without)
{
    if (stack == NULL || !stack->submission) {
        text_add(&t->seen, "%s", without);
        return;
    }
    struct place place = source_line(t->lines, stack->file, stack->line);
    text_add_place(&t->seen, t->lines, &place, true);
}

const struct valgrind_stack *stack_about(const struct valgrind_error *error, const char *part)
{
    for (size_t i = 0; i < error->stack_count; i++)
        if (contains(error->stacks[i].about, part))
            return &error->stacks[i];
    return NULL;
}

/* How each kind is told; what is not listed is told in Valgrind's own words. */
static void tell(struct telling *t)
{
    static const struct {
        const char *kind;
        void (*how)(struct telling *t);
    } ways[] = {
        {"InvalidRead", tell_access},       {"InvalidWrite", tell_access},
        {"InvalidFree", tell_free},         {"MismatchedFree", tell_free},
        {"UninitCondition", tell_unset},    {"UninitValue", tell_unset},
        {"SyscallParam", tell_system_call}, {"Race", tell_race},
        {"LockOrder", tell_lock_order},     {"UnlockUnlocked", tell_threads},
        {"UnlockForeign", tell_threads},    {"UnlockBogus", tell_threads},
        {"PthAPIerror", tell_threads},      {"Misc", tell_threads},
        {"Overlap", tell_overlap},          {"InvalidJump", tell_jump},
    };

    if (valgrind_is_leak(t->error)) {
        tell_leak(t);
        return;
    }
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
        if (strcmp(t->error->kind, ways[i].kind) == 0) {
            ways[i].how(t);
            return;
        }
    text_add(&t->seen, "Valgrind says: %s", t->error->what);
}

void describe_error(struct finding *finding, struct source_lines *lines, const struct valgrind_report *report,
                    const struct valgrind_error *error)
{
    struct telling telling = {.lines = lines, .report = report, .error = error, .finding = finding};

    *finding = (struct finding){.verdict = VERDICT_MEMORY};
    telling.seen = TEXT_IN(finding->seen);
    tell(&telling);
    for (size_t i = 0; i < error->stack_count && finding->where.file[0] == '\0'; i++)
        if (error->stacks[i].submission)
            finding->where = source_line(lines, error->stacks[i].file, error->stacks[i].line);
    /* A thread that ended outside of the submission's code: show where it was made. */
    const struct valgrind_thread *thread = valgrind_thread(report, error->threads[0]);
    if (finding->where.file[0] == '\0' && thread != NULL && thread->created.submission)
        finding->where = source_line(lines, thread->created.file, thread->created.line);
}

/* What a fatal signal means by itself. */
struct meaning {
    int number;
    const char *means, *expected;
};

static struct meaning meaning_of(const struct valgrind_report *report)
{
    static const struct meaning meanings[] = {
        {SIGSEGV, "memory is touched that is not the program's",
         "Every pointer that is followed points to something that is alive."},
        {SIGBUS, "memory is touched that has nothing behind it",
         "Every pointer that is followed points to something that is alive."},
        {SIGFPE, "an impossible division", "No division by zero."},
        {SIGILL, "what is run is no machine code", "A function pointer is set to a function before it is called."},
        {SIGABRT, "abort() was called, by the code or by the C library that found its memory damaged",
         "A function returns an error; it never aborts."},
    };
    static const struct meaning stack = {SIGSEGV,
                                         "the stack is used up, as by a function that calls itself without end",
                                         "Recursion comes to an end, and large arrays are not on the stack."};
    static const struct meaning constant = {SIGSEGV,
                                            "memory is written that may only be read, such as a string literal",
                                            "What is constant is not written."};
    const struct valgrind_signal *signal = &report->signal;

    /*
     * Memcheck reports an access to memory that is nobody's before the kernel does; but a stack that is to grow counts
     * as the program's own, until the kernel refuses.
     */
    bool silent = signal->number == SIGSEGV && strcmp(report->tool, "memcheck") == 0 && report->dropped == 0;
    if (silent && contains(signal->event, "not within mapped region"))
        return stack;
    if (silent && contains(signal->event, "Bad permissions"))
        return constant;
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
        if (meanings[i].number == signal->number)
            return meanings[i];
    return (struct meaning){0, "a fatal signal", ""};
}

void describe_crash(struct finding *finding, struct source_lines *lines, const struct valgrind_report *report,
                    const struct valgrind_error *cause)
{
    const struct valgrind_signal *signal = &report->signal;
    char means[sizeof finding->seen];

    *finding = (struct finding){0};
    if (cause != NULL) {
        describe_error(finding, lines, report, cause);
        CLEAN_COPY(means, finding->seen);
        means[0] = (char)tolower((unsigned char)means[0]);
    } else {
        struct meaning meaning = meaning_of(report);
        CLEAN_COPY(means, meaning.means);
        CLEAN_COPY(finding->expected, meaning.expected);
    }
    finding->verdict = VERDICT_CRASH;
    struct text text = TEXT_IN(finding->seen);
    text_add(&text, "A crash, %s: %s", signal->name, means);
    if (finding->where.file[0] == '\0' && signal->stack.submission)
        finding->where = source_line(lines, signal->stack.file, signal->stack.line);
}
