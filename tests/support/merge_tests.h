/*
 * merge_tests.h - what select_merge, poll_merge and epoll_merge promise alike, as tests.
 *
 * A suite includes this once, after it has said which function is meant and what it waits in:
 *
 *     #define MERGE select_merge
 *     #define MERGE_WAIT CALL_SELECT
 *     #define MERGE_WAITS_IN "select"
 *     #define MERGE_SKIPS_NEGATIVE         // poll and epoll: a negative descriptor is a source that has ended
 *     #include "merge_tests.h"
 *
 * There is no second process: the test holds both ends of all the sources. What happens "meanwhile" happens in a script
 * for idle moments, those in which the function waits and nothing is there.
 */
#ifndef EAGAIN_MERGE_TESTS_H
#define EAGAIN_MERGE_TESTS_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "suite.h"

#define MERGE_TEXT_OF(name) #name
#define MERGE_TEXT(name) MERGE_TEXT_OF(name)
#define MERGE_NAME MERGE_TEXT(MERGE)

/* A string literal as bytes and their number: it may hold NULs. */
#define BYTES(literal) (const unsigned char *)(literal), sizeof(literal) - 1

enum { STAGE_MAX = 4, SOURCES_MAX = 10000, HEARD_MAX = 64 };

/* ---- the audience: on_chunk -------------------------------------------------------------------------------------- */

/* What on_chunk was given, by source: how many bytes, and the first of them. */
struct heard {
    size_t len;
    unsigned char data[HEARD_MAX];
};

/* Small, since Valgrind looks through all memory after every test; merge() makes a larger one if there are more sources. */
static struct heard few[STAGE_MAX];
static struct heard *heard = few;

static struct {
    size_t sources;     /* how many there are */
    unsigned calls;     /* of on_chunk */
    unsigned empty;     /* calls with len 0 */
    unsigned stop_at;   /* it says "stop" in this call, counted from 1; 0: never */
    int stop_with;      /* by this value */
    void (*then)(void); /* what else happens when a chunk was heard; NULL: nothing */
} audience;

static int hear(size_t source, const void *data, size_t len, void *arg)
{
    progress();
    expect(arg == heard, "on_chunk is called with the arg that " MERGE_NAME " was given.",
           MERGE_NAME " called on_chunk with another arg.");
    expect(source < audience.sources, "on_chunk is told the place of the source in fds[].",
           MERGE_NAME " told on_chunk of a chunk from source %zu, but n was %zu.", source, audience.sources);
    audience.calls++;
    if (len == 0)
        audience.empty++;

    struct heard *from = &heard[source];
    for (size_t i = 0; i < len && from->len + i < HEARD_MAX; i++)
        from->data[from->len + i] = ((const unsigned char *)data)[i];
    from->len += len;
    if (audience.then != NULL)
        audience.then();
    static const int errors[] = {ENOTTY, EAGAIN, EINTR};
    errno = errors[audience.calls % 3]; /* a callback may use calls that fail */
    return audience.calls == audience.stop_at ? audience.stop_with : 0;
}

static int merge(const int fds[], size_t n)
{
    if (n > STAGE_MAX)
        heard = shared_memory(n * sizeof *heard);
    memset(heard, 0, n * sizeof *heard);
    audience.sources = n;
    audience.calls = audience.empty = 0;
    return CALL(MERGE(fds, n, hear, heard));
}

/* Up to 24 bytes as C would write them in a string, and their number. */
static const char *in_quotes(char text[160], const unsigned char *bytes, size_t len)
{
    size_t used = (size_t)snprintf(text, 160, "\"");

    for (size_t i = 0; i < len && i < 24; i++)
        used +=
            (size_t)snprintf(text + used, 160 - used, bytes[i] < ' ' || bytes[i] > '~' ? "\\x%02x" : "%c", bytes[i]);
    (void)snprintf(text + used, 160 - used, "%s\" (%zu byte%s)", len > 24 ? "..." : "", len, len == 1 ? "" : "s");
    return text;
}

/* All that on_chunk was given of this source. */
static void expect_heard(size_t source, const unsigned char *want, size_t len)
{
    const struct heard *from = &heard[source];
    char seen[160], wanted[160];

    if (from->len != len || memcmp(from->data, want, len) != 0)
        fail_test(VERDICT_FAIL, in_quotes(wanted, want, len), MERGE_NAME ", of source %zu, handed over %s.", source,
                  in_quotes(seen, from->data, from->len));
}

