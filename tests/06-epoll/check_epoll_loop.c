/*
 * check_epoll_loop.c - the suite of 06-epoll: the event loop, and epoll_merge.
 *
 * No test needs a second process. What a loop watches are the ends of the test's own pipes and sockets, and the
 * callbacks are the test's: they decide what happens in the middle of a batch. Which of several ready descriptors comes
 * first is up to the kernel and to the submission; so whoever is called first plays the first part, whichever it is.
 */
#define _GNU_SOURCE
#include "epoll_loop.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define MERGE epoll_merge
#define MERGE_WAIT CALL_EPOLL_WAIT
#define MERGE_WAITS_IN "epoll_wait"
#define MERGE_SKIPS_NEGATIVE
#include "merge_tests.h"

/* ---- what is open, and what can be read ------------------------------------------------------------------------- */

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) != -1;
}

static bool is_epoll(int fd)
{
    char path[40], target[40];

    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    ssize_t len = readlink(path, target, sizeof target);
    return len > 0 && (size_t)len < sizeof target && memcmp(target, "anon_inode:[eventpoll]", (size_t)len) == 0;
}

static bool readable(int fd)
{
    struct pollfd look = {.fd = fd, .events = POLLIN};

    return poll(&look, 1, 0) == 1;
}

static void put_a_byte(int fd)
{
    put_bytes(fd, "x", 1);
}

/* "EPOLLIN | EPOLLHUP"; the text lives until the next call but one. */
static const char *event_names(uint32_t events)
{
    static const struct {
        uint32_t bit;
        const char *name;
    } known[] = {{EPOLLIN, "EPOLLIN"},   {EPOLLOUT, "EPOLLOUT"}, {EPOLLERR, "EPOLLERR"},
                 {EPOLLHUP, "EPOLLHUP"}, {EPOLLET, "EPOLLET"},   {EPOLLONESHOT, "EPOLLONESHOT"}};
    static char texts[2][120];
    static unsigned turn;
    char *text = texts[turn++ % 2];
    size_t used = (size_t)snprintf(text, 120, "%s", events == 0 ? "no event" : "");

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (events & known[i].bit)
            used += (size_t)snprintf(text + used, 120 - used, "%s%s", used > 0 ? " | " : "", known[i].name);
        events &= ~known[i].bit;
    }
    if (events != 0)
        (void)snprintf(text + used, 120 - used, " and others (%#x)", events);
    return text;
}

/* ---- seats ------------------------------------------------------------------------------------------------------ */

/*
 * A seat is a descriptor that a loop watches, and what is known of it. The callback of all seats is on_ready(); what a
 * test wants to happen in it is the seat's act.
 */
struct seat {
    const char *name; /* in messages: "the first pipe" */
    struct loop *loop;
    int fd;
    int other;       /* the other end of the pipe or socket */
    bool watched;    /* it was added and not removed: its callback may be called */
    unsigned calls;  /* how often it was */
    uint32_t events; /* what the last call was told */
    void (*act)(struct seat *self);
    unsigned until; /* drink: the last call, which removes the seat */
};

static struct seat seats[10];
static size_t seat_count;

static struct seat *make_seat(const char *name, int fd, int other, void (*act)(struct seat *self))
{
    struct seat *seat = &seats[seat_count++];

    *seat = (struct seat){.name = name, .fd = fd, .other = other, .act = act};
    return seat;
}

/* A seat for the read end of a pipe, with a byte in it. */
static struct seat *seat_with_a_byte(const char *name, void (*act)(struct seat *self))
{
    struct ends ends = make_pipe();

    put_a_byte(ends.write);
    return make_seat(name, ends.read, ends.write, act);
}

/* A seat for a socket with a byte in it: it can be read, and written. */
static struct seat *seat_with_a_socket(const char *name, void (*act)(struct seat *self))
{
    struct ends ends = make_socketpair();

    put_a_byte(ends.write);
    return make_seat(name, ends.read, ends.write, act);
}

static void on_ready(struct loop *loop, int fd, uint32_t events, void *arg)
{
    enum { TOO_MANY = 100 };
    struct seat *self = arg;

    progress();
    expect(self >= seats && self < seats + seat_count, "A callback is given the arg of its own registration.",
           "A callback was called with another arg than the one that was registered.");
    expect(self->watched, "After loop_remove a callback is never called again for that registration.",
           "The callback of %s (descriptor %d) was called although it had been removed.", self->name, self->fd);
    expect(loop == self->loop && fd == self->fd, "A callback is given its loop and its descriptor.",
           "The callback of %s was called with %s.", self->name,
           fd != self->fd ? "another descriptor" : "another loop than the one that watches it");
    expect(++self->calls <= TOO_MANY, "A callback is called for what is ready, as its events ask for.",
           "The callback of %s was called again and again.", self->name);
    self->events = events;
    self->act(self);
}

static void watch(struct loop *loop, struct seat *seat, uint32_t events)
{
    expect_int(CALL(loop_add(loop, seat->fd, events, on_ready, seat)), 0, "loop_add, of %s for %s,", seat->name,
               event_names(events));
    seat->loop = loop;
    seat->watched = true;
}

static void change(struct seat *seat, uint32_t events)
{
    expect_int(CALL(loop_modify(seat->loop, seat->fd, events)), 0, "loop_modify, of %s to %s,", seat->name,
               event_names(events));
}

static void unwatch(struct seat *seat)
{
    expect_int(CALL(loop_remove(seat->loop, seat->fd)), 0, "loop_remove, of %s, which is watched,", seat->name);
    seat->watched = false;
}

static void unwatch_all(struct seat *self)
{
    (void)self;
    for (size_t i = 0; i < seat_count; i++)
        if (seats[i].watched)
            unwatch(&seats[i]);
}

/* Acts: takes a byte, and in the last call stops watching. */
static void drink(struct seat *self)
{
    char byte;

    expect(readable(self->fd), "A callback is called for what is ready.",
           "The callback of %s was called with %s, but there was nothing to read.", self->name,
           event_names(self->events));
    (void)take_bytes(self->fd, &byte, 1);
    if (self->calls == self->until)
        unwatch(self);
}

static void do_nothing(struct seat *self)
{
    (void)self;
}

static void expect_calls(const struct seat *seat, unsigned calls, const char *expected)
{
    expect(seat->calls == calls, expected, "The callback of %s was called %u time%s; expected: %u.", seat->name,
           seat->calls, seat->calls == 1 ? "" : "s", calls);
}

static void expect_events(const struct seat *seat, uint32_t events)
{
    expect_calls(seat, 1, "loop_run calls back for whatever is ready.");
    expect(seat->events == events, "A callback is told what has happened to its descriptor, as epoll reports it.",
           "The callback of %s was told %s; expected: %s.", seat->name, event_names(seat->events), event_names(events));
}

