#include "base/base.h"

#include "base/mem.h"
#include "index/snapshot.h"

#include <string.h>

/* ---- documents that are gone ----------------------------------------------------------------- */

static struct ghosts ghosts_hold(const struct ghosts *g)
{
    for (size_t i = 0; i < g->n; i++)
        atomic_fetch_add_explicit(&g->at[i]->refs, 1, memory_order_relaxed);
    return *g;
}

static void ghosts_release(struct ghosts *g)
{
    for (size_t i = 0; i < g->n; i++) {
        if (atomic_fetch_sub_explicit(&g->at[i]->refs, 1, memory_order_acq_rel) != 1) continue;
        lexical_free(g->at[i]->words);
        free(g->at[i]);
    }
    g->n = 0;
}

/* Takes words. As with segments, a few of falling size, so that a word is copied seldom. */
static void ghosts_add(struct ghosts *g, struct lexical *words)
{
    while (g->n && (g->n == GHOSTS_MAX ||
                    lexical_docs(g->at[g->n - 1]->words) <= 4 * lexical_docs(words))) {
        struct ghosts last = {1, {g->at[--g->n]}};
        const struct lexical *const both[] = {last.at[0]->words, words};
        const uint8_t *const keep[] = {NULL, NULL};
        struct lexical *merged = lexical_merge(both, keep, 2);
        lexical_free(words);
        ghosts_release(&last);
        words = merged;
    }
    struct ghost *one = mem_alloc(1, sizeof *one);
    atomic_init(&one->refs, 1);
    one->words = words;
    g->at[g->n++] = one;
}

uint32_t ghosts_df(const struct ghosts *g, enum part part, const char *term, size_t len)
{
    uint32_t df = 0;
    for (size_t i = 0; i < g->n; i++) {
        const struct lexical *x = g->at[i]->words;
        df += lexical_postings(x, part, lexical_find(x, term, len)).n;
    }
    return df;
}

/* ---- a shelf in the making ------------------------------------------------------------------- */

struct run {
    struct segment *segment; /* held */
    uint8_t *live;           /* owned */
    uint32_t n_live;
    struct ghosts ghosts; /* held */
};

struct draft {
    size_t n;
    struct run runs[SHELF_SEGMENTS + 1];
};

static void run_free(struct run *r)
{
    segment_release(r->segment);
    ghosts_release(&r->ghosts);
    free(r->live);
}

/* Puts one run in the place of runs [from, to). */
static void draft_replace(struct draft *d, size_t from, size_t to, struct run r)
{
    for (size_t i = from; i < to; i++) run_free(&d->runs[i]);
    memmove(&d->runs[from + 1], &d->runs[to], (d->n - to) * sizeof d->runs[0]);
    d->n -= to - from - 1;
    d->runs[from] = r;
}

/* A segment of which most was replaced is made anew by itself. And a segment joins all behind it
 * when it has at most twice as many documents as they have together, so that sizes more than halve
 * from one to the next, and a document is copied O(log n) times in its life. */
static bool wants_merge(const uint32_t *live, struct segment *const *segments, size_t n,
                        size_t busy, size_t *from, size_t *to)
{
    uint64_t behind = 0;
    *from = *to = n;
    for (size_t i = n; i-- > busy;) {
        if (segments[i]->rows / 2 > live[i] && live[i]) {
            *from = i;
            *to = i + 1;
        } else if (i + 1 < n && live[i] <= 2 * behind) {
            *from = i;
            *to = n;
        }
        behind += live[i];
    }
    return *from < n;
}

bool shelf_wants_merge(const struct shelf *s, size_t *from, size_t *to)
{
    return wants_merge(s->segment_live, s->segments, s->n_segments, 0, from, to);
}

