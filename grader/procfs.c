/* procfs.c - reading /proc. Everything in it may vanish between two lines: a failed read means "gone". */
#define _GNU_SOURCE
#include "procfs.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Reads a small file of /proc whole; returns its length, or -1. The text is ended with NUL. */
static ssize_t read_file(char *text, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
static ssize_t read_file(char *text, size_t size, const char *format, ...)
{
    char path[96];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(path, sizeof path, format, arguments);
    va_end(arguments);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd == -1)
        return -1;
    ssize_t length = read(fd, text, size - 1);
    (void)close(fd);
    text[length > 0 ? length : 0] = '\0';
    return length;
}

/* The number behind a word of /proc/PID/status: "voluntary_ctxt_switches:" */
static unsigned long number_after(const char *text, const char *word)
{
    const char *place = strstr(text, word);

    return place != NULL ? strtoul(place + strlen(word), NULL, 10) : 0;
}

/* The same for a set of signals, which is hexadecimal: "SigPnd:" */
static unsigned long signals_after(const char *text, const char *word)
{
    const char *place = strstr(text, word);

    return place != NULL ? strtoul(place + strlen(word), NULL, 16) : 0;
}

/* "NStgid: 4711 12 3": the last is the number of the process in the innermost namespace. */
static pid_t innermost_pid(const char *status, pid_t outer)
{
    const char *place = strstr(status, "NStgid:");
    if (place == NULL)
        return outer;

    char *end;
    long number = outer;
    place += strlen("NStgid:");
    for (;;) {
        long next = strtol(place, &end, 10);
        if (end == place || memchr(place, '\n', (size_t)(end - place)) != NULL)
            return (pid_t)number;
        number = next;
        place = end;
    }
}

static bool look_at_task(pid_t pid, pid_t tid, struct task *task)
{
    char text[4096];

    *task = (struct task){.pid = pid, .tid = tid, .inner = pid, .syscall = -1};
    if (read_file(text, sizeof text, "/proc/%d/task/%d/status", (int)pid, (int)tid) <= 0)
        return false;
    const char *state = strstr(text, "State:");
    if (state == NULL)
        return false;
    task->state = state[strspn(state + 6, " \t") + 6];
    task->switches =
        number_after(text, "\nvoluntary_ctxt_switches:") + number_after(text, "\nnonvoluntary_ctxt_switches:");
    task->inner = innermost_pid(text, pid);
    task->pending = signals_after(text, "\nSigPnd:") | signals_after(text, "\nShdPnd:");
    task->blocked = signals_after(text, "\nSigBlk:");
    return true;
}

/* "0 0x4 0x7ffc... 0x10 ...": the call's number and arguments; "running" and "-1 ..." when it is in none. */
static void look_at_syscall(struct task *task)
{
    char text[512];

    if (read_file(text, sizeof text, "/proc/%d/task/%d/syscall", (int)task->pid, (int)task->tid) <= 0)
        return;
    unsigned long *a = task->argument;
    if (sscanf(text, "%ld %lx %lx %lx %lx %lx %lx", &task->syscall, &a[0], &a[1], &a[2], &a[3], &a[4], &a[5]) != 7)
        task->syscall = -1;
}

static struct task *tree_add(struct tree *tree)
{
    if (tree->count == tree->room) {
        size_t room = tree->room == 0 ? 16 : 2 * tree->room;
        struct task *tasks = realloc(tree->tasks, room * sizeof *tasks);
        if (tasks == NULL)
            return NULL;
        tree->tasks = tasks;
        tree->room = room;
    }
    return &tree->tasks[tree->count++];
}

void tree_free(struct tree *tree)
{
    free(tree->tasks);
    *tree = (struct tree){NULL, 0, 0};
}

static bool task_sleeps(struct task *task)
{
    if (task->state == 'Z' || task->state == 'X' || task->state == 'T' || task->state == 't')
        return true; /* ended, or stopped: it makes no progress */
    if (task->state != 'S')
        return false;
    look_at_syscall(task);
    return task->syscall >= 0;
}

static bool process_sleeps(pid_t pid, struct tree *tree);

static bool children_sleep(pid_t pid, pid_t tid, struct tree *tree)
{
    char text[16384];
    char *place = text;
    char *end;

    if (read_file(text, sizeof text, "/proc/%d/task/%d/children", (int)pid, (int)tid) < 0)
        return true;
    for (pid_t child = (pid_t)strtol(place, &end, 10); end != place; child = (pid_t)strtol(place, &end, 10)) {
        place = end;
        if (!process_sleeps(child, tree))
            return false;
    }
    return true;
}

