/*
 * calls_wait.c - the submission's waits for many descriptors: select, poll, epoll.
 *
 * A test that stops the clock, interrupts a wait or has a script for idle moments decides what happens while the
 * submission waits. Then every wait looks first, with a time-out of 0. If something is there, that is the answer. If not:
 *
 *   1. the test wants this wait to be interrupted, and its time-out is longer than that: EINTR
 *   2. the script for idle moments has a next step (a peer writes, closes): it is taken, and the wait looks again
 *   3. the wait has a time-out: the stopped clock is advanced by it, and the time is up
 *   4. it has none: the real call is made, and really waits; nobody will end it, and the stall watch sees that
 *
 * What a call has overwritten at a look is put back before the next one: the submission has made one call.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <time.h>

#include "calls.h"
#include "diverted.h"
#include "suite.h"

/* Time-outs in microseconds, and two that are none. */
enum { FOREVER = -1, INVALID = -2 };

/* The arguments of a wait, of whichever family, and how the real call is made. */
struct wait {
    int (*make)(const struct wait *wait, bool is_look); /* a look: the same with a time-out of 0 */
    int64_t limit;                                      /* microseconds, FOREVER, INVALID */

    int n; /* select */
    fd_set *sets[3];
    struct timeval *left; /* select's own time-out, which Linux lowers; else NULL */
    struct pollfd *fds;   /* poll */
    nfds_t count;
    int epoll; /* epoll */
    struct epoll_event *events;
    int most;

    int timeout;                 /* of poll, epoll_wait, epoll_pwait */
    const struct timespec *time; /* of pselect, ppoll; NULL: for ever */
    const sigset_t *mask;
};

static const struct timespec no_time;

/* ---- time-outs --------------------------------------------------------------------------------------------------- */

static int64_t microseconds(int64_t seconds, long nanoseconds)
{
    enum { LONGEST = INT_MAX }; /* 68 years, and no overflow */

    if (seconds < 0 || nanoseconds < 0)
        return INVALID;
    if (seconds > LONGEST)
        seconds = LONGEST;
    return seconds * 1000000 + ((int64_t)nanoseconds + 999) / 1000;
}

static int64_t limit_of_timespec(const struct timespec *time)
{
    if (time == NULL)
        return FOREVER;
    return time->tv_nsec > 999999999 ? INVALID : microseconds(time->tv_sec, time->tv_nsec);
}

static int64_t limit_of_milliseconds(int timeout)
{
    return timeout < 0 ? FOREVER : timeout * INT64_C(1000);
}

/* ---- idle moments ------------------------------------------------------------------------------------------------ */

static struct {
    bool (*step)(void *arg); /* NULL: no script */
    void *arg;
    bool is_over;
    bool interrupts; /* the step that was just taken wants the wait to be interrupted, */
    int64_t elapsed; /* after so long */
} idle;

void when_idle(bool (*step)(void *arg), void *arg)
{
    idle.step = step;
    idle.arg = arg;
    idle.is_over = false;
    if (!clock_is_stopped())
        stop_the_clock();
}

void interrupt_idle(long milliseconds)
{
    idle.interrupts = true;
    idle.elapsed = milliseconds * INT64_C(1000);
}

/* Takes the next step of the script; false if there is none. Meanwhile the process is in the suite's code. */
static bool next_step(void)
{
    struct board_task *task = this_task();
    uint32_t call = task->call;

    if (idle.step == NULL || idle.is_over)
        return false;
    task->call = CALL_NONE;
    idle.is_over = !idle.step(idle.arg);
    task->call = call;
    return !idle.is_over;
}

/* ---- what a look overwrites -------------------------------------------------------------------------------------- */

enum { SET_ROOM = 1 << 13 }; /* bytes: sets of 65536 descriptors */

static char saved_sets[3][SET_ROOM];

/* The kernel handles sets in whole longs. */
static size_t set_size(int n)
{
    size_t longs = n > 0 ? ((size_t)n + 8 * sizeof(long) - 1) / (8 * sizeof(long)) : 0;

    return longs * sizeof(long) < SET_ROOM ? longs * sizeof(long) : SET_ROOM;
}

static void save_sets(const struct wait *wait)
{
    for (int i = 0; i < 3; i++)
        if (wait->sets[i] != NULL)
            (void)memcpy(saved_sets[i], wait->sets[i], set_size(wait->n));
}

static void put_back_sets(const struct wait *wait)
{
    for (int i = 0; i < 3; i++)
        if (wait->sets[i] != NULL)
            (void)memcpy(wait->sets[i], saved_sets[i], set_size(wait->n));
}

/* ---- a wait ------------------------------------------------------------------------------------------------------ */

