#include "base/base.h"

#include "corpus/messages.h"
#include "corpus/record_json.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* cJSON reports exhausted memory by NULL; here as in base/mem.h that ends the program, since a
 * change row that silently lacks a field would be worse. */
static void *there(void *p)
{
    if (p) return p;
    fprintf(stderr, "hongniang: out of memory\n");
    abort();
}

static void add_text(cJSON *object, const char *name, const char *value)
{
    there(cJSON_AddStringToObject(object, name, value));
}

cJSON *record_to_tree(const struct record *r)
{
    cJSON *object = there(cJSON_CreateObject());
    add_text(object, "uid", r->uid);
    add_text(object, "source", r->source);
    add_text(object, "id", r->id);
    for (int f = 0; f < FIELD_COUNT; f++) {
        const struct field_info *info = field_info((enum field)f);
        const char *value = r->value[f];
        if (!value || info->flags & FIELD_VIRTUAL || !field_of_kind((enum field)f, r->kind))
            continue;
        /* A canonical number is a JSON number, digit for digit. */
        if (info->type == TYPE_INT || info->type == TYPE_REAL)
            there(cJSON_AddRawToObject(object, info->name, value));
        else
            add_text(object, info->name, value);
    }
    if (r->n_owners) {
        cJSON *owners = there(cJSON_AddArrayToObject(object, "owners"));
        for (size_t i = 0; i < r->n_owners; i++)
            cJSON_AddItemToArray(owners, there(cJSON_CreateString(r->owners[i])));
    }
    if (r->extra) there(cJSON_AddRawToObject(object, "extra", r->extra));
    return object;
}

static char *print(const cJSON *item, struct arena *arena)
{
    char *text = there(cJSON_PrintUnformatted(item));
    char *copy = arena_strdup(arena, text);
    cJSON_free(text);
    return copy;
}

char *record_to_json(const struct record *r, struct arena *arena)
{
    cJSON *object = record_to_tree(r);
    char *text = print(object, arena);
    cJSON_Delete(object);
    return text;
}

/* ---- sorted text of an object --------------------------------------------------------------- */

static int by_key(const void *a, const void *b)
{
    const cJSON *const *x = a, *const *y = b;
    return strcmp((*x)->string, (*y)->string);
}

/* Sorts the members of an object, and of what they hold. Nesting is what the parser let through
 * (CJSON_NESTING_LIMIT at most). */
static void sort_members(cJSON *item)
{
    size_t n = 0;
    for (cJSON *c = item->child; c; c = c->next) {
        sort_members(c);
        n++;
    }
    if (!cJSON_IsObject(item) || n < 2) return;
    cJSON **members = there(cJSON_malloc(n * sizeof(cJSON *)));
    for (size_t i = 0; i < n; i++) members[i] = cJSON_DetachItemViaPointer(item, item->child);
    qsort(members, n, sizeof(cJSON *), by_key);
    for (size_t i = 0; i < n; i++) {
        /* AddItemToArray is the call that keeps the key an item already has. */
        cJSON_AddItemToArray(item, members[i]);
    }
    cJSON_free(members);
}

char *record_extra(cJSON *object, struct arena *arena)
{
    if (!object->child) return NULL;
    sort_members(object);
    return print(object, arena);
}

char *record_json_object(const char *text, size_t len, struct arena *arena)
{
    cJSON *object = cJSON_ParseWithLength(text, len);
    char *printed = cJSON_IsObject(object) ? print(object, arena) : NULL;
    cJSON_Delete(object);
    return printed;
}

/* ---- reading -------------------------------------------------------------------------------- */

static const char *member_text(const cJSON *object, const char *name, struct arena *arena)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsString(item) ? arena_strdup(arena, item->valuestring) : NULL;
}

static void read_fields(struct record *r, const cJSON *object, struct arena *arena)
{
    for (const cJSON *item = object->child; item; item = item->next) {
        enum field f = field_by_name(item->string);
        if (f == FIELD_COUNT || !field_of_kind(f, r->kind)) continue;
        if (cJSON_IsNumber(item))
            r->value[f] = arena_printf(arena, "%.15g", item->valuedouble);
        else if (cJSON_IsString(item))
            r->value[f] = arena_strdup(arena, item->valuestring);
    }
}

static void read_owners(struct record *r, const cJSON *object, struct arena *arena)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(object, "owners"), *item;
    const char **owners = arena_alloc(arena, (size_t)cJSON_GetArraySize(list), sizeof *owners);
    cJSON_ArrayForEach(item, list)
    {
        if (cJSON_IsString(item)) owners[r->n_owners++] = arena_strdup(arena, item->valuestring);
    }
    r->owners = owners;
}

struct record *record_from_json(enum kind kind, const char *text, struct arena *arena,
                                struct err *err)
{
    cJSON *object = cJSON_Parse(text);
    struct record *r = arena_zalloc(arena, 1, sizeof *r);
    r->kind = kind;
    r->uid = member_text(object, "uid", arena);
    r->source = member_text(object, "source", arena);
    r->id = member_text(object, "id", arena);
    if (r->uid && r->source && r->id) {
        read_fields(r, object, arena);
        read_owners(r, object, arena);
        cJSON *extra = cJSON_GetObjectItemCaseSensitive(object, "extra");
        if (cJSON_IsObject(extra)) r->extra = record_extra(extra, arena);
    } else {
        err_set(err, ERR_INTERNAL, MSG_RECORD_JSON, kind_name(kind));
        r = NULL;
    }
    cJSON_Delete(object);
    return r;
}
