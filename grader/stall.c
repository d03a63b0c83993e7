/*
 * stall.c - telling that a test cannot go on, and why.
 *
 * A process that waits is asleep inside a system call; /proc/PID/syscall gives
 * the call's number and arguments. If the argument is a descriptor, /proc/PID/fd
 * says which pipe it is, and a look at everybody's descriptors says who holds
 * the other end. That is all the knowledge there is in here.
 */
#define _GNU_SOURCE
#include "stall.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/select.h>
#include <sys/syscall.h>

/* ---- the calls that we know ---------------------------------------------------------------------------------------- */

enum wait_kind { READS, WRITES, WAITS_FOR_CHILD, WAITS_FOR_FUTEX, WAITS_FOR_SIGNAL, SELECTS, POLLS, EPOLLS };

/* A call that can wait. TIMEOUT is the index of its time-out argument, -1 if it has none. */
struct known_call {
    long number;
    const char *name;
    enum wait_kind kind;
    int timeout;
    bool timeout_is_pointer; /* NULL means for ever; otherwise it is an int, and negative means for ever */
};

static const struct known_call known_calls[] = {
    {SYS_read, "read", READS, -1, false},
    {SYS_readv, "readv", READS, -1, false},
    {SYS_recvfrom, "recv", READS, -1, false},
    {SYS_recvmsg, "recvmsg", READS, -1, false},
    {SYS_write, "write", WRITES, -1, false},
    {SYS_writev, "writev", WRITES, -1, false},
    {SYS_sendto, "send", WRITES, -1, false},
    {SYS_sendmsg, "sendmsg", WRITES, -1, false},
    {SYS_wait4, "waitpid", WAITS_FOR_CHILD, -1, false},
    {SYS_waitid, "waitid", WAITS_FOR_CHILD, -1, false},
    {SYS_futex, "futex", WAITS_FOR_FUTEX, 3, true},
    {SYS_rt_sigsuspend, "sigsuspend", WAITS_FOR_SIGNAL, -1, false},
    {SYS_rt_sigtimedwait, "sigwaitinfo", WAITS_FOR_SIGNAL, 2, true},
    {SYS_pselect6, "pselect", SELECTS, 4, true},
    {SYS_ppoll, "ppoll", POLLS, 2, true},
    {SYS_epoll_pwait, "epoll_pwait", EPOLLS, 3, false},
#ifdef SYS_epoll_pwait2
    {SYS_epoll_pwait2, "epoll_pwait2", EPOLLS, 3, true},
#endif
#ifdef SYS_pause /* the older calls, which newer machines do not have */
    {SYS_pause, "pause", WAITS_FOR_SIGNAL, -1, false},
#endif
#ifdef SYS_select
    {SYS_select, "select", SELECTS, 4, true},
#endif
#ifdef SYS_poll
    {SYS_poll, "poll", POLLS, 2, false},
#endif
#ifdef SYS_epoll_wait
    {SYS_epoll_wait, "epoll_wait", EPOLLS, 3, false},
#endif
};

static const struct known_call *known_call(const struct task *task)
{
    for (size_t i = 0; i < sizeof known_calls / sizeof *known_calls; i++)
        if (known_calls[i].number == task->syscall)
            return &known_calls[i];
    return NULL;
}

static bool has_timeout(const struct known_call *call, const struct task *task)
{
    if (call->timeout == -1)
        return false;
    unsigned long value = task->argument[call->timeout];
    return call->timeout_is_pointer ? value != 0 : (int)value >= 0;
}

static bool has_ended(const struct task *task)
{
    return task->state == 'Z' || task->state == 'X';
}

static bool is_stopped(const struct task *task)
{
    return task->state == 'T' || task->state == 't';
}

/* A timer descriptor becomes readable by itself. */
static bool reads_a_timer(const struct task *task, const struct known_call *call)
{
    char target[128];

    return call->kind == READS && fd_target(task->pid, (int)task->argument[0], target, sizeof target) &&
           strstr(target, "timerfd") != NULL;
}

bool nobody_can_go_on(const struct tree *tree, int fd_limit)
{
    for (size_t i = 0; i < tree->count; i++) {
        const struct task *task = &tree->tasks[i];
        if (has_ended(task) || is_stopped(task))
            continue;
        const struct known_call *call = known_call(task);
        if (call == NULL || has_timeout(call, task) || reads_a_timer(task, call))
            return false;
        /* Valgrind lets one thread run at a time; the others wait in a read of a pipe of its own. */
        if (call->kind == READS && (int)task->argument[0] >= fd_limit)
            return false;
    }
    return true;
}

