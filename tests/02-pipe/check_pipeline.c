/*
 * check_pipeline.c - the suite of 02-pipe: write_all, read_all, run_pipeline.
 *
 * The stages read and write by the C library's own calls, not by read_all and
 * write_all, so that a fault in one function fails the tests of that function.
 * For the same reason a stage reads to end of file only where end of file is
 * the subject; elsewhere it knows how many bytes come.
 */
#define _GNU_SOURCE
#include "pipeline.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "suite.h"

/* ---- write_all and read_all ------------------------------------------------------------------------------------- */

static const char text[] = "to be continued"; /* without a NUL or a newline: they are a test of their own */
enum { LEN = sizeof(text) - 1, PORTION = 4 };

/* A pipe that holds LEN bytes, and whose writer is gone. */
static int pipe_that_ends(void)
{
    struct ends pipe = make_pipe();

    put_bytes(pipe.write, text, LEN);
    close_own(pipe.write);
    return pipe.read;
}

/* What has come through a pipe so far is the text, the whole text and nothing else. */
static void expect_text(int fd, const char *what)
{
    char got[4 * LEN];

    expect_bytes(got, take_available(fd, got, sizeof got), text, LEN, "%s", what);
}

TEST(write_all_goes_on_after_a_short_write)
{
    struct ends pipe = make_pipe();
    make_short(IN_PARENT, CALL_WRITE, EVERY_CALL, PORTION);

    expect_int(CALL(write_all(pipe.write, text, LEN)), 0, "write_all of 15 bytes, when each write accepted 4 at most,");
    expect_text(pipe.read, "write_all of 15 bytes, when each write accepted 4 at most,");
}

/* More than fits in any buffer that a function may have on the way, and no multiple of its size. */
enum { LARGE = 300001, ROOM_IN_LARGE = 200003 };

static unsigned char large[LARGE], large_copy[LARGE];

TEST(large_amounts_arrive_whole)
{
    int file = make_file();
    int other = make_file();
    make_pattern(large, LARGE, 1);

    expect_int(CALL(write_all(file, large, LARGE)), 0, "write_all of 300,001 bytes to a file");
    ssize_t written = pread(file, large_copy, LARGE, 0);
    expect_bytes(large_copy, written > 0 ? (size_t)written : 0, large, LARGE, "write_all of 300,001 bytes to a file");

    put_bytes(other, large, LARGE);
    (void)lseek(other, 0, SEEK_SET);
    memset(large_copy, 0, LARGE);
    expect_int(CALL(read_all(other, large_copy, ROOM_IN_LARGE)), ROOM_IN_LARGE,
               "read_all with room for 200,003 bytes, from a file of 300,001,");
    expect_bytes(large_copy, ROOM_IN_LARGE, large, ROOM_IN_LARGE,
                 "read_all with room for 200,003 bytes, from a file of 300,001,");
    long taken = lseek(other, 0, SEEK_CUR);
    expect(taken == ROOM_IN_LARGE, "read_all takes no more than cap bytes out of the descriptor.",
           "read_all had room for 200,003 bytes, and took %ld out of the file: what it has no room for is lost.",
           taken);
}

TEST(write_all_repeats_an_interrupted_write)
{
    static const unsigned interrupted[] = {1, 2, 3, 5};
    struct ends pipe = make_pipe();
    make_short(IN_PARENT, CALL_WRITE, EVERY_CALL, PORTION);
    for (size_t i = 0; i < sizeof interrupted / sizeof *interrupted; i++)
        make_fail(IN_PARENT, CALL_WRITE, interrupted[i], EINTR);

    expect_int(CALL(write_all(pipe.write, text, LEN)), 0,
               "write_all, when signals had interrupted four of its writes,");
    expect_text(pipe.read, "write_all, when signals had interrupted four of its writes,");
}

TEST(write_all_reports_the_error_of_a_write)
{
    struct ends broken = make_pipe();
    struct ends pipe = make_pipe();

    close_own(broken.read);
    expect_error(CALL(write_all(broken.write, text, LEN)), EPIPE, "write_all to a pipe that nobody can read");

    make_short(IN_PARENT, CALL_WRITE, EVERY_CALL, PORTION);
    make_fail(IN_PARENT, CALL_WRITE, calls_made(CALL_WRITE) + 2, ENOSPC);
    expect_error(CALL(write_all(pipe.write, text, LEN)), ENOSPC,
                 "write_all, when 4 bytes were written and the second write had failed with ENOSPC,");
}

TEST(read_all_goes_on_after_a_short_read)
{
    char got[2 * LEN];
    int fd = pipe_that_ends();
    make_short(IN_PARENT, CALL_READ, EVERY_CALL, PORTION);

    ssize_t count = CALL(read_all(fd, got, sizeof got));
    expect_int(count, LEN, "read_all to the end of 15 bytes, when each read gave 4 at most,");
    expect_bytes(got, (size_t)count, text, LEN, "read_all to the end of 15 bytes, when each read gave 4 at most,");
    expect_int(CALL(read_all(fd, got, sizeof got)), 0, "read_all, when end of file came at once,");
}

TEST(read_all_stops_when_there_is_no_room)
{
    enum { ROOM = 10 };
    struct ends pipe = make_pipe(); /* its writer stays: there will be no end of file */
    char *room = malloc(ROOM);      /* exactly so much: who writes beyond it is seen */
    char rest[LEN];
    make_short(IN_PARENT, CALL_READ, EVERY_CALL, PORTION);

    put_bytes(pipe.write, text, LEN);
    expect_int(CALL(read_all(pipe.read, room, ROOM)), ROOM, "read_all with room for 10 bytes, when 15 were there,");
    expect_bytes(room, ROOM, text, ROOM, "read_all with room for 10 bytes, when 15 were there,");
    expect_bytes(rest, take_available(pipe.read, rest, sizeof rest), text + ROOM, LEN - ROOM,
                 "Reading the rest out of the pipe, after read_all had room for 10 of 15 bytes,");

    put_bytes(pipe.write, text, ROOM);
    expect_int(CALL(read_all(pipe.read, room, ROOM)), ROOM, "read_all with room for 10 bytes, when 10 were there,");
    free(room);
}

TEST(read_all_repeats_an_interrupted_read)
{
    static const unsigned interrupted[] = {1, 2, 3, 5};
    char got[2 * LEN];
    int fd = pipe_that_ends();
    make_short(IN_PARENT, CALL_READ, EVERY_CALL, PORTION);
    for (size_t i = 0; i < sizeof interrupted / sizeof *interrupted; i++)
        make_fail(IN_PARENT, CALL_READ, interrupted[i], EINTR);

    ssize_t count = CALL(read_all(fd, got, sizeof got));
    expect_int(count, LEN, "read_all to the end of 15 bytes, when signals had interrupted four of its reads,");
    expect_bytes(got, (size_t)count, text, LEN, "read_all, when signals had interrupted four of its reads,");
}

