/* check_whole_file.c - files appear whole or not at all, and are not read beyond what was said. */
#include "made_up.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "json_file.h"
#include "whole_file.h"

/* How many files there are in the folder. */
static int count_files(void)
{
    DIR *directory = opendir(folder);
    int count = 0;

    ck_assert_ptr_nonnull(directory);
    for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory))
        count += entry->d_name[0] != '.';
    ck_assert_int_eq(closedir(directory), 0);
    return count;
}

static void assert_holds(const char *name, const char *text)
{
    size_t size = 0;
    char *bytes = read_whole_file(path_of("%s", name), 1000, &size);

    ck_assert_ptr_nonnull(bytes);
    ck_assert_str_eq(bytes, text);
    ck_assert_uint_eq(size, strlen(text));
    free(bytes);
}

/*
 * With a full disk nothing can be written; the kernel says of a limit what it says of a disk, but for the errno. There
 * is to be no ck_assert while it is full: Check writes each of them to a file.
 */
static void set_disk(rlim_t most)
{
    struct rlimit limit;

    (void)getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = most < limit.rlim_max ? most : limit.rlim_max;
    (void)signal(SIGXFSZ, SIG_IGN);
    (void)setrlimit(RLIMIT_FSIZE, &limit);
}

static int finish_on_a_full_disk(struct whole_file *file)
{
    set_disk(0);
    int result = whole_file_finish(file);
    int saved = errno;
    set_disk(RLIM_INFINITY);
    errno = saved;
    return result;
}

START_TEST(a_file_has_its_name_when_it_is_finished)
{
    struct whole_file file;

    write_text("a", "old");
    ck_assert_int_eq(whole_file_begin(&file, path_of("a")), 0);
    ck_assert_int_gt(fprintf(file.stream, "new"), 0);
    assert_holds("a", "old");
    ck_assert_int_eq(whole_file_finish(&file), 0);
    assert_holds("a", "new");
    ck_assert_int_eq(count_files(), 1);
}
END_TEST

START_TEST(what_is_given_up_leaves_nothing)
{
    struct whole_file file;

    write_text("a", "old");
    ck_assert_int_eq(whole_file_begin(&file, path_of("a")), 0);
    ck_assert_int_gt(fprintf(file.stream, "new"), 0);
    whole_file_give_up(&file);
    assert_holds("a", "old");
    ck_assert_int_eq(count_files(), 1);
}
END_TEST

START_TEST(in_a_folder_that_is_not_there_nothing_begins)
{
    struct whole_file file;

    ck_assert_int_eq(whole_file_begin(&file, path_of("nowhere/a")), -1);
    ck_assert_int_eq(errno, ENOENT);
}
END_TEST

START_TEST(what_does_not_fit_leaves_the_old_file)
{
    struct whole_file file;

    write_text("a", "old");
    ck_assert_int_eq(whole_file_begin(&file, path_of("a")), 0);
    ck_assert_int_gt(fprintf(file.stream, "new"), 0);
    ck_assert_int_eq(finish_on_a_full_disk(&file), -1);
    ck_assert_int_eq(errno, EFBIG);
    assert_holds("a", "old");
    ck_assert_int_eq(count_files(), 1);
}
END_TEST

START_TEST(an_error_on_the_way_is_remembered_to_the_end)
{
    struct whole_file file;

    ck_assert_int_eq(whole_file_begin(&file, path_of("a")), 0);
    ck_assert_int_gt(fprintf(file.stream, "new"), 0);
    set_disk(0);
    int result = fflush(file.stream);
    set_disk(RLIM_INFINITY);
    ck_assert_int_eq(result, EOF);
    ck_assert_int_eq(whole_file_finish(&file), -1);
    ck_assert_int_eq(count_files(), 0);
}
END_TEST

START_TEST(a_folder_is_not_replaced)
{
    struct whole_file file;

    ck_assert_int_eq(mkdir(path_of("a"), 0700), 0);
    ck_assert_int_eq(whole_file_begin(&file, path_of("a")), 0);
    ck_assert_int_eq(whole_file_finish(&file), -1);
    ck_assert_int_eq(errno, EISDIR);
    ck_assert_int_eq(count_files(), 1);
}
END_TEST

START_TEST(what_is_no_regular_file_is_not_read)
{
    size_t size = 0;

    ck_assert_int_eq(mkfifo(path_of("fifo"), 0600), 0);
    ck_assert_ptr_null(read_whole_file(path_of("fifo"), 1000, &size));
    ck_assert_int_eq(errno, EINVAL);
    ck_assert_ptr_null(read_whole_file(folder, 1000, &size));
    ck_assert_int_eq(errno, EINVAL);
    ck_assert_ptr_null(read_whole_file(path_of("nowhere"), 1000, &size));
    ck_assert_int_eq(errno, ENOENT);
}
END_TEST

START_TEST(what_is_too_large_is_not_read)
{
    size_t size = 0;

    write_text("a", "12345");
    ck_assert_ptr_null(read_whole_file(path_of("a"), 4, &size));
    ck_assert_int_eq(errno, EFBIG);
    assert_holds("a", "12345");
}
END_TEST

START_TEST(json_is_written_whole_or_not_at_all)
{
    ck_assert_int_eq(write_json(json_pack("{s:i}", "a", 1), path_of("a")), 0);
    assert_holds("a", "{\n  \"a\": 1\n}\n");
    ck_assert_int_eq(write_json(NULL, path_of("b")), -1);
    ck_assert_int_eq(errno, ENOMEM);
    ck_assert_int_eq(write_json(json_integer(1), path_of("nowhere/b")), -1);
    ck_assert_int_eq(errno, ENOENT);
    set_disk(0);
    int result = write_json(json_pack("{s:i}", "a", 2), path_of("a"));
    set_disk(RLIM_INFINITY);
    ck_assert_int_eq(result, -1);
    assert_holds("a", "{\n  \"a\": 1\n}\n");
    ck_assert_int_eq(count_files(), 1);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("whole_file");

    tcase_add_checked_fixture(tcase, make_folder, remove_folder);
    tcase_add_test(tcase, a_file_has_its_name_when_it_is_finished);
    tcase_add_test(tcase, what_is_given_up_leaves_nothing);
    tcase_add_test(tcase, in_a_folder_that_is_not_there_nothing_begins);
    tcase_add_test(tcase, what_does_not_fit_leaves_the_old_file);
    tcase_add_test(tcase, an_error_on_the_way_is_remembered_to_the_end);
    tcase_add_test(tcase, a_folder_is_not_replaced);
    tcase_add_test(tcase, what_is_no_regular_file_is_not_read);
    tcase_add_test(tcase, what_is_too_large_is_not_read);
    tcase_add_test(tcase, json_is_written_whole_or_not_at_all);
    return run_unit_tests("whole_file", tcase);
}
