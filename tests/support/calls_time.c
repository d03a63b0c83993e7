/* calls_time.c - the clock that the submission sees. A test can stop it, and advance it by hand. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>

#include "calls.h"
#include "diverted.h"
#include "suite.h"

/* Wall-clock kinds of clocks stand still together; clocks of CPU time go on. */
static bool stopped;
static int64_t advanced; /* microseconds */
static struct timespec stopped_at[CLOCK_TAI + 1];

static bool is_wall_clock(clockid_t clock)
{
    return clock >= 0 && clock <= CLOCK_TAI && clock != CLOCK_PROCESS_CPUTIME_ID && clock != CLOCK_THREAD_CPUTIME_ID;
}

void stop_the_clock(void)
{
    for (clockid_t clock = 0; clock <= CLOCK_TAI; clock++)
        if (is_wall_clock(clock))
            (void)clock_gettime(clock, &stopped_at[clock]);
    advanced = 0;
    stopped = true;
}

bool clock_is_stopped(void)
{
    return stopped;
}

void advance_clock(long milliseconds)
{
    advance_clock_by(milliseconds * INT64_C(1000));
}

void advance_clock_by(int64_t microseconds)
{
    advanced += microseconds;
}

long clock_advanced(void)
{
    return (long)(advanced / 1000);
}

static int look(clockid_t clock, struct timespec *now)
{
    if (!stopped || !is_wall_clock(clock))
        return clock_gettime(clock, now);
    *now = stopped_at[clock];
    now->tv_sec += advanced / 1000000;
    now->tv_nsec += advanced % 1000000 * 1000;
    if (now->tv_nsec >= 1000000000) {
        now->tv_sec++;
        now->tv_nsec -= 1000000000;
    }
    return 0;
}

/* A loop that does nothing but look at the clock is a spin, like one that does nothing but get EAGAIN. */
static bool look_begins(struct call *call)
{
    bool is_made = call_begins(call);

    call_was_empty(call);
    return is_made;
}

int eagain_clock_gettime(clockid_t clock, struct timespec *now)
{
    struct call call = {CALL_CLOCK, "clock_gettime", clock, 0, CALLER, 0, 0, 0, false, false};
    if (!look_begins(&call))
        return (int)call.result;
    return (int)call_ends(&call, look(clock, now));
}

int eagain_timespec_get(struct timespec *now, int base)
{
    struct call call = {CALL_CLOCK, "timespec_get", base, 0, CALLER, 0, 0, 0, false, false};
    if (!look_begins(&call))
        return 0;
    int result = base == TIME_UTC && look(CLOCK_REALTIME, now) == 0 ? base : 0;
    (void)call_ends(&call, result);
    return result;
}

int eagain_gettimeofday(struct timeval *now, void *zone)
{
    struct call call = {CALL_CLOCK, "gettimeofday", -1, 0, CALLER, 0, 0, 0, false, false};
    struct timespec fine;

    (void)zone; /* obsolete, and always NULL */
    if (!look_begins(&call))
        return (int)call.result;
    int result = look(CLOCK_REALTIME, &fine);
    if (result == 0 && now != NULL)
        *now = (struct timeval){fine.tv_sec, fine.tv_nsec / 1000};
    return (int)call_ends(&call, result);
}

time_t eagain_time(time_t *now)
{
    struct call call = {CALL_CLOCK, "time", -1, 0, CALLER, 0, 0, 0, false, false};
    struct timespec fine;

    if (!look_begins(&call))
        return (time_t)call.result;
    time_t seconds = look(CLOCK_REALTIME, &fine) == 0 ? fine.tv_sec : (time_t)-1;
    if (now != NULL)
        *now = seconds;
    return (time_t)call_ends(&call, seconds);
}
