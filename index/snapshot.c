#include "base/base.h"

#include "base/mem.h"
#include "index/snapshot.h"

#include <string.h>

static uint32_t shelf_size(const struct shelf *s)
{
    return s->first[s->n_segments];
}

/* The segment of a live document, and its row; NULL where the ordinal is empty. */
static const struct segment *shelf_row(const struct shelf *s, uint32_t ord, uint32_t *row)
{
    if (ord >= shelf_size(s) || !s->live[ord]) return NULL;
    return s->segments[shelf_locate(s, ord, row)];
}

/* ---- who owns what --------------------------------------------------------------------------- */

/* Rows of the organisations of each document; org_of: handle -> ordinal, UINT32_MAX unknown. */
static struct rows owners_of(const struct shelf *s, const uint32_t *org_of)
{
    uint32_t size = shelf_size(s), n = 0;
    size_t total = 0;
    for (size_t i = 0; i < s->n_segments; i++)
        total += s->segments[i]->owners.offsets[s->segments[i]->rows];
    struct rows rows = {mem_alloc((size_t)size + 1, sizeof(uint32_t)),
                        mem_alloc(total, sizeof(uint32_t))};
    for (size_t i = 0; i < s->n_segments; i++) {
        const struct rows *owners = &s->segments[i]->owners;
        for (uint32_t row = 0; row < s->segments[i]->rows; row++) {
            uint32_t ord = s->first[i] + row;
            rows.offsets[ord] = n;
            if (!s->live[ord]) continue;
            for (uint32_t k = owners->offsets[row]; k < owners->offsets[row + 1]; k++)
                if (org_of[owners->values[k]] != UINT32_MAX)
                    rows.values[n++] = org_of[owners->values[k]];
        }
    }
    rows.offsets[size] = n;
    return rows;
}

/* The length of all capabilities of each organisation. */
static void add_lengths(const struct shelf *s, const struct rows *owners, uint64_t *org_length)
{
    for (size_t i = 0; i < s->n_segments; i++) {
        const uint32_t *length = lexical_lengths(s->segments[i]->lexical, PART_ALL);
        const uint32_t *offsets = owners->offsets + s->first[i];
        for (uint32_t row = 0; row < s->segments[i]->rows; row++)
            for (uint32_t k = offsets[row]; k < offsets[row + 1]; k++)
                org_length[owners->values[k]] += length[row];
    }
}

/* The rows the other way round, by counting: ascending within each row. */
static struct rows invert(const struct rows *in, uint32_t in_rows, uint32_t out_rows)
{
    uint32_t total = in->offsets[in_rows];
    struct rows out = {mem_zalloc((size_t)out_rows + 2, sizeof(uint32_t)),
                       mem_alloc(total, sizeof(uint32_t))};
    for (uint32_t k = 0; k < total; k++) out.offsets[in->values[k] + 2]++;
    for (uint32_t i = 0; i < out_rows; i++) out.offsets[i + 2] += out.offsets[i + 1];
    for (uint32_t i = 0; i < in_rows; i++)
        for (uint32_t k = in->offsets[i]; k < in->offsets[i + 1]; k++)
            out.values[out.offsets[in->values[k] + 1]++] = i;
    return out;
}

struct links *links_new(struct shelf *const shelves[KIND_COUNT], size_t handles)
{
    const struct shelf *orgs = shelves[KIND_ORG], *capabilities = shelves[KIND_CAPABILITY];
    struct links *l = mem_zalloc(1, sizeof *l);
    atomic_init(&l->refs, 1);
    uint32_t n_orgs = shelf_size(orgs);
    uint32_t *org_of = mem_alloc(handles, sizeof *org_of);
    for (size_t i = 0; i < handles; i++) org_of[i] = UINT32_MAX;
    for (uint32_t ord = 0; ord < n_orgs; ord++) {
        uint32_t row;
        const struct segment *segment = shelf_row(orgs, ord, &row);
        if (segment) org_of[segment->handles[row]] = ord;
    }
    l->needs = owners_of(shelves[KIND_NEED], org_of);
    l->capabilities = owners_of(capabilities, org_of);
    l->owned = invert(&l->capabilities, shelf_size(capabilities), n_orgs);
    l->org_length = mem_zalloc(n_orgs, sizeof *l->org_length);
    add_lengths(capabilities, &l->capabilities, l->org_length);
    for (uint32_t org = 0; org < n_orgs; org++) {
        l->owners += l->owned.offsets[org + 1] > l->owned.offsets[org];
        l->length += l->org_length[org];
    }
    free(org_of);
    return l;
}

void links_release(struct links *l)
{
    if (!l || atomic_fetch_sub_explicit(&l->refs, 1, memory_order_acq_rel) != 1) return;
    struct rows *all[] = {&l->needs, &l->capabilities, &l->owned};
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        free(all[i]->offsets);
        free(all[i]->values);
    }
    free(l->org_length);
    free(l);
}

/* ---- the snapshot ---------------------------------------------------------------------------- */

void snapshot_release(const struct snapshot *borrowed)
{
    /* Readers see a const snapshot; its count of references is the one thing they change. */
    struct snapshot *s = (struct snapshot *)(uintptr_t)borrowed;
    if (!s || atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1) return;
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        shelf_release(s->shelves[kind]);
        for (int other = 0; other < KIND_COUNT; other++)
            for (int part = 0; part < PART_COUNT; part++)
                free(atomic_load(&s->scales->of[kind][other][part]));
    }
    free(s->scales);
    links_release(s->links);
    free(s);
}

