/*
 * verify - compares what a submission was given with what it must get.
 *
 *   verify KIND SOURCE RESULT
 *
 * KIND is "reference" or "right" (full marks), "stub" (no crash, no stall, at
 * most a tenth of the points) or "wrong": then the comment at the top of SOURCE names every
 * test that it fails, the verdict, and a phrase of the message:
 *
 *     fails: TEST VERDICT "phrase"
 *
 * TEST may be "*": every test has that verdict, and the phrase stands in the reason, or in one test's message.
 * KIND "hostile" is the same, with two verdicts more, "any" (each test fails, in whatever way)
 * and "some" (so do those in which it comes to the attack; the others may pass), and a line
 *
 *     refused: "phrase"
 *
 * for what is refused before it runs.
 * RESULT is what grader/grade --json wrote for that exercise.
 * Prints nothing and ends with 0 if all is as it must be; else a line for each difference, and 1. 2: it could not tell.
 */
#define _GNU_SOURCE
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_EXPECTED = 64 };

struct expected {
    char test[100];
    char verdict[32];
    char phrase[300];
    bool is_met;
};

static const char verdict_refused[] = "forbidden_call";
static struct expected expected[MOST_EXPECTED];
static size_t expected_count;
static int differences;

static void differs(const char *test, const char *what, const char *detail)
{
    printf("  %s: %s%s\n", test, what, detail);
    differences++;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text != NULL ? text : "";
}

/* The lines "fails: ..." of the source; false if one of them cannot be read. */
static bool read_expected(const char *path)
{
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        perror(path);
        return false;
    }

    char line[1024];
    while (fgets(line, sizeof line, file) != NULL && strstr(line, "*/") == NULL) {
        struct expected *one = &expected[expected_count];
        const char *place = strstr(line, "refused: ");
        if (place != NULL && expected_count < MOST_EXPECTED &&
            sscanf(place, "refused: \"%299[^\"]\"", one->phrase) == 1) {
            strcpy(one->test, "*");
            strcpy(one->verdict, verdict_refused);
            expected_count++;
            continue;
        }
        place = strstr(line, "fails: ");
        if (place == NULL)
            continue;
        if (expected_count == MOST_EXPECTED ||
            sscanf(place, "fails: %99s %31s \"%299[^\"]\"", one->test, one->verdict, one->phrase) != 3) {
            fprintf(stderr, "%s: cannot read: %s", path, line);
            (void)fclose(file);
            return false;
        }
        expected_count++;
    }
    (void)fclose(file);
    return true;
}

static void verify_full_marks(const json_t *result, const json_t *tests)
{
    size_t i;
    const json_t *test;

    if (json_integer_value(json_object_get(result, "points")) !=
            json_integer_value(json_object_get(result, "max_points")) ||
        strcmp(text_of(result, "status"), "graded") != 0)
        differs("points", "not full marks; status ", text_of(result, "status"));
    if (*text_of(result, "reason") != '\0')
        differs("reason", "", text_of(result, "reason"));
    json_array_foreach(tests, i, test)
    {
        if (strcmp(text_of(test, "verdict"), "pass") != 0) {
            differs(text_of(test, "id"), "is ", text_of(test, "verdict"));
            printf("    seen: %s\n", text_of(test, "seen"));
        }
    }
}

static void verify_stub(const json_t *result, const json_t *tests)
{
    static const char *const unwanted[] = {"crash", "stall", "timeout", "spin", "grader_error"};
    size_t i;
    const json_t *test;

    if (strcmp(text_of(result, "status"), "graded") != 0)
        differs("status", "is ", text_of(result, "status"));
    if (json_array_size(json_object_get(result, "warnings")) != 0)
        differs("warnings", "the stub does not compile without warnings", "");
    if (10 * json_integer_value(json_object_get(result, "points")) >
        json_integer_value(json_object_get(result, "max_points")))
        differs("points", "an untouched stub gets more than a tenth of the points", "");
    json_array_foreach(tests, i, test) for (size_t u = 0; u < sizeof unwanted / sizeof *unwanted;
                                            u++) if (strcmp(text_of(test, "verdict"), unwanted[u]) == 0)
        differs(text_of(test, "id"), "is ", unwanted[u]);
}

static struct expected *find_expected(const char *test)
{
    for (size_t i = 0; i < expected_count; i++)
        if (strcmp(expected[i].test, test) == 0 || strcmp(expected[i].test, "*") == 0)
            return &expected[i];
    return NULL;
}

static void verify_test(const json_t *result, const json_t *test)
{
    const char *id = text_of(test, "id");
    const char *verdict = text_of(test, "verdict");
    const char *seen = text_of(test, "seen");
    struct expected *one = find_expected(id);

    if (one == NULL) {
        if (strcmp(verdict, "pass") != 0) {
            differs(id, "should pass, is ", verdict);
            printf("    seen: %s\n", seen);
        }
        return;
    }
    bool is_any = strcmp(one->verdict, "any") == 0 && strcmp(verdict, "pass") != 0 && strcmp(verdict, "skipped") != 0 &&
                  strcmp(verdict, "grader_error") != 0;
    if (strcmp(one->verdict, "some") == 0 && strcmp(verdict, "grader_error") != 0)
        is_any = true;
    if (!is_any && strcmp(verdict, one->verdict) != 0) {
        differs(id, "should be ", one->verdict);
        printf("    is: %s: %s\n", verdict, seen);
        return;
    }
    if (strstr(seen, one->phrase) != NULL || strstr(text_of(result, "reason"), one->phrase) != NULL) {
        one->is_met = true;
    } else if (strcmp(one->test, "*") != 0) {
        differs(id, "the message lacks ", one->phrase);
        printf("    seen: %s\n", seen);
        one->is_met = true;
    }
}

static void verify_wrong(const json_t *result, const json_t *tests)
{
    size_t i;
    const json_t *test;

    if (expected_count == 0)
        differs("source", "names no test that it fails", "");
    json_array_foreach(tests, i, test) verify_test(result, test);
    for (i = 0; i < expected_count; i++)
        if (!expected[i].is_met)
            differs(expected[i].test, "is no test with such a message: ", expected[i].phrase);
}

int main(int argc, char **argv)
{
    json_error_t error;

    if (argc != 4) {
        fprintf(stderr, "usage: verify KIND SOURCE RESULT\n");
        return 2;
    }
    json_t *result = json_load_file(argv[3], 0, &error);
    if (result == NULL) {
        fprintf(stderr, "%s: %s\n", argv[3], error.text);
        return 2;
    }
    /* grader/grade --json writes a whole submission; it has one exercise here. */
    const json_t *graded = json_array_get(json_object_get(result, "exercises"), 0);
    if (graded == NULL)
        graded = result;
    const json_t *tests = json_object_get(graded, "tests");
    if (json_array_size(tests) == 0) {
        fprintf(stderr, "%s: no tests\n", argv[3]);
        return 2;
    }
    if (strcmp(argv[1], "wrong") == 0 || strcmp(argv[1], "hostile") == 0) {
        if (!read_expected(argv[2]))
            return 2;
        verify_wrong(graded, tests);
    } else if (strcmp(argv[1], "stub") == 0) {
        verify_stub(graded, tests);
    } else {
        verify_full_marks(graded, tests);
    }
    json_decref(result);
    return differences == 0 ? 0 : 1;
}