/* The wait is over. Whatever it says, only a transfer or a callback counts as news for the spin watch. */
static int wait_ends(struct call *call, int result, bool is_empty)
{
    result = (int)call_ends(call, result);
    int saved = errno;

    if (result != 0 || is_empty)
        call_was_empty(call);
    errno = saved;
    return result;
}

/* The wait has taken so long, by the stopped clock; select's timeval says what is left, as on Linux. */
static void time_passes(const struct wait *wait, int64_t elapsed)
{
    advance_clock_by(elapsed);
    if (wait->left == NULL)
        return;
    int64_t rest = wait->limit > elapsed ? wait->limit - elapsed : 0;
    *wait->left = (struct timeval){rest / 1000000, rest % 1000000};
}

/* Is a signal to come before the time is up (or, if it is a late one, when it just was)? Sets how long it takes. */
static bool is_interrupted(const struct call *call, const struct wait *wait, int64_t *elapsed)
{
    if (idle.interrupts) {
        *elapsed = idle.elapsed;
        idle.interrupts = false;
        return true;
    }
    if (!call->fails) /* the mark of interrupt_wait */
        return false;
    if (call->elapsed < 0) {
        *elapsed = (wait->limit > 0 ? wait->limit : 0) - call->elapsed;
        return true;
    }
    *elapsed = call->elapsed;
    return wait->limit == FOREVER || call->elapsed < wait->limit;
}

static int interrupt(struct call *call, const struct wait *wait, int64_t elapsed)
{
    put_back_sets(wait); /* select leaves them alone; poll's revents are 0 then, on Linux */
    time_passes(wait, elapsed);
    call->injected = true;
    errno = EINTR;
    (void)call_ends(call, -1);
    if (elapsed > 0)
        call_was_fruitful(); /* time has passed: to look at the clock again and again is no spin then */
    return -1;
}

/* The moment when nothing is there, step by step. */
static int wait_step_by_step(struct call *call, const struct wait *wait)
{
    int64_t elapsed;

    save_sets(wait);
    for (;;) {
        int result = wait->make(wait, true);

        if (result != 0 || wait->limit == 0)
            return wait_ends(call, result, wait->limit == 0);
        if (is_interrupted(call, wait, &elapsed))
            return interrupt(call, wait, elapsed);
        if (call->fails || !next_step()) /* a time-out that comes before the signal comes before other news, too */
            break;
        put_back_sets(wait);
    }
    if (wait->limit == FOREVER) {
        put_back_sets(wait);
        return wait_ends(call, wait->make(wait, false), false);
    }
    time_passes(wait, wait->limit);
    return wait_ends(call, 0, idle.is_over); /* to wait again and again when nobody will ever come is a spin */
}

static __thread bool is_only_a_look;

bool wait_only_looks(void)
{
    return is_only_a_look;
}

static int wait_for(struct call *call, const struct wait *wait)
{
    is_only_a_look = wait->limit == 0;
    if (!call_begins(call)) {
        int saved = errno;

        if (call->fails)
            call_was_empty(call);
        errno = saved;
        return (int)call->result;
    }
    if (wait->limit == INVALID || (!clock_is_stopped() && !call->fails))
        return wait_ends(call, wait->make(wait, false), wait->limit == 0);
    return wait_step_by_step(call, wait);
}

/* ---- select ------------------------------------------------------------------------------------------------------ */

static int make_select(const struct wait *wait, bool is_look)
{
    struct timeval look = {0, 0};

    return select(wait->n, wait->sets[0], wait->sets[1], wait->sets[2], is_look ? &look : wait->left);
}

int eagain_select(int n, fd_set *reads, fd_set *writes, fd_set *exceptions, struct timeval *timeout)
{
    struct call call = {CALL_SELECT, "select", n, 0, CALLER, 0, 0, 0, false, false};
    struct wait wait = {.make = make_select, .n = n, .sets = {reads, writes, exceptions}, .left = timeout};

    wait.limit = timeout == NULL ? FOREVER
                 : timeout->tv_usec < 0
                     ? INVALID
                     : microseconds(timeout->tv_sec + timeout->tv_usec / 1000000, timeout->tv_usec % 1000000 * 1000);
    return wait_for(&call, &wait);
}

static int make_pselect(const struct wait *wait, bool is_look)
{
    return pselect(wait->n, wait->sets[0], wait->sets[1], wait->sets[2], is_look ? &no_time : wait->time, wait->mask);
}

int eagain_pselect(int n, fd_set *reads, fd_set *writes, fd_set *exceptions, const struct timespec *timeout,
                   const sigset_t *mask)
{
    struct call call = {CALL_SELECT, "pselect", n, 0, CALLER, 0, 0, 0, false, false};
    struct wait wait = {
        .make = make_pselect, .n = n, .sets = {reads, writes, exceptions}, .time = timeout, .mask = mask};

    wait.limit = limit_of_timespec(timeout);
    return wait_for(&call, &wait);
}

