#include "base/base.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/vec.h"
#include "index/lexical_impl.h"
#include "index/sections.h"

#include <string.h>
#include <sys/random.h>

/* ---- making ---------------------------------------------------------------------------------- */

typedef VEC(uint32_t) numbers;

/* A segment in the making: terms come in bytewise order, with their lists. */
struct maker {
    struct lexical *x;
    VEC(struct lexical_entry) entries;
    struct bytes texts, lists;
    VEC(float) peaks;
};

/* docs documents, whose lengths the caller fills in. */
static struct lexical *lexical_blank(uint32_t docs)
{
    struct lexical *x = mem_zalloc(1, sizeof *x);
    x->docs = docs;
    for (int part = 0; part < PART_COUNT; part++)
        x->lengths[part] = mem_alloc(docs, sizeof *x->lengths[part]);
    return x;
}

static void maker_init(struct maker *m, struct lexical *x)
{
    *m = (struct maker){.x = x};
    for (int part = 0; part < PART_COUNT; part++)
        for (uint32_t doc = 0; doc < x->docs; doc++) x->total[part] += x->lengths[part][doc];
}

static void maker_term(struct maker *m, const char *term, size_t len)
{
    vec_push(&m->entries,
             (struct lexical_entry){.at = m->lists.len, .text = (uint32_t)m->texts.len});
    vec_reserve(&m->texts, len);
    memcpy(m->texts.at + m->texts.len, term, len);
    m->texts.len += len;
}

/* The list of the last term, titles first; n may be 0. */
static void maker_list(struct maker *m, enum part part, const uint32_t *doc, const uint32_t *tf,
                       uint32_t n)
{
    const uint32_t *length = m->x->lengths[part];
    float flat = BM25_K1 * (1.0f - BM25_B), slope = lexical_slope(m->x, part);
    m->peaks.len = 0;
    for (uint32_t i = 0; i + POSTINGS_BLOCK <= n; i += POSTINGS_BLOCK) {
        float peak = 0;
        for (uint32_t k = i; k < i + POSTINGS_BLOCK; k++) {
            float ratio = (float)tf[k] / (flat + slope * (float)length[doc[k]]);
            peak = ratio > peak ? ratio : peak;
        }
        vec_push(&m->peaks, peak);
    }
    struct lexical_entry *e = &m->entries.at[m->entries.len - 1];
    postings_write(&m->lists, doc, tf, n, m->peaks.at);
    e->df[part] = n;
    if (part == PART_TITLE) e->title_bytes = (uint32_t)(m->lists.len - e->at);
}

uint32_t lexical_slot(const struct lexical *x, const char *term, size_t len)
{
    return (uint32_t)hash_bytes(x->seed, term, len) & x->mask;
}

static void hash_terms(struct lexical *x)
{
    /* A seed that could not be drawn stays 0: it still works, only less guarded. */
    if (getrandom(&x->seed, sizeof x->seed, GRND_NONBLOCK) != (ssize_t)sizeof x->seed) x->seed = 0;
    x->mask = 15;
    while (x->mask / 4 * 3 < x->terms) x->mask = x->mask * 2 + 1;
    x->slots = mem_zalloc((size_t)x->mask + 1, sizeof *x->slots);
    for (uint32_t t = 0; t < x->terms; t++) {
        size_t len;
        const char *term = lexical_term(x, t, &len);
        uint32_t at = lexical_slot(x, term, len);
        while (x->slots[at]) at = (at + 1) & x->mask;
        x->slots[at] = t + 1;
    }
}

static struct lexical *maker_finish(struct maker *m)
{
    struct lexical *x = m->x;
    x->terms = (uint32_t)m->entries.len;
    vec_push(&m->entries,
             (struct lexical_entry){.at = m->lists.len, .text = (uint32_t)m->texts.len});
    x->entries = mem_realloc(m->entries.at, m->entries.len, sizeof *x->entries);
    x->texts = mem_realloc(m->texts.at, m->texts.len, 1);
    x->lists = mem_realloc(m->lists.at, m->lists.len, 1);
    vec_free(&m->peaks);
    hash_terms(x);
    return x;
}

/* ---- from documents -------------------------------------------------------------------------- */

/* A term in a document, as they come. */
struct hit {
    uint32_t term, doc, tf;
};

