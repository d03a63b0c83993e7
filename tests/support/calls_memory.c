/*
 * calls_memory.c - the submission's allocations.
 *
 * Valgrind's leak report of a forked child also lists what its parent had
 * allocated. To tell the two apart, each allocation goes through a function
 * whose name says in which generation it was made; the name stands in the stack
 * of Valgrind's record, and the collector compares it with the process's own.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "calls.h"
#include "diverted.h"
#include "suite.h"

enum allocator { MALLOC, CALLOC, REALLOC, ALIGNED };

static void *allocate(enum allocator how, void *old, size_t count, size_t size)
{
    switch (how) {
    case MALLOC:
        return malloc(size);
    case CALLOC:
        return calloc(count, size);
    case REALLOC:
        return realloc(old, size);
    default:
        return aligned_alloc(count, size);
    }
}

#define GENERATION(name)                                                                                   \
    static void *name(enum allocator how, void *old, size_t count, size_t size) __attribute__((noinline)); \
    static void *name(enum allocator how, void *old, size_t count, size_t size)                            \
    {                                                                                                      \
        return allocate(how, old, count, size);                                                            \
    }

GENERATION(allocated_in_parent)
GENERATION(allocated_in_child_1)
GENERATION(allocated_in_child_2)
GENERATION(allocated_in_child_3)

/* No machine has so much: the C library says ENOMEM, but Valgrind, which takes its place, gives up altogether. */
static bool is_beyond_memory(size_t count, size_t size)
{
    enum { ADDRESS_BITS = 46 };
    size_t bytes;

    return __builtin_mul_overflow(count, size, &bytes) || bytes >> ADDRESS_BITS != 0;
}

static void *divert_allocation(struct call *call, enum allocator how, void *old, size_t count, size_t size)
{
    if (!call_begins(call))
        return NULL;

    if (is_beyond_memory(how == CALLOC ? count : 1, size)) {
        errno = ENOMEM;
        (void)call_ends(call, -1);
        return NULL;
    }
    void *block;
    switch (this_process()->depth) {
    case 0:
        block = allocated_in_parent(how, old, count, size);
        break;
    case 1:
        block = allocated_in_child_1(how, old, count, size);
        break;
    case 2:
        block = allocated_in_child_2(how, old, count, size);
        break;
    default:
        block = allocated_in_child_3(how, old, count, size);
        break;
    }
    (void)call_ends(call, block != NULL ? 0 : -1);
    if (this_process()->kind == PROCESS_TEST) {
        if (how == REALLOC && (block != NULL || size == 0))
            block_was_freed(old);
        if (block != NULL)
            block_was_allocated(block, how == CALLOC ? count * size : size, call->name, call->caller);
    }
    return block;
}

void *eagain_malloc(size_t size)
{
    struct call call = {CALL_ALLOC, "malloc", -1, size, CALLER, 0, 0, 0, false, false};
    return divert_allocation(&call, MALLOC, NULL, 1, size);
}

void *eagain_calloc(size_t count, size_t size)
{
    struct call call = {CALL_ALLOC, "calloc", -1, count * size, CALLER, 0, 0, 0, false, false};
    return divert_allocation(&call, CALLOC, NULL, count, size);
}

void *eagain_realloc(void *old, size_t size)
{
    struct call call = {CALL_ALLOC, "realloc", -1, size, CALLER, 0, 0, 0, false, false};
    return divert_allocation(&call, REALLOC, old, 1, size);
}