/* ---- the stage: sources, and a script for the idle moments ------------------------------------------------------- */

/* What a source does at an idle moment. */
struct line {
    size_t who;
    const char *says; /* NULL: nothing */
    bool leaves;      /* then it closes its end */
};

static struct {
    int fds[STAGE_MAX];    /* the reading ends, for the function */
    int writes[STAGE_MAX]; /* the writing ends; -1: closed */
    size_t written[STAGE_MAX];
    const struct line *script;
    size_t lines;
    size_t next;
    bool must_hear; /* at each idle moment all that was written must have been handed over */
} stage;

/* Pipes for N sources, in which nothing is yet; and a clock that stands still, so that no wait takes real time. */
static void set_stage(size_t n)
{
    stop_the_clock();
    reads_of_no_bytes_are_looks();
    memset(&stage, 0, sizeof stage);
    memset(&audience, 0, sizeof audience);
    for (size_t i = 0; i < n; i++) {
        struct ends ends = make_pipe();

        stage.fds[i] = ends.read;
        stage.writes[i] = ends.write;
    }
}

static void says(size_t who, const unsigned char *bytes, size_t len)
{
    put_bytes(stage.writes[who], bytes, len);
    stage.written[who] += len;
}

static void leaves(size_t who)
{
    close_own(stage.writes[who]);
    stage.writes[who] = -1;
}

static void check_that_all_was_heard(void)
{
    for (size_t i = 0; i < audience.sources; i++)
        if (heard[i].len < stage.written[i])
            fail_test(VERDICT_FAIL, "Each chunk is handed over as it comes.",
                      MERGE_NAME " waited in " MERGE_WAITS_IN ", but of the %zu bytes that source %zu had written, "
                                 "on_chunk had been given only %zu.",
                      stage.written[i], i, heard[i].len);
}

static bool next_line(void *arg)
{
    (void)arg;
    if (stage.must_hear)
        check_that_all_was_heard();
    if (stage.next == stage.lines)
        return false;

    const struct line *line = &stage.script[stage.next++];
    if (line->says == NULL && !line->leaves)
        interrupt_idle(1); /* nobody does anything: a signal comes */
    if (line->says != NULL)
        says(line->who, (const unsigned char *)line->says, strlen(line->says));
    if (line->leaves)
        leaves(line->who);
    return true;
}

static void begin_script(const struct line script[], size_t lines)
{
    stage.script = script;
    stage.lines = lines;
    stage.next = 0;
    when_idle(next_line, NULL);
}

/* The lines of a script, each in braces: who says what and leaves or stays. */
#define SCRIPT(...) (const struct line[]){__VA_ARGS__}, sizeof((const struct line[]){__VA_ARGS__}) / sizeof(struct line)

static const struct line signal_comes = {0, NULL, false};

/* Descriptors below COUNT must be allowed here; otherwise the test is skipped, and says why. */
static void need_open_files(unsigned count)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < count)
        skip_test("A process may have only %lu open files here (ulimit -Hn); this test needs %u.",
                  (unsigned long)limit.rlim_cur, count);
}

/* A descriptor that is not open, of a number that the process's table of descriptors has room for: see select(2), BUGS. */
static int closed_number(void)
{
    int fd = fcntl(0, F_DUPFD_CLOEXEC, 950);

    if (fd == -1 || close(fd) == -1)
        fail_test(VERDICT_GRADER_ERROR, "", "The suite cannot make a high descriptor: %s.", strerror(errno));
    return fd;
}

/* ---- every byte, from the right source ---------------------------------------------------------------------------- */

TEST(merge_hands_over_every_byte_with_its_source)
{
    set_stage(3);
    stage.fds[1] = move_fd(stage.fds[1], 900); /* the highest is not the last */
    says(0, BYTES("a\0b\xff\n\0"));
    says(1, BYTES("hello"));
    says(2, BYTES("\0"));
    for (size_t i = 0; i < 3; i++)
        leaves(i);
    expect_int(merge(stage.fds, 3), 0, MERGE_NAME ", for three sources that have written and ended,");
    expect_heard(0, BYTES("a\0b\xff\n\0"));
    expect_heard(1, BYTES("hello"));
    expect_heard(2, BYTES("\0"));
}

