/*
 * fails: work_is_called_once_each_time_nothing_is_there fail "work was called once more, though the writer had gone and everything was read"
 * fails: work_is_not_called_while_bytes_are_there fail "work was called, though there were bytes to read all the time, and then the end of file"
 * fails: the_flags_are_put_back_at_the_end descriptors "O_APPEND was on before read_while_working, while work runs, and is off"
 * fails: the_flags_are_put_back_after_an_error descriptors "O_APPEND was on before read_while_working, while work runs, and is off"
 * fails: an_error_is_reported_with_its_errno fail "work was called again and again, though nothing more would ever come"
 * fails: a_descriptor_that_cannot_be_made_non_blocking_is_an_error fail "work was called again and again, though nothing more would ever come"
 * fails: work_may_change_errno fail "work was called again and again, though nothing more would ever come"
 * fails: there_may_be_any_number_of_idle_rounds fail "work was called again and again, though the writer had gone"
 * fails: it_does_not_block_when_another_reader_is_faster fail "work was called again and again, though nothing more would ever come"
 * fails: a_signal_that_interrupts_a_read_is_no_reason_to_work fail "work was called, though there was something to read all the time (two reads were interrupted)"
 * fails: descriptor_0_is_one_like_any_other fail "work was called again and again, though nothing more would ever come"
 * fails: sockets_and_files_will_do_as_well_as_pipes fail "work was called again and again, though nothing more would ever come"
 * fails: sizes_may_be_beyond_4_gib fail "work was called again and again, though nothing more would ever come"
 *
 * What is wrong: The tutorial's child that reads a slow writer, with work in the pauses: F_SETFL with O_NONBLOCK alone
 * wipes the other flags, and nobody puts them back; whatever read says that is no byte, an end of file or an error
 * included, is taken for a pause; it ends on a number of bytes, so that a writer who goes away early makes it work for
 * ever.
 */
#include "nonblock.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int set_nonblocking(int fd, bool on)
{
    int flags = fcntl(fd, F_GETFL);

    if (flags == -1)
        return -1;
    flags = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
    return fcntl(fd, F_SETFL, flags) == -1 ? -1 : 0;
}

enum drain_status drain(int fd, struct inbox *in)
{
    while (in->len < in->cap) {
        ssize_t got = read(fd, in->data + in->len, in->cap - in->len);

        if (got > 0)
            in->len += (size_t)got;
        else if (got == 0)
            return DRAIN_EOF;
        else if (errno == EAGAIN)
            return DRAIN_AGAIN;
        else if (errno != EINTR)
            return DRAIN_ERROR;
    }
    return DRAIN_FULL;
}

enum flush_status flush(int fd, struct outbox *out)
{
    while (out->sent < out->len) {
        ssize_t put = write(fd, out->data + out->sent, out->len - out->sent);

        if (put >= 0)
            out->sent += (size_t)put;
        else if (errno == EAGAIN)
            return FLUSH_AGAIN;
        else if (errno != EINTR)
            return FLUSH_ERROR;
    }
    return FLUSH_DONE;
}

ssize_t read_while_working(int fd, struct inbox *in, void (*work)(void *arg), void *arg)
{
    ssize_t rounds = 0;

    (void)fcntl(fd, F_SETFL, O_NONBLOCK);
    while (in->len < in->cap) {
        ssize_t got = read(fd, in->data + in->len, 1);

        if (got > 0) {
            in->len += (size_t)got;
        } else {
            work(arg);
            rounds++;
        }
    }
    return rounds;
}
