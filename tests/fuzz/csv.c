/* Any bytes through the CSV reader, with each delimiter: every cell must lie in memory that is
 * ours, and lines must go forward. The first byte chooses the delimiter. */
#include "base/base.h"

#include "corpus/csv.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static const char delimiters[] = {0, ',', '\t', ';'};
    char delimiter = size ? delimiters[data[0] % sizeof delimiters] : 0;
    struct arena arena;
    arena_init(&arena);
    struct csv c;
    csv_init(&c, (const char *)data, size, delimiter);
    size_t line = 0;
    unsigned sum = 0;
    for (;;) {
        struct csv_row row;
        struct err err = {0};
        int rc = csv_next(&c, &arena, &row, &err);
        if (rc == 0) break;
        if (row.line <= line || (rc < 0) != (err.kind != ERR_NONE)) abort();
        line = row.line;
        for (size_t i = 0; i < row.n; i++)
            for (size_t k = 0; k < row.cell[i].len; k++) sum += (unsigned char)row.cell[i].text[k];
        arena_reset(&arena);
    }
    arena_free(&arena);
    return sum == 0xFFFFFFFF; /* so that the reads are not optimised away */
}
