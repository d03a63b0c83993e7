/*
 * check_nonblock.c - the suite of 03-nonblock: set_nonblocking, drain, flush, read_while_working.
 *
 * No test needs a second process. The test holds both ends of every pipe, so
 * what is in it at which moment is not left to chance; and in the tests of
 * read_while_working it is work() itself that plays the writer, by a script.
 */
#define _GNU_SOURCE
#include "nonblock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "suite.h"

/* A string literal as bytes and their number: it may hold NULs. */
#define BYTES(literal) (const unsigned char *)(literal), sizeof(literal) - 1

/* ---- flags ---------------------------------------------------------------------------------------------------- */

static int flags_of(int fd)
{
    return fcntl(fd, F_GETFL);
}

/* Sets the flags in FLAGS, and no others that can be set; the library takes that as right. */
static void give_flags(int fd, int flags)
{
    if (fcntl(fd, F_SETFL, flags) == -1)
        fail_test(VERDICT_GRADER_ERROR, "", "The suite cannot set the flags of a descriptor: %s.", strerror(errno));
    accept_flags(fd);
}

/* Takes FD's present flags as right, if the submission has left it open. (If not, the library has noted that.) */
static void leave_flags(int fd)
{
    if (flags_of(fd) != -1)
        accept_flags(fd);
}

static const char *on_or_off(bool on)
{
    return on ? "on" : "off";
}

/* Of all flags that can be changed only those in BUT may differ after WHAT, which is to blame for it. */
static void expect_flags(enum verdict verdict, int before, int after, int but, const char *what)
{
    static const struct {
        int flag;
        const char *name;
    } known[] = {{O_NONBLOCK, "O_NONBLOCK"},
                 {O_APPEND, "O_APPEND"},
                 {O_NOATIME, "O_NOATIME"},
                 {O_ASYNC, "O_ASYNC"},
                 {O_DIRECT, "O_DIRECT"}};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (((before ^ after) & ~but & known[i].flag) != 0)
            fail_test(verdict,
                      but != 0 ? "Every other status flag keeps its value."
                               : "On return the status flags are those that the descriptor had on entry.",
                      "%s was %s before %s, and is %s.", known[i].name, on_or_off(before & known[i].flag), what,
                      on_or_off(after & known[i].flag));
}

/* A pipe with both ends non-blocking. */
static struct ends make_nonblocking_pipe(void)
{
    struct ends ends = make_pipe();

    give_flags(ends.read, O_NONBLOCK);
    give_flags(ends.write, O_NONBLOCK);
    return ends;
}

/* Makes a pipe as small as it can be, a page, and returns how many bytes it has room for at most. */
static size_t make_small(int fd)
{
    (void)fcntl(fd, F_SETPIPE_SZ, 4096);
    int size = fcntl(fd, F_GETPIPE_SZ);
    if (size <= 0)
        fail_test(VERDICT_GRADER_ERROR, "", "The suite cannot ask a pipe for its size: %s.", strerror(errno));
    return (size_t)size;
}

/* How many bytes are in a pipe. */
static size_t waiting_in(int fd)
{
    int count = 0;

    if (ioctl(fd, FIONREAD, &count) == -1)
        fail_test(VERDICT_DESCRIPTORS, "Descriptors passed in belong to the caller: they stay open.",
                  "Descriptor %d, a pipe of the caller's, could not be asked how full it is: %s.", fd, strerror(errno));
    return (size_t)count;
}

/* ---- what drain and flush say ----------------------------------------------------------------------------------- */

static const char *const drain_names[] = {"DRAIN_AGAIN", "DRAIN_EOF", "DRAIN_FULL", "DRAIN_ERROR"};
static const char *const drain_meanings[] = {
    "DRAIN_AGAIN: nothing more is there now, and something may come.",
    "DRAIN_EOF: every writer has gone, and all that they wrote has been read.",
    "DRAIN_FULL: len is cap.",
    "DRAIN_ERROR: the read failed, and errno says why.",
};
static const char *const flush_names[] = {"FLUSH_AGAIN", "FLUSH_DONE", "FLUSH_ERROR"};
static const char *const flush_meanings[] = {
    "FLUSH_AGAIN: nothing more is accepted now, and later it may be.",
    "FLUSH_DONE: all is sent.",
    "FLUSH_ERROR: the write failed, and errno says why.",
};

/* "DRAIN_ERROR with errno EIO"; of a value that is none of the COUNT known ones, the number. */
static const char *status_text(const char *const names[], unsigned count, unsigned status, int error)
{
    static char text[96];

    if (status >= count)
        (void)snprintf(text, sizeof text, "%u, which is no status of its own", status);
    else if (status == count - 1) /* the last one is the error */
        (void)snprintf(text, sizeof text, "%s with errno %s", names[status],
                       error == 0                       ? "0"
                       : strerrorname_np(error) != NULL ? strerrorname_np(error)
                                                        : "unknown");
    else
        (void)snprintf(text, sizeof text, "%s", names[status]);
    return text;
}

static void expect_drain(enum drain_status got, enum drain_status want, const char *what)
{
    int error = errno;

    if (got != want)
        fail_test(VERDICT_FAIL, drain_meanings[want], "drain, %s, gave %s.", what,
                  status_text(drain_names, 4, got, error));
}

static void expect_flush(enum flush_status got, enum flush_status want, const char *what)
{
    int error = errno;

    if (got != want)
        fail_test(VERDICT_FAIL, flush_meanings[want], "flush, %s, gave %s.", what,
                  status_text(flush_names, 3, got, error));
}

/* The status has to be the error, and errno WANT. */
static void expect_drain_error(enum drain_status got, int want, const char *what)
{
    int error = errno;
    char expected[96];

    (void)snprintf(expected, sizeof expected, "%s", status_text(drain_names, 4, DRAIN_ERROR, want));
    if (got != DRAIN_ERROR || error != want)
        fail_test(VERDICT_FAIL, expected, "drain, %s, gave %s.", what, status_text(drain_names, 4, got, error));
}

static void expect_flush_error(enum flush_status got, int want, const char *what)
{
    int error = errno;
    char expected[96];

    (void)snprintf(expected, sizeof expected, "%s", status_text(flush_names, 3, FLUSH_ERROR, want));
    if (got != FLUSH_ERROR || error != want)
        fail_test(VERDICT_FAIL, expected, "flush, %s, gave %s.", what, status_text(flush_names, 3, got, error));
}