int64_t snapshot_seq(const struct snapshot *s)
{
    return s->seq;
}

uint64_t snapshot_generation(const struct snapshot *s)
{
    return s->generation;
}

int snapshot_dim(const struct snapshot *s)
{
    return s->dim;
}

size_t snapshot_size(const struct snapshot *s, enum kind kind)
{
    return shelf_size(s->shelves[kind]);
}

size_t snapshot_live(const struct snapshot *s, enum kind kind)
{
    return s->shelves[kind]->n_live;
}

const struct record *snapshot_record(const struct snapshot *s, enum kind kind, uint32_t ord)
{
    uint32_t row;
    const struct segment *segment = shelf_row(s->shelves[kind], ord, &row);
    return segment ? documents_record(segment->documents, row) : NULL;
}

bool snapshot_has(const struct snapshot *s, enum kind kind, uint32_t ord)
{
    const struct shelf *shelf = s->shelves[kind];
    return ord < shelf_size(shelf) && shelf->live[ord];
}

const char *snapshot_uid(const struct snapshot *s, enum kind kind, uint32_t ord)
{
    uint32_t row;
    const struct segment *segment = shelf_row(s->shelves[kind], ord, &row);
    return segment ? documents_uid(segment->documents, row) : NULL;
}

const char *snapshot_id(const struct snapshot *s, enum kind kind, uint32_t ord)
{
    uint32_t row;
    const struct segment *segment = shelf_row(s->shelves[kind], ord, &row);
    return segment ? documents_id(segment->documents, row) : NULL;
}

bool snapshot_owned_by(const struct snapshot *s, enum kind kind, uint32_t ord, const char *uid)
{
    uint32_t row;
    const struct segment *segment = shelf_row(s->shelves[kind], ord, &row);
    const struct documents *d = segment ? segment->documents : NULL;
    for (uint32_t i = d ? d->owners_at[row] : 0; d && i < d->owners_at[row + 1]; i++)
        if (strcmp(d->names + d->names_at[d->owners[i]], uid) == 0) return true;
    return false;
}

bool snapshot_has_source(const struct snapshot *s, enum kind kind, const char *source)
{
    const struct shelf *shelf = s->shelves[kind];
    for (size_t i = 0; i < shelf->n_segments; i++) {
        const struct documents *d = shelf->segments[i]->documents;
        const uint8_t *live = shelf->live + shelf->first[i];
        for (uint32_t name = 0; name < d->n_names; name++) {
            if (strcmp(d->names + d->names_at[name], source) != 0) continue;
            for (uint32_t row = 0; row < d->rows; row++)
                if (live[row] && d->sources[row] == name) return true;
        }
    }
    return false;
}

uint32_t snapshot_find(const struct snapshot *s, enum kind kind, const char *uid)
{
    const struct shelf *shelf = s->shelves[kind];
    for (size_t i = shelf->n_segments; i-- > 0;) {
        uint32_t row = documents_find(shelf->segments[i]->documents, uid);
        if (row != UINT32_MAX && shelf->live[shelf->first[i] + row]) return shelf->first[i] + row;
    }
    return UINT32_MAX;
}

static size_t row_of(const struct rows *rows, uint32_t i, const uint32_t **values)
{
    *values = rows->values + rows->offsets[i];
    return rows->offsets[i + 1] - rows->offsets[i];
}

size_t snapshot_owners(const struct snapshot *s, enum kind kind, uint32_t ord,
                       const uint32_t **orgs)
{
    const struct rows *rows = kind == KIND_NEED         ? &s->links->needs
                              : kind == KIND_CAPABILITY ? &s->links->capabilities
                                                        : NULL;
    *orgs = NULL;
    if (!rows || ord >= shelf_size(s->shelves[kind])) return 0;
    return row_of(rows, ord, orgs);
}

size_t snapshot_owned(const struct snapshot *s, uint32_t org, const uint32_t **capabilities)
{
    *capabilities = NULL;
    if (org >= shelf_size(s->shelves[KIND_ORG])) return 0;
    return row_of(&s->links->owned, org, capabilities);
}

const float *snapshot_vector(const struct snapshot *s, enum kind kind, enum part part, uint32_t ord)
{
    uint32_t row;
    const struct segment *segment = shelf_row(s->shelves[kind], ord, &row);
    return segment ? segment_vector(segment, part, row) : NULL;
}

/* The live documents whose lot is drawn; writes their ordinals unless out is NULL. */
static size_t draw(const struct shelf *shelf, int halvings, uint32_t *out)
{
    size_t n = 0;
    for (size_t i = 0; i < shelf->n_segments; i++) {
        const uint32_t *lots = shelf->segments[i]->documents->lots;
        const uint8_t *live = shelf->live + shelf->first[i];
        for (uint32_t row = 0; row < shelf->segments[i]->rows; row++) {
            if (!live[row] || (uint64_t)lots[row] << halvings > UINT32_MAX) continue;
            if (out) out[n] = shelf->first[i] + row;
            n++;
        }
    }
    return n;
}

size_t snapshot_sample(const struct snapshot *s, enum kind kind, size_t least, struct arena *arena,
                       uint32_t **ordinals)
{
    const struct shelf *shelf = s->shelves[kind];
    int halvings = 0; /* each takes half of them away */
    while (least && shelf->n_live >> (halvings + 1) >= least) halvings++;
    *ordinals = arena_alloc(arena, draw(shelf, halvings, NULL), sizeof **ordinals);
    return draw(shelf, halvings, *ordinals);
}