struct lexical_builder {
    struct map *terms; /* term -> number, in order of first sight */
    VEC(struct hit) hits[PART_COUNT];
    numbers last[PART_COUNT]; /* of each term: its latest hit, counted from 1 */
    numbers lengths[PART_COUNT];
};

struct lexical_builder *lexical_builder_new(void)
{
    struct lexical_builder *b = mem_zalloc(1, sizeof *b);
    b->terms = map_new();
    return b;
}

static void add_hit(struct lexical_builder *b, enum part part, uint32_t term, uint32_t doc)
{
    uint32_t last = b->last[part].at[term];
    struct hit *hit = last ? &b->hits[part].at[last - 1] : NULL;
    if (hit && hit->doc == doc) {
        hit->tf += hit->tf < UINT16_MAX;
        return;
    }
    vec_push(&b->hits[part], (struct hit){term, doc, 1});
    b->last[part].at[term] = (uint32_t)b->hits[part].len;
}

void lexical_builder_add(struct lexical_builder *b, const struct token *tokens, size_t n,
                         size_t n_title)
{
    uint32_t doc = (uint32_t)b->lengths[0].len, length[PART_COUNT] = {0};
    for (size_t i = 0; i < n; i++) {
        uint32_t fresh = (uint32_t)map_count(b->terms);
        uint32_t term = map_add(b->terms, tokens[i].term, tokens[i].len, fresh);
        bool counts = !term_is_pair(tokens[i].term, tokens[i].len);
        for (int part = 0; part < PART_COUNT; part++) {
            if (term == fresh) vec_push(&b->last[part], 0);
            if (part == PART_TITLE && i >= n_title) continue;
            add_hit(b, (enum part)part, term, doc);
            length[part] += counts;
        }
    }
    for (int part = 0; part < PART_COUNT; part++) vec_push(&b->lengths[part], length[part]);
}

/* A term with its first eight bytes as a number that orders as they do. */
struct named {
    uint64_t head;
    const char *term;
    uint32_t len, number;
};

static int by_name(const void *x, const void *y)
{
    const struct named *a = x, *b = y;
    if (a->head != b->head) return a->head < b->head ? -1 : 1;
    int order = memcmp(a->term, b->term, MIN(a->len, b->len));
    return order ? order : (a->len > b->len) - (a->len < b->len);
}

static struct named *sorted_terms(const struct map *terms)
{
    struct named *all = mem_alloc(map_count(terms), sizeof *all);
    const char *term;
    size_t len, at = 0, n = 0;
    uint32_t number;
    while (map_next(terms, &at, &term, &len, &number)) {
        uint64_t head = 0;
        for (size_t i = 0; i < 8; i++) head = head << 8 | (i < len ? (uint8_t)term[i] : 0);
        all[n++] = (struct named){head, term, (uint32_t)len, number};
    }
    qsort(all, n, sizeof *all, by_name);
    return all;
}

/* Lists of a part's documents and counts, by term: those of term t stand at [first[t], first[t +
 * 1]). */
struct grouped {
    uint32_t *first, *doc, *tf;
};

/* By counting, so that documents stay in order. */
static struct grouped group(const struct hit *hits, size_t n, size_t terms)
{
    struct grouped g = {mem_zalloc(terms + 2, sizeof *g.first), mem_alloc(n, sizeof *g.doc),
                        mem_alloc(n, sizeof *g.tf)};
    for (size_t i = 0; i < n; i++) g.first[hits[i].term + 2]++;
    for (size_t t = 0; t < terms; t++) g.first[t + 2] += g.first[t + 1];
    for (size_t i = 0; i < n; i++) {
        uint32_t to = g.first[hits[i].term + 1]++;
        g.doc[to] = hits[i].doc;
        g.tf[to] = hits[i].tf;
    }
    return g;
}

