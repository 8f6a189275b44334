#include "base/base.h"

#include "base/utf8.h"
#include "matcher/health.h"
#include "matcher/health_impl.h"
#include "matcher/indicator.h"
#include "matcher/leak.h"

#include <math.h>
#include <string.h>

enum {
    SHORTEST = 20, /* code points of description below which there is nothing to judge */
    SEEN_MAX = 4,
    VAGUE_MAX = 3,    /* wishes asked about: more questions are not answered */
    VAGUE_REACH = 10, /* code points between a change and what is changed */
    TRL_FAR = 3,
    MONTHS_FAR = 36,
    BASIC_ENOUGH = 2
};

/* ---- names ----------------------------------------------------------------------------------- */

const char *element_name(enum element e)
{
    static const char *const names[] = {"materials", "methods", "efficacy", "products",
                                        "applications"};
    return e < ELEMENT_COUNT ? names[e] : NULL;
}

const char *severity_name(enum severity s)
{
    static const char *const names[] = {"must", "should", "may"};
    return names[s];
}

const char *health_result_name(enum health_result r)
{
    static const char *const names[] = {"ready", "needs_work", "long_term"};
    return names[r];
}

static const struct finding_entry {
    struct finding_info info;
    enum severity severity;
    const char *ask[LANG_COUNT], *bare[LANG_COUNT];
} entries[] = {
#define FINDING(id, code, severity, element, title_zh, title_en, ask_zh, ask_en, bare_zh, bare_en) \
    {{code, ELEMENT_##element, {title_zh, title_en}},                                              \
     SEVERITY_##severity,                                                                          \
     {ask_zh, ask_en},                                                                             \
     {bare_zh, bare_en}},
#include "matcher/health_findings.def"
#undef FINDING
};

const struct finding_info *finding_info(enum finding_code code)
{
    return &entries[code].info;
}

const char *finding_question(const struct finding *f, enum lang lang, bool see, struct arena *arena)
{
    const struct finding_entry *e = &entries[f->code];
    const char *place = e->bare[lang] ? strstr(e->ask[lang], "{}") : NULL;
    if (!place) return e->ask[lang];
    if (!see || !f->quote.text) return e->bare[lang];
    return arena_printf(arena, "%.*s%s%s", (int)(place - e->ask[lang]), e->ask[lang], f->quote.text,
                        place + 2);
}

/* ---- findings -------------------------------------------------------------------------------- */

static struct health_quote quote(const struct reading *r, size_t field, struct span s)
{
    const struct health_field *f = &r->fields[field];
    return (struct health_quote){f->field, s, text_slice(f->text, f->len, s, r->arena)};
}

static void add(struct health *h, enum finding_code code, struct health_quote q)
{
    if (h->n_findings == FINDINGS_MAX) return;
    h->findings[h->n_findings++] = (struct finding){code, entries[code].severity, q};
}

static void add_about(struct health *h, enum finding_code code, enum field field)
{
    add(h, code, (struct health_quote){.field = field});
}

static bool comes_before(const struct finding *a, const struct finding *b)
{
    if (a->severity != b->severity) return a->severity < b->severity;
    if (a->quote.field != b->quote.field) return a->quote.field < b->quote.field;
    return a->quote.span.begin < b->quote.span.begin;
}

static void sort_findings(struct health *h)
{
    for (size_t i = 1; i < h->n_findings; i++) {
        struct finding f = h->findings[i];
        size_t k = i;
        for (; k > 0 && comes_before(&f, &h->findings[k - 1]); k--)
            h->findings[k] = h->findings[k - 1];
        h->findings[k] = f;
    }
}

/* Words that were met before, as they stand in folded texts. */
struct seen {
    size_t n;
    const uint32_t *word[SEEN_MAX];
    size_t len[SEEN_MAX];
};

/* Notes the word; false when it was there, or there is no room for more. */
static bool is_new(struct seen *s, const uint32_t *word, size_t len)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->len[i] == len && memcmp(s->word[i], word, len * sizeof *word) == 0) return false;
    if (s->n == SEEN_MAX) return false;
    s->word[s->n] = word;
    s->len[s->n++] = len;
    return true;
}

