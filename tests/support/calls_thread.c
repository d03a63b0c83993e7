/*
 * calls_thread.c - the submission's threads, mutexes and condition variables.
 *
 * The library knows of every mutex who has locked it and on which line, on the
 * board (struct board_lock), so that a report can say so. What POSIX leaves
 * undefined is noted as a failure and not made: an unlock by somebody who does
 * not hold the mutex, a wait without it, a destroy while it is locked.
 *
 * None of this may put threads in an order that they do not have by themselves,
 * or Helgrind would not see their races: there are only atomic operations here,
 * on memory that Helgrind has been told not to look at.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>

#include "calls.h"
#include "diverted.h"
#include "suite.h"

/* clang-format off: versions 14 and 19 break such a macro differently */
#define CALL_ABOUT(kind, name, object)                                              \
    {                                                                               \
        (kind), (name), (long)(uintptr_t)(object), 0, CALLER, 0, 0, 0, false, false \
    }
/* clang-format on */

/* ---- what is known of a mutex or condition variable ------------------------------------------------------------- */

static struct board_lock *find(const void *object)
{
    int32_t process = (int32_t)(this_process() - board->processes);

    /* From the newest: those of other tests are older. */
    for (uint32_t i = __atomic_load_n(&board->lock_count, __ATOMIC_ACQUIRE); i-- > 0;) {
        struct board_lock *lock = &board->locks[i];
        if (lock->address == (uintptr_t)object && lock->process == process)
            return lock;
    }
    return NULL;
}

/* The same; it is entered if it is not known yet. NULL only if the board is full. */
static struct board_lock *known(const void *object)
{
    static char entering; /* two threads may meet with the same mutex at once */
    struct board_lock *lock = find(object);

    if (lock != NULL)
        return lock;
    while (__atomic_test_and_set(&entering, __ATOMIC_ACQUIRE))
        ;
    lock = find(object);
    if (lock == NULL && (lock = board_new_lock(board)) != NULL) {
        lock->process = (int32_t)(this_process() - board->processes);
        lock->clock = CLOCK_REALTIME;
        __atomic_store_n(&lock->address, (uintptr_t)object, __ATOMIC_RELEASE);
    }
    __atomic_clear(&entering, __ATOMIC_RELEASE);
    return lock;
}

void name_lock(const void *object, const char *name)
{
    struct board_lock *lock = known(object);

    if (lock != NULL)
        (void)snprintf(lock->name, sizeof lock->name, "%s", name);
}

static const char *name_of(const struct board_lock *lock, const char *otherwise)
{
    return lock != NULL && lock->name[0] != '\0' ? lock->name : otherwise;
}

static bool is_mine(const struct board_lock *lock)
{
    return lock != NULL && lock->holder == this_task()->tid;
}

bool holds_lock(const void *mutex)
{
    return is_mine(find(mutex));
}

void mutex_is_held(const void *mutex, uintptr_t caller)
{
    struct board_lock *lock = known(mutex);

    if (lock != NULL && lock->depth++ == 0) {
        lock->holder = this_task()->tid;
        lock->locked_at = caller;
    }
    guard_sees_lock(mutex);
}

void mutex_is_let_go(const void *mutex)
{
    struct board_lock *lock = find(mutex);

    if (lock != NULL && lock->depth > 0 && --lock->depth > 0)
        return; /* a recursive one, and still held */
    guard_sees_unlock(mutex);
    if (lock != NULL)
        lock->holder = 0;
}

void check_locks_held(const char *expression)
{
    for (uint32_t i = board->lock_count; i-- > 0;) {
        const struct board_lock *lock = &board->locks[i];

        if (!is_mine(lock) || lock->process != (int32_t)(this_process() - board->processes) || lock->locked_at == 0)
            continue;
        note_failure(VERDICT_FAIL, lock->locked_at, "Every lock has its unlock, on every path out of the function.",
                     "The call %s came back with %s still locked (since " PLACE "): the next thread that wants it"
                     " waits for ever.",
                     expression, name_of(lock, "a mutex"), (unsigned long)lock->locked_at);
        end_test();
    }
}

/* ---- threads ------------------------------------------------------------------------------------------------------ */