TEST(read_all_reports_the_error_of_a_read)
{
    char got[2 * LEN];
    int fd = pipe_that_ends();

    expect_error(CALL(read_all(closed_fd(), got, sizeof got)), EBADF, "read_all from a descriptor that is not open");

    make_short(IN_PARENT, CALL_READ, EVERY_CALL, PORTION);
    make_fail(IN_PARENT, CALL_READ, calls_made(CALL_READ) + 2, EIO);
    expect_error(CALL(read_all(fd, got, sizeof got)), EIO,
                 "read_all, when 4 bytes were read and the second read had failed with EIO,");
}

/* Each of the 256 bytes there are, once as the only one that a call moves, and once among others. */
static void expect_every_byte(const unsigned char bytes[256], const char *how)
{
    unsigned char got[2 * 256];
    struct ends pipe = make_pipe();

    expect_int(CALL(write_all(pipe.write, bytes, 256)), 0, "write_all of all the bytes from 0 to 255, %s,", how);
    expect_bytes(got, take_available(pipe.read, got, sizeof got), bytes, 256,
                 "write_all of all the bytes from 0 to 255, %s,", how);

    put_bytes(pipe.write, bytes, 256);
    close_own(pipe.write);
    ssize_t count = CALL(read_all(pipe.read, got, sizeof got));
    expect_int(count, 256, "read_all to the end of all the bytes from 0 to 255, %s,", how);
    expect_bytes(got, (size_t)count, bytes, 256, "read_all of all the bytes from 0 to 255, %s,", how);
}

/* Who does not cope with short reads and writes, whatever the bytes are, fails other tests. */
static bool goes_on_after_short_calls(void)
{
    char got[2 * LEN];
    struct ends pipe = make_pipe();

    if (CALL(write_all(pipe.write, text, LEN)) != 0 || take_available(pipe.read, got, sizeof got) != LEN ||
        memcmp(got, text, LEN) != 0)
        return false;
    put_bytes(pipe.write, text, LEN);
    return CALL(read_all(pipe.read, got, LEN)) == LEN && memcmp(got, text, LEN) == 0;
}

TEST(every_byte_is_data)
{
    unsigned char bytes[256];

    for (unsigned i = 0; i < 256; i++)
        bytes[i] = (unsigned char)(7 * i); /* each of them; the first is NUL */
    expect_every_byte(bytes, "NUL and newline among them");
    make_short(IN_PARENT, CALL_READ, EVERY_CALL, 1);
    make_short(IN_PARENT, CALL_WRITE, EVERY_CALL, 1);
    if (goes_on_after_short_calls())
        expect_every_byte(bytes, "one at a time");
}

TEST(moving_nothing_calls_nothing)
{
    char byte = 'x';
    struct ends pipe = make_pipe();

    expect_int(CALL(write_all(closed_fd(), &byte, 0)), 0, "write_all of 0 bytes to a descriptor that is not open");
    expect_int(CALL(read_all(closed_fd(), &byte, 0)), 0,
               "read_all with room for 0 bytes, from a descriptor that is not open,");
    expect_int(CALL(write_all(pipe.write, &byte, 0)), 0, "write_all of 0 bytes to a pipe");
    expect_int(CALL(read_all(pipe.read, &byte, 0)), 0, "read_all with room for 0 bytes, from an empty pipe,");
    expect(calls_made(CALL_WRITE) == 0, "With len == 0 write_all does not write.",
           "write_all was called for 0 bytes, and called write all the same.");
    expect(calls_made(CALL_READ) == 0, "With cap == 0 read_all does not read.",
           "read_all was called with room for 0 bytes, and called read all the same.");
}

/* Both ends do not wait any more. */
static struct ends make_impatient_pipe(void)
{
    struct ends pipe = make_pipe();

    (void)fcntl(pipe.read, F_SETFL, O_NONBLOCK);
    (void)fcntl(pipe.write, F_SETFL, O_NONBLOCK);
    accept_flags(pipe.read);
    accept_flags(pipe.write);
    return pipe;
}

TEST(eagain_is_an_error_like_any_other)
{
    static char bytes[100000]; /* more than a pipe holds */
    struct ends pipe = make_impatient_pipe();

    expect_error(CALL(read_all(pipe.read, bytes, LEN)), EAGAIN, "read_all from a non-blocking pipe that is empty");
    put_bytes(pipe.write, text, PORTION);
    expect_error(CALL(read_all(pipe.read, bytes, LEN)), EAGAIN,
                 "read_all of 15 bytes from a non-blocking pipe that holds 4 and whose writer is still there");

    expect_error(CALL(write_all(pipe.write, bytes, sizeof bytes)), EAGAIN,
                 "write_all of 100,000 bytes to a non-blocking pipe, which has no room for so many,");
    (void)fill_pipe(pipe.write);
    expect_error(CALL(write_all(pipe.write, bytes, LEN)), EAGAIN, "write_all to a non-blocking pipe that is full");
}

enum {
    MOST_A_CALL = 0x7ffff000, /* what Linux moves at most in one call: read(2), write(2) */
    PATIENCE = 10000,         /* who moves small portions is not asked to move 4 GiB of them: then comes an error */
};

static const size_t huge = ((size_t)4 << 30) + 5;
static size_t moved; /* what the submission's calls of one kind have moved, or were said to have moved */

