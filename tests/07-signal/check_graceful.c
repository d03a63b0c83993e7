/*
 * check_graceful.c - the suite of 07-signal: install_handler, serve_until_signal, reap_exited.
 *
 * Programs that lose a signal lose it once in a million runs. Here they lose it every time: the signal is not sent
 * from outside, at some moment, but by a hook before one call of the submission, at a moment that the test has chosen.
 * The tests of "any gap" choose each of them in turn: before the first call that the function makes, before the
 * second, and so on.
 *
 *      block   install   wait         read     consume    wait    ...    restore   unblock
 *     ^       ^         ^            ^        ^    ^     ^              ^         ^
 *     a signal in each of these places, one run for each
 *
 * Afterwards the books must balance: each signal that was sent was told by a 1, or is the caller's (his handler has
 * run, or it is pending). How the submission waits, and what it makes of the signal meanwhile, is its own business.
 */
#define _GNU_SOURCE
#include "graceful.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "suite.h"

/* A string literal as bytes and their number. */
#define BYTES(literal) (literal), sizeof(literal) - 1

/* The signal that the function is to look after, and one that it is not. */
enum { OURS = SIGUSR1, OTHER = SIGUSR2 };

/* ---- the caller's signals ---------------------------------------------------------------------------------------- */

static volatile sig_atomic_t arrived[65]; /* how often the caller's handler has run */

static void note_arrival(int signo)
{
    arrived[signo]++;
}

/* What the caller does with a signal: a handler, installed as signal() does it, or SIG_IGN, or SIG_DFL. */
static void callers_action(int signo, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};

    (void)sigemptyset(&action.sa_mask);
    (void)sigaddset(&action.sa_mask, signo);
    (void)sigaction(signo, &action, NULL);
    ledger_accepts_signals();
}

static void callers_mask(int how, int signo)
{
    sigset_t one;

    (void)sigemptyset(&one);
    (void)sigaddset(&one, signo);
    (void)sigprocmask(how, &one, NULL);
    ledger_accepts_signals();
}

static bool is_blocked(int signo)
{
    sigset_t mask;

    (void)sigprocmask(SIG_BLOCK, NULL, &mask);
    return sigismember(&mask, signo) == 1;
}

static bool is_pending(int signo)
{
    sigset_t pending;

    (void)sigpending(&pending);
    return sigismember(&pending, signo) == 1;
}

/* Takes what is pending of a blocked signal, and returns how many there were. */
static unsigned take_pending(int signo)
{
    static const struct timespec at_once = {0, 0};
    unsigned count = 0;
    sigset_t one;

    (void)sigemptyset(&one);
    (void)sigaddset(&one, signo);
    while (sigtimedwait(&one, NULL, &at_once) == signo)
        count++;
    return count;
}

static unsigned sent; /* how many signals: of those that are merged, as they are pending already, only one counts */

static void send_signal(int signo)
{
    if (signo >= SIGRTMIN || !is_pending(signo))
        sent++;
    (void)kill(getpid(), signo);
}

/* ---- what the caller's consume sees ------------------------------------------------------------------------------ */

static struct session {
    int fd;
    char data[1 << 15];
    size_t len;
    unsigned pieces;
    unsigned empty;          /* pieces of no bytes, which are not counted with the others */
    void (*meanwhile)(void); /* what happens while consume runs, or NULL */
    struct ends ends;        /* of the pipe that is served */
} session;

/* A new call is to come, of which nothing has been seen yet; FD is what it will serve. */
static void begin(int fd, void (*meanwhile)(void))
{
    steer_no_more();
    reads_of_no_bytes_are_looks();
    session.fd = fd;
    session.len = session.pieces = session.empty = 0;
    session.meanwhile = meanwhile;
    (void)memset((void *)arrived, 0, sizeof arrived);
    sent = 0;
}

/* The same for a fresh pipe, in which TEXT is. */
static void begin_pipe(const char *text, void (*meanwhile)(void))
{
    session.ends = make_pipe();
    put_bytes(session.ends.write, text, strlen(text));
    begin(session.ends.read, meanwhile);
}

static void end_pipe(void)
{
    close_own(session.ends.read);
    close_own(session.ends.write);
}

static void consume(const void *data, size_t len, void *arg)
{
    progress();
    expect(arg == &session, "consume is called with the arg that serve_until_signal was given.",
           "consume was called with another arg.");
    if (len == 0) {
        session.empty++;
        return;
    }
    expect(len <= sizeof session.data - session.len, "consume gets what was read, and nothing else.",
           "consume was called with a piece of %zu bytes, more than were in the pipe.", len);
    (void)memcpy(session.data + session.len, data, len);
    session.len += len;
    session.pieces++;
    if (session.meanwhile != NULL)
        session.meanwhile();
}

static int serve(int signo)
{
    return CALL(serve_until_signal(session.fd, signo, consume, &session));
}

/* What was consumed is TEXT. */
static void expect_consumed(const char *text, const char *what)
{
    expect_bytes(session.data, session.len, text, strlen(text), "The pieces that were consumed, %s, together", what);
}

/* What was consumed and what is left in the pipe are TEXT together: no byte is lost. */
static void expect_nothing_lost(const char *text, const char *what)
{
    size_t left = take_available(session.fd, session.data + session.len, sizeof session.data - session.len);

    expect_bytes(session.data, session.len + left, text, strlen(text),
                 "What was consumed and what is left in the pipe, %s, together", what);
}

/* Everything that was sent was told, or is the caller's; nothing twice. RESULT is what the function gave. */
static void expect_balance(int result, const char *when)
{
    unsigned told = result == 1;
    unsigned of_caller = (unsigned)arrived[OURS] + is_pending(OURS);

    expect(told + of_caller <= sent, "The signal that ended the call is used up: it is not delivered a second time.",
           "SIGUSR1 came %s. serve_until_signal gave %d, and the caller %s as well.", when, result,
           arrived[OURS] > 0 ? "got the signal by his own handler" : "finds the signal pending");
    expect(told + of_caller >= sent, "A signal is told by the result 1, or it is left to the caller.",
           "SIGUSR1 came %s. serve_until_signal gave %d, and the caller's handler was not run, and nothing is pending:"
           " the signal is lost.",
           when, result);
}

/* Is FD what is served, or another descriptor for the same file? */
static bool is_about_served(int fd)
{
    struct stat one, other;

    return fstat(fd, &one) == 0 && fstat(session.fd, &other) == 0 && one.st_dev == other.st_dev &&
           one.st_ino == other.st_ino;
}

static unsigned reads_of_served; /* since count_reads(); those that brought something */

static void count_read(void *arg)
{
    (void)arg;
    if (last_call()->result > 0 && is_about_served(fd_of_call()))
        reads_of_served++;
}

static void count_reads(void)
{
    reads_of_served = 0;
    after_call(IN_PARENT, CALL_READ, EVERY_CALL, count_read, NULL);
}

static void close_writer(void)
{
    if (session.ends.write != -1)
        close_own(session.ends.write);
    session.ends.write = -1;
}

static int realtime(void)
{
    return SIGRTMIN + 3;
}

/* ---- sending the signal before a wait ---------------------------------------------------------------------------- */

/* The calls before which a function that serves may have to be sure of its signal. */
static const enum call_kind looks[] = {CALL_SELECT, CALL_POLL, CALL_EPOLL_WAIT, CALL_SIGWAIT, CALL_READ};
enum { LOOKS = sizeof looks / sizeof *looks };

static bool is_sent;
static int signo_to_send;
static unsigned times_to_send;