TEST(merge_never_hands_over_an_empty_chunk)
{
    set_stage(2);
    says(1, BYTES("x"));
    leaves(0);
    leaves(1);
    (void)merge(stage.fds, 2);
    expect(audience.empty == 0, "A chunk has at least one byte; the end of a source is no chunk.",
           MERGE_NAME " called on_chunk with a len of 0.");
    expect(heard[1].len == 1, "One chunk, of one byte, from source 1.",
           MERGE_NAME ", for a source that ended without a byte and one that wrote a byte, handed over %zu bytes.",
           heard[1].len);
}

TEST(merge_reads_on_after_a_hang_up)
{
    set_stage(2);
    says(0, BYTES("fifteen bytes a"));
    says(1, BYTES("fifteen bytes b"));
    leaves(0);
    leaves(1);
    make_short(IN_PARENT, CALL_READ, EVERY_CALL, 3);
    expect_int(merge(stage.fds, 2), 0, MERGE_NAME ", for two sources whose writers have gone, with data left,");
    expect_heard(0, BYTES("fifteen bytes a"));
    expect_heard(1, BYTES("fifteen bytes b"));
}

TEST(merge_takes_descriptor_0)
{
    set_stage(1);
    says(0, BYTES("zero"));
    leaves(0);

    int kept = fcntl(0, F_DUPFD_CLOEXEC, 100);
    const int zero = 0;
    (void)dup2(stage.fds[0], 0);
    int result = merge(&zero, 1);
    int error = errno;
    (void)dup2(kept, 0);
    (void)close(kept);
    errno = error;
    expect_int(result, 0, MERGE_NAME ", for descriptor 0, a pipe,");
    expect_heard(0, BYTES("zero"));
}

TEST(merge_returns_at_once_without_sources)
{
    set_stage(0);
    begin_script(NULL, 0);
    expect_int(merge(NULL, 0), 0, MERGE_NAME ", with n == 0,");
}

/* ---- no source waits for another ----------------------------------------------------------------------------------- */

TEST(merge_lets_no_source_wait_for_another)
{
    set_stage(3);
    stage.must_hear = true;
    begin_script(SCRIPT({1, "first", false}, {2, "second", false}, {1, "third", true}, {2, "fourth", false},
                        {2, NULL, true}, {0, "last", true}));
    expect_int(merge(stage.fds, 3), 0, MERGE_NAME ", for three sources that speak in turn,");
    expect_heard(1, BYTES("firstthird"));
    expect_heard(2, BYTES("secondfourth"));
    expect_heard(0, BYTES("last"));
}

TEST(merge_stops_watching_a_source_that_has_ended)
{
    unsigned ends_seen = 0;
    const struct board_call *call = NULL;

    set_stage(2);
    leaves(0);
    begin_script(SCRIPT({1, "a", false}, {1, "b", false}, {1, "c", true}));
    expect_int(merge(stage.fds, 2), 0, MERGE_NAME ", for a source that has ended and one that goes on,");
    expect_heard(1, BYTES("abc"));
    while ((call = next_call(call)) != NULL)
        if (call->kind == CALL_READ && call->argument == stage.fds[0])
            ends_seen++;
    /* None at all is right, too: poll says POLLHUP without POLLIN when a pipe has ended and is empty. */
    expect(ends_seen <= 1, "When a read has given 0, the source has ended: it is not read any more.",
           MERGE_NAME " read a source that was at its end %u times.", ends_seen);
}

/* Source 0 as a flood: it is filled up before every read and every wait of the function, so it always has more. */
static struct {
    size_t left;      /* how often it is still filled up; then it leaves */
    unsigned reads;   /* of source 0, since the last wait */
    unsigned turns;   /* reads before source 1 was heard */
    bool has_spoken;  /* source 1 */
    bool is_reported; /* a second read after one wake-up */
} flood;