/* Merges what is small enough to be done at once. The first `busy` runs stay as they are. */
static void draft_merge(struct draft *d, size_t busy, struct pieces *pieces)
{
    for (;;) {
        struct segment *segments[SHELF_SEGMENTS + 1];
        const uint8_t *keep[SHELF_SEGMENTS + 1];
        uint32_t live[SHELF_SEGMENTS + 1], total = 0;
        size_t from, to, start = d->n;
        /* The longest tail that may be merged at once: the rest is left to the background. */
        while (start > busy && total + d->runs[start - 1].segment->rows <= MERGE_AT_ONCE)
            total += d->runs[--start].segment->rows;
        for (size_t i = 0; i < d->n; i++) {
            segments[i] = d->runs[i].segment;
            keep[i] = d->runs[i].live;
            live[i] = d->runs[i].n_live;
        }
        if (!wants_merge(live, segments, d->n, start, &from, &to)) return;
        struct run merged = {0};
        merged.segment = segment_merge(segments + from, keep + from, to - from, pieces, NULL);
        merged.n_live = merged.segment->rows;
        merged.live = mem_alloc(merged.n_live, 1);
        memset(merged.live, 1, merged.n_live);
        draft_replace(d, from, to, merged);
    }
}

/* Takes the draft's holdings; the sums are left to the caller. */
static struct shelf *shelf_of(struct draft *d)
{
    struct shelf *s = mem_zalloc(1, sizeof *s);
    atomic_init(&s->refs, 1);
    s->n_segments = d->n;
    for (size_t i = 0; i < d->n; i++) {
        s->segments[i] = d->runs[i].segment;
        s->ghosts[i] = d->runs[i].ghosts;
        s->segment_live[i] = d->runs[i].n_live;
        s->first[i + 1] = s->first[i] + s->segments[i]->rows;
        s->n_live += s->segment_live[i];
    }
    s->live = mem_alloc(s->first[d->n], 1);
    for (size_t i = 0; i < d->n; i++) {
        memcpy(s->live + s->first[i], d->runs[i].live, s->segments[i]->rows);
        free(d->runs[i].live);
    }
    return s;
}

struct shelf *shelf_empty(void)
{
    return shelf_of(&(struct draft){0});
}

static struct run run_hold(const struct shelf *s, size_t i)
{
    struct run r = {.segment = s->segments[i], .n_live = s->segment_live[i]};
    atomic_fetch_add_explicit(&r.segment->refs, 1, memory_order_relaxed);
    r.live = mem_dup(s->live + s->first[i], r.segment->rows);
    r.ghosts = ghosts_hold(&s->ghosts[i]);
    return r;
}

/* Marks rows of a run as gone. */
static void run_bury(struct run *r, const uint32_t *rows, uint32_t n,
                     const struct segment_tools *tools)
{
    for (uint32_t i = 0; i < n; i++) r->live[rows[i]] = 0;
    r->n_live -= n;
    if (!r->n_live) return;
    const struct documents *d = r->segment->documents;
    ghosts_add(&r->ghosts, documents_words(d, rows, n, tools->pool, tools->analyzers));
}

struct shelf *shelf_update(const struct shelf *old, const uint32_t *dead, size_t n_dead,
                           struct segment *fresh, size_t busy, const struct segment_tools *tools)
{
    struct draft d = {0};
    uint64_t texts = old->texts, length[PART_COUNT];
    memcpy(length, old->length, sizeof length);
    uint32_t *rows = mem_alloc(n_dead, sizeof *rows);
    for (size_t i = 0, k = 0; i < old->n_segments; i++) {
        struct run r = run_hold(old, i);
        uint32_t n = 0;
        for (; k < n_dead && dead[k] < old->first[i + 1]; k++) {
            uint32_t row = rows[n++] = dead[k] - old->first[i];
            texts -= r.segment->documents->texts[row];
            for (int part = 0; part < PART_COUNT; part++)
                length[part] -= lexical_lengths(r.segment->lexical, (enum part)part)[row];
        }
        if (n) run_bury(&r, rows, n, tools);
        if (r.n_live || i < busy)
            d.runs[d.n++] = r;
        else
            run_free(&r);
    }
    free(rows);
    if (fresh) {
        struct run r = {.segment = fresh, .n_live = fresh->rows};
        r.live = mem_alloc(fresh->rows, 1);
        memset(r.live, 1, fresh->rows);
        d.runs[d.n++] = r;
        for (uint32_t row = 0; row < fresh->rows; row++) texts += fresh->documents->texts[row];
        for (int part = 0; part < PART_COUNT; part++)
            length[part] += lexical_length(fresh->lexical, (enum part)part);
    }
    draft_merge(&d, busy, tools->pieces);
    struct shelf *s = shelf_of(&d);
    s->texts = texts;
    memcpy(s->length, length, sizeof length);
    return s;
}

