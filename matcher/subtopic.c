/* From parts to subtopics.
 *
 * The ways in which a challenge may name its parts are tried in the order of `ways`, the plainest
 * first: what somebody wrote as a list is better than anything read out of running text, and a list
 * of what is to be done better than one of what shall come out. The first way that finds two parts
 * is taken. Where none does, sentences are grouped by likeness, and where that tells nothing apart
 * either, the challenge is its own only subtopic. */
#include "base/base.h"

#include "base/str.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "matcher/indicator.h"
#include "matcher/subtopic_impl.h"

#include <string.h>

enum {
    CONTEXT_LETTERS = 24, /* a text shorter than this is followed by the challenge's title */
    QUOTE_REACH = 120,    /* code points of a clause before and behind a figure */
    TARGETS_COUNTED = 4,
    CLAUSES_MAX = 64 /* clauses with figures that are compared by meaning */
};

struct split {
    const struct record *record;
    struct reading reading;
    struct section *sections;
    size_t n_sections;
    struct analyzer *analyzer;
    struct embedder *embedder;
    struct arena *arena;
    struct part *parts;
    size_t n;
};

/* ---- ways ------------------------------------------------------------------------------------ */

typedef size_t way(const struct reading *r, const struct section *s, struct part *out);

static const struct {
    way *find;
    enum section_kind kind;
} ways[] = {
    {parts_numbered, SECTION_CONTENT},  {parts_separated, SECTION_CONTENT},
    {parts_numbered, SECTION_PLAIN},    {parts_numbered, SECTION_PROBLEM},
    {parts_done, SECTION_CONTENT},      {parts_enumerated, SECTION_CONTENT},
    {parts_separated, SECTION_PLAIN},   {parts_numbered, SECTION_TARGET},
    {parts_done, SECTION_PLAIN},        {parts_enumerated, SECTION_PLAIN},
    {parts_separated, SECTION_PROBLEM}, {parts_enumerated, SECTION_PROBLEM},
    {parts_done, SECTION_TARGET},
};

/* Parts that say the same are one. */
static size_t without_repeats(struct part *parts, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        bool known = false;
        for (size_t k = 0; k < kept; k++) known |= strcmp(parts[k].title, parts[i].title) == 0;
        if (!known) parts[kept++] = parts[i];
    }
    return kept;
}

/* Does the challenge's own title say it, but for the verb? Then it is the whole, no part. */
static bool is_whole(const struct split *s, const char *title)
{
    size_t len = strlen(title), most = strlen(record_title(s->record));
    return len * 5 >= most * 4 && strstr(record_title(s->record), title);
}

/* The whole among three or more parts is named once more than its parts need. */
static size_t without_whole(const struct split *s, struct part *parts, size_t n)
{
    size_t kept = 0, wholes = 0;
    for (size_t i = 0; i < n; i++) wholes += is_whole(s, parts[i].title);
    if (n - wholes < 2) return n;
    for (size_t i = 0; i < n; i++)
        if (!is_whole(s, parts[i].title)) parts[kept++] = parts[i];
    return kept;
}

static size_t by_way(struct split *s, way *find, enum section_kind kind, bool key_technology)
{
    for (size_t i = 0; i < s->n_sections; i++) {
        const struct section *one = &s->sections[i];
        bool key = s->reading.fields[one->field].field == FIELD_KEY_TECHNOLOGY;
        if (one->kind != kind || key != key_technology) continue;
        size_t n = without_repeats(s->parts, find(&s->reading, one, s->parts));
        n = without_whole(s, s->parts, n);
        if (n >= 2) return n;
    }
    return 0;
}

static size_t find_parts(struct split *s)
{
    static way *const lists[] = {parts_numbered, parts_separated, parts_enumerated};
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(lists) && !n; i++)
        n = by_way(s, lists[i], SECTION_CONTENT, true);
    for (size_t i = 0; i < ARRAY_LEN(ways) && !n; i++)
        n = by_way(s, ways[i].find, ways[i].kind, false);
    if (!n) n = without_repeats(s->parts, parts_of_title(&s->reading, s->parts));
    return n ? n : parts_measured(&s->reading, s->parts);
}

/* ---- too many -------------------------------------------------------------------------------- */