static void *huge_memory(void)
{
    void *memory = mmap(NULL, huge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (memory == MAP_FAILED)
        skip_test("this machine does not give a process 4 GiB of addresses: %s", strerror(errno));
    return memory;
}

/* Who goes on after the last byte has lost count, and would go on for ever. */
static void count_moved(void *what)
{
    const struct board_call *call = last_call();

    moved += call->result > 0 ? (size_t)call->result : 0;
    expect(moved <= huge, "Sizes may be larger than 2 GiB, and than 4 GiB.",
           "%s %zu bytes, which is 4 GiB and 5, and went on when these had been moved.", (const char *)what, huge);
}

/* So much has been moved, or the submission has run out of patience first. */
static void expect_all_moved(enum call_kind kind, const char *what)
{
    if (calls_made(kind) > PATIENCE)
        return;
    expect(moved == huge, "Sizes may be larger than 2 GiB, and than 4 GiB.",
           "%s %zu bytes, which is 4 GiB and 5, and stopped after %zu.", what, huge, moved);
}

TEST(sizes_may_be_larger_than_2_gib)
{
    struct ends pipe = make_pipe();
    void *memory = huge_memory();
    static char to_write[] = "write_all was to write";
    static char to_read[] = "read_all was to read";
    for (enum call_kind kind = CALL_READ; kind <= CALL_WRITE; kind++) {
        make_pretend(IN_PARENT, kind, EVERY_CALL, MOST_A_CALL);
        make_fail(IN_PARENT, kind, PATIENCE + 1, EIO);
        after_call(IN_PARENT, kind, EVERY_CALL, count_moved, kind == CALL_READ ? to_read : to_write);
    }

    int result = CALL(write_all(pipe.write, memory, huge));
    expect_all_moved(CALL_WRITE, to_write);
    moved = 0;
    if (calls_made(CALL_WRITE) <= PATIENCE)
        expect_int(result, 0, "write_all of 4 GiB and 5 bytes, all of which write had accepted,");

    ssize_t count = CALL(read_all(pipe.read, memory, huge));
    expect_all_moved(CALL_READ, to_read);
    if (calls_made(CALL_READ) <= PATIENCE)
        expect_int(count, (long)huge, "read_all with room for 4 GiB and 5 bytes, all of which read had given,");
    (void)munmap(memory, huge);
}

/* Takes 0, 1 and 2 away from the test for a while. */
static void put_standard_descriptors_aside(int aside[3])
{
    for (int fd = 0; fd < 3; fd++) {
        aside[fd] = fcntl(fd, F_DUPFD, 100);
        (void)close(fd);
    }
}

static void put_standard_descriptors_back(const int aside[3])
{
    for (int fd = 0; fd < 3; fd++) {
        if (fcntl(fd, F_GETFD) != -1)
            fail_test(VERDICT_DESCRIPTORS, "A function closes every descriptor that it opened, 0, 1 and 2 too.",
                      "0, 1 and 2 were closed before the call, and after it descriptor %d is left open.", fd);
        (void)dup2(aside[fd], fd);
        (void)close(aside[fd]);
    }
}

TEST(descriptor_0_is_written_and_read_like_any_other)
{
    char got[LEN];
    int aside[3];
    struct ends pipe = make_pipe();
    struct ends other = make_pipe();
    put_standard_descriptors_aside(aside);

    int writer = move_fd(pipe.write, 0);
    expect_int(CALL(write_all(writer, text, LEN)), 0, "write_all to descriptor 0, the write end of a pipe,");
    close_own(writer);
    put_bytes(other.write, text, LEN);
    int reader = move_fd(other.read, 0);
    expect_int(CALL(read_all(reader, got, LEN)), LEN,
               "read_all of 15 bytes from descriptor 0, the read end of a pipe,");
    close_own(reader);
    put_standard_descriptors_back(aside);
}

/* ---- what stages tell the test ------------------------------------------------------------------------------------ */

struct notes {
    unsigned started; /* stages that began, and those that came to their end */
    unsigned ended;
    pid_t pids[8];
    size_t count; /* bytes that the last stage has read */
    int error;    /* that ended a stage's writing */
};

static struct notes *notes;
static pid_t caller; /* the test's own process */
static struct gate *gate;
static struct ends source, sink; /* in is source.read, out is sink.write */

static void prepare(void)
{
    notes = shared_memory(sizeof *notes);
    caller = getpid();
    source = make_pipe();
    sink = make_pipe();
}

/* The submission runs the pipeline between source and sink. */
static int run(const stage_fn stages[], size_t n)
{
    return CALL(run_pipeline(stages, n, source.read, sink.write));
}

#define RUN(stages) run(stages, sizeof(stages) / sizeof *(stages))

/* One read, one write, in a stage. They fail only if the stage was given the wrong descriptors. */
static size_t stage_read(int in, void *data, size_t cap)
{
    ssize_t len = read(in, data, cap);

    expect(len >= 0, "A stage can read the descriptor that it is given as in.",
           "A stage was given %d as in, and could not read it: %s.", in, strerrorname_np(errno));
    return (size_t)len;
}

static void stage_write(int out, const void *data, size_t len)
{
    ssize_t written = write(out, data, len);

    expect(written == (ssize_t)len, "A stage can write the descriptor that it is given as out.",
           "A stage was given %d as out, and could not write it: %s.", out,
           written == -1 ? strerrorname_np(errno) : "fewer bytes were accepted than offered");
}

static size_t read_to_end(int in)
{
    char data[256];
    size_t count = 0;
    size_t len;

    while ((len = stage_read(in, data, sizeof data)) > 0)
        count += len;
    return count;
}

/* A stage: a function with the parameters in and out, of which it need not use both. */
#define STAGE(name) static int name(int in __attribute__((unused)), int out __attribute__((unused)))

STAGE(return_0)
{
    return 0;
}

/* For stages that do something drastic to their process. */
static void expect_child(void)
{
    expect(getpid() != caller, "Each stage runs in a child of its own.", "A stage ran in the caller's own process.");
}

/* ---- run_pipeline: all goes well ---------------------------------------------------------------------------------- */

/* Passes on what it reads, with one letter more. */
static void add_letter(int in, int out, char letter)
{
    char message[32];
    size_t len = stage_read(in, message, sizeof message - 1);

    message[len] = letter;
    stage_write(out, message, len + 1);
}

STAGE(add_a)
{
    add_letter(in, out, 'a');
    return 0;
}

STAGE(add_b)
{
    add_letter(in, out, 'b');
    return 0;
}

STAGE(add_c)
{
    add_letter(in, out, 'c');
    return 0;
}

static const stage_fn abc[] = {add_a, add_b, add_c};

/* Runs the first N of a | b | c from IN to OUT; "in:" is sent to WRITER, and what is to be read at READER is WANT. */
static void expect_abc(size_t n, int in, int out, int writer, int reader, const char *want, const char *when)
{
    char got[64];

    put_bytes(writer, "in:", 3);
    expect_int(CALL(run_pipeline(abc, n, in, out)), 0, "run_pipeline, for stages that return 0, %s,", when);
    expect_bytes(got, take_available(reader, got, sizeof got), want, strlen(want),
                 "\"in:\", sent through %zu of the stages a, b and c, each of which adds its letter, %s,", n, when);
}

TEST(bytes_go_from_in_through_the_stages_to_out)
{
    prepare();
    expect_abc(3, source.read, sink.write, source.write, sink.read, "in:abc", "from one pipe to another");
}

STAGE(note_and_return_1)
{
    unsigned number = __atomic_fetch_add(&notes->started, 1, __ATOMIC_SEQ_CST);
    if (number < sizeof notes->pids / sizeof *notes->pids)
        notes->pids[number] = getpid();
    return 1;
}

static const stage_fn twice[] = {note_and_return_1, note_and_return_1};

/* The N stages that have run were N processes, none of them the caller's own. */
static void expect_processes(unsigned n)
{
    expect(notes->started == n, "Each stage runs once.", "Of a pipeline of %u stages %u ran.", n, notes->started);
    for (unsigned i = 0; i < n; i++) {
        expect(notes->pids[i] != getpid(), "Each stage runs in a child of its own, the last one and a single one too.",
               "In a pipeline of %u a stage ran in the caller's own process.", n);
        for (unsigned k = 0; k < i; k++)
            expect(notes->pids[i] != notes->pids[k], "Each stage runs in a child of its own.",
                   "In a pipeline of %u two stages ran in one process.", n);
    }
}

TEST(each_stage_runs_in_a_child_of_its_own)
{
    prepare();
    expect_int(RUN(twice), 1, "run_pipeline, for two stages that return 1,");
    expect_processes(2);
    notes->started = 0;
    expect_int(CALL(run_pipeline(twice, 1, source.read, sink.write)), 1,
               "run_pipeline, for a single stage that returns 1,");
    expect_processes(1);
}

STAGE(return_7)
{
    return 7;
}

STAGE(return_511)
{
    return 0x1ff;
}

STAGE(return_263)
{
    return 0x107;
}

STAGE(return_minus_2)
{
    return -2;
}

STAGE(be_killed)
{
    expect_child();
    (void)kill(getpid(), SIGKILL);
    return 0;
}

TEST(the_result_is_the_code_of_the_last_stage)
{
    static const stage_fn seven_last[] = {return_511, return_7};
    static const stage_fn zero_last[] = {return_7, return_0};
    static const stage_fn only_511[] = {return_511};
    static const stage_fn only_263[] = {return_263};
    static const stage_fn only_minus_2[] = {return_minus_2};
    prepare();

    expect_int(RUN(seven_last), 7, "run_pipeline, for stages that returned 511 and 7,");
    expect_int(RUN(zero_last), 0, "run_pipeline, for stages that returned 7 and 0,");
    expect_int(RUN(only_511), 255, "run_pipeline, for a single stage that returned 511 (0x1ff),");
    expect_int(RUN(only_263), 7, "run_pipeline, for a single stage that returned 263 (0x107),");
    expect_int(RUN(only_minus_2), 254, "run_pipeline, for a single stage that returned -2 (0xfffffffe),");
}

STAGE(be_killed_by_a_real_time_signal)
{
    expect_child();
    (void)kill(getpid(), SIGRTMIN);
    return 0;
}

TEST(a_killed_last_stage_gives_128_and_the_signal)
{
    static const stage_fn killed_first[] = {be_killed, return_7};
    static const stage_fn killed_last[] = {return_7, be_killed};
    static const stage_fn killed_late[] = {return_7, be_killed_by_a_real_time_signal};
    prepare();

    expect_int(RUN(killed_first), 7, "run_pipeline, when SIGKILL had killed the first stage and the last returned 7,");
    expect_int(RUN(killed_last), 128 + SIGKILL, "run_pipeline, when SIGKILL, signal 9, had killed the last stage,");
    expect_int(RUN(killed_late), 128 + SIGRTMIN, "run_pipeline, when SIGRTMIN, signal %d, had killed the last stage,",
               SIGRTMIN);
    pretend_core_dumps();
    expect_int(RUN(killed_last), 128 + SIGKILL,
               "run_pipeline, when signal 9 had killed the last stage, which had left a core dump,");
}

/* The last stage has ended when run_pipeline first waits; the first one ends when it is asleep in a wait. */
STAGE(wait_at_gate)
{
    expect_child();
    gate_wait(gate);
    return 1;
}

/* Whatever call the parent waits by first, HOOK is run before it, once. */
static void before_first_wait(void (*hook)(void *arg))
{
    static const enum call_kind kinds[] = {CALL_WAIT, CALL_POLL, CALL_SELECT, CALL_EPOLL_WAIT};

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        before_call(IN_PARENT, kinds[i], 1, hook, NULL);
}

static struct gate *first_wait; /* opened when the parent is about to wait */

static void wait_until_one_has_ended(void *arg)
{
    siginfo_t info;

    (void)arg;
    if (calls_made(CALL_FORK) == 2 && !gate_is_open(first_wait)) { /* else it waits too early, another test's subject */
        awaits("the last stage has ended");
        (void)waitid(P_ALL, 0, &info, WEXITED | WNOWAIT);
        awaits(NULL);
    }
    gate_open(first_wait);
}

/* The helper may wait for something that did not come. */
static void end_helper(pid_t helper)
{
    (void)kill(helper, SIGKILL);
    (void)waitpid(helper, NULL, 0);
}

static int open_gate_when_parent_waits(void *arg)
{
    (void)arg;
    gate_wait(first_wait);
    wait_until_blocked(getppid());
    gate_open(gate);
    return 0;
}

TEST(the_last_stage_is_the_last_in_line_not_in_time)
{
    static const stage_fn stages[] = {wait_at_gate, return_7};
    prepare();
    gate = make_gate("the parent waits for the stages");
    first_wait = make_gate("the parent is about to wait");
    pid_t helper = start_peer("the suite's helper", open_gate_when_parent_waits, NULL, -1);
    before_first_wait(wait_until_one_has_ended);

    expect_int(RUN(stages), 7, "run_pipeline, when the last stage had returned 7 and the first, which ended later, 1,");
    end_helper(helper);
}

static void open_first_wait(void *arg)
{
    (void)arg;
    gate_open(first_wait);
}

TEST(run_pipeline_neither_spins_nor_sleeps)
{
    static const stage_fn stages[] = {wait_at_gate};
    prepare();
    gate = make_gate("the parent waits for the stage");
    first_wait = make_gate("the parent is about to wait");
    before_first_wait(open_first_wait);
    pid_t helper = start_peer("the suite's helper", open_gate_when_parent_waits, NULL, -1);

    expect_int(RUN(stages), 1, "run_pipeline, for a stage that returned 1,");
    for (const struct board_call *call = next_call(NULL); call != NULL; call = next_call(call)) {
        bool timed_out = call->result == 0 && (call->kind == CALL_POLL || call->kind == CALL_SELECT);
        if (timed_out)
            note_failure(VERDICT_SPIN, call->caller,
                         "A wait ends when what it waits for has happened. Sleeping is not waiting.",
                         "%s() (" PLACE ") was over by its time-out: it was called to let time pass, and the stage was"
                         " asked for again and again.",
                         call->name, (unsigned long)call->caller);
    }
    end_helper(helper);
}

STAGE(stop_and_return_7)
{
    expect_child();
    notes->pids[0] = getpid();
    (void)raise(SIGSTOP);
    return 7;
}

static void wait_for_the_stop(void *arg)
{
    siginfo_t info;

    (void)arg;
    if (calls_made(CALL_FORK) > 0 && !gate_is_open(first_wait)) {
        awaits("the stage has stopped itself");
        (void)waitid(P_ALL, 0, &info, WSTOPPED | WEXITED | WNOWAIT);
        awaits(NULL);
    }
    gate_open(first_wait);
}

static int continue_stage(void *arg)
{
    (void)arg;
    gate_wait(first_wait);
    wait_until_blocked(getppid());
    return kill(notes->pids[0], SIGCONT);
}

TEST(a_stopped_stage_has_not_ended)
{
    static const stage_fn stages[] = {stop_and_return_7};
    prepare();
    first_wait = make_gate("the parent is about to wait");
    pid_t helper = start_peer("the suite's helper", continue_stage, NULL, -1);
    before_first_wait(wait_for_the_stop);

    expect_int(RUN(stages), 7, "run_pipeline, for a stage that was stopped by SIGSTOP, was continued, and returned 7,");
    end_helper(helper);
}

enum { BLOCK = 1 << 16, MEBIBYTE = 1 << 20 };

static unsigned char block[BLOCK]; /* what goes through the pipeline, sixteen times */

STAGE(write_a_mebibyte)
{
    for (size_t sent = 0; sent < MEBIBYTE; sent += BLOCK)
        stage_write(out, block, BLOCK);
    return 0;
}

STAGE(copy_a_mebibyte)
{
    for (size_t sent = 0; sent < MEBIBYTE;) {
        size_t len = stage_read(in, block, BLOCK);
        stage_write(out, block, len);
        sent += len > 0 ? len : MEBIBYTE; /* what is missing at the end, the next stage sees */
    }
    return 0;
}

STAGE(compare_a_mebibyte)
{
    static unsigned char got[MEBIBYTE];
    size_t count = 0;
    size_t len = 1;

    for (; len > 0 && count < MEBIBYTE; count += len)
        len = stage_read(in, got + count, MEBIBYTE - count);
    expect(count == MEBIBYTE, "What goes in comes out.", "Of a mebibyte %zu bytes had arrived in the last stage.",
           count);
    for (size_t at = 0; at < MEBIBYTE; at += BLOCK)
        expect_bytes(got + at, BLOCK, block, BLOCK, "Reading a mebibyte in the last stage, from byte %zu on,", at);
    return 0;
}

enum { CROWD = 200 }; /* stages */

/* After a wait; 3 real stages have been before. To ask without waiting who has ended already is none. */
static void expect_crowd(void *arg)
{
    (void)arg;
    if (calls_made(CALL_FORK) < 3 + CROWD && (last_call()->size & WNOHANG) == 0)
        fail_test(VERDICT_FAIL, "All stages are started before any is waited for.",
                  "Of %d stages %u had been started when run_pipeline waited for one of them to end.", CROWD,
                  calls_made(CALL_FORK) - 3);
}

static void expect_no_wait_before_all_run(void)
{
    static stage_fn stages[CROWD];

    for (size_t i = 0; i < CROWD; i++)
        stages[i] = return_0;
    pretend_to_fork();
    after_call(IN_PARENT, CALL_WAIT, EVERY_CALL, expect_crowd, NULL);
    (void)RUN(stages); /* what it gives is other tests' subject */
}

TEST(all_stages_run_at_once)
{
    static const stage_fn stages[] = {write_a_mebibyte, copy_a_mebibyte, compare_a_mebibyte};
    prepare();
    make_pattern(block, BLOCK, 2);
    expect_int(RUN(stages), 0, "run_pipeline, for a mebibyte that goes through three stages,");
    expect_no_wait_before_all_run();
}

/* ---- run_pipeline: who holds the ends ------------------------------------------------------------------------------- */

STAGE(write_hello)
{
    stage_write(out, "hello", 5);
    return 0;
}

STAGE(copy_to_end)
{
    char data[64];
    size_t len;

    while ((len = stage_read(in, data, sizeof data)) > 0)
        stage_write(out, data, len);
    return 0;
}

STAGE(count_to_end)
{
    notes->count = read_to_end(in);
    return 0;
}

TEST(end_of_file_travels_down_the_line)
{
    static const stage_fn stages[] = {write_hello, copy_to_end, count_to_end};
    prepare();

    expect_int(RUN(stages), 0, "run_pipeline, for three stages of which the first writes \"hello\" and ends,");
    expect_int((long)notes->count, 5,
               "Counting, in the last stage, the bytes to end of file, when the first wrote \"hello\",");
}

/* The first stage lives on without its output; the second ends as it sees the end of its input; so does the third. */
STAGE(close_out_and_wait)
{
    (void)close(out);
    gate_wait(gate);
    return 0;
}

STAGE(open_gate_at_end)
{
    (void)read_to_end(in);
    gate_open(gate);
    return 0;
}

TEST(a_stage_that_closes_its_output_ends_the_next)
{
    static const stage_fn stages[] = {close_out_and_wait, count_to_end, open_gate_at_end};
    prepare();
    gate = make_gate("the last stage has seen the end of its input");

    expect_int(RUN(stages), 0, "run_pipeline, for three stages of which the first closes its output and lives on,");
}

/* Writes until that fails: 8 MiB at most, which is more than a pipe holds, however it is set. */
static void write_until_refused(int out)
{
    static const char bytes[4096];
    ssize_t written = 0;

    for (int i = 0; i < 2048 && written != -1; i++)
        written = write(out, bytes, sizeof bytes);
    notes->error = written == -1 ? errno : 0;
}

STAGE(write_without_end)
{
    write_until_refused(out);
    return 0;
}

STAGE(take_one_byte)
{
    char byte;

    (void)stage_read(in, &byte, 1);
    return 3;
}

static void expect_epipe(const char *when)
{
    expect(notes->error == EPIPE, "A write to a pipe that nobody can read any more fails with EPIPE.",
           "%s, the first stage's writes %s%s.", when, notes->error == 0 ? "all succeeded" : "ended with ",
           notes->error == 0 ? "" : strerrorname_np(notes->error));
}

TEST(a_stage_that_ends_early_stops_the_writer_before_it)
{
    static const stage_fn stages[] = {write_without_end, take_one_byte};
    prepare();

    expect_int(RUN(stages), 3,
               "run_pipeline, whose last stage reads one byte, ends and returns 3, while the first writes on,");
    expect_epipe("When the last stage had read one byte and ended");
}

/* The second stage lives on without its input, and so does the third; the first has to notice all the same. */
STAGE(write_without_end_and_open_gate)
{
    write_until_refused(out);
    gate_open(gate);
    return 0;
}

STAGE(close_in_and_wait)
{
    (void)close(in);
    gate_wait(gate);
    return 0;
}

STAGE(wait_at_gate_and_return_0)
{
    (void)wait_at_gate(in, out);
    return 0;
}

TEST(a_stage_that_closes_its_input_stops_the_writer_before_it)
{
    static const stage_fn stages[] = {write_without_end_and_open_gate, close_in_and_wait, wait_at_gate_and_return_0};
    prepare();
    gate = make_gate("the first stage can write no more");

    expect_int(RUN(stages), 0, "run_pipeline, for three stages of which the second closes its input and lives on,");
    expect_epipe("When the second stage had closed its input");
}

/* What a descriptor is, apart from its number. */
struct thing {
    dev_t device;
    ino_t inode;
    int access;
};

enum { LOOK_AT = 1024 }; /* descriptors below this number */

static struct thing callers[LOOK_AT]; /* what the caller had open before the call; inode 0: nothing */

static struct thing thing_of(int fd)
{
    struct stat status;

    if (fstat(fd, &status) == -1)
        return (struct thing){0, 0, 0};
    return (struct thing){status.st_dev, status.st_ino, fcntl(fd, F_GETFL) & O_ACCMODE};
}

static bool is_same(struct thing a, struct thing b)
{
    return a.inode != 0 && a.device == b.device && a.inode == b.inode && a.access == b.access;
}

static bool is_pipe(int fd)
{
    struct stat status;

    return fstat(fd, &status) == 0 && (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode));
}

