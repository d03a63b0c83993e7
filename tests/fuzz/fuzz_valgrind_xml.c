/* fuzz_valgrind_xml.c - Valgrind's report of a process, and the sentences that are made of it: grader/valgrind_xml.c,
 * grader/collect_words.c, grader/collect_memory_words.c, grader/collect_thread_words.c. */
#include "valgrind_xml.h"

#include <string.h>

#include "collect.h"
#include "fuzz.h"

static void look_at_stack(const struct valgrind_stack *stack)
{
    MUST(is_harmless(stack->about) && is_harmless(stack->called));
    MUST(is_harmless(stack->function) && is_harmless(stack->file));
    MUST(stack->innermost <= INNERMOST_SUITE);
    MUST(stack->allocated_depth >= ALLOCATED_UNKNOWN);
    /* Only a frame of the submission has a line that is shown. */
    MUST(stack->submission || (stack->line == 0 && stack->file[0] == '\0'));
}

static void look_at_error(const struct valgrind_report *report, const struct valgrind_error *error)
{
    bool stacks_of_submission = false;

    MUST(is_harmless(error->kind) && is_harmless(error->what) && is_harmless(error->more));
    MUST(error->stack_count <= VALGRIND_MAX_STACKS);
    for (size_t i = 0; i < error->stack_count; i++) {
        look_at_stack(&error->stacks[i]);
        stacks_of_submission = stacks_of_submission || error->stacks[i].submission;
    }
    MUST(!stacks_of_submission || valgrind_is_submissions(report, error));
    MUST(valgrind_is_leak(error) == (strncmp(error->kind, "Leak_", 5) == 0));
}

static void look_at(const struct valgrind_report *report)
{
    MUST(is_harmless(report->tool));
    MUST(report->count <= VALGRIND_MAX_ERRORS && report->thread_count <= VALGRIND_MAX_THREADS);
    MUST(report->dropped == 0 || report->count == VALGRIND_MAX_ERRORS);
    MUST(report->pid >= 0 && report->parent >= 0 && report->signal.number >= 0);
    MUST(is_harmless(report->signal.name) && is_harmless(report->signal.event) && is_harmless(report->signal.address));
    look_at_stack(&report->signal.stack);
    for (size_t i = 0; i < report->count; i++)
        look_at_error(report, &report->errors[i]);
    for (size_t i = 0; i < report->thread_count; i++)
        look_at_stack(&report->threads[i].created);
}

static void look_at_finding(const struct finding *finding)
{
    MUST(is_harmless(finding->seen) && is_harmless(finding->expected));
    MUST(is_harmless(finding->where.file) && is_harmless(finding->where.text));
    MUST(finding->verdict == VERDICT_MEMORY || finding->verdict == VERDICT_CRASH);
    MUST(finding->seen[0] != '\0');
}

static void tell(const struct valgrind_report *report)
{
    static const char source[] = "line one\n    buf = malloc(16); /* \xff\x1b[31m */\n\tatomic_load(&x);\n";
    struct source_lines lines;
    struct finding finding;

    source_lines_begin(&lines, ".", "a.c", "suite");
    /* The one file that there is need not be read again each time. */
    lines.files[0] = (struct source_file){.name = "a.c", .bytes = strdup(source), .size = sizeof source - 1};
    MUST(lines.files[0].bytes != NULL);
    lines.file_count = SOURCE_MAX_FILES;
    for (size_t i = 0; i < report->count; i++) {
        describe_error(&finding, &lines, report, &report->errors[i]);
        look_at_finding(&finding);
    }
    describe_crash(&finding, &lines, report, report->count > 0 ? &report->errors[0] : NULL);
    look_at_finding(&finding);
    MUST(source_lines_end(&lines));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct valgrind_report report;
    char why[200];
    enum xml_end end = valgrind_xml_read(&report, memory_file(data, size), why, sizeof why);

    MUST(end != XML_UNREADABLE);
    MUST((why[0] == '\0') == (end == XML_COMPLETE));
    look_at(&report);
    tell(&report);
    return 0;
}