/* Two are named both where that is short enough, more by the first "and so on". */
static const char *merged_title(struct split *s, const struct part *p, const struct part *with)
{
    static const char COMMA[] = "\xE3\x80\x81", AND_SO_ON[] = "\xE7\xAD\x89"; /* U+3001, U+7B49 */
    bool han = text_language(p->name) == LANG_ZH;
    const char *both = arena_printf(s->arena, "%s%s%s", p->name, han ? COMMA : "; ", with->name);
    if (p->items + with->items == 2 && text_width(both) <= TITLE_WIDTH) return both;
    return arena_printf(s->arena, "%s%s", p->name, han ? AND_SO_ON : " etc.");
}

/* Neighbours become one until there are few enough, those first that are made of the fewest. */
static void merge_neighbours(struct split *s)
{
    for (size_t i = 0; i < s->n; i++) s->parts[i].name = s->parts[i].title;
    while (s->n > SUBTOPICS_MAX) {
        size_t best = 0;
        for (size_t i = 1; i + 1 < s->n; i++)
            if (s->parts[i].items + s->parts[i + 1].items <
                s->parts[best].items + s->parts[best + 1].items)
                best = i;
        struct part *a = &s->parts[best], *b = a + 1;
        a->title = merged_title(s, a, b);
        a->items += b->items;
        if (a->field == b->field) a->span.end = MAX(a->span.end, b->span.end);
        memmove(b, b + 1, (s->n - best - 2) * sizeof *b);
        s->n--;
    }
}

/* ---- targets --------------------------------------------------------------------------------- */

/* A clause of the challenge that holds requirements. */
struct target {
    size_t field;
    struct span span;
    const char *text;
    size_t part;
    bool of_whole; /* belongs to no part more than to another */
};

static bool is_break(const struct folded *t, uint32_t i, bool entries)
{
    uint32_t c = t->c[i];
    if (c == '.')
        return i + 1 < t->n && is_blank(t->c[i + 1]) && !(i && is_ascii_digit(t->c[i - 1]));
    return c == '\n' || c == ';' || c == 0x3002 || (c == ',' && !entries);
}

/* Behind the figure a colon ends its clause as well; before it, it stands behind the label. */
static bool ends_quote(const struct folded *t, uint32_t i, bool entries)
{
    return is_break(t, i, entries) || is_colon(t, i);
}

/* Of the targets' field whole entries are quoted, of running text the clause. */
static struct span clause_around(const struct health_field *f, struct span s)
{
    const struct folded *t = &f->folded;
    bool entries = f->field == FIELD_TARGETS;
    uint32_t least = s.begin - MIN(s.begin, (uint32_t)QUOTE_REACH);
    uint32_t most = (uint32_t)MIN((size_t)s.end + QUOTE_REACH, t->n);
    while (s.begin > least && !is_break(t, s.begin - 1, entries) && !mark_length(t, s.begin))
        s.begin--;
    while (s.end < most && !ends_quote(t, s.end, entries)) s.end++;
    int depth = 0; /* a break within parentheses is none */
    for (uint32_t i = s.begin; i < s.end; i++) depth += (t->c[i] == '(') - (t->c[i] == ')');
    while (s.end < most && t->c[s.end] != '\n' && (depth > 0 || !ends_quote(t, s.end, entries))) {
        depth += (t->c[s.end] == '(') - (t->c[s.end] == ')');
        s.end++;
    }
    s = span_trim(t, s);
    s.begin += (uint32_t)mark_length(t, s.begin);
    return s;
}

/* Signs of bounds are written by who sets them. */
static bool has_bound_sign(const struct folded *t, struct span s)
{
    for (uint32_t i = s.begin; i < s.end; i++)
        if (t->c[i] == '<' || t->c[i] == '>' || t->c[i] == 0xB1 ||
            (t->c[i] >= 0x2264 && t->c[i] <= 0x2267) || t->c[i] == 0x2A7D || t->c[i] == 0x2A7E)
            return true;
    return false;
}

/* Figures in a text that no sentence asks for and nothing bounds tell how things are. */
static bool is_asked_for(const struct reading *r, const struct required *one)
{
    enum field f = r->fields[one->field].field;
    if (f == FIELD_TARGETS || f == FIELD_KEY_TECHNOLOGY) return true;
    if (one->must || has_bound_sign(&r->fields[one->field].folded, one->span)) return true;
    for (size_t i = 0; f == FIELD_TEXT && i < r->n_sentences; i++)
        if (r->sentences[i].field == one->field && r->sentences[i].span.begin <= one->span.begin &&
            one->span.begin < r->sentences[i].span.end)
            return r->sentences[i].goal;
    return false;
}

