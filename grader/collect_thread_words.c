/* collect_thread_words.c - what Helgrind finds, in words. */
#include "collect_words.h"

#include <string.h>

/* "reads 8 bytes in thread 3" from "... read of size 8 at 0x... by thread #3" */
static void add_access(struct telling *t, const char *what, const char *those)
{
    const char *size = strstr(what, "of size "), *thread = strstr(what, "thread #");
    unsigned long bytes = 0, number = 0;

    text_add(&t->seen, contains(what, "write") ? "writes " : "reads ");
    if (size != NULL)
        size += strlen("of size ");
    if (those != NULL || size == NULL || !parse_number(&size, &bytes))
        text_add(&t->seen, "%s", those != NULL ? those : "data");
    else
        text_add(&t->seen, "%lu byte%s", bytes, plural(bytes));
    if (thread != NULL)
        thread += strlen("thread #");
    if (thread != NULL && parse_number(&thread, &number)) {
        const struct valgrind_thread *known = valgrind_thread(t->report, (unsigned)number);
        text_add(&t->seen, known != NULL && known->root ? " in the main thread" : " in thread %lu", number);
    }
}

void tell_race(struct telling *t)
{
    const struct valgrind_stack *other = stack_about(t->error, "conflicts with");

    text_add(&t->seen, "Data race: ");
    add_line(t, t->error->stack_count > 0 ? &t->error->stacks[0] : NULL, "code outside of the submission");
    text_add(&t->seen, " ");
    add_access(t, t->error->what, NULL);
    if (other != NULL) {
        text_add(&t->seen, ", and ");
        if (other->submission && other->line == t->error->stacks[0].line &&
            strcmp(other->file, t->error->stacks[0].file) == 0)
            text_add(&t->seen, "the same line");
        else
            add_line(t, other, "code outside of the submission");
        text_add(&t->seen, " ");
        add_access(t, other->about, "them");
        text_add(&t->seen, ", with no mutex that both hold and nothing that puts one before the other");
    } else {
        text_add(&t->seen, ", which another thread uses too, with no mutex that both hold");
    }
    expect(t, "Shared data is read and written only while its mutex is held.");
}

void tell_lock_order(struct telling *t)
{
    text_add(&t->seen, "Two mutexes are locked in one order at ");
    add_line(t, stack_about(t->error, "followed by"), "one place");
    text_add(&t->seen, " and in the other order at ");
    add_line(t, t->error->stack_count > 0 ? &t->error->stacks[0] : NULL, "another");
    text_add(&t->seen, ": two threads can wait for each other for ever");
    expect(t, "Whoever needs several mutexes locks them in the same order everywhere.");
}

/* What Helgrind says of mutexes and conditions, where its own words are not plain enough. */
void tell_threads(struct telling *t)
{
    static const struct {
        const char *kind, *part, *seen, *expected;
    } words[] = {
        {"UnlockUnlocked", "", "A mutex is unlocked that is not locked",
         "A mutex is unlocked once for each time it was locked."},
        {"UnlockForeign", "", "A mutex is unlocked that another thread holds",
         "The thread that locked a mutex unlocks it."},
        {"UnlockBogus", "", "What is unlocked is no mutex, or one that is destroyed",
         "A mutex is used between its init and its destroy."},
        {"Misc", "re-lock", "A thread locks a mutex that it holds already", "A mutex is locked once, then unlocked."},
        {"Misc", "still holds", "A thread ends while it holds a mutex",
         "A thread unlocks what it locked, on every path."},
        {"Misc", "lock is not held", "A waiter is woken while nobody holds the mutex",
         "Waiters are woken while the mutex is held."},
        {"Misc", "un-held mutex", "A wait on a condition begins without its mutex held",
         "A thread holds the mutex when it begins to wait on the condition."},
        {"Misc", "invalid mutex", "A wait on a condition begins with a mutex that nobody has locked or initialised",
         "A thread holds the mutex when it begins to wait on the condition."},
        {"Misc", "invalid argument", "What is destroyed is no mutex or condition, or not any more",
         "What was initialised is destroyed once."},
        {"Misc", "being waited upon", "A condition is destroyed while threads wait on it",
         "A condition is destroyed when nobody waits on it."},
        {"Misc", "locked mutex", "A mutex is destroyed while it is locked",
         "A mutex is destroyed when nobody holds it."},
    };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(t->error->kind, words[i].kind) == 0 && contains(t->error->what, words[i].part)) {
            text_add(&t->seen, "%s", words[i].seen);
            expect(t, words[i].expected);
            return;
        }
    /* "Thread #1's call to pthread_mutex_lock failed with error code 22 (EINVAL: Invalid argument)" */
    const char *what = t->error->what;
    const char *call = strstr(what, "'s call to "), *colon = strstr(what, ": ");
    if (call != NULL)
        text_add(&t->seen, "The call of %s", call + strlen("'s call to "));
    else
        text_add(&t->seen, "Helgrind says: %s", strncmp(what, "Thread #", 8) == 0 && colon != NULL ? colon + 2 : what);
    expect(t, "The thread functions are called as their manual pages say, and do not fail.");
}
