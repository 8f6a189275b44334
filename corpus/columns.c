#include "base/base.h"

#include "base/str.h"
#include "corpus/columns.h"
#include "corpus/messages.h"
#include "corpus/orgname.h"

#include <string.h>

static const struct synonym {
    enum { IS_COLUMN, IS_IMPLIES, IS_SEALED, IS_DECORATION } what;
    unsigned kinds; /* bit 1 << enum kind */
    int target;
    const char *name, *implies;
} synonyms[] = {
#define COLUMN(kinds, field, name) {IS_COLUMN, kinds, FIELD_##field, name, NULL},
#define ID_COLUMN(kinds, name)     {IS_COLUMN, kinds, TARGET_ID, name, NULL},
#define IMPLIES(name, kind)        {IS_IMPLIES, 0, 0, name, kind},
#define SEALED_ENDING(field, name) {IS_SEALED, 0, FIELD_##field, name, NULL},
#define DECORATION(name)           {IS_DECORATION, 0, 0, name, NULL},
#include "corpus/columns.def"
#undef COLUMN
#undef ID_COLUMN
#undef IMPLIES
#undef SEALED_ENDING
#undef DECORATION
};

enum field required_field(enum kind kind)
{
    return kind == KIND_ORG ? FIELD_NAME : kind == KIND_INTRODUCTION ? FIELD_NEED_ID : FIELD_TITLE;
}

const char *target_name(int target)
{
    if (target == TARGET_ID) return "id";
    return target < FIELD_COUNT ? field_info((enum field)target)->name : "";
}

static int target_by_name(enum kind kind, const char *name)
{
    if (strcmp(name, "id") == 0) return TARGET_ID;
    enum field f = field_by_name(name);
    return f != FIELD_COUNT && field_of_kind(f, kind) ? (int)f : TARGET_EXTRA;
}

static int unknown_field(enum kind kind, const char *name, struct err *err)
{
    struct str known;
    str_init(&known);
    str_adds(&known, "id");
    for (int f = 0; f < FIELD_COUNT; f++) {
        if (field_of_kind((enum field)f, kind))
            str_addf(&known, " %s", field_info((enum field)f)->name);
    }
    err_set(err, ERR_USAGE, MSG_IMPORT_MAP_FIELD, name, known.data);
    str_free(&known);
    return -1;
}

int columns_init(struct columns *c, enum kind kind, const struct import_map *maps, size_t n_maps,
                 struct err *err)
{
    *c = (struct columns){.kind = kind, .maps = maps, .n_maps = n_maps, .by_name = map_new()};
    arena_init(&c->arena);
    for (size_t i = 0; i < n_maps; i++) {
        if (target_by_name(kind, maps[i].field) == TARGET_EXTRA)
            return unknown_field(kind, maps[i].field, err);
        for (size_t k = 0; k < i; k++) {
            if (strcmp(maps[i].field, maps[k].field) == 0)
                return err_set(err, ERR_USAGE, MSG_IMPORT_MAP_TWICE, maps[i].field);
        }
    }
    return 0;
}

void columns_free(struct columns *c)
{
    vec_free(&c->at);
    map_free(c->by_name);
    arena_free(&c->arena);
}

static bool is_mapped(const struct columns *c, int target)
{
    for (size_t i = 0; i < c->n_maps; i++)
        if (target_by_name(c->kind, c->maps[i].field) == target) return true;
    return false;
}

static bool ends_with(const char *s, const char *ending)
{
    size_t len = strlen(s), n = strlen(ending);
    return len >= n && strcmp(s + len - n, ending) == 0;
}

/* Cuts "(required)" and the like from the end of a folded name. */
static void undecorate(char *folded)
{
    size_t len = strlen(folded);
    for (size_t i = 0; i < ARRAY_LEN(synonyms); i++) {
        size_t n = strlen(synonyms[i].name);
        if (synonyms[i].what == IS_DECORATION && len > n && ends_with(folded, synonyms[i].name)) {
            folded[len - n] = '\0';
            return;
        }
    }
}

/* A second telephone is a telephone: "phone2" without its number. In arena. */
static const char *without_number(const char *folded, struct arena *arena)
{
    size_t len = strlen(folded);
    while (len && folded[len - 1] >= '0' && folded[len - 1] <= '9') len--;
    return arena_strndup(arena, folded, len);
}