static void send_once(void *arg)
{
    (void)arg;
    if (is_sent || call_only_looks())
        return;
    is_sent = true;
    /* All of them, and only then they may come in: who jumps out of his handler jumps out of here, too. */
    sigset_t one, before;
    (void)sigemptyset(&one);
    (void)sigaddset(&one, signo_to_send);
    (void)sigprocmask(SIG_BLOCK, &one, &before);
    for (unsigned i = 0; i < times_to_send; i++)
        send_signal(signo_to_send);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
}

/* Just before the function looks or waits the next time, SIGNO comes, so many TIMES. */
static void send_before_next_look(int signo, unsigned times)
{
    is_sent = false;
    signo_to_send = signo;
    times_to_send = times;
    for (size_t i = 0; i < LOOKS; i++)
        before_call(IN_PARENT, looks[i], EVERY_CALL, send_once, NULL);
}

static void send_ours_before_next_look(void)
{
    send_before_next_look(OURS, 1);
}

static void send_ours(void)
{
    send_signal(OURS);
}

/* The result of a call that a signal has ended: 1, and without waiting for a while first. (The clock is stopped.) */
static void expect_ended(int result, const char *when)
{
    expect_int(result, 1, "serve_until_signal, when SIGUSR1 came %s,", when);
    expect(clock_advanced() == 0, "A signal that arrives at any moment ends the call before it waits again.",
           "SIGUSR1 came %s, and serve_until_signal waited %ld ms more before it noticed.", when, clock_advanced());
}

/* ---- install_handler --------------------------------------------------------------------------------------------- */

static struct sigaction action_of(int signo)
{
    struct sigaction action = {.sa_flags = 0};

    (void)sigaction(signo, NULL, &action);
    return action;
}

/* Installs, which must succeed; the test puts the default back at its end. */
static void install(int signo, void (*handler)(int))
{
    allow_disposition_changes();
    expect_int(CALL(install_handler(signo, handler)), 0, "install_handler, for signal %d,", signo);
    expect(action_of(signo).sa_handler != SIG_DFL && action_of(signo).sa_handler != SIG_IGN,
           "After install_handler the signal has a handler.", "install_handler gave 0, but the signal has no handler.");
}

/*
 * Whatever holds for a handler holds for every signal, SIGCHLD and the real-time ones too. Number I of those tried;
 * 0 after the last. (SIGRTMAX is not among them: Valgrind keeps it for itself.)
 */
static int tried_signal(size_t i)
{
    const int signals[] = {OURS, SIGCHLD, SIGTERM, SIGRTMIN + 3, SIGRTMAX - 1, 0};

    return signals[i];
}

static volatile sig_atomic_t arrived_first[65];

static void note_first_arrival(int signo)
{
    arrived_first[signo]++;
}

TEST(the_handler_stays_installed)
{
    for (int i = 0, signo; (signo = tried_signal((size_t)i)) != 0; i++) {
        callers_action(signo, i % 2 == 0 ? SIG_IGN : SIG_DFL); /* what there was before makes no difference, */
        install(signo, note_first_arrival);
        install(signo, note_arrival); /* and another handler takes the place of the one before */
        for (int j = 0; j < i; j++)
            install(tried_signal((size_t)j), note_first_arrival); /* other signals have other handlers */
        for (int times = 1; times <= 3; times++) {
            (void)kill(getpid(), signo);
            expect_int(arrived[signo], times,
                       "The number of times that the handler has run, after signal %d (%s) had come %d time%s,", signo,
                       strsignal(signo), times, times == 1 ? "" : "s");
            expect(action_of(signo).sa_handler != SIG_DFL, "The handler stays installed after it has run.",
                   "After the handler had run %d time%s, the default action of signal %d (%s) was back: the next signal"
                   " would end the process.",
                   times, times == 1 ? "" : "s", signo, strsignal(signo));
        }
        expect_int(arrived_first[signo], 0, "The number of times that a handler has run which another had replaced");
    }
    for (size_t i = 0; tried_signal(i) != 0; i++)
        callers_action(tried_signal(i), SIG_DFL);
}

TEST(an_interrupted_call_starts_again)
{
    for (int i = 0, signo; (signo = tried_signal((size_t)i)) != 0; i++) {
        install(signo, note_arrival);
        expect(
            (action_of(signo).sa_flags & SA_RESTART) != 0, "A system call that the signal interrupts starts again.",
            "The handler of signal %d (%s) is installed in such a way that a read() which the signal interrupts fails"
            " with EINTR.",
            signo, strsignal(signo));
        callers_action(signo, SIG_DFL);
    }
}

static sigset_t mask_in_handler;

static void note_mask(int signo)
{
    (void)signo;
    (void)sigprocmask(SIG_BLOCK, NULL, &mask_in_handler);
}

TEST(no_other_signal_is_blocked_while_the_handler_runs)
{
    for (int i = 0, handled; (handled = tried_signal((size_t)i)) != 0; i++) {
        install(handled, note_mask);
        (void)kill(getpid(), handled);
        for (int signo = 1; signo <= SIGRTMAX; signo++)
            expect(signo == handled || sigismember(&mask_in_handler, signo) != 1,
                   "While the handler runs, no other signal is blocked besides those that were blocked already.",
                   "While the handler of signal %d ran, signal %d (%s) was blocked, which was not blocked before.",
                   handled, signo, strsignal(signo));
        callers_action(handled, SIG_DFL);
    }
}

static volatile sig_atomic_t depth, deepest, runs;

/* Sends its own signal the first time: it has to wait until the handler is done. */
static void send_again(int signo)
{
    depth++;
    if (depth > deepest)
        deepest = depth;
    if (runs++ == 0 && action_of(signo).sa_handler != SIG_DFL)
        (void)kill(getpid(), signo);
    depth--;
}

TEST(the_handlers_own_signal_waits)
{
    for (int i = 0, signo; (signo = tried_signal((size_t)i)) != 0; i++) {
        runs = deepest = 0;
        install(signo, send_again);
        (void)kill(getpid(), signo);
        expect(deepest == 1, "While a handler runs, its own signal waits.",
               "A second signal %d (%s) interrupted the handler of that signal while it ran.", signo, strsignal(signo));
        callers_action(signo, SIG_DFL);
    }
}

TEST(stopped_children_are_reported_to_the_handler)
{
    install(SIGCHLD, note_arrival);
    expect((action_of(SIGCHLD).sa_flags & SA_NOCLDSTOP) == 0,
           "A handler of SIGCHLD hears of children that stop as well as of those that end.",
           "The handler of SIGCHLD is installed in such a way that it does not hear of children that stop.");
    (void)signal(SIGCHLD, SIG_DFL);
}

TEST(installing_leaves_the_mask_alone)
{
    for (int i = 0, signo; (signo = tried_signal((size_t)i)) != 0; i++) {
        callers_mask(SIG_BLOCK, signo);
        install(signo, note_arrival);
        expect(is_blocked(signo), "The signal mask stays as it is.",
               "Signal %d (%s) was blocked before install_handler, and is not blocked after it.", signo,
               strsignal(signo));
        callers_mask(SIG_UNBLOCK, signo);
        install(signo, note_arrival);
        expect(!is_blocked(signo), "The signal mask stays as it is.",
               "Signal %d (%s) was not blocked before install_handler, and is blocked after it.", signo,
               strsignal(signo));
        callers_action(signo, SIG_DFL);
    }
}

TEST(installing_for_a_signal_that_cannot_be_caught_is_einval)
{
    static const int signals[] = {SIGKILL, SIGSTOP, 0, -1, 65};

    allow_disposition_changes();
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        expect_error(CALL(install_handler(signals[i], note_arrival)), EINVAL, "install_handler, for signal number %d,",
                     signals[i]);
}

/* ---- serving to the end ------------------------------------------------------------------------------------------ */

