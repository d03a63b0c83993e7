/* fds.h - descriptors: the test's own, and those that the submission has opened. Private to tests/support. */
#ifndef EAGAIN_FDS_H
#define EAGAIN_FDS_H

#include <stdarg.h>
#include <stdbool.h>

/* "the write end of a pipe", "a socket": what a descriptor of this process is. The text lives until the next call. */
const char *describe_fd(int fd);

/* ", opened by pipe() at line 52", or "" if the submission did not open it. The text lives until the next call. */
const char *who_opened(int fd);

/* No descriptor of ours has this number or a higher one. */
int fd_limit(void);

bool same_file(int fd, int other);

/* FD is a descriptor that the test made for itself and has not closed. */
bool is_own(int fd);

/* Checks and closes all of them; forget_own() drops one that was closed by other means. */
void close_all_own(void);
void forget_own(int fd);
void close_own_except(va_list keep);

#endif
