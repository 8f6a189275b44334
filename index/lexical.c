#include "base/base.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/vec.h"
#include "index/lexical.h"

#include <string.h>

struct term_entry {
    const char *term; /* the map's copy (finished segment) */
    uint32_t len;
    uint32_t df[PART_COUNT];
    uint32_t n;   /* postings */
    size_t first; /* index of the first posting (finished segment) */
};

typedef VEC(struct posting) posting_list;

struct lexical_builder {
    struct map *terms; /* term -> index into entries and lists */
    VEC(struct term_entry) entries;
    VEC(posting_list) lists;
    VEC(uint32_t) lengths; /* PART_COUNT per document */
    uint64_t total[PART_COUNT];
};

struct lexical {
    struct map *terms;
    struct term_entry *entries;
    struct posting *postings; /* all terms' lists, one after another */
    uint32_t *lengths;
    uint32_t docs, n_terms;
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

/* Points each entry at the map's copy of its term. */
static void name_entries(struct lexical *x)
{
    const char *term;
    size_t len, at = 0;
    uint32_t i;
    while (map_next(x->terms, &at, &term, &len, &i)) {
        x->entries[i].term = term;
        x->entries[i].len = (uint32_t)len;
    }
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
    x->n_terms = (uint32_t)b->entries.len;
    x->lengths = b->lengths.at;
    x->docs = (uint32_t)(b->lengths.len / PART_COUNT);
    memcpy(x->total, b->total, sizeof x->total);
    vec_free(&b->lists);
    free(b);
    name_entries(x);
    return x;
}

#define GONE UINT32_MAX

/* The new numbers of a segment's documents, from `next` on; copies the lengths of those kept. */
static uint32_t *renumber(struct lexical *x, const struct lexical *from, const uint8_t *keep)
{
    uint32_t *number = mem_alloc(from->docs, sizeof *number);
    for (uint32_t doc = 0; doc < from->docs; doc++) {
        number[doc] = GONE;
        if (keep && !keep[doc]) continue;
        for (size_t part = 0; part < PART_COUNT; part++) {
            uint32_t length = from->lengths[(size_t)doc * PART_COUNT + part];
            x->lengths[(size_t)x->docs * PART_COUNT + part] = length;
            x->total[part] += length;
        }
        number[doc] = x->docs++;
    }
    return number;
}

/* Counts the postings that each term will have; counts terms that are new. */
static void merge_counts(struct lexical *x, const struct lexical *from, const uint32_t *number)
{
    for (uint32_t i = 0; i < from->n_terms; i++) {
        const struct term_entry *e = &from->entries[i];
        struct term_entry sum = {0};
        for (uint32_t k = 0; k < e->n; k++) {
            const struct posting *p = &from->postings[e->first + k];
            if (number[p->doc] == GONE) continue;
            sum.n++;
            for (size_t part = 0; part < PART_COUNT; part++) sum.df[part] += p->tf[part] > 0;
        }
        if (!sum.n) continue;
        uint32_t at = map_add(x->terms, e->term, e->len, x->n_terms);
        if (at == x->n_terms) x->entries[x->n_terms++] = (struct term_entry){0};
        x->entries[at].n += sum.n;
        for (size_t part = 0; part < PART_COUNT; part++) x->entries[at].df[part] += sum.df[part];
    }
}

/* Appends a segment's postings to the lists laid out by merge_counts; n counts up again. */
static void merge_postings(struct lexical *x, const struct lexical *from, const uint32_t *number)
{
    for (uint32_t i = 0; i < from->n_terms; i++) {
        const struct term_entry *e = &from->entries[i];
        uint32_t at = map_get(x->terms, e->term, e->len);
        if (at == MAP_ABSENT) continue;
        struct term_entry *to = &x->entries[at];
        for (uint32_t k = 0; k < e->n; k++) {
            struct posting p = from->postings[e->first + k];
            p.doc = number[p.doc];
            if (p.doc != GONE) x->postings[to->first + to->n++] = p;
        }
    }
}

struct lexical *lexical_merge(const struct lexical *const *segments, const uint8_t *const *keep,
                              size_t n)
{
    struct lexical *x = mem_zalloc(1, sizeof *x);
    uint32_t **number = mem_alloc(n, sizeof *number);
    size_t docs = 0, terms = 0, postings = 0;
    for (size_t i = 0; i < n; i++) {
        docs += segments[i]->docs;
        terms += segments[i]->n_terms;
    }
    x->terms = map_new();
    x->lengths = mem_alloc(docs * PART_COUNT, sizeof *x->lengths);
    x->entries = mem_alloc(terms, sizeof *x->entries);
    for (size_t i = 0; i < n; i++) {
        number[i] = renumber(x, segments[i], keep[i]);
        merge_counts(x, segments[i], number[i]);
    }
    x->entries = mem_realloc(x->entries, x->n_terms, sizeof *x->entries);
    name_entries(x);
    for (uint32_t i = 0; i < x->n_terms; i++) {
        x->entries[i].first = postings;
        postings += x->entries[i].n;
        x->entries[i].n = 0;
    }
    x->postings = mem_alloc(postings, sizeof *x->postings);
    for (size_t i = 0; i < n; i++) {
        merge_postings(x, segments[i], number[i]);
        free(number[i]);
    }
    free(number);
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

uint32_t lexical_terms(const struct lexical *x)
{
    return x->n_terms;
}

const char *lexical_term(const struct lexical *x, uint32_t term, size_t *len)
{
    *len = x->entries[term].len;
    return x->entries[term].term;
}

const struct posting *lexical_term_postings(const struct lexical *x, uint32_t term, size_t *n)
{
    *n = x->entries[term].n;
    return x->postings + x->entries[term].first;
}
