/*
 * report.c - tells what graded exercises' result.json files say.
 *
 *   report [--json FILE] [--junit FILE] [--gradescope FILE] [--prairielearn FILE] [--autolab FILE] [--github FILE]
 *          [--csv FILE] [--quiet | --verbose | --list] [--color | --no-color] [--width N] [--height N]
 *          [--submission NAME] RESULT...
 *
 * Ends with 0 for full marks, 1 if points are missing and the reason lies with the submission, 2 if the grader could
 * not tell (a grader error, a skipped test) or was not used as above.
 */
#include "report.h"

#include <errno.h>
#include <getopt.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "clean_text.h"
#include "report_platform.h"

enum {
    FULL_MARKS = 0,
    POINTS_MISSING = 1,
    CANNOT_TELL = 2,
    DEFAULT_WIDTH = 80,
    LEAST_WIDTH = 30,
    MOST_WIDTH = 120,
    LEAST_HEIGHT = 5,
};

/* The files that can be asked for: --NAME FILE. */
static const struct format {
    const char *name;
    int (*write)(const struct results *results, const char *path);
} formats[] = {
    {"json", results_write},
    {"junit", report_junit},
    {"gradescope", report_gradescope},
    {"prairielearn", report_prairielearn},
    {"autolab", report_autolab},
    {"github", report_github},
    {"csv", report_csv},
};

enum { FORMATS = sizeof formats / sizeof formats[0], FIRST_FORMAT = 256 /* above all letters of options */ };

struct options {
    const char *files[FORMATS]; /* NULL: not asked for */
    const char *submission;
    struct detail detail;
    int color;    /* 1 yes, 0 no, -1 as it fits */
    size_t width; /* 0: as it fits */
};

/* A number of columns or rows from LEAST to 1000. */
static bool parse_size(const char *text, size_t least, size_t *size)
{
    char *end = NULL;
    unsigned long value = strtoul(text, &end, 10);

    *size = value;
    return end != text && *end == '\0' && value >= least && value <= 1000;
}

static bool take_option(struct options *o, int c)
{
    if (c >= FIRST_FORMAT && c < FIRST_FORMAT + FORMATS) {
        o->files[c - FIRST_FORMAT] = optarg;
        return true;
    }
    switch (c) {
    case 's':
        o->submission = optarg;
        return true;
    case 'q':
        o->detail.quiet = true;
        return true;
    case 'v':
        o->detail.verbose = true;
        return true;
    case 'l':
        o->detail.list = true;
        return true;
    case 'c':
    case 'n':
        o->color = c == 'c';
        return true;
    case 'w':
        return parse_size(optarg, LEAST_WIDTH, &o->width);
    case 'h':
        return parse_size(optarg, LEAST_HEIGHT, &o->detail.rows);
    default:
        return false;
    }
}

static bool parse_options(struct options *o, int argc, char **argv)
{
    static const struct option others[] = {
        {"submission", required_argument, NULL, 's'},
        {"quiet", no_argument, NULL, 'q'},
        {"verbose", no_argument, NULL, 'v'},
        {"list", no_argument, NULL, 'l'},
        {"color", no_argument, NULL, 'c'},
        {"no-color", no_argument, NULL, 'n'},
        {"width", required_argument, NULL, 'w'},
        {"height", required_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    enum { OTHERS = sizeof others / sizeof others[0] };
    struct option known[FORMATS + OTHERS];
    bool good = true;

    for (int i = 0; i < FORMATS; i++)
        known[i] = (struct option){formats[i].name, required_argument, NULL, FIRST_FORMAT + i};
    memcpy(known + FORMATS, others, sizeof others);
    for (int c; good && (c = getopt_long(argc, argv, "", known, NULL)) != -1;)
        good = take_option(o, c);
    if (good && optind < argc)
        return true;
    (void)fprintf(stderr,
                  "report: usage: report [--json FILE] [--junit FILE] [--gradescope FILE] [--prairielearn FILE]"
                  " [--autolab FILE] [--github FILE] [--csv FILE] [--quiet | --verbose | --list] [--color | --no-color]"
                  " [--width N] [--height N] [--submission NAME] RESULT...\n");
    return false;
}

/* The width of the terminal; lines of text longer than MOST_WIDTH are hard to read on any. */
static size_t width_of_terminal(void)
{
    struct winsize size;
    const char *columns = getenv("COLUMNS");
    size_t width = DEFAULT_WIDTH;

    if (isatty(STDOUT_FILENO) == 0)
        return DEFAULT_WIDTH;
    if (columns == NULL || !parse_size(columns, LEAST_WIDTH, &width)) {
        width = DEFAULT_WIDTH;
        if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= LEAST_WIDTH)
            width = size.ws_col;
    }
    return width < MOST_WIDTH ? width : MOST_WIDTH;
}

/* The height of the terminal. 0 if the report goes elsewhere: whoever reads it there can go back to its start. */
static size_t height_of_terminal(void)
{
    struct winsize size;

    if (isatty(STDOUT_FILENO) == 0 || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == -1 || size.ws_row < LEAST_HEIGHT)
        return 0;
    return size.ws_row;
}

/* Colour by default only on a terminal that has it, and not against the user's wish (no-color.org). */
static bool wants_color(const struct options *o)
{
    const char *no_color = getenv("NO_COLOR"), *terminal = getenv("TERM");

    if (o->color != -1)
        return o->color == 1;
    return isatty(STDOUT_FILENO) == 1 && (no_color == NULL || no_color[0] == '\0') && terminal != NULL &&
           strcmp(terminal, "dumb") != 0;
}

/* Writes the files that were asked for. False after it has printed a line. */
static bool write_files(const struct options *o, const struct results *results)
{
    for (size_t i = 0; i < FORMATS; i++) {
        if (o->files[i] == NULL || formats[i].write(results, o->files[i]) == 0)
            continue;
        (void)fprintf(stderr, "report: %s cannot be written: %s\n", o->files[i], strerror(errno));
        return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    struct options options = {.submission = "exercises", .color = -1};
    struct results results;
    char submission[300];

    (void)setlocale(LC_CTYPE, "");
    if (!parse_options(&options, argc, argv))
        return CANNOT_TELL;
    CLEAN_COPY(submission, options.submission);
    if (!results_read(&results, submission, argv + optind, (size_t)(argc - optind)))
        return CANNOT_TELL;

    struct printer printer = {
        .out = stdout,
        .width = options.width != 0 ? options.width : width_of_terminal(),
        .color = wants_color(&options),
        .utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
    };
    options.detail.own = strcmp(submission, "exercises") == 0;
    if (options.detail.rows == 0)
        options.detail.rows = height_of_terminal();
    report_terminal(&printer, &results, &options.detail);

    int status = !results.complete ? CANNOT_TELL : results.points == results.max_points ? FULL_MARKS : POINTS_MISSING;
    if (!write_files(&options, &results))
        status = CANNOT_TELL;
    if (fflush(stdout) == EOF || ferror(stdout)) {
        (void)fprintf(stderr, "report: the report cannot be printed: %s\n", strerror(errno));
        status = CANNOT_TELL;
    }
    results_free(&results);
    return status;
}