struct lexical *lexical_builder_finish(struct lexical_builder *b)
{
    struct lexical *x = lexical_blank((uint32_t)b->lengths[0].len);
    size_t terms = map_count(b->terms);
    struct grouped groups[PART_COUNT];
    for (int part = 0; part < PART_COUNT; part++) {
        if (x->docs)
            memcpy(x->lengths[part], b->lengths[part].at, x->docs * sizeof *x->lengths[part]);
        groups[part] = group(b->hits[part].at, b->hits[part].len, terms);
    }
    struct maker m;
    maker_init(&m, x);
    struct named *sorted = sorted_terms(b->terms);
    for (size_t i = 0; i < terms; i++) {
        maker_term(&m, sorted[i].term, sorted[i].len);
        for (int part = 0; part < PART_COUNT; part++) {
            const struct grouped *g = &groups[part];
            uint32_t from = g->first[sorted[i].number];
            maker_list(&m, (enum part)part, g->doc + from, g->tf + from,
                       g->first[sorted[i].number + 1] - from);
        }
    }
    free(sorted);
    for (int part = 0; part < PART_COUNT; part++) {
        free(groups[part].first);
        free(groups[part].doc);
        free(groups[part].tf);
        vec_free(&b->hits[part]);
        vec_free(&b->lengths[part]);
        vec_free(&b->last[part]);
    }
    map_free(b->terms);
    free(b);
    return maker_finish(&m);
}

/* ---- from segments --------------------------------------------------------------------------- */

#define GONE UINT32_MAX

/* One segment that is being merged. */
struct source {
    const struct lexical *x;
    uint32_t *number; /* of each document in the new segment, or GONE; NULL: first + its own */
    uint32_t first;
    uint32_t term; /* the next one */
};

static bool all_kept(const uint8_t *keep, uint32_t docs)
{
    return !keep || !memchr(keep, 0, docs);
}

/* Numbers a source's documents from `next` on; returns the number after them. */
static uint32_t number_docs(struct source *s, const uint8_t *keep, uint32_t next)
{
    s->first = next;
    if (all_kept(keep, s->x->docs)) return next + s->x->docs;
    s->number = mem_alloc(s->x->docs, sizeof *s->number);
    for (uint32_t doc = 0; doc < s->x->docs; doc++) s->number[doc] = keep[doc] ? next++ : GONE;
    return next;
}

static uint32_t new_number(const struct source *s, uint32_t doc)
{
    return s->number ? s->number[doc] : s->first + doc;
}

static int compare_next(const struct source *a, const struct source *b)
{
    size_t a_len, b_len;
    const char *x = lexical_term(a->x, a->term, &a_len), *y = lexical_term(b->x, b->term, &b_len);
    int order = memcmp(x, y, MIN(a_len, b_len));
    return order ? order : (a_len > b_len) - (a_len < b_len);
}

/* Appends a list with its documents' new numbers. */
static void take_list(const struct source *s, enum part part, numbers *doc, numbers *tf)
{
    struct postings p = lexical_postings(s->x, part, s->term);
    vec_reserve(doc, (size_t)p.n + POSTINGS_BLOCK);
    vec_reserve(tf, (size_t)p.n + POSTINGS_BLOCK);
    for (uint32_t block = 0; block <= p.n_blocks; block++) {
        uint32_t *docs = doc->at + doc->len, *tfs = tf->at + tf->len;
        uint32_t n = postings_read(&p, block, docs, tfs), kept = 0;
        if (!s->number) {
            for (uint32_t i = 0; i < n; i++) docs[i] += s->first;
            kept = n;
        } else {
            for (uint32_t i = 0; i < n; i++) {
                docs[kept] = s->number[docs[i]];
                tfs[kept] = tfs[i];
                kept += docs[kept] != GONE;
            }
        }
        doc->len += kept;
        tf->len += kept;
    }
}

/* The next term in order: those sources that have it, in their order, come to the front of at. */
static size_t next_sources(struct source *all, size_t n, struct source **at)
{
    size_t found = 0;
    for (size_t i = 0; i < n; i++) {
        if (all[i].term == all[i].x->terms) continue;
        int order = found ? compare_next(&all[i], at[0]) : -1;
        if (order < 0) found = 0;
        if (order <= 0) at[found++] = &all[i];
    }
    return found;
}