static bool is_callers(struct thing thing)
{
    for (int fd = 0; fd < LOOK_AT; fd++)
        if (fd != source.read && fd != sink.write && is_same(callers[fd], thing))
            return true;
    return false;
}

/* In words, what a stage that was given IN and OUT holds as a surplus descriptor; NULL if it is none of the pipeline's. */
static const char *surplus(int fd, int in, int out)
{
    struct thing thing = thing_of(fd);

    if (fd == in || fd == out || !is_pipe(fd) || is_callers(thing))
        return NULL;
    if (is_same(thing, thing_of(in)))
        return "a second copy of its own input";
    if (is_same(thing, thing_of(out)))
        return "a second copy of its own output";
    if (is_same(thing, callers[source.read]))
        return "the caller's in, which is for the first stage alone";
    if (is_same(thing, callers[sink.write]))
        return "the caller's out, which is for the last stage alone";
    if (thing.inode == thing_of(in).inode)
        return "the write end of the pipe that it reads itself";
    if (thing.inode == thing_of(out).inode)
        return "the read end of the pipe that it writes itself";
    return thing.access == O_RDONLY ? "the read end of a pipe between two other stages"
                                    : "the write end of a pipe between two other stages";
}

STAGE(look_for_surplus)
{
    bool is_first = is_same(thing_of(in), callers[source.read]);
    bool is_last = is_same(thing_of(out), callers[sink.write]);
    const char *which = is_first ? "The first" : is_last ? "The last" : "A middle";

    for (int fd = 0; fd < LOOK_AT; fd++) {
        const char *what = surplus(fd, in, out);
        if (what != NULL)
            fail_test(
                VERDICT_DESCRIPTORS,
                "Of the pipeline's descriptors a stage's process holds the two that the stage is given, and no others.",
                "%s stage, which was given in = %d and out = %d, also holds descriptor %d: %s.", which, in, out, fd,
                what);
    }
    return 0;
}

