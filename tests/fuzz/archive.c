/* archive.c - archives as no archiver makes them. */
#include "archive.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"

static void add(struct bytes *to, const void *bytes, size_t length)
{
    to->start = realloc(to->start, to->length + length + 1);
    MUST(to->start != NULL);
    memcpy(to->start + to->length, bytes, length);
    to->length += length;
}

static void add_padded(struct bytes *to, const char *text, size_t length, size_t block)
{
    static const char zeroes[512];

    add(to, text, length);
    add(to, zeroes, (block - length % block) % block);
}

/* ---- tar: POSIX.1-2024 pax, ustar interchange format; long names as GNU tar writes them */

static void add_tar_header(struct bytes *to, char type, const char *name, const char *link, size_t size, unsigned mode)
{
    char header[512] = "";
    unsigned sum = 0;

    memcpy(header, name, strnlen(name, 100));
    (void)snprintf(header + 100, 8, "%07o", mode);
    (void)snprintf(header + 108, 8, "%07o", 0u);
    (void)snprintf(header + 116, 8, "%07o", 0u);
    (void)snprintf(header + 124, 12, "%011zo", size);
    (void)snprintf(header + 136, 12, "%011o", 1u);
    memset(header + 148, ' ', 8);
    header[156] = type;
    memcpy(header + 157, link, strnlen(link, 100));
    memcpy(header + 257, "ustar  ", 8);
    (void)snprintf(header + 329, 8, "%07o", 1u); /* of a device: /dev/mem would be 1, 1 */
    (void)snprintf(header + 337, 8, "%07o", 3u); /* and /dev/null is 1, 3 */
    if (type == 'S') {
        /* One piece of one byte, at the end of 1 GiB. */
        (void)snprintf(header + 386, 12, "%011o", (1u << 30) - 1);
        (void)snprintf(header + 398, 12, "%011o", 1u);
        (void)snprintf(header + 483, 12, "%011o", 1u << 30);
    }
    for (size_t i = 0; i < sizeof header; i++)
        sum += (unsigned char)header[i];
    (void)snprintf(header + 148, 8, "%06o", sum);
    add(to, header, sizeof header);
}

static void add_tar_member(struct bytes *to, const struct member *m)
{
    bool link = m->type == 'l' || m->type == 'h';
    const char *content = link || strchr("dpc", m->type) != NULL ? "" : m->type == 's' ? "x" : m->other;

    char type = m->type == 'l'   ? '2'
                : m->type == 'h' ? '1'
                : m->type == 'd' ? '5'
                : m->type == 'p' ? '6'
                : m->type == 'c' ? '3'
                : m->type == 's' ? 'S'
                                 : '0';
    if (strlen(m->name) > 100) {
        add_tar_header(to, 'L', "././@LongLink", "", strlen(m->name) + 1, 0);
        add_padded(to, m->name, strlen(m->name) + 1, 512);
    }
    if (link && strlen(m->other) > 100) {
        add_tar_header(to, 'K', "././@LongLink", "", strlen(m->other) + 1, 0);
        add_padded(to, m->other, strlen(m->other) + 1, 512);
    }
    add_tar_header(to, type, m->name, link ? m->other : "", strlen(content), m->type == 'u' ? 06777 : 0644);
    add_padded(to, content, strlen(content), 512);
}

/* ---- CRC-32 and numbers, least significant byte first, for zip (APPNOTE.TXT 4.3) and gzip (RFC 1952) */