static bool process_sleeps(pid_t pid, struct tree *tree)
{
    char path[64];
    bool sleeps = true;

    (void)snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *threads = opendir(path);
    if (threads == NULL)
        return false; /* gone since we heard of it: something has happened */
    struct dirent *entry;
    while (sleeps && (entry = readdir(threads)) != NULL) {
        pid_t tid = atoi(entry->d_name);
        if (tid <= 0)
            continue;
        struct task *task = tree_add(tree);
        sleeps = task != NULL && look_at_task(pid, tid, task) && task_sleeps(task) && children_sleep(pid, tid, tree);
    }
    (void)closedir(threads);
    return sleeps;
}

bool tree_sleeps(pid_t root, struct tree *tree)
{
    tree->count = 0;
    return process_sleeps(root, tree);
}

bool tree_same(const struct tree *a, const struct tree *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        const struct task *x = &a->tasks[i];
        const struct task *y = &b->tasks[i];
        if (x->tid != y->tid || x->state != y->state || x->switches != y->switches || x->syscall != y->syscall ||
            memcmp(x->argument, y->argument, sizeof x->argument) != 0)
            return false;
    }
    return true;
}

static size_t add_descendants(pid_t pid, pid_t *pids, size_t count, size_t most)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *threads = opendir(path);
    if (threads == NULL)
        return count;

    struct dirent *entry;
    while ((entry = readdir(threads)) != NULL) {
        char text[16384];
        char *place = text;
        char *end;
        if (entry->d_name[0] == '.' ||
            read_file(text, sizeof text, "/proc/%d/task/%.12s/children", (int)pid, entry->d_name) <= 0)
            continue;
        for (pid_t child = (pid_t)strtol(place, &end, 10); end != place && count < most;
             child = (pid_t)strtol(place, &end, 10)) {
            place = end;
            pids[count++] = child;
            count = add_descendants(child, pids, count, most);
        }
    }
    (void)closedir(threads);
    return count;
}

size_t descendants(pid_t root, pid_t *pids, size_t most)
{
    return add_descendants(root, pids, 0, most);
}

long cpu_time_ms(pid_t pid)
{
    char text[1024];
    long ticks[4];

    if (read_file(text, sizeof text, "/proc/%d/stat", (int)pid) <= 0)
        return 0;
    /* The second field is the program's name in brackets, and may hold anything: begin behind the last one. */
    const char *rest = strrchr(text, ')');
    if (rest == NULL || sscanf(rest + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %ld %ld %ld %ld", &ticks[0],
                               &ticks[1], &ticks[2], &ticks[3]) != 4)
        return 0;
    return (ticks[0] + ticks[1] + ticks[2] + ticks[3]) * 1000 / sysconf(_SC_CLK_TCK);
}

unsigned long memory_of(pid_t pid)
{
    char text[256];
    unsigned long pages;

    if (read_file(text, sizeof text, "/proc/%d/statm", (int)pid) <= 0 || sscanf(text, "%*u %lu", &pages) != 1)
        return 0;
    return pages * (unsigned long)sysconf(_SC_PAGESIZE);
}

bool fd_target(pid_t pid, int fd, char *target, size_t size)
{
    char path[64];

    (void)snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)pid, fd);
    ssize_t length = readlink(path, target, size - 1);
    target[length > 0 ? length : 0] = '\0';
    return length > 0;
}

int fd_access(pid_t pid, int fd)
{
    char text[512];

    if (read_file(text, sizeof text, "/proc/%d/fdinfo/%d", (int)pid, fd) <= 0)
        return -1;
    const char *flags = strstr(text, "flags:");
    return flags != NULL ? (int)strtoul(flags + 6, NULL, 8) & O_ACCMODE : -1;
}

void each_fd(pid_t pid, void (*visit)(pid_t pid, int fd, const char *target, void *arg), void *arg)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    DIR *list = opendir(path);
    if (list == NULL)
        return;

    struct dirent *entry;
    while ((entry = readdir(list)) != NULL) {
        char target[128];
        if (entry->d_name[0] != '.' && fd_target(pid, atoi(entry->d_name), target, sizeof target))
            visit(pid, atoi(entry->d_name), target, arg);
    }
    (void)closedir(list);
}

bool read_memory(pid_t pid, unsigned long address, void *data, size_t size)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/mem", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd == -1)
        return false;

    ssize_t length = pread(fd, data, size, (off_t)address);
    (void)close(fd);
    return length == (ssize_t)size;
}
