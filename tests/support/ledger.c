/*
 * ledger.c - "nothing is left behind": what there is before a test and after it.
 *
 * Descriptors, children, threads, mappings, the signal mask, the dispositions, and
 * (blocks.c) the blocks of memory.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <valgrind/helgrind.h>

#include "calls.h"
#include "fds.h"
#include "suite.h"

/* ---- what there is before the test ------------------------------------------------------------------------------ */

enum { BEFORE_MAX = 64 };

static struct {
    int fds[BEFORE_MAX];
    int fd_count;
    sigset_t mask;
    struct sigaction actions[65]; /* by signal number */
    struct stat output, error;    /* what descriptors 1 and 2 are */
    bool allow_mask, allow_dispositions;
} before;

/* Calls VISIT for each open descriptor of this process, without the ones of Valgrind and of the listing itself. */
static void each_open_fd(void (*visit)(int fd))
{
    DIR *list = opendir("/proc/self/fd");
    if (list == NULL)
        fail_test(VERDICT_GRADER_ERROR, "", "The suite cannot read /proc/self/fd: %s.", strerror(errno));

    int limit = fd_limit();
    struct dirent *entry;
    while ((entry = readdir(list)) != NULL) {
        int fd = atoi(entry->d_name);
        if (entry->d_name[0] != '.' && fd != dirfd(list) && fd < limit)
            visit(fd);
    }
    (void)closedir(list);
}

static void was_open_before(int fd)
{
    if (before.fd_count < BEFORE_MAX)
        before.fds[before.fd_count++] = fd;
}

void ledger_begins(void)
{
    before.fd_count = 0;
    each_open_fd(was_open_before);
    (void)pthread_sigmask(SIG_BLOCK, NULL, &before.mask);
    for (int signo = 1; signo < 65; signo++)
        (void)sigaction_through(signo, NULL, &before.actions[signo]);
    (void)fstat(STDOUT_FILENO, &before.output);
    (void)fstat(STDERR_FILENO, &before.error);
}

void allow_signal_changes(void)
{
    before.allow_mask = before.allow_dispositions = true;
}

void allow_disposition_changes(void)
{
    before.allow_dispositions = true;
}

bool mask_changes_allowed(void)
{
    return before.allow_mask;
}

bool disposition_changes_allowed(void)
{
    return before.allow_dispositions;
}

bool is_callers_handler(int signo, const struct sigaction *action)
{
    return action->sa_handler == before.actions[signo].sa_handler;
}

bool is_callers_output(int fd)
{
    struct stat now;

    if ((fd != STDOUT_FILENO && fd != STDERR_FILENO) || fstat(fd, &now) == -1)
        return false;
    const struct stat *then = fd == STDOUT_FILENO ? &before.output : &before.error;
    return now.st_dev == then->st_dev && now.st_ino == then->st_ino;
}

/* ---- children ------------------------------------------------------------------------------------------------------ */

static const char expected_reaped[] =
    "Whoever forks a child waits for it: until then the kernel keeps it as a zombie, or it goes on running.";

static void zombie_is_left(const struct board_process *process, int status)
{
    char how[48];

    if (WIFSIGNALED(status))
        (void)snprintf(how, sizeof how, "was killed by signal %d", WTERMSIG(status));
    else
        (void)snprintf(how, sizeof how, "has ended with exit code %d", WEXITSTATUS(status));
    note_failure(VERDICT_PROCESSES, process->fork_caller, expected_reaped,
                 "%s, forked at " PLACE ", %s and was never waited for: it is left as a zombie.", process->role,
                 (unsigned long)process->fork_caller, how);
}

static const struct board_task *task_of(const struct board_process *process)
{
    for (uint32_t i = board->task_count; i-- > 0;)
        if (board->tasks[i].tid == process->pid)
            return &board->tasks[i];
    return NULL;
}

static void running_child_is_left(const struct board_process *process)
{
    const struct board_task *task = task_of(process);
    char doing[128] = "";

    if (task != NULL && task->call != CALL_NONE)
        (void)snprintf(doing, sizeof doing, ", in %s() at " PLACE, task->call_name, (unsigned long)task->caller);
    note_failure(VERDICT_PROCESSES, process->fork_caller, expected_reaped,
                 "%s, forked at " PLACE ", was never waited for: it is still running%s.", process->role,
                 (unsigned long)process->fork_caller, doing);
}

