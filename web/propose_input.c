#include "base/base.h"

#include "base/utf8.h"
#include "corpus/record.h"
#include "web/messages.h"
#include "web/propose_input.h"

#include <string.h>

enum { SUBTOPIC_ID_MAX = 64 /* code points */ };

/* ---- values ---------------------------------------------------------------------------------- */

/* Cleaned as that field of a need is: blanks of any width at its ends and control characters gone.
 * *out: NULL when nothing is left. */
static int clean(const char *key, const char *text, enum field like, struct arena *arena,
                 const char **out, struct err *err)
{
    struct record need = {.kind = KIND_NEED};
    if (text && utf8_count(text, strlen(text)) > PROPOSE_TEXT_MAX)
        return err_set(err, ERR_TOO_LARGE, MSG_PROPOSE_LONG, key, PROPOSE_TEXT_MAX);
    if (text && record_set_value(&need, like, text, strlen(text), arena, NULL, err)) return -1;
    *out = need.value[like];
    return 0;
}

int propose_read_region(const char *text, struct arena *arena, const char **out, struct err *err)
{
    return clean("region", text, FIELD_TITLE, arena, out, err);
}

/* A text member; a blank one is as an absent one. */
static int read_text(const cJSON *object, const char *key, enum field like, struct arena *arena,
                     const char **out, struct err *err)
{
    bool ok = true;
    const char *text = json_text_member(object, key, arena, &ok);
    if (!ok) return err_set(err, ERR_INVALID, MSG_MEMBER_TYPE, key);
    return clean(key, text, like, arena, out, err);
}

/* A whole number in [1, max]; *out keeps its value when absent. */
static int read_count(const cJSON *object, const char *key, int max, size_t *out, struct err *err)
{
    const cJSON *m = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!m || cJSON_IsNull(m)) return 0;
    if (!cJSON_IsNumber(m) || !(m->valuedouble >= 1 && m->valuedouble <= max) ||
        m->valuedouble != (double)(int)m->valuedouble)
        return err_set(err, ERR_INVALID, MSG_PROPOSE_COUNT, key, max);
    *out = (size_t)m->valuedouble;
    return 0;
}

/* The list called key, NULL when absent. */
static int read_list(const cJSON *object, const char *key, int max, const cJSON **out,
                     struct err *err)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(object, key);
    *out = list && !cJSON_IsNull(list) ? list : NULL;
    if (*out && !cJSON_IsArray(list)) return err_set(err, ERR_INVALID, MSG_MEMBER_TYPE, key);
    int n = cJSON_GetArraySize(*out);
    return n > max ? err_set(err, ERR_TOO_LARGE, MSG_PROPOSE_MANY, key, n, max) : 0;
}

static int read_ids(const cJSON *object, const char *key, struct arena *arena,
                    const char *const **out, size_t *n, struct err *err)
{
    const cJSON *list, *item;
    if (read_list(object, key, PROPOSE_IDS_MAX, &list, err)) return -1;
    const char **ids = arena_alloc(arena, (size_t)cJSON_GetArraySize(list), sizeof *ids);
    cJSON_ArrayForEach(item, list)
    {
        if (!cJSON_IsString(item)) return err_set(err, ERR_INVALID, MSG_MEMBER_TYPE, key);
        ids[(*n)++] = arena_strdup(arena, item->valuestring);
    }
    *out = ids;
    return 0;
}

static int read_apart(const cJSON *object, struct arena *arena, struct propose_request *q,
                      struct err *err)
{
    const cJSON *list, *pair;
    if (read_list(object, "apart", PROPOSE_IDS_MAX, &list, err)) return -1;
    const char *(*apart)[2] = arena_alloc(arena, (size_t)cJSON_GetArraySize(list), sizeof *apart);
    cJSON_ArrayForEach(pair, list)
    {
        const cJSON *a = cJSON_GetArrayItem(pair, 0), *b = cJSON_GetArrayItem(pair, 1);
        if (!cJSON_IsArray(pair) || cJSON_GetArraySize(pair) != 2 || !cJSON_IsString(a) ||
            !cJSON_IsString(b) || strcmp(a->valuestring, b->valuestring) == 0)
            return err_set(err, ERR_INVALID, MSG_PROPOSE_PAIR);
        apart[q->n_apart][0] = arena_strdup(arena, a->valuestring);
        apart[q->n_apart++][1] = arena_strdup(arena, b->valuestring);
    }
    q->apart = (const char *const(*)[2])apart;
    return 0;
}