static void look_at_callers_descriptors(void)
{
    for (int fd = 0; fd < LOOK_AT; fd++)
        callers[fd] = thing_of(fd);
}

TEST(a_stage_holds_its_own_two_descriptors_and_no_others)
{
    static const stage_fn stages[] = {look_for_surplus, look_for_surplus, look_for_surplus, look_for_surplus,
                                      look_for_surplus};
    prepare();
    look_at_callers_descriptors();

    expect_int(RUN(stages), 0, "run_pipeline, for stages that look at their descriptors and return 0,");
}

/* Of the caller's descriptors a stage need not have in and out. 0 and 1 may have been given a new meaning, as a shell does. */
STAGE(look_for_callers)
{
    for (int fd = 2; fd < LOOK_AT; fd++)
        if (callers[fd].inode != 0 && fd != source.read && fd != sink.write)
            expect(is_same(callers[fd], thing_of(fd)),
                   "Descriptors that the caller had open besides in and out stay open in every stage.",
                   "The caller had descriptor %d open, and in a stage's process it was %s.", fd,
                   fcntl(fd, F_GETFD) == -1 ? "closed" : "something else");
    return 0;
}

TEST(the_callers_other_descriptors_stay_open_in_the_stages)
{
    static const stage_fn stages[] = {look_for_callers, look_for_callers};
    prepare();
    (void)move_fd(make_pipe().write, 77);
    look_at_callers_descriptors();

    expect_int(RUN(stages), 0, "run_pipeline, for stages that look at their descriptors and return 0,");
}