static uint32_t crc_of(const void *bytes, size_t length)
{
    uint32_t crc = 0xffffffff;

    for (size_t i = 0; i < length; i++) {
        crc ^= ((const uint8_t *)bytes)[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
    return ~crc;
}

static void add_number(struct bytes *to, uint64_t number, size_t length)
{
    for (size_t i = 0; i < length; i++)
        add(to, &(uint8_t){(uint8_t)(number >> 8 * i)}, 1);
}

/* ---- zip: nothing is compressed */

/* What a local header and an entry of the directory at the end have in common. */
static void add_zip_facts(struct bytes *to, const struct member *m)
{
    bool folder = m->type == 'd';
    uint32_t length = folder ? 0 : (uint32_t)strlen(m->other);

    add_number(to, 10, 2); /* the version needed */
    add_number(to, 0, 2);  /* flags */
    add_number(to, 0, 2);  /* stored */
    add_number(to, 0x00210000, 4);
    add_number(to, crc_of(m->other, length), 4);
    add_number(to, length, 4);
    add_number(to, length, 4);
    add_number(to, (uint32_t)strlen(m->name), 2);
    add_number(to, 0, 2); /* no extra field */
}

static uint32_t mode_of(char type)
{
    switch (type) {
    case 'l':
        return S_IFLNK | 0777;
    case 'd':
        return S_IFDIR | 0755;
    case 'p':
        return S_IFIFO | 0644;
    case 'c':
        return S_IFCHR | 0644;
    case 'u':
        return S_IFREG | 06777;
    default:
        return S_IFREG | 0644;
    }
}

static void add_zip(struct bytes *to, const struct archive *a)
{
    struct bytes directory = {0};

    for (size_t i = 0; i < a->count; i++) {
        const struct member *m = &a->members[i];
        size_t at = to->length;
        add_number(to, 0x04034b50, 4);
        add_zip_facts(to, m);
        add(to, m->name, strlen(m->name));
        add(to, m->other, m->type == 'd' ? 0 : strlen(m->other));

        add_number(&directory, 0x02014b50, 4);
        add_number(&directory, 3 << 8 | 30, 2); /* made on Unix */
        add_zip_facts(&directory, m);
        add_number(&directory, 0, 6); /* no comment, this disk, binary */
        add_number(&directory, mode_of(m->type) << 16, 4);
        add_number(&directory, (uint32_t)at, 4);
        add(&directory, m->name, strlen(m->name));
    }
    size_t at = to->length;
    add(to, directory.start == NULL ? (uint8_t *)"" : directory.start, directory.length);
    add_number(to, 0x06054b50, 4);
    add_number(to, 0, 4);
    add_number(to, (uint32_t)a->count, 2);
    add_number(to, (uint32_t)a->count, 2);
    add_number(to, (uint32_t)directory.length, 4);
    add_number(to, (uint32_t)at, 4);
    add_number(to, 0, 2);
    free(directory.start);
}

/* ---- gzip: blocks that are stored (RFC 1951, 3.2.4) */

static struct bytes gzip_of(struct bytes plain)
{
    static const uint8_t header[10] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255};
    struct bytes to = {0};

    add(&to, header, sizeof header);
    for (size_t at = 0; at == 0 || at < plain.length;) {
        size_t length = plain.length - at < 65535 ? plain.length - at : 65535;
        add_number(&to, at + length == plain.length, 1);
        add_number(&to, length, 2);
        add_number(&to, ~(uint64_t)length, 2);
        add(&to, plain.start + at, length);
        at += length;
    }
    add_number(&to, crc_of(plain.start, plain.length), 4);
    add_number(&to, (uint32_t)plain.length, 4);
    free(plain.start);
    return to;
}

struct bytes archive_bytes(const struct archive *archive)
{
    struct bytes to = {0};

    if (strcmp(archive->kind, "zip") == 0) {
        add_zip(&to, archive);
        return to;
    }
    for (size_t i = 0; i < archive->count; i++)
        add_tar_member(&to, &archive->members[i]);
    for (int i = 0; i < 2; i++)
        add_padded(&to, "", 1, 512);
    /* Once for tar.gz, twice for tar.gz.gz. */
    for (const char *c = strstr(archive->kind, ".gz"); c != NULL; c = strstr(c + 1, ".gz"))
        to = gzip_of(to);
    return to;
}

/* ---- as text */

static void print_text(const char *text, FILE *out)
{
    (void)fputc(' ', out);
    for (const char *c = text; *c != '\0'; c++) {
        if (isalnum((unsigned char)*c) || (ispunct((unsigned char)*c) && *c != '\\'))
            (void)fputc(*c, out);
        else
            (void)fprintf(out, "\\x%02x", (unsigned char)*c);
    }
}

void archive_print(const struct archive *archive, FILE *out)
{
    (void)fprintf(out, "%s\n", archive->kind);
    for (size_t i = 0; i < archive->count; i++) {
        (void)fputc(archive->members[i].type, out);
        print_text(archive->members[i].name, out);
        print_text(archive->members[i].other, out);
        (void)fputc('\n', out);
    }
}

/* One word from the line at *AT. */
static void parse_text(const char **at, char *to, const char *outside)
{
    size_t length = 0;
    unsigned byte = 0;

    *at += **at == ' ';
    for (; **at != '\0' && **at != ' ' && **at != '\n' && length < LONGEST_TEXT; (*at)++) {
        if (**at == '@' && length + strlen(outside) < LONGEST_TEXT) {
            length += (size_t)sprintf(to + length, "%s", outside);
        } else if (sscanf(*at, "\\x%2x", &byte) == 1 && byte != 0) {
            to[length++] = (char)byte;
            *at += 3;
        } else {
            to[length++] = **at;
        }
    }
    to[length] = '\0';
}

bool archive_parse(struct archive *archive, FILE *in, const char *outside)
{
    char line[LONGEST_TEXT * 8 + 10];

    archive->count = 0;
    if (fscanf(in, "%11s\n", archive->kind) != 1)
        return false;
    while (fgets(line, sizeof line, in) != NULL && archive->count < MOST_MEMBERS) {
        struct member *m = &archive->members[archive->count++];
        const char *at = line + 1;
        m->type = line[0];
        if (line[0] == '\0' || strchr(MEMBER_TYPES, line[0]) == NULL)
            return false;
        parse_text(&at, m->name, outside);
        parse_text(&at, m->other, outside);
    }
    return archive->count > 0;
}
