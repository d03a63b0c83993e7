/*
 * calls_stdio.c - the submission's printing. "A function never prints", and never flushes the caller's buffers.
 *
 * Each of these does what was asked, on whatever stream, and notes a failure if the stream is the caller's.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "calls.h"
#include "diverted.h"
#include "suite.h"

/* In a child, too: what a child prints on standard output, the caller's user sees. */
static void prints(const char *name, FILE *stream, uintptr_t caller)
{
    struct call call = {CALL_STDIO, name, -1, 0, caller, 0, 0, 0, false, false};

    (void)call_begins(&call);
    (void)call_ends(&call, 0);
    if (stream == stdout || stream == stderr)
        note_failure(VERDICT_FAIL, caller, "A function never prints.",
                     "%s() (" PLACE
                     ") wrote to the caller's standard %s. (To look for a fault: make debug, or strace.)",
                     name, (unsigned long)caller, stream == stdout ? "output" : "error");
}

int eagain_vfprintf(FILE *stream, const char *format, va_list arguments)
{
    prints("vfprintf", stream, CALLER);
    return vfprintf(stream, format, arguments);
}

int eagain_vprintf(const char *format, va_list arguments)
{
    prints("vprintf", stdout, CALLER);
    return vfprintf(stdout, format, arguments);
}

int eagain_fprintf(FILE *stream, const char *format, ...)
{
    va_list arguments;

    prints("fprintf", stream, CALLER);
    va_start(arguments, format);
    int count = vfprintf(stream, format, arguments);
    va_end(arguments);
    return count;
}

int eagain_printf(const char *format, ...)
{
    va_list arguments;

    prints("printf", stdout, CALLER);
    va_start(arguments, format);
    int count = vfprintf(stdout, format, arguments);
    va_end(arguments);
    return count;
}

int eagain_dprintf(int fd, const char *format, ...)
{
    va_list arguments;

    prints("dprintf", is_callers_output(fd) ? stdout : NULL, CALLER);
    va_start(arguments, format);
    int count = vdprintf(fd, format, arguments);
    va_end(arguments);
    return count;
}

int eagain_puts(const char *text)
{
    prints("puts", stdout, CALLER);
    return puts(text);
}

int eagain_fputs(const char *text, FILE *stream)
{
    prints("fputs", stream, CALLER);
    return fputs(text, stream);
}

int eagain_putchar(int character)
{
    prints("putchar", stdout, CALLER);
    return putchar(character);
}

int eagain_fputc(int character, FILE *stream)
{
    prints("fputc", stream, CALLER);
    return fputc(character, stream);
}

int eagain_putc(int character, FILE *stream)
{
    prints("putc", stream, CALLER);
    return fputc(character, stream);
}

size_t eagain_fwrite(const void *data, size_t size, size_t count, FILE *stream)
{
    prints("fwrite", stream, CALLER);
    return fwrite(data, size, count, stream);
}

void eagain_perror(const char *text)
{
    int saved = errno;

    prints("perror", stderr, CALLER);
    errno = saved;
    perror(text);
}

/* Flushing all streams, or one of the caller's, empties buffers that are not the function's. */
int eagain_fflush(FILE *stream)
{
    struct call call = {CALL_STDIO, "fflush", -1, 0, CALLER, 0, 0, 0, false, false};

    (void)call_begins(&call);
    (void)call_ends(&call, 0);
    if (stream == NULL || stream == stdout || stream == stderr)
        note_failure(VERDICT_FAIL, call.caller, "The caller's stdio buffers are the caller's: nobody flushes them.",
                     "fflush(%s) (" PLACE ") emptied buffers of the caller.",
                     stream == NULL     ? "NULL"
                     : stream == stdout ? "stdout"
                                        : "stderr",
                     (unsigned long)call.caller);
    return fflush(stream);
}

/* A stream takes its descriptor with it: what fdopen() was given is the stream's from then on. */
FILE *eagain_fdopen(int fd, const char *mode)
{
    struct call call = {CALL_STDIO, "fdopen", fd, 0, CALLER, 0, 0, 0, false, false};

    (void)call_begins(&call);
    FILE *stream = fdopen(fd, mode);
    (void)call_ends(&call, stream != NULL ? 0 : -1);
    return stream;
}

int eagain_fclose(FILE *stream)
{
    struct call call = {CALL_STDIO, "fclose", -1, 0, CALLER, 0, 0, 0, false, false};

    (void)call_begins(&call);
    int fd = fileno(stream);
    check_close(&call, fd);
    fd_was_closed(fd);
    return (int)call_ends(&call, fclose(stream));
}
