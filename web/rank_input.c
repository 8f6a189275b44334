#include "base/base.h"

#include "base/file.h"
#include "web/cli.h"
#include "web/json.h"
#include "web/messages.h"
#include "web/rank_input.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX ((size_t)4 << 30)

void rank_input_init(struct rank_input *in)
{
    memset(in, 0, sizeof *in);
    arena_init(&in->arena);
    in->query_ids = map_new();
    in->document_ids = map_new();
    in->org_ids = map_new();
    in->history_ids = map_new();
    in->org_names = map_new();
}

void rank_input_free(struct rank_input *in)
{
    map_free(in->query_ids);
    map_free(in->document_ids);
    map_free(in->org_ids);
    map_free(in->history_ids);
    map_free(in->org_names);
    if (in->twin_keys) map_free(in->twin_keys);
    vec_free(&in->queries);
    vec_free(&in->documents);
    vec_free(&in->orgs);
    vec_free(&in->history);
    arena_free(&in->arena);
}

/* ---- lines of JSON --------------------------------------------------------------------------- */

typedef int object_reader(struct rank_input *in, const cJSON *object, void *ctx, struct err *err);

static bool is_blank(const char *line, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!isspace((unsigned char)line[i])) return false;
    return true;
}

static int read_line(struct rank_input *in, const char *line, size_t len, object_reader *reader,
                     void *ctx, struct err *err)
{
    if (is_blank(line, len)) return 0;
    cJSON *object = json_parse_object(line, len, err);
    int rc = object ? reader(in, object, ctx, err) : -1;
    cJSON_Delete(object);
    return rc;
}

static int read_objects(struct rank_input *in, const char *path, object_reader *reader, void *ctx,
                        struct err *err)
{
    struct str file;
    int rc = 0;
    str_init(&file);
    if (file_read(path, FILE_MAX, &file, err)) {
        rc = -1;
        goto out;
    }
    size_t number = 1;
    for (const char *line = file.data, *end = file.data + file.len; line < end && rc == 0;) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        size_t len = (size_t)((stop ? stop : end) - line);
        if (read_line(in, line, len, reader, ctx, err)) rc = cli_at_line(path, number, err);
        line += len + 1;
        number++;
    }
out:
    str_free(&file);
    return rc;
}

/* ---- one document ---------------------------------------------------------------------------- */

static const char *read_id(const cJSON *object, struct arena *arena, struct err *err)
{
    bool ok = true;
    const char *id = json_text_member(object, "id", arena, &ok);
    if (!ok || !id || !*id || strpbrk(id, " \t\r\n")) {
        err_set(err, ERR_INVALID, MSG_RANK_ID);
        return NULL;
    }
    return id;
}

/* Content words of a title, put together again: Chinese without spaces, Latin words apart. */
static const char *join_words(const char *words, struct arena *arena)
{
    char *out = arena_strdup(arena, words), *to = out;
    for (const char *p = words; *p; p++) {
        bool latin = to > out && isalnum((unsigned char)to[-1]) && isalnum((unsigned char)p[1]);
        if (*p != ' ' || latin) *to++ = *p;
    }
    *to = '\0';
    return out;
}

static const char *text_of(const cJSON *object, const char *const *names, size_t n,
                           struct arena *arena, bool *ok)
{
    for (size_t i = 0; i < n; i++) {
        const char *text = json_text_member(object, names[i], arena, ok);
        if (text && !is_blank(text, strlen(text))) return text;
    }
    return NULL;
}

static struct record *read_document(struct arena *arena, enum kind kind, const cJSON *object,
                                    struct err *err)
{
    /* Bilingual collections say the language behind the name; the Chinese side is taken. */
    static const char *const titles[] = {"title", "title_zh"};
    static const char *const texts[] = {"text", "abstract", "abstract_zh"};
    struct record *r = arena_zalloc(arena, 1, sizeof *r);
    bool ok = true;
    r->kind = kind;
    r->source = "local";
    r->rev = 1;
    if (!(r->uid = r->id = read_id(object, arena, err))) return NULL;
    const char *title = text_of(object, titles, ARRAY_LEN(titles), arena, &ok);
    const char *words = text_of(object, (const char *const[]){"title_words"}, 1, arena, &ok);
    const char *text = text_of(object, texts, ARRAY_LEN(texts), arena, &ok);
    if (!title && words) title = join_words(words, arena);
    /* A text without a title is its own title: nothing is made up, and both parts say the same. */
    r->value[FIELD_TITLE] = title ? title : text ? text : r->uid;
    r->value[FIELD_TEXT] = title ? text : NULL;
    if (!ok) {
        err_set(err, ERR_INVALID, MSG_MEMBER_TYPE, "title");
        return NULL;
    }
    return r;
}

/* Adds a record under its id; the second of one id is an error. */
static int add_record(struct records *to, struct map *ids, const struct record *r, struct err *err)
{
    uint32_t place = (uint32_t)to->len;
    if (map_add(ids, r->uid, strlen(r->uid), place) != place)
        return err_set(err, ERR_INVALID, MSG_RANK_TWICE, r->uid);
    vec_push(to, r);
    return 0;
}