static void expect_blocking_pipe(int fd, const char *what)
{
    struct stat status;
    int flags = fcntl(fd, F_GETFL);

    expect(flags != -1 && fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode), "Stages are joined by pipes.",
           "The %s was descriptor %d, which is not a pipe.", what, fd);
    expect((flags & O_NONBLOCK) == 0, "The pipes between stages are blocking.",
           "The %s was a pipe in non-blocking mode: a stage's read or write there fails with EAGAIN.", what);
    expect((flags & O_DIRECT) == 0, "The pipes between stages carry a stream of bytes.",
           "The %s was a pipe in packet mode (O_DIRECT), which loses the rest of a packet.", what);
}

STAGE(look_at_output)
{
    expect_blocking_pipe(out, "first stage's output");
    return 0;
}

STAGE(look_at_input)
{
    expect_blocking_pipe(in, "last stage's input");
    return 0;
}

TEST(stages_are_joined_by_blocking_pipes)
{
    static const stage_fn stages[] = {look_at_output, look_at_input};
    prepare();
    expect_int(RUN(stages), 0, "run_pipeline, for two stages that look at the pipe between them and return 0,");
}

static struct thing shared; /* in and out, which are one */

/* It may be the second of three only, for the others were given that descriptor. */
STAGE(look_for_shared)
{
    if (is_same(thing_of(in), shared) || is_same(thing_of(out), shared))
        return 0;
    for (int fd = 0; fd < LOOK_AT; fd++)
        if (is_same(thing_of(fd), shared))
            fail_test(VERDICT_DESCRIPTORS,
                      "in and out are for the first and the last stage alone, also if they are one descriptor.",
                      "With in and out one and the same socket, a middle stage, which was given in = %d and out = %d,"
                      " also held descriptor %d: that socket.",
                      in, out, fd);
    return 0;
}

TEST(in_and_out_may_be_one_descriptor)
{
    static const stage_fn look[] = {look_for_shared, look_for_shared, look_for_shared};
    prepare();
    struct ends both = make_socketpair();

    expect_abc(1, both.read, both.read, both.write, both.write, "in:a", "with in and out one and the same socket");
    expect_abc(3, both.read, both.read, both.write, both.write, "in:abc", "with in and out one and the same socket");
    shared = thing_of(both.read);
    expect_int(CALL(run_pipeline(look, 3, both.read, both.read)), 0,
               "run_pipeline, for stages that look at their descriptors and return 0,");
}

STAGE(close_both)
{
    (void)close(in);
    (void)close(out);
    return 6;
}

