/*
 * report_failures.c - which of the failing tests a student reads about.
 *
 * A few of them, each by another mistake, in full, and the others with a line
 * each: one mistake often fails many tests, and who sees forty reports at once
 * reads none. On a terminal there are only so many that the first, which is the
 * one to begin with, does not scroll away.
 */
#include "report.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN_IN_FULL = 3 };

bool fails(const json_t *test)
{
    return !is_verdict(test, "pass") && !is_verdict(test, "skipped");
}

/* Do two tests fail by the same mistake? At the same line with the same verdict, or with the same words. */
static bool same_mistake(const json_t *one, const json_t *other)
{
    const json_t *place = json_object_get(one, "where"), *elsewhere = json_object_get(other, "where");

    if (strcmp(text_field(one, "verdict"), text_field(other, "verdict")) != 0)
        return false;
    if (json_is_object(place) && json_equal(place, elsewhere))
        return true;
    return strcmp(text_field(one, "seen"), text_field(other, "seen")) == 0;
}

/* What of the failing tests is shown in full, and how many others there are. */
struct choice {
    const json_t *full[SHOWN_IN_FULL];
    size_t full_count, others;
    size_t same; /* of the others: those that one of the full ones explains */
};

static bool is_chosen(const struct choice *choice, const json_t *test)
{
    for (size_t i = 0; i < choice->full_count; i++)
        if (choice->full[i] == test)
            return true;
    return false;
}

/* The lines that a test takes in full. */
static size_t lines_in_full(const struct printer *p, const json_t *test)
{
    struct printer measure = {.width = p->width, .utf8 = p->utf8};
    char *text = NULL;
    size_t size = 0;

    measure.out = open_memstream(&text, &size);
    if (measure.out == NULL)
        return 0;
    print_in_full(&measure, test);
    (void)fclose(measure.out);
    free(text);
    return measure.lines;
}

/* The first failing tests in the manifest's order, each with a mistake of its own, as many as ROOM lines hold. */
static struct choice choose(const struct printer *p, const json_t *tests, size_t room)
{
    struct choice choice = {.full_count = 0};
    size_t i = 0, used = 0;
    json_t *test = NULL;
    bool full = false; /* no later one goes before one for which there was no room */

    json_array_foreach(tests, i, test)
    {
        bool same = false;
        if (!fails(test))
            continue;
        for (size_t k = 0; k < choice.full_count; k++)
            same = same || same_mistake(choice.full[k], test);
        if (!same && choice.full_count < SHOWN_IN_FULL && !full) {
            used += lines_in_full(p, test);
            full = choice.full_count > 0 && used > room;
            if (!full) {
                choice.full[choice.full_count++] = test;
                continue;
            }
        }
        choice.others++;
        choice.same += same;
    }
    return choice;
}

/* The others: how many, how to see them, and at most ROOM of them with a line each. */
static void print_others(struct printer *p, const json_t *tests, const struct choice *choice, size_t room,
                         const char *command)
{
    size_t i = 0, shown = 0;
    json_t *test = NULL;

    print_newline(p);
    print_to_column(p, INDENT, false);
    print_styled(p, STYLE_PLAIN, "and %zu more", choice->others);
    if (choice->same > 0)
        print_styled(p, STYLE_PLAIN, ", %s by the same mistake", choice->same == choice->others ? "all" : "some");
    print_styled(p, STYLE_PLAIN, " (%s shows them)%s", command, room > 0 ? ":" : "");
    print_newline(p);
    json_array_foreach(tests, i, test)
    {
        if (!fails(test) || is_chosen(choice, test))
            continue;
        if (shown++ == room)
            break;
        print_in_short(p, test, STYLE_BAD);
    }
    if (shown > room && room > 0) {
        print_to_column(p, INDENT, false);
        print_styled(p, STYLE_PLAIN, "...");
        print_newline(p);
    }
}

void print_failures(struct printer *p, const json_t *tests, size_t room, const char *command)
{
    enum { HEADING = 2, DOTS = 1 };
    struct choice choice = choose(p, tests, room == SIZE_MAX ? room : room - (room < HEADING ? room : HEADING));
    /* "and 1 more" takes as much room as a good part of the test itself. */
    bool all = command == NULL || (choice.others == 1 && choice.same == 0 && room == SIZE_MAX);
    size_t i = 0, before = p->lines;
    json_t *test = NULL;

    json_array_foreach(tests, i, test)
    {
        if (fails(test) && (all || is_chosen(&choice, test)))
            print_in_full(p, test);
    }
    if (all || choice.others == 0)
        return;
    size_t used = p->lines - before + HEADING;
    size_t left = room > used ? room - used : 0;
    print_others(p, tests, &choice, left >= choice.others ? left : left - (left > 0 ? DOTS : 0), command);
}
