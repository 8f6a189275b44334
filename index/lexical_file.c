#include "base/base.h"

#include "base/mem.h"
#include "base/vec.h"
#include "index/lexical_impl.h"
#include "index/sections.h"

#include <errno.h>
#include <string.h>

enum {
    ENTRIES,
    ROWS_AT,
    TITLE_LENGTHS,
    ALL_LENGTHS,
    ROW_N,
    SLOTS,
    TEXTS,
    SMALL, /* sections from here on are long, and not read when a file is opened */
    LISTS = SMALL,
    ROWS,
    SECTIONS
};

static const struct sections_format format = {
    {'H', 'N', 'W', 'O', 'R', 'D', 'S', '\n'}, 3, SECTIONS};

enum { DOCS, TERMS, MASK, SEED, TOTAL /* PART_COUNT of them */ };
_Static_assert(TOTAL + PART_COUNT <= SECTIONS_NUMBERS, "there is room for them");

int lexical_save(const struct lexical *x, const char *path)
{
    if (x->file) return sections_save(x->file, path);
    uint64_t *rows_at = mem_alloc((size_t)x->docs + 1, sizeof *rows_at);
    uint32_t *row_n = mem_alloc(x->docs, sizeof *row_n);
    struct bytes rows = {0};
    lexical_turn(x, rows_at, row_n, &rows);
    const void *const from[SECTIONS] = {[ENTRIES] = x->entries,
                                        [ROWS_AT] = rows_at,
                                        [TITLE_LENGTHS] = x->lengths[PART_TITLE],
                                        [ALL_LENGTHS] = x->lengths[PART_ALL],
                                        [ROW_N] = row_n,
                                        [SLOTS] = x->slots,
                                        [TEXTS] = x->texts,
                                        [LISTS] = x->lists,
                                        [ROWS] = rows.at};
    const uint64_t lengths = (uint64_t)x->docs * sizeof(uint32_t);
    const uint64_t sizes[SECTIONS] = {[ENTRIES] = ((uint64_t)x->terms + 1) * sizeof *x->entries,
                                      [ROWS_AT] = ((uint64_t)x->docs + 1) * sizeof *rows_at,
                                      [TITLE_LENGTHS] = lengths,
                                      [ALL_LENGTHS] = lengths,
                                      [ROW_N] = lengths,
                                      [SLOTS] = ((uint64_t)x->mask + 1) * sizeof *x->slots,
                                      [TEXTS] = x->entries[x->terms].text,
                                      [LISTS] = x->entries[x->terms].at,
                                      [ROWS] = rows.len};
    struct sections *s = sections_new(&format, sizes, path);
    int rc = -1, why = errno;
    if (s) {
        uint64_t *number = sections_numbers(s);
        number[DOCS] = x->docs;
        number[TERMS] = x->terms;
        number[MASK] = x->mask;
        number[SEED] = x->seed;
        memcpy(number + TOTAL, x->total, sizeof x->total);
        sections_fill(s, from);
        rc = sections_keep(s);
        why = errno;
        sections_free(s);
    }
    vec_free(&rows);
    free(rows_at);
    free(row_n);
    errno = why;
    return rc;
}

/* A section of n elements of a size? */
static bool has(const struct sections *s, size_t i, uint64_t n, size_t size)
{
    return sections_size(s, i) == n * size;
}

/* Do the numbers that lead from one array into another stay inside? */
static bool is_sound(const struct sections *s)
{
    const uint64_t *number = sections_given(s), docs = number[DOCS], terms = number[TERMS],
                   mask = number[MASK];
    if (docs >= UINT32_MAX || terms >= UINT32_MAX || mask >= UINT32_MAX ||
        (mask & (mask + 1)) != 0 || !has(s, ENTRIES, terms + 1, sizeof(struct lexical_entry)) ||
        !has(s, ROWS_AT, docs + 1, sizeof(uint64_t)) ||
        !has(s, TITLE_LENGTHS, docs, sizeof(uint32_t)) ||
        !has(s, ALL_LENGTHS, docs, sizeof(uint32_t)) || !has(s, ROW_N, docs, sizeof(uint32_t)) ||
        !has(s, SLOTS, mask + 1, sizeof(uint32_t)))
        return false;
    if (!sections_first_sound(s, SMALL)) return false;
    const struct lexical_entry *e = sections_at(s, ENTRIES);
    const uint32_t *slots = sections_at(s, SLOTS), *row_n = sections_at(s, ROW_N);
    const uint64_t *rows_at = sections_at(s, ROWS_AT);
    uint64_t used = 0;
    for (uint64_t i = 0; i <= mask; i++) {
        if (slots[i] > terms) return false;
        used += slots[i] != 0;
    }
    if (used > mask) return false; /* a search ends at a free slot */
    for (uint64_t t = 0; t < terms; t++) {
        if (e[t].text > e[t + 1].text || e[t].at > e[t + 1].at) return false;
        if (e[t].title_bytes > e[t + 1].at - e[t].at) return false;
        for (int part = 0; part < PART_COUNT; part++)
            if (e[t].df[part] > docs) return false;
    }
    for (uint64_t doc = 0; doc < docs; doc++)
        if (rows_at[doc] > rows_at[doc + 1] || row_n[doc] > terms) return false;
    return e[terms].text == sections_size(s, TEXTS) && e[terms].at == sections_size(s, LISTS) &&
           rows_at[docs] == sections_size(s, ROWS);
}

/* Nothing is written to a mapped segment, though others own what theirs point to. */
static void *borrowed(const struct sections *s, size_t i)
{
    return (void *)(uintptr_t)sections_at(s, i);
}

struct lexical *lexical_open(const char *path)
{
    struct sections *s = sections_open(&format, path);
    if (!s) return NULL;
    if (!is_sound(s)) {
        sections_free(s);
        errno = 0;
        return NULL;
    }
    struct lexical *x = mem_zalloc(1, sizeof *x);
    const uint64_t *number = sections_given(s);
    x->docs = (uint32_t)number[DOCS];
    x->terms = (uint32_t)number[TERMS];
    x->mask = (uint32_t)number[MASK];
    x->seed = number[SEED];
    memcpy(x->total, number + TOTAL, sizeof x->total);
    x->entries = borrowed(s, ENTRIES);
    x->rows_at = borrowed(s, ROWS_AT);
    x->lengths[PART_TITLE] = borrowed(s, TITLE_LENGTHS);
    x->lengths[PART_ALL] = borrowed(s, ALL_LENGTHS);
    x->row_n = borrowed(s, ROW_N);
    x->slots = borrowed(s, SLOTS);
    x->texts = borrowed(s, TEXTS);
    x->lists = borrowed(s, LISTS);
    x->rows = borrowed(s, ROWS);
    x->file = s;
    return x;
}
