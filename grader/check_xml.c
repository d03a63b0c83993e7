/*
 * check_xml.c - reads Check's report.
 *
 *   <test result="success"> <path/> <fn/> <id>NAME</id> ... <message>TEXT</message> </test>
 */
#include "check_xml.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "clean_text.h"

struct reading {
    struct check_report *report;
    bool in_test;
    struct check_test test; /* the one that is being read */
    bool strange;           /* the report has something that we do not know: better no answer than a wrong one */
};

static void begin(void *data, const char *element, const char **attributes)
{
    struct reading *r = data;

    if (strcmp(element, "test") != 0)
        return;
    r->in_test = true;
    r->test = (struct check_test){.result = CHECK_ERROR};
    const char *result = "";
    for (size_t i = 0; attributes[i] != NULL; i += 2)
        if (strcmp(attributes[i], "result") == 0)
            result = attributes[i + 1];
    if (strcmp(result, "success") == 0)
        r->test.result = CHECK_SUCCESS;
    else if (strcmp(result, "failure") == 0)
        r->test.result = CHECK_FAILURE;
    else if (strcmp(result, "error") != 0)
        r->strange = true;
}

/* Enters the test that was read; of the iterations of a loop test the worst counts. */
static void keep(struct reading *r)
{
    struct check_report *report = r->report;
    struct check_test *old = (struct check_test *)check_find(report, r->test.name);

    if (old != NULL) {
        if (r->test.result > old->result)
            *old = r->test;
    } else if (report->count < CHECK_MAX_TESTS) {
        report->tests[report->count++] = r->test;
    } else {
        report->dropped++;
    }
}

static void end(void *data, const char *element, const char *text)
{
    struct reading *r = data;

    if (!r->in_test)
        return;
    if (strcmp(element, "id") == 0) {
        CLEAN_COPY(r->test.name, text);
    } else if (strcmp(element, "message") == 0) {
        CLEAN_COPY(r->test.message, text);
    } else if (strcmp(element, "test") == 0) {
        r->in_test = false;
        if (r->test.name[0] == '\0')
            r->strange = true;
        keep(r);
    }
}

enum xml_end check_xml_read(struct check_report *report, const char *path, char *why, size_t size)
{
    struct reading reading = {.report = report};
    struct xml_reader reader = {.begin = begin, .end = end, .data = &reading};

    *report = (struct check_report){0};
    enum xml_end how = xml_read_file(path, &reader, why, size);
    if (how == XML_COMPLETE && reading.strange) {
        (void)snprintf(why, size, "a test without a name, or with a result that Check does not have");
        return XML_BROKEN;
    }
    return how;
}

const struct check_test *check_find(const struct check_report *report, const char *name)
{
    for (size_t i = 0; i < report->count; i++)
        if (strcmp(report->tests[i].name, name) == 0)
            return &report->tests[i];
    return NULL;
}
