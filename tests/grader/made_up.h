/*
 * made_up.h - folders, files and programs for the tests of the collector and the report.
 *
 * Each test has a folder of its own below /tmp, made by make_folder() and removed by remove_folder() (a checked
 * fixture); the programs under test are those in build/grader, beside which the tests' own program lies.
 */
#ifndef EAGAIN_MADE_UP_H
#define EAGAIN_MADE_UP_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1 /* nftw; so this header comes first in a file */
#endif
#include <check.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64]; /* of the running test */

static inline void make_folder(void)
{
    (void)snprintf(folder, sizeof folder, "/tmp/eagain-test.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static inline int remove_entry(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
    (void)status;
    (void)type;
    (void)ftw;
    return remove(path);
}

static inline void remove_folder(void)
{
    ck_assert_int_eq(nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
}

/* The path of NAME in the folder; valid until the 64th call after this one. */
__attribute__((format(printf, 1, 2))) static inline const char *path_of(const char *format, ...)
{
    static char paths[64][PATH_MAX];
    static unsigned next;
    char *path = paths[next++ % 64];
    va_list arguments;
    int length = snprintf(path, PATH_MAX, "%s/", folder);

    va_start(arguments, format);
    (void)vsnprintf(path + length, (size_t)(PATH_MAX - length), format, arguments);
    va_end(arguments);
    return path;
}

static inline void make_subfolder(const char *name)
{
    ck_assert_int_eq(mkdir(path_of("%s", name), 0777), 0);
}

static inline void write_bytes(const char *name, const void *bytes, size_t size)
{
    FILE *file = fopen(path_of("%s", name), "w");

    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
}

static inline void write_text(const char *name, const char *text)
{
    write_bytes(name, text, strlen(text));
}

/* What is in a file, as a string that the caller frees; NULL if there is none. */
static inline char *text_of_file(const char *name)
{
    FILE *file = fopen(path_of("%s", name), "r");
    struct stat status;

    if (file == NULL)
        return NULL;
    ck_assert_int_eq(fstat(fileno(file), &status), 0);
    char *text = calloc(1, (size_t)status.st_size + 1);
    ck_assert_ptr_nonnull(text);
    ck_assert_uint_eq(fread(text, 1, (size_t)status.st_size, file), (size_t)status.st_size);
    (void)fclose(file);
    return text;
}

static inline bool exists(const char *name)
{
    return access(path_of("%s", name), F_OK) == 0;
}

/* What a program printed, and how it ended. */
struct run {
    int status;      /* its exit status; -1 if a signal ended it */
    char *out, *err; /* strings; give them back with run_free() */
};

static inline void run_free(struct run *run)
{
    free(run->out);
    free(run->err);
}

/* The path of the grader's program NAME: ../../grader from the place of this one. */
static inline void find_program(char path[PATH_MAX], const char *name)
{
    char self[PATH_MAX] = "";
    const char *place = getenv("GRADER_PROGRAMS");

    if (place != NULL) {
        (void)snprintf(path, PATH_MAX, "%.3000s/%s", place, name);
        return;
    }
    ck_assert_int_gt((int)readlink("/proc/self/exe", self, sizeof self - 1), 0);
    for (int i = 0; i < 3; i++)
        *strrchr(self, '/') = '\0';
    (void)snprintf(path, PATH_MAX, "%.3000s/grader/%s", self, name);
}

/* Runs the grader's program NAME with the arguments (the first is for argv[1], NULL at the end), its input empty. */
static inline struct run run_program(const char *name, const char *const arguments[])
{
    char program[PATH_MAX];
    char *argv[64] = {(char *)name};
    struct run run = {.status = -1};
    int status = 0;

    for (size_t i = 0; arguments[i] != NULL; i++) {
        ck_assert_uint_lt(i, 62);
        argv[i + 1] = (char *)arguments[i];
    }
    find_program(program, name);
    pid_t pid = fork();
    ck_assert_int_ne(pid, -1);
    if (pid == 0) {
        int out = open(path_of("stdout"), O_WRONLY | O_CREAT | O_TRUNC, 0666);
        int err = open(path_of("stderr"), O_WRONLY | O_CREAT | O_TRUNC, 0666);
        int in = open("/dev/null", O_RDONLY);
        if (dup2(in, 0) == 0 && dup2(out, 1) == 1 && dup2(err, 2) == 2)
            (void)execv(program, argv);
        _exit(127);
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    if (WIFEXITED(status))
        run.status = WEXITSTATUS(status);
    run.out = text_of_file("stdout");
    run.err = text_of_file("stderr");
    (void)unlink(path_of("stdout"));
    (void)unlink(path_of("stderr"));
    ck_assert_msg(run.status != 127, "%s cannot be run: make it first", program);
    return run;
}

/* True if TEXT is valid UTF-8 with no control characters but newlines: safe for any terminal. */
static inline bool is_harmless(const char *text)
{
    for (const char *c = text; *c != '\0'; c++)
        if ((unsigned char)*c == 0x7f || ((unsigned char)*c < 0x20 && *c != '\n'))
            return false;
    return true;
}

/* The frame of a suite of unit tests: returns main's status. */
static inline int run_unit_tests(const char *name, TCase *tcase)
{
    Suite *suite = suite_create(name);
    tcase_set_timeout(tcase, 120); /* on a loaded machine, under Valgrind: no verdict depends on it */
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}

#endif
