/*
 * report_failures.c - which of the failing tests a student reads about.
 *
 * A few of them, each by another mistake, in full, and the others with a line
 * each: one mistake often fails many tests, and who sees forty reports at once
 * reads none.
 */
#include "report.h"

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

/* The first failing tests in the manifest's order, each with a mistake of its own. */
static struct choice choose(const json_t *tests)
{
    struct choice choice = {.full_count = 0};
    size_t i = 0;
    json_t *test = NULL;

    json_array_foreach(tests, i, test)
    {
        bool same = false;
        if (!fails(test))
            continue;
        for (size_t k = 0; k < choice.full_count; k++)
            same = same || same_mistake(choice.full[k], test);
        if (!same && choice.full_count < SHOWN_IN_FULL) {
            choice.full[choice.full_count++] = test;
            continue;
        }
        choice.others++;
        choice.same += same;
    }
    return choice;
}

void print_failures(struct printer *p, const json_t *tests, const struct detail *detail)
{
    struct choice choice = choose(tests);
    /* "and 1 more" takes as much room as a good part of the test itself. */
    bool all = detail->verbose || (choice.others == 1 && choice.same == 0);
    size_t i = 0;
    json_t *test = NULL;

    json_array_foreach(tests, i, test)
    {
        if (fails(test) && (all || is_chosen(&choice, test)))
            print_in_full(p, test);
    }
    if (all || choice.others == 0)
        return;

    print_newline(p);
    print_to_column(p, INDENT, false);
    print_styled(p, STYLE_PLAIN, "and %zu more", choice.others);
    if (choice.same > 0)
        print_styled(p, STYLE_PLAIN, ", %s by the same mistake", choice.same == choice.others ? "all" : "some");
    print_styled(p, STYLE_PLAIN, " (--verbose shows them in full):");
    print_newline(p);
    json_array_foreach(tests, i, test)
    {
        if (fails(test) && !is_chosen(&choice, test))
            print_in_short(p, test, STYLE_BAD);
    }
}