/* poll or select on no descriptor at all is a sleep by another name. (With a stopped clock it takes no time here.) */
static void expect_no_sleep(const char *what)
{
    const struct board_call *call = NULL;

    if (clock_advanced() > 0 && strcmp(what, "read_while_working") != 0)
        fail_test(VERDICT_FAIL,
                  "On a non-blocking descriptor nobody waits, for no time: what is not there now is EAGAIN.",
                  "%s let %ld ms pass in a wait that was over by its time-out.", what, clock_advanced());

    while ((call = next_call(call)) != NULL)
        if ((call->kind == CALL_POLL && call->size == 0) || (call->kind == CALL_SELECT && call->argument == 0))
            fail_test(VERDICT_FAIL, "Sleeping is not waiting: after EAGAIN nobody lets time pass.",
                      "%s called %s() (" PLACE ") on no descriptor at all: that is a sleep by another name.", what,
                      call->name, (unsigned long)call->caller);
}

/* ---- inboxes and outboxes --------------------------------------------------------------------------------------- */

/* An inbox with room for CAP bytes, exactly (who writes beyond it is seen), of which HELD are there. */
static struct inbox make_inbox(size_t cap, const char *held)
{
    struct inbox in = {malloc(cap), strlen(held), cap};

    if (in.data == NULL)
        fail_test(VERDICT_GRADER_ERROR, "", "The suite has no memory for an inbox.");
    memcpy(in.data, held, in.len);
    return in;
}

/* Up to 24 bytes as C would write them in a string, and their number. */
static const char *quoted(char text[128], const unsigned char *bytes, size_t len)
{
    size_t used = (size_t)snprintf(text, 128, "\"");

    for (size_t i = 0; i < len && i < 24; i++)
        used +=
            (size_t)snprintf(text + used, 128 - used, bytes[i] < ' ' || bytes[i] > '~' ? "\\x%02x" : "%c", bytes[i]);
    (void)snprintf(text + used, 128 - used, "%s\" (%zu bytes)", len > 24 ? "..." : "", len);
    return text;
}

/* GOT is the same as WANT; PLACE_NAME says where it was found: "the inbox held". */
static void expect_same(const unsigned char *got, size_t got_len, const unsigned char *want, size_t want_len,
                        const char *what, const char *place_name)
{
    char seen[128], wanted[128];

    if (got_len != want_len || memcmp(got, want, want_len) != 0)
        fail_test(VERDICT_FAIL, quoted(wanted, want, want_len), "After %s, %s %s.", what, place_name,
                  quoted(seen, got, got_len));
}

/* The inbox holds these bytes; data and cap are what they WERE. */
static void expect_inbox(const struct inbox *in, const struct inbox *was, const unsigned char *want, size_t want_len,
                         const char *what)
{
    expect(in->data == was->data && in->cap == was->cap, "data and cap are the caller's: only len changes.",
           "After %s, the inbox had another %s than before.", what, in->data != was->data ? "data" : "cap");
    expect(in->len <= in->cap, "len is never more than cap.", "After %s, len was %zu, with a cap of %zu.", what,
           in->len, in->cap);
    expect_same(in->data, in->len, want, want_len, what, "the inbox held");
}

static void expect_outbox(const struct outbox *out, const struct outbox *was, size_t sent, const char *what)
{
    expect(out->data == was->data && out->len == was->len, "data and len are the caller's: only sent changes.",
           "After %s, the outbox had another %s than before.", what, out->data != was->data ? "data" : "len");
    expect(out->sent == sent, "sent counts every byte that was accepted, and no other.",
           "After %s, sent was %zu, though %zu bytes were on their way.", what, out->sent, sent);
}

/* These bytes, and no others, are in the pipe (or socket). */
static void expect_received(int fd, const unsigned char *want, size_t want_len, const char *what)
{
    unsigned char got[256];
    size_t count = take_available(fd, got, sizeof got);

    expect_same(got, count, want, want_len, what, "what arrived at the other end was");
}

/* ---- work ------------------------------------------------------------------------------------------------------- */

static const char GONE[] = "the writer goes away";

/*
 * The writer in the tests of read_while_working: in round i it writes script[i],
 * or closes its end if that is GONE. A test that is about how often work is called
 * says what is so when the script is over; in the others a call too many does no harm.
 */
static struct writer {
    int fd;
    const char *const *script;
    size_t rounds;          /* how many the script has */
    size_t count;           /* how often work was called */
    const char *afterwards; /* "the writer had gone": then there is no reason to call it any more; NULL: no matter */
    int reader;             /* when work is called there is nothing to read from this one; -1: no matter */
    int watched;            /* a descriptor of which only O_NONBLOCK may change meanwhile, or -1 */
    int watched_flags;
    const int *errnos; /* what work leaves in errno in round i; NULL: nothing in particular */
} writer;

#define SCRIPT(...) \
    (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *)

static void begin_script(int fd, const char *const script[], size_t rounds)
{
    writer = (struct writer){.fd = fd, .script = script, .rounds = rounds, .reader = -1, .watched = -1};
}

/* A call after the end of the script. */
static void check_further_call(size_t round)
{
    static const char once[] = "work is called once each time there is nothing to read, and at no other time.";
    enum { TOO_MANY = 100 };

    if (writer.afterwards != NULL)
        fail_test(VERDICT_FAIL, once, "work was called%s, though %s.", round == 0 ? "" : " once more",
                  writer.afterwards);
    if (round >= writer.rounds + TOO_MANY)
        fail_test(VERDICT_FAIL, once, "work was called again and again, though nothing more would ever come.");
}

static void work(void *arg)
{
    size_t round = writer.count++;

    progress();
    expect(arg == &writer || writer.afterwards == NULL,
           "work is called with the arg that read_while_working was given.", "work was called with another pointer.");
    if (writer.reader != -1)
        expect(waiting_in(writer.reader) == 0,
               "Each time there is nothing to read, work is called once; then it is read.",
               "work was called, though there was something to read: what the call before it had written.");
    if (writer.watched != -1)
        expect_flags(VERDICT_DESCRIPTORS, writer.watched_flags, flags_of(writer.watched), O_NONBLOCK,
                     "read_while_working, while work runs");
    if (round >= writer.rounds)
        check_further_call(round);
    else if (writer.script[round] == GONE)
        close_own(writer.fd);
    else
        put_bytes(writer.fd, writer.script[round], strlen(writer.script[round]));
    if (writer.errnos != NULL && round < writer.rounds)
        errno = writer.errnos[round];
}

