#include "base/base.h"

#include "base/str.h"
#include "matcher/call_draft.h"
#include "matcher/health_impl.h"
#include "matcher/indicator_table.h"

#include <math.h>
#include <string.h>

#define CALL_WORD(id, zh, en)
static const struct {
    const char *name, *label[LANG_COUNT], *question[LANG_COUNT];
    unsigned rules; /* bit 1 << kind */
} parts[CALL_PARTS] = {
#define CALL_PART(id, name, zh, en, ask_zh, ask_en, rules)                                         \
    {name, {[LANG_ZH] = zh, [LANG_EN] = en}, {[LANG_ZH] = ask_zh, [LANG_EN] = ask_en}, rules},
#include "matcher/call_draft.def"
#undef CALL_PART
};
#undef CALL_WORD

#define CALL_PART(id, name, zh, en, ask_zh, ask_en, rules)
enum word {
#define CALL_WORD(id, zh, en) WORD_##id,
#include "matcher/call_draft.def"
#undef CALL_WORD
};
static const char *const words[][LANG_COUNT] = {
#define CALL_WORD(id, zh, en) {[LANG_ZH] = zh, [LANG_EN] = en},
#include "matcher/call_draft.def"
#undef CALL_WORD
};
#undef CALL_PART

const char *call_part_name(enum call_part part)
{
    return parts[part].name;
}

/* ---- what the item says ---------------------------------------------------------------------- */

struct statements {
    const struct indicator_statement *at;
    size_t n;
};

static bool requires(const struct statements *required, enum field field, struct span sentence)
{
    for (size_t i = 0; i < required->n; i++) {
        uint32_t at = required->at[i].indicator.span.begin;
        if (required->at[i].field == field && sentence.begin <= at && at < sentence.end)
            return true;
    }
    return false;
}

/* Its sentences: those that say what is wanted, or require a figure, and the others. */
static void split_text(const struct record *need, const struct statements *required,
                       struct arena *arena, struct call_entry *goal, struct call_entry *rest)
{
    struct reading r;
    reading_make(need, arena, &r);
    goal->texts = arena_alloc(arena, r.n_sentences, sizeof *goal->texts);
    rest->texts = arena_alloc(arena, r.n_sentences, sizeof *rest->texts);
    for (size_t i = 0; i < r.n_sentences; i++) {
        const struct sentence *s = &r.sentences[i];
        const struct health_field *f = &r.fields[s->field];
        if (f->field != FIELD_TEXT) continue;
        bool wanted = (s->goal && !s->past) || requires(required, FIELD_TEXT, s->span);
        struct call_entry *to = wanted ? goal : rest;
        to->texts[to->n_texts++] = text_slice(f->text, f->len, s->span, arena);
    }
}

static bool listed(const struct call_entry *entry, const char *text)
{
    for (size_t i = 0; i < entry->n_texts; i++)
        if (strcmp(entry->texts[i], text) == 0) return true;
    return false;
}

static void list_indicators(const struct statements *required, struct arena *arena,
                            struct call_entry *entry)
{
    entry->texts = arena_alloc(arena, required->n, sizeof *entry->texts);
    for (size_t i = 0; i < required->n; i++) {
        const struct indicator_statement *s = &required->at[i];
        const char *text = text_slice(s->text, strlen(s->text), s->indicator.span, arena);
        if (!listed(entry, text)) entry->texts[entry->n_texts++] = text;
    }
}

/* ---- what the rules say ---------------------------------------------------------------------- */

static void add_rules(const struct record *need, const char *on, struct arena *arena,
                      struct call_draft *out)
{
    struct health_query q = {.need = need, .grant_wan = NAN, .solver_wan = NAN, .on = on};
    struct health *h = arena_alloc(arena, 1, sizeof *h);
    health_diagnose(&q, arena, h);
    for (int p = 0; p < CALL_PARTS; p++) {
        struct call_entry *e = &out->parts[p];
        e->rules = arena_alloc(arena, h->n_rules, sizeof *e->rules);
        for (size_t i = 0; i < h->n_rules; i++)
            if (parts[p].rules & 1u << rule_kind_of(&h->rules[i]))
                e->rules[e->n_rules++] = &h->rules[i];
    }
}

/* ---- the need it would be -------------------------------------------------------------------- */

static const char *joined(const struct call_entry *entry, const char *between, struct arena *arena)
{
    struct str s;
    str_init(&s);
    for (size_t i = 0; i < entry->n_texts; i++) {
        if (i) str_adds(&s, between);
        str_adds(&s, entry->texts[i]);
    }
    const char *text = entry->n_texts ? arena_strdup(arena, s.data) : NULL;
    str_free(&s);
    return text;
}

/* All that the item says, the goal first under its heading; as it stands where none is told apart.
 */
static const char *body(const struct record *item, const struct call_entry *goal,
                        const struct call_entry *rest, enum lang lang, struct arena *arena)
{
    if (!goal->n_texts) return item->value[FIELD_TEXT];
    const char *between = words[WORD_BETWEEN][lang], *colon = words[WORD_COLON][lang];
    const char *wanted = arena_printf(arena, "%s%s%s", parts[CALL_GOAL].label[lang], colon,
                                      joined(goal, between, arena));
    if (!rest->n_texts) return wanted;
    return arena_printf(arena, "%s\n%s%s%s", wanted, words[WORD_BACKGROUND][lang], colon,
                        joined(rest, between, arena));
}

void call_draft_make(struct analyzer *a, const struct record *item, const char *on,
                     struct arena *arena, struct call_draft *out)
{
    struct record need = {.kind = KIND_NEED};
    struct call_entry rest = {0};
    *out = (struct call_draft){.title = record_title(item), .chain = item->value[FIELD_CHAIN]};
    for (int p = 0; p < CALL_PARTS; p++)
        for (int lang = 0; lang < LANG_COUNT; lang++) {
            out->parts[p].label[lang] = parts[p].label[lang];
            out->parts[p].question[lang] = parts[p].question[lang];
        }
    need.value[FIELD_TITLE] = item->value[FIELD_TITLE];
    need.value[FIELD_TEXT] = item->value[FIELD_TEXT];
    struct explain_source source = {.record = item};
    struct indicator_statement *found;
    struct statements required = {.n = indicator_statements(a, &source, true, arena, &found)};
    required.at = found;
    split_text(&need, &required, arena, &out->parts[CALL_GOAL], &rest);
    list_indicators(&required, arena, &out->parts[CALL_INDICATORS]);

    enum lang lang = text_language(out->title);
    out->cooperation = words[WORD_COOPERATION][lang];
    out->text = body(item, &out->parts[CALL_GOAL], &rest, lang, arena);
    out->targets = joined(&out->parts[CALL_INDICATORS], "\n", arena);
    need.value[FIELD_COOPERATION] = out->cooperation;
    need.value[FIELD_TEXT] = out->text;
    need.value[FIELD_TARGETS] = out->targets;
    add_rules(&need, on, arena, out);
}
