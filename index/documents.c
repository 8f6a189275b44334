#include "base/base.h"

#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/vec.h"
#include "index/documents.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/random.h>

enum {
    TEXTS,
    LOTS,
    OWNERS_AT,
    OWNERS,
    NAMES_AT,
    NAMES,
    SOURCES,
    STARTS,
    SLOTS,
    SMALL, /* sections from here on are long, and not read when a file is opened */
    BYTES = SMALL,
    SECTIONS
};

/* The version counts up with the table of fields, too. */
static const struct sections_format format = {
    {'H', 'N', 'R', 'E', 'C', 'O', 'R', '\n'}, 1 + (uint32_t)FIELD_COUNT * 16, SECTIONS};

enum { ROWS, KIND, SEED, NAMES_N, MASK };

/* A row: which strings it has, its revision, then these strings, terminated: uid, id, times, and
 * fields in order. */
struct row_head {
    uint64_t has; /* bit f: field f; and these: */
    int64_t rev;
};
enum { HAS_ID = 63, HAS_CREATED = 62, HAS_UPDATED = 61 };
_Static_assert((int)FIELD_COUNT < (int)HAS_UPDATED, "fields have bits of their own");

char *segment_path(const char *dir, const char *what, uint64_t seed)
{
    struct str path;
    str_init(&path);
    str_addf(&path, "%s/%s-%016llx.bin", dir, what, (unsigned long long)seed);
    return str_take(&path);
}

/* Fields that the index keeps: contacts stay out of memory that searches and explains. */
static bool kept(enum field f)
{
    return !(field_info(f)->flags & (FIELD_SEALED | FIELD_PRIVATE | FIELD_VIRTUAL));
}

/* The strings of a record in order, but for its owners and source; NULL is absent. uid first. */
enum { STRINGS = 4 + (int)FIELD_COUNT };
static uint64_t strings_of(const struct record *r, const char *out[STRINGS], size_t *n)
{
    uint64_t has = 0;
    *n = 0;
    out[(*n)++] = r->uid;
    const char *const others[] = {r->id, r->created_at, r->updated_at};
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        if (!others[i]) continue;
        out[(*n)++] = others[i];
        has |= UINT64_C(1) << (HAS_ID - i);
    }
    for (int f = 0; f < FIELD_COUNT; f++) {
        if (!kept((enum field)f) || !r->value[f]) continue;
        out[(*n)++] = r->value[f];
        has |= UINT64_C(1) << f;
    }
    return has;
}

/* How many texts a record has to embed: its title, and the whole where that is more. */
static uint8_t texts_of(const struct record *r)
{
    if (!kind_is_searched(r->kind)) return 0;
    bool more = r->kind == KIND_ORG ? r->value[FIELD_SUMMARY] != NULL
                                    : r->value[FIELD_TEXT] || r->value[FIELD_KEY_TECHNOLOGY] ||
                                          r->value[FIELD_TARGETS];
    return more ? 2 : 1;
}

static uint32_t slot_of(const struct documents *d, const char *uid, size_t len)
{
    return (uint32_t)hash_bytes(d->seed, uid, len) & d->mask;
}

/* ---- making ---------------------------------------------------------------------------------- */

/* What room a block takes. */
struct measure {
    uint64_t rows, owners, names, names_bytes, bytes;
};

static void borrow(struct documents *d, struct sections *s)
{
    const uint64_t *number = sections_given(s);
    d->block = s;
    d->rows = (uint32_t)number[ROWS];
    d->kind = (enum kind)number[KIND];
    d->seed = number[SEED];
    d->n_names = (uint32_t)number[NAMES_N];
    d->mask = (uint32_t)number[MASK];
    d->texts = sections_at(s, TEXTS);
    d->lots = sections_at(s, LOTS);
    d->owners_at = sections_at(s, OWNERS_AT);
    d->owners = sections_at(s, OWNERS);
    d->names_at = sections_at(s, NAMES_AT);
    d->names = sections_at(s, NAMES);
    d->sources = sections_at(s, SOURCES);
    d->starts = sections_at(s, STARTS);
    d->bytes = sections_at(s, BYTES);
    d->slots = sections_at(s, SLOTS);
}