/* The first word of the class in what is wanted, title included. False: none. */
static bool first_word(const struct reading *r, enum health_class class, struct health_quote *q)
{
    for (size_t i = 0; i < r->n_sentences; i++) {
        const struct sentence *s = &r->sentences[i];
        if (s->base) continue;
        struct span w = word_within(&r->fields[s->field].folded, s->span, class);
        if (w.begin == w.end) continue;
        if (q) *q = quote(r, s->field, w);
        return true;
    }
    return false;
}

/* ---- the five elements ----------------------------------------------------------------------- */

/* A single ideograph names a thing at the end of a noun only: "mixer" in Chinese, not "to manage",
 * which begins with the sign for a tube. */
static bool ends_noun(const struct folded *t, size_t end)
{
    return end >= t->n || !utf8_is_han(t->c[end]) || word_begins(t, end, CLASS_NOT_NAME);
}

static void find_element(const struct reading *r, const struct sentence *s, enum element e,
                         struct seen *seen, struct health *h)
{
    const struct folded *t = &r->fields[s->field].folded;
    for (size_t i = s->span.begin; i < s->span.end && h->elements[e].n < ELEMENT_QUOTES_MAX;) {
        size_t n = word_begins(t, i, CLASS_MATERIAL + (enum health_class)e);
        bool single = n == 1 && e == ELEMENT_PRODUCTS;
        if (n && (!single || ends_noun(t, i + 1)) && is_new(seen, t->c + i, n)) {
            h->elements[e].stated = true;
            h->elements[e].quotes[h->elements[e].n++] =
                quote(r, s->field, (struct span){(uint32_t)i, (uint32_t)(i + n)});
        }
        i += MAX(n, 1u);
    }
}

static void find_elements(const struct reading *r, struct health *h)
{
    struct seen seen[ELEMENT_COUNT] = {0};
    for (size_t i = 0; i < r->n_sentences; i++)
        for (int e = 0; !r->sentences[i].base && e < ELEMENT_COUNT; e++)
            find_element(r, &r->sentences[i], (enum element)e, &seen[e], h);
    /* A program has no material. */
    bool program = first_word(r, CLASS_PROGRAM, NULL);
    for (int e = 0; e < ELEMENT_COUNT; e++)
        if (!h->elements[e].stated && !(e == ELEMENT_MATERIALS && program))
            add_about(h, (enum finding_code)(FINDING_NO_MATERIALS + e), FIELD_COUNT);
}

/* ---- how well -------------------------------------------------------------------------------- */

/* A wish that some indicator puts a figure to, perhaps in another sentence. */
static bool has_figure(const struct reading *r, const struct folded *t, struct span what)
{
    for (size_t i = 0; i < r->n_required; i++) {
        const struct required *q = &r->required[i];
        const struct folded *other = &r->fields[q->field].folded;
        size_t n = what.end - what.begin;
        for (size_t k = q->quantity.begin; k + n <= q->quantity.end; k++)
            if (memcmp(other->c + k, t->c + what.begin, n * sizeof *t->c) == 0) return true;
    }
    return false;
}

static bool is_pause(uint32_t c)
{
    return c == ',' || c == 0x3002 || c == ';' || c == 0x3001 || c == '\n' || c == ':';
}

/* From the pause before i to the second one behind it: where a figure would stand. */
static bool digit_nearby(const struct folded *t, struct span s, size_t i)
{
    size_t begin = i, end = i;
    while (begin > s.begin && !is_pause(t->c[begin - 1])) begin--;
    for (int pauses = 0; end < s.end && pauses < 2; end++) pauses += is_pause(t->c[end]);
    for (; begin < end; begin++)
        if (is_ascii_digit(t->c[begin])) return true;
    return false;
}

/* Does the name of a quantity end here? "Raise the resistor's gradient" raises no resistance. */
static bool ends_name(const struct folded *t, size_t end)
{
    if (end >= t->n || is_pause(t->c[end])) return true;
    return !is_latin_letter(t->c[end]) &&
           (!utf8_is_han(t->c[end]) || word_begins(t, end, CLASS_NOT_NAME));
}

/* "raise the efficiency", "efficiency raised": what is changed; empty when nothing is. */
static struct span changed_near(const struct folded *t, struct span s, struct span change)
{
    for (size_t i = change.end; i < s.end && i < change.end + VAGUE_REACH; i++) {
        if (is_pause(t->c[i])) break;
        size_t n = word_begins(t, i, CLASS_EFFICACY);
        if (n > 1 && i + n <= s.end && ends_name(t, i + n))
            return (struct span){(uint32_t)i, (uint32_t)(i + n)};
    }
    size_t n = word_ends(t, change.begin, s.begin, CLASS_EFFICACY);
    if (n > 1) return (struct span){(uint32_t)(change.begin - n), change.begin};
    return (struct span){change.end, change.end};
}