/* ---- loops ------------------------------------------------------------------------------------------------------ */

static struct loop *make_loop(void)
{
    struct loop *loop = CALL(loop_create());
    int error = errno;

    expect(loop != NULL, "loop_create gives an empty loop.", "loop_create gave NULL, with errno %s.",
           error == 0 ? "0" : strerrorname_np(error));
    return loop;
}

static void expect_run(struct loop *loop, int want, const char *what)
{
    expect_int(CALL(loop_run(loop)), want, "loop_run, %s,", what);
}

/*
 * Destroys a loop. An epoll descriptor that is left open is one test's subject: here it is closed, so that one mistake
 * does not fail all the tests.
 */
static void end_loop(struct loop *loop)
{
    const struct board_call *call;
    int sets[8];
    size_t count = 0;

    for (unsigned k = 1; count < 8 && (call = nth_call(CALL_EPOLL_CREATE, k)) != NULL; k++)
        sets[count++] = (int)call->result;
    CALL_VOID(loop_destroy(loop));
    while (count-- > 0)
        if (is_epoll(sets[count]))
            (void)close(sets[count]);
}

/* ---- create, destroy -------------------------------------------------------------------------------------------- */

TEST(create_makes_a_loop_whose_descriptor_closes_on_exec)
{
    struct loop *loop = make_loop();
    unsigned count = 0;

    for (int fd = 0; fd < 256; fd++) {
        if (!is_open(fd) || !is_epoll(fd))
            continue;
        count++;
        expect(fcntl(fd, F_GETFD) & FD_CLOEXEC, "The loop's epoll descriptor is close-on-exec.",
               "loop_create left its epoll descriptor %d open for every program that is started later.", fd);
    }
    expect(count > 0, "loop_create makes the loop's epoll descriptor.", "After loop_create there is none.");
    end_loop(loop);
}

/* loop_create has to fail with errno WANT, WHEN says why. */
static void expect_no_loop(const struct loop *loop, int want, const char *when)
{
    int error = errno;

    expect(loop == NULL, "loop_create gives NULL when it cannot make a loop.", "loop_create, %s, gave a loop.", when);
    expect(error == want, strerrorname_np(want), "loop_create, %s, gave NULL with errno %s.", when,
           error == 0 ? "0" : strerrorname_np(error));

    const struct board_call *call;
    for (unsigned k = 1; (call = nth_call(CALL_EPOLL_CREATE, k)) != NULL; k++)
        if (call->result >= 0 && is_epoll((int)call->result))
            fail_test(VERDICT_DESCRIPTORS, "A loop_create that fails leaves nothing behind.",
                      "loop_create, %s, gave NULL and left its epoll descriptor %d open, which %s() (" PLACE
                      ") had made.",
                      when, (int)call->result, call->name, (unsigned long)call->caller);
}

TEST(create_passes_on_errors_and_leaves_nothing)
{
    make_fail(IN_PARENT, CALL_EPOLL_CREATE, EVERY_CALL, EMFILE);
    expect_no_loop(CALL(loop_create()), EMFILE, "when the process has no descriptor left for it");
    for (unsigned k = 1; k <= 4; k++) {
        steer_no_more();
        make_fail(IN_PARENT, CALL_ALLOC, calls_made(CALL_ALLOC) + k, ENOMEM);
        struct loop *loop = CALL(loop_create());
        if (loop == NULL)
            expect_no_loop(loop, ENOMEM, "when there is no memory");
        else
            end_loop(loop);
    }
}

TEST(destroy_frees_everything_and_closes_its_own_descriptor_only)
{
    struct loop *loop = make_loop();

    for (int i = 0; i < 3; i++) {
        struct ends ends = make_pipe();
        watch(loop, make_seat("a pipe", i == 0 ? move_fd(ends.read, 700) : ends.read, ends.write, do_nothing), EPOLLIN);
    }
    CALL_VOID(loop_destroy(loop));
    for (size_t i = 0; i < seat_count; i++)
        expect(is_open(seats[i].fd), "loop_destroy closes no watched descriptor.",
               "After loop_destroy descriptor %d, which the loop had watched, was closed.", seats[i].fd);
    CALL_VOID(loop_destroy(NULL)); /* which is fine */
}

/* ---- run -------------------------------------------------------------------------------------------------------- */

TEST(run_of_an_empty_loop_returns_zero_at_once)
{
    struct loop *loop = make_loop();

    expect_run(loop, 0, "of a loop to which nothing was ever added");
    watch(loop, seat_with_a_byte("a pipe", do_nothing), EPOLLIN);
    unwatch(&seats[0]);
    expect_run(loop, 0, "of a loop from which everything was removed");
    end_loop(loop);
}

TEST(run_calls_back_what_is_ready_with_what_has_happened)
{
    struct loop *loop = make_loop();
    struct ends ends = make_pipe();
    struct seat *reader = seat_with_a_byte("the read end of a pipe with a byte", unwatch);
    struct seat *writer = make_seat("the write end of an empty pipe", move_fd(ends.write, 900), ends.read, unwatch);
    struct seat *both = seat_with_a_socket("a socket that can be read and written", unwatch);
    struct seat *out = seat_with_a_socket("a socket that can be read, watched for EPOLLOUT", unwatch);

    watch(loop, reader, EPOLLIN);
    watch(loop, writer, EPOLLOUT);
    watch(loop, both, EPOLLIN | EPOLLOUT);
    watch(loop, out, EPOLLOUT);
    expect_run(loop, 0, "with four descriptors whose callbacks remove them");
    expect_events(reader, EPOLLIN);
    expect_events(writer, EPOLLOUT);
    expect_events(both, EPOLLIN | EPOLLOUT);
    expect_events(out, EPOLLOUT);
    end_loop(loop);
}

TEST(hang_ups_and_errors_are_told_without_being_asked_for)
{
    struct loop *loop = make_loop();
    struct seat *left = seat_with_a_byte("a pipe with a byte, whose writer has gone,", unwatch);
    struct ends empty = make_pipe(), full = make_pipe();
    struct seat *end = make_seat("an empty pipe whose writer has gone", empty.read, -1, unwatch);
    struct seat *writer = make_seat("the write end of a pipe whose reader has gone", full.write, -1, unwatch);

    close_own(left->other);
    close_own(empty.write);
    close_own(full.read);
    watch(loop, left, EPOLLIN);
    watch(loop, end, EPOLLIN);
    watch(loop, writer, EPOLLOUT);
    expect_run(loop, 0, "with three descriptors whose other ends are closed");
    expect_events(left, EPOLLIN | EPOLLHUP);
    expect_events(end, EPOLLHUP);
    expect_events(writer, EPOLLOUT | EPOLLERR);
    end_loop(loop);
}