/* ---- subtopics ------------------------------------------------------------------------------- */

static int check_members(const cJSON *object, const char *const *known, const char *const *others,
                         const char *of, struct err *err)
{
    for (const cJSON *m = object->child; m; m = m->next) {
        if (cJSON_GetObjectItemCaseSensitive(object, m->string) != m)
            return err_set(err, ERR_INVALID, MSG_MEMBER_TWICE, m->string);
        bool found = false;
        for (size_t i = 0; known[i] && !found; i++) found = strcmp(known[i], m->string) == 0;
        for (size_t i = 0; others && others[i] && !found; i++)
            found = strcmp(others[i], m->string) == 0;
        if (!found) return err_set(err, ERR_INVALID, MSG_PROPOSE_MEMBER, m->string, of);
    }
    return 0;
}

int propose_read_subtopic(const cJSON *object, struct arena *arena, struct subtopic *out,
                          struct err *err)
{
    static const char *const known[] = {"id", "title", "text", "targets", "weight", NULL};
    *out = (struct subtopic){.weight = 1};
    if (!cJSON_IsObject(object)) return err_set(err, ERR_INVALID, MSG_MEMBER_TYPE, "subtopics");
    if (check_members(object, known, NULL, "subtopics", err) ||
        read_text(object, "id", FIELD_TITLE, arena, &out->id, err) ||
        read_text(object, "title", FIELD_TITLE, arena, &out->title, err) ||
        read_text(object, "text", FIELD_TEXT, arena, &out->text, err) ||
        read_text(object, "targets", FIELD_TARGETS, arena, &out->targets, err))
        return -1;
    if (!out->title) return err_set(err, ERR_INVALID, MSG_PROPOSE_NO_TITLE);
    if (out->id && utf8_count(out->id, strlen(out->id)) > SUBTOPIC_ID_MAX)
        return err_set(err, ERR_TOO_LARGE, MSG_PROPOSE_LONG, "id", SUBTOPIC_ID_MAX);
    const cJSON *weight = cJSON_GetObjectItemCaseSensitive(object, "weight");
    if (!weight || cJSON_IsNull(weight)) return 0;
    if (!cJSON_IsNumber(weight) || !(weight->valuedouble > 0 && weight->valuedouble <= 1e6))
        return err_set(err, ERR_INVALID, MSG_PROPOSE_NO_WEIGHT);
    out->weight = weight->valuedouble;
    return 0;
}

static bool is_taken(const struct subtopic *all, size_t n, const char *id)
{
    for (size_t i = 0; i < n; i++)
        if (all[i].id && strcmp(all[i].id, id) == 0) return true;
    return false;
}

void propose_name_subtopics(struct subtopic *all, size_t n, struct arena *arena)
{
    for (size_t i = 0; i < n; i++) {
        if (all[i].id) continue;
        size_t number = i + 1;
        const char *id = arena_printf(arena, "t%zu", number);
        while (is_taken(all, n, id)) {
            number = MAX(number, n) + 1; /* past the places of the others */
            id = arena_printf(arena, "t%zu", number);
        }
        all[i].id = id;
    }
}

static int failed_at_subtopic(size_t number, struct err *err)
{
    struct err cause = *err;
    err_set(err, cause.kind, MSG_PROPOSE_SUBTOPIC, number, cause.text[LANG_ZH]);
    msg_render(err->text[LANG_EN], sizeof err->text[LANG_EN], LANG_EN, MSG_PROPOSE_SUBTOPIC, number,
               cause.text[LANG_EN]);
    err->code = cause.code;
    return -1;
}

static size_t length_of(const struct subtopic *t)
{
    const char *const texts[] = {t->title, t->text, t->targets};
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        if (texts[i]) n += utf8_count(texts[i], strlen(texts[i]));
    return n;
}