TEST(a_stage_may_close_its_descriptors_itself)
{
    static const stage_fn stages[] = {close_both, close_both};
    prepare();
    expect_int(RUN(stages), 6, "run_pipeline, for stages that close their descriptors themselves and return 6,");
}

TEST(pipes_may_have_the_numbers_0_1_and_2)
{
    int aside[3];
    prepare();
    put_standard_descriptors_aside(aside);

    expect_abc(3, source.read, sink.write, source.write, sink.read, "in:abc",
               "when 0, 1 and 2 were free for its pipes");
    put_standard_descriptors_back(aside);
}

TEST(in_and_out_may_be_1_and_0)
{
    int aside[3];
    prepare();
    put_standard_descriptors_aside(aside);
    int in = move_fd(source.read, 1);
    int out = move_fd(sink.write, 0);

    expect_abc(2, in, out, source.write, sink.read, "in:ab", "with in = 1 and out = 0");
    close_own(in);
    close_own(out);
    put_standard_descriptors_back(aside);
}

/* ---- run_pipeline: what it leaves alone ----------------------------------------------------------------------------- */

/* How often the caller's exit handler has run in a child, and its stdio buffer was written out. */
struct farewells {
    unsigned handlers;
    unsigned flushes_in_children;
    unsigned flushes_in_parent;
};

static struct farewells *farewells;

static void exit_handler(void)
{
    if (getpid() != caller)
        farewells->handlers++;
}

static ssize_t write_out(void *cookie, const char *data, size_t len)
{
    (void)cookie;
    (void)data;
    if (getpid() == caller)
        farewells->flushes_in_parent++;
    else
        farewells->flushes_in_children++;
    return (ssize_t)len;
}

/* A caller with exit handlers, and with a stream that has not written out what was printed. */
static FILE *make_caller(void)
{
    farewells = shared_memory(sizeof *farewells);
    FILE *stream = fopencookie(NULL, "w", (cookie_io_functions_t){.write = write_out});

    if (stream == NULL || atexit(exit_handler) != 0 || at_quick_exit(exit_handler) != 0 ||
        fputs("hello", stream) == EOF)
        fail_test(VERDICT_GRADER_ERROR, "", "The suite cannot prepare a stream and an exit handler.");
    return stream;
}

TEST(a_stage_leaves_exit_handlers_and_stdio_alone)
{
    static const stage_fn stages[] = {return_0, return_0};
    prepare();
    FILE *stream = make_caller();

    expect_int(RUN(stages), 0, "run_pipeline, for two stages that return 0,");
    expect(farewells->handlers == 0, "A stage's process does not run the caller's atexit handlers.",
           "A stage's process ran the function that the caller had registered with atexit.");
    expect(
        farewells->flushes_in_children == 0,
        "A stage's process does not write out what is in the caller's stdio buffers.",
        "The caller had printed \"hello\" to a stream that still had it in its buffer. A stage's process wrote out its"
        " copy of it, so it comes twice.");
    expect(farewells->flushes_in_parent == 0,
           "What the caller has printed stays in its buffer until the caller flushes it.",
           "The caller had printed \"hello\" to a stream; during run_pipeline it was written out.");
    (void)fclose(stream);
}

STAGE(look_at_signals)
{
    expect_callers_signals("a stage");
    return 0;
}

TEST(a_stage_sees_the_callers_signals)
{
    static const stage_fn stages[] = {look_at_signals, look_at_signals};
    prepare();
    make_callers_signals();

    expect_int(RUN(stages), 0, "run_pipeline, for two stages that look at their signals and return 0,");
}

static int return_at_once(void *arg)
{
    (void)arg;
    return 9;
}

static int wait_for_the_end(void *arg)
{
    (void)arg;
    gate_wait(gate);
    return 8;
}

TEST(the_callers_other_children_are_left_alone)
{
    static const stage_fn stages[] = {return_0, return_0};
    siginfo_t info;
    prepare();
    gate = make_gate("run_pipeline has returned");
    pid_t ended = start_peer("a child of the caller's own", return_at_once, NULL, -1);
    (void)waitid(P_PID, (id_t)ended, &info, WEXITED | WNOWAIT);
    pid_t running = start_peer("a child of the caller's own", wait_for_the_end, NULL, -1);

    expect_int(RUN(stages), 0, "run_pipeline, for two stages that return 0, with other children of the caller,");
    expect_int(finish_peer(ended), 9, "Waiting for a child of the caller's own, which had ended with 9,");
    gate_open(gate);
    expect_int(finish_peer(running), 8, "Waiting for a child of the caller's own, which ended with 8,");
}

TEST(an_interrupted_wait_is_repeated)
{
    static const stage_fn stages[] = {return_0, return_7};
    prepare();

    for (unsigned k = 1; k <= 20; k++)
        if (k != 10) /* then the first wait is over */
            make_fail(IN_PARENT, CALL_WAIT, k, EINTR);
    expect_int(RUN(stages), 7,
               "run_pipeline, when a signal handler had run during its waits, and the last stage returned 7,");
}

/* The call that the same process made next; NULL if none. */
static const struct board_call *call_after(const struct board_call *call)
{
    const struct board_process *process = process_of(call);

    do
        call = next_call(call);
    while (call != NULL && process_of(call) != process);
    return call;
}

static bool is_closed_again(const struct board_call *call)
{
    const struct board_call *next = call->kind == CALL_CLOSE && call->argument >= 0 ? call_after(call) : NULL;

    return next != NULL && next->kind == CALL_CLOSE && next->argument == call->argument;
}

/* How many closes were followed by one of the same number; *AGAIN is the last one after an interrupted one. */
static unsigned closes_repeated(const struct board_call **again)
{
    unsigned count = 0;

    for (const struct board_call *call = next_call(NULL); call != NULL; call = next_call(call))
        if (is_closed_again(call)) {
            *again = call->injected ? call_after(call) : *again;
            count++;
        }
    return count;
}

TEST(close_is_not_repeated)
{
    static const stage_fn stages[] = {return_0, return_0};
    const struct board_call *again = NULL;
    prepare();

    /* Who closes a number twice in a row, in a child where nobody opens another, does so without an error, too. */
    (void)RUN(stages);
    unsigned expected = closes_repeated(&again);
    /* Each second close is interrupted. (On a pipe that does not happen: who takes it for an error may return one.) */
    unsigned before = calls_made(CALL_CLOSE);
    for (unsigned k = 1; k < 20; k += 2) {
        make_fail(IN_PARENT, CALL_CLOSE, before + k, EINTR);
        make_fail(IN_CHILDREN, CALL_CLOSE, k, EINTR);
    }
    (void)RUN(stages);
    if (closes_repeated(&again) > 2 * expected && again != NULL)
        note_failure(VERDICT_FAIL, again->caller,
                     "close is never repeated: on Linux the descriptor is free, also after EINTR.",
                     "close(%ld) had failed with EINTR, and the next call was close(%ld) again (" PLACE
                     "). By then the number may be somebody else's.",
                     (long)again->argument, (long)again->argument, (unsigned long)again->caller);
}

