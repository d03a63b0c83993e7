/* fds.c - descriptors: the test's own, and those that the submission has opened. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "calls.h"
#include "fds.h"
#include "suite.h"

/* ---- what the submission opened ----------------------------------------------------------------------------------- */

enum { REMEMBERED = 1024 }; /* descriptors above are handled all the same, without the line that opened them */

static struct {
    bool is_open;
    char name[20];
    uintptr_t caller;
} opened[REMEMBERED];

void fd_was_opened(int fd, const char *name, uintptr_t caller)
{
    if (fd < 0 || fd >= REMEMBERED)
        return;
    opened[fd].is_open = true;
    opened[fd].caller = caller;
    (void)snprintf(opened[fd].name, sizeof opened[fd].name, "%s", name);
}

void fd_was_closed(int fd)
{
    if (fd >= 0 && fd < REMEMBERED)
        opened[fd].is_open = false;
}

bool was_opened_by_submission(int fd)
{
    return fd >= REMEMBERED || (fd >= 0 && opened[fd].is_open);
}

/* ---- what a descriptor is ------------------------------------------------------------------------------------------ */

/* "the write end of a pipe"; the text lives until the next call. */
const char *describe_fd(int fd)
{
    static char text[96];
    struct stat status;

    if (fstat(fd, &status) == -1)
        return "not open";
    int flags = fcntl(fd, F_GETFL);
    bool is_writer = (flags & O_ACCMODE) != O_RDONLY;
    const char *kind = "a file";
    if (S_ISFIFO(status.st_mode))
        kind = is_writer ? "the write end of a pipe" : "the read end of a pipe";
    else if (S_ISSOCK(status.st_mode))
        kind = "a socket";
    else if (S_ISCHR(status.st_mode))
        kind = "a terminal or device";
    else if (status.st_mode == 0 || !S_ISREG(status.st_mode))
        kind = "an epoll, event or signal descriptor";
    (void)snprintf(text, sizeof text, "%s", kind);
    return text;
}

const char *who_opened(int fd)
{
    static char text[96];

    if (fd < 0 || fd >= REMEMBERED || !opened[fd].is_open)
        return "";
    (void)snprintf(text, sizeof text, ", opened by %s() at " PLACE, opened[fd].name, (unsigned long)opened[fd].caller);
    return text;
}

/* Valgrind keeps its own descriptors just above the soft limit. */
int fd_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == -1 || limit.rlim_cur > 1 << 20)
        return 1 << 20;
    return (int)limit.rlim_cur;
}

const char *open_descriptors(void)
{
    static char text[400];
    size_t used = 0;

    text[0] = '\0';
    for (int fd = 0; fd < 64 && used + 60 < sizeof text; fd++)
        if (fcntl(fd, F_GETFD) != -1)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%d (%s)", used > 0 ? ", " : "", fd,
                                     describe_fd(fd));
    return text;
}

int closed_fd(void)
{
    int fd = fd_limit() - 1;

    while (fd > 0 && fcntl(fd, F_GETFD) != -1)
        fd--;
    return fd;
}

