/* fuzz_manifest.c - an exercise's manifest: grader/manifest.c. */
#include "manifest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static void put_list(FILE *out, const char *word, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        (void)fprintf(out, "%s %s\n", word, list[i]);
}

static void put_test(FILE *out, const struct manifest_test *test)
{
    (void)fprintf(out, "test %s\npoints %d\nsays %s\nlesson %s\nclause %s\n", test->name, test->points, test->says,
                  test->lesson, test->clause);
    if (test->why != NULL)
        (void)fprintf(out, "why %s\n", test->why);
}

/* The manifest as a file, which the caller frees. */
static char *text_of(const struct manifest *m, size_t *size)
{
    char *bytes = NULL;
    FILE *out = open_memstream(&bytes, size);

    MUST(out != NULL);
    (void)fprintf(out, "title %s\nsource %s\nheader %s\n", m->title, m->source, m->header);
    put_list(out, "export", m->exports, m->export_count);
    put_list(out, "allow", m->calls, m->call_count);
    put_list(out, "tool", m->tools, m->tool_count);
    if (m->descriptors != 0)
        (void)fprintf(out, "descriptors %d\n", m->descriptors);
    if (m->threads != 0)
        (void)fprintf(out, "threads %d\n", m->threads);
    for (size_t i = 0; i < m->test_count; i++)
        put_test(out, &m->tests[i]);
    MUST(fclose(out) == 0);
    return bytes;
}

static void look_at(const struct manifest *m)
{
    MUST(m->title != NULL && m->export_count > 0 && m->tool_count > 0 && m->test_count > 0);
    MUST(m->export_count <= MANIFEST_MAX_EXPORTS && m->call_count <= MANIFEST_MAX_CALLS);
    MUST(m->tool_count <= MANIFEST_MAX_TOOLS && m->test_count <= MANIFEST_MAX_TESTS);
    MUST(m->descriptors >= 0 && m->threads >= 0);
    /* These become names of files. */
    MUST(strchr(m->source, '/') == NULL && m->source[0] != '.' && is_harmless(m->source));
    MUST(strchr(m->header, '/') == NULL && m->header[0] != '.' && is_harmless(m->header));
    for (size_t i = 0; i < m->test_count; i++) {
        const struct manifest_test *t = &m->tests[i];
        MUST(t->points > 0 && t->says != NULL && t->lesson != NULL && t->clause != NULL);
        MUST(manifest_find(m, t->name) == (int)i);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct manifest manifest, other;
    char error[600];

    if (manifest_read(&manifest, memory_file(data, size), error, sizeof error) == -1) {
        MUST(error[0] != '\0' && is_harmless(error));
        return 0;
    }
    look_at(&manifest);

    /* Written and read again it is the same. */
    size_t length = 0, same = 0;
    char *text = text_of(&manifest, &length);
    MUST(manifest_read(&other, memory_file(text, length), error, sizeof error) == 0);
    char *again = text_of(&other, &same);
    MUST(same == length && memcmp(text, again, length) == 0);
    free(text);
    free(again);
    manifest_free(&manifest);
    manifest_free(&other);
    return 0;
}