static int read_subtopics(const cJSON *object, struct arena *arena, struct propose_input *in,
                          struct err *err)
{
    struct propose_request *q = &in->request;
    const cJSON *list, *item;
    if (read_list(object, "subtopics", COMPOSE_SUBTOPICS, &list, err)) return -1;
    if (!list) return 0;
    if (!list->child) return err_set(err, ERR_INVALID, MSG_PROPOSE_NO_SUBTOPICS);
    struct subtopic *all = arena_alloc(arena, (size_t)cJSON_GetArraySize(list), sizeof *all);
    cJSON_ArrayForEach(item, list)
    {
        size_t n = q->n_subtopics;
        if (propose_read_subtopic(item, arena, &all[n], err)) return failed_at_subtopic(n + 1, err);
        q->n_subtopics++;
        in->length += length_of(&all[n]);
        if (in->length > PROPOSE_ALL_MAX)
            return err_set(err, ERR_TOO_LARGE, MSG_PROPOSE_TOTAL, PROPOSE_ALL_MAX);
    }
    propose_name_subtopics(all, q->n_subtopics, arena);
    q->subtopics = all;
    return 0;
}

/* ---- all of it ------------------------------------------------------------------------------- */

int propose_read(const cJSON *object, const char *const *others, struct arena *arena,
                 struct propose_input *out, struct err *err)
{
    static const char *const known[] = {"need_id", "bottleneck_id", "subtopics",   "lock",
                                        "ban",     "apart",         "max_members", "load",
                                        "region",  "brief",         NULL};
    struct propose_request *q = &out->request;
    *out = (struct propose_input){0};
    if (check_members(object, known, others, "proposals", err) ||
        read_text(object, "need_id", FIELD_TITLE, arena, &out->need, err) ||
        read_text(object, "bottleneck_id", FIELD_TITLE, arena, &out->bottleneck, err))
        return -1;
    if (!out->need == !out->bottleneck) return err_set(err, ERR_INVALID, MSG_PROPOSE_CHALLENGE);
    if (read_subtopics(object, arena, out, err) ||
        read_ids(object, "lock", arena, &q->lock, &q->n_lock, err) ||
        read_ids(object, "ban", arena, &q->ban, &q->n_ban, err) ||
        read_apart(object, arena, q, err) ||
        read_count(object, "max_members", COMPOSE_MEMBERS, &q->max_members, err) ||
        read_count(object, "load", COMPOSE_SUBTOPICS, &q->load, err) ||
        read_text(object, "region", FIELD_TITLE, arena, &q->region, err))
        return -1;
    const cJSON *brief = cJSON_GetObjectItemCaseSensitive(object, "brief");
    if (brief && !cJSON_IsBool(brief) && !cJSON_IsNull(brief))
        return err_set(err, ERR_INVALID, MSG_MEMBER_TYPE, "brief");
    q->brief = cJSON_IsTrue(brief);
    return 0;
}

static void write_ids(struct json *j, const char *key, const char *const *ids, size_t n)
{
    json_key(j, key);
    json_array(j);
    for (size_t i = 0; i < n; i++) json_string(j, ids[i]);
    json_end_array(j);
}

static void write_subtopics(struct json *j, const struct propose_request *q)
{
    json_key(j, "subtopics");
    json_array(j);
    for (size_t i = 0; i < q->n_subtopics; i++) {
        const struct subtopic *t = &q->subtopics[i];
        json_object(j);
        json_member(j, "id", t->id);
        json_member(j, "title", t->title);
        json_member(j, "text", t->text);
        json_member(j, "targets", t->targets);
        json_member_double(j, "weight", t->weight);
        json_end_object(j);
    }
    json_end_array(j);
}

void propose_write(struct json *j, const struct propose_request *q, bool subtopics)
{
    json_object(j);
    if (subtopics && q->subtopics) write_subtopics(j, q);
    write_ids(j, "lock", q->lock, q->n_lock);
    write_ids(j, "ban", q->ban, q->n_ban);
    json_key(j, "apart");
    json_array(j);
    for (size_t i = 0; i < q->n_apart; i++) {
        json_array(j);
        json_string(j, q->apart[i][0]);
        json_string(j, q->apart[i][1]);
        json_end_array(j);
    }
    json_end_array(j);
    json_member_int(j, "max_members",
                    (int64_t)(q->max_members ? q->max_members : (size_t)PROPOSE_MEMBERS));
    json_member_int(j, "load", (int64_t)(q->load ? q->load : (size_t)PROPOSE_LOAD));
    json_member(j, "region", q->region);
    json_end_object(j);
}