/* ---- poll -------------------------------------------------------------------------------------------------------- */

static int make_poll(const struct wait *wait, bool is_look)
{
    return poll(wait->fds, wait->count, is_look ? 0 : wait->timeout);
}

int eagain_poll(struct pollfd *fds, nfds_t n, int timeout)
{
    struct call call = {CALL_POLL, "poll", -1, n, CALLER, 0, 0, 0, false, false};
    struct wait wait = {.make = make_poll, .fds = fds, .count = n, .timeout = timeout};

    wait.limit = limit_of_milliseconds(timeout);
    return wait_for(&call, &wait);
}

static int make_ppoll(const struct wait *wait, bool is_look)
{
    return ppoll(wait->fds, wait->count, is_look ? &no_time : wait->time, wait->mask);
}

int eagain_ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask)
{
    struct call call = {CALL_POLL, "ppoll", -1, n, CALLER, 0, 0, 0, false, false};
    struct wait wait = {.make = make_ppoll, .fds = fds, .count = n, .time = timeout, .mask = mask};

    wait.limit = limit_of_timespec(timeout);
    return wait_for(&call, &wait);
}

/* ---- epoll ------------------------------------------------------------------------------------------------------- */

static int make_epoll_wait(const struct wait *wait, bool is_look)
{
    return epoll_wait(wait->epoll, wait->events, wait->most, is_look ? 0 : wait->timeout);
}

int eagain_epoll_wait(int epoll, struct epoll_event *events, int most, int timeout)
{
    struct call call = {CALL_EPOLL_WAIT, "epoll_wait", epoll, (size_t)most, CALLER, 0, 0, 0, false, false};
    struct wait wait = {.make = make_epoll_wait, .epoll = epoll, .events = events, .most = most, .timeout = timeout};

    wait.limit = limit_of_milliseconds(timeout);
    return wait_for(&call, &wait);
}

/*
 * A look with epoll_pwait lets no signal in, but a wait does, if its mask has room for one that is pending: then the
 * wait is over, by EINTR, before anything else can happen. (Looks with pselect and ppoll do it by themselves.)
 */
static bool let_pending_signals_in(const sigset_t *mask)
{
    sigset_t pending, before;
    bool is_let_in = false;

    if (mask == NULL || sigpending(&pending) == -1)
        return false;
    for (int signo = 1; signo < 65; signo++)
        is_let_in = is_let_in || (sigismember(&pending, signo) == 1 && sigismember(mask, signo) == 0);
    if (is_let_in) {
        (void)pthread_sigmask(SIG_SETMASK, mask, &before);
        (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    return is_let_in;
}

static int make_epoll_pwait(const struct wait *wait, bool is_look)
{
    int result = epoll_pwait(wait->epoll, wait->events, wait->most, is_look ? 0 : wait->timeout, wait->mask);

    if (result == 0 && is_look && wait->limit != 0 && let_pending_signals_in(wait->mask)) {
        errno = EINTR;
        return -1;
    }
    return result;
}

int eagain_epoll_pwait(int epoll, struct epoll_event *events, int most, int timeout, const sigset_t *mask)
{
    struct call call = {CALL_EPOLL_WAIT, "epoll_pwait", epoll, (size_t)most, CALLER, 0, 0, 0, false, false};
    struct wait wait = {
        .make = make_epoll_pwait, .epoll = epoll, .events = events, .most = most, .timeout = timeout, .mask = mask};

    wait.limit = limit_of_milliseconds(timeout);
    return wait_for(&call, &wait);
}

/* Valgrind 3.19 does not know epoll_pwait2 (it says ENOSYS): it is made of epoll_pwait, which is coarser but is known. */
int eagain_epoll_pwait2(int epoll, struct epoll_event *events, int most, const struct timespec *timeout,
                        const sigset_t *mask)
{
    struct call call = {CALL_EPOLL_WAIT, "epoll_pwait2", epoll, (size_t)most, CALLER, 0, 0, 0, false, false};
    struct wait wait = {.make = make_epoll_pwait, .epoll = epoll, .events = events, .most = most, .mask = mask};

    wait.limit = limit_of_timespec(timeout);
    if (wait.limit == INVALID) {
        if (!call_begins(&call))
            return (int)call.result;
        errno = EINVAL;
        return (int)call_ends(&call, -1);
    }
    int64_t rounded_up = (wait.limit + 999) / 1000;
    wait.timeout = wait.limit == FOREVER ? -1 : rounded_up > INT_MAX ? INT_MAX : (int)rounded_up;
    return wait_for(&call, &wait);
}