/* A process of this test besides its own, that nobody has waited for yet. */
static bool is_left(const struct board_process *process)
{
    return process->test == this_test() && process->kind != PROCESS_TEST && process->pid != getpid() &&
           !process->reaped && kill(process->pid, 0) == 0;
}

/*
 * Each is first given the time to come to its end or to where it waits: so what is said of a child does not depend on
 * how far it has come just now. Then all of them are ended and collected.
 */
static void check_children(void)
{
    int status;
    pid_t pid;

    wait_until_children_have_begun();
    for (uint32_t i = 0; i < board->process_count; i++)
        if (board->processes[i].kind == PROCESS_CHILD && is_left(&board->processes[i]))
            wait_until_at_rest(board->processes[i].pid);
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        const struct board_process *process = board_process(board, pid);
        if (process != NULL && process->kind == PROCESS_CHILD)
            zombie_is_left(process, status);
    }
    if (pid == -1)
        return; /* ECHILD: nobody is left */
    for (uint32_t i = 0; i < board->process_count; i++) {
        const struct board_process *process = &board->processes[i];
        if (!is_left(process))
            continue;
        if (process->kind == PROCESS_CHILD)
            running_child_is_left(process);
        (void)kill(process->pid, SIGKILL);
    }
    while (waitpid(-1, &status, 0) > 0)
        ;
}

/* ---- mappings -------------------------------------------------------------------------------------------------------- */

static struct {
    void *memory;
    size_t size;
    uintptr_t caller;
} mappings[32];

void memory_was_mapped(void *memory, size_t size, uintptr_t caller)
{
    for (size_t i = 0; i < sizeof mappings / sizeof *mappings; i++) {
        if (mappings[i].memory == NULL) {
            mappings[i].memory = memory;
            mappings[i].size = size;
            mappings[i].caller = caller;
            return;
        }
    }
}

void memory_was_unmapped(void *memory, size_t size)
{
    for (size_t i = 0; i < sizeof mappings / sizeof *mappings; i++)
        if (mappings[i].memory == memory && size >= mappings[i].size)
            mappings[i].memory = NULL;
}

static void check_mappings(void)
{
    for (size_t i = 0; i < sizeof mappings / sizeof *mappings; i++)
        if (mappings[i].memory != NULL)
            note_failure(VERDICT_MEMORY, mappings[i].caller, "Memory that a function maps it unmaps again.",
                         "%zu bytes mapped by mmap() at " PLACE " are still mapped after the call.", mappings[i].size,
                         (unsigned long)mappings[i].caller);
}

/* ---- threads ---------------------------------------------------------------------------------------------------------- */

static int threads_left;     /* created and not joined: counted, since the kernel's list lags behind a join */
static int threads_detached; /* ... of which so many never can be */
static uintptr_t created_at; /* the line of the last one */

void hide_ledger(void)
{
    VALGRIND_HG_DISABLE_CHECKING(&threads_left, sizeof threads_left);
    VALGRIND_HG_DISABLE_CHECKING(&threads_detached, sizeof threads_detached);
    VALGRIND_HG_DISABLE_CHECKING(&created_at, sizeof created_at);
    VALGRIND_HG_DISABLE_CHECKING(mappings, sizeof mappings);
}

void thread_was_created(uintptr_t caller, bool is_detached)
{
    __atomic_store_n(&created_at, caller, __ATOMIC_RELAXED);
    (void)__atomic_add_fetch(&threads_left, 1, __ATOMIC_RELAXED);
    if (is_detached)
        thread_was_detached();
}

void thread_was_detached(void)
{
    (void)__atomic_add_fetch(&threads_detached, 1, __ATOMIC_RELAXED);
}

void thread_was_joined(void)
{
    (void)__atomic_sub_fetch(&threads_left, 1, __ATOMIC_RELAXED);
}

static void check_threads(void)
{
    int left = __atomic_load_n(&threads_left, __ATOMIC_RELAXED);
    int detached = __atomic_load_n(&threads_detached, __ATOMIC_RELAXED);

    if (left > 0)
        note_failure(VERDICT_PROCESSES, created_at, "Whoever creates a thread joins it, before the function returns.",
                     "%d thread%s that the function created (" PLACE
                     ") %s never joined%s: nobody knows whether %s still"
                     " running when the function has returned.",
                     left, left == 1 ? "" : "s", (unsigned long)created_at, left == 1 ? "was" : "were",
                     detached > 0 ? ", but detached" : "", left == 1 ? "it is" : "they are");
}