/*
 * Calls read_while_working. Only the tests that are about the flags look at them afterwards: one mistake is not to
 * fail all the tests.
 */
static ssize_t read_it(int fd, struct inbox *in)
{
    ssize_t result = CALL(read_while_working(fd, in, work, &writer));
    int error = errno;

    leave_flags(fd);
    errno = error;
    return result;
}

/* It has come to an end, not to an error. */
static void expect_end(ssize_t got, const char *what)
{
    int error = errno;

    expect(got >= 0, "How often work was called, 0 or more.", "read_while_working, %s, gave %zd with errno %s.", what,
           got, error == 0 ? "0" : strerrorname_np(error));
}

/* It worked in all the rounds of the script, and says so. */
static void expect_rounds(ssize_t got, const char *what)
{
    expect_int((long)got, (long)writer.rounds, "read_while_working, %s,", what);
    expect(writer.count == writer.rounds, "The result is how often work was called.",
           "read_while_working, %s, gave %zd, but had called work %zu times.", what, got, writer.count);
}

/* ---- set_nonblocking -------------------------------------------------------------------------------------------- */

TEST(set_nonblocking_turns_the_flag_on_and_off)
{
    static const bool steps[] = {true, true, false, false};
    int fd = make_pipe().read;

    for (size_t i = 0; i < 4; i++) {
        const char *name = steps[i] ? "true" : "false";
        bool was = flags_of(fd) & O_NONBLOCK;
        int result = CALL(set_nonblocking(fd, steps[i]));
        bool is = flags_of(fd) & O_NONBLOCK;
        leave_flags(fd);
        expect_int(result, 0, "set_nonblocking(fd, %s), with O_NONBLOCK %s before it,", name, on_or_off(was));
        expect(is == steps[i], "true switches O_NONBLOCK on, false switches it off, whichever way it was.",
               "After set_nonblocking(fd, %s), O_NONBLOCK is %s; before it was %s.", name, on_or_off(is),
               on_or_off(was));
    }
}

TEST(set_nonblocking_keeps_every_other_flag)
{
    int fd = make_file();
    /* O_NOATIME is not for everybody and not for every file system. */
    if (fcntl(fd, F_SETFL, O_APPEND | O_NOATIME) == -1)
        give_flags(fd, O_APPEND);
    accept_flags(fd);
    int before = flags_of(fd);

    for (int on = 1; on >= 0; on--) {
        const char *what = on ? "set_nonblocking(fd, true)" : "set_nonblocking(fd, false)";
        int close_on_exec = on ? FD_CLOEXEC : 0; /* with it and without */
        if (fcntl(fd, F_SETFD, close_on_exec) == -1)
            fail_test(VERDICT_GRADER_ERROR, "", "The suite cannot change close-on-exec: %s.", strerror(errno));
        int result = CALL(set_nonblocking(fd, on != 0));
        int now = fcntl(fd, F_GETFD);
        leave_flags(fd);
        expect_int(result, 0, "%s, on a file opened with O_APPEND,", what);
        expect_flags(VERDICT_FAIL, before, flags_of(fd), O_NONBLOCK, what);
        expect(now == close_on_exec, "The descriptor's own flag, close-on-exec, keeps its value.",
               "Close-on-exec was %s before %s, and is %s.", on_or_off(close_on_exec), what, on_or_off(now));
    }
}

TEST(set_nonblocking_reports_a_descriptor_that_is_not_open)
{
    int fd = closed_fd();

    expect_error(CALL(set_nonblocking(fd, true)), EBADF, "set_nonblocking, on a descriptor that is not open,");
    expect_error(CALL(set_nonblocking(-1, false)), EBADF, "set_nonblocking(-1, false)");
}

/* The first and the second call of fcntl or ioctl fail in turn; who makes only one is asked once. */
TEST(set_nonblocking_says_0_only_if_the_flag_has_changed)
{
    for (unsigned k = 1; k <= 2; k++) {
        int fd = make_pipe().read;
        int before = flags_of(fd);

        make_fail(IN_PARENT, CALL_FCNTL, calls_made(CALL_FCNTL) + k, EPERM);
        int result = CALL(set_nonblocking(fd, true));
        int error = errno;
        steer_no_more();
        int after = flags_of(fd);
        leave_flags(fd);
        expect_flags(VERDICT_FAIL, before, after, O_NONBLOCK, "set_nonblocking, in which fcntl failed");
        if (result != 0) {
            errno = error;
            expect_error(result, EPERM, "set_nonblocking, when call %u of fcntl failed with EPERM,", k);
        }
        expect(result != 0 || (after & O_NONBLOCK) != 0, "-1 with errno if the flag could not be changed.",
               "set_nonblocking gave 0, but call %u of fcntl had failed and O_NONBLOCK is off.", k);
    }
}

/* ---- drain ------------------------------------------------------------------------------------------------------ */

TEST(drain_takes_all_that_is_there_and_says_again)
{
    struct ends ends = make_nonblocking_pipe();
    struct inbox in = make_inbox(64, "");
    struct inbox was = in;

    expect_drain(CALL(drain(ends.read, &in)), DRAIN_AGAIN, "on an empty pipe that has a writer");
    expect_inbox(&in, &was, BYTES(""), "drain, on an empty pipe");
    put_bytes(ends.write, BYTES("he\0llo\n"));
    expect_drain(CALL(drain(ends.read, &in)), DRAIN_AGAIN, "with 7 bytes in the pipe");
    expect_inbox(&in, &was, BYTES("he\0llo\n"), "drain, with 7 bytes in the pipe");
    free(in.data);
}

TEST(drain_appends_to_what_the_inbox_holds)
{
    struct ends ends = make_nonblocking_pipe();
    struct inbox in = make_inbox(64, "one ");
    struct inbox was = in;

    put_bytes(ends.write, BYTES("two "));
    expect_drain(CALL(drain(ends.read, &in)), DRAIN_AGAIN, "with 4 bytes in the inbox and 4 in the pipe");
    expect_inbox(&in, &was, BYTES("one two "), "drain, with \"one \" in the inbox and \"two \" in the pipe");
    put_bytes(ends.write, BYTES("three"));
    expect_drain(CALL(drain(ends.read, &in)), DRAIN_AGAIN, "called once more");
    expect_inbox(&in, &was, BYTES("one two three"), "another drain, with \"three\" in the pipe");
    free(in.data);
}

