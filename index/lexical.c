#include "base/base.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/vec.h"
#include "index/lexical.h"

#include <string.h>

struct term_entry {
    uint32_t df[PART_COUNT];
    uint32_t n;   /* postings */
    size_t first; /* index of the first posting (finished segment) */
};

typedef VEC(struct posting) posting_list;

struct lexical_builder {
    struct map *terms;               /* term -> index into entries and lists */
    VEC(struct term_entry) entries;
    VEC(posting_list) lists;
    VEC(uint32_t) lengths;           /* PART_COUNT per document */
    uint64_t total[PART_COUNT];
};

struct lexical {
    struct map *terms;
    struct term_entry *entries;
    struct posting *postings;        /* all terms' lists, one after another */
    uint32_t *lengths;
    uint32_t docs;
    uint64_t total[PART_COUNT];
};

struct lexical_builder *lexical_builder_new(void)
{
    struct lexical_builder *b = mem_zalloc(1, sizeof *b);
    b->terms = map_new();
    return b;
}

static void count_part(struct lexical_builder *b, const struct bag *bag, enum part part,
                       uint32_t doc)
{
    for (size_t i = 0; i < bag->n; i++) {
        const struct bag_term *t = &bag->terms[i];
        uint32_t fresh = (uint32_t)b->entries.len;
        uint32_t at = map_add(b->terms, t->term, t->len, fresh);
        if (at == fresh) {
            vec_push(&b->entries, (struct term_entry){0});
            vec_push(&b->lists, (posting_list){0});
        }
        posting_list *list = &b->lists.at[at];
        if (!list->len || list->at[list->len - 1].doc != doc)
            vec_push(list, (struct posting){.doc = doc});
        list->at[list->len - 1].tf[part] = (uint16_t)MIN(t->count, (uint32_t)UINT16_MAX);
        b->entries.at[at].df[part]++;
    }
    vec_push(&b->lengths, bag->length);
    b->total[part] += bag->length;
}

void lexical_builder_add(struct lexical_builder *b, const struct bag bags[PART_COUNT])
{
    uint32_t doc = (uint32_t)(b->lengths.len / PART_COUNT);
    for (int part = 0; part < PART_COUNT; part++) count_part(b, &bags[part], (enum part)part, doc);
}

struct lexical *lexical_builder_finish(struct lexical_builder *b)
{
    struct lexical *x = mem_zalloc(1, sizeof *x);
    size_t n = 0;
    for (size_t i = 0; i < b->lists.len; i++) n += b->lists.at[i].len;
    x->postings = mem_alloc(n, sizeof *x->postings);
    n = 0;
    for (size_t i = 0; i < b->lists.len; i++) {
        posting_list *list = &b->lists.at[i];
        b->entries.at[i].first = n;
        b->entries.at[i].n = (uint32_t)list->len;
        memcpy(x->postings + n, list->at, list->len * sizeof *list->at);
        n += list->len;
        vec_free(list);
    }
    x->terms = b->terms;
    x->entries = b->entries.at;
    x->lengths = b->lengths.at;
    x->docs = (uint32_t)(b->lengths.len / PART_COUNT);
    memcpy(x->total, b->total, sizeof x->total);
    vec_free(&b->lists);
    free(b);
    return x;
}

void lexical_free(struct lexical *x)
{
    if (!x) return;
    map_free(x->terms);
    free(x->entries);
    free(x->postings);
    free(x->lengths);
    free(x);
}

uint32_t lexical_docs(const struct lexical *x)
{
    return x->docs;
}

uint64_t lexical_length(const struct lexical *x, enum part part)
{
    return x->total[part];
}

uint32_t lexical_doc_length(const struct lexical *x, enum part part, uint32_t doc)
{
    return x->lengths[(size_t)doc * PART_COUNT + part];
}

uint32_t lexical_df(const struct lexical *x, enum part part, const char *term, size_t len)
{
    uint32_t at = map_get(x->terms, term, len);
    return at == MAP_ABSENT ? 0 : x->entries[at].df[part];
}

const struct posting *lexical_postings(const struct lexical *x, const char *term, size_t len,
                                       size_t *n)
{
    uint32_t at = map_get(x->terms, term, len);
    *n = at == MAP_ABSENT ? 0 : x->entries[at].n;
    return *n ? x->postings + x->entries[at].first : NULL;
}
