/*
 * check_poll_merge.c - the suite of 05-poll: poll_ready, poll_merge, poll_copy.
 *
 * What the first two have in common with the functions of 04 and 06 is in tests/support/ready_tests.h and merge_tests.h.
 * For poll_copy the test is both the writer before `in` and the reader behind `out`; at idle moments, those in which
 * poll_copy waits and nothing is there, one of them does something.
 */
#define _GNU_SOURCE
#include "poll_merge.h"

#define MERGE poll_merge
#define MERGE_WAIT CALL_POLL
#define MERGE_WAITS_IN "poll"
#define MERGE_SKIPS_NEGATIVE
#include "merge_tests.h"

#define READY poll_ready
#define READY_WAIT CALL_POLL
#include "ready_tests.h"

/* ---- poll_ready: what only poll has ---------------------------------------------------------------------------------- */

TEST(ready_takes_numbers_beyond_fd_setsize)
{
    need_open_files(5001);
    set_stage(2);
    stage.fds[0] = move_fd(stage.fds[0], 1024);
    stage.fds[1] = move_fd(stage.fds[1], 5000);
    says(0, BYTES("x"));
    says(1, BYTES("x"));
    expect_int(look(stage.fds, 2, 1000, false), 2, "poll_ready, for the descriptors 1024 and 5000, which have data,");
    expect_marks("11", "for the descriptors 1024 and 5000, which have data");
}

TEST(ready_skips_negative_descriptors)
{
    set_stage(1);
    const int fds[] = {-1, stage.fds[0], -5};
    const int none[] = {-1, -2};

    says(0, BYTES("x"));
    expect_int(look(fds, 3, 1000, true), 1, "poll_ready, for {-1, a pipe with data, -5},");
    expect_marks("010", "for {-1, a pipe with data, -5}");
    expect_int(look(none, 2, 500, true), 0, "poll_ready, for {-1, -2}, with a time-out of 500 ms,");
    expect_elapsed(500, "for {-1, -2}, with a time-out of 500 ms");
    expect_marks("00", "for {-1, -2}");
}

TEST(ready_counts_a_hang_up_and_an_error_condition)
{
    set_stage(3);
    leaves(0);
    close_own(stage.fds[1]);
    const int fds[] = {stage.fds[0], stage.writes[1], stage.fds[2]};

    expect_int(look(fds, 3, 1000, false), 2,
               "poll_ready, for a pipe whose writer has gone, one whose reader has gone, "
               "and a silent one,");
    expect_marks("110", "for a pipe whose writer has gone, one whose reader has gone, and a silent one");
}

TEST(ready_survives_a_refused_allocation)
{
    set_stage(2);
    says(1, BYTES("x"));
    for (unsigned k = 1; k <= 3; k++) {
        make_fail(IN_PARENT, CALL_ALLOC, calls_made(CALL_ALLOC) + k, ENOMEM);
        int result = look(stage.fds, 2, 1000, false);
        steer_no_more();
        if (result == -1)
            expect_error(result, ENOMEM, "poll_ready, when allocation number %u was refused,", k);
        else
            expect_int(result, 1, "poll_ready, when allocation number %u was refused,", k);
    }
}

/* ---- poll_copy: the stage -------------------------------------------------------------------------------------------- */

enum { LIMIT = 64 * 1024, A_LITTLE = 8192, PLENTY = 4 * LIMIT };

static struct {
    int in, feed;       /* the pipe that poll_copy reads, and the test's end of it; -1: closed */
    int out, sink;      /* the pipe that it writes, and the test's end */
    unsigned char *fed; /* what was written for `in` */
    unsigned char *got; /* what came out, behind what was in the pipe before */
    size_t room;        /* for each of the two */
    size_t fed_len, got_len;
    unsigned steps;
    size_t held, most_held; /* bytes read and not yet written, as the calls show */
    size_t filler;          /* bytes in the pipe before the copy began */
} copy;

static void make_nonblocking(int fd)
{
    (void)fcntl(fd, F_SETFL, O_NONBLOCK);
    accept_flags(fd);
}

/* For a copy of ROOM bytes at most, counting what fill_out puts into the pipe. */
static void set_copy_stage_for(size_t room)
{
    struct ends source = make_pipe();
    struct ends target = make_pipe();

    stop_the_clock();
    memset(&copy, 0, sizeof copy);
    copy.in = source.read;
    copy.feed = source.write;
    copy.out = target.write;
    copy.sink = target.read;
    make_nonblocking(copy.in);
    make_nonblocking(copy.out);
    copy.room = room;
    copy.fed = shared_memory(room);
    copy.got = shared_memory(room);
}