TEST(drain_says_eof_when_every_writer_has_gone)
{
    struct ends ends = make_nonblocking_pipe();
    struct inbox in = make_inbox(64, "");
    struct inbox was = in;

    put_bytes(ends.write, BYTES("bye"));
    close_own(ends.write);
    expect_drain(CALL(drain(ends.read, &in)), DRAIN_EOF, "with 3 bytes in the pipe and no writer any more");
    expect_inbox(&in, &was, BYTES("bye"), "drain, with 3 bytes in the pipe and no writer any more");
    expect_drain(CALL(drain(ends.read, &in)), DRAIN_EOF, "at end of file");
    expect_inbox(&in, &was, BYTES("bye"), "drain, at end of file");
    free(in.data);
}

TEST(drain_says_full_and_leaves_the_rest_where_it_is)
{
    struct ends ends = make_nonblocking_pipe();
    struct inbox in = make_inbox(8, "");
    struct inbox was = in;

    put_bytes(ends.write, BYTES("0123456789ab"));
    expect_drain(CALL(drain(ends.read, &in)), DRAIN_FULL, "with room for 8 bytes and 12 in the pipe");
    expect_inbox(&in, &was, BYTES("01234567"), "drain, with room for 8 bytes and 12 in the pipe");
    expect(waiting_in(ends.read) == 4, "What there is no room for stays in the pipe.",
           "drain, with room for 8 bytes and 12 in the pipe, left %zu in the pipe.", waiting_in(ends.read));

    close_own(ends.write);
    struct inbox rest = make_inbox(4, "");
    expect_drain(CALL(drain(ends.read, &rest)), DRAIN_FULL, "with room for the last 4 bytes, exactly, and no writer");
    free(rest.data);
    free(in.data);
}

TEST(drain_into_a_full_inbox_reads_nothing)
{
    struct ends ends = make_nonblocking_pipe();
    struct inbox in = make_inbox(4, "full");
    struct inbox was = in;
    struct inbox none = {NULL, 0, 0};

    put_bytes(ends.write, BYTES("x"));
    expect_drain(CALL(drain(ends.read, &in)), DRAIN_FULL, "into an inbox that is full already");
    expect_inbox(&in, &was, BYTES("full"), "drain, into a full inbox");
    expect_drain(CALL(drain(ends.read, &none)), DRAIN_FULL, "into an inbox with a cap of 0");
    expect(calls_made(CALL_READ) == 0 && waiting_in(ends.read) == 1, "With no room left nothing is read.",
           "drain called read, though there was no room for a single byte.");
    free(in.data);
}

TEST(drain_goes_on_after_a_short_read)
{
    struct ends ends = make_nonblocking_pipe();
    struct inbox in = make_inbox(64, "");
    struct inbox was = in;

    put_bytes(ends.write, BYTES("0123456789"));
    make_short(IN_PARENT, CALL_READ, EVERY_CALL, 3);
    expect_drain(CALL(drain(ends.read, &in)), DRAIN_AGAIN, "with 10 bytes in the pipe and reads that bring at most 3");
    expect_inbox(&in, &was, BYTES("0123456789"), "drain, with reads that bring at most 3 bytes");
    free(in.data);
}

/* More arrives just after the read (or write) that has found nothing. */
static void more_arrives_after_eagain(void *arg)
{
    const struct board_call *last = nth_call(CALL_READ, calls_made(CALL_READ));
    struct ends *ends = arg;

    if (last == NULL || last->error != EAGAIN || waiting_in(ends->read) > 0)
        return;
    put_bytes(ends->write, BYTES("late"));
}

TEST(drain_ends_at_the_first_eagain)
{
    struct ends ends = make_nonblocking_pipe();
    struct inbox in = make_inbox(64, "");
    struct inbox was = in;

    put_bytes(ends.write, BYTES("early"));
    stop_the_clock();
    after_call(IN_PARENT, CALL_READ, EVERY_CALL, more_arrives_after_eagain, &ends);
    expect_drain(CALL(drain(ends.read, &in)), DRAIN_AGAIN, "when more arrives just after EAGAIN");
    steer_no_more();
    expect_inbox(&in, &was, BYTES("early"), "drain, which was to end at the first EAGAIN");
    expect_no_sleep("drain");
    free(in.data);
}

TEST(drain_reports_an_error_and_counts_what_came_before)
{
    struct ends ends = make_nonblocking_pipe();
    struct inbox in = make_inbox(64, "");
    struct inbox was = in;
    int closed = closed_fd();

    expect_drain_error(CALL(drain(closed, &in)), EBADF, "on a descriptor that is not open");

    put_bytes(ends.write, BYTES("0123456789"));
    make_short(IN_PARENT, CALL_READ, EVERY_CALL, 3);
    make_fail(IN_PARENT, CALL_READ, calls_made(CALL_READ) + 2, EIO);
    expect_drain_error(CALL(drain(ends.read, &in)), EIO, "whose second read fails with EIO");
    steer_no_more();
    size_t len = in.len;
    make_fail(IN_PARENT, CALL_READ, calls_made(CALL_READ) + 1, ECONNRESET);
    expect_drain_error(CALL(drain(ends.read, &in)), ECONNRESET, "whose read fails with ECONNRESET");
    steer_no_more();
    expect(in.len == len, "len counts what has arrived.", "A drain whose only read failed changed len from %zu to %zu.",
           len, in.len);
    expect_inbox(&in, &was, (const unsigned char *)"0123456789", 10 - waiting_in(ends.read),
                 "a drain whose first read brings bytes and whose second one fails");
    free(in.data);
}

TEST(drain_reads_again_when_a_signal_interrupts)
{
    struct ends ends = make_nonblocking_pipe();
    struct inbox in = make_inbox(64, "");
    struct inbox was = in;

    put_bytes(ends.write, BYTES("0123456789"));
    for (unsigned k = 1; k <= 20; k++)
        if (k != 10) /* that one brings all the bytes */
            make_fail(IN_PARENT, CALL_READ, k, EINTR);
    expect_drain(CALL(drain(ends.read, &in)), DRAIN_AGAIN, "with 10 bytes in the pipe and reads that end in EINTR");
    expect_inbox(&in, &was, BYTES("0123456789"), "drain, with reads that end in EINTR");
    free(in.data);
}

/* ---- flush ------------------------------------------------------------------------------------------------------ */