/* What a new thread is to run. Each is used once, so nobody has to wait until it has been read. */
static struct start {
    void *(*routine)(void *arg);
    void *arg;
    unsigned number;
} starts[BOARD_MAX_TASKS / 2];

void name_thread(const char *role)
{
    (void)snprintf(this_task()->role, sizeof this_task()->role, "%s", role);
}

static void *thread_begins(void *arg)
{
    const struct start *start = arg;
    char role[32];

    (void)snprintf(role, sizeof role, "thread %u", start->number);
    name_thread(role);
    return start->routine(start->arg);
}

/* The answer that the test has made up for a call: an error, as a rule, and who repeats it for ever spins. */
static int answered(const struct call *call)
{
    if (call->fails)
        call_was_empty(call);
    return (int)call->result;
}

int eagain_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*routine)(void *), void *arg)
{
    static unsigned used;
    struct call call = CALL_ABOUT(CALL_THREAD_CREATE, "pthread_create", NULL);
    if (!call_begins_numbered(&call))
        return answered(&call);

    int detached = PTHREAD_CREATE_JOINABLE;
    if (attributes != NULL)
        (void)pthread_attr_getdetachstate(attributes, &detached);
    call_was_fruitful();
    unsigned slot = __atomic_fetch_add(&used, 1, __ATOMIC_RELAXED);
    int error;
    if (slot < sizeof starts / sizeof *starts) {
        starts[slot] = (struct start){routine, arg, call.number};
        error = pthread_create(thread, attributes, thread_begins, &starts[slot]);
    } else {
        error = pthread_create(thread, attributes, routine, arg); /* one without a name */
    }
    if (error == 0)
        thread_was_created(call.caller, detached == PTHREAD_CREATE_DETACHED);
    return call_ends_numbered(&call, error);
}

static int join_ends(struct call *call, int error)
{
    if (error == 0)
        thread_was_joined();
    else
        call_was_empty(call); /* who repeats it repeats it for ever */
    return call_ends_numbered(call, error);
}

int eagain_pthread_join(pthread_t thread, void **value)
{
    struct call call = CALL_ABOUT(CALL_THREAD_JOIN, "pthread_join", thread);
    if (!call_begins_numbered(&call))
        return (int)call.result;
    return join_ends(&call, pthread_join(thread, value));
}

int eagain_pthread_tryjoin_np(pthread_t thread, void **value)
{
    struct call call = CALL_ABOUT(CALL_THREAD_JOIN, "pthread_tryjoin_np", thread);
    if (!call_begins_numbered(&call))
        return (int)call.result;
    return join_ends(&call, pthread_tryjoin_np(thread, value));
}

/* No join, and nothing that a test would count or steer: it is only remembered. */
int eagain_pthread_detach(pthread_t thread)
{
    int error = pthread_detach(thread);

    if (error == 0)
        thread_was_detached();
    return error;
}

/* ---- deadlines ------------------------------------------------------------------------------------------------------ */

/*
 * A deadline that is further away than any test takes is none: the call is made without it, so that the stall watch sees
 * a wait that nobody ends.
 */
static bool is_far(const struct timespec *deadline, clockid_t clock)
{
    enum { FAR_S = 60 };
    struct timespec now;

    return deadline->tv_nsec >= 0 && deadline->tv_nsec < 1000000000 && clock_gettime(clock, &now) == 0 &&
           deadline->tv_sec > now.tv_sec + FAR_S;
}

int eagain_pthread_timedjoin_np(pthread_t thread, void **value, const struct timespec *deadline)
{
    struct call call = CALL_ABOUT(CALL_THREAD_JOIN, "pthread_timedjoin_np", thread);
    if (!call_begins_numbered(&call))
        return (int)call.result;
    return join_ends(&call, deadline == NULL || is_far(deadline, CLOCK_REALTIME)
                                ? pthread_join(thread, value)
                                : pthread_timedjoin_np(thread, value, deadline));
}