/* ---- level, edge, one shot -------------------------------------------------------------------------------------- */

TEST(a_level_triggered_descriptor_is_reported_until_it_is_removed)
{
    struct loop *loop = make_loop();
    struct seat *seat = seat_with_a_byte("a pipe with three bytes, whose writer has gone,", drink);

    put_bytes(seat->other, "yz", 2);
    close_own(seat->other);
    seat->until = 4;
    watch(loop, seat, EPOLLIN);
    expect_run(loop, 0, "with a pipe whose writer has gone, and which is read a byte a call");
    expect_calls(seat, 4,
                 "A descriptor is reported as long as there is something to read, and at its end of file, too: it is"
                 " for the callback to remove it.");
    end_loop(loop);
}

/* The ticker is ready always, and is called again and again; in its 5th call it does something to the other seat. */
static void (*at_tick_5)(struct seat *other);

static void tick(struct seat *self)
{
    if (self->calls == 5)
        at_tick_5(&seats[0]);
    if (self->calls == 10)
        unwatch_all(self);
}

static void write_to(struct seat *other)
{
    put_a_byte(other->other);
}

TEST(an_edge_triggered_descriptor_is_reported_once_an_edge)
{
    struct loop *loop = make_loop();
    struct seat *edge = seat_with_a_byte("an edge-triggered pipe that is not read", do_nothing);
    struct seat *ticker = seat_with_a_byte("another pipe", tick);

    at_tick_5 = write_to;
    watch(loop, edge, EPOLLIN | EPOLLET);
    watch(loop, ticker, EPOLLIN);
    expect_run(loop, 0, "with an edge-triggered pipe and a level-triggered one");
    expect_calls(edge, 2,
                 "With EPOLLET a descriptor is reported once each time something arrives: the byte that was"
                 " there, and the one that came later.");
    expect_calls(ticker, 10, "Without EPOLLET a descriptor is reported as long as there is something to read.");
    end_loop(loop);
}

static const char one_shot[] = "With EPOLLONESHOT a descriptor is reported once, and then not until loop_modify arms"
                               " it again.";

static void arm(struct seat *other)
{
    expect_calls(other, 1, one_shot);
    change(other, EPOLLIN | EPOLLONESHOT);
}

TEST(a_one_shot_fires_once_each_time_it_is_armed)
{
    struct loop *loop = make_loop();
    struct seat *shot = seat_with_a_byte("a one-shot pipe that is not read", do_nothing);
    struct seat *ticker = seat_with_a_byte("another pipe", tick);

    at_tick_5 = arm;
    watch(loop, shot, EPOLLIN | EPOLLONESHOT);
    watch(loop, ticker, EPOLLIN);
    expect_run(loop, 0, "with a one-shot pipe that is armed again, and a level-triggered one");
    expect_calls(shot, 2, one_shot);
    end_loop(loop);
}

/* Alone in the loop it would be waited for without an end; so the second wait is made to fail: that must be seen. */
TEST(a_one_shot_that_has_fired_stays_watched)
{
    struct loop *loop = make_loop();
    struct seat *shot = seat_with_a_byte("a one-shot pipe that is not read", do_nothing);

    watch(loop, shot, EPOLLIN | EPOLLONESHOT);
    make_fail(IN_PARENT, CALL_EPOLL_WAIT, calls_made(CALL_EPOLL_WAIT) + 2, ENOMEM);
    expect_error(CALL(loop_run(loop)), ENOMEM,
                 "loop_run, which has a one-shot that has fired, and cannot wait for it (ENOMEM),");
    expect_calls(shot, 1, one_shot);
    expect_error(CALL(loop_add(loop, shot->fd, EPOLLIN, on_ready, shot)), EEXIST,
                 "loop_add, of a one-shot that has fired and was not removed,");
    at_tick_5 = do_nothing;
    watch(loop, seat_with_a_byte("another pipe", tick), EPOLLIN);
    expect_run(loop, 0, "with a one-shot that has fired, and another pipe whose 10th callback removes both");
    expect_calls(shot, 1, "A loop_add that is refused arms nothing.");
    end_loop(loop);
}

/* ---- add -------------------------------------------------------------------------------------------------------- */

static void on_refused(struct loop *loop, int fd, uint32_t events, void *arg)
{
    (void)loop, (void)events, (void)arg;
    fail_test(VERDICT_FAIL, "A loop_add that is refused changes nothing: the first registration stays as it is.",
              "The callback was called with which loop_add had been refused (EEXIST), for descriptor %d.", fd);
}

TEST(add_refuses_what_is_watched_already)
{
    struct loop *loop = make_loop();
    struct seat *first = seat_with_a_socket("a socket", unwatch);

    watch(loop, first, EPOLLIN);
    expect_error(CALL(loop_add(loop, first->fd, EPOLLOUT, on_refused, NULL)), EEXIST,
                 "loop_add, of a descriptor that is watched already,");
    expect_run(loop, 0, "with one descriptor that somebody tried to add twice");
    expect_events(first, EPOLLIN);
    end_loop(loop);
}

/* The loop refuses FD, the second time as the first; and it has nothing to wait for. */
static void expect_refused(struct loop *loop, int fd, int error, const char *what)
{
    for (int i = 0; i < 2; i++)
        expect_error(CALL(loop_add(loop, fd, EPOLLIN, on_ready, NULL)), error, "loop_add, of %s,%s", what,
                     i == 0 ? "" : " for the second time,");
    expect_run(loop, 0, "after the only loop_add had failed");
}

TEST(add_refuses_what_epoll_cannot_watch)
{
    struct loop *loop = make_loop();

    expect_refused(loop, make_file(), EPERM, "a regular file");
    expect_refused(loop, own_fd(open("/", O_RDONLY | O_DIRECTORY)), EPERM, "a directory");
    end_loop(loop);
}

TEST(add_refuses_what_is_not_open)
{
    struct loop *loop = make_loop();

    expect_refused(loop, closed_fd(), EBADF, "a descriptor that is not open");
    expect_refused(loop, -1, EBADF, "descriptor -1");
    end_loop(loop);
}

/* The same descriptor, added again when all is well, is watched like any other. */
static void expect_added_at_last(struct loop *loop, struct seat *seat)
{
    steer_no_more();
    seat->calls = 0;
    watch(loop, seat, EPOLLIN);
    expect_run(loop, 0, "with a descriptor that could be added at the second try");
    expect_events(seat, EPOLLIN);
}