static void set_copy_stage(void)
{
    set_copy_stage_for(A_LITTLE);
}

static void feed(const unsigned char *bytes, size_t len)
{
    put_bytes(copy.feed, bytes, len);
    memcpy(copy.fed + copy.fed_len, bytes, len);
    copy.fed_len += len;
}

static void feed_ends(void)
{
    close_own(copy.feed);
    copy.feed = -1;
}

/* The reader takes MOST bytes, if there are so many. False: there was nothing. */
static bool take(size_t most)
{
    if (most > copy.room - copy.got_len)
        most = copy.room - copy.got_len;
    size_t len = take_available(copy.sink, copy.got + copy.got_len, most);
    copy.got_len += len;
    return len > 0;
}

/* A small pipe is full soon. */
static void fill_out(void *arg)
{
    (void)arg;
    (void)fcntl(copy.out, F_SETPIPE_SZ, 4096);
    copy.filler += fill_pipe(copy.out);
}

/* What has arrived behind the filler is what was fed, all of it, and that is what poll_copy says. */
static void expect_copied(ssize_t result, const char *what)
{
    expect_int((long)result, (long)copy.fed_len, "poll_copy, %s,", what);
    while (take(A_LITTLE))
        ;
    expect_bytes(copy.got + copy.filler, copy.got_len - copy.filler, copy.fed, copy.fed_len,
                 "The pipe behind poll_copy, %s,", what);
}

static ssize_t copy_it(void)
{
    return CALL(poll_copy(copy.in, copy.out));
}

/* ---- poll_copy: bytes and ends --------------------------------------------------------------------------------------- */

TEST(copy_carries_every_byte_and_says_how_many)
{
    set_copy_stage();
    feed(BYTES("a\0b\xff\0c"));
    feed_ends();
    expect_copied(copy_it(), "for 6 bytes, NULs among them");
}

TEST(copy_writes_on_after_a_short_write)
{
    set_copy_stage();
    feed(BYTES("seven b"));
    feed_ends();
    make_short(IN_PARENT, CALL_WRITE, EVERY_CALL, 2);
    expect_copied(copy_it(), "when each write took 2 bytes at most");
}

TEST(copy_of_an_empty_input_is_nothing)
{
    set_copy_stage();
    feed_ends();
    expect_copied(copy_it(), "of an input that is at its end");
}

TEST(copy_reads_on_after_a_hang_up)
{
    static unsigned char bytes[3000];

    set_copy_stage();
    make_pattern(bytes, sizeof bytes, 7);
    feed(bytes, sizeof bytes);
    feed_ends();
    make_short(IN_PARENT, CALL_READ, EVERY_CALL, 700);
    expect_copied(copy_it(), "when the writer had gone and 3000 bytes were left");
}

static bool reader_takes(void *arg)
{
    (void)arg;
    return take(3000);
}

TEST(copy_writes_the_rest_after_the_end_of_the_input)
{
    set_copy_stage();
    fill_out(NULL);
    feed(BYTES("the rest"));
    feed_ends();
    when_idle(reader_takes, NULL);
    expect_copied(copy_it(), "when the input had ended while there was no room for 8 bytes");
}

TEST(copy_takes_descriptor_0)
{
    int kept = fcntl(0, F_DUPFD_CLOEXEC, 100);

    set_copy_stage();
    feed(BYTES("abc"));
    feed_ends();
    (void)dup2(copy.in, 0);
    ssize_t result = CALL(poll_copy(0, copy.out));
    int error = errno;
    (void)dup2(kept, 0);
    (void)close(kept);
    errno = error;
    expect_copied(result, "from descriptor 0");
}

/* ---- poll_copy: waiting ------------------------------------------------------------------------------------------------ */

/* Three times a word, each of which has to be out before the next one; then the end. */
static bool writer_speaks(void *arg)
{
    (void)arg;
    (void)take(A_LITTLE);
    expect(copy.got_len == copy.fed_len, "What can be written is written before poll_copy waits for more.",
           "poll_copy waited for more, though of %zu bytes that it had been given only %zu had come out.", copy.fed_len,
           copy.got_len);
    if (copy.steps == 4)
        return false;
    if (copy.steps++ < 3)
        feed(BYTES("word"));
    else
        feed_ends();
    return true;
}

