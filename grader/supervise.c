/*
 * supervise - runs one suite program, watches it, and ends tests that cannot end by themselves.
 *
 *   supervise --evidence DIR [--descriptors N] [--processes N] -- COMMAND [ARGUMENT...]
 *
 * Theory of operation. There are these processes:
 *
 *   supervise
 *     +-- COMMAND (valgrind, which becomes the suite program: Check's runner)
 *           +-- a test's process
 *                 +-- the submission's children, peers of the suite
 *
 * What the suite program and all below it print arrives through a pipe here,
 * and its head and tail are kept in DIR/output: a submission that prints for
 * ever costs a few kilobytes. DIR/board is the shared memory in which the
 * support library says what goes on (tests/support/board.h).
 *
 * This process sleeps in poll() on that pipe and on a signalfd for SIGCHLD, and
 * LOOK_MS milliseconds later at the latest looks at the tree in /proc. If every
 * task sleeps in a call without a time-out, and one more look finds that nothing
 * has run between, nobody is left who could wake anybody: the test is stalled.
 * What is seen is written on the board, as a failure of the running test, and
 * the test's processes are killed. Check's runner notices, and goes on with the
 * next test. A loaded machine makes this later, never wrong: a task that could
 * run is not asleep, however long it has to wait for a processor.
 *
 * The limits on a test's CPU time and on its time by the clock are the last resort, as are those on its memory and on
 * what it prints. They are far above what a right answer needs, and lower once a test has met one: who computes for
 * ever in one test does so in others.
 *
 * Whatever outlives the suite is ended, sessions of its own or not: who loses its parent in there becomes our child.
 *
 * When COMMAND has ended, DIR/outcome says how: see docs/architecture.md.
 * Exit status: 0 if it ran, whatever came of it; 2 if it could not be run.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "output.h"
#include "procfs.h"
#include "stall.h"

enum {
    LOOK_MS = 50,            /* between two looks, while something runs */
    SECOND_LOOK_MS = 4,      /* ... and when everything was found asleep */
    TEST_CPU_MS = 20 * 1000, /* a test of the reference takes a tenth of a second */
    TEST_CLOCK_MS = 120 * 1000,
    LATER_CPU_MS = 5 * 1000, /* of the tests behind one that was out of time */
    LATER_CLOCK_MS = 30 * 1000,
    TEST_MEMORY_MIB = 1024, /* of one process */
    TEST_OUTPUT_MIB = 1,
    MEMORY_LOOK_MS = 200,
    STACK_SIZE = 64 << 20,      /* ours: a chain of children is looked at by recursion */
    FILE_SIZE_LIMIT = 64 << 20, /* of any file that a process of the run writes */
};

struct run {
    const char *evidence;
    struct board *board;
    pid_t command; /* the child that we started */
    int output_pipe;
    int child_signals; /* signalfd */
    struct output output;
    rlim_t fd_limit;
    rlim_t process_limit; /* of this user, in the sandbox; 0: as it is */
    struct tree look;     /* the last look, if everything slept */
    bool slept;
    int test; /* the test that runs, its begin, and the CPU time used before it */
    long test_began_ms;
    long cpu_before_ms;
    unsigned long long printed_before;
    long next_memory_look_ms;
    struct rlimit stack; /* as we were given it */
    bool out_of_time;
};

static void fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
static void fail(const char *format, ...)
{
    va_list arguments;

    (void)fputs("supervise: ", stderr);
    va_start(arguments, format);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
    (void)fputc('\n', stderr);
    exit(2);
}

static long now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static char *path_in(const struct run *run, const char *name)
{
    char *path;

    if (asprintf(&path, "%s/%s", run->evidence, name) == -1)
        fail("out of memory");
    return path;
}

/* ---- the command --------------------------------------------------------------------------------------------------- */

static void limit(int resource, rlim_t soft)
{
    struct rlimit limits;

    if (getrlimit(resource, &limits) == -1)
        return;
    limits.rlim_cur = limits.rlim_max == RLIM_INFINITY || soft <= limits.rlim_max ? soft : limits.rlim_max;
    (void)setrlimit(resource, &limits);
}

/* The suite sees nothing of our environment but what it needs; what changes the way of Check or the C library is gone. */
static void set_environment(const struct run *run)
{
    static const char *const kept[] = {"PATH", "HOME", "TMPDIR", "LANG"};
    char *values[sizeof kept / sizeof *kept];

    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        const char *value = getenv(kept[i]);
        values[i] = value != NULL ? strdup(value) : NULL;
    }
    (void)clearenv();
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        if (values[i] != NULL)
            (void)setenv(kept[i], values[i], 1);
    (void)setenv("EAGAIN_BOARD", path_in(run, "board"), 1);
    (void)setenv("EAGAIN_XML", path_in(run, "check.xml"), 1);
}