TEST(every_byte_is_consumed_until_end_of_file)
{
    static char bytes[12000];

    allow_signal_changes();
    make_pattern(bytes, sizeof bytes, 7);
    bytes[0] = '\0';
    begin_pipe("", NULL);
    put_bytes(session.ends.write, bytes, sizeof bytes);
    close_writer();
    expect_int(serve(OURS), 0, "serve_until_signal, with 12000 bytes in a pipe that nobody writes to any more,");
    expect_bytes(session.data, session.len, bytes, sizeof bytes, "The pieces that were consumed together");
    expect(session.empty == 0, "Every piece has at least one byte.",
           "consume was called with a piece of no bytes at all (len was 0).");
}

/* A writer that says the next word only when the one before has been consumed, and then goes away. */
static void say_next_word(void)
{
    static const char *const words[] = {"two", "three", ""};

    static const size_t consumed[] = {3, 6, 11};
    for (size_t i = 0; i < 3; i++) {
        if (session.len != consumed[i])
            continue;
        if (words[i][0] == '\0')
            close_writer();
        else
            put_bytes(session.ends.write, words[i], strlen(words[i]));
    }
}

TEST(data_is_consumed_as_it_comes)
{
    allow_signal_changes();
    begin_pipe("one", say_next_word);
    expect_int(serve(OURS), 0, "serve_until_signal, with a writer that writes a word when the last one was consumed,");
    expect_consumed("onetwothree", "with a writer that writes a word when the last one was consumed");
}

/* A peer has done its part; if the function came back without it, it is still waiting for its moment. */
static void dismiss(pid_t peer)
{
    (void)kill(peer, SIGKILL);
    (void)finish_peer(peer);
}

static int write_when_blocked(void *arg)
{
    (void)arg;
    wait_until_blocked(getppid());
    put_bytes(session.ends.write, BYTES("late"));
    wait_until_blocked(getppid());
    return 0; /* and the write end is closed */
}

TEST(it_waits_in_the_kernel_for_data_that_comes_later)
{
    allow_signal_changes();
    begin_pipe("", NULL);
    pid_t writer = start_peer("the suite's writer", write_when_blocked, NULL, session.ends.write, -1);
    close_writer();
    expect_int(serve(OURS), 0, "serve_until_signal, with a writer that writes when the function waits, and then ends,");
    expect_consumed("late", "with a writer that writes when the function waits, and then ends");
    dismiss(writer);
}

/* The first read after each word is interrupted, too, and the last one, which would see the end. */
static void say_next_word_and_interrupt(void)
{
    say_next_word();
    if (session.len == 3 || session.len == 6 || session.len == 11)
        fail_next(CALL_READ, session.fd, EINTR);
}

TEST(an_interrupted_read_is_no_error)
{
    allow_signal_changes();
    begin_pipe("one", say_next_word_and_interrupt);
    fail_next(CALL_READ, session.fd, EINTR);
    expect_int(serve(OURS), 0, "serve_until_signal, when some other signal interrupts a read,");
    expect_consumed("onetwothree", "when some other signal interrupts a read");
}

TEST(any_descriptor_number_will_do)
{
    allow_signal_changes();
    begin_pipe("one", NULL);
    close_writer();
    (void)move_fd(session.ends.read, session.fd = 1500);
    expect_int(serve(OURS), 0, "serve_until_signal, on descriptor 1500,");
    expect_consumed("one", "on descriptor 1500");
    close_own(session.fd);

    begin_pipe("two", NULL);
    close_writer();
    int kept = dup(0);
    (void)dup2(session.ends.read, 0);
    session.fd = 0;
    int result = serve(OURS);
    (void)dup2(kept, 0);
    (void)close(kept);
    expect_int(result, 0, "serve_until_signal, on descriptor 0,");
    expect_consumed("two", "on descriptor 0");
}

TEST(a_regular_file_is_served_too)
{
    static char bytes[12000];
    int file = make_file();

    allow_signal_changes();
    stop_the_clock();
    callers_action(OURS, note_arrival);
    make_pattern(bytes, sizeof bytes, 3);
    put_bytes(file, bytes, sizeof bytes);
    enum { READ_BEFORE = 11 };
    (void)lseek(file, READ_BEFORE, SEEK_SET);
    begin(file, NULL);
    expect_int(serve(OURS), 0, "serve_until_signal, on a regular file,");
    expect_bytes(session.data, session.len, bytes + READ_BEFORE, sizeof bytes - READ_BEFORE,
                 "The pieces of a regular file that were consumed, from where its offset was, together");

    (void)lseek(file, 0, SEEK_SET);
    begin(file, send_ours);
    count_reads();
    expect_ended(serve(OURS), "while consume had a piece of a regular file");
    expect_int(reads_of_served, 1,
               "The number of reads of a regular file, with the signal while its first piece was consumed,");
}

static int flags_before;
static bool is_noted;

static void check_flags(void *arg)
{
    (void)arg;
    if (is_noted || fcntl(session.fd, F_GETFL) == flags_before)
        return;
    is_noted = true;
    note_failure(VERDICT_DESCRIPTORS, last_call()->caller, "The descriptor's status flags are not touched.",
                 "%s() (" PLACE ") changed the status flags of the caller's descriptor, which others may share.",
                 last_call()->name, (unsigned long)last_call()->caller);
}

TEST(the_flags_stay_untouched)
{
    allow_signal_changes();
    begin_pipe("one", say_next_word);
    flags_before = fcntl(session.fd, F_GETFL);
    after_call(IN_PARENT, CALL_FCNTL, EVERY_CALL, check_flags, NULL);
    expect_int(serve(OURS), 0, "serve_until_signal, to the end of a pipe,");
    expect_consumed("onetwothree", "to the end of a pipe");
}

/* ---- a signal ends it -------------------------------------------------------------------------------------------- */

TEST(a_signal_just_before_the_first_wait_ends_it)
{
    allow_signal_changes();
    stop_the_clock();
    callers_action(OURS, note_arrival);
    begin_pipe("", NULL);
    send_ours_before_next_look();
    expect_ended(serve(OURS), "just before the function began to wait");
}

TEST(a_signal_just_before_a_later_wait_ends_it)
{
    allow_signal_changes();
    stop_the_clock();
    callers_action(OURS, note_arrival);
    begin_pipe("one", send_ours_before_next_look);
    expect_ended(serve(OURS), "after a piece was consumed, just before the function looked or waited again");
    expect_nothing_lost("one", "with the signal after a piece");
}

static int signal_when_blocked(void *arg)
{
    (void)arg;
    wait_until_blocked(getppid());
    (void)kill(getppid(), OURS);
    return 0;
}

TEST(a_signal_while_it_waits_ends_it)
{
    allow_signal_changes();
    callers_action(OURS, note_arrival);
    begin_pipe("", NULL);
    pid_t sender = start_peer("the suite's sender", signal_when_blocked, NULL, -1);
    expect_int(serve(OURS), 1, "serve_until_signal, when SIGUSR1 came while it waited,");
    expect_int(arrived[OURS], 0, "The number of times that the caller's handler ran for it");
    dismiss(sender);
}

TEST(a_pending_signal_ends_it_before_anything_is_read)
{
    allow_signal_changes();
    stop_the_clock();
    callers_action(OURS, note_arrival);
    callers_mask(SIG_BLOCK, OURS);
    for (int with_data = 1; with_data >= 0; with_data--) {
        begin_pipe(with_data ? "one" : "", NULL);
        send_ours();
        expect_ended(serve(OURS), with_data ? "before the call, and is pending; there is data, too"
                                            : "before the call, and is pending; there is no data");
        expect_int(session.pieces, 0, "The number of pieces that were consumed, though the signal was there first,");
        expect_nothing_lost(with_data ? "one" : "", "with the signal pending before the call");
        expect_balance(1, "before the call, and was pending");
        end_pipe();
    }
}