TEST(a_failed_add_leaves_nothing_behind)
{
    enum { ALLOCATIONS = 4 };
    struct seat *seat = seat_with_a_byte("a pipe", unwatch);

    seat->fd = move_fd(seat->fd, 900);
    for (unsigned k = 0; k <= ALLOCATIONS; k++) {
        struct loop *loop = make_loop();
        int error = k == 0 ? ENOSPC : ENOMEM;
        if (k == 0)
            make_fail(IN_PARENT, CALL_EPOLL_CTL, EVERY_CALL, error);
        else
            make_fail(IN_PARENT, CALL_ALLOC, calls_made(CALL_ALLOC) + k, error);
        int result = CALL(loop_add(loop, seat->fd, EPOLLIN, on_ready, seat));
        if (k == 0 || result != 0) {
            expect_error(result, error, "loop_add, when %s,",
                         k == 0 ? "the kernel cannot watch any more (ENOSPC)" : "there is no memory");
            steer_no_more();
            expect_run(loop, 0, "after the only loop_add had failed");
        } else {
            seat->watched = true;
            seat->loop = loop;
            unwatch(seat);
        }
        expect_added_at_last(loop, seat);
        end_loop(loop);
    }
}

/* Skips the test if no descriptor can have the number FD here. */
static void expect_room_for(int fd)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == -1 || limit.rlim_cur <= (rlim_t)fd)
        skip_test("No descriptor can have the number %d here: the limit on open files (ulimit -n) is too low.", fd);
}

TEST(any_number_will_do_for_a_descriptor)
{
    expect_room_for(9000);

    struct loop *loop = make_loop();
    struct seat *zero = seat_with_a_byte("descriptor 0, a pipe", unwatch);
    struct seat *high = seat_with_a_byte("descriptor 9000, a pipe", unwatch);

    high->fd = move_fd(high->fd, 9000);
    int kept = own_fd(dup(0));
    (void)dup2(zero->fd, 0);
    zero->fd = 0;
    watch(loop, zero, EPOLLIN);
    watch(loop, high, EPOLLIN);
    expect_run(loop, 0, "with the descriptors 0 and 9000");
    expect_events(zero, EPOLLIN);
    expect_events(high, EPOLLIN);
    (void)dup2(kept, 0);
    end_loop(loop);
}

/* ---- modify, remove --------------------------------------------------------------------------------------------- */

/* Each call is for other events than the one before. */
static void go_through_the_events(struct seat *self)
{
    static const uint32_t asked[] = {EPOLLIN, EPOLLOUT, EPOLLIN | EPOLLOUT};

    expect(self->events == asked[self->calls - 1], "After loop_modify a descriptor is watched for the new events.",
           "A socket that can be read and written, watched for %s, was reported with %s.",
           event_names(asked[self->calls - 1]), event_names(self->events));
    if (self->calls == 3)
        unwatch(self);
    else
        change(self, asked[self->calls]);
}

TEST(modify_changes_the_events_and_nothing_else)
{
    struct loop *loop = make_loop();
    struct seat *seat = seat_with_a_socket("a socket", go_through_the_events);

    watch(loop, seat, EPOLLIN);
    expect_run(loop, 0, "with a socket whose events change twice");
    expect_calls(seat, 3, "After loop_modify the same callback is called, with the same arg.");
    end_loop(loop);
}

TEST(modify_and_remove_know_what_is_not_watched)
{
    struct loop *loop = make_loop();
    struct seat *removed = seat_with_a_byte("a pipe", do_nothing);
    int numbers[] = {removed->fd, removed->other, closed_fd(), -1, -1000, 1 << 30, INT_MAX, INT_MIN};
    static const char *const names[] = {"that was removed before",
                                        "that is open, and was never added,",
                                        "that is not open",
                                        "-1",
                                        "-1000",
                                        "2^30",
                                        "INT_MAX",
                                        "INT_MIN"};

    watch(loop, removed, EPOLLIN);
    unwatch(removed);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        expect_error(CALL(loop_modify(loop, numbers[i], EPOLLOUT)), ENOENT, "loop_modify, of a descriptor %s,",
                     names[i]);
        expect_error(CALL(loop_remove(loop, numbers[i])), ENOENT, "loop_remove, of a descriptor %s,", names[i]);
    }
    expect_run(loop, 0, "of an empty loop, after modifying and removing what it does not watch");
    end_loop(loop);
}

TEST(remove_stops_watching_and_leaves_the_descriptor_open)
{
    struct loop *loop = make_loop();
    struct seat *first = seat_with_a_byte("a pipe that was removed", do_nothing);
    struct seat *second = seat_with_a_byte("a pipe", unwatch);

    watch(loop, first, EPOLLIN);
    watch(loop, second, EPOLLIN);
    unwatch(first);
    expect(is_open(first->fd), "Removing a descriptor does not close it.",
           "After loop_remove the descriptor was closed.");
    expect_run(loop, 0, "with two descriptors, of which the first was removed before");
    expect_calls(second, 1, "What is still watched is called back.");
    end_loop(loop);
}

/* ---- callbacks -------------------------------------------------------------------------------------------------- */

/* Whatever has the first seat's number next is in the second seat. */
static void hand_over_the_number(struct seat *self)
{
    struct seat *heir = &seats[1];
    int number = self->fd;

    unwatch(self);
    close_own(number);
    heir->fd = move_fd(heir->fd, number);
    watch(self->loop, heir, EPOLLIN | EPOLLONESHOT);
}

TEST(a_callback_may_give_its_number_to_a_new_descriptor)
{
    struct loop *loop = make_loop();
    struct seat *first = seat_with_a_byte("a one-shot pipe", hand_over_the_number);
    struct seat *heir = seat_with_a_byte("the pipe that has that number now", unwatch);

    watch(loop, first, EPOLLIN | EPOLLONESHOT);
    expect_run(loop, 0, "whose callback closes its descriptor and adds another one of the same number");
    expect_calls(first, 1, one_shot);
    expect_events(heir, EPOLLIN);
    end_loop(loop);
}

enum { MANY = 300, MANY_FROM = 500 };
static unsigned called_of_many[MANY];

static void on_one_of_many(struct loop *loop, int fd, uint32_t events, void *arg)
{
    unsigned *calls = arg;

    progress();
    expect(events == EPOLLIN && fd == MANY_FROM + (calls - called_of_many) && ++*calls == 1,
           "Each callback is called once, with its own descriptor and arg.",
           "With %d descriptors added by a callback, one of them, %d, was called with the arg of another, or twice.",
           MANY, fd);
    expect_int(CALL(loop_remove(loop, fd)), 0, "loop_remove, of a descriptor that a callback has added,");
}

