/*
 * replay.c - gives files to a fuzz target, one after the other, without libFuzzer: fuzz_TARGET FILE...
 *
 * So what was found once is tried again by make test, with any compiler.
 */
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"

enum { MOST_BYTES = 1 << 20 };

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "r");
        uint8_t *bytes = malloc(MOST_BYTES);
        MUST(file != NULL && bytes != NULL);
        size_t size = fread(bytes, 1, MOST_BYTES, file);
        MUST(!ferror(file) && fclose(file) == 0);
        /* A copy that ends where the bytes end: whoever reads beyond is seen. */
        uint8_t *exact = realloc(bytes, size > 0 ? size : 1);
        MUST(exact != NULL);
        (void)printf("%s\n", argv[i]);
        (void)fflush(stdout);
        (void)LLVMFuzzerTestOneInput(exact, size);
        free(exact);
    }
    return argc > 1 ? 0 : 1;
}