/* What a thread does that nobody waits for is different each time: such a test goes no further. */
void expect_no_thread_left(void)
{
    if (__atomic_load_n(&threads_left, __ATOMIC_RELAXED) == 0)
        return;
    check_threads();
    end_test();
}

/* ---- signals ------------------------------------------------------------------------------------------------------------ */

static const char expected_disposition[] = "After a call the disposition of every signal is as it was before.";

/* Flags and mask of a handler; of "ignore" and "default" they mean nothing. */
static bool differs_in_detail(const struct sigaction *a, const struct sigaction *b)
{
    enum { RESTORER = 0x04000000 }; /* the C library's own */

    if (a->sa_handler == SIG_DFL || a->sa_handler == SIG_IGN)
        return false;
    if (((a->sa_flags ^ b->sa_flags) & ~RESTORER) != 0)
        return true;
    for (int signo = 1; signo < 65; signo++)
        if (sigismember(&a->sa_mask, signo) != sigismember(&b->sa_mask, signo))
            return true;
    return false;
}

static void check_action(int signo)
{
    const struct sigaction *then = &before.actions[signo];
    struct sigaction now;

    if (sigaction_through(signo, NULL, &now) == -1)
        return; /* the C library's own */
    if (now.sa_handler != then->sa_handler)
        note_failure(VERDICT_PROCESSES, 0, expected_disposition,
                     "The disposition of signal %d (%s) is another one after the call.", signo, strsignal(signo));
    else if (differs_in_detail(&now, then))
        note_failure(VERDICT_PROCESSES, 0, expected_disposition,
                     "The handler of signal %d (%s) is the same after the call, but its flags or its mask are not.",
                     signo, strsignal(signo));
}

void ledger_checks_signals(void)
{
    sigset_t mask;

    (void)pthread_sigmask(SIG_BLOCK, NULL, &mask);
    for (int signo = 1; signo < 65; signo++) {
        if (sigismember(&mask, signo) != sigismember(&before.mask, signo))
            note_failure(VERDICT_PROCESSES, 0, "After a call the signal mask is as it was before.",
                         "Signal %d (%s) was %sblocked before the call and is %sblocked after it.", signo,
                         strsignal(signo), sigismember(&before.mask, signo) == 1 ? "" : "not ",
                         sigismember(&mask, signo) == 1 ? "" : "not ");
        check_action(signo);
    }
}

/* The test has set a disposition or the mask itself: that is what the ledger compares with from here on. */
void ledger_accepts_signals(void)
{
    (void)pthread_sigmask(SIG_BLOCK, NULL, &before.mask);
    for (int signo = 1; signo < 65; signo++)
        (void)sigaction_through(signo, NULL, &before.actions[signo]);
}

/* ---- descriptors ---------------------------------------------------------------------------------------------------------- */

static bool was_there_before(int fd)
{
    for (int i = 0; i < before.fd_count; i++)
        if (before.fds[i] == fd)
            return true;
    return false;
}

static void check_fd(int fd)
{
    if (!was_there_before(fd) && !is_own(fd))
        note_failure(VERDICT_DESCRIPTORS, 0, "A function closes every descriptor that it opened.",
                     "Descriptor %d is left open after the call: %s%s.", fd, describe_fd(fd), who_opened(fd));
}

static void check_fds(void)
{
    each_open_fd(check_fd);
    for (int i = 0; i < before.fd_count; i++)
        if (fcntl(before.fds[i], F_GETFD) == -1)
            note_failure(VERDICT_DESCRIPTORS, 0, "Descriptors that the function did not open stay open.",
                         "Descriptor %d, which was open before the call, is closed after it.", before.fds[i]);
    close_all_own();
}

bool is_frameworks(int fd)
{
    return fd > STDERR_FILENO && was_there_before(fd) && !is_own(fd) && !was_opened_by_submission(fd);
}

void ledger_is_checked(void)
{
    check_children();
    check_threads();
    ledger_checks_signals();
    check_fds();
    check_mappings();
    check_blocks();
}