TEST(copy_waits_while_there_is_nothing_to_write)
{
    set_copy_stage();
    when_idle(writer_speaks, NULL);
    expect_copied(copy_it(), "of an input that speaks now and then");
}

/* As much as fits into the pipe, and not more than there is room for in all. */
static void feed_all_that_fits(void *arg)
{
    (void)arg;
    if (copy.feed == -1)
        return;
    ssize_t written = write(copy.feed, copy.fed + copy.fed_len, copy.room - copy.filler - copy.fed_len);
    if (written > 0)
        copy.fed_len += (size_t)written;
}

static void count_held(void *arg)
{
    const struct board_call *call = last_call();

    (void)arg;
    if (call->result <= 0)
        return;
    if (call->kind == CALL_READ)
        copy.held += (size_t)call->result;
    else
        copy.held -= (size_t)call->result;
    if (copy.held > copy.most_held)
        copy.most_held = copy.held;
}

/* First, when there is no room anywhere, the writer goes; then the reader begins to take. */
static bool writer_goes_then_reader_takes(void *arg)
{
    (void)arg;
    if (copy.feed == -1)
        return take(3000);
    feed_ends();
    return true;
}

/* `out` is full, and `in` always has more. */
static ssize_t copy_without_room(void)
{
    set_copy_stage_for(PLENTY);
    make_pattern(copy.fed, PLENTY, 5);
    make_nonblocking(copy.feed);
    fill_out(NULL);
    before_call(IN_PARENT, CALL_POLL, EVERY_CALL, feed_all_that_fits, NULL);
    before_call(IN_PARENT, CALL_READ, EVERY_CALL, feed_all_that_fits, NULL);
    after_call(IN_PARENT, CALL_READ, EVERY_CALL, count_held, NULL);
    after_call(IN_PARENT, CALL_WRITE, EVERY_CALL, count_held, NULL);
    when_idle(writer_goes_then_reader_takes, NULL);
    return copy_it();
}

TEST(copy_waits_while_there_is_no_room)
{
    expect_copied(copy_without_room(), "when there was no room, and the writer went meanwhile");
}

TEST(copy_holds_at_most_64_kib)
{
    ssize_t result = copy_without_room();

    expect(copy.most_held <= LIMIT, "At most 64 KiB are held: then it stops reading, and the writer has to wait.",
           "poll_copy, whose reader took nothing, held %zu bytes that were read and not yet written.", copy.most_held);
    expect_int((long)result, (long)copy.fed_len, "poll_copy, whose reader took nothing for a long time,");
}

/* ---- poll_copy: a reader that goes ------------------------------------------------------------------------------------- */

static bool reader_goes(void *arg)
{
    (void)arg;
    if (copy.sink == -1)
        return false;
    close_own(copy.sink);
    copy.sink = -1;
    return true;
}

TEST(copy_notices_that_its_reader_has_gone_while_the_input_is_silent)
{
    set_copy_stage();
    feed(BYTES("x"));
    when_idle(reader_goes, NULL);
    expect_error(copy_it(), EPIPE, "poll_copy, when its reader went while the input was silent,");
}

TEST(copy_says_epipe_when_a_write_finds_no_reader)
{
    set_copy_stage();
    fill_out(NULL);
    feed(BYTES("abc"));
    when_idle(reader_goes, NULL);
    expect_error(copy_it(), EPIPE, "poll_copy, when its reader went before all was written,");
}

/* ---- poll_copy: interruptions, and wake-ups for nothing ------------------------------------------------------------------ */

/* A word, a signal, another word, the end; and the reader takes what has come. */
static bool signal_comes_between(void *arg)
{
    (void)arg;
    switch (copy.steps++) {
    case 0:
    case 2:
        feed(BYTES("word"));
        return true;
    case 1:
    case 3:
        interrupt_idle(1);
        return true;
    case 4:
        feed_ends();
        return true;
    default:
        return false;
    }
}

TEST(copy_goes_on_after_an_interrupted_wait)
{
    set_copy_stage();
    when_idle(signal_comes_between, NULL);
    expect_copied(copy_it(), "when signals interrupted its waits");
}