static void add_many(struct seat *self)
{
    for (int i = 0; i < MANY; i++)
        expect_int(CALL(loop_add(self->loop, MANY_FROM + i, EPOLLIN, on_one_of_many, &called_of_many[i])), 0,
                   "loop_add, of one of %d descriptors, in a callback,", MANY);
    unwatch(self);
}

TEST(a_callback_may_add_many_descriptors)
{
    expect_room_for(MANY_FROM + MANY);

    struct loop *loop = make_loop();
    struct seat *seat = seat_with_a_byte("a pipe", add_many);

    for (int i = 0; i < MANY; i++)
        (void)dup2(seat->fd, MANY_FROM + i);
    watch(loop, seat, EPOLLIN);
    expect_run(loop, 0, "whose callback adds 300 descriptors");
    for (int i = 0; i < MANY; i++)
        expect(called_of_many[i] == 1, "Each callback is called once.",
               "Of %d descriptors added by a callback one was never called back.", MANY);
    (void)close_range(MANY_FROM, MANY_FROM + MANY - 1, 0);
    end_loop(loop);
}

/* ---- events that have been fetched ------------------------------------------------------------------------------ */

TEST(an_event_fetched_before_a_removal_is_not_delivered)
{
    struct loop *loop = make_loop();

    for (int i = 0; i < 3; i++)
        watch(loop, seat_with_a_byte("one of three pipes", unwatch_all), EPOLLIN);
    expect_run(loop, 0, "with three ready descriptors, of which the first callback removes all");
    expect(seats[0].calls + seats[1].calls + seats[2].calls == 1, "The first callback is the last.",
           "Three callbacks were called %u times altogether, though the first removed all.",
           seats[0].calls + seats[1].calls + seats[2].calls);
    end_loop(loop);
}

static struct seat *other_than(const struct seat *self)
{
    return &seats[self == &seats[0] ? 1 : 0];
}

static void write_to_the_heir(void *arg)
{
    put_a_byte(((struct seat *)arg)->other);
}

/*
 * Two descriptors are ready. The callback that is called first removes both, closes the other one, gives its number to
 * a new pipe, and adds that. The pipe is empty until the loop waits again: a call before that is for what had the
 * number before.
 */
static void replace_the_other(struct seat *self)
{
    struct seat *other = other_than(self), *heir = &seats[2];

    unwatch(other);
    close_own(other->fd);
    heir->fd = move_fd(heir->fd, other->fd);
    watch(self->loop, heir, EPOLLIN);
    unwatch(self);
    before_call(IN_PARENT, CALL_EPOLL_WAIT, calls_made(CALL_EPOLL_WAIT) + 1, write_to_the_heir, heir);
}

static void check_that_it_is_mine(struct seat *self)
{
    expect(readable(self->fd), "An event is never delivered to a later registration of the same number.",
           "The callback of a pipe that was just opened and added as descriptor %d was called, with nothing to read:"
           " the event was for what had that number before.",
           self->fd);
    unwatch(self);
}

TEST(a_stale_event_does_not_reach_a_new_descriptor_of_the_same_number)
{
    struct loop *loop = make_loop();
    struct seat *first = seat_with_a_byte("the first pipe", replace_the_other);
    struct seat *second = seat_with_a_byte("the second pipe", replace_the_other);
    struct ends ends = make_pipe();
    struct seat *heir = make_seat("the new pipe", ends.read, ends.write, check_that_it_is_mine);

    watch(loop, first, EPOLLIN);
    watch(loop, second, EPOLLIN);
    expect_run(loop, 0, "whose first callback replaces the other descriptor by a new one");
    expect_calls(heir, 1, "The new descriptor is reported when there is something to read.");
    end_loop(loop);
}

/* The same with the descriptor itself added again, for EPOLLOUT; 256 times, for who counts generations in a byte. */
static void add_the_other_anew(struct seat *self)
{
    struct seat *other = other_than(self), *heir = &seats[2];

    unwatch(other);
    heir->fd = other->fd;
    for (int i = 0; i < 256; i++) {
        watch(self->loop, heir, EPOLLOUT);
        if (i < 255)
            unwatch(heir);
    }
    unwatch(self);
}

TEST(a_stale_event_does_not_reach_a_later_registration)
{
    struct loop *loop = make_loop();
    struct seat *first = seat_with_a_socket("the first socket", add_the_other_anew);
    struct seat *second = seat_with_a_socket("the second socket", add_the_other_anew);
    struct seat *heir = make_seat("a socket that was removed, and added again for EPOLLOUT only", -1, -1, unwatch);

    watch(loop, first, EPOLLIN);
    watch(loop, second, EPOLLIN);
    expect_run(loop, 0, "whose first callback removes the other descriptor and adds it again, many times");
    expect_events(heir, EPOLLOUT);
    end_loop(loop);
}

static uint32_t way_of_telling; /* 0, EPOLLONESHOT or EPOLLET */

static void change_the_other(struct seat *self)
{
    struct seat *other = other_than(self);

    change(other, EPOLLOUT | way_of_telling);
    other->act = unwatch;
    unwatch(self);
}

TEST(an_event_fetched_before_a_modify_is_not_delivered_for_the_old_events)
{
    static const uint32_t ways[] = {0, EPOLLONESHOT, EPOLLET};

    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct loop *loop = make_loop();
        seat_count = 0;
        struct seat *first = seat_with_a_socket("the first socket", change_the_other);
        struct seat *second = seat_with_a_socket("the second socket", change_the_other);

        way_of_telling = ways[i];
        watch(loop, first, EPOLLIN | way_of_telling);
        watch(loop, second, EPOLLIN | way_of_telling);
        expect_run(loop, 0, "whose first callback changes the other descriptor's events");
        struct seat *changed = first->act == unwatch ? first : second;
        changed->name = "a socket that was changed from EPOLLIN to EPOLLOUT";
        expect_events(changed, EPOLLOUT);
        end_loop(loop);
    }
}

/* ---- stop ------------------------------------------------------------------------------------------------------- */

static void stop(struct seat *self)
{
    CALL_VOID(loop_stop(self->loop));
}

static unsigned all_calls(void)
{
    unsigned calls = 0;

    for (size_t i = 0; i < seat_count; i++)
        calls += seats[i].calls;
    return calls;
}

TEST(stop_ends_the_run_when_the_callback_returns)
{
    struct loop *loop = make_loop();

    for (int i = 0; i < 3; i++)
        watch(loop, seat_with_a_byte("one of three pipes", stop), EPOLLIN);
    expect_run(loop, 1, "with three ready descriptors, whose first callback stops it");
    expect(all_calls() == 1, "After loop_stop no further callback is called.",
           "With three ready descriptors, of which the first stopped the loop, %u callbacks were called.", all_calls());
    unwatch_all(NULL);
    end_loop(loop);
}

