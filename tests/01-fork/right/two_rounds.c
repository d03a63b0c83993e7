/*
 * Asks first who has ended already, and then waits for the others; a list of children; every kind of report is
 * asked for, and those that are no end are passed over.
 */
#include "spawn.h"
#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>
static int decode(int s)
{
    if (WIFEXITED(s)) return WEXITSTATUS(s);
    return WTERMSIG(s) | 128;
}
pid_t spawn(int (*body)(void *arg), void *arg)
{
    pid_t pid = fork();
    if (!pid) { int v = (*body)(arg); _exit(v & 0xff); }
    return pid;
}
int await(pid_t pid)
{
    struct rusage ru;
    int st;
    if (pid == 0 || pid < 0) { errno = EINVAL; return -1; }
retry:
    if (wait4(pid, &st, __WALL | WUNTRACED | WCONTINUED, &ru) < 0) {
        if (errno == EINTR) goto retry;
        return -1;
    }
    if (WIFSTOPPED(st) || WIFCONTINUED(st)) goto retry;
    return decode(st);
}
struct kid { pid_t pid; size_t index; struct kid *older; };
/* a list; first asks who has ended already, then waits for the rest */
int spawn_all(size_t n, int (*body)(size_t index), int codes[])
{
    struct kid *newest = NULL;
    int why = 0;
    for (size_t i = 0; i < n; i++) {
        codes[i] = -1;
        if (why) continue;
        struct kid *k = malloc(sizeof *k);
        if (!k) { why = ENOMEM; continue; }
        k->index = i;
        k->older = newest;
        if ((k->pid = fork()) == 0) _exit(body(i));
        if (k->pid == -1) { why = errno; free(k); continue; }
        newest = k;
    }
    struct kid **link = &newest;
    while (*link) {
        struct kid *k = *link;
        int st;
        pid_t r = waitpid(k->pid, &st, WNOHANG);
        if (r == k->pid) { codes[k->index] = decode(st); *link = k->older; free(k); }
        else link = &k->older;
    }
    while (newest) {
        struct kid *k = newest;
        newest = k->older;
        codes[k->index] = await(k->pid);
        free(k);
    }
    if (why) { errno = why; return -1; }
    return 0;
}