static int read_query(struct rank_input *in, const cJSON *object, void *ctx, struct err *err)
{
    (void)ctx;
    struct record *r = read_document(&in->arena, KIND_NEED, object, err);
    return r ? add_record(&in->queries, in->query_ids, r, err) : -1;
}

static int read_corpus_line(struct rank_input *in, const cJSON *object, void *ctx, struct err *err)
{
    (void)ctx;
    struct record *r = read_document(&in->arena, KIND_CAPABILITY, object, err);
    return r ? add_record(&in->documents, in->document_ids, r, err) : -1;
}

int rank_read_queries(struct rank_input *in, const char *path, struct err *err)
{
    return read_objects(in, path, read_query, NULL, err);
}

int rank_read_corpus(struct rank_input *in, const char *path, struct err *err)
{
    return read_objects(in, path, read_corpus_line, NULL, err);
}

/* ---- organisations --------------------------------------------------------------------------- */

/* Owners arrive one by one, so a document's list is copied once for each: short lists. */
static void add_owner(struct rank_input *in, uint32_t document, const char *org)
{
    struct record *r = arena_alloc(&in->arena, 1, sizeof *r);
    *r = *in->documents.at[document];
    const char **owners = arena_alloc(&in->arena, r->n_owners + 1, sizeof *owners);
    for (size_t i = 0; i < r->n_owners; i++) {
        owners[i] = r->owners[i];
        if (strcmp(owners[i], org) == 0) return;
    }
    owners[r->n_owners++] = org;
    r->owners = owners;
    in->documents.at[document] = r;
}

static int own_by_ids(struct rank_input *in, const cJSON *ids, const char *org, size_t *unknown)
{
    for (const cJSON *id = ids ? ids->child : NULL; id; id = id->next) {
        const char *text = cJSON_IsString(id) ? id->valuestring : "";
        uint32_t document = map_get(in->document_ids, text, strlen(text));
        if (document == MAP_ABSENT)
            ++*unknown;
        else
            add_owner(in, document, org);
    }
    return 0;
}

/* Documents that come with their organisation; one that the corpus holds already is that one. */
static int own_profile(struct rank_input *in, const cJSON *papers, const char *org, struct err *err)
{
    for (const cJSON *paper = papers ? papers->child : NULL; paper; paper = paper->next) {
        struct record *r = read_document(&in->arena, KIND_CAPABILITY, paper, err);
        if (!r) return -1;
        uint32_t place = map_get(in->document_ids, r->uid, strlen(r->uid));
        if (place == MAP_ABSENT) {
            place = (uint32_t)in->documents.len;
            if (add_record(&in->documents, in->document_ids, r, err)) return -1;
        }
        add_owner(in, place, org);
    }
    return 0;
}

static int read_org(struct rank_input *in, const cJSON *object, void *ctx, struct err *err)
{
    static const char *const lists[] = {"patents", "papers", "docs"};
    struct record *r = arena_zalloc(&in->arena, 1, sizeof *r);
    bool ok = true;
    r->kind = KIND_ORG;
    r->source = "local";
    r->rev = 1;
    if (!(r->uid = r->id = read_id(object, &in->arena, err))) return -1;
    const char *name = json_text_member(object, "name", &in->arena, &ok);
    r->value[FIELD_NAME] = name ? name : r->uid;
    if (add_record(&in->orgs, in->org_ids, r, err)) return -1;
    map_add(in->org_names, record_title(r), strlen(record_title(r)), (uint32_t)in->orgs.len - 1);
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        if (own_by_ids(in, cJSON_GetObjectItemCaseSensitive(object, lists[i]), r->uid, ctx))
            return -1;
    return own_profile(in, cJSON_GetObjectItemCaseSensitive(object, "profile_papers"), r->uid, err);
}

int rank_read_orgs(struct rank_input *in, const char *path, size_t *unknown, struct err *err)
{
    *unknown = 0;
    return read_objects(in, path, read_org, unknown, err);
}

/* ---- past collaborations --------------------------------------------------------------------- */

static uint32_t find_org(const struct rank_input *in, const char *text)
{
    uint32_t place = map_get(in->org_ids, text, strlen(text));
    return place != MAP_ABSENT ? place : map_get(in->org_names, text, strlen(text));
}