static void pour(void *arg)
{
    static char rest[4096];
    size_t len;

    (void)arg;
    if (stage.writes[0] == -1)
        return;
    if (--flood.left > 0) {
        stage.written[0] += fill_pipe(stage.writes[0]);
        return;
    }
    /* Enough. What is left is poured away: who reads a few bytes at a time would be at it for long. */
    while ((len = take_available(stage.fds[0], rest, sizeof rest)) > 0)
        stage.written[0] -= len;
    leaves(0);
}

/* Of the reads that found something or could have; an interrupted one may be repeated at once. */
static bool is_read_of_flood(const struct board_call *call)
{
    return call->argument == stage.fds[0] && (call->result >= 0 || call->error == EAGAIN);
}

static void flood_was_read(void *arg)
{
    const struct board_call *call = last_call();

    (void)arg;
    if (!is_read_of_flood(call) || ++flood.reads < 2 || flood.is_reported)
        return;
    flood.is_reported = true;
    note_failure(VERDICT_FAIL, call->caller, "After a wake-up a source is read at most once.",
                 "%s() (" PLACE ") read a source a second time, without a wait in " MERGE_WAITS_IN
                 " between: who reads until there is nothing never comes back to the others.",
                 call->name, (unsigned long)call->caller);
}

static void flood_was_waited_for(void *arg)
{
    (void)arg;
    flood.reads = 0;
}

static void begin_flood(size_t times)
{
    memset(&flood, 0, sizeof flood);
    flood.left = times;
    before_call(IN_PARENT, MERGE_WAIT, EVERY_CALL, pour, NULL);
    before_call(IN_PARENT, CALL_READ, EVERY_CALL, pour, NULL);
}

TEST(merge_reads_a_source_at_most_once_a_wake_up)
{
    set_stage(2);
    leaves(1);
    begin_flood(40);
    after_call(IN_PARENT, MERGE_WAIT, EVERY_CALL, flood_was_waited_for, NULL);
    after_call(IN_PARENT, CALL_READ, EVERY_CALL, flood_was_read, NULL);
    expect_int(merge(stage.fds, 2), 0, MERGE_NAME ", for a source that always has more and one that has ended,");
    expect(heard[0].len == stage.written[0], "Every byte is handed over.",
           MERGE_NAME ", of a source that had written %zu bytes, handed over %zu.", stage.written[0], heard[0].len);
}

static void source_1_speaks(void *arg)
{
    (void)arg;
    flood.has_spoken = true;
    says(1, BYTES("me too"));
}

/* So long may a source be made to wait while another one always has more; a right answer takes two or three. */
enum { PATIENCE = 100 };

static void count_turns(void *arg)
{
    (void)arg;
    if (heard[1].len > 0 || ++flood.turns < PATIENCE)
        return;
    fail_test(VERDICT_FAIL, "A source that always has more does not keep the others from being read.",
              MERGE_NAME " read one source %d times%s", PATIENCE,
              flood.has_spoken ? ", while another one had something to say and was not read."
                               : " in a row, without a wait in " MERGE_WAITS_IN " that would have told of the others.");
}

/* Source 1 has been heard: the flood may end, and so may the test. */
static void end_of_flood(void)
{
    if (heard[1].len == 0 || stage.writes[1] == -1)
        return;
    leaves(1);
    flood.left = 1;
}

TEST(merge_lets_no_flood_starve_the_others)
{
    set_stage(2);
    (void)fcntl(stage.writes[0], F_SETPIPE_SZ, 4096);
    begin_flood(SIZE_MAX);
    before_call(IN_PARENT, MERGE_WAIT, 2, source_1_speaks, NULL);
    after_call(IN_PARENT, CALL_READ, EVERY_CALL, count_turns, NULL);
    audience.then = end_of_flood;
    expect_int(merge(stage.fds, 2), 0, MERGE_NAME ", for a source that always has more and one that speaks once,");
    expect_heard(1, BYTES("me too"));
}

/* ---- interruptions and wake-ups for nothing ------------------------------------------------------------------------- */

TEST(merge_goes_on_after_an_interrupted_wait)
{
    set_stage(2);
    begin_script(SCRIPT({0, "a", false}, signal_comes, signal_comes, {1, "b", true}, signal_comes, signal_comes,
                        signal_comes, signal_comes, signal_comes, signal_comes, {0, "c", true}));
    expect_int(merge(stage.fds, 2), 0, MERGE_NAME ", when signals interrupted its waits,");
    expect_heard(0, BYTES("ac"));
    expect_heard(1, BYTES("b"));
}

