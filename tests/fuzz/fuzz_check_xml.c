/* fuzz_check_xml.c - Check's report: grader/check_xml.c, grader/xml_file.c. */
#include "check_xml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "html.h"

static void look_at(const struct check_report *report)
{
    MUST(report->count <= CHECK_MAX_TESTS);
    for (size_t i = 0; i < report->count; i++) {
        const struct check_test *test = &report->tests[i];
        MUST(is_harmless(test->name) && is_harmless(test->message));
        MUST(test->result <= CHECK_ERROR);
        MUST(check_find(report, test->name) == test); /* no name is there twice */
    }
}

/* Writes the report as Check would have written it, and reads that: it is the same report. */
static void again(const struct check_report *report)
{
    static const char *const words[] = {"success", "failure", "error"};
    static struct check_report other;
    char why[200], *bytes = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&bytes, &size);

    MUST(out != NULL);
    (void)fputs("<testsuites><suite>", out);
    for (size_t i = 0; i < report->count; i++) {
        (void)fprintf(out, "<test result=\"%s\"><id>", words[report->tests[i].result]);
        put_html(out, report->tests[i].name);
        (void)fputs("</id><message>", out);
        put_html(out, report->tests[i].message);
        (void)fputs("</message></test>", out);
    }
    (void)fputs("</suite></testsuites>", out);
    MUST(fclose(out) == 0);
    MUST(check_xml_read(&other, memory_file(bytes, size), why, sizeof why) == XML_COMPLETE);
    MUST(other.count == report->count);
    for (size_t i = 0; i < other.count; i++) {
        MUST(strcmp(other.tests[i].name, report->tests[i].name) == 0);
        MUST(strcmp(other.tests[i].message, report->tests[i].message) == 0);
        MUST(other.tests[i].result == report->tests[i].result);
    }
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct check_report report;
    char why[200];
    enum xml_end end = check_xml_read(&report, memory_file(data, size), why, sizeof why);

    MUST(end != XML_UNREADABLE);
    MUST((why[0] == '\0') == (end == XML_COMPLETE));
    MUST(is_harmless(why));
    look_at(&report);
    if (end == XML_COMPLETE)
        again(&report);
    return 0;
}
