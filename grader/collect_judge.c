/* collect_judge.c - the rules by which a test gets its verdict; they are listed in docs/architecture.md. */
#include "collect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Adds a finding, unless another tool's run has found the same. */
static void add_finding(struct judged_test *test, const struct finding *finding)
{
    for (size_t i = 0; i < test->count; i++)
        if (test->findings[i].verdict == finding->verdict && strcmp(test->findings[i].seen, finding->seen) == 0)
            return;
    if (test->count < MAX_FINDINGS)
        test->findings[test->count++] = *finding;
}

/* Adds a finding of ours that has no place in the source. */
static void add_words(struct judged_test *test, enum verdict verdict, const char *seen, const char *expected)
{
    struct finding finding = {.verdict = verdict};

    CLEAN_COPY(finding.seen, seen);
    CLEAN_COPY(finding.expected, expected);
    add_finding(test, &finding);
}

/* Adds what Valgrind found, with the processes in which it did: "...; in child 2 and 3 other processes." */
static void add_sightings(struct judged_test *test, const struct sighting *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct finding finding = list[i].finding;
        struct text seen = TEXT_IN(finding.seen);
        text_add(&seen, "%s", list[i].finding.seen);
        if (list[i].role[0] != '\0')
            text_add(&seen, "; in %s", list[i].role);
        else if (list[i].processes > 1)
            text_add(&seen, "; in the parent");
        if (list[i].processes > 1)
            text_add(&seen, " and %u other process%s", list[i].processes - 1, list[i].processes == 2 ? "" : "es");
        text_add(&seen, ".");
        add_finding(test, &finding);
    }
}

/* Adds TEXT to OUT with "line 41" or "check_spawn.c:41" in the place of {@HEX}. */
static void add_with_places(struct text *out, struct source_lines *lines, const char *text)
{
    const char *at = NULL;

    for (; (at = strstr(text, "{@")) != NULL;) {
        char *end = NULL, name[100];
        uint64_t address = strtoull(at + 2, &end, 16);
        if (end == at + 2 || *end != '}') {
            text_add_bytes(out, text, (size_t)(at + 2 - text));
            text = at + 2;
            continue;
        }
        text_add_bytes(out, text, (size_t)(at - text));
        struct place place = source_of_address(lines, address, name, sizeof name);
        if (place.file[0] != '\0')
            text_add_place(out, lines, &place, false);
        else
            text_add(out, "%s", name[0] != '\0' ? name : "an unknown line");
        text = end + 1;
    }
    text_add(out, "%s", text);
}

/* Adds what the suite noted itself; returns how many there are. */
static size_t add_board_failures(struct judged_test *test, struct source_lines *lines, const struct board_test *board)
{
    size_t count = 0;

    for (uint32_t i = 0; i < board->failure_count; i++) {
        const struct board_failure *failure = &board->failures[i];
        struct finding finding = {.verdict = (enum verdict)failure->verdict};
        if (failure->verdict == VERDICT_SKIPPED)
            continue;
        count++;
        struct text seen = TEXT_IN(finding.seen), expected = TEXT_IN(finding.expected);
        add_with_places(&seen, lines, failure->seen);
        add_with_places(&expected, lines, failure->expected);
        finding.where = source_of_address(lines, failure->caller, NULL, 0);
        add_finding(test, &finding);
    }
    return count;
}

/* The suite itself may not have been able to tell: no descriptors left on this machine, say. NULL if all is well. */
static const char *trouble(const struct board_test *board)
{
    for (uint32_t i = 0; i < board->failure_count; i++)
        if (board->failures[i].verdict == VERDICT_GRADER_ERROR)
            return board->failures[i].seen;
    return NULL;
}

/* Why a test was skipped: its first failure that says so. */
static void keep_skip(struct judged_test *test, struct source_lines *lines, const struct board_test *board)
{
    struct text text = TEXT_IN(test->skipped);

    for (uint32_t i = 0; i < board->failure_count; i++)
        if (board->failures[i].verdict == VERDICT_SKIPPED) {
            add_with_places(&text, lines, board->failures[i].seen);
            return;
        }
    text_add(&text, "This machine cannot run the test.");
}

/*
 * Nothing else explains it: what Check says, or that the test's process was gone before the test was over.
 * False if there is nothing to say.
 */
static bool add_check(struct judged_test *test, const struct check_test *check, const struct board_test *board)
{
    static const char *const expected = "The call returns to its caller, and the caller's process goes on.";
    struct finding finding = {.verdict = VERDICT_FAIL};
    struct text seen = TEXT_IN(finding.seen);

    if (check->result == CHECK_FAILURE) {
        text_add(&seen, "%s", check->message);
    } else if (check->result == CHECK_ERROR && strstr(check->message, "Test timeout expired") != NULL) {
        finding.verdict = VERDICT_TIMEOUT;
        text_add(&seen, "The test took too long and was ended.");
    } else if (check->result == CHECK_ERROR) {
        text_add(&seen, "The test's process ended before the test did. Check says: %s.", check->message);
        CLEAN_COPY(finding.expected, expected);
    } else if (board->state == TEST_RUNNING) {
        text_add(&seen, "The test's process ended before the test did, and with status 0: something called exit.");
        CLEAN_COPY(finding.expected, expected);
    } else {
        return false;
    }
    add_finding(test, &finding);
    return true;
}

