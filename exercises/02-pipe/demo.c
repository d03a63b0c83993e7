/*
 * demo.c - "hello" goes through a pipeline, on your own functions.
 *
 *     standard input --> [ greet ] ==pipe==> [ shout ] ==pipe==> [ show ] --> standard output
 *
 * It goes twice: as text, and as bytes that are not text. No stage knows beforehand how many bytes will come. Each
 * reads to end of file, which comes when the stage before it has ended and nobody else holds the write end.
 */
#include "pipeline.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/*
 * Tells what happens, on standard error: of the stages only the last one holds standard output. It does so at once, for
 * a stdio buffer would be lost in _exit, and with one write a line, so that the lines of several processes do not mix.
 */
static void __attribute__((format(printf, 2, 3))) say(const char *who, const char *format, ...)
{
    char line[256];
    int used = snprintf(line, sizeof(line), "%8ld  %-7s", (long)getpid(), who);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line + used, sizeof(line) - (size_t)used, format, arguments);
    va_end(arguments);
    if (write_all(STDERR_FILENO, line, strlen(line)) == -1)
        _exit(1);
}

/* The message of this round; the children get a copy of it by fork. */
static struct {
    const char *bytes;
    size_t len;
} message;

/* The first stage: writes the message in two parts, to show that the reader cannot tell. */
static int greet(int in, int out)
{
    (void)in; /* there is nothing that greet wants to read */
    size_t half = message.len / 2;
    say("greet", "writes %zu bytes and then %zu, and ends\n", half, message.len - half);
    if (write_all(out, message.bytes, half) == -1)
        return 1;
    return write_all(out, message.bytes + half, message.len - half) == -1;
}

/* The middle: makes letters large and leaves other bytes alone. */
static int shout(int in, int out)
{
    char buf[64];
    ssize_t len = read_all(in, buf, sizeof(buf));
    if (len == -1)
        return 1;
    say("shout", "has read %zd bytes to end of file, and passes them on\n", len);
    for (ssize_t i = 0; i < len; i++)
        buf[i] = (char)toupper((unsigned char)buf[i]);
    return write_all(out, buf, (size_t)len) == -1;
}

/* The last: shows what has arrived. Its value, the count of bytes, becomes the result of the pipeline. */
static int show(int in, int out)
{
    char buf[64];
    ssize_t len = read_all(in, buf, sizeof(buf));
    if (len == -1)
        return 255;
    say("show", "has read %zd bytes to end of file\n", len);
    char text[6 * sizeof(buf)] = "";
    for (ssize_t i = 0; i < len; i++) {
        char byte[8];
        snprintf(byte, sizeof(byte), isprint((unsigned char)buf[i]) ? "%c " : "\\x%02x ", (unsigned char)buf[i]);
        strcat(text, byte); /* there is room: a byte takes five characters at most */
    }
    strcat(text, "\n");
    return write_all(out, text, strlen(text)) == -1 ? 255 : (int)len;
}

/* Sends one message down the line. Returns false if your functions are not there yet, or do not work. */
static bool send_hello(const char *kind, const char *bytes, size_t len)
{
    const stage_fn stages[] = {greet, shout, show};
    message.bytes = bytes;
    message.len = len;

    printf("\n\"hello\" as %s, %zu bytes. This is process %ld.\n", kind, len, (long)getpid());
    fflush(stdout); /* before the fork: or the line might come out once a process, and late */

    int code = run_pipeline(stages, sizeof(stages) / sizeof(stages[0]), STDIN_FILENO, STDOUT_FILENO);
    if (code == -1) {
        printf("run_pipeline: %s. Nothing to see yet: fill in pipeline.c first.\n", strerror(errno));
        return false;
    }
    printf("run_pipeline returned %d, the exit code of the last stage: %s\n", code,
           (size_t)code == len ? "every byte arrived." : "that should have been the count of bytes.");
    return (size_t)code == len;
}

int main(void)
{
    static const char bytes[] = {'h', 'e', 'l', 'l', 'o', '\0', '\x1a', '\xff'};

    signal(SIGPIPE, SIG_IGN); /* pipeline.h asks callers for that: then a write that nobody can read only fails */
    if (!send_hello("text", "hello\n", 6) || !send_hello("bytes", bytes, sizeof(bytes)))
        return 1;
    printf("\nAll stages ran at once, and each ended because it saw the end of its input.\n");
    return 0;
}