static int read_collaboration(struct rank_input *in, const cJSON *object, void *ctx,
                              struct err *err)
{
    size_t *unknown = ctx;
    struct record *r = arena_zalloc(&in->arena, 1, sizeof *r);
    bool ok = true;
    *r = (struct record){.kind = KIND_CONSORTIUM, .source = "local", .rev = 1};
    if (!(r->uid = r->id = read_id(object, &in->arena, err))) return -1;
    const char *title = json_text_member(object, "title", &in->arena, &ok);
    if (!ok) return err_set(err, ERR_INVALID, MSG_MEMBER_TYPE, "title");
    r->value[FIELD_TITLE] = title && !is_blank(title, strlen(title)) ? title : r->uid;
    r->value[FIELD_DATE] = json_text_member(object, "date", &in->arena, &ok);
    if (!ok) return err_set(err, ERR_INVALID, MSG_MEMBER_TYPE, "date");
    const cJSON *orgs = cJSON_GetObjectItemCaseSensitive(object, "orgs");
    if (!cJSON_IsArray(orgs)) return err_set(err, ERR_INVALID, MSG_MEMBER_TYPE, "orgs");
    const char **owners = arena_alloc(&in->arena, (size_t)cJSON_GetArraySize(orgs), sizeof *owners);
    for (const cJSON *org = orgs->child; org; org = org->next) {
        uint32_t place = find_org(in, cJSON_IsString(org) ? org->valuestring : "");
        if (place == MAP_ABSENT)
            ++*unknown;
        else
            owners[r->n_owners++] = in->orgs.at[place]->uid;
    }
    r->owners = owners;
    return add_record(&in->history, in->history_ids, r, err);
}

int rank_read_history(struct rank_input *in, const char *path, size_t *unknown, struct err *err)
{
    *unknown = 0;
    return read_objects(in, path, read_collaboration, unknown, err);
}

/* ---- the query itself ------------------------------------------------------------------------ */

static const char *twin_key(const struct record *r, enum kind of, struct arena *arena)
{
    const char *title = r->value[FIELD_TITLE], *text = r->value[FIELD_TEXT];
    return of == KIND_CONSORTIUM ? arena_printf(arena, "c%s", title)
                                 : arena_printf(arena, "d%s\n%s", title, text ? text : "");
}

static void index_twins(struct rank_input *in)
{
    const struct records *const lists[] = {&in->documents, &in->history};
    uint32_t n = 0;
    in->twin_keys = map_new();
    in->twins = arena_alloc(&in->arena, in->documents.len + in->history.len, sizeof *in->twins);
    for (size_t l = 0; l < ARRAY_LEN(lists); l++) {
        for (size_t i = 0; i < lists[l]->len; i++) {
            const struct record *r = lists[l]->at[i];
            const char *key = twin_key(r, r->kind, &in->arena);
            in->twins[n] = (struct rank_twin){r, map_get(in->twin_keys, key, strlen(key))};
            map_set(in->twin_keys, key, strlen(key), n++);
        }
    }
}

size_t rank_twins(struct rank_input *in, const struct record *query, struct arena *arena,
                  const struct record ***twins)
{
    static const enum kind kinds[] = {KIND_CAPABILITY, KIND_CONSORTIUM};
    const struct records *const lists[] = {&in->documents, &in->history};
    const struct map *const ids[] = {in->document_ids, in->history_ids};
    VEC(const struct record *) found = {0};
    if (!in->twin_keys) index_twins(in);
    for (size_t l = 0; l < ARRAY_LEN(kinds); l++) {
        uint32_t same = map_get(ids[l], query->uid, strlen(query->uid));
        if (same != MAP_ABSENT) vec_push(&found, lists[l]->at[same]);
        const char *key = twin_key(query, kinds[l], arena);
        uint32_t at = map_get(in->twin_keys, key, strlen(key));
        for (; at != MAP_ABSENT; at = in->twins[at].next)
            if (same == MAP_ABSENT || in->twins[at].record != lists[l]->at[same])
                vec_push(&found, in->twins[at].record);
    }
    *twins = arena_alloc(arena, found.len, sizeof **twins);
    if (found.len) memcpy(*twins, found.at, found.len * sizeof **twins);
    size_t n = found.len;
    vec_free(&found);
    return n;
}

/* ---- judged pairs ---------------------------------------------------------------------------- */

/* Splits a line at tabs or spaces; at most four columns. */
static size_t split_columns(char *line, char *column[4])
{
    size_t n = 0;
    char *rest = NULL;
    for (char *c = strtok_r(line, " \t\r", &rest); c && n < 4; c = strtok_r(NULL, " \t\r", &rest))
        column[n++] = c;
    return n;
}

static void add_pair(const struct rank_input *in, const struct map *targets, char *line, bool first,
                     struct judged *out)
{
    char *column[4];
    size_t n = split_columns(line, column);
    if (n < 2) return;
    const char *target = n == 4 ? column[2] : column[1];
    struct judged_pair pair = {
        .query = map_get(in->query_ids, column[0], strlen(column[0])),
        .target = targets == in->org_ids ? find_org(in, target)
                                         : map_get(targets, target, strlen(target)),
    };
    if (pair.query != MAP_ABSENT && pair.target != MAP_ABSENT)
        vec_push(out, pair);
    else if (!first || pair.query != MAP_ABSENT) /* else it names the columns */
        out->unknown++;
}

int rank_read_judged(const struct rank_input *in, const struct map *targets, const char *path,
                     struct judged *out, struct err *err)
{
    struct str file;
    str_init(&file);
    memset(out, 0, sizeof *out);
    int rc = file_read(path, FILE_MAX, &file, err);
    char *rest = NULL;
    bool first = true;
    for (char *line = rc ? NULL : strtok_r(file.data, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest)) {
        add_pair(in, targets, line, first, out);
        first = false;
    }
    str_free(&file);
    return rc;
}
