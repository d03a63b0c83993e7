/* check_page.c - text in the pages for a class: no markup, whatever it is; names for files that no two names share. */
#include "made_up.h"

#include "html.h"

/* What put_html() makes of TEXT; the caller frees it. */
static char *html_of(const char *text)
{
    char *made = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&made, &size);

    ck_assert_ptr_nonnull(out);
    put_html(out, text);
    ck_assert_int_eq(fclose(out), 0);
    return made;
}

static void becomes(const char *text, const char *wanted)
{
    char *made = html_of(text);

    ck_assert_str_eq(made, wanted);
    free(made);
}

START_TEST(text_is_no_markup)
{
    becomes("<script>alert('1')</script>", "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;");
    becomes("a \" onclick=\"x", "a &quot; onclick=&quot;x");
    becomes("&lt;", "&amp;lt;");
    becomes("Zoë, 李\nnext", "Zoë, 李&#10;next");
}
END_TEST

START_TEST(text_that_would_not_show_is_shown)
{
    becomes("a\x1b[31mb\xff", "a\\x1b[31mb\\xff");
    becomes("\u202eabc", "\\u{202e}abc");
}
END_TEST

START_TEST(text_is_bounded)
{
    char *long_text = malloc(100001);

    ck_assert_ptr_nonnull(long_text);
    memset(long_text, 'x', 100000);
    long_text[100000] = '\0';
    char *made = html_of(long_text);
    ck_assert_uint_lt(strlen(made), 10000);
    free(made);
    free(long_text);
}
END_TEST

START_TEST(an_empty_element_is_left_out)
{
    char *made = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&made, &size);

    put_element(out, "p", NULL, "");
    put_element(out, "p", "x", "<");
    ck_assert_int_eq(fclose(out), 0);
    ck_assert_str_eq(made, "<p class=\"x\">&lt;</p>\n");
    free(made);
}
END_TEST

static const char *name_of(const char *name)
{
    static char made[4][256];
    static unsigned next;
    char *to = made[next++ % 4];

    encoded_name(to, sizeof made[0], name);
    return to;
}

START_TEST(a_name_becomes_a_safe_file_name)
{
    ck_assert_str_eq(name_of("Ada-1.b_c"), "Ada-1.b_c");
    ck_assert_str_eq(name_of("-rf"), "=2Drf");
    ck_assert_str_eq(name_of("../x"), "=2E.=2Fx");
    ck_assert_str_eq(name_of(".hidden"), "=2Ehidden");
    ck_assert_str_eq(name_of("a b\"'<\n"), "a=20b=22=27=3C=0A");
    ck_assert_str_eq(name_of("\xc3\xab\xff"), "=C3=AB=FF");
    ck_assert_str_eq(name_of("=41"), "=3D41"); /* not the same as that of "A" */
    ck_assert_str_ne(name_of(""), "");
}
END_TEST

START_TEST(long_names_stay_different)
{
    char one[300], two[300];

    memset(one, 'x', 299);
    memset(two, 'x', 299);
    one[299] = two[299] = '\0';
    two[298] = 'y';
    ck_assert_uint_lt(strlen(name_of(one)), 250);
    ck_assert_str_ne(name_of(one), name_of(two));
    ck_assert_str_eq(name_of(one), name_of(one));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("page");

    tcase_add_test(tcase, text_is_no_markup);
    tcase_add_test(tcase, text_that_would_not_show_is_shown);
    tcase_add_test(tcase, text_is_bounded);
    tcase_add_test(tcase, an_empty_element_is_left_out);
    tcase_add_test(tcase, a_name_becomes_a_safe_file_name);
    tcase_add_test(tcase, long_names_stay_different);
    return run_unit_tests("page", tcase);
}
