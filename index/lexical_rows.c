#include "base/base.h"

#include "base/mem.h"
#include "base/vec.h"
#include "index/lexical_impl.h"

#include <string.h>

/* So many documents are turned at a time: some 40 MB. */
enum { AT_ONCE = 16384 };

/* Documents [from, to) and what of them was found so far. */
struct turned {
    const struct lexical *x;
    uint32_t from, to;
    uint32_t *n;    /* terms of each document */
    uint64_t *next; /* of each document: where its next term goes; NULL while counting */
    uint32_t *term, *tf;
};

static void turn_list(struct turned *t, uint32_t term)
{
    struct postings p = lexical_postings(t->x, PART_ALL, term);
    uint32_t doc[POSTINGS_BLOCK], tf[POSTINGS_BLOCK];
    for (uint32_t block = postings_seek(&p, 0, t->from); block <= p.n_blocks; block++) {
        uint32_t n = postings_read(&p, block, doc, tf);
        for (uint32_t i = 0; i < n; i++) {
            if (doc[i] < t->from) continue;
            if (doc[i] >= t->to) return;
            uint32_t at = doc[i] - t->from;
            if (!t->next) {
                t->n[at]++;
                continue;
            }
            t->term[t->next[at]] = term;
            t->tf[t->next[at]++] = tf[i];
        }
    }
}

static void turn_some(struct turned *t, uint64_t *at, struct bytes *rows)
{
    uint32_t docs = t->to - t->from;
    memset(t->n, 0, docs * sizeof *t->n);
    for (uint32_t term = 0; term < t->x->terms; term++) turn_list(t, term);
    uint64_t total = 0;
    uint64_t *next = mem_alloc(docs, sizeof *next);
    for (uint32_t doc = 0; doc < docs; doc++) {
        next[doc] = total;
        total += t->n[doc];
    }
    t->term = mem_alloc(total, sizeof *t->term);
    t->tf = mem_alloc(total, sizeof *t->tf);
    t->next = next;
    for (uint32_t term = 0; term < t->x->terms; term++) turn_list(t, term);
    for (uint32_t doc = 0; doc < docs; doc++) {
        uint64_t first = next[doc] - t->n[doc];
        at[doc] = rows->len;
        postings_write(rows, t->term + first, t->tf + first, t->n[doc], NULL);
    }
    free(t->term);
    free(t->tf);
    free(next);
    t->next = NULL;
}

void lexical_turn(const struct lexical *x, uint64_t *at, uint32_t *n, struct bytes *rows)
{
    struct turned t = {.x = x};
    for (uint32_t from = 0; from < x->docs; from = t.to) {
        t.from = from;
        t.to = from + MIN(x->docs - from, (uint32_t)AT_ONCE);
        t.n = n + from;
        turn_some(&t, at + from, rows);
    }
    at[x->docs] = rows->len;
}