static void become_command(const struct run *run, int output_end, char **command) __attribute__((noreturn));
static void become_command(const struct run *run, int output_end, char **command)
{
    sigset_t none;
    int nothing = open("/dev/null", O_RDONLY);

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* if we are killed, the run dies with us */
    (void)setpgid(0, 0);
    (void)dup2(nothing, STDIN_FILENO);
    (void)dup2(output_end, STDOUT_FILENO);
    (void)dup2(output_end, STDERR_FILENO);
    closefrom(STDERR_FILENO + 1);
    (void)setrlimit(RLIMIT_STACK, &run->stack);
    if (run->process_limit != 0) {
        struct rlimit limits = {run->process_limit, run->process_limit};
        (void)setrlimit(RLIMIT_NPROC, &limits);
    }
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, FILE_SIZE_LIMIT);
    limit(RLIMIT_NOFILE, run->fd_limit);
    set_environment(run);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)signal(SIGINT, SIG_DFL); /* a shell that starts us in the background has these two ignored */
    (void)signal(SIGQUIT, SIG_DFL);
    (void)execvp(command[0], command);
    (void)dprintf(STDERR_FILENO, "supervise: cannot run %s: %s\n", command[0], strerror(errno));
    _exit(127);
}

static void start(struct run *run, char **command)
{
    int ends[2];
    sigset_t watched;

    (void)sigemptyset(&watched);
    (void)sigaddset(&watched, SIGCHLD);
    (void)sigaddset(&watched, SIGINT);
    (void)sigaddset(&watched, SIGTERM);
    (void)sigaddset(&watched, SIGHUP);
    (void)sigprocmask(SIG_BLOCK, &watched, NULL);
    run->child_signals = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
    if (run->child_signals == -1 || pipe2(ends, O_CLOEXEC) == -1)
        fail("cannot make descriptors: %s", strerror(errno));
    /* Whoever is left without a parent in there comes to us, not to init. */
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) == -1)
        fail("cannot become a subreaper: %s", strerror(errno));

    run->command = fork();
    if (run->command == -1)
        fail("cannot fork: %s", strerror(errno));
    if (run->command == 0)
        become_command(run, ends[1], command);
    (void)close(ends[1]);
    (void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
    run->output_pipe = ends[0];
}

/* ---- ending a test, or everything ---------------------------------------------------------------------------------- */

static void kill_all_below(pid_t root)
{
    pid_t pids[1024];
    size_t count;

    /* They may fork while we look: again, until nobody new is found. First all stand still, so that nobody gets away. */
    for (int round = 0; round < 1000 && (count = descendants(root, pids, 1024)) > 0; round++) {
        bool all_dead = true;
        for (size_t i = 0; i < count; i++)
            (void)kill(pids[i], SIGSTOP);
        for (size_t i = 0; i < count; i++)
            if (kill(pids[i], SIGKILL) == 0)
                all_dead = false;
        if (all_dead)
            return;
        /* Those whose parent is gone are ours by now. */
        while (waitpid(-1, NULL, WNOHANG) > 0 && root == getpid())
            ;
    }
}

/* The number in /proc of the running test's process: its own number may be another one, in a PID namespace. */
static const struct task *test_task(const struct run *run, const struct tree *tree)
{
    int test = run->board->current;

    if (test < 0 || test >= BOARD_MAX_TESTS)
        return NULL;
    for (size_t i = 0; i < tree->count; i++)
        if (tree->tasks[i].inner == run->board->tests[test].pid)
            return &tree->tasks[i];
    return NULL;
}

static void end_test(struct run *run, pid_t test_pid, enum verdict verdict, uint64_t caller, const char *expected,
                     const char *seen)
{
    struct board_failure *failure = board_failure(run->board, run->board->current, verdict);

    if (failure != NULL) {
        failure->caller = caller;
        (void)snprintf(failure->seen, sizeof failure->seen, "%s", seen);
        (void)snprintf(failure->expected, sizeof failure->expected, "%s", expected);
    }
    kill_all_below(test_pid);
    (void)kill(test_pid, SIGKILL);
    run->slept = false;
}

/* ---- the stall watch ------------------------------------------------------------------------------------------------- */

static void stalled(struct run *run, const struct tree *tree)
{
    const struct task *test = test_task(run, tree);
    char text[sizeof((struct board_failure *)NULL)->seen];
    uint64_t caller;

    if (test == NULL)
        return; /* between two tests */
    explain_stall(run->board, tree, test->pid, (int)run->fd_limit, text, sizeof text, &caller);
    end_test(run, test->pid, VERDICT_STALL, caller, "Every wait ends: what it waits for can still happen.", text);
}