bool same_file(int fd, int other)
{
    struct stat a;
    struct stat b;

    return fstat(fd, &a) == 0 && fstat(other, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

int count_same(int fd)
{
    int count = 0;
    int access = fcntl(fd, F_GETFL) & O_ACCMODE;

    for (int other = 0; other < 256; other++)
        if (other != fd && same_file(fd, other) && (fcntl(other, F_GETFL) & O_ACCMODE) == access)
            count++;
    return count;
}

/* ---- the test's own -------------------------------------------------------------------------------------------------- */

struct own {
    int fd;
    dev_t device;
    ino_t inode;
    int status_flags;
    int fd_flags;
    bool is_open;
};

static struct own *owned;
static size_t owned_count;
static size_t owned_room;

static struct own *find_own(int fd)
{
    for (size_t i = owned_count; i-- > 0;)
        if (owned[i].is_open && owned[i].fd == fd)
            return &owned[i];
    return NULL;
}

bool is_own(int fd)
{
    return find_own(fd) != NULL;
}

static void look_at(struct own *own)
{
    struct stat status;

    if (fstat(own->fd, &status) == -1)
        fail_test(VERDICT_GRADER_ERROR, "", "The suite wants to own descriptor %d, which is not open.", own->fd);
    own->device = status.st_dev;
    own->inode = status.st_ino;
    own->status_flags = fcntl(own->fd, F_GETFL);
    own->fd_flags = fcntl(own->fd, F_GETFD);
}

int own_fd(int fd)
{
    if (owned_count == owned_room) {
        owned_room = owned_room == 0 ? 64 : 2 * owned_room;
        owned = realloc(owned, owned_room * sizeof *owned);
        if (owned == NULL)
            fail_test(VERDICT_GRADER_ERROR, "", "No memory for the suite's own descriptors.");
    }
    struct own *own = &owned[owned_count++];
    own->fd = fd;
    own->is_open = true;
    look_at(own);
    return fd;
}

static void need(bool is_made, const char *what)
{
    if (!is_made)
        fail_test(VERDICT_GRADER_ERROR, "", "The suite cannot make %s: %s.", what, strerror(errno));
}

struct ends make_pipe(void)
{
    int fds[2];

    need(pipe(fds) == 0, "a pipe");
    return (struct ends){own_fd(fds[0]), own_fd(fds[1])};
}

struct ends make_socketpair(void)
{
    int fds[2];

    need(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0, "a pair of sockets");
    return (struct ends){own_fd(fds[0]), own_fd(fds[1])};
}

int make_file(void)
{
    char path[] = "/tmp/eagain-file-XXXXXX";
    int fd = mkstemp(path);

    need(fd != -1, "a temporary file");
    (void)unlink(path);
    return own_fd(fd);
}

/* Notes a failure if a descriptor of the test is not what it was. */
static void check_own(const struct own *own)
{
    struct stat status;
    int fd = own->fd;

    if (fstat(fd, &status) == -1) {
        note_failure(VERDICT_DESCRIPTORS, 0, "Descriptors passed in belong to the caller: they stay open.",
                     "Descriptor %d, which is the caller's, is closed after the call.", fd);
        return;
    }
    if (status.st_dev != own->device || status.st_ino != own->inode) {
        note_failure(VERDICT_DESCRIPTORS, 0, "Descriptors passed in belong to the caller: they stay what they are.",
                     "Descriptor %d, which is the caller's, is now something else: %s.", fd, describe_fd(fd));
        return;
    }
    int flags = fcntl(fd, F_GETFL);
    if (flags != own->status_flags)
        note_failure(VERDICT_DESCRIPTORS, 0,
                     "The file status flags of the caller's descriptors are after a call as they were before.",
                     "The status flags of descriptor %d were %#o before the call and are %#o after it%s.", fd,
                     own->status_flags, flags,
                     ((flags ^ own->status_flags) & O_NONBLOCK) != 0 ? " (O_NONBLOCK differs)" : "");
    if (fcntl(fd, F_GETFD) != own->fd_flags)
        note_failure(VERDICT_DESCRIPTORS, 0,
                     "The descriptor flags of the caller's descriptors are after a call as they were before.",
                     "The close-on-exec flag of the caller's descriptor %d has changed.", fd);
}

void close_own(int fd)
{
    struct own *own = find_own(fd);

    if (own == NULL)
        fail_test(VERDICT_GRADER_ERROR, "", "The suite closes descriptor %d, which is not its own.", fd);
    check_own(own);
    own->is_open = false;
    (void)close(fd);
}

void accept_flags(int fd)
{
    struct own *own = find_own(fd);

    if (own != NULL)
        look_at(own);
}

int move_fd(int fd, int to)
{
    struct own *own = find_own(fd);

    need(own != NULL && fcntl(to, F_GETFD) == -1 && dup2(fd, to) == to, "a descriptor of that number");
    (void)close(fd);
    own->fd = to;
    return to;
}

void forget_own(int fd)
{
    struct own *own = find_own(fd);

    if (own != NULL)
        own->is_open = false;
}

void close_all_own(void)
{
    for (size_t i = 0; i < owned_count; i++)
        if (owned[i].is_open)
            close_own(owned[i].fd);
    free(owned);
    owned = NULL;
    owned_count = owned_room = 0;
}

/* In a peer: closes the test's descriptors but those in the list, which ends with -1. */
void close_own_except(va_list keep)
{
    for (size_t i = 0; i < owned_count; i++) {
        va_list list;
        bool is_kept = false;

        va_copy(list, keep);
        for (int fd = va_arg(list, int); fd != -1; fd = va_arg(list, int))
            is_kept = is_kept || fd == owned[i].fd;
        va_end(list);
        if (owned[i].is_open && !is_kept)
            (void)close(owned[i].fd);
    }
}
