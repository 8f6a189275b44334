#include "base/base.h"

#include "base/mem.h"
#include "matcher/lacks.h"

#include <string.h>

enum { RUN_MAX = 12 /* code points: longer runs are whole clauses, no words */ };

/* ---- what the other side says ---------------------------------------------------------------- */

static void add_terms(struct map *terms, struct analyzer *a, const char *text, struct arena *arena)
{
    if (!text) return;
    struct token *tokens;
    size_t n = analyzer_tokens(a, text, strlen(text), arena, &tokens);
    for (size_t i = 0; i < n; i++) map_add(terms, tokens[i].term, tokens[i].len, 1);
}

static void add_record(struct map *terms, struct analyzer *a, const struct record *r,
                       struct arena *arena)
{
    static const enum field said[] = {FIELD_KEY_TECHNOLOGY, FIELD_TARGETS, FIELD_CHAIN,
                                      FIELD_INDUSTRY};
    add_terms(terms, a, record_title(r), arena);
    add_terms(terms, a, record_text(r), arena);
    for (size_t i = 0; i < ARRAY_LEN(said); i++) add_terms(terms, a, r->value[said[i]], arena);
}

struct map *lacks_terms(struct analyzer *a, const struct record *r, struct arena *arena)
{
    struct map *terms = map_new();
    add_record(terms, a, r, arena);
    return terms;
}

/* What a match says, or NULL where some of it is not for this reader: what a sealed text lacks
 * would tell what it has. */
static struct map *terms_of(const struct match *m, struct analyzer *a, bool see_all,
                            struct arena *arena)
{
    bool open = see_all || record_is_public(m->record);
    for (size_t i = 0; i < m->n_capabilities; i++)
        open = open && (see_all || record_is_public(m->capabilities[i].record));
    if (!open) return NULL;
    struct map *terms = lacks_terms(a, m->record, arena);
    for (size_t i = 0; i < m->n_capabilities; i++)
        add_record(terms, a, m->capabilities[i].record, arena);
    return terms;
}

/* ---- runs of words it does not have ---------------------------------------------------------- */

/* Keeps the heaviest LACKS_MAX runs, heaviest first; of equal ones the earlier stays before. */
static size_t keep_run(struct lacks_run *runs, size_t n, struct lacks_run run)
{
    size_t at = n;
    while (at > 0 && runs[at - 1].weight < run.weight) at--;
    if (at == LACKS_MAX) return n;
    if (n < LACKS_MAX) n++;
    memmove(&runs[at + 1], &runs[at], (n - 1 - at) * sizeof *runs);
    runs[at] = run;
    return n;
}

static bool said(const struct map *terms, const struct token *t)
{
    return map_get(terms, t->term, t->len) != MAP_ABSENT;
}

/* Tokens [first, end) as a run. Pairs of ideographs overlap: the outermost of them hold an
 * ideograph of a word that is said, which is no part of what is missing. */
static struct lacks_run run_of(const struct map *terms, const struct token *tokens, size_t n,
                               size_t first, size_t end, uint32_t last)
{
    struct lacks_run run = {.span = {tokens[first].begin, last}};
    struct span inner = run.span;
    if (first > 0 && said(terms, &tokens[first - 1]))
        inner.begin = MAX(inner.begin, tokens[first - 1].end);
    if (end < n && said(terms, &tokens[end])) inner.end = MIN(inner.end, tokens[end].begin);
    if (inner.end > inner.begin + 1) run.span = inner;
    return run;
}

/* Pairs of ideographs overlap, so a missing word shows as a run of terms that touch. */
static size_t missing_runs(const struct snapshot *s, enum kind kind, const struct map *terms,
                           const struct token *tokens, size_t n, struct lacks_run *runs)
{
    size_t kept = 0;
    for (size_t i = 0; i < n;) {
        if (said(terms, &tokens[i])) {
            i++;
            continue;
        }
        size_t first = i;
        uint32_t begin = tokens[i].begin, end = begin;
        float weight = 0;
        do {
            end = MAX(end, tokens[i].end);
            weight += snapshot_idf(s, kind, PART_ALL, tokens[i].term, tokens[i].len);
            i++;
        } while (i < n && tokens[i].begin <= end && tokens[i].end - begin <= RUN_MAX &&
                 !said(terms, &tokens[i]));
        struct lacks_run run = run_of(terms, tokens, n, first, i, end);
        run.weight = weight;
        if (run.span.end - run.span.begin > 1) kept = keep_run(runs, kept, run);
    }
    return kept;
}

size_t lacks_runs(const struct snapshot *s, struct analyzer *a, const char *text, enum kind kind,
                  const struct map *terms, struct lacks_run *runs, struct arena *arena)
{
    struct token *tokens;
    size_t n = analyzer_tokens(a, text, strlen(text), arena, &tokens), words = 0;
    for (size_t i = 0; i < n; i++)
        if (!term_is_ideograph(tokens[i].term, tokens[i].len)) tokens[words++] = tokens[i];
    return missing_runs(s, kind, terms, tokens, words, runs);
}

static void find_missing(const struct snapshot *s, struct analyzer *a, const char *text,
                         enum kind kind, const struct map *terms, struct lacks *out,
                         struct arena *arena)
{
    struct lacks_run runs[LACKS_MAX + 1];
    if (!text || out->n) return;
    size_t kept = lacks_runs(s, a, text, kind, terms, runs, arena);
    out->words = arena_alloc(arena, kept, sizeof *out->words);
    for (size_t i = 0; i < kept; i++)
        out->words[out->n++] = text_slice(text, strlen(text), runs[i].span, arena);
}

/* Titles, which are open to all, tell the language of either side. */
static enum lang language_of(const struct match *m)
{
    const struct record *r = m->n_capabilities ? m->capabilities[0].record : m->record;
    return text_language(record_title(r));
}

struct lacks *lacks_of(const struct snapshot *s, struct analyzer *a, const struct match_query *q,
                       const struct match_list *list, size_t n, struct arena *arena)
{
    struct lacks *lacks = arena_zalloc(arena, n, sizeof *lacks);
    if (q->from && q->from->kind == KIND_ORG) return lacks;
    enum lang language = text_language(q->from ? record_title(q->from) : q->text);
    bool text_open = !q->from || q->see_all || record_is_public(q->from);
    for (size_t i = 0; i < n && i < list->n; i++) {
        if (language_of(&list->matches[i]) != language) continue;
        struct map *terms = terms_of(&list->matches[i], a, q->see_all, arena);
        if (!terms) continue;
        if (q->from) find_missing(s, a, record_title(q->from), q->target, terms, &lacks[i], arena);
        if (text_open)
            find_missing(s, a, q->from ? record_text(q->from) : q->text, q->target, terms,
                         &lacks[i], arena);
        map_free(terms);
    }
    return lacks;
}
