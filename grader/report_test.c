/* report_test.c - one test in the report that a student reads. */
#include "report.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum {
    LABELS = 6, /* the column of "seen", "expected" */
    TEXTS = 16, /* the column of what they say */
};

/* "FORBIDDEN CALL": the verdict, so that it catches the eye without colour too. */
static void print_verdict(struct printer *p, const char *verdict, enum style style)
{
    char word[32];
    size_t i = 0;

    for (; verdict[i] != '\0' && i < sizeof word - 1; i++)
        word[i] = verdict[i] == '_' ? ' ' : (char)toupper((unsigned char)verdict[i]);
    word[i] = '\0';
    print_styled(p, style, "%s", word);
}

static void print_label(struct printer *p, const char *label)
{
    print_to_column(p, LABELS, false);
    print_styled(p, STYLE_FAINT, "%s", label);
    print_to_column(p, TEXTS, true);
}

/* A label and what it says; nothing if that is empty. */
static void print_labelled(struct printer *p, const char *label, const char *text)
{
    if (text[0] == '\0')
        return;
    print_label(p, label);
    print_wrapped(p, TEXTS, text);
}

/* "pipeline.c:52: if (pipe(ends) == -1)" */
static void print_place(struct printer *p, const json_t *place)
{
    char text[600];

    if (!json_is_object(place))
        return;
    (void)snprintf(text, sizeof text, "%.100s:%ld: %.400s", text_field(place, "file"), number_field(place, "line"),
                   text_field(place, "text"));
    print_labelled(p, "where", text);
}

/* What else was found in the test. */
static void print_also(struct printer *p, const json_t *list)
{
    size_t i = 0;
    json_t *also = NULL;
    char text[4096];

    json_array_foreach(list, i, also)
    {
        const json_t *place = json_object_get(also, "where");
        int start = snprintf(text, sizeof text, "%.40s", text_field(also, "verdict"));
        if (json_is_object(place))
            start += snprintf(text + start, sizeof text - (size_t)start, ", %.100s:%ld", text_field(place, "file"),
                              number_field(place, "line"));
        (void)snprintf(text + start, sizeof text - (size_t)start, ": %s", text_field(also, "seen"));
        print_labelled(p, "also", text);
    }
}

static void print_points(char *text, size_t size, const json_t *test)
{
    long points = number_field(test, "max_points");

    /* The space is one at which no line is broken. */
    (void)snprintf(text, size, "%.900s (%ld\u00a0point%s)", text_field(test, "says"), points, points == 1 ? "" : "s");
}

void print_heading(struct printer *p, const json_t *test, enum style style)
{
    char says[1000];

    print_to_column(p, INDENT, false);
    print_verdict(p, text_field(test, "verdict"), style);
    print_styled(p, STYLE_PLAIN, "  ");
    print_points(says, sizeof says, test);
    print_wrapped(p, LABELS, says);
}

void print_in_full(struct printer *p, const json_t *test)
{
    const json_t *lesson = json_object_get(test, "lesson");
    char section[600];

    print_newline(p);
    print_heading(p, test, STYLE_BAD);
    print_place(p, json_object_get(test, "where"));
    print_labelled(p, "seen", text_field(test, "seen"));
    print_labelled(p, "expected", text_field(test, "expected"));
    print_labelled(p, "why", text_field(test, "why"));
    print_also(p, json_object_get(test, "also"));
    (void)snprintf(section, sizeof section, "%.300s#%.200s", text_field(lesson, "file"), text_field(lesson, "section"));
    print_label(p, "lesson");
    print_unbroken(p, section);
    print_labelled(p, "clause", text_field(test, "clause"));
}

void print_in_short(struct printer *p, const json_t *test, enum style style)
{
    print_to_column(p, INDENT, false);
    print_verdict(p, text_field(test, "verdict"), style);
    print_to_column(p, TEXTS - LABELS, true);
    print_cut(p, text_field(test, "says"));
}

void print_skipped(struct printer *p, const json_t *test)
{
    print_newline(p);
    print_heading(p, test, STYLE_WARNING);
    print_labelled(p, "because", text_field(test, "seen"));
}