TEST(a_signal_that_the_caller_blocks_ends_it_too)
{
    allow_signal_changes();
    stop_the_clock();
    callers_action(OURS, note_arrival);
    callers_mask(SIG_BLOCK, OURS);
    begin_pipe("", NULL);
    send_ours_before_next_look();
    expect_ended(serve(OURS), "just before the function began to wait, and the caller has it blocked");
    expect_balance(1, "just before the function began to wait, and the caller has it blocked");
    end_pipe();

    callers_action(realtime(), note_arrival);
    callers_mask(SIG_BLOCK, realtime());
    begin_pipe("", NULL);
    send_before_next_look(realtime(), 1);
    expect_int(
        serve(realtime()), 1,
        "serve_until_signal, when a real-time signal came just before it began to wait, which the caller has blocked,");
    expect_int(take_pending(realtime()), 0, "The number of real-time signals that are left to the caller, of one,");
}

TEST(what_the_caller_does_with_the_signal_makes_no_difference)
{
    static void (*const actions[])(int) = {SIG_DFL, SIG_IGN};

    allow_signal_changes();
    stop_the_clock();
    for (size_t i = 0; i < 2; i++) {
        callers_action(OURS, actions[i]);
        begin_pipe("", NULL);
        send_ours_before_next_look();
        expect_ended(serve(OURS), i == 0
                                      ? "just before the function began to wait, and the caller has it at its default"
                                      : "just before the function began to wait, and the caller ignores it");
        end_pipe();
    }
}

/* ---- in any gap -------------------------------------------------------------------------------------------------- */

/* The signal comes before call number AT that the function makes, of whatever kind. */
static struct gap {
    unsigned at, calls;
    bool is_used;       /* it has come */
    bool is_early;      /* ... before the function read or waited: then it may still be the caller's */
    bool has_looked;    /* the function has begun to read or wait; to ask whether fd is open does not count */
    unsigned pieces;    /* how many pieces had been consumed when it came */
    unsigned reads;     /* how many reads of what is served there were since; one in whose gap it came is counted */
    bool is_sent_twice; /* as the first one was the caller's, a second one came */
    char when[160];
} gap;

static bool is_kind(const char *kind, enum call_kind other)
{
    return kind == call_kind_name(other);
}

static bool is_look(const char *kind)
{
    for (size_t i = 0; i < LOOKS; i++)
        if (is_kind(kind, looks[i]))
            return !call_only_looks();
    return false;
}

static void send_in_gap(void)
{
    gap.is_used = true;
    gap.is_early = !gap.has_looked;
    gap.pieces = session.pieces;
    gap.reads = 0;
    send_signal(OURS);
}

static bool send_when_idle(void *arg);

/* Is this a read of what is served, and would it wait? Then it is an idle moment like one in a wait. */
static bool is_idle_read(const char *kind)
{
    struct pollfd look = {.fd = session.fd, .events = POLLIN};

    return is_kind(kind, CALL_READ) && is_about_served(fd_of_call()) && poll(&look, 1, 0) == 0;
}

/* ARG is the kind of call, in words. */
static void pass_gap(void *arg)
{
    gap.has_looked = gap.has_looked || is_look(arg); /* what comes before a look has to be seen by it */
    if (++gap.calls == gap.at) {
        (void)snprintf(gap.when, sizeof gap.when, "just before call number %u of the function (%s), after %u piece%s",
                       gap.at, (const char *)arg, session.pieces, session.pieces == 1 ? "" : "s");
        send_in_gap();
    } else if (is_idle_read(arg)) {
        (void)send_when_idle(NULL);
    }
    if (gap.is_used && is_kind(arg, CALL_READ) && is_about_served(fd_of_call()))
        gap.reads++;
}

static void begin_gap(unsigned at)
{
    gap = (struct gap){.at = at};
    for (int kind = CALL_NONE + 1; kind < CALL_KINDS; kind++)
        before_call(IN_PARENT, kind, EVERY_CALL, pass_gap, (void *)call_kind_name(kind));
}

/* Has the caller's own handler got the signal, and could it, as the function had only begun? */
static bool is_the_callers(void)
{
    return gap.is_used && gap.is_early && arrived[OURS] > 0;
}

/* The function waits, and nothing is there. If the signal has come, nothing will ever end this: a stall. */
static bool send_when_idle(void *arg)
{
    (void)arg;
    if ((gap.is_used && !is_the_callers()) || gap.is_sent_twice)
        return false;
    gap.is_sent_twice = gap.is_used;
    (void)snprintf(gap.when, sizeof gap.when, "when the function had begun to wait");
    send_in_gap();
    return true;
}

/* The call is over, and the signal was still to come. */
static void expect_used(int result)
{
    if (!gap.is_used)
        expect_int(result, 1, "serve_until_signal, before any signal came and before end of file,");
}

TEST(a_signal_in_any_gap_before_a_wait_ends_it)
{
    bool is_reached = true;

    allow_signal_changes();
    callers_action(OURS, note_arrival);
    for (unsigned at = 1; is_reached; at++) {
        begin_pipe("one", NULL);
        begin_gap(at);
        when_idle(send_when_idle, NULL);
        int result = serve(OURS);
        is_reached = gap.calls >= at;
        expect_used(result);
        expect_ended(result, gap.when);
        expect_balance(result, gap.when);
        expect_nothing_lost("one", gap.when);
        end_pipe();
    }
}

/* With end of file behind the data; the caller has the signal BLOCKED or not. */
static void try_gaps_to_the_end(bool blocked)
{
    bool is_reached = true;

    callers_action(OURS, note_arrival);
    callers_mask(blocked ? SIG_BLOCK : SIG_UNBLOCK, OURS);
    for (unsigned at = 1; is_reached; at++) {
        begin_pipe("one", NULL);
        close_writer();
        begin_gap(at);
        int result = serve(OURS);
        is_reached = gap.calls >= at;
        if (gap.is_used)
            expect(result == 0 || result == 1, "0 at end of file, 1 if the signal came.",
                   "SIGUSR1 came %s, near the end of file. serve_until_signal gave %d.", gap.when, result);
        else
            expect_int(result, 0, "serve_until_signal, at end of file and without a signal,");
        expect_balance(result, gap.when);
        if (result == 0)
            expect_consumed("one", "up to end of file");
        else
            expect_nothing_lost("one", gap.when);
        close_own(session.fd);
        if (blocked)
            (void)take_pending(OURS);
    }
}

TEST(a_signal_in_any_gap_is_seen_exactly_once)
{
    allow_signal_changes();
    try_gaps_to_the_end(false);
}

TEST(a_signal_in_any_gap_is_seen_exactly_once_if_the_caller_blocks_it)
{
    allow_signal_changes();
    try_gaps_to_the_end(true);
}

/* One signal has come while consume ran, and a second one comes in any gap after it: that one is not lost, either. */
TEST(a_second_signal_is_not_lost)
{
    bool is_reached = true;

    allow_signal_changes();
    stop_the_clock();
    callers_action(OURS, note_arrival);
    for (unsigned at = 1; is_reached; at++) {
        begin_pipe("one", send_ours);
        begin_gap(at);
        int result = serve(OURS);
        is_reached = gap.calls >= at;
        expect_ended(result, "while consume ran");
        expect_balance(result, "while consume ran, and once more in a later gap");
        end_pipe();
    }
}

/* ---- data and signal --------------------------------------------------------------------------------------------- */

static const char expected_signal_first[] =
    "If both data and the signal are there, the signal wins: nothing more is read, however much there is.";

