/*
 * guard.c - memory that only the holder of a mutex may touch.
 *
 *     |  page                  |  page                  |
 *     |      [ lock | changed  |  value ]               |
 *                              ^
 *                              closed to everybody while nobody holds the lock
 *
 * The struct lies across the border of two pages, so that the guarded part is
 * alone on the second one. A lock opens that page, an unlock closes it first.
 * Who comes without having locked meets a closed page, and SIGSEGV says on which
 * line. So one thread is enough to see, each time, what would be a race between two.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "calls.h"
#include "suite.h"

static struct {
    char *page; /* the second one; NULL: nothing is guarded */
    size_t size;
    const void *mutex; /* NULL: the guard has not begun, or has ended */
    const char *name;
} guarded;

static void open_page(void)
{
    (void)mprotect(guarded.page, guarded.size, PROT_READ | PROT_WRITE);
}

static void close_page(void)
{
    (void)mprotect(guarded.page, guarded.size, PROT_NONE);
}

void guard_sees_lock(const void *mutex)
{
    if (guarded.mutex == mutex && mutex != NULL)
        open_page();
}

/* The caller still holds the mutex: nobody can open the page again before it is closed. */
void guard_sees_unlock(const void *mutex)
{
    if (guarded.mutex == mutex && mutex != NULL)
        close_page();
}

/* The address of the instruction that was stopped; the one behind it would do as well, as for a call that returns. */
static uintptr_t stopped_at(const void *context)
{
    const ucontext_t *state = context;

#if defined __x86_64__
    return (uintptr_t)state->uc_mcontext.gregs[REG_RIP] + 1;
#elif defined __aarch64__
    return (uintptr_t)state->uc_mcontext.pc + 1;
#else
    (void)state;
    return 0;
#endif
}

static void page_is_touched(int signo, siginfo_t *info, void *context)
{
    const char *at = info->si_addr;

    if (guarded.mutex == NULL || at < guarded.page || at >= guarded.page + guarded.size) {
        (void)signal(signo, SIG_DFL); /* a crash like any other: it happens again when we return */
        return;
    }
    uintptr_t place = stopped_at(context);
    note_failure(VERDICT_FAIL, place, "Every access to the value, reading it too, happens while the lock is held.",
                 "`%s` is used (" PLACE ") without the counter's lock: nobody has locked it at that moment, so another"
                 " thread may change the value at the same time.",
                 guarded.name, (unsigned long)place);
    end_test();
}

void *make_guarded(size_t size, size_t offset)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *memory = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED || offset > page || size - offset > page)
        fail_test(VERDICT_GRADER_ERROR, "", "The suite has no memory to guard: %s.", strerror(errno));
    guarded.page = memory + page;
    guarded.size = page;
    return memory + page - offset;
}

void guard_begins(const pthread_mutex_t *mutex, const char *name)
{
    struct sigaction action = {.sa_sigaction = page_is_touched, .sa_flags = SA_SIGINFO};

    (void)sigaction(SIGSEGV, &action, NULL);
    ledger_accepts_signals();
    guarded.name = name;
    guarded.mutex = mutex;
    close_page();
}

void guard_ends(void)
{
    guarded.mutex = NULL;
    open_page();
    (void)signal(SIGSEGV, SIG_DFL);
    ledger_accepts_signals();
}