/* Returns after how many milliseconds to look again. */
static int watch_stalls(struct run *run)
{
    struct tree now = {NULL, 0, 0};
    bool asleep = tree_sleeps(run->command, &now) && nobody_can_go_on(&now, (int)run->fd_limit);

    if (asleep && run->slept && tree_same(&now, &run->look))
        stalled(run, &now);
    else
        run->slept = asleep;
    tree_free(&run->look);
    run->look = now;
    return run->slept ? SECOND_LOOK_MS : LOOK_MS;
}

/* ---- the last resort --------------------------------------------------------------------------------------------------- */

static unsigned long long printed(const struct run *run)
{
    return run->output.head_length + run->output.total;
}

/* Ends the test's process and all below it, for a reason that has no place in the source. */
static void end_test_early(struct run *run, enum verdict verdict, const char *expected, const char *seen)
{
    pid_t pids[1];

    if (descendants(run->command, pids, 1) == 0)
        return;
    end_test(run, pids[0], verdict, 0, expected, seen);
    run->printed_before = printed(run);
}

static void watch_output(struct run *run)
{
    if (run->test >= 0 && printed(run) - run->printed_before > (unsigned long long)TEST_OUTPUT_MIB << 20)
        end_test_early(run, VERDICT_FAIL, "A function never prints.",
                       "The test printed more than a mebibyte and was ended.");
}

static void watch_memory(struct run *run, long now)
{
    pid_t pids[1024];

    if (now < run->next_memory_look_ms)
        return;
    run->next_memory_look_ms = now + MEMORY_LOOK_MS;
    size_t count = descendants(run->command, pids, 1024);
    for (size_t i = 0; i < count; i++) {
        if (memory_of(pids[i]) >> 20 <= TEST_MEMORY_MIB)
            continue;
        end_test_early(run, VERDICT_FAIL, "A function holds the memory that its work needs, and no more.",
                       "A process of the test held more than a gibibyte of memory and was ended.");
        return;
    }
}

/* CPU time of everything below, the ended children of those that live included. */
static long cpu_of_run(const struct run *run)
{
    pid_t pids[256];
    size_t count = descendants(run->command, pids, 256);
    long sum = cpu_time_ms(run->command);

    for (size_t i = 0; i < count; i++)
        sum += cpu_time_ms(pids[i]);
    return sum;
}

static void watch_time(struct run *run)
{
    int test = run->board->current;
    long now = now_ms();

    if (test != run->test) {
        run->test = test;
        run->test_began_ms = now;
        run->cpu_before_ms = cpu_of_run(run);
        run->printed_before = printed(run);
        return;
    }
    long most_cpu = run->out_of_time ? LATER_CPU_MS : TEST_CPU_MS;
    long most_time = run->out_of_time ? LATER_CLOCK_MS : TEST_CLOCK_MS;
    if (now - run->test_began_ms < most_cpu / 4) /* more than that cannot have been used on a few processors */
        return;
    bool by_cpu = cpu_of_run(run) - run->cpu_before_ms > most_cpu;
    if (!by_cpu && now - run->test_began_ms < most_time)
        return;

    struct tree tree = {NULL, 0, 0};
    (void)tree_sleeps(run->command, &tree);
    pid_t pids[1024];
    size_t count = descendants(run->command, pids, 1024);
    run->out_of_time = true;
    run->test_began_ms = now;
    if (count > 0)
        end_test(
            run, pids[0], VERDICT_TIMEOUT, 0, "A call comes back.",
            by_cpu
                ? "The test used many times the CPU time that it needs, and was ended: it computes, or loops, for ever."
                : "The test had not come to its end in all its time by the clock: it waits again and again, each time"
                  " with a time-out.");
    tree_free(&tree);
}

/*
 * Valgrind takes a dozen descriptors above the soft limit for itself, and gives its client the rest. Where the hard limit
 * leaves no room above, the client gets less: so that we know from where on a descriptor is Valgrind's.
 */
static void keep_room_for_valgrind(struct run *run)
{
    enum { VALGRINDS_OWN = 16 };
    struct rlimit limits;

    if (getrlimit(RLIMIT_NOFILE, &limits) == 0 && limits.rlim_max != RLIM_INFINITY &&
        limits.rlim_max < run->fd_limit + VALGRINDS_OWN)
        run->fd_limit = limits.rlim_max - VALGRINDS_OWN;
}

/* ---- the loop ---------------------------------------------------------------------------------------------------------- */

static void end_everything(struct run *run)
{
    (void)kill(-run->command, SIGKILL);
    kill_all_below(getpid());
}