/* The writer is always quicker than the reader. */
static void write_more(void)
{
    enum { PATIENCE = 20 };

    put_bytes(session.ends.write, BYTES("more"));
    if (is_the_callers() && !gap.is_sent_twice) {
        gap.is_sent_twice = true;
        send_in_gap();
    }
    if (gap.is_used && gap.reads > PATIENCE)
        fail_test(
            VERDICT_FAIL, expected_signal_first,
            "SIGUSR1 came %s. %d reads later the function still reads: as long as there is data, the signal is kept"
            " out.",
            gap.when, PATIENCE);
}

TEST(a_steady_writer_cannot_keep_the_signal_out)
{
    enum { ENOUGH = 3 };

    allow_signal_changes();
    stop_the_clock();
    callers_action(OURS, note_arrival);
    gap.pieces = 0;
    for (unsigned at = 1; gap.pieces < ENOUGH; at++) {
        begin_pipe("more", write_more);
        begin_gap(at);
        int result = serve(OURS);
        expect_used(result);
        expect_ended(result, gap.when);
        expect(gap.reads <= 1, expected_signal_first,
               "SIGUSR1 came %s, with more data there all the time: the function read %u times more.", gap.when,
               gap.reads);
        end_pipe();
    }
}

static unsigned piece_with_signal;
static unsigned reads_before_signal;

/* (What one read has brought may be consumed in several pieces.) */
static void send_in_piece(void)
{
    put_bytes(session.ends.write, BYTES("more"));
    if (session.pieces == piece_with_signal) {
        reads_before_signal = reads_of_served;
        send_ours();
    }
    if (session.pieces > piece_with_signal && reads_of_served > reads_before_signal)
        fail_test(VERDICT_FAIL, expected_signal_first,
                  "SIGUSR1 came while consume had piece number %u; then more was read and consumed.",
                  piece_with_signal);
}

TEST(a_signal_during_consume_ends_it_before_the_next_read)
{
    allow_signal_changes();
    stop_the_clock();
    callers_action(OURS, note_arrival);
    for (piece_with_signal = 1; piece_with_signal <= 3; piece_with_signal++) {
        begin_pipe("more", send_in_piece);
        count_reads();
        expect_ended(serve(OURS), "while consume ran");
        end_pipe();
    }
}

static void send_when_read(void *arg)
{
    int waiting = 0;

    (void)arg;
    if (is_sent || ioctl(session.fd, FIONREAD, &waiting) == -1 || waiting > 0)
        return;
    is_sent = true;
    send_ours();
}

TEST(what_was_read_is_consumed_all_the_same)
{
    allow_signal_changes();
    stop_the_clock();
    callers_action(OURS, note_arrival);
    begin_pipe("one", NULL);
    is_sent = false;
    after_call(IN_PARENT, CALL_READ, EVERY_CALL, send_when_read, NULL);
    expect_ended(serve(OURS), "when the data had just been read");
    expect_consumed("one", "though the signal came when the data had just been read");
}

static void check_blocked(void)
{
    expect(is_blocked(OURS), "The signal is blocked while consume runs.",
           "SIGUSR1 was not blocked while consume ran: it could interrupt it.");
    say_next_word();
}

TEST(the_signal_is_blocked_while_consume_runs)
{
    allow_signal_changes();
    callers_action(OURS, note_arrival);
    begin_pipe("one", check_blocked);
    expect_int(serve(OURS), 0, "serve_until_signal, to the end of a pipe,");
}

/* ---- other signals ----------------------------------------------------------------------------------------------- */

static sigset_t mask_of_caller;
static struct sigaction actions_of_caller[65];

/* What the caller does with signals but ours is as it was, whatever function is running. */
static void check_other_actions(void *arg)
{
    (void)arg;
    for (int signo = 1; signo <= SIGRTMAX; signo++)
        if (signo != OURS && action_of(signo).sa_handler != actions_of_caller[signo].sa_handler)
            fail_test(VERDICT_FAIL, "During the call every other signal stays as the caller has it.",
                      "During the call the disposition of signal %d (%s) was another than the caller's.", signo,
                      strsignal(signo));
}

/* Signals but ours are blocked or not as the caller has them, whatever function is running. */
static void check_other_signals(void *arg)
{
    sigset_t now;

    (void)arg;
    (void)sigprocmask(SIG_BLOCK, NULL, &now);
    for (int signo = 1; signo <= SIGRTMAX; signo++) {
        if (signo == OURS || sigismember(&now, signo) == sigismember(&mask_of_caller, signo))
            continue;
        fail_test(VERDICT_FAIL, "During the call every other signal stays as the caller has it, blocked or not.",
                  "During the call signal %d (%s) was %sblocked, which the caller has %sblocked.", signo,
                  strsignal(signo), sigismember(&now, signo) == 1 ? "" : "not ",
                  sigismember(&mask_of_caller, signo) == 1 ? "" : "not ");
    }
}

static void check_others_meanwhile(void)
{
    check_other_signals(NULL);
    check_other_actions(NULL);
    say_next_word();
}

TEST(other_signals_stay_as_the_caller_has_them)
{
    allow_signal_changes();
    callers_action(OURS, note_arrival);
    callers_mask(SIG_BLOCK, OTHER);
    (void)sigprocmask(SIG_BLOCK, NULL, &mask_of_caller);
    for (int signo = 1; signo <= SIGRTMAX; signo++)
        actions_of_caller[signo] = action_of(signo);
    begin_pipe("one", check_others_meanwhile);
    after_call(IN_PARENT, CALL_SIGACTION, EVERY_CALL, check_other_actions, NULL);
    after_call(IN_PARENT, CALL_SIGMASK, EVERY_CALL, check_other_signals, NULL);
    expect_int(serve(OURS), 0, "serve_until_signal, to the end of a pipe,");
}

/* Some of the signals that are not the function's; 0 after the last. */
static int other_signal(size_t i)
{
    const int signals[] = {SIGHUP, SIGINT, SIGQUIT, OTHER, SIGPIPE, SIGALRM, SIGTERM, SIGURG, SIGIO, SIGRTMIN + 5, 0};

    return signals[i];
}

/* A call in which nothing happens; what the caller's mask is now must not be remembered. */
static void serve_nothing(void)
{
    begin_pipe("", NULL);
    close_writer();
    expect_int(serve(OURS), 0, "serve_until_signal, on a pipe that is at its end,");
    close_own(session.fd);
}

TEST(a_signal_that_the_caller_holds_back_is_not_let_in)
{
    allow_signal_changes();
    callers_action(OURS, note_arrival);
    serve_nothing();
    for (size_t i = 0; other_signal(i) != 0; i++) {
        callers_action(other_signal(i), note_arrival);
        callers_mask(SIG_BLOCK, other_signal(i));
    }
    for (int ours_too = 0; ours_too < 2; ours_too++) {
        callers_mask(ours_too ? SIG_BLOCK : SIG_UNBLOCK, OURS);
        begin_pipe("one", NULL);
        for (size_t i = 0; other_signal(i) != 0; i++)
            (void)kill(getpid(), other_signal(i));
        gap = (struct gap){.at = 0};
        when_idle(send_when_idle, NULL);
        expect_int(serve(OURS), 1, "serve_until_signal, when SIGUSR1 came while it waited,");
        for (size_t i = 0; other_signal(i) != 0; i++) {
            expect(arrived[other_signal(i)] == 0 && is_pending(other_signal(i)),
                   "A signal that the caller has blocked stays out, also during the wait.",
                   "Signal %d (%s), which the caller had blocked and which was pending, was let in during the call.",
                   other_signal(i), strsignal(other_signal(i)));
            (void)take_pending(other_signal(i));
        }
        end_pipe();
    }
}

static struct gate *has_come[65]; /* one for each other signal */

static void note_other(int signo)
{
    note_arrival(signo);
    gate_open(has_come[signo]);
}