struct lexical *lexical_merge(const struct lexical *const *segments, const uint8_t *const *keep,
                              size_t n)
{
    struct source *sources = mem_zalloc(n, sizeof *sources), **at = mem_alloc(n, sizeof *at);
    uint32_t docs = 0;
    for (size_t i = 0; i < n; i++) {
        sources[i].x = segments[i];
        docs = number_docs(&sources[i], keep[i], docs);
    }
    struct lexical *x = lexical_blank(docs);
    for (size_t i = 0; i < n; i++)
        for (uint32_t doc = 0; doc < segments[i]->docs; doc++)
            for (int part = 0; part < PART_COUNT; part++)
                if (new_number(&sources[i], doc) != GONE)
                    x->lengths[part][new_number(&sources[i], doc)] =
                        segments[i]->lengths[part][doc];
    struct maker m;
    maker_init(&m, x);
    numbers doc[PART_COUNT] = {0}, tf[PART_COUNT] = {0};
    for (size_t found; (found = next_sources(sources, n, at)) > 0;) {
        size_t len, postings = 0;
        const char *term = lexical_term(at[0]->x, at[0]->term, &len);
        for (int part = 0; part < PART_COUNT; part++) {
            doc[part].len = tf[part].len = 0;
            for (size_t i = 0; i < found; i++)
                take_list(at[i], (enum part)part, &doc[part], &tf[part]);
            postings += doc[part].len;
        }
        if (postings) maker_term(&m, term, len);
        for (int part = 0; postings && part < PART_COUNT; part++)
            maker_list(&m, (enum part)part, doc[part].at, tf[part].at, (uint32_t)doc[part].len);
        for (size_t i = 0; i < found; i++) at[i]->term++;
    }
    for (int part = 0; part < PART_COUNT; part++) {
        vec_free(&doc[part]);
        vec_free(&tf[part]);
    }
    for (size_t i = 0; i < n; i++) free(sources[i].number);
    free(sources);
    free(at);
    return maker_finish(&m);
}

void lexical_free(struct lexical *x)
{
    if (!x) return;
    if (x->file) {
        sections_free(x->file);
        free(x);
        return;
    }
    for (int part = 0; part < PART_COUNT; part++) free(x->lengths[part]);
    free(x->entries);
    free(x->texts);
    free(x->lists);
    free(x->slots);
    free(x);
}

/* ---- reading --------------------------------------------------------------------------------- */

uint32_t lexical_docs(const struct lexical *x)
{
    return x->docs;
}

uint64_t lexical_length(const struct lexical *x, enum part part)
{
    return x->total[part];
}

const uint32_t *lexical_lengths(const struct lexical *x, enum part part)
{
    return x->lengths[part];
}

uint32_t lexical_terms(const struct lexical *x)
{
    return x->terms;
}

const char *lexical_term(const struct lexical *x, uint32_t term, size_t *len)
{
    *len = x->entries[term + 1].text - x->entries[term].text;
    return x->texts + x->entries[term].text;
}

uint32_t lexical_find(const struct lexical *x, const char *term, size_t len)
{
    for (uint32_t at = lexical_slot(x, term, len); x->slots[at]; at = (at + 1) & x->mask) {
        size_t other_len;
        const char *other = lexical_term(x, x->slots[at] - 1, &other_len);
        if (other_len == len && memcmp(other, term, len) == 0) return x->slots[at] - 1;
    }
    return LEXICAL_ABSENT;
}

struct postings lexical_postings(const struct lexical *x, enum part part, uint32_t term)
{
    if (term == LEXICAL_ABSENT) return (struct postings){0};
    const struct lexical_entry *e = &x->entries[term];
    uint64_t middle = e->at + e->title_bytes;
    uint64_t from = part == PART_TITLE ? e->at : middle;
    uint64_t end = part == PART_TITLE ? middle : e[1].at;
    return postings_open(x->lists + from, end - from, e->df[part]);
}

bool lexical_has_rows(const struct lexical *x)
{
    return x->rows != NULL;
}

struct postings lexical_row(const struct lexical *x, uint32_t doc)
{
    uint64_t from = x->rows_at[doc];
    return postings_open(x->rows + from, x->rows_at[doc + 1] - from, x->row_n[doc]);
}

float lexical_slope(const struct lexical *x, enum part part)
{
    double length = (double)x->total[part];
    return length > 0 ? (float)(BM25_K1 * BM25_B * (double)x->docs / length) : 0.0f;
}

const struct sections *lexical_file(const struct lexical *x)
{
    return x->file;
}

size_t lexical_bytes(const struct lexical *x)
{
    return sizeof *x + (size_t)x->docs * PART_COUNT * sizeof(uint32_t) +
           ((size_t)x->terms + 1) * sizeof *x->entries + x->entries[x->terms].text +
           x->entries[x->terms].at + ((size_t)x->mask + 1) * sizeof *x->slots +
           (x->rows
                ? x->rows_at[x->docs] + (size_t)x->docs * (sizeof *x->rows_at + sizeof *x->row_n)
                : 0);
}
