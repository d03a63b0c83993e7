/*
 * Waits by poll for descriptors of the stages' processes, from the last to the first; a state machine reads.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "pipeline.h"
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <fcntl.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <stdbool.h>
#include <poll.h>
/* a state struct and small inline helpers; realloc by doubling; waits through poll on pidfds, opened after all forks */
struct line { pid_t *pid; size_t have, room; int carry; int first_in, last_out; int why; };
static inline bool more(int r) { return r == -1 && errno == EINTR; }
static inline void shut(int *fd) { if (*fd >= 0) { int e = errno; (void)close(*fd); errno = e; } *fd = -1; }
int write_all(int fd, const void *buf, size_t len)
{
    ssize_t r = 0;
    for (const char *p = buf; len; p += r, len -= r)
        if ((r = write(fd, p, len > 65536 * 4 ? 65536 * 4 : len)) < 0) { if (errno != EINTR) return -1; r = 0; }
    return 0;
}
ssize_t read_all(int fd, void *buf, size_t cap)
{
    enum { START, READ, GOT, END, BAD } state = START;
    ssize_t got = 0; size_t at = 0;
    for (;;) switch (state) {
    case START: state = cap ? READ : END; break;
    case READ: got = read(fd, (unsigned char *)buf + at, cap - at);
        state = got > 0 ? GOT : got == 0 ? END : errno == EINTR ? READ : BAD; break;
    case GOT: at += got; state = at == cap ? END : READ; break;
    case END: return at;
    case BAD: return -1;
    }
}
static int start(struct line *l, stage_fn f, bool last)
{
    int p[2] = {-1, -1};
    if (l->have == l->room) {
        size_t room = l->room ? 2 * l->room : 4;
        pid_t *q = realloc(l->pid, room * sizeof *q);
        if (!q) return -1;
        l->pid = q; l->room = room;
    }
    if (!last && pipe2(p, 0) == -1) return -1;
    pid_t pid = fork();
    if (pid == -1) { int e = errno; shut(&p[0]); shut(&p[1]); errno = e; return -1; }
    if (pid == 0) {
        int a = l->have == 0 ? l->first_in : l->carry, b = last ? l->last_out : p[1];
        int mine[2] = {a, b}, theirs[] = {p[0], p[1], l->carry, l->first_in, l->last_out};
        for (size_t i = 0; i < sizeof theirs / sizeof *theirs; i++)
            if (theirs[i] != -1 && theirs[i] != mine[0] && theirs[i] != mine[1]) close(theirs[i]);
        _exit((unsigned char)f(mine[0], mine[1]));
    }
    l->pid[l->have++] = pid;
    shut(&l->carry);
    shut(&p[1]);
    l->carry = p[0];
    return 0;
}
int run_pipeline(const stage_fn stages[], size_t n, int in, int out)
{
    if (n == 0) return errno = EINVAL, -1;
    struct line l = {.carry = -1, .first_in = in, .last_out = out};
    for (size_t i = 0; i < n; i++)
        if (start(&l, stages[i], i == n - 1) == -1) { l.why = errno; break; }
    shut(&l.carry);
    int code = 0;
    for (size_t i = l.have; i-- > 0;) {
        siginfo_t s = {0};
        int pfd = pidfd_open(l.pid[i], 0);
        if (pfd != -1) {
            struct pollfd p = {pfd, POLLIN, 0};
            while (more(poll(&p, 1, -1))) ;
            while (more(waitid(P_PIDFD, pfd, &s, WEXITED))) ;
            close(pfd);
        } else
            while (more(waitid(P_PID, l.pid[i], &s, WEXITED))) ;
        if (i == n - 1) code = s.si_status | (s.si_code == CLD_EXITED ? 0 : 128);
    }
    free(l.pid);
    if (l.why) { errno = l.why; return -1; }
    return code;
}
