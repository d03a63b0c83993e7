/*
 * diverted.h - the calls that submissions are given in place of the C library's.
 *
 * objcopy renames fork to eagain_fork, and so on, in the submission's object;
 * the list of names to rename is read off the library itself (grader/grade.mk).
 * A call that may open, close, wait, print, allocate or change signals is here.
 */
#ifndef EAGAIN_DIVERTED_H
#define EAGAIN_DIVERTED_H

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>

struct call;

/* processes */
pid_t eagain_fork(void);
pid_t eagain__Fork(void);
pid_t eagain_wait(int *status);
pid_t eagain_waitpid(pid_t pid, int *status, int options);
pid_t eagain_wait3(int *status, int options, struct rusage *usage);
pid_t eagain_wait4(pid_t pid, int *status, int options, struct rusage *usage);
int eagain_waitid(idtype_t type, id_t id, siginfo_t *info, int options);
void eagain__exit(int code) __attribute__((noreturn));
void eagain__Exit(int code) __attribute__((noreturn));
void eagain_exit(int code) __attribute__((noreturn));
void eagain_quick_exit(int code) __attribute__((noreturn));
int eagain_kill(pid_t pid, int signo);
int eagain_raise(int signo);

/* descriptors */
int eagain_pipe(int fds[2]);
int eagain_pipe2(int fds[2], int flags);
int eagain_socketpair(int domain, int type, int protocol, int fds[2]);
off_t eagain_lseek(int fd, off_t offset, int whence);
int eagain_open(const char *path, int flags, ...);
int eagain_openat(int folder, const char *path, int flags, ...);
int eagain_eventfd(unsigned count, int flags);
int eagain_pidfd_open(pid_t pid, unsigned flags);
int eagain_dup(int fd);
int eagain_dup2(int fd, int to);
int eagain_dup3(int fd, int to, int flags);
int eagain_fcntl(int fd, int command, ...);
int eagain_ioctl(int fd, unsigned long request, ...);
int eagain_close(int fd);
int eagain_close_range(unsigned first, unsigned last, int flags);
void eagain_closefrom(int first);

/* reads and writes */
ssize_t eagain_read(int fd, void *buffer, size_t size);
ssize_t eagain_pread(int fd, void *buffer, size_t size, off_t offset);
ssize_t eagain_recv(int fd, void *buffer, size_t size, int flags);
ssize_t eagain_readv(int fd, const struct iovec *vector, int count);
ssize_t eagain_preadv2(int fd, const struct iovec *vector, int count, off_t offset, int flags);
ssize_t eagain_preadv(int fd, const struct iovec *vector, int count, off_t offset);
ssize_t eagain_recvfrom(int fd, void *buffer, size_t size, int flags, struct sockaddr *from, socklen_t *length);
ssize_t eagain_recvmsg(int fd, struct msghdr *message, int flags);
ssize_t eagain_write(int fd, const void *buffer, size_t size);
ssize_t eagain_pwrite(int fd, const void *buffer, size_t size, off_t offset);
ssize_t eagain_send(int fd, const void *buffer, size_t size, int flags);
ssize_t eagain_writev(int fd, const struct iovec *vector, int count);
ssize_t eagain_pwritev(int fd, const struct iovec *vector, int count, off_t offset);
ssize_t eagain_sendto(int fd, const void *buffer, size_t size, int flags, const struct sockaddr *to, socklen_t length);
ssize_t eagain_sendmsg(int fd, const struct msghdr *message, int flags);
ssize_t eagain_pwritev2(int fd, const struct iovec *vector, int count, off_t offset, int flags);

/* waits for many descriptors */
int eagain_select(int n, fd_set *reads, fd_set *writes, fd_set *exceptions, struct timeval *timeout);
int eagain_pselect(int n, fd_set *reads, fd_set *writes, fd_set *exceptions, const struct timespec *timeout,
                   const sigset_t *mask);
int eagain_poll(struct pollfd *fds, nfds_t n, int timeout);
int eagain_ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask);
int eagain_epoll_create(int size);
int eagain_epoll_create1(int flags);
int eagain_epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event);
int eagain_epoll_wait(int epoll, struct epoll_event *events, int most, int timeout);
int eagain_epoll_pwait(int epoll, struct epoll_event *events, int most, int timeout, const sigset_t *mask);

int eagain_epoll_pwait2(int epoll, struct epoll_event *events, int most, const struct timespec *timeout,
                        const sigset_t *mask);

