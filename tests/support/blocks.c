/*
 * blocks.c - the blocks of memory that the submission has allocated in the test's own process and not freed.
 *
 * Valgrind calls a block lost when nothing points to it any more; but an old pointer may stay in a register or in a dead
 * part of the stack, as the compiler pleases. Here it is counted: what was allocated and not freed is left behind.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <valgrind/helgrind.h>

#include "calls.h"
#include "suite.h"

enum { SLOTS = 1 << 13 };

/* A hash table with open addressing: a block's slot, or the next free one behind it. */
static struct block {
    const void *address; /* NULL: never used */
    size_t size;         /* 0: freed again, and kept for when malloc gives out the address a second time */
    uintptr_t caller;
    const char *name; /* of the call */
} blocks[SLOTS];

static unsigned used;  /* slots that were ever used: the table is given up when it is half full */
static unsigned live;  /* slots of blocks that are not freed */
static char lock_word; /* threads allocate, too */

static void lock(void)
{
    while (__atomic_test_and_set(&lock_word, __ATOMIC_ACQUIRE))
        ;
}

static void unlock(void)
{
    __atomic_clear(&lock_word, __ATOMIC_RELEASE);
}

static struct block *find(const void *address)
{
    size_t slot = ((uintptr_t)address >> 4) * 2654435761u % SLOTS;

    while (blocks[slot].address != NULL && blocks[slot].address != address)
        slot = (slot + 1) % SLOTS;
    return &blocks[slot];
}

void hide_blocks(void)
{
    VALGRIND_HG_DISABLE_CHECKING(blocks, sizeof blocks);
    VALGRIND_HG_DISABLE_CHECKING(&used, sizeof used);
    VALGRIND_HG_DISABLE_CHECKING(&live, sizeof live);
    VALGRIND_HG_DISABLE_CHECKING(&lock_word, sizeof lock_word);
}

void block_was_allocated(const void *address, size_t size, const char *name, uintptr_t caller)
{
    lock();
    if (used < SLOTS / 2) {
        struct block *block = find(address);
        if (block->address == NULL)
            used++;
        if (block->size == 0)
            live++;
        *block = (struct block){address, size > 0 ? size : 1, caller, name};
    }
    unlock();
}

void block_was_freed(const void *address)
{
    if (address == NULL)
        return;
    lock();
    struct block *block = find(address);
    if (block->size > 0) {
        block->size = 0;
        live--;
    }
    unlock();
}

void check_blocks(void)
{
    const struct block *first = NULL;
    unsigned count = 0;
    size_t bytes = 0;

    if (live == 0 || used >= SLOTS / 2)
        return; /* half full, it did not count them all: Valgrind's leak check has to do */
    for (size_t i = 0; i < SLOTS; i++) {
        const struct block *block = &blocks[i];
        if (block->size == 0)
            continue;
        if (first == NULL || block->caller < first->caller)
            first = block;
        count++;
        bytes += block->size;
    }
    if (count > 0)
        note_failure(
            VERDICT_MEMORY, first->caller, "A function frees every block that it allocated and does not hand out.",
            "%u block%s, %zu bytes in all, allocated by %s() at " PLACE ", %s never freed.", count,
            count == 1 ? "" : "s", bytes, first->name, (unsigned long)first->caller, count == 1 ? "was" : "were");
}