TEST(flush_sends_what_is_left_and_says_done)
{
    struct ends ends = make_nonblocking_pipe();
    struct outbox out = {BYTES("sent he\0llo\n"), 5};
    struct outbox was = out;

    expect_flush(CALL(flush(ends.write, &out)), FLUSH_DONE, "with 7 bytes left and room for them");
    expect_received(ends.read, BYTES("he\0llo\n"), "flush, with 5 of 12 bytes sent before");
    expect_outbox(&out, &was, 12, "flush, with room for everything");
}

TEST(flush_with_nothing_left_writes_nothing)
{
    struct ends ends = make_nonblocking_pipe();
    struct outbox out = {BYTES("gone"), 4};
    struct outbox was = out;
    struct outbox none = {NULL, 0, 0};

    expect_flush(CALL(flush(ends.write, &out)), FLUSH_DONE, "with everything sent already");
    expect_outbox(&out, &was, 4, "flush, with everything sent already");
    expect_flush(CALL(flush(ends.write, &none)), FLUSH_DONE, "with a len of 0");
    expect(calls_made(CALL_WRITE) == 0, "With nothing left nothing is written.",
           "flush called write, though there was not a single byte to send.");
}

TEST(flush_goes_on_after_a_short_write)
{
    struct ends ends = make_nonblocking_pipe();
    struct outbox out = {BYTES("0123456789"), 0};
    struct outbox was = out;

    make_short(IN_PARENT, CALL_WRITE, EVERY_CALL, 3);
    expect_flush(CALL(flush(ends.write, &out)), FLUSH_DONE, "with 10 bytes and writes that take at most 3");
    expect_received(ends.read, BYTES("0123456789"), "flush, with writes that take at most 3 bytes");
    expect_outbox(&out, &was, 10, "flush, with writes that take at most 3 bytes");
}

TEST(flush_says_again_when_the_pipe_is_full_and_goes_on_from_there)
{
    struct ends ends = make_nonblocking_pipe();
    size_t room = make_small(ends.write);
    size_t size = 2 * room + room / 2;
    unsigned char *data = malloc(size), *got = malloc(size + 1);
    struct outbox out = {data, size, 0};
    struct outbox was = out;
    size_t received = 0;

    make_pattern(data, size, 3);
    expect_flush(CALL(flush(ends.write, &out)), FLUSH_AGAIN, "with more than the pipe has room for");
    for (;;) {
        size_t taken = take_available(ends.read, got + received, size + 1 - received);
        received += taken;
        expect_outbox(&out, &was, received, "flush, into a pipe that is too small for everything");
        if (out.sent == size)
            break;
        expect(taken > 0, "With room in the pipe something is accepted.",
               "flush sent nothing, though the pipe was empty.");
        bool fits = size - out.sent <= room / 2; /* however the writes are cut */
        enum flush_status status = CALL(flush(ends.write, &out));
        if (fits || status == FLUSH_ERROR || out.sent == size)
            expect_flush(status, FLUSH_DONE, "with room for all that was left");
        else
            expect_flush(status, FLUSH_AGAIN, "with more left than there was room for");
    }
    expect_bytes(got, received, data, size, "A look at the other end, after several calls of flush,");
    free(data);
    free(got);
}

/* Somebody reads from the pipe just after the write that has found it full. */
static void room_appears_after_eagain(void *arg)
{
    const struct board_call *last = nth_call(CALL_WRITE, calls_made(CALL_WRITE));
    struct ends *ends = arg;
    unsigned char old[4096];

    if (last != NULL && last->error == EAGAIN)
        (void)take_available(ends->read, old, sizeof old);
}

TEST(flush_ends_at_the_first_eagain)
{
    struct ends ends = make_nonblocking_pipe();
    struct outbox out = {BYTES("too late"), 0};
    struct outbox was = out;

    (void)fill_pipe(ends.write);
    stop_the_clock();
    after_call(IN_PARENT, CALL_WRITE, EVERY_CALL, room_appears_after_eagain, &ends);
    expect_flush(CALL(flush(ends.write, &out)), FLUSH_AGAIN, "when room appears just after EAGAIN");
    steer_no_more();
    expect_outbox(&out, &was, 0, "flush, which was to end at the first EAGAIN");
    expect_no_sleep("flush");
}

TEST(flush_says_error_when_nobody_reads)
{
    struct ends ends = make_nonblocking_pipe();
    struct outbox out = {BYTES("hello"), 0};
    struct outbox was = out;

    close_own(ends.read);
    expect_flush_error(CALL(flush(ends.write, &out)), EPIPE, "into a pipe that nobody reads any more");
    expect_outbox(&out, &was, 0, "flush, into a pipe that nobody reads");
}

struct reader {
    int fd;
    size_t received;
};

static void reader_goes_away(void *arg)
{
    struct reader *reader = arg;

    reader->received = waiting_in(reader->fd);
    close_own(reader->fd);
}

TEST(flush_counts_what_was_accepted_before_an_error)
{
    struct ends ends = make_nonblocking_pipe();
    struct outbox out = {BYTES("0123456789"), 0};
    struct outbox was = out;
    struct reader reader = {ends.read, 0};

    make_short(IN_PARENT, CALL_WRITE, EVERY_CALL, 3);
    before_call(IN_PARENT, CALL_WRITE, 2, reader_goes_away, &reader);
    expect_flush_error(CALL(flush(ends.write, &out)), EPIPE, "whose reader goes away after the first write");
    expect_outbox(&out, &was, reader.received, "flush, whose reader went away after the first write");
}

TEST(flush_writes_again_when_a_signal_interrupts)
{
    struct ends ends = make_nonblocking_pipe();
    struct outbox out = {BYTES("0123456789"), 0};
    struct outbox was = out;

    make_short(IN_PARENT, CALL_WRITE, 10, 4);
    for (unsigned k = 1; k <= 20; k++)
        if (k != 10) /* that one takes 4 bytes */
            make_fail(IN_PARENT, CALL_WRITE, k, EINTR);
    expect_flush(CALL(flush(ends.write, &out)), FLUSH_DONE, "with 10 bytes and writes that end in EINTR");
    expect_received(ends.read, BYTES("0123456789"), "flush, with writes that end in EINTR");
    expect_outbox(&out, &was, 10, "flush, with writes that end in EINTR");
}

/* ---- read_while_working ----------------------------------------------------------------------------------------- */

