/*
 * fails: large_amounts_arrive_whole fail "took 200704 out of the file"
 *
 * What is wrong: reads in blocks of 4096 bytes, also when there is room for less, and what is too much is lost.
 */
#include "pipeline.h"

#include <errno.h>
#include <string.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int write_all(int fd, const void *buf, size_t len)
{
    const unsigned char *next = buf;
    while (len > 0) {
        ssize_t written = write(fd, next, len);
        if (written == -1) {
            if (errno == EINTR) /* a signal came before a single byte was accepted: nothing has happened yet */
                continue;
            return -1;
        }
        /* A short write is no error. The kernel took what it could before a signal came, or the disk was full. */
        next += written;
        len -= (size_t)written;
    }
    return 0;
}

ssize_t read_all(int fd, void *buf, size_t cap)
{
    char *p = buf; size_t done = 0; char block[4096];
    while (done < cap) {
        size_t want = cap < 4096 ? cap - done : 4096;
        ssize_t k = read(fd, block, want);
        if (k == -1) { if (errno == EINTR) continue; return -1; }
        if (k == 0) break;
        if ((size_t)k > cap - done) k = cap - done;
        memcpy(p + done, block, k);
        done += k;
    }
    return done;
}

/*
 * Closes a pipe end, or nothing if fd is -1; keeps errno. There is nothing to check: the descriptor is open, and
 * even if a signal interrupted close, Linux would have closed it. To try again could hit somebody else's descriptor.
 */
static void close_end(int fd)
{
    int error = errno;
    if (fd != -1)
        close(fd);
    errno = error;
}

/* The child: closes the caller's in and out, as far as they are not its own (they may be one descriptor), and works. */
static void run_stage(stage_fn stage, int my_in, int my_out, int in, int out)
{
    if (in != my_in && in != my_out)
        close_end(in);
    if (out != my_in && out != my_out && out != in)
        close_end(out);
    _exit(stage(my_in, my_out)); /* not exit: atexit handlers and stdio buffers are copies of the parent's */
}

/* Starts the stages from left to right until there are n or a call fails (errno). Returns how many there are. */
static size_t start_stages(const stage_fn stages[], size_t n, int in, int out, pid_t pids[])
{
    int carried = -1; /* the first stage has no pipe to its left */
    for (size_t i = 0; i < n; i++) {
        bool first = i == 0;
        bool last = i == n - 1;
        int ends[2] = {-1, -1}; /* the last has none to its right */
        if (!last && pipe(ends) == -1) {
            close_end(carried); /* the writer to our left gets EPIPE and ends */
            return i;
        }

        pids[i] = fork();
        if (pids[i] == 0) {
            close_end(ends[0]); /* a writer that holds the read end too would hang where it ought to get EPIPE */
            run_stage(stages[i], first ? in : carried, last ? out : ends[1], in, out);
        }

        close_end(carried);
        close_end(ends[1]); /* or the next stage would inherit it, and never see the end of its own input */
        if (pids[i] == -1) {
            close_end(ends[0]);
            return i;
        }
        carried = ends[0];
    }
    return n;
}

/* Waits until the child has ended, and returns its code as a shell would; -1 with errno if that cannot be known. */
static int wait_for(pid_t pid)
{
    int status;
    pid_t reaped;
    do {
        reaped = waitpid(pid, &status, 0); /* this child and no other: the caller may have children too */
    } while (reaped == -1 && errno == EINTR);
    if (reaped == -1)
        return -1;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int run_pipeline(const stage_fn stages[], size_t n, int in, int out)
{
    if (n == 0) {
        errno = EINVAL;
        return -1;
    }
    /* On the heap, because n may be larger than the stack is; calloc also sees it if n * sizeof overflows. */
    pid_t *pids = calloc(n, sizeof(*pids));
    if (pids == NULL)
        return -1;

    size_t started = start_stages(stages, n, in, out, pids);
    int error = started < n ? errno : 0; /* kept here, because the waits below set errno as well */

    /*
     * The parent holds no pipe end any more, so no stage waits for the parent, and the order of the waits is free. If
     * some stage could not be started, those to the left of it get EPIPE, and all end by themselves.
     */
    int code = -1;
    for (size_t i = 0; i < started; i++)
        code = wait_for(pids[i]); /* the last one's stays */
    free(pids);                   /* which keeps errno, since POSIX.1-2024 */

    if (error != 0) {
        errno = error;
        return -1;
    }
    return code;
}