static size_t collect_targets(struct split *s, struct target *out)
{
    const struct reading *r = &s->reading;
    size_t n = 0;
    for (size_t i = 0; i < r->n_required; i++) {
        const struct health_field *f = &r->fields[r->required[i].field];
        if (!is_asked_for(r, &r->required[i])) continue;
        struct span span = clause_around(f, r->required[i].span);
        if (span.begin >= span.end) continue;
        if (n && out[n - 1].field == r->required[i].field && span.begin < out[n - 1].span.end)
            continue;
        out[n++] = (struct target){.field = r->required[i].field,
                                   .span = span,
                                   .text = text_slice(f->text, f->len, span, s->arena)};
    }
    return n;
}

static bool inside(const struct part *p, const struct target *t)
{
    return p->field == t->field && t->span.begin >= p->span.begin && t->span.end <= p->span.end;
}

static const char *part_text(struct split *s, const struct part *p)
{
    const struct health_field *f = &s->reading.fields[p->field];
    struct span span = p->span;
    span.end = MIN(span.end, span.begin + SUBTOPIC_TEXT_MAX);
    return text_slice(f->text, f->len, span, s->arena);
}

/* The part that a clause is about: where it stands, else whose words it shares, else the nearest by
 * meaning if it is clearly nearer than any other; else it is of the whole and goes to the first. */
static void place_target(struct target *t, const struct part *parts, size_t n, size_t at,
                         const struct likeness *like)
{
    static const double WORDS = 0.12, NEARER = 0.15;
    size_t best = 0, second = n;
    for (size_t i = 0; i < n; i++)
        if (inside(&parts[i], t)) {
            t->part = i;
            return;
        }
    for (int by = 0; by < 2; by++) {
        const double *of = by ? like->meaning : like->cosine;
        if (!of) continue;
        best = 0;
        second = n;
        for (size_t i = 1; i < n; i++) {
            double x = of[at * like->n + i];
            if (x > of[at * like->n + best]) {
                second = best;
                best = i;
            } else if (second == n || x > of[at * like->n + second]) {
                second = i;
            }
        }
        double first = of[at * like->n + best], next = of[at * like->n + second];
        if (by ? first > 0 && first - next > NEARER : first > WORDS && first > next) {
            t->part = best;
            return;
        }
    }
    t->part = 0;
    t->of_whole = true;
}

static int place_targets(struct split *s, struct target *targets, size_t n, struct err *err)
{
    size_t compared = MIN(n, (size_t)CLAUSES_MAX);
    const char **texts = arena_alloc(s->arena, s->n + compared, sizeof *texts);
    struct likeness like;
    for (size_t i = 0; i < s->n; i++)
        texts[i] = arena_printf(s->arena, "%s\n%s", s->parts[i].title, part_text(s, &s->parts[i]));
    for (size_t i = 0; i < compared; i++) texts[s->n + i] = targets[i].text;
    if (likeness_make(texts, s->n + compared, s->analyzer, s->embedder, s->arena, &like, err))
        return -1;
    for (size_t i = 0; i < n; i++)
        place_target(&targets[i], s->parts, s->n, s->n + MIN(i, compared - 1), &like);
    return 0;
}

/* ---- subtopics ------------------------------------------------------------------------------- */

static const char *at_most(struct split *s, const char *text)
{
    return arena_strndup(s->arena, text, utf8_offset(text, strlen(text), SUBTOPIC_TEXT_MAX));
}

/* What the challenge says of the part; a short one is followed by the challenge's title, since it
 * is matched on its own and "control" alone is about everything. */
static const char *text_of(struct split *s, const struct part *p)
{
    const char *text = part_text(s, p), *whole = at_most(s, record_title(s->record));
    bool same = strcmp(text, p->title) == 0;
    const struct folded *t = &s->reading.fields[p->field].folded;
    bool brief = span_letters(t, p->span) < CONTEXT_LETTERS;
    if (!brief) return text;
    if (same || !*text) return strcmp(whole, p->title) ? whole : NULL;
    return arena_printf(s->arena, "%s\n%s", text, whole);
}