TEST(work_is_called_once_each_time_nothing_is_there)
{
    struct ends ends = make_pipe(); /* blocking */
    struct inbox in = make_inbox(64, "");
    struct inbox was = in;

    stop_the_clock();
    begin_script(ends.write, SCRIPT("h", "el", "", "l", "o\n", GONE));
    writer.reader = ends.read;
    writer.afterwards = "the writer had gone and everything was read";
    expect_rounds(read_it(ends.read, &in), "with a writer that goes away in the 6th round of work");
    expect_inbox(&in, &was, BYTES("hello\n"), "read_while_working");
    expect_no_sleep("read_while_working");
    free(in.data);

    ends = make_pipe();
    in = was = make_inbox(64, "");
    begin_script(ends.write, SCRIPT("h", GONE));
    writer.reader = ends.read;
    writer.afterwards = "the writer had gone and everything was read";
    expect_rounds(read_it(ends.read, &in),
                  "called a second time, with a writer that goes away in the 2nd round of work");
    free(in.data);
}

TEST(work_is_not_called_while_bytes_are_there)
{
    struct ends ends = make_pipe();
    struct inbox in = make_inbox(64, "");
    struct inbox was = in;

    put_bytes(ends.write, BYTES("0123456789"));
    close_own(ends.write);
    begin_script(-1, NULL, 0);
    writer.afterwards = "there were bytes to read all the time, and then the end of file";
    make_short(IN_PARENT, CALL_READ, EVERY_CALL, 3);
    expect_rounds(read_it(ends.read, &in), "with everything in the pipe already");
    expect_inbox(&in, &was, BYTES("0123456789"), "read_while_working, with reads that bring at most 3 bytes");
    free(in.data);
}

TEST(reading_stops_when_the_inbox_is_full)
{
    struct ends ends = make_nonblocking_pipe();
    struct inbox in = make_inbox(6, "ab");
    struct inbox was = in;

    begin_script(ends.write, SCRIPT("", "0123456789"));
    writer.afterwards = "the inbox was full";
    expect_rounds(read_it(ends.read, &in), "with room for 4 bytes, of which 10 come in the 2nd round of work");
    expect_inbox(&in, &was, BYTES("ab0123"), "read_while_working, with room for 4 bytes");
    expect(waiting_in(ends.read) == 6, "What there is no room for stays in the pipe.",
           "read_while_working left %zu bytes in the pipe, where 6 had no room.", waiting_in(ends.read));
    free(in.data);
}

TEST(with_a_full_inbox_there_is_nothing_to_do)
{
    struct ends ends = make_pipe();
    struct inbox in = make_inbox(4, "full");
    struct inbox was = in;
    struct inbox none = {NULL, 0, 0};
    int closed = closed_fd();

    put_bytes(ends.write, BYTES("x"));
    begin_script(-1, NULL, 0);
    writer.afterwards = "the inbox was full on entry";
    expect_rounds(read_it(ends.read, &in), "into an inbox that is full already");
    expect_rounds(read_it(closed, &in), "into a full inbox from a descriptor that is not open");
    expect_rounds(read_it(ends.read, &none), "into an inbox with a cap of 0");
    expect_inbox(&in, &was, BYTES("full"), "read_while_working, into a full inbox");
    expect(waiting_in(ends.read) == 1, "With no room left nothing is read.",
           "read_while_working took a byte out of the pipe, though there was no room for it.");
    free(in.data);
}

/* One call on a pipe that is blocking or not (MODE), with O_APPEND besides, and what its flags are then. */
static void expect_flags_kept(int mode, size_t cap, unsigned failing_read, const char *how)
{
    struct ends ends = make_pipe();
    struct inbox in = make_inbox(cap, "");
    char what[128];

    give_flags(ends.read, mode | O_APPEND);
    put_bytes(ends.write, BYTES("0123456789"));
    begin_script(ends.write, SCRIPT("", "abc", GONE));
    writer.watched = ends.read;
    writer.watched_flags = flags_of(ends.read);
    make_short(IN_PARENT, CALL_READ, EVERY_CALL, 3);
    if (failing_read > 0)
        make_fail(IN_PARENT, CALL_READ, calls_made(CALL_READ) + failing_read, EIO);
    unsigned reads = calls_made(CALL_READ);
    (void)CALL(read_while_working(ends.read, &in, work, &writer));
    steer_no_more();
    expect(calls_made(CALL_READ) > reads, "The descriptor is read.", "read_while_working did not read at all.");
    int after = flags_of(ends.read);
    int close_on_exec = fcntl(ends.read, F_GETFD);
    leave_flags(ends.read);
    if (after == -1)
        fail_test(VERDICT_DESCRIPTORS, "Descriptors passed in belong to the caller: they stay open.",
                  "After read_while_working, which %s, the descriptor was not open any more.", how);
    (void)snprintf(what, sizeof what, "read_while_working, which %s", how);
    expect_flags(VERDICT_DESCRIPTORS, writer.watched_flags, after, 0, what);
    if (close_on_exec != 0)
        fail_test(VERDICT_DESCRIPTORS, "The descriptor's own flag, close-on-exec, keeps its value.",
                  "Close-on-exec was off before %s, and is on.", what);
    free(in.data);
}

/* The same when the first read comes to the end of file. */
static void expect_flags_kept_at_once(int mode)
{
    struct ends ends = make_pipe();
    struct inbox in = make_inbox(64, "");

    close_own(ends.write);
    (void)fcntl(ends.read, F_SETFL, mode);
    accept_flags(ends.read);
    int before = flags_of(ends.read);
    begin_script(-1, NULL, 0);
    (void)CALL(read_while_working(ends.read, &in, work, &writer));
    int after = flags_of(ends.read);
    leave_flags(ends.read);
    expect_flags(VERDICT_DESCRIPTORS, before, after, 0, "read_while_working, which came to the end of file at once");
    free(in.data);
}

TEST(the_flags_are_put_back_at_the_end)
{
    static const int modes[] = {0, O_NONBLOCK};

    for (size_t i = 0; i < 2; i++) {
        expect_flags_kept(modes[i], 64, 0, "came to the end of file");
        expect_flags_kept(modes[i], 4, 0, "filled the inbox");
        expect_flags_kept(modes[i], 12, 0, "filled the inbox after some work");
        expect_flags_kept_at_once(modes[i]);
    }
}

TEST(the_flags_are_put_back_after_an_error)
{
    static const int modes[] = {0, O_NONBLOCK};

    for (size_t i = 0; i < 2; i++) {
        expect_flags_kept(modes[i], 64, 1, "could not read at all");
        expect_flags_kept(modes[i], 64, 3, "failed to read on");
    }
}

