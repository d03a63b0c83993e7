/* check_source_lines.c - lines of the submission are shown, and addresses named by addr2line. */
#include "made_up.h"

#include "source_lines.h"

static struct source_lines lines;

static void begin(void)
{
    static char suite[PATH_MAX];

    make_folder();
    (void)snprintf(suite, sizeof suite, "%s", path_of("suite"));
    source_lines_begin(&lines, folder, "a.c", suite);
}

/*
 * Compiles a submission and a suite, linked as the grader does; the symbols tell addresses. after_call is the address
 * that the call in line 4 returns to, which belongs to line 6.
 */
static void make_suite(void)
{
    char command[4096];

    write_text("a.c", "static void nothing(void) {}\n"
                      "int answer(void)\n"
                      "{\n"
                      "    nothing();\n"
                      "    __asm__(\".globl after_call\\nafter_call:\");\n"
                      "    return 42;\n"
                      "}\n");
    write_text("check_a.c", "int answer(void);\nint main(void)\n{\n    return answer();\n}\n");
    (void)snprintf(command, sizeof command,
                   "cd %s && cc -g -O0 -c -fno-pie -ffile-prefix-map=$PWD=/submission a.c && "
                   "cc -g -O0 -fno-pie -no-pie check_a.c a.o -o suite && nm suite >names",
                   folder);
    ck_assert_int_eq(system(command), 0);
}

static uint64_t address_of(const char *symbol)
{
    char *names = text_of_file("names"), pattern[64];

    ck_assert_ptr_nonnull(names);
    (void)snprintf(pattern, sizeof pattern, " T %s\n", symbol);
    char *at = strstr(names, pattern);
    ck_assert_ptr_nonnull(at);
    while (at > names && at[-1] != '\n')
        at--;
    uint64_t address = strtoull(at, NULL, 16);
    free(names);
    return address;
}

START_TEST(a_line_is_trimmed)
{
    write_text("a.c", "one\n\t  two  \t\r\n\nfour");
    ck_assert_str_eq(source_line(&lines, "a.c", 1).text, "one");
    ck_assert_str_eq(source_line(&lines, "a.c", 2).text, "two");
    ck_assert_str_eq(source_line(&lines, "a.c", 3).text, "");
    ck_assert_str_eq(source_line(&lines, "a.c", 4).text, "four");
    ck_assert(source_lines_end(&lines));
}
END_TEST

START_TEST(a_line_that_is_not_there_is_empty)
{
    write_text("a.c", "one\n");
    ck_assert_str_eq(source_line(&lines, "a.c", 0).text, "");
    ck_assert_str_eq(source_line(&lines, "a.c", 2).text, "");
    ck_assert_str_eq(source_line(&lines, "a.c", 4000000000u).text, "");
    ck_assert_str_eq(source_line(&lines, "b.c", 1).text, "");
    ck_assert_str_eq(source_line(&lines, "b.c", 1).file, "b.c");
    ck_assert(source_lines_end(&lines));
}
END_TEST

START_TEST(no_file_outside_of_the_folder_is_shown)
{
    ck_assert_str_eq(source_line(&lines, "../../etc/passwd", 1).text, "");
    ck_assert_str_eq(source_line(&lines, "/etc/passwd", 1).text, "");
    ck_assert_str_eq(source_line(&lines, "..", 1).text, "");
    ck_assert_str_eq(source_line(&lines, "", 1).text, "");
    make_subfolder("sub");
    write_text("sub/b.c", "one\n");
    ck_assert_str_eq(source_line(&lines, "sub/b.c", 1).text, "");
    ck_assert(source_lines_end(&lines));
}
END_TEST

START_TEST(a_hostile_line_is_harmless_and_bounded)
{
    static char text[10000];

    (void)snprintf(text, sizeof text, "\033[2J\xff%05000d\n", 7);
    write_text("a.c", text);
    struct place place = source_line(&lines, "a.c", 1);
    ck_assert_int_eq(strncmp(place.text, "\\x1b[2J\\xff000", 13), 0);
    ck_assert_str_eq(place.text + strlen(place.text) - 3, "...");
    ck_assert(source_lines_end(&lines));
}
END_TEST

