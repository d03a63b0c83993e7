/*
 * Each stage closes a list of numbers in which some stand twice: the second close finds nothing, and harms nobody.
 * One byte a call.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/wait.h>
#include "pipeline.h"
/* one byte per call, always; it is slow, and it is right */
int write_all(int fd, const void *buf, size_t len)
{
    const char *p = buf;
    while (len > 0) {
        if (write(fd, p, 1) == 1) { p++; len--; }
        else if (errno != EINTR) return -1;
    }
    return 0;
}
ssize_t read_all(int fd, void *buf, size_t cap)
{
    char *p = buf;
    size_t n = 0;
    while (n < cap) {
        ssize_t r = read(fd, &p[n], 1);
        if (r == 1) n++;
        else if (r == 0) return n;
        else if (errno != EINTR) return -1;
    }
    return n;
}
static pid_t launch(stage_fn f, int a, int b, int *close_these, int count)
{
    pid_t p = fork();
    if (p == 0) {
        for (int i = 0; i < count; i++)
            if (close_these[i] != a && close_these[i] != b) close(close_these[i]);
        _exit(f(a, b));
    }
    return p;
}
int run_pipeline(const stage_fn stages[], size_t n, int in, int out)
{
    if (n == 0) { errno = EINVAL; return -1; }
    pid_t *p = malloc(sizeof(pid_t[n]));
    if (p == NULL) { errno = ENOMEM; return -1; }
    int src = in, e = 0; size_t i;
    for (i = 0; i < n; i++) {
        int fd[2], dst = out;
        if (i != n - 1) { if (pipe(fd) != 0) { e = errno; break; } dst = fd[1]; }
        int list[4] = {in, out, src, dst}, c = 4, extra[5] = {in, out, src, dst, i != n - 1 ? fd[0] : in};
        (void)list; (void)c;
        p[i] = launch(stages[i], src, dst, extra, 5);
        if (p[i] < 0) e = errno;
        if (i != n - 1) close(fd[1]);
        if (i != 0) close(src);
        if (e) { if (i != n - 1) close(fd[0]); src = -1; break; }
        src = i != n - 1 ? fd[0] : -1;
    }
    if (e && i > 0 && src >= 0) close(src);
    int st = 0;
    for (size_t k = 0; k < i; k++)
        while (waitpid(p[k], &st, 0) < 0 && errno == EINTR) {}
    free(p);
    if (e) { errno = e; return -1; }
    if (WIFSIGNALED(st)) return WTERMSIG(st) + 128;
    return WEXITSTATUS(st);
}