/* A test of which neither Check nor the board has a word. */
static bool judge_unrun(struct exercise *e, const struct evidence *v, struct judged_test *test, const char *name)
{
    static const char *const expected = "Every test comes to its end, and what a submission prints has an end too.";

    if (v->cause == CAUSE_NORMAL)
        return grader_error(e,
                            "The suite under %s gave no verdict for the test %s%s. Grade again; if it stays so, show "
                            "build/grade to your instructor.",
                            v->tool, name, v->exited ? "" : ": a signal ended it half way");
    if (v->cause == CAUSE_OUTPUT)
        add_words(test, VERDICT_FAIL, "Not run: the run was ended, because too much was printed before.", expected);
    else
        add_words(test, VERDICT_TIMEOUT, "Not run: the run was ended, because it took too long before.", expected);
    return true;
}

static void keep_evidence(struct judged_test *test, const struct valgrind_findings *found)
{
    for (size_t i = 0; i < found->evidence_count && test->evidence_count < MAX_EVIDENCE; i++)
        CLEAN_COPY(test->evidence[test->evidence_count++], found->evidence[i]);
}

/* Rules 2 to 5: adds what was found in the test, by Valgrind and by the suite. Returns how many findings there are. */
static size_t add_findings(struct exercise *e, struct judged_test *test, const struct board_test *board,
                           const struct valgrind_findings *found)
{
    /* A test that was broken off had no chance to free what is its own to free. */
    size_t leaks = board->state == TEST_REACHED_END ? found->leak_count : 0;

    add_sightings(test, found->crashes, found->crash_count);
    add_sightings(test, found->errors, found->error_count);
    size_t failures = add_board_failures(test, &e->lines, board);
    add_sightings(test, found->leaks, leaks);
    keep_evidence(test, found);
    return found->crash_count + found->error_count + failures + leaks;
}

/* Check and the board must both know the test. False after a grader_error. */
static bool is_known(struct exercise *e, const struct evidence *v, const char *name, const struct check_test *check,
                     int slot)
{
    if (slot == -1)
        return grader_error(e,
                            "Check ran the test %s under %s, but the test left nothing on the board (%s). Grade again; "
                            "if it stays so, show build/grade to your instructor.",
                            name, v->tool, check->message);
    if (check == NULL && v->cause == CAUSE_NORMAL)
        return grader_error(e,
                            "Check's report under %s does not have the test %s, which the board has begun. Grade "
                            "again; if it stays so, show build/grade to your instructor.",
                            v->tool, name);
    return true;
}

static bool judge_test(struct exercise *e, const struct evidence *v, const struct valgrind_findings *found,
                       size_t index)
{
    const char *name = e->manifest.tests[index].name;
    struct judged_test *test = &e->tests[index];
    const struct check_test *check = check_find(&v->check, name);
    int slot = board_test_index(v->board, name);

    if (check == NULL && slot == -1)
        return judge_unrun(e, v, test, name);
    if (!is_known(e, v, name, check, slot))
        return false;

    const struct board_test *board = &v->board->tests[slot];
    if (trouble(board) != NULL)
        return grader_error(e, "In the test %s: %s", name, trouble(board));
    if (add_findings(e, test, board, &found[slot]) > 0)
        return true;
    if (check == NULL)
        return judge_unrun(e, v, test, name);
    /* To Check a skip is a failure like any other: it ended the test early. What is noted still is a skip, too: one of
     * another process of the test's, which did not end the test itself. */
    if (board->state == TEST_SKIPPED || board->failure_count > 0) {
        keep_skip(test, &e->lines, board);
        return true;
    }
    if (add_check(test, check, board))
        return true;
    if (found[slot].missing[0] != '\0')
        return grader_error(e,
                            "Valgrind's report of the test %s is missing or broken, so it cannot be said to pass: %s. "
                            "Is the disk full? Grade again.",
                            name, found[slot].missing);
    return true;
}

/* The suite and the manifest must speak of the same tests. */
static bool names_agree(struct exercise *e, const struct evidence *v)
{
    for (size_t i = 0; i < v->check.count; i++)
        if (manifest_find(&e->manifest, v->check.tests[i].name) == -1)
            return grader_error(e, "The suite has a test %s that the manifest of %s does not have. Add it there.",
                                v->check.tests[i].name, e->name);
    return true;
}

bool judge(struct exercise *exercise, const struct evidence *evidence, const struct valgrind_findings *found)
{
    if (!names_agree(exercise, evidence))
        return false;
    for (size_t i = 0; i < exercise->manifest.test_count; i++)
        if (!judge_test(exercise, evidence, found, i))
            return false;
    return true;
}

void give_verdicts(struct exercise *exercise)
{
    for (size_t i = 0; i < exercise->manifest.test_count; i++) {
        struct judged_test *test = &exercise->tests[i];
        if (test->count > 0)
            test->verdict = test->findings[0].verdict;
        else
            test->verdict = test->skipped[0] != '\0' ? VERDICT_SKIPPED : VERDICT_PASS;
    }
}
