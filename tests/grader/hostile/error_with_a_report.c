/*
 * fails: * does_not_compile "all tests passed"
 *
 * What it tries: text for whoever reads the compiler's complaints: a terminal, a page, a spreadsheet.
 */
#include "spawn.h"
#error [2J[H]0;owned =HYPERLINK("x") </testcase><script>alert(1)</script> ::error::all tests passed