/* Reaps whoever has ended. Returns true if the command is among them, its wait status in *status. */
static bool command_has_ended(struct run *run, int *status)
{
    struct signalfd_siginfo info;
    bool interrupted = false;

    while (read(run->child_signals, &info, sizeof info) == (ssize_t)sizeof info)
        if (info.ssi_signo != SIGCHLD)
            interrupted = true;
    if (interrupted) { /* nothing is written: the next run begins anew */
        end_everything(run);
        exit(130);
    }

    int one_status;
    pid_t pid;
    bool has_ended = false;
    while ((pid = waitpid(-1, &one_status, WNOHANG)) > 0) {
        if (pid == run->command) {
            *status = one_status;
            has_ended = true;
        }
    }
    return has_ended;
}

static int watch(struct run *run)
{
    struct pollfd fds[] = {{.fd = run->child_signals, .events = POLLIN}, {.fd = run->output_pipe, .events = POLLIN}};
    int status;
    int timeout = LOOK_MS;
    long next_look = now_ms() + LOOK_MS;

    for (;;) {
        if (poll(fds, 2, timeout) == -1 && errno != EINTR)
            fail("poll: %s", strerror(errno));
        if (fds[1].revents != 0 && !output_take(&run->output, run->output_pipe))
            fds[1].fd = -1; /* end of file: nobody below holds it any more */
        if (fds[0].revents != 0 && command_has_ended(run, &status))
            return status;
        long now = now_ms();
        if (now >= next_look) {
            next_look = now + watch_stalls(run);
            watch_time(run);
            watch_output(run);
            watch_memory(run, now);
        }
        timeout = next_look > now ? (int)(next_look - now) : 0;
    }
}

static long cpu_ms_of(const struct rusage *usage)
{
    return (usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000 +
           (usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / 1000;
}

static void write_outcome(const struct run *run, int status, long wall)
{
    struct rusage usage;
    char *temporary = path_in(run, "outcome.new");
    char *path = path_in(run, "outcome");
    FILE *file = fopen(temporary, "w");

    if (file == NULL)
        fail("cannot write %s: %s", temporary, strerror(errno));
    (void)getrusage(RUSAGE_CHILDREN, &usage);
    (void)fprintf(file, "%s %d\n", WIFSIGNALED(status) ? "signal" : "exit",
                  WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    (void)fprintf(file, "cause %s\n", run->out_of_time ? "timeout" : "normal");
    (void)fprintf(file, "wall_ms %ld\n", wall);
    (void)fprintf(file, "cpu_ms %ld\n", cpu_ms_of(&usage));
    (void)getrusage(RUSAGE_SELF, &usage); /* what watching has cost */
    (void)fprintf(file, "watch_ms %ld\n", cpu_ms_of(&usage));
    if (fclose(file) != 0 || rename(temporary, path) == -1)
        fail("cannot write %s: %s", path, strerror(errno));
    free(temporary);
    free(path);
}

int main(int argc, char **argv)
{
    struct run run = {.test = -1, .fd_limit = 1024};
    int i = 1;

    for (; i + 1 < argc && strcmp(argv[i], "--") != 0; i += 2) {
        if (strcmp(argv[i], "--evidence") == 0)
            run.evidence = argv[i + 1];
        else if (strcmp(argv[i], "--descriptors") == 0)
            run.fd_limit = (rlim_t)strtoul(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--processes") == 0)
            run.process_limit = (rlim_t)strtoul(argv[i + 1], NULL, 10);
        else
            break;
    }
    if (run.evidence == NULL || i + 1 >= argc || strcmp(argv[i], "--") != 0)
        fail("usage: supervise --evidence DIR [--descriptors N] [--processes N] -- COMMAND [ARGUMENT...]");

    char *board_path = path_in(&run, "board");
    run.board = board_create(board_path);
    if (run.board == NULL)
        fail("cannot make %s: %s", board_path, strerror(errno));
    free(board_path);

    keep_room_for_valgrind(&run);
    if (getrlimit(RLIMIT_STACK, &run.stack) == 0)
        limit(RLIMIT_STACK, STACK_SIZE);
    long began = now_ms();
    run.test_began_ms = began;
    start(&run, argv + i + 1);
    int status = watch(&run);
    end_everything(&run); /* whatever outlived the suite */
    while (output_take(&run.output, run.output_pipe) && run.output.took_something)
        ;
    char *output_path = path_in(&run, "output");
    if (!output_write(&run.output, output_path))
        fail("cannot write %s: %s", output_path, strerror(errno));
    free(output_path);
    write_outcome(&run, status, now_ms() - began);
    tree_free(&run.look);
    board_close(run.board);
    return 0;
}
