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

static void *divert_allocation(struct call *call, enum allocator how, void *old, size_t count, size_t size)
{
    if (!call_begins(call))
        return NULL;

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

void *eagain_mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset)
{
    struct call call = {CALL_ALLOC, "mmap", fd, size, CALLER, 0, 0, 0, false, false};
    if (!call_begins(&call))
        return MAP_FAILED;
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
    memory_was_unmapped(address, size);
    return (int)call_ends(&call, munmap(address, size));
}