TEST(stop_before_the_run_ends_it_at_once_and_the_next_one_goes_on)
{
    struct loop *loop = make_loop();
    struct seat *seat = seat_with_a_byte("a pipe", unwatch);

    watch(loop, seat, EPOLLIN);
    for (int i = 0; i < 2; i++) {
        CALL_VOID(loop_stop(loop));
        CALL_VOID(loop_stop(loop)); /* stopped is stopped: it holds for one loop_run */
        expect_run(loop, 1, "after loop_stop was called twice");
        expect_calls(seat, 0, "loop_stop, called outside of loop_run, ends the next loop_run at once.");
    }
    struct ends silent = make_pipe();
    struct loop *quiet = make_loop();
    watch(quiet, make_seat("a pipe in which nothing is", silent.read, silent.write, unwatch), EPOLLIN);
    CALL_VOID(loop_stop(quiet));
    expect_run(quiet, 1, "of a loop that was stopped before, and in which nothing is ready");
    CALL_VOID(loop_destroy(quiet));
    seats[1].watched = false;
    expect_run(loop, 0, "again, when the loop was stopped before the last time, and not since");
    expect_calls(seat, 1, "A stop holds for one loop_run; the next one calls back what is ready.");
    end_loop(loop);
}

static void stop_and_unwatch(struct seat *self)
{
    stop(self);
    unwatch(self);
}

TEST(stop_wins_over_an_empty_loop)
{
    struct loop *loop = make_loop();
    struct seat *seat = seat_with_a_byte("a pipe", stop_and_unwatch);

    CALL_VOID(loop_stop(loop));
    expect_run(loop, 1, "of an empty loop, after loop_stop was called");
    expect_run(loop, 0, "of an empty loop that had been stopped before");
    watch(loop, seat, EPOLLIN);
    expect_run(loop, 1, "whose only callback stops it and removes the only descriptor");
    end_loop(loop);
}

/* Runs a loop of eight seats that stop it until each of them should have been called. */
static void run_eight_times(struct loop *loop)
{
    for (int i = 0; i < 8; i++)
        expect_run(loop, 1,
                   i == 0 ? "with eight ready descriptors whose callbacks stop it"
                          : "again, with what was not called back before");
    for (size_t i = 0; i < seat_count; i++)
        expect_calls(&seats[i], 1,
                     "What was ready and not called back before the stop is called back when the loop"
                     " is run again: each once.");
}

TEST(a_stopped_loop_loses_no_level_triggered_event)
{
    struct loop *loop = make_loop();

    for (int i = 0; i < 8; i++)
        watch(loop, seat_with_a_byte("one of eight pipes", stop_and_unwatch), EPOLLIN);
    run_eight_times(loop);
    expect_run(loop, 0, "when everything is removed");
    end_loop(loop);
}

TEST(a_stopped_loop_loses_no_one_shot_event)
{
    struct loop *loop = make_loop();

    for (int i = 0; i < 8; i++)
        watch(loop, seat_with_a_byte("one of eight one-shot pipes", stop),
              i < 4 ? EPOLLIN | EPOLLONESHOT | (i % 2 == 0 ? 0 : EPOLLET) : EPOLLIN);
    for (int i = 4; i < 8; i++) /* these have become one-shots */
        change(&seats[i], EPOLLIN | EPOLLONESHOT);
    run_eight_times(loop);
    unwatch_all(NULL);
    end_loop(loop);
}

/* What an event that was fetched and not delivered was for may be gone when the loop is run again. */
static void write_and_unwatch(struct seat *self)
{
    expect(!(self->events & EPOLLIN), "What was fetched before a loop_modify is not delivered for the old events.",
           "A one-shot socket that was changed to EPOLLOUT while the loop was stopped was reported with %s.",
           event_names(self->events));
    put_a_byte(seats[3].other);
    unwatch(self);
}

TEST(what_a_stop_held_back_is_void_after_a_removal_or_a_change)
{
    struct loop *loop = make_loop();

    for (int i = 0; i < 3; i++)
        watch(loop, seat_with_a_socket("one of three one-shot sockets", stop), EPOLLIN | EPOLLONESHOT);
    struct ends ends = make_pipe();
    struct seat *heir = make_seat("the new pipe", ends.read, ends.write, check_that_it_is_mine);
    expect_run(loop, 1, "with three ready one-shots, whose first callback stops it");
    expect(all_calls() == 1, "After loop_stop no further callback is called.", "%u callbacks were called.",
           all_calls());

    struct seat *fired = seats[0].calls ? &seats[0] : seats[1].calls ? &seats[1] : &seats[2];
    struct seat *removed = fired == &seats[0] ? &seats[1] : &seats[0];
    struct seat *changed = &seats[3 - (fired - seats) - (removed - seats)];
    unwatch(fired);
    unwatch(removed);
    close_own(removed->fd);
    heir->fd = move_fd(heir->fd, removed->fd);
    watch(loop, heir, EPOLLIN);
    changed->act = write_and_unwatch;
    change(changed, EPOLLOUT);
    expect_run(loop, 0, "again, one descriptor having been replaced and another one changed");
    expect_calls(changed, 1, "A descriptor that was changed is reported for its new events.");
    expect_calls(heir, 1, "A new descriptor is reported when there is something to read.");
    end_loop(loop);
}

/* ---- waiting ---------------------------------------------------------------------------------------------------- */

TEST(run_passes_on_the_error_of_a_wait)
{
    struct loop *loop = make_loop();
    struct seat *seat = seat_with_a_byte("a pipe", do_nothing);

    watch(loop, seat, EPOLLIN);
    make_fail(IN_PARENT, CALL_EPOLL_WAIT, EVERY_CALL, ENOMEM);
    expect_error(CALL(loop_run(loop)), ENOMEM, "loop_run, when epoll cannot wait (ENOMEM),");
    unwatch(seat);
    end_loop(loop);
}

static bool write_once_when_idle(void *arg)
{
    struct seat *seat = arg;

    if (seat->other == -1)
        return false;
    put_a_byte(seat->other);
    seat->other = -1;
    return true;
}

static void no_wait_is_timed(void *arg)
{
    const struct board_call *call = last_call();

    (void)arg;
    expect(call->result != 0, "loop_run waits in epoll without a time-out.",
           "%s() (" PLACE ") came back with nothing: it had a time-out.", call->name, (unsigned long)call->caller);
}

/*
 * The first wait finds a byte. Then nothing is there: twice a signal comes after a hundred days, and then the writer
 * writes. A wait with a time-out would be over before.
 */
