#include "base/base.h"

#include "base/map.h"
#include "base/vec.h"
#include "matcher/precedent.h"

#include <math.h>
#include <string.h>

/* Two needs are alike when their titles mean much the same, and either the texts do too or the
 * titles share rare words; without vectors the words decide. Texts alone would not do: they carry
 * an enterprise's own phrases along. */
static const float ALIKE_TITLE = 0.40f, ALIKE_BOTH = 1.00f, ALIKE_WORDS = 1.00f;
/* Two capabilities are: patents share the language of claims, so the bar is higher. */
static const float ALIKE_OFFERS = 1.30f;

static bool has(const struct record *r, enum field f, const char *code)
{
    return r->value[f] && strcmp(r->value[f], code) == 0;
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

/* ---- beside a match -------------------------------------------------------------------------- */

const char *precedent_offer_name(enum precedent_offer offer)
{
    static const char *const names[] = {"same", "same_org", "similar"};
    return names[offer];
}

bool precedent_has_outcome(const struct record *r)
{
    return !has(r, FIELD_STATE, "pending") && !has(r, FIELD_STATE, "asking_need") &&
           !has(r, FIELD_STATE, "asking_supply");
}

bool precedent_is_open(const struct record *r)
{
    return has(r, FIELD_STATE, "signed");
}

/* An introduction with what it names. */
struct past {
    const struct record *introduction;
    uint32_t need, capability, org; /* ordinals; UINT32_MAX: none */
    bool has_outcome, is_open;      /* is_open: a contract */
    bool similar;                   /* to this: */
    uint32_t offer_side; /* the first capability of who offers, which matches may have in common */
};

/* One run over the matches. */
struct search {
    const struct snapshot *s;
    struct analyzer *analyzer;
    const struct match_query *q;
    const struct query_side *asked;
    struct arena *arena;
    struct past *past;
    size_t n;
    const void *need_side; /* what follows belongs to this need */
    uint32_t need;         /* its ordinal among needs; UINT32_MAX: it is none of these */
    const float *vector[PART_COUNT];
    float *words;    /* of titles, by ordinal of needs */
    float *likeness; /* by ordinal of needs; -INFINITY: not alike; NAN: not asked yet */
};

static uint32_t find(const struct snapshot *s, enum kind kind, const char *uid)
{
    return uid ? snapshot_find(s, kind, uid) : UINT32_MAX;
}

static void read_past(struct search *x)
{
    size_t size = snapshot_size(x->s, KIND_INTRODUCTION);
    x->past = arena_zalloc(x->arena, snapshot_live(x->s, KIND_INTRODUCTION), sizeof *x->past);
    for (uint32_t ord = 0; ord < size; ord++) {
        const struct record *r = snapshot_record(x->s, KIND_INTRODUCTION, ord);
        if (!r) continue;
        struct past *p = &x->past[x->n++];
        p->introduction = r;
        p->need = find(x->s, KIND_NEED, r->value[FIELD_NEED_ID]);
        p->capability = find(x->s, KIND_CAPABILITY, r->value[FIELD_CAPABILITY_ID]);
        p->org = find(x->s, KIND_ORG, r->n_owners ? r->owners[0] : NULL);
        p->has_outcome = precedent_has_outcome(r);
        p->is_open = precedent_is_open(r);
        p->offer_side = UINT32_MAX;
    }
}

static float cosine(const float *a, const float *b, int dim)
{
    enum { LANES = 8 }; /* sums that do not wait for each other */
    float sum[LANES] = {0}, total = 0;
    for (int i = 0; i < dim; i++) sum[i % LANES] += a[i] * b[i];
    for (int i = 0; i < LANES; i++) total += sum[i];
    return total;
}

/* The sum of both parts' cosines, that of the titles into *title; -INFINITY without vectors. */
static float closeness(const struct snapshot *s, const float *const a[PART_COUNT], enum kind kind,
                       uint32_t ord, float *title)
{
    const float *t = snapshot_vector(s, kind, PART_TITLE, ord);
    const float *all = snapshot_vector(s, kind, PART_ALL, ord);
    *title = -INFINITY;
    if (!a[PART_TITLE] || !a[PART_ALL] || !t || !all) return -INFINITY;
    *title = cosine(a[PART_TITLE], t, snapshot_dim(s));
    return *title + cosine(a[PART_ALL], all, snapshot_dim(s));
}

/* Turns to the need of the match at hand: a record, or the free text that was asked (NULL). */
static void face_need(struct search *x, const struct record *need)
{
    const void *side = need ? (const void *)need : (const void *)x->q;
    if (x->need_side == side) return;
    x->need_side = side;
    uint32_t ord = need ? snapshot_find(x->s, need->kind, need->uid) : UINT32_MAX;
    x->need = need && need->kind == KIND_NEED ? ord : UINT32_MAX;
    for (int part = 0; part < PART_COUNT; part++)
        x->vector[part] = ord != UINT32_MAX
                              ? snapshot_vector(x->s, need->kind, (enum part)part, ord)
                              : x->asked->vector[part];
    struct bag title =
        need ? analyzer_bag(x->analyzer, record_title(need), x->arena) : x->asked->bag[PART_TITLE];
    size_t size = snapshot_size(x->s, KIND_NEED);
    if (!x->words) {
        x->words = arena_alloc(x->arena, size, sizeof *x->words);
        x->likeness = arena_alloc(x->arena, size, sizeof *x->likeness);
    }
    for (size_t i = 0; i < size; i++) x->likeness[i] = NAN;
    snapshot_words(x->s, KIND_NEED, PART_TITLE, &title, x->words);
}

/* How alike the past need is to the one faced; -INFINITY when it is not. */
static float likeness(const struct search *x, const struct past *p)
{
    float *known = &x->likeness[p->need];
    if (!isnan(*known)) return *known;
    float title, both = closeness(x->s, x->vector, KIND_NEED, p->need, &title);
    float words = x->words[p->need];
    bool by_words = words >= ALIKE_WORDS;
    bool alike =
        title == -INFINITY ? by_words : title >= ALIKE_TITLE && (both >= ALIKE_BOTH || by_words);
    *known = alike ? MAX(both, words) : -INFINITY;
    return *known;
}

/* Who offers in the match at hand, by ordinals. */
struct offer {
    uint32_t capability[3];
    size_t n_capabilities;
    const uint32_t *orgs;
    size_t n_orgs;
    uint32_t self; /* orgs of an organisation */
};

static void add_capability(const struct snapshot *s, const struct record *r, struct offer *o)
{
    uint32_t ord = snapshot_find(s, KIND_CAPABILITY, r->uid);
    if (ord != UINT32_MAX) o->capability[o->n_capabilities++] = ord;
}

static void offer_of(const struct search *x, const struct match *m, struct offer *o)
{
    const struct record *r = x->q->target == KIND_NEED ? x->q->from : m->record;
    *o = (struct offer){0};
    if (!r) return; /* a free text that offers: nobody's yet */
    if (r->kind == KIND_ORG) {
        o->self = snapshot_find(x->s, KIND_ORG, r->uid);
        o->orgs = &o->self;
        o->n_orgs = o->self != UINT32_MAX;
        for (size_t i = 0; i < m->n_capabilities && i < ARRAY_LEN(o->capability); i++)
            add_capability(x->s, m->capabilities[i].record, o);
    } else {
        add_capability(x->s, r, o);
        if (o->n_capabilities)
            o->n_orgs = snapshot_owners(x->s, KIND_CAPABILITY, o->capability[0], &o->orgs);
    }
}

static bool is_similar(const struct search *x, const struct offer *o, struct past *p)
{
    if (!o->n_capabilities || p->capability == UINT32_MAX) return false;
    if (p->offer_side == o->capability[0]) return p->similar;
    p->offer_side = o->capability[0];
    p->similar = false;
    for (size_t i = 0; i < o->n_capabilities && !p->similar; i++) {
        const float *const v[PART_COUNT] = {
            [PART_TITLE] = snapshot_vector(x->s, KIND_CAPABILITY, PART_TITLE, o->capability[i]),
            [PART_ALL] = snapshot_vector(x->s, KIND_CAPABILITY, PART_ALL, o->capability[i])};
        float title, both = closeness(x->s, v, KIND_CAPABILITY, p->capability, &title);
        p->similar = title >= ALIKE_TITLE && both >= ALIKE_OFFERS;
    }
    return p->similar;
}

/* Is it the same side? Otherwise OFFER_SIMILAR, which is yet to be found out. */
static enum precedent_offer same_side(const struct offer *o, const struct past *p)
{
    for (size_t i = 0; i < o->n_capabilities; i++)
        if (p->capability == o->capability[i]) return OFFER_SAME;
    for (size_t i = 0; i < o->n_orgs; i++)
        if (p->org == o->orgs[i]) return OFFER_SAME_ORG;
    return OFFER_SIMILAR;
}

/* Cheap questions first. */
static bool is_precedent(const struct search *x, const struct offer *o, struct past *p,
                         struct precedent *out)
{
    if (p->need == UINT32_MAX || (!x->q->see_all && !p->is_open)) return false;
    bool same_need = p->need == x->need;
    enum precedent_offer offer = same_side(o, p);
    if (!p->has_outcome && !(same_need && offer == OFFER_SAME)) return false;
    /* Whichever side all matches have in common has been looked at before. */
    bool need_first = x->q->target != KIND_NEED;
    if (need_first && !same_need && likeness(x, p) == -INFINITY) return false;
    if (offer == OFFER_SIMILAR && !is_similar(x, o, p)) return false;
    if (!need_first && !same_need && likeness(x, p) == -INFINITY) return false;

    *out = (struct precedent){
        .introduction = p->introduction,
        .need = snapshot_record(x->s, KIND_NEED, p->need),
        .capability = snapshot_record(x->s, KIND_CAPABILITY, p->capability),
        .org = snapshot_record(x->s, KIND_ORG, p->org),
        .same_need = same_need,
        .offer = offer,
        .likeness = same_need ? INFINITY : likeness(x, p),
    };
    return true;
}

/* Does a come before b? */
static bool goes_before(const struct precedent *a, const struct precedent *b)
{
    if (a->same_need != b->same_need) return a->same_need;
    if (a->offer != b->offer) return a->offer < b->offer;
    if (a->likeness != b->likeness) return a->likeness > b->likeness;
    int newer = strcmp(or_empty(a->introduction->value[FIELD_DATE]),
                       or_empty(b->introduction->value[FIELD_DATE]));
    if (newer) return newer > 0;
    return strcmp(a->introduction->uid, b->introduction->uid) < 0;
}

static void find_precedents(struct search *x, struct match *m)
{
    struct offer offer;
    struct precedent best[PRECEDENTS_MAX + 1];
    const struct record *need = x->q->target == KIND_NEED ? m->record : x->q->from;
    offer_of(x, m, &offer);
    if (!offer.n_capabilities && !offer.n_orgs) return;
    face_need(x, need);
    size_t n = 0;
    for (size_t i = 0; i < x->n; i++) {
        if (!is_precedent(x, &offer, &x->past[i], &best[n])) continue;
        size_t at = n;
        for (; at > 0 && goes_before(&best[at], &best[at - 1]); at--) {
            struct precedent other = best[at];
            best[at] = best[at - 1];
            best[at - 1] = other;
        }
        if (n < PRECEDENTS_MAX) n++;
    }
    struct precedent *kept = arena_alloc(x->arena, n, sizeof *kept);
    if (n) memcpy(kept, best, n * sizeof *kept);
    m->precedents = kept;
    m->n_precedents = n;
}

/* ---- track records --------------------------------------------------------------------------- */

/* How the introductions of each organisation went; organisations without any are newcomers. */
static void fill_tracks(const struct search *x, struct match_list *list)
{
    size_t size = snapshot_size(x->s, KIND_ORG);
    struct track_record *tracks = arena_zalloc(x->arena, size, sizeof *tracks);
    for (size_t i = 0; i < x->n; i++) {
        const struct past *p = &x->past[i];
        if (p->org == UINT32_MAX || !p->has_outcome) continue;
        tracks[p->org].introduced++;
        tracks[p->org].contracts += p->is_open;
    }
    for (size_t i = 0; i < list->n; i++) {
        struct match *m = &list->matches[i];
        uint32_t org = m->org ? snapshot_find(x->s, KIND_ORG, m->org->uid) : UINT32_MAX;
        if (org == UINT32_MAX) continue;
        m->track = tracks[org];
        m->track.known = true;
    }
}

void precedents_fill(const struct snapshot *s, struct analyzer *a, const struct match_query *q,
                     const struct query_side *asked, struct arena *arena, struct match_list *list)
{
    if (snapshot_live(s, KIND_INTRODUCTION) == 0) return;
    struct search x = {.s = s, .analyzer = a, .q = q, .asked = asked, .arena = arena};
    read_past(&x);
    for (size_t i = 0; i < list->n; i++) find_precedents(&x, &list->matches[i]);
    if (q->target != KIND_NEED) fill_tracks(&x, list);
}

/* ---- as examples ----------------------------------------------------------------------------- */

int precedent_grade(const struct record *r)
{
    if (has(r, FIELD_STATE, "signed") || has(r, FIELD_STATE, "negotiating")) return 3;
    if (has(r, FIELD_STATE, "agreed") || has(r, FIELD_STATE, "met")) return 2;
    bool mismatch = has(r, FIELD_STATE, "failed") && has(r, FIELD_REASON, "technology_mismatch");
    return mismatch ? 0 : -1;
}

struct grading {
    struct arena *arena;
    struct map *place; /* of a pair in pairs */
    VEC(struct graded_pair) pairs;
    VEC(const char *) dates; /* "" where there is none */
};

/* The latest word on a pair counts. Without a grade it still takes the place of an earlier one: a
 * contract that came to nothing over the price is no example any more. */
static int grade_one(void *ctx, struct record *r, struct err *err)
{
    struct grading *g = ctx;
    (void)err;
    struct graded_pair pair = {
        .introduction = r->uid,
        .need = r->value[FIELD_NEED_ID],
        .capability = r->value[FIELD_CAPABILITY_ID],
        .org = r->n_owners ? r->owners[0] : NULL,
        .grade = precedent_grade(r),
    };
    const char *date = or_empty(r->value[FIELD_DATE]);
    const char *key = arena_printf(g->arena, "%s\n%s\n%s", pair.need, or_empty(pair.capability),
                                   or_empty(pair.org));
    uint32_t at = map_add(g->place, key, strlen(key), (uint32_t)g->pairs.len);
    if (at == g->pairs.len) {
        vec_push(&g->pairs, pair);
        vec_push(&g->dates, date);
    } else if (strcmp(date, g->dates.at[at]) >= 0) {
        g->pairs.at[at] = pair;
        g->dates.at[at] = date;
    }
    return 0;
}

static int by_introduction(const void *a, const void *b)
{
    const struct graded_pair *x = a, *y = b;
    return strcmp(x->introduction, y->introduction);
}

int precedent_pairs(struct store *s, struct arena *arena, struct graded_pair **pairs, size_t *n,
                    struct err *err)
{
    struct store_query q = {.kind = KIND_INTRODUCTION};
    struct grading g = {.arena = arena, .place = map_new()};
    int rc = store_list(s, &q, arena, grade_one, &g, err);
    struct graded_pair *graded = arena_alloc(arena, g.pairs.len, sizeof *graded);
    *n = 0;
    for (size_t i = 0; i < g.pairs.len; i++)
        if (g.pairs.at[i].grade >= 0) graded[(*n)++] = g.pairs.at[i];
    if (*n) qsort(graded, *n, sizeof *graded, by_introduction);
    *pairs = graded;
    map_free(g.place);
    vec_free(&g.pairs);
    vec_free(&g.dates);
    return rc;
}