static void find_vague(const struct reading *r, const struct sentence *s, struct seen *asked,
                       struct health *h)
{
    const struct folded *t = &r->fields[s->field].folded;
    for (size_t i = s->span.begin; i < s->span.end && asked->n < VAGUE_MAX; i++) {
        size_t n = word_begins(t, i, CLASS_CHANGE);
        if (!n || i + n > s->span.end) continue;
        struct span change = {(uint32_t)i, (uint32_t)(i + n)};
        struct span what = changed_near(t, s->span, change);
        if (what.begin == what.end || digit_nearby(t, s->span, i) || has_figure(r, t, what) ||
            !is_new(asked, t->c + what.begin, what.end - what.begin))
            continue;
        add(h, FINDING_VAGUE,
            quote(r, s->field,
                  (struct span){MIN(change.begin, what.begin), MAX(change.end, what.end)}));
        i = MAX(i, (size_t)what.end);
    }
}

static void judge_efficacy(const struct reading *r, struct health *h)
{
    struct seen asked = {.n = 0};
    h->n_indicators = r->n_required;
    if (!r->n_required) add_about(h, FINDING_NO_INDICATOR, FIELD_TARGETS);
    for (size_t i = 0; i < r->n_sentences; i++) {
        const struct sentence *s = &r->sentences[i];
        if (s->goal && !s->base && !s->past && r->fields[s->field].field != FIELD_TITLE)
            find_vague(r, s, &asked, h);
    }
}

/* ---- what is asked --------------------------------------------------------------------------- */

/* A prescription is quoted to the end of its clause: what is to be used or bought. */
static struct health_quote prescription(const struct reading *r, const struct health_quote *q)
{
    for (size_t i = 0; i < r->n_fields; i++) {
        const struct folded *t = &r->fields[i].folded;
        if (r->fields[i].field != q->field) continue;
        struct span s = q->span;
        while (s.end < t->n && s.end < q->span.begin + 24 && !is_pause(t->c[s.end])) s.end++;
        return quote(r, i, s);
    }
    return *q;
}

static void judge_problem(const struct reading *r, struct health *h)
{
    struct health_quote q;
    if (r->length < SHORTEST) add_about(h, FINDING_TOO_SHORT, FIELD_TEXT);
    if (first_word(r, CLASS_OFFER, &q)) add(h, FINDING_OFFER, q);
    if (r->length >= SHORTEST && !r->n_required && !first_word(r, CLASS_PROBLEM, NULL) &&
        first_word(r, CLASS_PRESCRIBE, &q))
        add(h, FINDING_NO_PROBLEM, prescription(r, &q));
    size_t field;
    struct span item;
    if (unrelated_item(r, &field, &item)) add(h, FINDING_SEVERAL, quote(r, field, item));
}

/* ---- how far --------------------------------------------------------------------------------- */

static size_t distinct_words(const struct reading *r, enum health_class class, bool title,
                             struct health_quote *first)
{
    struct seen seen = {.n = 0};
    for (size_t i = 0; i < r->n_sentences; i++) {
        const struct sentence *s = &r->sentences[i];
        const struct folded *t = &r->fields[s->field].folded;
        if (s->base || (r->fields[s->field].field == FIELD_TITLE) != title) continue;
        for (size_t k = s->span.begin; k < s->span.end;) {
            size_t n = word_begins(t, k, class);
            if (n && is_new(&seen, t->c + k, n) && !first->text)
                *first = quote(r, s->field, (struct span){(uint32_t)k, (uint32_t)(k + n)});
            k += MAX(n, 1u);
        }
    }
    return seen.n;
}

/* "... and its mechanism": the title's last word. */
static bool ends_basic(const struct reading *r)
{
    const struct folded *t = &r->fields[0].folded;
    return r->n_fields && r->fields[0].field == FIELD_TITLE && t->n &&
           word_ends(t, t->n, 0, CLASS_BASIC) > 0;
}