TEST(merge_goes_on_after_an_interrupted_read)
{
    set_stage(1);
    says(0, BYTES("abc"));
    leaves(0);
    make_fail(IN_PARENT, CALL_READ, 1, EINTR);
    expect_int(merge(stage.fds, 1), 0, MERGE_NAME ", when a signal interrupted its first read,");
    expect_heard(0, BYTES("abc"));
}

/* Somebody else was faster. */
static void steal(void *arg)
{
    char stolen;

    (void)arg;
    (void)take_available(stage.fds[0], &stolen, sizeof stolen);
}

TEST(merge_goes_on_after_a_wake_up_for_nothing)
{
    set_stage(1);
    (void)fcntl(stage.fds[0], F_SETFL, O_NONBLOCK);
    accept_flags(stage.fds[0]);
    begin_script(SCRIPT({0, "x", false}, {0, "yz", false}, {0, NULL, true}));
    before_call(IN_PARENT, CALL_READ, 1, steal, NULL);
    expect_int(merge(stage.fds, 1), 0, MERGE_NAME ", whose first read of a non-blocking source found nothing,");
    expect_heard(0, BYTES("yz"));
}

static volatile sig_atomic_t signals_handled;

static void handle_signal(int signo)
{
    (void)signo;
    signals_handled++;
}

/* SIGUSR1 is caught, blocked, and has come: it waits to be let in. */
static void send_blocked_signal(void)
{
    struct sigaction action = {.sa_handler = handle_signal};
    sigset_t usr1;

    (void)sigemptyset(&usr1);
    (void)sigaddset(&usr1, SIGUSR1);
    (void)sigprocmask(SIG_BLOCK, &usr1, NULL);
    (void)sigaction(SIGUSR1, &action, NULL);
    ledger_accepts_signals();
    signals_handled = 0;
    (void)raise(SIGUSR1);
}

static void expect_still_blocked(const char *function)
{
    expect(signals_handled == 0, "A signal that the caller has blocked stays blocked during the call.",
           "The caller had SIGUSR1 blocked; while %s waited, its handler ran all the same.", function);
}

TEST(merge_lets_no_blocked_signal_in)
{
    set_stage(1);
    send_blocked_signal();
    begin_script(SCRIPT({0, "a", false}, {0, NULL, true}));
    int result = merge(stage.fds, 1);
    expect_still_blocked(MERGE_NAME);
    expect_int(result, 0, MERGE_NAME ", while a signal was blocked and pending,");
}

/* ---- stops and errors ------------------------------------------------------------------------------------------------ */

static void stop_it(unsigned call, int value)
{
    set_stage(3);
    for (size_t i = 0; i < 3; i++)
        says(i, BYTES("abc"));
    begin_script(SCRIPT({0, "d", true}, {1, NULL, true}, {2, NULL, true}));
    audience.stop_at = call;
    audience.stop_with = value;
    int result = merge(stage.fds, 3);
    expect(audience.calls <= call, "As soon as on_chunk has returned something else than 0, it is not called any more.",
           "on_chunk returned %d in its call number %u, and " MERGE_NAME " called it again.", value, call);
    expect_int(result, 1, MERGE_NAME ", when on_chunk had returned %d,", value);
}

TEST(merge_stops_as_soon_as_on_chunk_says_so)
{
    stop_it(1, 1);
    stop_it(2, 256);

    set_stage(1);
    says(0, BYTES("abc"));
    audience.stop_at = 1;
    audience.stop_with = 1;
    expect_int(merge(stage.fds, 1), 1, MERGE_NAME ", when on_chunk had returned 1 for the only source that was left,");
}

TEST(merge_stops_for_every_value_but_zero)
{
    stop_it(1, -5);
    stop_it(2, -1);
}

TEST(merge_passes_on_the_error_of_a_read)
{
    set_stage(2);
    for (size_t i = 0; i < 2; i++) {
        says(i, BYTES("abc"));
        leaves(i);
    }
    make_fail(IN_PARENT, CALL_READ, 2, EIO);
    expect_error(merge(stage.fds, 2), EIO, MERGE_NAME ", when its second read failed with EIO,");
}

