/*
 * archive_names.c - gives grader/class_unpack archives that somebody hostile has made.
 *
 *   archive_names UNPACK replay LIST...           the lists of members in these files (archive.h)
 *   archive_names UNPACK random SECONDS SEED      random ones: names that lead out, links, devices, control bytes
 *
 * Names are judged by a shell script, so this is no target of libFuzzer's; but what must hold is looked at alike. In
 * the current folder, outside/ holds a file and a folder that must stay as they are, and a new folder place/ for each
 * archive. UNPACK is the path of grader/class_unpack.
 *
 * Exit status: 0 nothing was found; 1 something was: it is told, and the list is left in found-SEED-N.
 */
#define _GNU_SOURCE 1 /* nftw */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "archive.h"
#include "fuzz.h"

/* The exercises' files, as grader/class names them. */
static char *const wanted[] = {"01-fork/spawn.c", "02-pipe/pipeline.c", "03-nonblock/nonblock.c"};

enum { WANTED = 3, MOST_FILES = 200, MOST_BYTES = 4 << 20, LONGEST_RUN = 120 /* seconds */ };

static char outside[PATH_MAX];
static struct archive archive;
static char problem[2000]; /* the first thing that is not as it must be; "" if all is well */

__attribute__((format(printf, 1, 2))) static void complain(const char *format, ...)
{
    va_list arguments;

    if (problem[0] != '\0')
        return;
    va_start(arguments, format);
    (void)vsnprintf(problem, sizeof problem, format, arguments);
    va_end(arguments);
}

/* ---- random lists */

static uint64_t state;

/* A number below END, by a generator that is the same everywhere (SplitMix64). */
static unsigned below(unsigned end)
{
    uint64_t z = (state += 0x9e3779b97f4a7c15u);

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (unsigned)((z ^ z >> 31) % end);
}

static void append(char *to, const char *text)
{
    (void)strncat(to, text, LONGEST_TEXT - strlen(to));
}

static void append_piece(char *to)
{
    static const char *const pieces[] = {
        "../",     "..",         "/",     "./",       "//",   "a/",    "a",    "-",       "--to-command=x",
        "-rf ",    "\n",         "\n/",   "\033[31m", "\377", "\\",    "..\\", "*",       "?",
        "[a]",     " ",          "C:",    "'",        "\"",   "$(id)", "`id`", ";",       "canary",
        "canary/", "exercises/", ".git/", "place",    "\t",   "\r",    "\xc3", "01-fork", "02-pipe",
        "spawn.c", "unpacked",   "names", ":",
    };

    if (below(12) == 0)
        append(to, outside);
    else if (below(60) == 0)
        for (unsigned i = below(400); i > 0; i--)
            append(to, "long");
    else
        append(to, pieces[below(sizeof pieces / sizeof pieces[0])]);
}

static void make_name(char *to, bool ends_well)
{
    to[0] = '\0';
    for (unsigned i = below(3); i > 0; i--)
        append_piece(to);
    /* Through, or beside, what there is already. */
    if (archive.count > 0 && below(4) == 0) {
        append(to, archive.members[below((unsigned)archive.count)].name);
        append(to, below(2) == 0 ? "/" : "");
    }
    if (!ends_well)
        return;
    if (to[0] != '\0' && below(3) > 0)
        append(to, "/");
    append(to, wanted[below(WANTED)]);
}

static void make_member(struct member *m)
{
    m->type = below(2) == 0 ? 'f' : MEMBER_TYPES[below(sizeof MEMBER_TYPES - 1)];
    make_name(m->name, below(4) > 0);
    m->other[0] = '\0';
    if (m->type == 'l' || m->type == 'h')
        make_name(m->other, below(3) == 0);
    else if (m->type != 'd')
        append(m->other, "int main;");
    if (m->type == 'd' && below(2) == 0)
        append(m->name, "/");
    if (m->type == 'f' && below(8) == 0 && archive.count > 0) /* the same name once more, or in capitals */
        (void)memcpy(m->name, archive.members[0].name, sizeof m->name);
}