static const char *targets_of(struct split *s, const struct target *targets, size_t n, size_t part)
{
    struct str out;
    size_t chars = 0;
    str_init(&out);
    for (size_t i = 0; i < n; i++) {
        if (targets[i].part != part) continue;
        chars += utf8_count(targets[i].text, strlen(targets[i].text)) + 1;
        if (chars > SUBTOPIC_TEXT_MAX) break;
        if (out.len) str_addc(&out, '\n');
        str_adds(&out, targets[i].text);
    }
    const char *text = out.len ? arena_strndup(s->arena, out.data, out.len) : NULL;
    str_free(&out);
    return text;
}

/* A subtopic counts once, and up to once more for what it is measured by: acceptance is decided on
 * figures, while the length of a text is a matter of its author's manner. */
static double weight_of(const struct target *targets, size_t n, size_t part)
{
    size_t own = 0;
    for (size_t i = 0; i < n; i++) own += targets[i].part == part && !targets[i].of_whole;
    return 1.0 + (double)MIN(own, (size_t)TARGETS_COUNTED) / TARGETS_COUNTED;
}

static int finish(struct split *s, struct subtopic **out, size_t *n, struct err *err)
{
    struct target *targets = arena_alloc(s->arena, s->reading.n_required, sizeof *targets);
    size_t n_targets = collect_targets(s, targets);
    if (n_targets && place_targets(s, targets, n_targets, err)) return -1;
    struct subtopic *made = arena_zalloc(s->arena, s->n, sizeof *made);
    double sum = 0;
    for (size_t i = 0; i < s->n; i++) {
        made[i] = (struct subtopic){.id = arena_printf(s->arena, "t%zu", i + 1),
                                    .title = s->parts[i].title,
                                    .text = text_of(s, &s->parts[i]),
                                    .targets = targets_of(s, targets, n_targets, i),
                                    .weight = weight_of(targets, n_targets, i)};
        sum += made[i].weight;
    }
    for (size_t i = 0; i < s->n; i++) made[i].weight /= sum;
    *out = made;
    *n = s->n;
    return 0;
}

/* The challenge as its own only subtopic. */
static void whole_challenge(struct split *s, struct subtopic **out, size_t *n)
{
    struct subtopic *one = arena_zalloc(s->arena, 1, sizeof *one);
    struct target *targets = arena_zalloc(s->arena, s->reading.n_required, sizeof *targets);
    size_t n_targets = collect_targets(s, targets);
    const char *text = record_text(s->record), *key = s->record->value[FIELD_KEY_TECHNOLOGY];
    if (text && key) text = arena_printf(s->arena, "%s\n%s", key, text);
    if (!text) text = key;
    *one = (struct subtopic){.id = "t1",
                             .title = at_most(s, record_title(s->record)),
                             .text = text ? at_most(s, text) : NULL,
                             .targets = targets_of(s, targets, n_targets, 0),
                             .weight = 1.0};
    *out = one;
    *n = 1;
}

int subtopics_split(const struct record *r, struct analyzer *a, struct embedder *embedder,
                    struct arena *arena, struct subtopic **out, size_t *n, struct err *err)
{
    struct split s = {.record = r, .analyzer = a, .embedder = embedder, .arena = arena};
    reading_make(r, arena, &s.reading);
    s.n_sections = sections_read(&s.reading, r->kind == KIND_BOTTLENECK, &s.sections);
    s.parts = arena_alloc(arena, PARTS_MAX, sizeof *s.parts);
    s.n = find_parts(&s);
    if (s.n < 2) {
        bool failed;
        s.n = parts_grouped(&s.reading, a, embedder, s.parts, &failed, err);
        if (failed) return -1;
    }
    if (s.n < 2) {
        whole_challenge(&s, out, n);
        return 0;
    }
    merge_neighbours(&s);
    return finish(&s, out, n, err);
}

struct record *subtopic_record(const struct subtopic *t, struct arena *arena)
{
    struct record *r = arena_zalloc(arena, 1, sizeof *r);
    r->kind = KIND_NEED;
    r->uid = r->id = arena_strdup(arena, t->id);
    r->source = "local";
    r->value[FIELD_TITLE] = arena_strdup(arena, t->title);
    r->value[FIELD_TEXT] = arena_strdup(arena, t->text);
    r->value[FIELD_TARGETS] = arena_strdup(arena, t->targets);
    return r;
}