static void waits_fail_from_now_on(void)
{
    if (audience.calls == 1)
        make_fail(IN_PARENT, MERGE_WAIT, EVERY_CALL, ENOMEM);
}

TEST(merge_passes_on_the_error_of_a_wait)
{
    set_stage(1);
    says(0, BYTES("abc"));
    audience.then = waits_fail_from_now_on;
    expect_error(merge(stage.fds, 1), ENOMEM, MERGE_NAME ", when its second wait failed with ENOMEM,");
}

TEST(merge_says_ebadf_for_a_source_that_is_not_open)
{
    set_stage(2);
    says(0, BYTES("abc"));
    stage.fds[1] = closed_number();
    expect_error(merge(stage.fds, 2), EBADF, MERGE_NAME ", for a source with data and one that is not open,");
#ifdef MERGE_SKIPS_NEGATIVE
    expect(calls_made(CALL_READ) == 0 && audience.calls == 0,
           "A source that is not open is found before anything is read.",
           MERGE_NAME " had read from one source when it found that another one is not open.");
#endif
}

/* ---- memory ------------------------------------------------------------------------------------------------------------ */

TEST(merge_survives_a_refused_allocation)
{
    for (unsigned k = 1; k <= 4; k++) {
        set_stage(2);
        says(0, BYTES("abc"));
        says(1, BYTES("defgh"));
        leaves(0);
        leaves(1);
        make_fail(IN_PARENT, CALL_ALLOC, calls_made(CALL_ALLOC) + k, ENOMEM);
        int result = merge(stage.fds, 2);
        if (result == -1) {
            expect_error(result, ENOMEM, MERGE_NAME ", when allocation number %u was refused,", k);
        } else {
            expect_int(result, 0, MERGE_NAME ", when allocation number %u was refused,", k);
            expect(heard[0].len == 3 && heard[1].len == 5, "Either -1 with ENOMEM, or all the data.",
                   MERGE_NAME ", when allocation number %u was refused, gave 0, but handed over only %zu of 8 bytes.",
                   k, heard[0].len + heard[1].len);
        }
        steer_no_more();
        close_own(stage.fds[0]);
        close_own(stage.fds[1]);
    }
}

/* ---- negative descriptors, and very many (poll and epoll) --------------------------------------------------------------- */

#ifdef MERGE_SKIPS_NEGATIVE

TEST(merge_takes_a_negative_descriptor_for_a_source_that_has_ended)
{
    set_stage(2);
    const int fds[] = {-1, stage.fds[0], -7, stage.fds[1]};
    const int none[] = {-1, -2};

    says(0, BYTES("abc"));
    says(1, BYTES("def"));
    leaves(0);
    leaves(1);
    begin_script(NULL, 0);
    expect_int(merge(fds, 4), 0, MERGE_NAME ", for two sources and two negative descriptors,");
    expect_heard(1, BYTES("abc"));
    expect_heard(3, BYTES("def"));
    expect_int(merge(none, 2), 0, MERGE_NAME ", for nothing but negative descriptors,");
}

/* Most of them have ended (they are negative), and some hundred have not: one that looks at all of them for each read is slow enough. */
TEST(merge_takes_ten_thousand_sources)
{
    enum { EVERY = 50, HIGH = 5000 };
    int *fds = shared_memory(SOURCES_MAX * sizeof *fds);

    need_open_files(SOURCES_MAX);
    set_stage(2);
    says(0, BYTES("low"));
    says(1, BYTES("high"));
    leaves(0);
    leaves(1);

    struct ends silent = make_pipe();
    close_own(silent.write);
    for (int i = 0; i < SOURCES_MAX; i++)
        fds[i] = i % EVERY == 0 ? own_fd(fcntl(silent.read, F_DUPFD, HIGH)) : -1;
    fds[7] = stage.fds[0];
    fds[SOURCES_MAX - 1] = move_fd(stage.fds[1], SOURCES_MAX - 1);
    expect_int(merge(fds, SOURCES_MAX), 0, MERGE_NAME ", for %d sources,", SOURCES_MAX);
    expect_heard(7, BYTES("low"));
    expect_heard(SOURCES_MAX - 1, BYTES("high"));
}

#endif

#endif
