#include "base/base.h"

#include "base/mem.h"
#include "base/vec.h"
#include "index/lexical_impl.h"
#include "index/sections.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

/* Counts up when the analysis of texts or what is kept changes: files of before are made anew. */
enum { VERSION = 2 };

static const char magic[8] = {'H', 'N', 'W', 'O', 'R', 'D', 'S', '\n'};

struct header {
    char magic[8];
    uint32_t order, version;
    uint32_t docs, terms, mask, zero;
    uint64_t total[PART_COUNT];
    uint64_t texts_bytes, lists_bytes, rows_bytes, seed;
    uint64_t sum; /* of all else */
};
_Static_assert(sizeof(struct header) == 88, "the header has no padding");

enum {
    KEYS,
    ENTRIES,
    ROWS_AT,
    TITLE_LENGTHS,
    ALL_LENGTHS,
    ROW_N,
    SLOTS,
    TEXTS,
    LISTS,
    ROWS,
    SECTIONS
};

/* How long each section is; the widest numbers come first, so that all are aligned. */
static void measure(const struct header *h, struct section s[SECTIONS])
{
    s[KEYS].size = (uint64_t)h->docs * sizeof(uint64_t);
    s[ENTRIES].size = ((uint64_t)h->terms + 1) * sizeof(struct lexical_entry);
    s[ROWS_AT].size = ((uint64_t)h->docs + 1) * sizeof(uint64_t);
    s[TITLE_LENGTHS].size = s[ALL_LENGTHS].size = s[ROW_N].size =
        (uint64_t)h->docs * sizeof(uint32_t);
    s[SLOTS].size = ((uint64_t)h->mask + 1) * sizeof(uint32_t);
    s[TEXTS].size = h->texts_bytes;
    s[LISTS].size = h->lists_bytes;
    s[ROWS].size = h->rows_bytes;
}

static uint64_t sum_of(struct header h, const struct section s[SECTIONS])
{
    h.sum = 0;
    return sections_sum(&h, sizeof h, s, SECTIONS);
}

int lexical_save(const struct lexical *x, const uint64_t *keys, const char *path)
{
    uint64_t *rows_at = mem_alloc((size_t)x->docs + 1, sizeof *rows_at);
    uint32_t *row_n = mem_alloc(x->docs, sizeof *row_n);
    struct bytes rows = {0};
    lexical_turn(x, rows_at, row_n, &rows);
    struct header h = {.order = 1,
                       .version = VERSION,
                       .docs = x->docs,
                       .terms = x->terms,
                       .mask = x->mask,
                       .texts_bytes = x->entries[x->terms].text,
                       .lists_bytes = x->entries[x->terms].at,
                       .rows_bytes = rows.len,
                       .seed = x->seed};
    memcpy(h.magic, magic, sizeof magic);
    memcpy(h.total, x->total, sizeof h.total);
    struct section s[SECTIONS] = {{keys, 0},
                                  {x->entries, 0},
                                  {rows_at, 0},
                                  {x->lengths[PART_TITLE], 0},
                                  {x->lengths[PART_ALL], 0},
                                  {row_n, 0},
                                  {x->slots, 0},
                                  {x->texts, 0},
                                  {x->lists, 0},
                                  {rows.at, 0}};
    measure(&h, s);
    h.sum = sum_of(h, s);
    int rc = sections_write(path, &h, sizeof h, s, SECTIONS);
    vec_free(&rows);
    free(rows_at);
    free(row_n);
    return rc;
}

/* Do the numbers that lead from one array into another stay inside? */
static bool is_sound(const struct header *h, const struct section s[SECTIONS])
{
    const struct lexical_entry *e = s[ENTRIES].at;
    const uint32_t *slots = s[SLOTS].at, *row_n = s[ROW_N].at;
    const uint64_t *rows_at = s[ROWS_AT].at;
    if ((h->mask & (h->mask + 1)) != 0 || h->mask == UINT32_MAX) return false;
    uint32_t used = 0;
    for (uint32_t i = 0; i <= h->mask; i++) {
        if (slots[i] > h->terms) return false;
        used += slots[i] != 0;
    }
    if (used > h->mask) return false; /* a search ends at a free slot */
    for (uint32_t t = 0; t < h->terms; t++) {
        if (e[t].text > e[t + 1].text || e[t].at > e[t + 1].at) return false;
        if (e[t].title_bytes > e[t + 1].at - e[t].at) return false;
        for (int part = 0; part < PART_COUNT; part++)
            if (e[t].df[part] > h->docs) return false;
    }
    for (uint32_t doc = 0; doc < h->docs; doc++)
        if (rows_at[doc] > rows_at[doc + 1] || row_n[doc] > h->terms) return false;
    return e[h->terms].text == h->texts_bytes && e[h->terms].at == h->lists_bytes &&
           rows_at[h->docs] == h->rows_bytes;
}

/* The mapping as a segment; NULL when it is not a whole one. */
static struct lexical *segment_of(void *file, size_t size)
{
    struct header h;
    if (size < sizeof h) return NULL;
    memcpy(&h, file, sizeof h);
    if (memcmp(h.magic, magic, sizeof magic) != 0 || h.order != 1 || h.version != VERSION ||
        h.texts_bytes > size || h.lists_bytes > size || h.rows_bytes > size)
        return NULL;
    struct section s[SECTIONS];
    measure(&h, s);
    if (!sections_place(file, size, sizeof h, s, SECTIONS) || sum_of(h, s) != h.sum ||
        !is_sound(&h, s))
        return NULL;
    struct lexical *x = mem_zalloc(1, sizeof *x);
    uint8_t *bytes = file;
    x->docs = h.docs;
    x->terms = h.terms;
    x->mask = h.mask;
    x->seed = h.seed;
    memcpy(x->total, h.total, sizeof x->total);
    bytes += sizeof h + s[KEYS].size;
    x->entries = (struct lexical_entry *)(void *)bytes;
    bytes += s[ENTRIES].size;
    x->rows_at = (uint64_t *)(void *)bytes;
    bytes += s[ROWS_AT].size;
    x->lengths[PART_TITLE] = (uint32_t *)(void *)bytes;
    x->lengths[PART_ALL] = x->lengths[PART_TITLE] + h.docs;
    x->row_n = x->lengths[PART_ALL] + h.docs;
    x->slots = x->row_n + h.docs;
    x->texts = (char *)(x->slots + (size_t)h.mask + 1);
    x->lists = (uint8_t *)x->texts + h.texts_bytes;
    x->rows = x->lists + h.lists_bytes;
    x->file = file;
    x->size = size;
    return x;
}

struct lexical *lexical_open(const char *path, const uint64_t **keys)
{
    size_t size;
    void *file = sections_map(path, &size);
    if (!file) return NULL;
    struct lexical *x = segment_of(file, size);
    if (!x) {
        munmap(file, size);
        errno = 0;
        return NULL;
    }
    *keys = (const uint64_t *)(const void *)((const uint8_t *)file + sizeof(struct header));
    return x;
}