/* Sends the other signals one by one while the function waits; when it waits again after the last, goes away. */
static int interrupt_when_blocked(void *arg)
{
    (void)arg;
    for (size_t i = 0; other_signal(i) != 0; i++) {
        wait_until_blocked(getppid());
        (void)kill(getppid(), other_signal(i));
        gate_wait(has_come[other_signal(i)]);
    }
    wait_until_blocked(getppid());
    put_bytes(session.ends.write, BYTES("late"));
    return 0;
}

TEST(another_signal_does_not_end_it)
{
    allow_signal_changes();
    for (size_t i = 0; other_signal(i) != 0; i++) {
        char what[100];
        (void)snprintf(what, sizeof what, "signal %d (%s) has come in, which the caller does not block",
                       other_signal(i), strsignal(other_signal(i)));
        has_come[other_signal(i)] = make_gate(what);
        callers_action(other_signal(i), note_other);
        struct sigaction action = action_of(other_signal(i));
        action.sa_flags &= ~SA_RESTART; /* so that it interrupts reads, too */
        (void)sigaction(other_signal(i), &action, NULL);
    }
    ledger_accepts_signals();
    begin_pipe("", NULL);
    pid_t sender = start_peer("the suite's sender", interrupt_when_blocked, NULL, session.ends.write, -1);
    close_writer();
    expect_int(serve(OURS), 0,
               "serve_until_signal, when other signals interrupted its wait, and data and end of file came later,");
    expect_consumed("late", "after other signals had interrupted the wait");
    for (size_t i = 0; other_signal(i) != 0; i++)
        expect_int(arrived[other_signal(i)], 1, "The number of times that the caller's handler of signal %d has run",
                   other_signal(i));
    dismiss(sender);
}

/* ---- giving it all back ------------------------------------------------------------------------------------------ */

/* The ways out of the function: each of them leaves the caller's signals as they were. */
enum way_out { AT_THE_END, BY_SIGNAL, BY_FAILED_READ, BY_BAD_DESCRIPTOR, WAYS_OUT };
static const char *const ways_out[] = {"end of file", "the signal", "a failed read", "a bad descriptor"};

static void leave_by(enum way_out way)
{
    begin_pipe("one", way == BY_SIGNAL ? send_ours : NULL);
    if (way == BY_FAILED_READ)
        fail_next(CALL_READ, session.fd, EIO);
    if (way == BY_BAD_DESCRIPTOR)
        session.fd = closed_fd();
    if (way == AT_THE_END)
        close_own(session.ends.write);
    (void)serve(OURS);
    if (way != AT_THE_END)
        close_own(session.ends.write);
    close_own(session.ends.read);
}

static void note_arrival_and_info(int signo, siginfo_t *info, void *context)
{
    (void)context;
    if (info != NULL && info->si_signo == signo)
        arrived[signo]++;
}

TEST(the_disposition_is_the_callers_again)
{
    allow_signal_changes();
    for (int way = 0; way < WAYS_OUT; way++) {
        struct sigaction action = {.sa_sigaction = note_arrival_and_info,
                                   .sa_flags = SA_RESTART | SA_ONSTACK | SA_NODEFER | SA_SIGINFO};
        (void)sigemptyset(&action.sa_mask);
        (void)sigaddset(&action.sa_mask, SIGHUP);
        (void)sigaction(OURS, &action, NULL);
        ledger_accepts_signals();
        leave_by((enum way_out)way);
        ledger_checks_signals(); /* flags and mask, too */
        if (action_of(OURS).sa_handler == SIG_DFL)
            fail_test(VERDICT_PROCESSES, "On return the disposition is the caller's again.",
                      "The call ended by %s. Before it SIGUSR1 had a handler, and after it its default action is back.",
                      ways_out[way]);
        (void)kill(getpid(), OURS);
        expect_int(arrived[OURS], 1,
                   "The number of times that the caller's handler runs for a signal after the call, which ended by %s,",
                   ways_out[way]);
    }
}

TEST(the_mask_is_the_callers_again)
{
    static const int hows[] = {SIG_UNBLOCK, SIG_BLOCK};

    allow_signal_changes();
    callers_action(OURS, note_arrival);
    for (int way = 0; way < WAYS_OUT; way++) {
        for (int i = 0; i < 2; i++) {
            callers_mask(hows[i], OURS);
            leave_by((enum way_out)way);
            if (is_blocked(OURS) != (hows[i] == SIG_BLOCK))
                fail_test(VERDICT_PROCESSES, "On return the mask is the caller's again.",
                          "The call ended by %s. Before it SIGUSR1 was %sblocked, and after it it is %sblocked.",
                          ways_out[way], hows[i] == SIG_BLOCK ? "" : "not ", hows[i] == SIG_BLOCK ? "not " : "");
        }
    }
}

TEST(the_signal_is_not_delivered_a_second_time)
{
    allow_signal_changes();
    stop_the_clock();
    callers_action(OURS, note_arrival);
    begin_pipe("one", send_ours);
    expect_ended(serve(OURS), "while consume ran");
    expect_balance(1, "while consume ran");
    end_pipe();

    begin_pipe("", NULL);
    send_ours_before_next_look();
    expect_ended(serve(OURS), "just before the function began to wait");
    expect_balance(1, "just before the function began to wait");
}

static void send_three(void)
{
    for (int i = 0; i < 3 && sent < 3; i++)
        send_signal(realtime());
}

/* The caller, who blocks the signal, finds the other two pending; if he does not, his handler has run for them. */
static void expect_one_of_three(int result, const char *when)
{
    expect_int(result, 1, "serve_until_signal, with three queued signals %s,", when);
    expect_int((long)take_pending(realtime()) + arrived[realtime()], 2,
               "The number of signals that are left to the caller, of three %s,", when);
}

TEST(of_several_queued_signals_one_is_taken)
{
    allow_signal_changes();
    callers_action(realtime(), note_arrival);
    callers_mask(SIG_BLOCK, realtime());
    begin_pipe("one", NULL);
    send_three();
    expect_one_of_three(serve(realtime()), "before the call");
    end_pipe();

    callers_mask(SIG_UNBLOCK, realtime());
    begin_pipe("one", send_three);
    expect_one_of_three(serve(realtime()), "while consume ran");
    end_pipe();

    begin_pipe("", NULL);
    send_before_next_look(realtime(), 3);
    expect_one_of_three(serve(realtime()), "just before the wait");
}

TEST(the_next_call_starts_afresh)
{
    allow_signal_changes();
    stop_the_clock();
    callers_action(OURS, note_arrival);
    for (int round = 0; round < 2; round++) {
        begin_pipe("", NULL);
        send_ours_before_next_look();
        expect_ended(serve(OURS), "just before the function began to wait");
        end_pipe();
        begin_pipe("one", say_next_word);
        expect_int(serve(OURS), 0, "serve_until_signal, called once more after a signal had ended it,");
        expect_consumed("onetwothree", "in the call after the one that a signal had ended");
        close_own(session.fd);
    }
}

/* ---- errors ------------------------------------------------------------------------------------------------------ */

TEST(a_bad_descriptor_is_ebadf)
{
    allow_signal_changes();
    begin(-1, NULL);
    expect_error(serve(OURS), EBADF, "serve_until_signal, on descriptor -1,");
    begin(closed_fd(), NULL);
    expect_error(serve(OURS), EBADF, "serve_until_signal, on a descriptor that is not open,");
}

TEST(serving_for_a_signal_that_cannot_be_caught_is_einval)
{
    static const int signals[] = {SIGKILL, SIGSTOP, 0, -1, 65};

    allow_signal_changes();
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        begin_pipe("one", NULL);
        close_writer();
        expect_error(serve(signals[i]), EINVAL, "serve_until_signal, for signal number %d,", signals[i]);
        close_own(session.fd);
    }
}