/* The vectors that a row got while it was being merged. */
static void take_vectors(struct segment *to, uint32_t to_row, const struct segment *from,
                         uint32_t row)
{
    for (int part = 0; part < PART_COUNT; part++) {
        const float *v = segment_vector(from, (enum part)part, row);
        if (v && !segment_vector(to, (enum part)part, to_row))
            segment_set_vector(to, (enum part)part, to_row, v);
    }
}

struct shelf *shelf_put_merged(const struct shelf *old, size_t from, size_t to,
                               const struct shelf *then, struct segment *merged,
                               const struct segment_tools *tools)
{
    struct draft d = {0};
    for (size_t i = 0; i < old->n_segments; i++) d.runs[d.n++] = run_hold(old, i);
    struct run r = {.segment = merged, .n_live = merged->rows};
    r.live = mem_alloc(merged->rows, 1);
    memset(r.live, 1, merged->rows);
    uint32_t row = 0, n = 0, *died = mem_alloc(merged->rows, sizeof *died);
    for (size_t i = from; i < to; i++) {
        for (uint32_t k = 0; k < old->segments[i]->rows; k++) {
            if (!then->live[then->first[i] + k]) continue;
            take_vectors(merged, row, old->segments[i], k);
            if (!old->live[old->first[i] + k]) died[n++] = row;
            row++;
        }
    }
    if (n) run_bury(&r, died, n, tools);
    free(died);
    draft_replace(&d, from, to, r);
    struct shelf *s = shelf_of(&d);
    s->texts = old->texts;
    memcpy(s->length, old->length, sizeof s->length);
    return s;
}

/* The words of rows that are gone, of which there may be many: either way costs less where the
 * other costs more. */
static void bury_all(struct run *r, const struct segment_tools *tools)
{
    enum { MANY = 16 /* one row of so many */ };
    uint32_t rows = r->segment->rows, n = 0;
    uint32_t *gone = mem_alloc(rows, sizeof *gone);
    uint8_t *keep = mem_alloc(rows, 1);
    for (uint32_t row = 0; row < rows; row++) {
        keep[row] = !r->live[row];
        if (keep[row]) gone[n++] = row;
    }
    r->n_live = rows;
    if (n && n < rows / MANY) {
        run_bury(r, gone, n, tools);
    } else if (n) {
        const struct lexical *const words[] = {r->segment->lexical};
        const uint8_t *const kept[] = {keep};
        ghosts_add(&r->ghosts, lexical_merge(words, kept, 1));
        r->n_live -= n;
    }
    free(gone);
    free(keep);
}

struct shelf *shelf_insert(const struct shelf *old, struct segment *restored, const uint8_t *live,
                           const struct segment_tools *tools)
{
    struct run r = {.segment = restored, .live = mem_dup(live, restored->rows)};
    uint64_t texts = old->texts, length[PART_COUNT];
    memcpy(length, old->length, sizeof length);
    for (uint32_t row = 0; row < restored->rows; row++) {
        if (!live[row]) continue;
        texts += restored->documents->texts[row];
        for (int part = 0; part < PART_COUNT; part++)
            length[part] += lexical_lengths(restored->lexical, (enum part)part)[row];
    }
    bury_all(&r, tools);
    struct draft d = {0};
    size_t at = 0;
    while (at < old->n_segments && old->segment_live[at] >= r.n_live) at++;
    for (size_t i = 0; i < old->n_segments; i++) {
        if (i == at) d.runs[d.n++] = r;
        d.runs[d.n++] = run_hold(old, i);
    }
    if (at == old->n_segments) d.runs[d.n++] = r;
    struct shelf *s = shelf_of(&d);
    s->texts = texts;
    memcpy(s->length, length, sizeof length);
    return s;
}

void shelf_release(struct shelf *s)
{
    if (!s || atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1) return;
    for (size_t i = 0; i < s->n_segments; i++) {
        segment_release(s->segments[i]);
        ghosts_release(&s->ghosts[i]);
    }
    free(s->live);
    free(s);
}

size_t shelf_locate(const struct shelf *s, uint32_t ord, uint32_t *row)
{
    size_t i = 0;
    while (ord >= s->first[i + 1]) i++;
    *row = ord - s->first[i];
    return i;
}