TEST(run_waits_in_epoll_until_something_happens)
{
    static const long hundred_days = 100L * 24 * 60 * 60 * 1000;
    struct loop *loop = make_loop();
    struct seat *seat = seat_with_a_byte("a pipe", drink);
    unsigned waits = calls_made(CALL_EPOLL_WAIT);

    seat->until = 2;
    watch(loop, seat, EPOLLIN);
    interrupt_wait(IN_PARENT, CALL_EPOLL_WAIT, waits + 2, hundred_days);
    interrupt_wait(IN_PARENT, CALL_EPOLL_WAIT, waits + 3, hundred_days);
    after_call(IN_PARENT, CALL_EPOLL_WAIT, EVERY_CALL, no_wait_is_timed, NULL);
    when_idle(write_once_when_idle, seat);
    expect_run(loop, 0, "with a pipe whose writer is silent, while signals come and interrupt the wait");
    expect_calls(seat, 2, "The callback is called when there is something to read, whatever interrupts meanwhile.");
    end_loop(loop);
}

TEST(run_lets_no_blocked_signal_in)
{
    struct loop *loop = make_loop();
    struct ends ends = make_pipe();
    struct seat *seat = make_seat("a pipe", ends.read, ends.write, drink);

    seat->until = 1;
    watch(loop, seat, EPOLLIN);
    send_blocked_signal();
    when_idle(write_once_when_idle, seat);
    expect_run(loop, 0, "with a pipe whose writer is silent for a while");
    expect_still_blocked("loop_run");
    end_loop(loop);
}

/* ---- two loops -------------------------------------------------------------------------------------------------- */

/* A pipe that the outer loop watches: the first to be called runs the inner loop, which is stopped for once. */
static void run_the_inner_loop(struct seat *self)
{
    struct loop *inner = seats[3].loop;

    if (all_calls() == 1) {
        CALL_VOID(loop_stop(inner));
        expect_run(inner, 1, "of an inner loop that was stopped, in a callback of an outer one");
        expect_run(inner, 0, "of an inner loop with three ready descriptors, in a callback of an outer one");
        for (int i = 3; i < 6; i++)
            expect_calls(&seats[i], 1, "The inner loop calls back what it watches itself.");
    }
    unwatch(self);
}

TEST(two_loops_do_not_know_each_other)
{
    struct loop *outer = make_loop(), *inner = make_loop();

    for (int i = 0; i < 3; i++)
        watch(outer, seat_with_a_byte("a one-shot pipe of the outer loop", run_the_inner_loop), EPOLLIN | EPOLLONESHOT);
    for (int i = 0; i < 3; i++)
        watch(inner, seat_with_a_byte("a one-shot pipe of the inner loop", unwatch), EPOLLIN | EPOLLONESHOT);
    expect_run(outer, 0, "of an outer loop, one of whose callbacks runs another loop");
    for (int i = 0; i < 3; i++)
        expect_calls(&seats[i], 1, "The outer loop goes on with what it had fetched.");
    CALL_VOID(loop_destroy(inner));
    end_loop(outer);
}

/* ---- epoll_merge: the set --------------------------------------------------------------------------------------- */

TEST(merge_adds_each_source_once)
{
    set_stage(3);
    begin_script(SCRIPT({1, "first", false}, {2, "second", false}, {1, "third", true}, {2, "fourth", false},
                        {2, NULL, true}, {0, "last", true}));
    expect_int(merge(stage.fds, 3), 0, "epoll_merge, for three sources that speak in turn,");
    for (size_t i = 0; i < 3; i++) {
        const struct board_call *call = NULL;
        unsigned added = 0;

        while ((call = next_call(call)) != NULL)
            added += call->kind == CALL_EPOLL_CTL && call->size == EPOLL_CTL_ADD && call->argument == stage.fds[i];
        expect(added == 1, "Each source is added to the set once.",
               "For source %zu, which spoke twice or less and ended, epoll_merge called epoll_ctl with EPOLL_CTL_ADD %u"
               " times.",
               i, added);
    }
}

/* Does the set have an entry of FD that can still wake somebody up? (A one-shot that has fired cannot.) */
static bool is_in_set(int epoll, int fd)
{
    static const unsigned ways_of_telling = EPOLLET | EPOLLONESHOT | EPOLLWAKEUP | EPOLLEXCLUSIVE;
    char path[48], line[256];
    bool is_there = false;
    unsigned events;
    int member;

    (void)snprintf(path, sizeof path, "/proc/self/fdinfo/%d", epoll);
    FILE *info = fopen(path, "re");
    if (info == NULL)
        fail_test(VERDICT_GRADER_ERROR, "", "The suite cannot read %s: %s.", path, strerror(errno));
    while (fgets(line, sizeof line, info) != NULL)
        if (sscanf(line, "tfd: %d events: %x", &member, &events) == 2 && member == fd)
            is_there = is_there || (events & ~ways_of_telling) != 0;
    (void)fclose(info);
    return is_there;
}

static bool check_the_set(void *arg)
{
    expect(!is_in_set(fd_of_call(), stage.fds[0]), "A source that has ended is taken out of the set.",
           "When source 0 had ended and epoll_merge waited for source 1, source 0 was still in the epoll set.");
    return next_line(arg);
}

TEST(merge_takes_an_ended_source_out_of_the_set)
{
    set_stage(2);
    leaves(0);
    begin_script(SCRIPT({1, "a", false}, {1, "b", true}));
    when_idle(check_the_set, NULL);
    expect_int(merge(stage.fds, 2), 0, "epoll_merge, for a source that has ended and one that goes on,");
}

/* ---- epoll_merge: files ----------------------------------------------------------------------------------------- */

/* A regular file with these bytes in it, to be read from its beginning. */
static int make_file_of(const unsigned char *bytes, size_t len)
{
    int fd = make_file();

    put_bytes(fd, bytes, len);
    (void)lseek(fd, 0, SEEK_SET);
    return fd;
}

TEST(merge_reads_a_regular_file_to_its_end)
{
    set_stage(1);
    const int fds[] = {make_file_of(BYTES("a file of\0thirty bytes, or so.")), stage.fds[0],
                       make_file_of(BYTES("not this, but that"))};
    const int alone = make_file_of(BYTES("all alone"));

    says(0, BYTES("a pipe"));
    leaves(0);
    make_short(IN_PARENT, CALL_READ, EVERY_CALL, 20);
    (void)lseek(fds[2], 10, SEEK_SET); /* a file is read from where its offset is, as by read() */
    expect_int(merge(fds, 3), 0, "epoll_merge, for a regular file, a pipe, and another file,");
    expect_heard(2, BYTES("but that"));
    expect_heard(0, BYTES("a file of\0thirty bytes, or so."));
    expect_heard(1, BYTES("a pipe"));
    expect_int(merge(&alone, 1), 0, "epoll_merge, for a regular file alone,");
    expect_heard(0, BYTES("all alone"));
}