static void fail_next_read(void)
{
    if (session.len != 3)
        return;
    put_bytes(session.ends.write, BYTES("two"));
    fail_next(CALL_READ, session.fd, EIO);
}

TEST(a_failed_read_is_reported)
{
    allow_signal_changes();
    begin_pipe("one", NULL);
    fail_next(CALL_READ, session.fd, EIO);
    expect_error(serve(OURS), EIO, "serve_until_signal, when read failed with EIO,");
    end_pipe();
    begin_pipe("one", fail_next_read);
    expect_error(serve(OURS), EIO, "serve_until_signal, when the second read failed with EIO,");
    expect_consumed("one", "before a read failed");
}

/* Whichever way it waits. Who needs no such wait to read what is there cannot see it fail. */
TEST(a_failed_wait_is_reported)
{
    static const enum call_kind waits[] = {CALL_SELECT, CALL_POLL, CALL_EPOLL_WAIT};
    unsigned made = 0;

    allow_signal_changes();
    begin_pipe("one", NULL);
    close_writer();
    for (size_t i = 0; i < 3; i++)
        make_fail(IN_PARENT, waits[i], EVERY_CALL, ENOMEM);
    int result = serve(OURS);
    int error = errno;
    for (size_t i = 0; i < 3; i++)
        made += calls_made(waits[i]);
    errno = error;
    if (made > 0 || result != 0)
        expect_error(result, ENOMEM, "serve_until_signal, when its wait failed with ENOMEM,");
}

static void send_before_read_of_fd(void *arg)
{
    (void)arg;
    if (is_sent || !is_about_served(fd_of_call()))
        return;
    is_sent = true;
    send_ours();
}

TEST(an_error_wins_over_the_signal)
{
    allow_signal_changes();
    callers_action(OURS, note_arrival);
    begin_pipe("one", NULL);
    is_sent = false;
    before_call(IN_PARENT, CALL_READ, EVERY_CALL, send_before_read_of_fd, NULL);
    fail_next(CALL_READ, session.fd, EIO);
    expect_error(serve(OURS), EIO, "serve_until_signal, when SIGUSR1 came just before a read that failed with EIO,");
    end_pipe();

    callers_mask(SIG_BLOCK, OURS);
    const int bad[] = {-1, closed_fd()};
    for (size_t i = 0; i < 2; i++) {
        begin(bad[i], NULL);
        send_ours();
        expect_error(serve(OURS), EBADF, "serve_until_signal, on a descriptor that is %s, with SIGUSR1 pending,",
                     i == 0 ? "negative" : "not open");
        (void)take_pending(OURS);
    }
}

/* Every call that makes a descriptor, or the like, fails in turn; who needs none of the kind serves as always. */
TEST(without_a_free_descriptor_nothing_is_left_behind)
{
    static const struct {
        enum call_kind kind;
        int error;
    } failures[] = {{CALL_PIPE, EMFILE},     {CALL_OPEN, EMFILE},      {CALL_EPOLL_CREATE, EMFILE},
                    {CALL_SIGNALFD, EMFILE}, {CALL_EPOLL_CTL, ENOMEM}, {CALL_ALLOC, ENOMEM}};

    allow_signal_changes();
    callers_action(OURS, note_arrival);
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
        begin_pipe("one", NULL);
        close_writer();
        make_fail(IN_PARENT, failures[i].kind, EVERY_CALL, failures[i].error);
        int result = serve(OURS);
        if (result == 0)
            expect_consumed("one", "with no descriptor and no memory to be had");
        else
            expect_error(result, failures[i].error, "serve_until_signal, when %s failed with %s,",
                         call_kind_name(failures[i].kind), strerrorname_np(failures[i].error));
        if (is_blocked(OURS))
            fail_test(VERDICT_PROCESSES, "On return, on every path, the mask is the caller's again.",
                      "After a call in which %s failed, SIGUSR1 is blocked.", call_kind_name(failures[i].kind));
        close_own(session.fd);
    }
}

/* ---- what runs in a handler -------------------------------------------------------------------------------------- */

/* Lets a signal in wherever a handler of the submission may see it: in the wait, after a piece, and at once. */
static void let_handlers_run(void)
{
    begin_pipe("", NULL);
    send_ours_before_next_look();
    expect_int(serve(OURS), 1, "serve_until_signal, when SIGUSR1 came just before it began to wait,");
    end_pipe();
    begin_pipe("one", send_ours);
    expect_int(serve(OURS), 1, "serve_until_signal, when SIGUSR1 came while consume ran,");
    end_pipe();
    callers_mask(SIG_BLOCK, OURS);
    begin_pipe("", NULL);
    send_ours();
    expect_int(serve(OURS), 1, "serve_until_signal, with SIGUSR1 pending before the call,");
    end_pipe();
}

TEST(what_runs_in_a_handler_is_safe_there_and_keeps_errno)
{
    allow_signal_changes();
    watch_handlers();
    callers_action(OURS, note_arrival);
    let_handlers_run();
}

/* ---- reap_exited ------------------------------------------------------------------------------------------------- */

/* What on_exit was told. */
enum { MANY_CHILDREN = 80 };

static struct report {
    struct {
        pid_t pid;
        int code;
    } exits[MANY_CHILDREN];
    unsigned count;
} report;

static void note_exit(pid_t pid, int code, void *arg)
{
    struct report *into = arg;

    progress();
    if (into->count < MANY_CHILDREN) {
        into->exits[into->count].pid = pid;
        into->exits[into->count].code = code;
    }
    into->count++;
    errno = EDOM; /* as whatever a caller's function does may change it */
}

static int end_with(void *arg)
{
    return *(const int *)arg;
}

static int be_killed(void *arg)
{
    (void)kill(getpid(), *(const int *)arg);
    return 0;
}

static int leave_the_group(void *arg)
{
    (void)setpgid(0, 0);
    return *(const int *)arg;
}

static pid_t start_child(int (*body)(void *arg), const void *arg)
{
    return start_peer("a child of the caller's", body, (void *)(uintptr_t)arg, -1);
}

/* It has ended, and is left as it is. */
static void wait_until_ended(pid_t pid)
{
    siginfo_t info;

    awaits("a child of the caller's has ended");
    while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == -1 && errno == EINTR)
        ;
    awaits(NULL);
}

static int be_killed_or_end(void *arg)
{
    const int *number = arg;

    if (*number % 3 == 0)
        (void)kill(getpid(), SIGKILL);
    return *number % 3;
}

/*
 * N children that have ended when it returns: some by a signal, the others with the codes 1 and 2. If they are many, most
 * of them only seem to be there, and have ended with 0.
 */
static void have_ended_children(pid_t pids[], int n)
{
    enum { REAL = 3 };

    for (int i = 0; i < n; i++)
        pids[i] = i < REAL ? start_child(be_killed_or_end, &i) : pretend_child();
    for (int i = 0; i < n && i < REAL; i++)
        wait_until_ended(pids[i]);
}

/* The child was told exactly once. Returns the code that was told. */
static int expect_told(pid_t pid, const char *which)
{
    unsigned told = 0;
    int code = -1;

    for (unsigned i = 0; i < report.count && i < MANY_CHILDREN; i++) {
        if (report.exits[i].pid != pid)
            continue;
        told++;
        code = report.exits[i].code;
    }
    expect_int(told, 1, "The number of times that on_exit was called for a child that %s", which);
    return code;
}

static size_t reap(void)
{
    report.count = 0;
    return CALL(reap_exited(note_exit, &report));
}