int eagain_pthread_clockjoin_np(pthread_t thread, void **value, clockid_t clock, const struct timespec *deadline)
{
    struct call call = CALL_ABOUT(CALL_THREAD_JOIN, "pthread_clockjoin_np", thread);
    if (!call_begins_numbered(&call))
        return (int)call.result;
    return join_ends(&call, deadline == NULL || is_far(deadline, clock)
                                ? pthread_join(thread, value)
                                : pthread_clockjoin_np(thread, value, clock, deadline));
}

/* ---- mutexes -------------------------------------------------------------------------------------------------------- */

int eagain_pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes)
{
    struct call call = CALL_ABOUT(CALL_MUTEX_INIT, "pthread_mutex_init", mutex);
    if (!call_begins_numbered(&call))
        return (int)call.result;
    return call_ends_numbered(&call, pthread_mutex_init(mutex, attributes));
}

int eagain_pthread_mutex_destroy(pthread_mutex_t *mutex)
{
    struct call call = CALL_ABOUT(CALL_MUTEX_DESTROY, "pthread_mutex_destroy", mutex);
    const struct board_lock *lock = find(mutex);
    if (!call_begins_numbered(&call))
        return (int)call.result;
    if (lock != NULL && lock->holder != 0) {
        note_failure(VERDICT_FAIL, call.caller, "A mutex is destroyed when nobody holds it any more.",
                     "pthread_mutex_destroy() (" PLACE ") destroys %s while it is locked, since " PLACE ".",
                     (unsigned long)call.caller, name_of(lock, "a mutex"), (unsigned long)lock->locked_at);
        end_test();
    }
    return call_ends_numbered(&call, pthread_mutex_destroy(mutex));
}

/*
 * To lock and unlock again and again, waking nobody and waiting for nothing, is a spin: so a lock counts as a call that
 * found nothing, until a wait or a wake-up begins the count anew.
 */
static int lock_ends(struct call *call, pthread_mutex_t *mutex, int error)
{
    if (error == 0)
        mutex_is_held(mutex, call->caller);
    call_was_empty(call);
    return call_ends_numbered(call, error);
}

int eagain_pthread_mutex_lock(pthread_mutex_t *mutex)
{
    struct call call = CALL_ABOUT(CALL_MUTEX_LOCK, "pthread_mutex_lock", mutex);
    if (!call_begins_numbered(&call))
        return answered(&call);
    return lock_ends(&call, mutex, pthread_mutex_lock(mutex));
}

int eagain_pthread_mutex_trylock(pthread_mutex_t *mutex)
{
    struct call call = CALL_ABOUT(CALL_MUTEX_LOCK, "pthread_mutex_trylock", mutex);
    if (!call_begins_numbered(&call))
        return answered(&call);
    return lock_ends(&call, mutex, pthread_mutex_trylock(mutex));
}

int eagain_pthread_mutex_timedlock(pthread_mutex_t *mutex, const struct timespec *deadline)
{
    struct call call = CALL_ABOUT(CALL_MUTEX_LOCK, "pthread_mutex_timedlock", mutex);
    if (!call_begins_numbered(&call))
        return answered(&call);
    return lock_ends(&call, mutex,
                     is_far(deadline, CLOCK_REALTIME) ? pthread_mutex_lock(mutex)
                                                      : pthread_mutex_timedlock(mutex, deadline));
}

int eagain_pthread_mutex_clocklock(pthread_mutex_t *mutex, clockid_t clock, const struct timespec *deadline)
{
    struct call call = CALL_ABOUT(CALL_MUTEX_LOCK, "pthread_mutex_clocklock", mutex);
    if (!call_begins_numbered(&call))
        return answered(&call);
    return lock_ends(&call, mutex,
                     is_far(deadline, clock) ? pthread_mutex_lock(mutex)
                                             : pthread_mutex_clocklock(mutex, clock, deadline));
}

int eagain_pthread_mutex_unlock(pthread_mutex_t *mutex)
{
    struct call call = CALL_ABOUT(CALL_MUTEX_UNLOCK, "pthread_mutex_unlock", mutex);
    const struct board_lock *lock = find(mutex);
    if (!call_begins_numbered(&call))
        return (int)call.result;
    if (!is_mine(lock)) {
        note_failure(VERDICT_FAIL, call.caller, "A thread unlocks what it has locked, and nothing else.",
                     "pthread_mutex_unlock() (" PLACE ") unlocks %s, which this thread has not locked.",
                     (unsigned long)call.caller, name_of(lock, "a mutex"));
        end_test();
    }
    mutex_is_let_go(mutex);
    return call_ends_numbered(&call, pthread_mutex_unlock(mutex));
}