bool column_is_contact(const char *name, struct arena *arena)
{
    const char *folded = without_number(name_fold(name, arena), arena);
    for (int f = 0; f < FIELD_COUNT; f++) {
        const struct field_info *info = field_info((enum field)f);
        if (info->flags & FIELD_SEALED && strcmp(name_fold(info->name, arena), folded) == 0)
            return true;
    }
    for (size_t i = 0; i < ARRAY_LEN(synonyms); i++) {
        const struct synonym *s = &synonyms[i];
        bool contact = s->what == IS_COLUMN && s->target < FIELD_COUNT &&
                       field_info((enum field)s->target)->flags & FIELD_SEALED;
        if ((contact && strcmp(s->name, folded) == 0) ||
            (s->what == IS_SEALED && ends_with(folded, s->name)))
            return true;
    }
    return false;
}

static int by_canonical_name(struct columns *c, const char *folded)
{
    if (strcmp(folded, "id") == 0) return TARGET_ID;
    for (int f = 0; f < FIELD_COUNT; f++) {
        if (field_of_kind((enum field)f, c->kind) &&
            strcmp(name_fold(field_info((enum field)f)->name, &c->arena), folded) == 0)
            return f;
    }
    return TARGET_EXTRA;
}

static void tell(struct columns *c, struct column *column)
{
    column->target = TARGET_EXTRA;
    char *folded = name_fold(column->name, &c->arena);
    for (size_t i = 0; i < c->n_maps; i++) {
        const char *wanted = c->maps[i].column;
        if (strcmp(wanted, column->name) == 0 ||
            (*folded && strcmp(name_fold(wanted, &c->arena), folded) == 0)) {
            column->target = target_by_name(c->kind, c->maps[i].field);
            column->rank = 0;
            return;
        }
    }
    undecorate(folded);
    const char *plain = without_number(folded, &c->arena);
    column->rank = 1;
    column->target = by_canonical_name(c, folded);
    for (size_t i = 0; i < ARRAY_LEN(synonyms); i++) {
        const struct synonym *s = &synonyms[i];
        bool equal = strcmp(s->name, folded) == 0;
        if (s->what == IS_IMPLIES && equal && c->kind == KIND_CAPABILITY)
            column->implies = s->implies;
        if (column->target != TARGET_EXTRA) continue;
        if (s->what == IS_COLUMN && equal && (s->kinds & 1u << c->kind)) {
            column->target = s->target;
            column->rank = 2;
        } else if (s->what == IS_SEALED && ends_with(plain, s->name)) {
            column->target = s->target;
            column->rank = 3;
        }
    }
    /* --map says which column it is, so no other one may be it; a contact stays a contact. */
    if (column->target != TARGET_EXTRA && is_mapped(c, column->target) &&
        !(column->target < FIELD_COUNT &&
          (field_info((enum field)column->target)->flags & FIELD_SEALED)))
        column->target = TARGET_EXTRA;
}

size_t columns_find(struct columns *c, const char *name, size_t len)
{
    uint32_t at = map_get(c->by_name, name, len);
    if (at != MAP_ABSENT) return at;
    if (c->at.len == COLUMNS_MAX) return COLUMNS_MAX;
    const char *start = name, *end = name + len;
    while (start < end && (unsigned char)*start <= ' ') start++;
    while (end > start && (unsigned char)end[-1] <= ' ') end--;
    struct column column = {.name = arena_strndup(&c->arena, start, (size_t)(end - start))};
    tell(c, &column);
    c->seen[column.target] = true;
    vec_push(&c->at, column);
    map_add(c->by_name, name, len, (uint32_t)(c->at.len - 1));
    return c->at.len - 1;
}

static void list_names(const struct columns *c, struct str *list)
{
    enum { ENOUGH = 240 }; /* bytes; the message has room for that */
    str_init(list);
    for (size_t i = 0; i < c->at.len; i++) {
        if (list->len + strlen(c->at.at[i].name) > ENOUGH) {
            str_adds(list, ", ...");
            return;
        }
        str_addf(list, "%s%s", i ? ", " : "", c->at.at[i].name);
    }
}

int columns_check_maps(struct columns *c, struct err *err)
{
    for (size_t i = 0; i < c->n_maps; i++) {
        if (c->seen[target_by_name(c->kind, c->maps[i].field)]) continue;
        struct str list;
        list_names(c, &list);
        err_set(err, ERR_INVALID, MSG_IMPORT_MAP_COLUMN, c->maps[i].column, list.data);
        str_free(&list);
        return -1;
    }
    return 0;
}

int columns_check_required(struct columns *c, struct err *err)
{
    enum field f = required_field(c->kind);
    if (c->seen[f]) return 0;
    struct str list;
    list_names(c, &list);
    err_set(err, ERR_INVALID, MSG_IMPORT_MISSING_COLUMN, field_info(f)->name, list.data);
    str_free(&list);
    return -1;
}