static void copy_with_interrupted(enum call_kind kind, const char *what)
{
    set_copy_stage();
    feed(BYTES("eight by"));
    feed_ends();
    make_short(IN_PARENT, CALL_READ, EVERY_CALL, 4);
    make_short(IN_PARENT, CALL_WRITE, EVERY_CALL, 2);
    make_fail(IN_PARENT, kind, calls_made(kind) + 1, EINTR);
    make_fail(IN_PARENT, kind, calls_made(kind) + 3, EINTR);
    expect_copied(copy_it(), what);
}

TEST(copy_goes_on_after_an_interrupted_read_or_write)
{
    copy_with_interrupted(CALL_READ, "when a signal interrupted a read");
    steer_no_more();
    copy_with_interrupted(CALL_WRITE, "when a signal interrupted a write");
}

/* Somebody else was faster. */
static void steal_from_input(void *arg)
{
    char stolen[8];

    (void)arg;
    if (take_available(copy.in, stolen, sizeof stolen) > 0)
        copy.fed_len = 0;
}

static bool writer_speaks_again_and_goes(void *arg)
{
    (void)arg;
    if (copy.steps++ > 0)
        return false;
    feed(BYTES("again"));
    feed_ends();
    return true;
}

TEST(copy_goes_on_after_a_read_that_finds_nothing)
{
    set_copy_stage();
    feed(BYTES("once"));
    before_call(IN_PARENT, CALL_READ, 1, steal_from_input, NULL);
    when_idle(writer_speaks_again_and_goes, NULL);
    expect_copied(copy_it(), "when somebody else had taken the data before its first read");
}

TEST(copy_goes_on_after_a_write_that_finds_no_room)
{
    set_copy_stage();
    feed(BYTES("eight by"));
    feed_ends();
    before_call(IN_PARENT, CALL_WRITE, 1, fill_out, NULL);
    when_idle(reader_takes, NULL);
    expect_copied(copy_it(), "when somebody else had filled the pipe before its first write");
}

TEST(copy_lets_no_blocked_signal_in)
{
    set_copy_stage();
    send_blocked_signal();
    when_idle(writer_speaks_again_and_goes, NULL);
    ssize_t result = copy_it();
    expect_still_blocked("poll_copy");
    expect_copied(result, "while a signal was blocked and pending");
}

/* ---- poll_copy: errors --------------------------------------------------------------------------------------------------- */

TEST(copy_says_ebadf_for_a_descriptor_that_is_not_open)
{
    const int bad[] = {closed_number(), -1};

    for (size_t i = 0; i < 2; i++) {
        set_copy_stage();
        expect_error(CALL(poll_copy(bad[i], copy.out)), EBADF, "poll_copy, with %d as in, which is not open,", bad[i]);
        expect_error(CALL(poll_copy(copy.in, bad[i])), EBADF,
                     "poll_copy, with %d as out, which is not open, and a "
                     "silent in,",
                     bad[i]);
        feed_ends();
        expect_error(CALL(poll_copy(copy.in, bad[i])), EBADF,
                     "poll_copy, with %d as out, which is not open, and an "
                     "in that is at its end,",
                     bad[i]);
    }
}

/* The call of this kind fails with ERROR, once there is something to read and to write. */
static void expect_passed_on(enum call_kind kind, unsigned k, int error, const char *what)
{
    set_copy_stage();
    feed(BYTES("abc"));
    make_fail(IN_PARENT, kind, k, error);
    expect_error(copy_it(), error, "poll_copy, when %s,", what);
}

TEST(copy_passes_on_the_error_of_a_read)
{
    expect_passed_on(CALL_READ, 1, EIO, "its first read failed with EIO");
}

TEST(copy_passes_on_the_error_of_a_write)
{
    expect_passed_on(CALL_WRITE, 1, ENOSPC, "its first write failed with ENOSPC");
}

TEST(copy_passes_on_the_error_of_a_wait)
{
    expect_passed_on(CALL_POLL, EVERY_CALL, ENOMEM, "poll failed with ENOMEM");
}

TEST(copy_survives_a_refused_allocation)
{
    set_copy_stage();
    feed(BYTES("abc"));
    feed_ends();
    make_fail(IN_PARENT, CALL_ALLOC, 1, ENOMEM);
    ssize_t result = copy_it();
    if (result == -1)
        expect_error((long)result, ENOMEM, "poll_copy, when its first allocation was refused,");
    else
        expect_copied(result, "when its first allocation was refused");
}

int main(void)
{
    return run_suite("05-poll");
}