/* ---- run_pipeline: something fails ----------------------------------------------------------------------------------- */

TEST(a_pipeline_of_no_stages_is_einval)
{
    prepare();
    expect_error(CALL(run_pipeline(abc, 0, source.read, sink.write)), EINVAL, "run_pipeline, for n == 0,");
    expect(calls_made(CALL_FORK) == 0, "With n == 0 nothing is started.", "For n == 0 fork was called %u times.",
           calls_made(CALL_FORK));
}

static void stage_starts(void)
{
    (void)__atomic_add_fetch(&notes->started, 1, __ATOMIC_SEQ_CST);
}

static int stage_ends(void)
{
    (void)__atomic_add_fetch(&notes->ended, 1, __ATOMIC_SEQ_CST);
    return 0;
}

/* Three stages that end only when those around them do, or were never there, and nobody else holds the ends. */
STAGE(write_without_end_and_note)
{
    stage_starts();
    write_until_refused(out);
    return stage_ends();
}

STAGE(copy_and_note)
{
    char data[4096];
    ssize_t len;

    stage_starts();
    do
        len = read(in, data, sizeof data);
    while (len > 0 && write(out, data, (size_t)len) == len);
    return stage_ends();
}

STAGE(read_to_end_and_note)
{
    stage_starts();
    (void)read_to_end(in);
    return stage_ends();
}

static const stage_fn endless[] = {write_without_end_and_note, copy_and_note, read_to_end_and_note};

/* The pipeline, of which a call is to fail; WHAT says which. Whatever was started has come to its end by itself. */
static void expect_failure(int want, const char *what)
{
    siginfo_t info;
    int result = RUN(endless);
    int error = errno;

    steer_no_more();
    expect(calls_made(CALL_KILL) == 0, "Stages that are running when a call fails are not killed.",
           "When %s, the parent called kill.", what);
    errno = error;
    expect_error(result, want, "run_pipeline, when %s,", what);
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0)
        return; /* a stage was not waited for: that will be said by itself */
    expect(notes->ended == notes->started,
           "Stages that are running when a call fails are waited for; they end by themselves.",
           "When %s, stages had been started: %u. Stages that had come to their end when run_pipeline returned: %u.",
           what, notes->started, notes->ended);
}

TEST(a_failed_fork_ends_the_pipeline_in_good_order)
{
    prepare();
    make_fail(IN_PARENT, CALL_FORK, 1, EAGAIN);
    expect_failure(EAGAIN, "the first of three forks had failed with EAGAIN");
    make_fail(IN_PARENT, CALL_FORK, calls_made(CALL_FORK) + 2, EAGAIN);
    expect_failure(EAGAIN, "the second of three forks had failed with EAGAIN");
    make_fail(IN_PARENT, CALL_FORK, calls_made(CALL_FORK) + 3, ENOMEM);
    make_fail(IN_PARENT, CALL_WAIT, calls_made(CALL_WAIT) + 1, EINTR);
    expect_failure(ENOMEM, "the last of three forks had failed with ENOMEM, and then a wait was interrupted");
}

TEST(a_failed_pipe_ends_the_pipeline_in_good_order)
{
    prepare();
    make_fail(IN_PARENT, CALL_PIPE, 1, ENFILE);
    expect_failure(ENFILE, "the first of two pipes had failed with ENFILE");
    make_fail(IN_PARENT, CALL_PIPE, calls_made(CALL_PIPE) + 2, EMFILE);
    make_fail(IN_PARENT, CALL_WAIT, calls_made(CALL_WAIT) + 1, EINTR);
    expect_failure(EMFILE, "the second of two pipes had failed with EMFILE");
}

/* The K-th allocation fails in a pipeline of N stages, each of which ends with CODE. */
static void run_out_of_memory(unsigned k, size_t n, int code)
{
    static stage_fn stages[80];
    unsigned before = calls_made(CALL_ALLOC);

    for (size_t i = 0; i < n; i++)
        stages[i] = return_7;
    make_fail(IN_PARENT, CALL_ALLOC, before + k, ENOMEM);
    int result = CALL(run_pipeline(stages, n, source.read, sink.write));
    if (calls_made(CALL_ALLOC) >= before + k && result != code) /* else it had no need of that memory */
        expect_error(result, ENOMEM, "run_pipeline, for %zu stages, when allocation number %u had failed with ENOMEM,",
                     n, k);
}

TEST(running_out_of_memory_is_an_error)
{
    prepare();
    run_out_of_memory(1, 2, 7);
    run_out_of_memory(2, 2, 7);
    pretend_to_fork();
    run_out_of_memory(2, 80, 0); /* many stages may need more memory on the way */
    run_out_of_memory(3, 80, 0);
}

enum { MANY = 3000000, FORKS = 1100 };

static void one_fork_too_many(void *arg)
{
    (void)arg;
    fail_test(VERDICT_FAIL, "When fork fails the pipeline ends; to try again is for the caller to decide.",
              "A fork had failed, and run_pipeline called fork again, and would have gone on.");
}

/* A call has failed with that error: the limit is not one that the submission has set itself. */
static bool has_failed_with(int error)
{
    for (const struct board_call *call = next_call(NULL); call != NULL; call = next_call(call))
        if (call->error == error)
            return true;
    return false;
}

TEST(n_has_no_limit_but_memory_and_the_systems)
{
    stage_fn *stages = mmap(NULL, MANY * sizeof *stages, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (stages == MAP_FAILED)
        skip_test("there is no memory for an array of %d stages", MANY);
    prepare();
    pretend_to_fork();
    make_fail(IN_PARENT, CALL_FORK, FORKS + 1, EAGAIN);
    before_call(IN_PARENT, CALL_FORK, FORKS + 10, one_fork_too_many, NULL);

    int result = CALL(run_pipeline(stages, MANY, source.read, sink.write));
    int error = errno;
    expect(result != -1 || has_failed_with(error), "n has no limit but memory and the system's.",
           "run_pipeline, for n == %d, gave -1 with errno %s, and no call had failed with that error.", MANY,
           strerrorname_np(error));
    if (result == -1 && (error == EMFILE || error == ENOMEM) && calls_made(CALL_FORK) <= FORKS)
        error = EAGAIN; /* who makes all the pipes at first comes to another of the system's limits */
    errno = error;
    expect_error(result, EAGAIN, "run_pipeline, for n == %d, when fork had failed after %d stages,", MANY, FORKS);
    (void)munmap(stages, MANY * sizeof *stages);
}

int main(void)
{
    return run_suite("02-pipe");
}
