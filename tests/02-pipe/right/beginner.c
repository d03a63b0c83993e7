/*
 * Clumsy, and right: old-fashioned definitions, one byte at a time, a list that grows with the stages, close(-1)
 * now and then, and a status that nobody looks at unless the wait has filled it in.
 */
#include <sys/types.h>
#include <sys/wait.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <errno.h>
#include <string.h>
#include <assert.h>
#include "pipeline.h"
/* K&R definitions, closes -1 now and then, one byte at a time */
int write_all(fd, buf, len)
int fd; const void *buf; size_t len;
{
    size_t i; int r;
    for (i = 0; i < len; i++) {
        size_t some = len - i > 100000 ? 50000 : 1;
        r = write(fd, ((const char *)buf) + i, some);
        if (r < 0) { if (errno == EINTR) { i--; continue; } return -1; }
        if (r == 0) { i--; continue; }
        i += r - 1;
    }
    return 0;
}
ssize_t read_all(fd, buf, cap)
int fd; void *buf; size_t cap;
{
    size_t i = 0;
    char *c = buf;
    for (;;) {
        if (i == cap) break;
        size_t some = cap - i > 100000 ? 50000 : 1;
        int r = read(fd, c + i, some);
        if (r == 0) break;
        if (r == -1) { if (errno == EINTR) continue; else return -1; }
        i = i + r;
    }
    return i;
}
struct node { pid_t pid; struct node *next; };
int run_pipeline(const stage_fn stages[], size_t n, int in, int out)
{
    struct node *head = NULL;
    int prev[2] = {-1, -1}, cur[2] = {-1, -1};
    int failed = 0, answer = 0;
    size_t i;
    if (n == 0) { errno = EINVAL; return -1; }
    for (i = 0; i < n && failed == 0; i++) {
        struct node *node = malloc(sizeof(struct node));
        if (node == NULL) { failed = ENOMEM; break; }
        if (i < n - 1) {
            if (pipe(cur) == -1) { failed = errno; free(node); break; }
        } else { cur[0] = -1; cur[1] = -1; }
        node->pid = fork();
        if (node->pid == 0) {
            int a, b;
            if (i == 0) a = in; else a = prev[0];
            if (i == n - 1) b = out; else b = cur[1];
            close(prev[1]);
            close(cur[0]);
            if (in != a && in != b) close(in);
            if (out != a && out != b) close(out);
            _exit(stages[i](a, b) & 255);
        } else if (node->pid == -1) {
            failed = errno;
            free(node);
            close(cur[0]);
            close(cur[1]);
            cur[0] = -1; cur[1] = -1;
        } else {
            node->next = head;
            head = node;
            close(prev[0]);
            close(cur[1]);
            prev[0] = cur[0];
            prev[1] = -1;
            cur[0] = cur[1] = -1;
        }
    }
    close(prev[0]);
    i = 0;
    while (head) {
        struct node *next = head->next;
        int st; pid_t r;
        do { r = waitpid(head->pid, &st, 0); } while (r < 0 && errno == EINTR);
        if (i == 0) {
            if (WIFSIGNALED(st)) answer = 128 + WTERMSIG(st);
            if (WIFEXITED(st)) answer = WEXITSTATUS(st);
        }
        i++;
        free(head);
        head = next;
    }
    if (failed) { errno = failed; return -1; }
    return answer;
}
