/* collect_memory_words.c - what Memcheck finds, in words. */
#include "collect_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NULL_PAGE = 4096 }; /* addresses below belong to nobody: a null pointer and the offset of a field, as a rule */

/* "Address 0x... is N bytes after a block of size M alloc'd": where an address lies about a block of the heap. */
struct block {
    unsigned long distance, size;
    char side[16]; /* "after", "before", "inside" */
    bool freed;
    const struct valgrind_stack *stack; /* of the free, or of the allocation */
};

static bool find_block(const struct valgrind_error *error, struct block *block)
{
    *block = (struct block){.stack = stack_about(error, "block of size ")};
    if (block->stack == NULL)
        return false;

    const char *at = strstr(block->stack->about, " is ");
    if (at == NULL)
        return false;
    at += strlen(" is ");
    if (!parse_number(&at, &block->distance) || sscanf(at, " bytes %15[a-z]", block->side) != 1)
        return false;
    at = strstr(at, "block of size ");
    if (at == NULL)
        return false;
    at += strlen("block of size ");
    if (!parse_number(&at, &block->size))
        return false;
    block->freed = contains(at, "free'd");
    return true;
}

/* The address that the error is about; false if it does not say. */
static bool find_address(const struct valgrind_error *error, unsigned long *address)
{
    const char *at = strstr(error->more, "ddress 0x");

    if (at == NULL)
        return false;
    *address = strtoul(at + strlen("ddress "), NULL, 16);
    return true;
}

/* Adds where the address of an access lies: ", 0 bytes after a block of 16 that was allocated at line 12 (`...`)". */
static void add_address(struct telling *t)
{
    const char *more = t->error->more;
    struct block block;
    unsigned long address = 0;

    if (find_block(t->error, &block)) {
        text_add(&t->seen, ", %lu byte%s %s a block of %lu that was %s ", block.distance, plural(block.distance),
                 block.side, block.size, block.freed ? "freed" : "allocated");
        if (block.stack->submission)
            text_add(&t->seen, "at ");
        add_line(t, block.stack, "outside of the submission");
    } else if (contains(more, "below stack pointer")) {
        text_add(&t->seen, ", on the stack below all variables that are alive");
    } else if (contains(more, "stack")) {
        if (contains(more, "on thread"))
            text_add(&t->seen, ", on the stack, but in no variable that is alive");
        else if (find_address(t->error, &address) && address == 0)
            text_add(&t->seen, ", through a null pointer");
        else if (address < NULL_PAGE && contains(more, "ddress 0x"))
            text_add(&t->seen, ", at address 0x%lx: a field or an element behind a null pointer", address);
        else
            text_add(&t->seen, ", at an address that is in no block, variable or stack");
    } else if (contains(more, "data symbol")) {
        const char *name = strchr(more, '"');
        if (name != NULL)
            text_add(&t->seen, ", beside the variable %.*s", (int)strcspn(name + 1, "\""), name + 1);
    }
}

void tell_access(struct telling *t)
{
    const char *size = strstr(t->error->what, "of size ");
    unsigned long bytes = 0;

    if (size != NULL)
        size += strlen("of size ");
    text_add(&t->seen, "Invalid %s", contains(t->error->kind, "Write") ? "write" : "read");
    if (size != NULL && parse_number(&size, &bytes))
        text_add(&t->seen, " of %lu byte%s", bytes, plural(bytes));
    add_address(t);
    expect(t, "Reads and writes stay inside of variables and blocks that are still alive.");
}

void tell_free(struct telling *t)
{
    const char *called = t->error->stack_count > 0 ? t->error->stacks[0].called : "free";
    struct block block;

    if (!find_block(t->error, &block)) {
        text_add(&t->seen, "%s of a pointer that malloc did not return", called);
    } else if (block.freed && block.distance == 0) {
        text_add(&t->seen, "%s of a block of %lu that is freed already, at ", called, block.size);
        add_line(t, block.stack, "a place outside of the submission");
    } else {
        text_add(&t->seen, "%s of a pointer that is not the start of a block", called);
        add_address(t);
    }
    expect(t, "Every block is freed once, by the pointer that malloc returned.");
}

/* Adds where a value comes from that was never set, if Valgrind was asked to track it. */
static void add_origin(struct telling *t)
{
    const struct valgrind_stack *heap = stack_about(t->error, "heap allocation");
    const struct valgrind_stack *stack = stack_about(t->error, "stack allocation");
    struct block block;

    if (heap != NULL && heap->submission) {
        text_add(&t->seen, "; it comes from the block allocated at ");
        add_line(t, heap, "");
    } else if (stack != NULL && stack->submission) {
        text_add(&t->seen, "; it comes from a local variable of %s", stack->function);
    } else if (find_block(t->error, &block) && block.stack->submission) {
        text_add(&t->seen, ", from byte %lu of a block of %lu that was allocated at ", block.distance, block.size);
        add_line(t, block.stack, "");
    }
}

void tell_unset(struct telling *t)
{
    text_add(&t->seen, contains(t->error->kind, "Condition")
                           ? "A decision (if, while, a comparison) depends on a value that was never set"
                           : "A value that was never set is used as an address or an index");
    add_origin(t);
    expect(t, "Every value is set before it is used.");
}

/* "Syscall param write(buf) points to uninitialised byte(s)" */
void tell_system_call(struct telling *t)
{
    const char *what = t->error->what;
    const char *name = strstr(what, "param ");

    name = name == NULL ? what : name + strlen("param ");
    text_add(&t->seen, "%.*s is given ", (int)strcspn(name, " "), name);
    if (contains(what, "unaddressable")) {
        text_add(&t->seen, "memory that is not the program's, or no longer");
        add_address(t);
        expect(t, "A buffer is as large as the call is told, and alive.");
    } else {
        text_add(&t->seen, contains(what, "points to") ? "bytes that were never set" : "a value that was never set");
        add_origin(t);
        expect(t, "What the kernel is given has been set before.");
    }
}

void tell_overlap(struct telling *t)
{
    const char *name = strstr(t->error->what, "overlap in ");

    name = name == NULL ? "a copy" : name + strlen("overlap in ");
    text_add(&t->seen, "The source and the destination of %.*s overlap", (int)strcspn(name, "("), name);
    expect(t, "Memory that overlaps is copied by memmove.");
}

void tell_jump(struct telling *t)
{
    unsigned long address = 1;
    bool null = find_address(t->error, &address) && address == 0;

    text_add(&t->seen, null ? "A call through a null function pointer" : "A call through a pointer to no function");
    expect(t, "A function pointer is set to a function before it is called.");
}

void tell_leak(struct telling *t)
{
    const struct valgrind_error *e = t->error;
    unsigned long blocks = e->leaked_blocks;

    if (blocks <= 1)
        text_add(&t->seen, "A block of %lu byte%s", e->leaked_bytes, plural(e->leaked_bytes));
    else
        text_add(&t->seen, "%lu blocks, %lu bytes in all,", blocks, e->leaked_bytes);
    if (e->stack_count > 0 && e->stacks[0].submission) {
        text_add(&t->seen, " that %s allocated at ", blocks <= 1 ? "was" : "were");
        add_line(t, &e->stacks[0], "");
    }
    text_add(&t->seen, blocks <= 1 ? " is never freed" : " are never freed");
    expect(t, "What a function allocates it frees before it returns, on every path.");
}