/* Room for a block, in a file or in memory. */
static struct documents *blank(const struct measure *m, enum kind kind, const char *dir)
{
    uint64_t seed = 0, mask = 15;
    /* A seed that could not be drawn: two blocks would have one file. */
    if (getrandom(&seed, sizeof seed, 0) != (ssize_t)sizeof seed) dir = NULL;
    while (mask / 2 < m->rows) mask = mask * 2 + 1;
    const uint64_t number = sizeof(uint32_t);
    const uint64_t sizes[SECTIONS] = {[TEXTS] = m->rows,
                                      [LOTS] = m->rows * number,
                                      [OWNERS_AT] = (m->rows + 1) * number,
                                      [OWNERS] = m->owners * number,
                                      [NAMES_AT] = m->names * number,
                                      [NAMES] = m->names_bytes,
                                      [SOURCES] = m->rows * number,
                                      [STARTS] = (m->rows + 1) * sizeof(uint64_t),
                                      [SLOTS] = (mask + 1) * number,
                                      [BYTES] = m->bytes};
    struct sections *s = NULL;
    if (dir) {
        char *path = segment_path(dir, "records", seed);
        s = sections_new(&format, sizes, path);
        if (!s) log_warn("index", "records not kept file=%s error=\"%s\"", path, strerror(errno));
        free(path);
    }
    if (!s) s = sections_new(&format, sizes, NULL);
    uint64_t *given = sections_numbers(s);
    given[ROWS] = m->rows;
    given[KIND] = kind;
    given[SEED] = seed;
    given[NAMES_N] = m->names;
    given[MASK] = mask;
    memset(sections_room(s, SLOTS), 0, (mask + 1) * number);
    struct documents *d = mem_zalloc(1, sizeof *d);
    borrow(d, s);
    d->records = mem_zalloc(d->rows, sizeof *d->records);
    return d;
}

/* Names in the order they come in. */
struct names {
    struct map *number;
    VEC(const char *) at;
    uint64_t bytes;
};

static uint32_t name_number(struct names *n, const char *name)
{
    uint32_t number = map_add(n->number, name, strlen(name), (uint32_t)n->at.len);
    if (number == n->at.len) {
        vec_push(&n->at, name);
        n->bytes += strlen(name) + 1;
    }
    return number;
}

static void write_names(struct documents *d, const struct names *n)
{
    uint32_t *at = sections_room(d->block, NAMES_AT), end = 0;
    char *bytes = sections_room(d->block, NAMES);
    for (size_t i = 0; i < n->at.len; i++) {
        size_t size = strlen(n->at.at[i]) + 1;
        at[i] = end;
        memcpy(bytes + end, n->at.at[i], size);
        end += (uint32_t)size;
    }
}

static void names_free(struct names *n)
{
    map_free(n->number);
    vec_free(&n->at);
}