/* Basic research says so in its title, or speaks of nothing but mechanisms. */
static void judge_basic(const struct reading *r, struct health *h)
{
    struct health_quote q = {.text = NULL};
    size_t points = 2 * (distinct_words(r, CLASS_BASIC_STRONG, true, &q) > 0);
    points += ends_basic(r) ? 2 : distinct_words(r, CLASS_BASIC, true, &q) > 0;
    points += distinct_words(r, CLASS_BASIC_STRONG, false, &q) > 0;
    points += distinct_words(r, CLASS_BASIC, false, &q) >= 3;
    if (points >= BASIC_ENOUGH && !r->n_required) add(h, FINDING_BASIC, q);
}

static void judge_values(const struct health_query *q, struct health *h)
{
    const struct record *need = q->need;
    const char *deadline = need->value[FIELD_DEADLINE];
    double trl = record_number(need, FIELD_TRL, NAN);
    for (int f = 0; f < FIELD_COUNT; f++)
        if (q->unreadable >> f & 1) add_about(h, FINDING_UNREADABLE, (enum field)f);
    if (trl <= TRL_FAR) add_about(h, FINDING_LOW_TRL, FIELD_TRL);
    if (deadline && date_is_past(deadline, q->on))
        add_about(h, FINDING_PAST_DEADLINE, FIELD_DEADLINE);
    else if (deadline && months_between(q->on, deadline) > MONTHS_FAR)
        add_about(h, FINDING_LONG_DEADLINE, FIELD_DEADLINE);
    if (!deadline && !(q->unreadable >> FIELD_DEADLINE & 1))
        add_about(h, FINDING_NO_DEADLINE, FIELD_DEADLINE);
    if (!need->value[FIELD_BUDGET_WAN] && !(q->unreadable >> FIELD_BUDGET_WAN & 1))
        add_about(h, FINDING_NO_BUDGET, FIELD_BUDGET_WAN);
}

/* ---- leaks ----------------------------------------------------------------------------------- */

/* In text of any visibility: names and contacts stay sealed until both sides consent. */
static void find_leaks(const struct record *need, struct arena *arena, struct health *h)
{
    static const enum field fields[] = {FIELD_TITLE, FIELD_TEXT, FIELD_KEY_TECHNOLOGY,
                                        FIELD_TARGETS, FIELD_COOPERATION};
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        const char *text = need->value[fields[i]];
        struct leak *leaks;
        size_t n = text ? leaks_find(text, strlen(text), arena, &leaks) : 0;
        for (size_t k = 0; k < n; k++)
            add(h, (enum finding_code)(FINDING_LEAK_PHONE + (int)leaks[k].kind),
                (struct health_quote){fields[i], leaks[k].span,
                                      text_slice(text, strlen(text), leaks[k].span, arena)});
    }
}

/* ---- the whole ------------------------------------------------------------------------------- */

static enum health_result judge(const struct health *h)
{
    size_t must = 0, elements = 0;
    bool far = false, several = false;
    for (size_t i = 0; i < h->n_findings; i++) {
        const struct finding *f = &h->findings[i];
        far |= f->code == FINDING_LOW_TRL || f->code == FINDING_BASIC ||
               f->code == FINDING_LONG_DEADLINE;
        several |= f->code == FINDING_SEVERAL;
        must += f->severity == SEVERITY_MUST;
        elements += f->severity == SEVERITY_SHOULD && f->code != FINDING_VAGUE &&
                    entries[f->code].info.element != ELEMENT_NONE;
    }
    for (size_t i = 0; i < h->n_rules; i++)
        must += h->bidding && h->rules[i].home && h->rules[i].status == RULE_UNMET;
    if (far) return HEALTH_LONG_TERM;
    return must || several || elements >= 2 ? HEALTH_NEEDS_WORK : HEALTH_READY;
}

void health_diagnose(const struct health_query *q, struct arena *arena, struct health *out)
{
    struct reading r;
    memset(out, 0, sizeof *out);
    reading_make(q->need, arena, &r);
    out->bidding = !isnan(q->grant_wan) || first_word(&r, CLASS_BIDDING, NULL) ||
                   mentions(q->need->value[FIELD_COOPERATION], CLASS_BIDDING, arena);
    /* Leaks first: when there is too much to say, they are said. */
    find_leaks(q->need, arena, out);
    find_elements(&r, out);
    judge_efficacy(&r, out);
    judge_problem(&r, out);
    judge_basic(&r, out);
    judge_values(q, out);
    rules_judge(q, &r, arena, out);
    sort_findings(out);
    out->result = judge(out);
}