static void make_list(void)
{
    static const char *const kinds[] = {"tar", "tar.gz", "zip"};
    unsigned count = below(50) == 0 ? 250 : 1 + below(8);

    archive.count = 0;
    (void)snprintf(archive.kind, sizeof archive.kind, "%s", kinds[below(3)]);
    while (archive.count < count) {
        make_member(&archive.members[archive.count]);
        archive.count++;
    }
}

/* Some archives are damaged. */
static void damage(struct bytes *bytes)
{
    if (below(8) > 0)
        return;
    for (unsigned i = below(4); i > 0; i--)
        bytes->start[below((unsigned)bytes->length)] ^= (uint8_t)(1u << below(8));
    if (below(2) == 0)
        bytes->length = below((unsigned)bytes->length) + 1;
}

/* ---- running it */

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
    (void)status;
    (void)type;
    (void)ftw;
    return remove(path);
}

static void remove_folder(const char *path)
{
    MUST(nftw(path, remove_entry, 8, FTW_DEPTH | FTW_PHYS) == 0 || errno == ENOENT);
}

static void set_up(void)
{
    remove_folder("outside");
    MUST(mkdir("outside", 0755) == 0 && mkdir("outside/folder", 0755) == 0 && mkdir("outside/place", 0755) == 0);
    write_file("outside/canary", "sings", 5);
    MUST(realpath("outside", outside) != NULL);
}