/* Enters a row that has been written by its uid. */
static void enter(struct documents *d, uint32_t row)
{
    const char *uid = documents_uid(d, row);
    size_t len = strlen(uid);
    uint32_t *slots = sections_room(d->block, SLOTS), *lots = sections_room(d->block, LOTS);
    uint32_t at = slot_of(d, uid, len);
    while (slots[at]) at = (at + 1) & d->mask;
    slots[at] = row + 1;
    lots[row] = (uint32_t)(hash_bytes(0, uid, len) * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}

/* Writes a record and returns how long it is; with to NULL only that. */
static uint64_t put_record(char *to, const struct record *r)
{
    const char *strings[STRINGS];
    size_t n;
    struct row_head head = {.has = strings_of(r, strings, &n), .rev = r->rev};
    uint64_t size = sizeof head;
    if (to) memcpy(to, &head, sizeof head);
    for (size_t i = 0; i < n; i++) {
        size_t len = strlen(strings[i]) + 1;
        if (to) memcpy(to + size, strings[i], len);
        size += len;
    }
    return size;
}

static const char *source_of(const struct record *r)
{
    return r->source ? r->source : "";
}

struct documents *documents_new(const struct record *const *records, uint32_t n, enum kind kind)
{
    struct measure m = {.rows = n};
    struct names names = {.number = map_new()};
    for (uint32_t row = 0; row < n; row++) {
        const struct record *r = records[row];
        m.bytes += put_record(NULL, r);
        m.owners += r->n_owners;
        name_number(&names, source_of(r));
        for (size_t i = 0; i < r->n_owners; i++) name_number(&names, r->owners[i]);
    }
    m.names = names.at.len;
    m.names_bytes = names.bytes;
    struct documents *d = blank(&m, kind, NULL);
    write_names(d, &names);
    uint8_t *texts = sections_room(d->block, TEXTS);
    uint32_t *owners_at = sections_room(d->block, OWNERS_AT);
    uint32_t *owners = sections_room(d->block, OWNERS), *sources = sections_room(d->block, SOURCES);
    uint64_t *starts = sections_room(d->block, STARTS), at = 0;
    char *bytes = sections_room(d->block, BYTES);
    uint32_t owner = 0;
    for (uint32_t row = 0; row < n; row++) {
        const struct record *r = records[row];
        texts[row] = texts_of(r);
        sources[row] = name_number(&names, source_of(r));
        owners_at[row] = owner;
        for (size_t i = 0; i < r->n_owners; i++)
            owners[owner++] = name_number(&names, r->owners[i]);
        starts[row] = at;
        at += put_record(bytes + at, r);
        starts[row + 1] = at;
        enter(d, row);
    }
    owners_at[n] = owner;
    if (!n) starts[0] = 0;
    names_free(&names);
    return d;
}

/* ---- merging --------------------------------------------------------------------------------- */

/* One block that is being merged: its names' numbers in the new one. */
struct source {
    const struct documents *d;
    const uint8_t *keep;
    uint32_t *number; /* UINT32_MAX: not yet */
};

static uint32_t renamed(struct source *s, struct names *names, uint32_t name)
{
    if (s->number[name] == UINT32_MAX)
        s->number[name] = name_number(names, s->d->names + s->d->names_at[name]);
    return s->number[name];
}

static void measure_source(struct source *s, struct names *names, struct measure *m)
{
    const struct documents *d = s->d;
    for (uint32_t row = 0; row < d->rows; row++) {
        if (!s->keep[row]) continue;
        m->rows++;
        m->bytes += d->starts[row + 1] - d->starts[row];
        m->owners += d->owners_at[row + 1] - d->owners_at[row];
        renamed(s, names, d->sources[row]);
        for (uint32_t k = d->owners_at[row]; k < d->owners_at[row + 1]; k++)
            renamed(s, names, d->owners[k]);
    }
}

/* Adds the rows of a source from `row` on; returns the row after them. */
static uint32_t add_source(struct documents *to, uint32_t row, const struct source *s)
{
    const struct documents *d = s->d;
    uint8_t *texts = sections_room(to->block, TEXTS);
    uint32_t *owners_at = sections_room(to->block, OWNERS_AT);
    uint32_t *owners = sections_room(to->block, OWNERS);
    uint32_t *sources = sections_room(to->block, SOURCES);
    uint64_t *starts = sections_room(to->block, STARTS);
    char *bytes = sections_room(to->block, BYTES);
    for (uint32_t k = 0; k < d->rows; k++) {
        if (!s->keep[k]) continue;
        uint64_t size = d->starts[k + 1] - d->starts[k];
        texts[row] = d->texts[k];
        sources[row] = s->number[d->sources[k]];
        uint32_t owner = owners_at[row];
        for (uint32_t i = d->owners_at[k]; i < d->owners_at[k + 1]; i++)
            owners[owner++] = s->number[d->owners[i]];
        owners_at[row + 1] = owner;
        memcpy(bytes + starts[row], d->bytes + d->starts[k], size);
        starts[row + 1] = starts[row] + size;
        enter(to, row++);
    }
    return row;
}

static struct documents *merge(struct source *sources, size_t n, const struct measure *m,
                               const struct names *names, const char *dir)
{
    struct documents *d = blank(m, sources[0].d->kind, dir);
    write_names(d, names);
    uint32_t row = 0;
    ((uint32_t *)sections_room(d->block, OWNERS_AT))[0] = 0;
    ((uint64_t *)sections_room(d->block, STARTS))[0] = 0;
    for (size_t i = 0; i < n; i++) row = add_source(d, row, &sources[i]);
    if (sections_keep(d->block) == 0) return d;
    log_warn("index", "records not kept error=\"%s\"", strerror(errno));
    documents_free(d);
    return merge(sources, n, m, names, NULL);
}

struct documents *documents_merge(const struct documents *const *from, const uint8_t *const *keep,
                                  size_t n, const char *dir)
{
    struct source *sources = mem_alloc(n, sizeof *sources);
    struct names names = {.number = map_new()};
    struct measure m = {0};
    for (size_t i = 0; i < n; i++) {
        sources[i] = (struct source){from[i], keep[i], NULL};
        sources[i].number = mem_alloc(from[i]->n_names, sizeof *sources[i].number);
        memset(sources[i].number, 0xff, from[i]->n_names * sizeof *sources[i].number);
        measure_source(&sources[i], &names, &m);
    }
    m.names = names.at.len;
    m.names_bytes = names.bytes;
    struct documents *d = merge(sources, n, &m, &names, dir);
    for (size_t i = 0; i < n; i++) free(sources[i].number);
    free(sources);
    names_free(&names);
    return d;
}

/* ---- files ----------------------------------------------------------------------------------- */

static bool has(const struct sections *s, size_t i, uint64_t n, size_t size)
{
    return sections_size(s, i) == n * size;
}

/* Do the numbers that lead from one array into another stay inside? */
static bool is_sound(const struct documents *d, const struct sections *s)
{
    uint64_t rows = d->rows, used = 0;
    const uint64_t *given = sections_given(s);
    if (given[ROWS] >= UINT32_MAX || given[NAMES_N] > given[ROWS] + sections_size(s, OWNERS) ||
        given[MASK] >= UINT32_MAX || (d->mask & (d->mask + 1)) != 0 || given[KIND] >= KIND_COUNT ||
        !has(s, TEXTS, rows, 1) || !has(s, LOTS, rows, 4) || !has(s, OWNERS_AT, rows + 1, 4) ||
        !has(s, NAMES_AT, d->n_names, 4) || !has(s, SOURCES, rows, 4) ||
        !has(s, STARTS, rows + 1, 8) || !has(s, SLOTS, (uint64_t)d->mask + 1, 4))
        return false;
    if (!sections_first_sound(s, SMALL)) return false;
    uint64_t owners = sections_size(s, OWNERS) / 4, names = sections_size(s, NAMES);
    if (d->owners_at[0] != 0 || d->owners_at[rows] != owners || d->starts[0] != 0 ||
        d->starts[rows] != sections_size(s, BYTES) || (names && d->names[names - 1]))
        return false;
    for (uint64_t row = 0; row < rows; row++)
        if (d->owners_at[row] > d->owners_at[row + 1] || d->sources[row] >= d->n_names ||
            d->starts[row] > d->starts[row + 1] ||
            d->starts[row + 1] - d->starts[row] < sizeof(struct row_head) + 1 || d->texts[row] > 2)
            return false;
    for (uint64_t i = 0; i < owners; i++)
        if (d->owners[i] >= d->n_names) return false;
    for (uint32_t i = 0; i < d->n_names; i++)
        if (d->names_at[i] >= names) return false;
    for (uint64_t i = 0; i <= d->mask; i++) {
        if (d->slots[i] > rows) return false;
        used += d->slots[i] != 0;
    }
    return used <= d->mask;
}

struct documents *documents_open(const char *path)
{
    struct sections *s = sections_open(&format, path);
    if (!s) return NULL;
    struct documents *d = mem_zalloc(1, sizeof *d);
    borrow(d, s);
    if (is_sound(d, s)) {
        d->records = mem_zalloc(d->rows, sizeof *d->records);
        return d;
    }
    sections_free(s);
    free(d);
    errno = 0;
    return NULL;
}

void documents_free(struct documents *d)
{
    if (!d) return;
    for (uint32_t row = 0; row < d->rows; row++)
        free(atomic_load_explicit(&d->records[row], memory_order_relaxed));
    free(d->records);
    sections_free(d->block);
    free(d);
}

/* ---- reading --------------------------------------------------------------------------------- */

/* The strings of a row, one after another; "" beyond the end of a damaged one. */
struct reader {
    const char *at, *end;
    uint64_t has;
};

static const char *next_string(struct reader *r)
{
    const char *s = r->at;
    const char *nul = s < r->end ? memchr(s, 0, (size_t)(r->end - s)) : NULL;
    r->at = nul ? nul + 1 : r->end;
    return nul ? s : "";
}

static const char *string_if(struct reader *r, int bit)
{
    return r->has >> bit & 1 ? next_string(r) : NULL;
}

static struct reader reader_of(const struct documents *d, uint32_t row, struct row_head *head)
{
    const char *from = d->bytes + d->starts[row];
    memcpy(head, from, sizeof *head);
    return (struct reader){from + sizeof *head, d->bytes + d->starts[row + 1], head->has};
}

const char *documents_uid(const struct documents *d, uint32_t row)
{
    struct row_head head;
    struct reader r = reader_of(d, row, &head);
    return next_string(&r);
}

const char *documents_id(const struct documents *d, uint32_t row)
{
    struct row_head head;
    struct reader r = reader_of(d, row, &head);
    next_string(&r);
    return string_if(&r, HAS_ID);
}

uint32_t documents_find(const struct documents *d, const char *uid)
{
    for (uint32_t at = slot_of(d, uid, strlen(uid)); d->slots[at]; at = (at + 1) & d->mask)
        if (strcmp(documents_uid(d, d->slots[at] - 1), uid) == 0) return d->slots[at] - 1;
    return UINT32_MAX;
}

/* Reads a row; owners has room for its owners. */
static void read_row(const struct documents *d, uint32_t row, struct record *out,
                     const char **owners)
{
    struct row_head head;
    struct reader r = reader_of(d, row, &head);
    *out = (struct record){.kind = d->kind, .rev = head.rev, .owners = owners};
    out->uid = next_string(&r);
    out->id = string_if(&r, HAS_ID);
    out->created_at = string_if(&r, HAS_CREATED);
    out->updated_at = string_if(&r, HAS_UPDATED);
    for (int f = 0; f < FIELD_COUNT; f++) out->value[f] = string_if(&r, f);
    const char *source = d->names + d->names_at[d->sources[row]];
    out->source = *source ? source : NULL;
    for (uint32_t k = d->owners_at[row]; k < d->owners_at[row + 1]; k++)
        owners[out->n_owners++] = d->names + d->names_at[d->owners[k]];
}

static size_t owners_of(const struct documents *d, uint32_t row)
{
    return d->owners_at[row + 1] - d->owners_at[row];
}

const struct record *documents_record(const struct documents *d, uint32_t row)
{
    struct record *r = atomic_load_explicit(&d->records[row], memory_order_acquire), *none = NULL;
    if (r) return r;
    r = mem_alloc(1, sizeof *r + owners_of(d, row) * sizeof(const char *));
    read_row(d, row, r, (const char **)(r + 1));
    if (atomic_compare_exchange_strong_explicit(&d->records[row], &none, r, memory_order_acq_rel,
                                                memory_order_acquire))
        return r;
    free(r); /* another thread was faster */
    return none;
}

const struct record *documents_read(const struct documents *d, uint32_t row, struct arena *arena)
{
    struct record *r = arena_alloc(arena, 1, sizeof *r);
    read_row(d, row, r, arena_alloc(arena, owners_of(d, row), sizeof(const char *)));
    return r;
}

static bool same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

bool documents_equal(const struct documents *d, uint32_t row, const struct record *r,
                     struct arena *arena)
{
    const struct record *mine = documents_read(d, row, arena);
    if (mine->rev != r->rev || mine->n_owners != r->n_owners || !same(mine->id, r->id) ||
        !same(mine->source, r->source) || !same(mine->created_at, r->created_at) ||
        !same(mine->updated_at, r->updated_at))
        return false;
    for (size_t i = 0; i < r->n_owners; i++)
        if (strcmp(mine->owners[i], r->owners[i]) != 0) return false;
    for (int f = 0; f < FIELD_COUNT; f++)
        if (kept((enum field)f) && !same(mine->value[f], r->value[f])) return false;
    return true;
}