START_TEST(a_nul_byte_does_not_end_a_line)
{
    write_bytes("a.c", "a\0b\nc\n", 6);
    ck_assert_str_eq(source_line(&lines, "a.c", 1).text, "a\\x00b");
    ck_assert_str_eq(source_line(&lines, "a.c", 2).text, "c");
    ck_assert(source_lines_end(&lines));
}
END_TEST

START_TEST(a_place_in_a_sentence_has_no_semicolon_and_no_backquotes)
{
    char buffer[200];
    struct text text = TEXT_IN(buffer);
    struct place place = {"a.c", 12, "buf = `malloc`(n);"};

    text_add_place(&text, &lines, &place, true);
    ck_assert_str_eq(buffer, "line 12 (`buf = 'malloc'(n)`)");
    text = TEXT_IN(buffer);
    (void)snprintf(place.file, sizeof place.file, "a.h");
    text_add_place(&text, &lines, &place, false);
    ck_assert_str_eq(buffer, "a.h:12");
    ck_assert(source_lines_end(&lines));
}
END_TEST

START_TEST(an_address_is_named_by_the_line_of_its_call)
{
    char name[64];

    make_suite();
    struct place place = source_of_address(&lines, address_of("after_call"), name, sizeof name);
    ck_assert_str_eq(place.file, "a.c");
    ck_assert_uint_eq(place.line, 4);
    ck_assert_str_eq(place.text, "nothing();");
    place = source_of_address(&lines, address_of("main") + 1, name, sizeof name);
    ck_assert_str_eq(place.file, "");
    ck_assert_str_eq(name, "check_a.c:3");
    ck_assert(source_lines_end(&lines));
}
END_TEST

START_TEST(addr2line_is_asked_any_number_of_times)
{
    make_suite();
    uint64_t address = address_of("after_call");
    ck_assert_uint_eq(source_of_address(&lines, address, NULL, 0).line, 4);
    pid_t resolver = lines.resolver;
    for (int i = 0; i < 10000; i++)
        ck_assert_uint_eq(source_of_address(&lines, address, NULL, 0).line, 4);
    ck_assert_int_eq(lines.resolver, resolver);
    ck_assert(source_lines_end(&lines));
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1); /* nobody is left */
}
END_TEST

START_TEST(an_address_of_nothing_has_no_place)
{
    char name[64];

    make_suite();
    ck_assert_str_eq(source_of_address(&lines, 0, name, sizeof name).file, "");
    ck_assert_str_eq(source_of_address(&lines, 16, name, sizeof name).file, "");
    ck_assert_str_eq(name, "");
    ck_assert_str_eq(source_of_address(&lines, UINT64_MAX, name, sizeof name).file, "");
    ck_assert(source_lines_end(&lines));
}
END_TEST

START_TEST(if_addr2line_is_not_there_the_end_says_so)
{
    ck_assert_int_eq(setenv("PATH", "/nonexistent", 1), 0);
    ck_assert_str_eq(source_of_address(&lines, 4096, NULL, 0).file, "");
    ck_assert_str_eq(source_of_address(&lines, 4097, NULL, 0).file, "");
    ck_assert(!source_lines_end(&lines));
}
END_TEST

START_TEST(a_suite_that_is_no_program_is_told)
{
    write_text("suite", "no program");
    ck_assert_str_eq(source_of_address(&lines, 4096, NULL, 0).file, "");
    ck_assert(!source_lines_end(&lines));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("source_lines");

    tcase_add_checked_fixture(tcase, begin, remove_folder);
    tcase_add_test(tcase, a_line_is_trimmed);
    tcase_add_test(tcase, a_line_that_is_not_there_is_empty);
    tcase_add_test(tcase, no_file_outside_of_the_folder_is_shown);
    tcase_add_test(tcase, a_hostile_line_is_harmless_and_bounded);
    tcase_add_test(tcase, a_nul_byte_does_not_end_a_line);
    tcase_add_test(tcase, a_place_in_a_sentence_has_no_semicolon_and_no_backquotes);
    tcase_add_test(tcase, an_address_is_named_by_the_line_of_its_call);
    tcase_add_test(tcase, addr2line_is_asked_any_number_of_times);
    tcase_add_test(tcase, an_address_of_nothing_has_no_place);
    tcase_add_test(tcase, if_addr2line_is_not_there_the_end_says_so);
    tcase_add_test(tcase, a_suite_that_is_no_program_is_told);
    return run_unit_tests("source_lines", tcase);
}