/* ---- sentences ------------------------------------------------------------------------------------------------------- */

struct story {
    struct board *board;
    const struct tree *tree;
    int fd_limit;
    char *text;
    size_t size;
    size_t used;
    uint64_t caller;
};

static void tell(struct story *story, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void tell(struct story *story, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    int length = vsnprintf(story->text + story->used, story->size - story->used, format, arguments);
    va_end(arguments);
    if (length > 0)
        story->used += (size_t)length;
    if (story->used >= story->size)
        story->used = story->size - 1;
}

static const struct board_process *process_of_task(const struct story *story, const struct task *task)
{
    return board_process(story->board, task->inner);
}

static const char *role(const struct story *story, const struct task *task)
{
    const struct board_process *process = process_of_task(story, task);

    return process != NULL ? process->role : "a process";
}

/* What the support library noted of the task: the diverted call that it is in, what the suite awaits. */
static const struct board_task *note_of(const struct story *story, const struct task *task)
{
    uint32_t count = story->board->task_count;

    if (count > BOARD_MAX_TASKS)
        count = BOARD_MAX_TASKS;
    while (count-- > 0) {
        const struct board_task *note = &story->board->tasks[count];
        /* Inside of a PID namespace a thread's number is its process's, shifted by as much. */
        if (note->tid == task->tid - task->pid + task->inner)
            return note;
    }
    return NULL;
}

static const struct task *task_with_inner_pid(const struct story *story, pid_t inner)
{
    for (size_t i = 0; i < story->tree->count; i++)
        if (story->tree->tasks[i].inner == inner)
            return &story->tree->tasks[i];
    return NULL;
}

/* " (line 41)", if the submission made the call. */
static void tell_line(struct story *story, const struct board_task *note)
{
    if (note == NULL || note->call == CALL_NONE || note->caller == 0)
        return;
    tell(story, " ({@%lx})", (unsigned long)note->caller);
    if (story->caller == 0)
        story->caller = note->caller;
}

/* ---- who holds the other end ------------------------------------------------------------------------------------------ */

struct search {
    struct story *story;
    const struct task *waiting; /* the task that waits for the other end */
    const char *target;         /* "pipe:[4711]" */
    bool wants_writer;
    const struct task *holder; /* the task whose descriptors are looked through */
    unsigned found;
};

static void other_end(pid_t pid, int fd, const char *target, void *arg)
{
    struct search *search = arg;
    struct story *story = search->story;

    if (strcmp(target, search->target) != 0 || fd >= story->fd_limit)
        return;
    int access = fd_access(pid, fd);
    if (access == -1 || (access != O_RDWR && (access == O_WRONLY) != search->wants_writer))
        return;
    if (search->found++ > 0)
        tell(story, ", and in ");
    tell(story, "%s%s, as descriptor %d", role(story, search->holder), pid == search->waiting->pid ? " itself" : "",
         fd);
}

/* The same pipe end may be open in many processes; a process is looked at once, whatever threads it has. */
static unsigned tell_other_ends(struct story *story, const struct task *task, const char *target, bool wants_writer)
{
    struct search search = {story, task, target, wants_writer, NULL, 0};

    for (size_t i = 0; i < story->tree->count; i++) {
        search.holder = &story->tree->tasks[i];
        if (search.holder->tid == search.holder->pid && !has_ended(search.holder))
            each_fd(search.holder->pid, other_end, &search);
    }
    return search.found;
}

static void tell_read(struct story *story, const struct task *task, int fd)
{
    char target[128];

    if (!fd_target(task->pid, fd, target, sizeof target))
        return;
    if (strncmp(target, "pipe:", 5) == 0) {
        tell(story, ", for data or end of file from a pipe. The write end of this pipe is still open in ");
        if (tell_other_ends(story, task, target, true) == 0)
            tell(story, "nobody that we can see");
        tell(story, "; while one write end is open, in any process, there is no end of file");
    } else if (strncmp(target, "socket:", 7) == 0) {
        tell(story, ", for data from a socket, whose other side sends nothing and has not closed it");
    } else {
        tell(story, ", for data from %s", target);
    }
}

static void tell_write(struct story *story, const struct task *task, int fd)
{
    char target[128];

    if (!fd_target(task->pid, fd, target, sizeof target))
        return;
    if (strncmp(target, "pipe:", 5) == 0) {
        tell(story, ", for room in a full pipe that nobody reads. Its read end is open in ");
        if (tell_other_ends(story, task, target, false) == 0)
            tell(story, "nobody that we can see");
    } else {
        tell(story, ", for room: what it wrote before has not been read");
    }
}

/* ---- children, locks, signals, sets of descriptors ---------------------------------------------------------------------- */

static void tell_child(struct story *story, const struct task *task)
{
    bool is_waitid = task->syscall == SYS_waitid;
    pid_t pid = (pid_t)task->argument[is_waitid ? 1 : 0];
    bool any = is_waitid ? task->argument[0] == 0 : pid <= 0; /* P_ALL is 0 */
    const struct board_process *child = any ? NULL : board_process(story->board, pid);

    if (child != NULL)
        tell(story, " until %s has ended", child->role);
    else
        tell(story, " until %s has ended", any ? "any of its children" : "a process");
    const struct task *child_task = child != NULL ? task_with_inner_pid(story, pid) : NULL;
    if (child_task != NULL && is_stopped(child_task))
        tell(story, ", which is stopped, not ended");
}

/* What the support library knows of the mutex at ADDRESS; NULL: nothing. */
static const struct board_lock *lock_at(const struct story *story, const struct task *task, uint64_t address)
{
    uint32_t count = story->board->lock_count < BOARD_MAX_LOCKS ? story->board->lock_count : BOARD_MAX_LOCKS;

    while (count-- > 0) {
        const struct board_lock *lock = &story->board->locks[count];
        if (lock->address == address && lock->process >= 0 && lock->process < BOARD_MAX_PROCESSES &&
            story->board->processes[lock->process].pid == task->inner)
            return lock;
    }
    return NULL;
}

/* The name of a thread: what the support library calls it, or its number. */
static void tell_thread(struct story *story, const struct task *task)
{
    const struct board_task *note = note_of(story, task);

    if (note != NULL && note->role[0] != '\0')
        tell(story, "%.*s", (int)sizeof note->role, note->role);
    else if (task->tid == task->pid)
        tell(story, "%s", role(story, task));
    else
        tell(story, "thread %d", (int)(task->tid - task->pid));
}

/* The owner's thread number stands in the third word of a pthread_mutex_t. */
static void tell_mutex_owner(struct story *story, const struct task *task, const struct board_lock *lock)
{
    int words[3];

    if (!read_memory(task->pid, task->argument[0], words, sizeof words))
        return;
    pid_t owner = words[2] - task->inner + task->pid;
    if (owner == task->tid)
        tell(story, ", which it has locked already itself");
    for (size_t i = 0; i < story->tree->count; i++) {
        const struct task *other = &story->tree->tasks[i];
        if (other->pid == task->pid && other->tid == owner && owner != task->tid) {
            tell(story, ", which ");
            tell_thread(story, other);
            tell(story, " holds");
            break;
        }
    }
    /* A thread that ended with the mutex locked is not there any more. */
    if (lock != NULL && lock->holder != 0 && lock->locked_at != 0)
        tell(story, ", locked at {@%lx} and not unlocked since", (unsigned long)lock->locked_at);
}

static void tell_futex(struct story *story, const struct task *task, const struct board_task *note)
{
    if (note == NULL || note->call == CALL_NONE) {
        tell(story, ", for something inside of the process");
        return;
    }
    switch (note->call) {
    case CALL_MUTEX_LOCK: {
        const struct board_lock *lock = lock_at(story, task, task->argument[0]);
        tell(story, ", for %.*s", (int)sizeof lock->name,
             lock != NULL && lock->name[0] != '\0' ? lock->name : "a mutex");
        tell_mutex_owner(story, task, lock);
        break;
    }
    case CALL_COND_WAIT:
        tell(story, ", for somebody to signal the condition variable");
        break;
    case CALL_THREAD_JOIN:
        tell(story, ", until a thread has ended");
        break;
    default:
        break;
    }
}

static void tell_polled(struct story *story, const struct task *task)
{
    struct pollfd fds[8];
    size_t count = task->argument[1];
    size_t shown = count < 8 ? count : 8;

    tell(story, " without a time-out");
    if (count == 0) {
        tell(story, ", on no descriptor at all");
        return;
    }
    if (!read_memory(task->pid, task->argument[0], fds, shown * sizeof *fds))
        return;
    tell(story, ", on");
    for (size_t i = 0; i < shown; i++)
        tell(story, "%s descriptor %d for %s", i > 0 ? "," : "", fds[i].fd,
             (fds[i].events & POLLIN) != 0    ? (fds[i].events & POLLOUT) != 0 ? "reading and writing" : "reading"
             : (fds[i].events & POLLOUT) != 0 ? "writing"
                                              : "hang-up alone");
    if (count > shown)
        tell(story, " and %zu more", count - shown);
}

static void tell_selected_set(struct story *story, const struct task *task, unsigned long address, const char *what)
{
    fd_set set;
    int limit = (int)task->argument[0];
    const char *comma = "";

    FD_ZERO(&set);
    if (address == 0 || limit <= 0)
        return;
    if (limit > FD_SETSIZE)
        limit = FD_SETSIZE;
    /* The kernel's sets are made of longs: so many of them hold LIMIT bits. */
    if (!read_memory(task->pid, address, &set, ((size_t)limit + 63) / 64 * 8))
        return;
    for (int fd = 0; fd < limit; fd++) {
        if (FD_ISSET(fd, &set)) {
            tell(story, "%s%d", *comma != '\0' ? comma : what, fd);
            comma = ", ";
        }
    }
}

static void tell_wait(struct story *story, const struct task *task, const struct known_call *call,
                      const struct board_task *note)
{
    switch (call->kind) {
    case READS:
        tell_read(story, task, (int)task->argument[0]);
        break;
    case WRITES:
        tell_write(story, task, (int)task->argument[0]);
        break;
    case WAITS_FOR_CHILD:
        tell_child(story, task);
        break;
    case WAITS_FOR_FUTEX:
        tell_futex(story, task, note);
        break;
    case WAITS_FOR_SIGNAL:
        tell(story, ", for a signal that does not come");
        break;
    case SELECTS:
        tell(story, " without a time-out");
        tell_selected_set(story, task, task->argument[1], ", for reading: ");
        tell_selected_set(story, task, task->argument[2], ", for writing: ");
        break;
    case POLLS:
        tell_polled(story, task);
        break;
    case EPOLLS:
        tell(story, " without a time-out, and nothing that the epoll instance watches becomes ready");
        break;
    }
}

/* A signal that could have ended the wait: it is kept out, or it came and was forgotten. */
static void tell_lost_signals(struct story *story, const struct task *task, const struct board_task *note)
{
    for (int signo = 1; signo <= SIGRTMAX; signo++) {
        if ((task->pending & task->blocked & 1UL << (signo - 1)) == 0)
            continue;
        tell(story, ". %s is pending, but blocked: nothing lets it in", signal_name(signo));
    }
    if (note == NULL || note->signal <= 0)
        return;
    tell(story, ". %s was delivered %s", signal_name(note->signal),
         note->signal_in_call ? "during this wait; its handler has run, and the wait went on"
                              : "before this wait began; nobody looks at what its handler noted");
}

static void tell_task(struct story *story, const struct task *task)
{
    const struct board_task *note = note_of(story, task);
    const struct known_call *call = known_call(task);

    if (story->used > 0)
        tell(story, ". ");
    size_t begin = story->used;
    if (task->tid == task->pid) {
        tell(story, "%s", role(story, task));
    } else {
        tell_thread(story, task);
        if (note == NULL || note->role[0] == '\0')
            tell(story, " of %s", role(story, task));
    }
    if (is_stopped(task)) {
        tell(story, " is stopped");
    } else if (has_ended(task)) {
        tell(story, " has ended, and nobody has waited for it yet");
    } else if (note != NULL && note->awaits[0] != '\0') {
        tell(story, " waits until %s", note->awaits);
    } else if (call != NULL) {
        bool has_fd = call->kind == READS || call->kind == WRITES;
        tell(story, " waits in %s(", note != NULL && note->call != CALL_NONE ? note->call_name : call->name);
        if (has_fd)
            tell(story, "%d", (int)task->argument[0]);
        tell(story, ")");
        tell_line(story, note);
        tell_wait(story, task, call, note);
        tell_lost_signals(story, task, note);
    }
    if (story->text[begin] >= 'a' && story->text[begin] <= 'z')
        story->text[begin] -= 'a' - 'A';
}

/* A task belongs to the test if its process stands on the board as one of the running test's. */
static bool is_of_test(const struct story *story, const struct task *task)
{
    const struct board_process *process = process_of_task(story, task);

    return process != NULL && process->test == story->board->current;
}

void explain_stall(struct board *board, const struct tree *tree, pid_t test_pid, int fd_limit, char *text, size_t size,
                   uint64_t *caller)
{
    struct story story = {board, tree, fd_limit, text, size, 0, 0};

    (void)test_pid;
    text[0] = '\0';
    for (size_t i = 0; i < tree->count; i++)
        if (is_of_test(&story, &tree->tasks[i]))
            tell_task(&story, &tree->tasks[i]);
    tell(&story, ". So nobody can go on, and nobody will ever wake them.");
    *caller = story.caller;
}