/* Runs it; what it says is in said and errors. Its exit status, or -1 if a signal ended it. */
static int run(const char *unpack, const char *file)
{
    int status = 0;
    pid_t pid = fork();

    MUST(pid != -1);
    if (pid == 0) {
        int in = open("/dev/null", O_RDONLY), out = open("said", O_WRONLY | O_CREAT | O_TRUNC, 0666);
        int err = open("errors", O_WRONLY | O_CREAT | O_TRUNC, 0666);
        (void)alarm(LONGEST_RUN);
        if (dup2(in, 0) == 0 && dup2(out, 1) == 1 && dup2(err, 2) == 2)
            (void)execl(unpack, "class_unpack", file, "outside/place", wanted[0], wanted[1], wanted[2], (char *)NULL);
        _exit(127);
    }
    MUST(waitpid(pid, &status, 0) == pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static long size_of(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 ? (long)status.st_size : -1;
}

/* ---- what must hold */

static unsigned files_seen;

static bool is_wanted(const char *path)
{
    for (size_t i = 0; i < WANTED; i++) {
        size_t length = strlen(path), end = strlen(wanted[i]);
        if (length > end && path[length - end - 1] == '/' && strcmp(path + length - end, wanted[i]) == 0)
            return true;
    }
    return false;
}

static void look_at_unpacked(const char *path, const struct stat *s)
{
    if (S_ISDIR(s->st_mode))
        return;
    files_seen++;
    if (!S_ISREG(s->st_mode) && !S_ISLNK(s->st_mode))
        complain("%s is no file, no folder and no link (mode %o)", path, s->st_mode);
    if (!is_wanted(path))
        complain("%s was not asked for", path);
    if (s->st_size > MOST_BYTES)
        complain("%s has %ld bytes", path, (long)s->st_size);
    if (S_ISREG(s->st_mode) && (s->st_mode & (S_ISUID | S_ISGID)) != 0)
        complain("%s would run as its owner", path);
}

static int look_at_entry(const char *path, const struct stat *s, int type, struct FTW *ftw)
{
    static const char *const here[] = {
        "outside",
        "outside/folder",
        "outside/canary",
        "outside/place",
        "outside/place/names",
        "outside/place/errors",
        "outside/place/wanted",
        "outside/place/gzip",
        "outside/place/unpacked",
        "outside/place/archive.zip",
        "outside/place/archive.tar",
    };

    (void)type;
    (void)ftw;
    if (strncmp(path, "outside/place/unpacked/", 23) == 0) {
        look_at_unpacked(path, s);
        return 0;
    }
    for (size_t i = 0; i < sizeof here / sizeof here[0]; i++)
        if (strcmp(path, here[i]) == 0)
            return 0;
    complain("%s was made", path);
    return 0;
}

static void look_at_canary(void)
{
    struct stat s;
    char content[10] = "";
    int fd = open("outside/canary", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    if (fd == -1 || fstat(fd, &s) == -1 || !S_ISREG(s.st_mode) || read(fd, content, sizeof content - 1) != 5 ||
        strcmp(content, "sings") != 0 || s.st_nlink != 1 || (s.st_mode & 07777 & ~0644u) != 0)
        complain("outside/canary is not what it was");
    if (fd != -1)
        (void)close(fd);
}

/* Unpacks the archive of these bytes. False, and the problem is told, if something is not as it must be. */
static bool try(const char *unpack, struct bytes bytes)
{
    char file[20];

    problem[0] = '\0';
    files_seen = 0;
    set_up();
    (void)snprintf(file, sizeof file, "a.%s", archive.kind);
    write_file(file, bytes.start, bytes.length);
    int status = run(unpack, file);
    if (status != 0 && status != 1)
        complain("it ended with status %d", status);
    if (status == 1 && size_of("said") < 10)
        complain("it refused the archive and did not say why");
    if (size_of("errors") != 0)
        complain("it wrote to the standard error");
    MUST(nftw("outside", look_at_entry, 8, FTW_PHYS) == 0);
    if (files_seen > MOST_FILES)
        complain("%u files are unpacked", files_seen);
    if (files_seen > 0 && strcmp(archive.kind, "tar.gz.gz") == 0)
        complain("what is compressed twice has no bounds, and was unpacked");
    look_at_canary();
    (void)unlink(file);
    return problem[0] == '\0';
}

static bool replay(const char *unpack, const char *path)
{
    FILE *in = fopen(path, "r");

    set_up();
    MUST(in != NULL && archive_parse(&archive, in, outside));
    (void)fclose(in);
    struct bytes bytes = archive_bytes(&archive);
    bool good = try(unpack, bytes);
    free(bytes.start);
    (void)printf("%s%s%s\n", path, good ? "" : ": ", problem);
    return good;
}

/* One random archive, which is the same for the same seed and number. */
static bool try_random(const char *unpack, unsigned long seed, unsigned long number)
{
    char name[60];

    state = seed << 32 ^ number;
    set_up();
    make_list();
    struct bytes bytes = archive_bytes(&archive);
    damage(&bytes);
    bool good = try(unpack, bytes);
    free(bytes.start);
    if (good)
        return true;
    (void)snprintf(name, sizeof name, "found-%lu-%lu", seed, number);
    FILE *out = fopen(name, "w");
    MUST(out != NULL);
    archive_print(&archive, out);
    MUST(fclose(out) == 0);
    (void)printf("%s: %s\n", name, problem);
    (void)fflush(stdout);
    return false;
}

int main(int argc, char **argv)
{
    unsigned long count = 0, found = 0;

    (void)umask(022);
    if (argc >= 4 && strcmp(argv[2], "replay") == 0) {
        for (int i = 3; i < argc; i++)
            found += !replay(argv[1], argv[i]);
        return found == 0 ? 0 : 1;
    }
    if (argc != 5 || strcmp(argv[2], "random") != 0) {
        (void)fprintf(stderr, "archive_names: usage: archive_names UNPACK (replay LIST... | random SECONDS SEED)\n");
        return 2;
    }
    unsigned long seed = strtoul(argv[4], NULL, 10);
    time_t end = time(NULL) + (time_t)strtoul(argv[3], NULL, 10);
    for (; time(NULL) < end; count++)
        found += !try_random(argv[1], seed, count);
    (void)printf("%lu archives (seed %lu), %lu did harm\n", count, seed, found);
    return found == 0 ? 0 : 1;
}
