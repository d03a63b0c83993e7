/*
 * epoll_loop.h - exercise 06: an event loop and a merge, with epoll(7).
 *
 * Neither closes a descriptor that it was given, nor changes its status flags. Sizes are bytes. A signal that
 * interrupts a call is no error here: the call is repeated. Only epoll_wait, epoll_pwait and epoll_pwait2 may do the
 * waiting.
 */
#ifndef EAGAIN_EPOLL_LOOP_H
#define EAGAIN_EPOLL_LOOP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h> /* EPOLLIN, EPOLLOUT, EPOLLET, EPOLLONESHOT */

/* An event loop: what it watches, and whom it calls. Any number of loops may live side by side. */
struct loop;

/* What a loop calls when something happens at `fd`; `events` is what happened, as epoll_wait(2) reports it. */
typedef void (*ready_fn)(struct loop *loop, int fd, uint32_t events, void *arg);

/*
 * What epoll_merge calls for every piece of data. `source` is the index in fds[] of the descriptor that it came from;
 * the `len` bytes (1 at least) at `data` are bytes, not text, and are valid only until the function returns. A value
 * other than 0 says: stop.
 */
typedef int (*chunk_fn)(size_t source, const void *data, size_t len, void *arg);

/*
 * Makes an empty loop; its epoll descriptor is close-on-exec. The caller ends it with loop_destroy. NULL with errno as
 * from malloc(3) or epoll_create1(2).
 */
struct loop *loop_create(void);

/*
 * Watches `fd` for `events`: EPOLLIN, EPOLLOUT or both, with or without EPOLLET and EPOLLONESHOT, which mean what they
 * mean in epoll_ctl(2). From then on loop_run calls fn(loop, fd, what happened, arg); hang-ups and errors are reported
 * as well, without being asked for. Returns 0, or -1 with errno, and then nothing is left behind:
 *   EEXIST  the loop watches fd already (a one-shot that has fired is still watched)
 *   EBADF   fd is not open
 *   EPERM   epoll cannot watch this kind of file: a regular file, a directory
 *   ENOMEM  there is no memory
 *   others  as from epoll_ctl(2)
 */
int loop_add(struct loop *loop, int fd, uint32_t events, ready_fn fn, void *arg);

/*
 * Changes the events that a watched fd is watched for, and arms a one-shot again; whom to call stays. What was fetched
 * before is not delivered for the old events. Returns 0, or -1 with errno ENOENT if the loop does not watch fd (be it
 * open or not), or as from epoll_ctl(2).
 */
int loop_modify(struct loop *loop, int fd, uint32_t events);

/*
 * Stops watching fd; does not close it. After that the callback of this registration is never called again, not even
 * for what had been fetched before; and what had been fetched is not delivered to a later registration of the same
 * number either. Remove first, then close. Returns 0, or -1 with errno ENOENT if the loop does not watch fd (be it
 * open or not).
 */
int loop_remove(struct loop *loop, int fd);

/*
 * Waits for events, without a time-out, and calls the callbacks, until nothing is watched any more (returns 0), until
 * loop_stop is called (returns 1), or until waiting fails (returns -1 with errno from epoll_wait(2)). A one-shot
 * that has fired stays watched, disarmed, until it is modified or removed.
 *
 * A callback may add, modify and remove any descriptor, its own as well, close what it has removed, and open others.
 * It may run another loop, but neither run nor destroy its own.
 */
int loop_run(struct loop *loop);

/*
 * Ends loop_run as soon as the running callback returns: no other is called. Called while the loop does not run, it
 * ends the next loop_run at once. A stopped loop can be run again: then every level-triggered descriptor that is ready
 * is reported, and so is a one-shot that had been fetched and not delivered. Stopping wins over running empty.
 */
void loop_stop(struct loop *loop);

/* Frees the loop and all its registrations; closes no watched descriptor. NULL is fine. */
void loop_destroy(struct loop *loop);

/*
 * Reads all n descriptors until each has reached its end of file, and calls on_chunk for every piece that comes. The
 * pieces of one source come in order. No source waits for another: each is read at most once between two waits, and
 * only after epoll has said that it is ready. So a descriptor in blocking mode never blocks the call, and a source
 * that always has data does not keep the others from theirs. While there is nothing to read it waits in epoll. Each
 * source is added to the epoll set once, and is taken out when it has ended.
 *
 * A regular file, which epoll refuses, is read to its end all the same, one read a round; while such a file is
 * unfinished, the wait has a time-out of 0, and at no other time.
 *
 * The descriptors are all different and may be blocking or not: EAGAIN after a wake-up is no error, and the source
 * is tried again after the next one. A negative descriptor stands for a source that has ended already. There may be
 * 10,000 sources as well.
 *
 * Returns 0 when all sources have ended (at once if there is none), 1 as soon as on_chunk has returned something else
 * than 0 (it is not called again then), or -1 with errno:
 *   EBADF   a descriptor is not open; nothing was read
 *   ENOMEM  there is no memory
 *   others  as from epoll_create1(2), epoll_ctl(2), epoll_wait(2) or read(2)
 */
int epoll_merge(const int fds[], size_t n, chunk_fn on_chunk, void *arg);

#endif