/* ---- condition variables --------------------------------------------------------------------------------------------- */

int eagain_pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes)
{
    struct call call = CALL_ABOUT(CALL_COND_INIT, "pthread_cond_init", condition);
    if (!call_begins_numbered(&call))
        return (int)call.result;

    struct board_lock *lock = known(condition);
    clockid_t clock = CLOCK_REALTIME;
    if (attributes != NULL)
        (void)pthread_condattr_getclock(attributes, &clock);
    if (lock != NULL)
        lock->clock = clock;
    return call_ends_numbered(&call, pthread_cond_init(condition, attributes));
}

int eagain_pthread_cond_destroy(pthread_cond_t *condition)
{
    struct call call = CALL_ABOUT(CALL_COND_DESTROY, "pthread_cond_destroy", condition);
    if (!call_begins_numbered(&call))
        return (int)call.result;
    return call_ends_numbered(&call, pthread_cond_destroy(condition));
}

/* DEADLINE may be NULL. CLOCK is -1 if it is the condition variable's own one. */
static int divert_wait(struct call *call, pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock,
                       const struct timespec *deadline)
{
    if (!call_begins_numbered(call)) {
        call_was_empty(call); /* woken for nothing, or an error: in either case to repeat it for ever is to spin */
        return (int)call->result;
    }

    struct board_lock *lock = find(mutex);
    if (!is_mine(lock)) {
        note_failure(VERDICT_FAIL, call->caller, "A thread holds the mutex when it begins to wait on the condition.",
                     "%s() (" PLACE ") begins to wait without having locked %s that it is given.", call->name,
                     (unsigned long)call->caller, name_of(lock, "the mutex"));
        end_test();
    }
    struct board_lock *own = known(condition);
    clockid_t own_clock = own != NULL ? own->clock : CLOCK_REALTIME;
    uintptr_t locked_at = lock->locked_at;
    int error;

    mutex_is_let_go(mutex);
    if (deadline == NULL || is_far(deadline, clock != -1 ? clock : own_clock))
        error = pthread_cond_wait(condition, mutex);
    else if (clock != -1)
        error = pthread_cond_clockwait(condition, mutex, clock, deadline);
    else
        error = pthread_cond_timedwait(condition, mutex, deadline);
    mutex_is_held(mutex, locked_at);
    if (error == 0)
        call_was_fruitful();
    else
        call_was_empty(call);
    return call_ends_numbered(call, error);
}

int eagain_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
    struct call call = CALL_ABOUT(CALL_COND_WAIT, "pthread_cond_wait", condition);
    return divert_wait(&call, condition, mutex, -1, NULL);
}

int eagain_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *deadline)
{
    struct call call = CALL_ABOUT(CALL_COND_WAIT, "pthread_cond_timedwait", condition);
    return divert_wait(&call, condition, mutex, -1, deadline);
}

int eagain_pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock,
                                  const struct timespec *deadline)
{
    struct call call = CALL_ABOUT(CALL_COND_WAIT, "pthread_cond_clockwait", condition);
    return divert_wait(&call, condition, mutex, clock, deadline);
}

int eagain_pthread_cond_signal(pthread_cond_t *condition)
{
    struct call call = CALL_ABOUT(CALL_COND_WAKE, "pthread_cond_signal", condition);
    call_was_fruitful();
    if (!call_begins_numbered(&call))
        return (int)call.result;
    return call_ends_numbered(&call, pthread_cond_signal(condition));
}

int eagain_pthread_cond_broadcast(pthread_cond_t *condition)
{
    struct call call = CALL_ABOUT(CALL_COND_WAKE, "pthread_cond_broadcast", condition);
    call_was_fruitful();
    if (!call_begins_numbered(&call))
        return (int)call.result;
    return call_ends_numbered(&call, pthread_cond_broadcast(condition));
}