TEST(every_child_that_has_ended_is_reaped)
{
    static const int numbers[] = {3, 1, MANY_CHILDREN}; /* the second call knows nothing of the first */
    static pid_t pids[MANY_CHILDREN];

    allow_signal_changes();
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        int n = numbers[i];
        have_ended_children(pids, n);
        expect_int((long)reap(), n, "reap_exited, when %d child%s had ended,", n, n == 1 ? "" : "ren");
        for (int child = 0; child < n; child++)
            (void)expect_told(pids[child], "had ended");
        expect(waitpid(-1, NULL, WNOHANG) == -1, "Every child that has ended by now is reaped.",
               "After reap_exited there is still a child that has ended and is not reaped.");
    }
}

TEST(a_child_in_another_process_group_is_reaped_too)
{
    static const int code = 5;

    allow_signal_changes();
    pid_t pid = start_child(leave_the_group, &code);
    wait_until_ended(pid);
    expect_int((long)reap(), 1, "reap_exited, when a child had ended that is in a process group of its own,");
    (void)expect_told(pid, "had ended in a process group of its own");
}

static struct gate *gate;

static int wait_at_gate(void *arg)
{
    gate_wait(gate);
    return *(const int *)arg;
}

TEST(children_that_run_are_not_waited_for)
{
    static const int code = 9;
    pid_t ended[1];

    allow_signal_changes();
    gate = make_gate("the caller goes on after reap_exited");
    pid_t running = start_child(wait_at_gate, &code);
    have_ended_children(ended, 1);
    expect_int((long)reap(), 1, "reap_exited, when one child had ended and one was running,");
    (void)expect_told(ended[0], "had ended");
    expect_int((long)reap(), 0, "reap_exited, when one child was running and none had ended,");
    gate_open(gate);
    wait_until_ended(running);
    expect_int((long)reap(), 1, "reap_exited, when the other child had ended, too,");
    (void)expect_told(running, "had ended later");
}

static int stop_once(void *arg)
{
    (void)raise(SIGSTOP);
    gate_wait(gate);
    return *(const int *)arg;
}

/* It is continued, and nobody has been told yet. */
static void wait_until_continued(pid_t pid)
{
    siginfo_t info;

    awaits("a child of the caller's goes on");
    while (waitid(P_PID, (id_t)pid, &info, WCONTINUED | WNOWAIT) == -1 && errno == EINTR)
        ;
    awaits(NULL);
}

TEST(a_stopped_child_is_not_reported)
{
    static const int code = 4;

    allow_signal_changes();
    gate = make_gate("the caller goes on after reap_exited");
    pid_t pid = start_child(stop_once, &code);
    wait_until_stopped(&pid);
    expect_int((long)reap(), 0, "reap_exited, when a child was stopped and none had ended,");
    expect_int(report.count, 0, "The number of times that on_exit was called for a stopped child");
    (void)kill(pid, SIGCONT);
    wait_until_continued(pid);
    expect_int((long)reap(), 0, "reap_exited, when the child had been continued and still ran,");
    expect_int(report.count, 0,
               "The number of times that on_exit was called for a child that was continued and still ran");
    gate_open(gate);
    wait_until_ended(pid);
    expect_int((long)reap(), 1, "reap_exited, when the child had been continued and had ended,");
    (void)expect_told(pid, "had been stopped, and then ended");
}

TEST(the_code_is_as_await_gives_it)
{
    enum { REALTIME = 50 };
    static const struct {
        int (*body)(void *arg);
        int arg;
        int code;
        const char *which;
    } cases[] = {{end_with, 0, 0, "exited with 0"},
                 {end_with, 0x1ff, 255, "exited with 0x1ff"},
                 {be_killed, SIGKILL, 128 + SIGKILL, "was killed by SIGKILL"},
                 {be_killed, SIGTERM, 128 + SIGTERM, "was killed by SIGTERM"},
                 {be_killed, REALTIME, 128 + REALTIME, "was killed by a real-time signal"}};

    allow_signal_changes();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pid_t pid = start_child(cases[i].body, &cases[i].arg);
        wait_until_ended(pid);
        expect_int((long)reap(), 1, "reap_exited, when a child %s,", cases[i].which);
        expect_int(expect_told(pid, cases[i].which), cases[i].code,
                   "The code that on_exit was told for a child that %s", cases[i].which);
    }
}

TEST(without_children_nothing_is_reaped)
{
    allow_signal_changes();
    expect_int((long)reap(), 0, "reap_exited, without a child,");
    expect_int(report.count, 0, "The number of times that on_exit was called without a child");
}

static size_t reap_with_errno(int error)
{
    errno = error;
    return reap_exited(note_exit, &report);
}

TEST(reaping_keeps_errno)
{
    static const char *const found[] = {"no child", "one child that had ended",
                                        "one child that had ended and one that runs"};
    static const int code = 9;
    pid_t pids[1], running = 0;

    allow_signal_changes();
    gate = make_gate("the caller goes on after reap_exited");
    for (int children = 0; children < 3; children++) {
        if (children > 0)
            have_ended_children(pids, 1);
        if (children > 1)
            running = start_child(wait_at_gate, &code);
        (void)CALL(reap_with_errno(ENOTTY));
        expect_errno(errno, ENOTTY, "errno after reap_exited, which found %s, and which was ENOTTY before,",
                     found[children]);
    }
    gate_open(gate);
    (void)finish_peer(running);
}

static void reap_in_handler(int signo)
{
    int error = errno;

    (void)signo;
    (void)reap_exited(note_exit, &report);
    errno = error;
}

TEST(reaping_is_async_signal_safe)
{
    pid_t pids[2];

    allow_signal_changes();
    have_ended_children(pids, 2);
    catch_signal(OURS, reap_in_handler, 0);
    watch_handlers();
    report.count = 0;
    CALL_VOID((void)kill(getpid(), OURS));
    expect_int(report.count, 2, "The number of children that reap_exited reaped, called in a signal handler,");
}

static size_t inner_count;
static struct report inner;

/* While on_exit runs for the first child, a handler might come and reap the others. */
static void reap_inside(pid_t pid, int code, void *arg)
{
    note_exit(pid, code, arg);
    if (report.count == 1)
        inner_count = reap_exited(note_exit, &inner);
}

TEST(a_call_inside_a_call_counts_its_own)
{
    pid_t pids[3];

    allow_signal_changes();
    have_ended_children(pids, 3);
    report.count = inner.count = 0;
    size_t outer_count = CALL(reap_exited(reap_inside, &report));
    expect(outer_count == report.count && inner_count == inner.count && report.count + inner.count == 3,
           "Each call returns how many children it has reaped itself, and together they reap all of them.",
           "Three children had ended. reap_exited, called a second time while on_exit ran, called on_exit %u times and "
           "gave"
           " %zu; the outer call called it %u times and gave %zu.",
           inner.count, inner_count, report.count, outer_count);
}

TEST(reaping_leaves_the_mask_and_the_dispositions_alone)
{
    pid_t pids[1];

    have_ended_children(pids, 1);
    callers_action(SIGCHLD, note_arrival);
    callers_mask(SIG_BLOCK, OTHER);
    expect_int((long)reap(), 1, "reap_exited, when one child had ended,");
}

TEST(a_handler_may_reap)
{
    static const int code = 6;

    allow_signal_changes();
    install(SIGCHLD, reap_in_handler);
    callers_mask(SIG_BLOCK, SIGCHLD);
    report.count = 0;
    pid_t pid = start_child(end_with, &code);
    wait_until_ended(pid);
    callers_mask(SIG_UNBLOCK, SIGCHLD); /* it is pending by now */
    (void)expect_told(pid, "ended while SIGCHLD had a handler that reaps");
    (void)signal(SIGCHLD, SIG_DFL);
    ledger_accepts_signals();
}

int main(void)
{
    return run_suite("07-signal");
}