/* signals */
int eagain_sigaction(int signo, const struct sigaction *action, struct sigaction *old);
int eagain_sigprocmask(int how, const sigset_t *set, sigset_t *old);
int eagain_pthread_sigmask(int how, const sigset_t *set, sigset_t *old);
sighandler_t eagain_signal(int signo, sighandler_t handler);
sighandler_t eagain_bsd_signal(int signo, sighandler_t handler);
sighandler_t eagain_sysv_signal(int signo, sighandler_t handler);
int eagain_siginterrupt(int signo, int does_interrupt);
int eagain_sighold(int signo);
int eagain_sigrelse(int signo);
int eagain_sigsuspend(const sigset_t *mask);
int eagain_pause(void);
int eagain_sigwait(const sigset_t *set, int *signo);
int eagain_sigwaitinfo(const sigset_t *set, siginfo_t *info);
int eagain_sigtimedwait(const sigset_t *set, siginfo_t *info, const struct timespec *timeout);
int eagain_signalfd(int fd, const sigset_t *mask, int flags);
void eagain_longjmp(jmp_buf place, int value) __attribute__((noreturn));
void eagain__longjmp(jmp_buf place, int value) __attribute__((noreturn));
void eagain_siglongjmp(sigjmp_buf place, int value) __attribute__((noreturn));

/* text: watched in signal handlers alone */
int eagain_vsnprintf(char *text, size_t size, const char *format, va_list arguments);
int eagain_snprintf(char *text, size_t size, const char *format, ...);
int eagain_sprintf(char *text, const char *format, ...);
char *eagain_strsignal(int signo);
char *eagain_strerror(int error);

/* threads */
int eagain_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*routine)(void *), void *arg);
int eagain_pthread_join(pthread_t thread, void **value);
int eagain_pthread_tryjoin_np(pthread_t thread, void **value);
int eagain_pthread_timedjoin_np(pthread_t thread, void **value, const struct timespec *deadline);
int eagain_pthread_clockjoin_np(pthread_t thread, void **value, clockid_t clock, const struct timespec *deadline);
int eagain_pthread_detach(pthread_t thread);
int eagain_pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes);
int eagain_pthread_mutex_destroy(pthread_mutex_t *mutex);
int eagain_pthread_mutex_lock(pthread_mutex_t *mutex);
int eagain_pthread_mutex_trylock(pthread_mutex_t *mutex);
int eagain_pthread_mutex_timedlock(pthread_mutex_t *mutex, const struct timespec *deadline);
int eagain_pthread_mutex_clocklock(pthread_mutex_t *mutex, clockid_t clock, const struct timespec *deadline);
int eagain_pthread_mutex_unlock(pthread_mutex_t *mutex);
int eagain_pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes);
int eagain_pthread_cond_destroy(pthread_cond_t *condition);
int eagain_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex);
int eagain_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *deadline);
int eagain_pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock,
                                  const struct timespec *deadline);
int eagain_pthread_cond_signal(pthread_cond_t *condition);
int eagain_pthread_cond_broadcast(pthread_cond_t *condition);

/* memory */
void *eagain_malloc(size_t size);
void *eagain_calloc(size_t count, size_t size);
void *eagain_realloc(void *old, size_t size);
void *eagain_reallocarray(void *old, size_t count, size_t size);
void *eagain_aligned_alloc(size_t alignment, size_t size);
int eagain_posix_memalign(void **block, size_t alignment, size_t size);
char *eagain_strdup(const char *text);
char *eagain_strndup(const char *text, size_t most);
void eagain_free(void *block);
void *eagain_mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset);
int eagain_munmap(void *address, size_t size);
void *eagain_mremap(void *address, size_t size, size_t new_size, int flags, ...);

/* stdio */
int eagain_printf(const char *format, ...);
int eagain_fprintf(FILE *stream, const char *format, ...);
int eagain_vprintf(const char *format, va_list arguments);
int eagain_vfprintf(FILE *stream, const char *format, va_list arguments);
int eagain_dprintf(int fd, const char *format, ...);
int eagain_puts(const char *text);
int eagain_fputs(const char *text, FILE *stream);
int eagain_putchar(int character);
int eagain_fputc(int character, FILE *stream);
int eagain_putc(int character, FILE *stream);
size_t eagain_fwrite(const void *data, size_t size, size_t count, FILE *stream);
void eagain_perror(const char *text);
int eagain_fflush(FILE *stream);
FILE *eagain_fdopen(int fd, const char *mode);
int eagain_fclose(FILE *stream);

/* time */
int eagain_clock_gettime(clockid_t clock, struct timespec *now);
int eagain_timespec_get(struct timespec *now, int base);
int eagain_gettimeofday(struct timeval *now, void *zone);
time_t eagain_time(time_t *now);

#endif