TEST(an_error_is_reported_with_its_errno)
{
    struct ends ends = make_nonblocking_pipe();
    struct inbox in = make_inbox(64, "");
    struct inbox was = in;
    int closed = closed_fd();

    begin_script(ends.write, SCRIPT("0123456789"));
    expect_error(read_it(closed, &in), EBADF, "read_while_working, on a descriptor that is not open,");
    expect(writer.count == 0, "An error is no reason to work.",
           "read_while_working called work, though the descriptor is not open.");

    make_short(IN_PARENT, CALL_READ, EVERY_CALL, 3);
    make_fail(IN_PARENT, CALL_READ, calls_made(CALL_READ) + 3, EIO);
    expect_error(read_it(ends.read, &in), EIO, "read_while_working, whose 3rd read fails with EIO,");
    size_t written = writer.count > 0 ? 10 : 0; /* whoever makes more reads than others may not have come so far */
    expect_inbox(&in, &was, (const unsigned char *)"0123456789", written - waiting_in(ends.read),
                 "read_while_working, whose 3rd read fails");
    free(in.data);
}

/* What is known of a call of fcntl or ioctl that fails. */
struct refusal {
    int fd;
    unsigned reads;    /* how many there were before */
    bool matters;      /* it is about the flags, and comes before the first read */
    bool non_blocking; /* ... and all the same the descriptor was non-blocking when it was read first */
};

static void note_refusal(void *arg)
{
    struct refusal *refusal = arg;
    const struct board_call *call = nth_call(CALL_FCNTL, calls_made(CALL_FCNTL));

    refusal->matters = calls_made(CALL_READ) == refusal->reads && call != NULL &&
                       (call->size == F_GETFL || call->size == F_SETFL || call->size == FIONBIO);
}

static void note_mode(void *arg)
{
    struct refusal *refusal = arg;

    refusal->non_blocking = (flags_of(refusal->fd) & O_NONBLOCK) != 0;
}

/* One call with everything in the pipe already; call K of fcntl or ioctl fails, 0: none. */
static void expect_no_false_success(unsigned k)
{
    struct ends ends = make_pipe();
    struct inbox in = make_inbox(64, "");
    struct refusal refusal = {ends.read, calls_made(CALL_READ), false, false};
    int before = flags_of(ends.read);

    put_bytes(ends.write, BYTES("abc"));
    close_own(ends.write);
    begin_script(-1, NULL, 0);
    if (k > 0) {
        make_fail(IN_PARENT, CALL_FCNTL, calls_made(CALL_FCNTL) + k, EPERM);
        after_call(IN_PARENT, CALL_FCNTL, calls_made(CALL_FCNTL) + k, note_refusal, &refusal);
        before_call(IN_PARENT, CALL_READ, refusal.reads + 1, note_mode, &refusal);
    }
    ssize_t result = CALL(read_while_working(ends.read, &in, work, &writer));
    int error = errno;
    int after = flags_of(ends.read);
    leave_flags(ends.read);
    steer_no_more();
    errno = error;
    if (k == 0)
        expect_end(result, "while fcntl works");
    else if (refusal.matters && !refusal.non_blocking)
        expect_error((long)result, EPERM, "read_while_working, when fcntl fails with EPERM before the first read,");
    else if (refusal.matters)
        expect_flags(VERDICT_FAIL, before, after, 0, "read_while_working, in which fcntl failed");
    free(in.data);
}

/* Nothing is promised of a call that fails after the first read, or that is about something else. */
TEST(a_descriptor_that_cannot_be_made_non_blocking_is_an_error)
{
    for (unsigned k = 0; k <= 3; k++)
        expect_no_false_success(k);
}

TEST(work_may_change_errno)
{
    static const int errnos[] = {EIO, 0, EBADF, EINTR, EAGAIN};
    struct ends ends = make_pipe();
    struct inbox in = make_inbox(64, "");
    struct inbox was = in;

    begin_script(ends.write, SCRIPT("", "ab", "", "cd", GONE));
    writer.errnos = errnos;
    expect_end(read_it(ends.read, &in), "with a work that leaves EIO, 0, EBADF, EINTR and EAGAIN in errno");
    expect_inbox(&in, &was, BYTES("abcd"), "read_while_working, with a work that changes errno");
    free(in.data);
}

enum { MANY_ROUNDS = 12000 };

static struct patience {
    int writer;
    ssize_t rounds;
    uintptr_t first_frame; /* where the stack was in the first round */
} patience;

/* Nothing comes for a long time; then the writer goes away. */
static void wait_for_nothing(void *arg)
{
    uintptr_t frame = (uintptr_t)__builtin_frame_address(0);

    (void)arg;
    progress();
    if (patience.rounds++ == 0)
        patience.first_frame = frame;
    expect(patience.rounds < 2 * MANY_ROUNDS, "At end of file work is not called any more.",
           "work was called again and again, though the writer had gone.");
    if (patience.rounds != MANY_ROUNDS)
        return;
    /* The stack grows downwards; a few kilobytes are no growth with every round. */
    expect(
        frame > patience.first_frame || patience.first_frame - frame < MANY_ROUNDS * 4,
        "There may be any number of idle rounds: none of them leaves something on the stack.",
        "In idle round %d the stack was %zu bytes deeper than in the first one: it grows with every round, and is full "
        "one day.",
        MANY_ROUNDS, (size_t)(patience.first_frame - frame));
    close_own(patience.writer);
}

TEST(there_may_be_any_number_of_idle_rounds)
{
    struct ends ends = make_pipe();
    struct inbox in = make_inbox(64, "");

    stop_the_clock(); /* a round that waits for a moment takes none of the suite's time */
    patience = (struct patience){ends.write, 0, 0};
    ssize_t result = CALL(read_while_working(ends.read, &in, wait_for_nothing, NULL));
    leave_flags(ends.read);
    expect(patience.rounds >= MANY_ROUNDS, "There may be any number of idle rounds.",
           "read_while_working gave %zd after %zd idle rounds, while the writer was still there.", result,
           patience.rounds);
    expect_int((long)result, (long)patience.rounds, "read_while_working, which had called work %zd times,",
               patience.rounds);
    free(in.data);
}

/* Another reader of the same pipe is faster. */
static void another_reader_takes_it(void *arg)
{
    struct ends *ends = arg;
    unsigned char byte;

    if (waiting_in(ends->read) > 0 && read(ends->read, &byte, 1) != 1)
        fail_test(VERDICT_GRADER_ERROR, "", "The suite cannot read a byte from its own pipe.");
}

