/* check_clean_text.c - hostile text is made harmless, and bounded. */
#include "made_up.h"

#include "clean_text.h"

static char buffer[64];

/* What BYTES look like when they are cleaned. */
static const char *cleaned(const char *bytes)
{
    CLEAN_COPY(buffer, bytes);
    return buffer;
}

START_TEST(plain_text_stays_as_it_is)
{
    ck_assert_str_eq(cleaned("if (pipe(ends) == -1)"), "if (pipe(ends) == -1)");
    ck_assert_str_eq(cleaned("gr\u00fc\u00dfe, \u4f60\u597d"), "gr\u00fc\u00dfe, \u4f60\u597d");
    ck_assert_str_eq(cleaned(""), "");
}
END_TEST

START_TEST(newline_and_tab_become_a_space)
{
    ck_assert_str_eq(cleaned("a\nb\tc"), "a b c");
}
END_TEST

START_TEST(control_characters_are_shown_by_number)
{
    ck_assert_str_eq(cleaned("\033[2J\a\x7f\r"), "\\x1b[2J\\x07\\x7f\\x0d");
    ck_assert_str_eq(cleaned("\xc2\x9b"
                             "31m"),
                     "\\u{9b}31m");
}
END_TEST

START_TEST(marks_that_turn_the_direction_are_shown_by_number)
{
    ck_assert_str_eq(cleaned("a\u202eb\u2066c\u200b"), "a\\u{202e}b\\u{2066}c\\u{200b}");
}
END_TEST

START_TEST(what_is_no_utf8_is_shown_byte_by_byte)
{
    ck_assert_str_eq(cleaned("a\xff\xc3("), "a\\xff\\xc3(");
    ck_assert_str_eq(cleaned("\xc0\xaf"), "\\xc0\\xaf");                   /* a slash, written too long */
    ck_assert_str_eq(cleaned("\xed\xa0\x80"), "\\xed\\xa0\\x80");          /* half a surrogate pair */
    ck_assert_str_eq(cleaned("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80"); /* beyond Unicode */
    ck_assert_str_eq(cleaned("\xe4\xbd"), "\\xe4\\xbd");                   /* cut short */
}
END_TEST

START_TEST(a_text_that_is_too_long_ends_in_dots)
{
    char small[10];

    CLEAN_COPY(small, "0123456789");
    ck_assert_str_eq(small, "012345...");
    CLEAN_COPY(small, "012345678");
    ck_assert_str_eq(small, "012345678");
}
END_TEST

START_TEST(no_character_is_cut_in_two)
{
    char small[10];

    /* Three bytes each: three of them and the NUL would fit, the fourth makes room for the dots at a border. */
    CLEAN_COPY(small, "\u4f60\u4f60\u4f60\u4f60");
    ck_assert_str_eq(small, "\u4f60\u4f60...");
}
END_TEST

START_TEST(after_a_cut_nothing_is_added)
{
    char small[10];
    struct text text = TEXT_IN(small);

    text_add(&text, "%s", "01234567890");
    ck_assert(text.cut);
    text_add(&text, "%s", "x");
    text_add_bytes(&text, "y", 1);
    text_add_line(&text, "z");
    ck_assert_str_eq(small, "012345...");
}
END_TEST

START_TEST(a_tiny_buffer_is_not_overrun)
{
    for (size_t size = 1; size < 8; size++) {
        char small[9];
        memset(small, 'z', sizeof small);
        clean_copy(small, size, "\033\033\033");
        ck_assert_uint_lt(strlen(small), size);
        ck_assert_int_eq(small[size], 'z');
    }
}
END_TEST

START_TEST(a_line_keeps_its_newlines_only)
{
    struct text text = TEXT_IN(buffer);

    text_add_line(&text, "%s", "a\n\tb\n\033\n");
    ck_assert_str_eq(buffer, "a\n b\n\\x1b\n");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("clean_text");

    tcase_add_test(tcase, plain_text_stays_as_it_is);
    tcase_add_test(tcase, newline_and_tab_become_a_space);
    tcase_add_test(tcase, control_characters_are_shown_by_number);
    tcase_add_test(tcase, marks_that_turn_the_direction_are_shown_by_number);
    tcase_add_test(tcase, what_is_no_utf8_is_shown_byte_by_byte);
    tcase_add_test(tcase, a_text_that_is_too_long_ends_in_dots);
    tcase_add_test(tcase, no_character_is_cut_in_two);
    tcase_add_test(tcase, after_a_cut_nothing_is_added);
    tcase_add_test(tcase, a_tiny_buffer_is_not_overrun);
    tcase_add_test(tcase, a_line_keeps_its_newlines_only);
    return run_unit_tests("clean_text", tcase);
}