/* Source 0 is a file. */
static struct {
    int fd;
    unsigned reads; /* before source 1 was heard */
    bool has_ended; /* a read has given 0 */
} file;

static void file_was_read(void *arg)
{
    const struct board_call *call = last_call();

    (void)arg;
    if (call->argument != file.fd)
        return;
    if (heard[1].len == 0)
        file.reads++;
    if (call->result == 0)
        file.has_ended = true;
}

TEST(merge_reads_a_file_once_a_round)
{
    set_stage(2);
    says(1, BYTES("me too"));
    leaves(1);
    file.fd = stage.fds[0] = make_file_of(BYTES("fifty bytes, of which a read is given five at most"));
    make_short(IN_PARENT, CALL_READ, EVERY_CALL, 5);
    after_call(IN_PARENT, CALL_READ, EVERY_CALL, file_was_read, NULL);
    expect_int(merge(stage.fds, 2), 0, "epoll_merge, for a regular file and a pipe with data,");
    expect(file.reads <= 3, "A file is read once a round, like the others.",
           "epoll_merge read a file %u times before it read a pipe that had data all the time.", file.reads);
    expect_heard(1, BYTES("me too"));
}

static void end_flood_when_file_is_heard(void)
{
    if (heard[1].len > 0)
        flood.left = 1;
}

TEST(merge_lets_no_flood_starve_a_file)
{
    set_stage(1);
    (void)fcntl(stage.writes[0], F_SETPIPE_SZ, 4096);
    const int fds[] = {stage.fds[0], make_file_of(BYTES("a file"))};

    begin_flood(SIZE_MAX);
    flood.has_spoken = true;
    after_call(IN_PARENT, CALL_READ, EVERY_CALL, count_turns, NULL);
    audience.then = end_flood_when_file_is_heard;
    expect_int(merge(fds, 2), 0, "epoll_merge, for a pipe that always has more and a regular file,");
    expect_heard(1, BYTES("a file"));
}

/* In these tests a wait in which nothing happens does not come to an end by itself, unless it has a time-out. */
static void check_for_a_time_out(void *arg)
{
    const struct board_call *call = last_call();

    (void)arg;
    if (call->result == 0 && file.has_ended)
        fail_test(VERDICT_FAIL,
                  "When nothing is there to read, and no regular file is unfinished, epoll_merge waits in epoll"
                  " without a time-out.",
                  "%s() (" PLACE ") came back with nothing: it had a time-out, though no regular file was unfinished.",
                  call->name, (unsigned long)call->caller);
}

TEST(merge_waits_without_a_time_out_unless_a_file_is_unfinished)
{
    set_stage(2);
    after_call(IN_PARENT, CALL_EPOLL_WAIT, EVERY_CALL, check_for_a_time_out, NULL);
    after_call(IN_PARENT, CALL_READ, EVERY_CALL, file_was_read, NULL);
    stage.must_hear = true;
    file.has_ended = true; /* there is none at first */
    file.fd = -1;
    begin_script(SCRIPT({0, "a", true}, {1, "b", true}));
    expect_int(merge(stage.fds, 2), 0, "epoll_merge, for two sources that speak in turn,");

    struct ends ends = make_pipe();
    stage.fds[0] = file.fd = make_file_of(BYTES("a file"));
    stage.fds[1] = ends.read;
    stage.writes[1] = ends.write;
    stage.written[0] = 6;
    stage.written[1] = 0;
    file.has_ended = false;
    begin_script(SCRIPT({1, "c", false}, {1, "d", true}));
    expect_int(merge(stage.fds, 2), 0, "epoll_merge, for a regular file and a pipe that is silent for a while,");
    expect_heard(0, BYTES("a file"));
    expect_heard(1, BYTES("cd"));
}

/* ---- epoll_merge: errors ---------------------------------------------------------------------------------------- */

static void expect_nothing_read(const char *when)
{
    expect(calls_made(CALL_READ) == 0 && audience.calls == 0, "Nothing is read before it is clear that all can be.",
           "epoll_merge read from one source before it found that %s.", when);
}

TEST(merge_fails_before_it_reads_anything)
{
    set_stage(1);
    const int fds[] = {make_file_of(BYTES("a file")), closed_fd()};

    says(0, BYTES("abc"));
    leaves(0);
    expect_error(merge(fds, 2), EBADF, "epoll_merge, for a regular file and a descriptor that is not open,");
    expect_nothing_read("another one is not open");
    make_fail(IN_PARENT, CALL_EPOLL_CREATE, EVERY_CALL, EMFILE);
    expect_error(merge(stage.fds, 1), EMFILE, "epoll_merge, when the process has no descriptor left for a set,");
    expect_nothing_read("it could have no epoll descriptor");
    steer_no_more();
    make_fail(IN_PARENT, CALL_EPOLL_CTL, calls_made(CALL_EPOLL_CTL) + 1, ENOSPC);
    expect_error(merge(stage.fds, 1), ENOSPC, "epoll_merge, when epoll_ctl could watch no more descriptors (ENOSPC),");
    expect_nothing_read("it could not be watched");
}

TEST(merge_stops_and_fails_on_a_file_as_on_others)
{
    int first = make_file_of(BYTES("a file")), second = make_file_of(BYTES("a file"));
    int directory = own_fd(open("/", O_RDONLY | O_DIRECTORY));

    set_stage(0);
    make_short(IN_PARENT, CALL_READ, EVERY_CALL, 3);
    audience.stop_at = 1;
    audience.stop_with = 256;
    expect_int(merge(&first, 1), 1, "epoll_merge, when on_chunk had returned 256 for a piece of a file,");
    expect(audience.calls == 1, "When on_chunk has said stop it is not called any more.",
           "on_chunk was called %u times.", audience.calls);
    audience.stop_at = 0;
    int result = merge(&directory, 1);
    expect(result == -1 && (errno == EISDIR || errno == EPERM), "-1 with EISDIR, as read() has it, or EPERM.",
           "epoll_merge, for a directory, gave %d with errno %s.", result, errno == 0 ? "0" : strerrorname_np(errno));
    make_fail(IN_PARENT, CALL_READ, EVERY_CALL, EIO);
    expect_error(merge(&second, 1), EIO, "epoll_merge, when a read of a regular file failed with EIO,");
}

int main(void)
{
    return run_suite("06-epoll");
}
