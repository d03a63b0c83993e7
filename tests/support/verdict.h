/*
 * verdict.h - the words in which the grader says how a test ended.
 *
 * Shared by the support library, the supervisor, the collector and the report.
 * The names are those of result.json (docs/results.md).
 */
#ifndef EAGAIN_VERDICT_H
#define EAGAIN_VERDICT_H

enum verdict {
    VERDICT_PASS,             /* the test's process reached the end of it, nothing was found */
    VERDICT_FAIL,             /* a promise of the contract was not kept */
    VERDICT_CRASH,            /* a fatal signal in the submission's code */
    VERDICT_MEMORY,           /* Valgrind: invalid access, uninitialised value, leak, race */
    VERDICT_DESCRIPTORS,      /* a descriptor left open, closed, or changed */
    VERDICT_PROCESSES,        /* a zombie, a stray, a child that came back, a changed mask or disposition */
    VERDICT_STALL,            /* nothing in the test could make progress any more */
    VERDICT_SPIN,             /* calls that find nothing, again and again, without a wait between */
    VERDICT_TIMEOUT,          /* the last resort: too much CPU or wall-clock time */
    VERDICT_FORBIDDEN_CALL,   /* refused before it ran, or a call that the contract forbids */
    VERDICT_DOES_NOT_COMPILE, /* no object file */
    VERDICT_NOT_HANDED_IN,    /* no source file */
    VERDICT_SKIPPED,          /* this machine cannot run the test: not a pass, no fault of the submission */
    VERDICT_GRADER_ERROR,     /* the grader could not tell; never the same as zero points */
    VERDICT_COUNT
};

/* Returns the name of a verdict as result.json spells it; a static string, never NULL. */
const char *verdict_name(enum verdict verdict);

/* Returns the verdict that has this name, or VERDICT_COUNT if none has. */
enum verdict verdict_from_name(const char *name);

#endif