TEST(it_does_not_block_when_another_reader_is_faster)
{
    struct ends ends = make_pipe(); /* blocking */
    struct inbox in = make_inbox(64, "");
    struct inbox was = in;

    put_bytes(ends.write, BYTES("x"));
    before_call(IN_PARENT, CALL_READ, 1, another_reader_takes_it, &ends);
    begin_script(ends.write, SCRIPT("abc", GONE));
    expect_end(read_it(ends.read, &in), "with another reader that is faster");
    expect_inbox(&in, &was, BYTES("abc"), "read_while_working, with another reader that is faster");
    free(in.data);
}

TEST(a_signal_that_interrupts_a_read_is_no_reason_to_work)
{
    struct ends ends = make_pipe();
    struct inbox in = make_inbox(64, "");
    struct inbox was = in;

    put_bytes(ends.write, BYTES("0123456789"));
    close_own(ends.write);
    begin_script(-1, NULL, 0);
    writer.afterwards = "there was something to read all the time (two reads were interrupted)";
    make_fail(IN_PARENT, CALL_READ, 1, EINTR);
    make_fail(IN_PARENT, CALL_READ, 3, EINTR);
    expect_rounds(read_it(ends.read, &in), "with reads that end in EINTR");
    expect_inbox(&in, &was, BYTES("0123456789"), "read_while_working, with reads that end in EINTR");
    free(in.data);
}

/* ---- descriptors and sizes -------------------------------------------------------------------------------------- */

/* Makes descriptor 0 another name of FD for as long as it takes; returns a copy of what 0 was. */
static int borrow_descriptor_0(int fd)
{
    int kept = dup(0);

    if (kept == -1 || dup2(fd, 0) == -1)
        fail_test(VERDICT_GRADER_ERROR, "", "The suite cannot make descriptor 0 a pipe: %s.", strerror(errno));
    return own_fd(kept);
}

static void give_descriptor_0_back(int kept)
{
    (void)dup2(kept, 0);
    close_own(kept);
}

TEST(descriptor_0_is_one_like_any_other)
{
    struct ends ends = make_nonblocking_pipe();
    struct inbox in = make_inbox(64, "");
    struct inbox was = in;
    struct outbox out = {BYTES("hello"), 0};

    int kept = borrow_descriptor_0(ends.write);
    expect_flush(CALL(flush(0, &out)), FLUSH_DONE, "on descriptor 0, a pipe");
    give_descriptor_0_back(kept);
    close_own(ends.write);

    kept = borrow_descriptor_0(ends.read);
    expect_int(CALL(set_nonblocking(0, true)), 0, "set_nonblocking, on descriptor 0, a pipe,");
    expect_drain(CALL(drain(0, &in)), DRAIN_EOF, "on descriptor 0, a pipe with 5 bytes and no writer any more");
    begin_script(-1, NULL, 0);
    expect_end(CALL(read_while_working(0, &in, work, &writer)), "on descriptor 0, at end of file");
    expect_inbox(&in, &was, BYTES("hello"), "drain, on descriptor 0");
    leave_flags(ends.read);
    give_descriptor_0_back(kept);
    free(in.data);
}

TEST(sockets_and_files_will_do_as_well_as_pipes)
{
    struct ends ends = make_socketpair();
    struct inbox in = make_inbox(64, "");
    struct inbox was = in;
    struct outbox out = {BYTES("hello"), 0};

    give_flags(ends.read, O_NONBLOCK);
    give_flags(ends.write, O_NONBLOCK);
    expect_flush(CALL(flush(ends.write, &out)), FLUSH_DONE, "into a socket");
    expect_drain(CALL(drain(ends.read, &in)), DRAIN_AGAIN, "on a socket with 5 bytes");
    close_own(ends.write);
    expect_drain(CALL(drain(ends.read, &in)), DRAIN_EOF, "on a socket whose other end is closed");

    int fd = make_file();
    put_bytes(fd, BYTES(" world"));
    (void)lseek(fd, 0, SEEK_SET);
    begin_script(-1, NULL, 0);
    expect_end(read_it(fd, &in), "on a file");
    expect_inbox(&in, &was, BYTES("hello world"), "drain on a socket and read_while_working on a file");
    free(in.data);
}

static const size_t GIB = (size_t)1 << 30;

/* Nine GiB of addresses; there is memory only where it is used, from 4 GiB + 5 on. */
static unsigned char *reserve_addresses(void)
{
    const size_t used = 4 * GIB;
    unsigned char *data = mmap(NULL, 9 * GIB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (data == MAP_FAILED || mprotect(data + used, 1 << 18, PROT_READ | PROT_WRITE) == -1)
        skip_test("This machine does not give the suite 9 GiB of addresses: %s.", strerror(errno));
    return data;
}

TEST(sizes_may_be_beyond_4_gib)
{
    const size_t there = 4 * GIB + 5;
    unsigned char *data = reserve_addresses();
    struct ends ends = make_nonblocking_pipe();
    struct inbox in = {data, there, there + 4 * GIB};

    put_bytes(ends.write, BYTES("01234567"));
    make_short(IN_PARENT, CALL_READ, EVERY_CALL, 100);
    expect_drain(CALL(drain(ends.read, &in)), DRAIN_AGAIN, "with 4 GiB in the inbox and room for 4 GiB more");
    expect(in.len == there + 8, "len grows by the 8 bytes that came.",
           "drain, with 8 bytes in the pipe, left len at %zu; before it was %zu.", in.len, there);

    struct outbox out = {data, there + 4 * GIB, there};
    (void)make_small(ends.write);
    make_short(IN_PARENT, CALL_WRITE, EVERY_CALL, 100);
    expect_flush(CALL(flush(ends.write, &out)), FLUSH_AGAIN, "with 4 GiB sent and 4 GiB to go");
    expect(out.sent == there + waiting_in(ends.read), "sent counts every byte that was accepted, and no other.",
           "flush put %zu bytes into the pipe, and left sent at %zu; before it was %zu.", waiting_in(ends.read),
           out.sent, there);

    unsigned char old[4096];
    while (take_available(ends.read, old, sizeof old) > 0)
        ;
    in.cap = in.len + 4 * GIB;
    begin_script(ends.write, SCRIPT("89", GONE));
    expect_end(read_it(ends.read, &in), "with 4 GiB in the inbox and room for 4 GiB more");
    expect_same(data + there, in.len - there, BYTES("0123456789"), "drain and read_while_working",
                "behind the first 4 GiB there was");
}

int main(void)
{
    return run_suite("03-nonblock");
}