void *eagain_reallocarray(void *old, size_t count, size_t size)
{
    struct call call = {CALL_ALLOC, "reallocarray", -1, count * size, CALLER, 0, 0, 0, false, false};
    size_t bytes;

    if (__builtin_mul_overflow(count, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return divert_allocation(&call, REALLOC, old, 1, bytes);
}

void *eagain_aligned_alloc(size_t alignment, size_t size)
{
    struct call call = {CALL_ALLOC, "aligned_alloc", -1, size, CALLER, 0, 0, 0, false, false};
    return divert_allocation(&call, ALIGNED, NULL, alignment, size);
}

int eagain_posix_memalign(void **block, size_t alignment, size_t size)
{
    struct call call = {CALL_ALLOC, "posix_memalign", -1, size, CALLER, 0, 0, 0, false, false};
    int saved = errno;
    void *made = divert_allocation(&call, ALIGNED, NULL, alignment, size);

    if (made == NULL) {
        errno = saved;
        return ENOMEM;
    }
    *block = made;
    return 0;
}

/* strdup and its like allocate inside of the C library: these do it in the submission's name. */
char *eagain_strndup(const char *text, size_t most)
{
    struct call call = {CALL_ALLOC, "strndup", -1, most, CALLER, 0, 0, 0, false, false};
    size_t length = strnlen(text, most);
    char *copy = divert_allocation(&call, MALLOC, NULL, 1, length + 1);

    if (copy == NULL)
        return NULL;
    copy[length] = '\0';
    return memcpy(copy, text, length);
}

char *eagain_strdup(const char *text)
{
    struct call call = {CALL_ALLOC, "strdup", -1, strlen(text) + 1, CALLER, 0, 0, 0, false, false};
    char *copy = divert_allocation(&call, MALLOC, NULL, 1, strlen(text) + 1);

    return copy != NULL ? strcpy(copy, text) : NULL;
}

void eagain_free(void *block)
{
    struct call call = {CALL_FREE, "free", -1, 0, CALLER, 0, 0, 0, false, false};

    (void)call_begins(&call);
    block_was_freed(block);
    free(block);
    (void)call_ends(&call, 0);
}

/* ---- mappings: memory that Valgrind's leak check does not see ----------------------------------------------------- */

/* A mapping may not put code into the program, nor take the place of, or take away, what is there. */
static void check_mapping(const struct call *call, bool is_refused, const char *what)
{
    if (!is_refused)
        return;
    note_failure(VERDICT_FORBIDDEN_CALL, call->caller,
                 "A function maps memory for its own data, and unmaps what it mapped.", "%s() (" PLACE ") %s.",
                 call->name, (unsigned long)call->caller, what);
    end_test();
}

/* The program's own code and data, the board, or the stack that we stand on. */
static bool is_of_the_program(const void *address, size_t size)
{
    extern char __executable_start, end;
    const struct {
        const char *begin;
        size_t size;
    } parts[] = {{&__executable_start, (size_t)(&end - &__executable_start)},
                 {(const char *)board, sizeof *board},
                 {__builtin_frame_address(0), 1}};
    uintptr_t from = (uintptr_t)address;

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        uintptr_t begin = (uintptr_t)parts[i].begin;
        if (from < begin + parts[i].size && begin < from + size)
            return true;
    }
    return false;
}

void *eagain_mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset)
{
    struct call call = {CALL_ALLOC, "mmap", fd, size, CALLER, 0, 0, 0, false, false};
    if (!call_begins(&call))
        return MAP_FAILED;
    check_mapping(&call, (protection & PROT_EXEC) != 0, "asks for executable memory: code that is made at run time");
    check_mapping(&call, (flags & MAP_FIXED) != 0, "puts its memory in a place of its choice (MAP_FIXED)");
    check_mapping(&call, is_frameworks(fd), "maps a file of the test framework");
    void *memory = mmap(address, size, protection, flags, fd, offset);
    (void)call_ends(&call, memory != MAP_FAILED ? 0 : -1);
    if (memory != MAP_FAILED)
        memory_was_mapped(memory, size, call.caller);
    return memory;
}

void *eagain_mmap64(void *address, size_t size, int protection, int flags, int fd, off_t offset)
    __attribute__((alias("eagain_mmap")));

void *eagain_mremap(void *address, size_t size, size_t new_size, int flags, ...)
{
    struct call call = {CALL_ALLOC, "mremap", -1, new_size, CALLER, 0, 0, 0, false, false};
    va_list arguments;

    va_start(arguments, flags);
    void *wanted = (flags & MREMAP_FIXED) != 0 ? va_arg(arguments, void *) : NULL;
    va_end(arguments);
    if (!call_begins(&call))
        return MAP_FAILED;
    check_mapping(&call, (flags & MREMAP_FIXED) != 0, "puts its memory in a place of its choice (MREMAP_FIXED)");
    check_mapping(&call, is_of_the_program(address, size), "moves memory of the program");
    void *memory = mremap(address, size, new_size, flags, wanted);
    (void)call_ends(&call, memory != MAP_FAILED ? 0 : -1);
    if (memory != MAP_FAILED) {
        memory_was_unmapped(address, size);
        memory_was_mapped(memory, new_size, call.caller);
    }
    return memory;
}

int eagain_munmap(void *address, size_t size)
{
    struct call call = {CALL_FREE, "munmap", -1, size, CALLER, 0, 0, 0, false, false};
    if (!call_begins(&call))
        return (int)call.result;
    check_mapping(&call, is_of_the_program(address, size), "takes memory of the program away");
    memory_was_unmapped(address, size);
    return (int)call_ends(&call, munmap(address, size));
}
