#include "base/base.h"

#include "base/mem.h"
#include "base/pool.h"
#include "base/utf8.h"
#include "index/snapshot.h"
#include "index/vector_bits.h"

#include <string.h>
#include <sys/mman.h>

/* Fewer new documents are analysed by the caller: the pool can be taken by an embedding. */
enum { POOL_ROWS = 256 };

/* ---- documents ------------------------------------------------------------------------------- */

static const enum field text_fields[] = {FIELD_TEXT, FIELD_KEY_TECHNOLOGY, FIELD_TARGETS};

/* Appends after a line break, unless out is NULL (then it only counts). Returns the bytes. */
static size_t add_line(char *out, const char *text)
{
    if (!text) return 0;
    size_t len = strlen(text);
    if (out) {
        out[0] = '\n';
        memcpy(out + 1, text, len);
    }
    return len + 1;
}

static size_t add_fields(char *out, const struct record *r)
{
    if (!kind_is_searched(r->kind)) return 0;
    if (r->kind == KIND_ORG) return add_line(out, r->value[FIELD_SUMMARY]);
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(text_fields); i++)
        n += add_line(out ? out + n : NULL, r->value[text_fields[i]]);
    return n;
}

const char *document_text(const struct record *r, struct arena *arena)
{
    if (!kind_is_searched(r->kind)) return "";
    const char *title = record_title(r);
    size_t more = add_fields(NULL, r), len = strlen(title);
    if (!more) return title;
    char *text = arena_alloc(arena, len + more + 1, 1);
    memcpy(text, title, len);
    add_fields(text + len, r);
    text[len + more] = '\0';
    return text;
}

/* Fields that the index keeps: contacts stay out of memory that searches and explains. */
static bool kept(enum field f)
{
    return !(field_info(f)->flags & (FIELD_SEALED | FIELD_PRIVATE | FIELD_VIRTUAL));
}

static const char *put(char **room, const char *s)
{
    if (!s) return NULL;
    size_t size = strlen(s) + 1;
    char *copy = memcpy(*room, s, size);
    *room += size;
    return copy;
}

static size_t room_for(const char *s)
{
    return s ? strlen(s) + 1 : 0;
}

static uint32_t handle_of(struct map *handles, const char *uid)
{
    return map_add(handles, uid, strlen(uid), (uint32_t)map_count(handles));
}

/* One block for all of it: an arena would round each document up to its block size. */
struct document *document_new(const struct record *r, struct map *handles)
{
    size_t bytes = room_for(r->uid) + room_for(r->source) + room_for(r->id) +
                   room_for(r->created_at) + room_for(r->updated_at);
    for (int f = 0; f < FIELD_COUNT; f++)
        if (kept((enum field)f)) bytes += room_for(r->value[f]);
    for (size_t i = 0; i < r->n_owners; i++) bytes += room_for(r->owners[i]);
    bytes += r->n_owners * (sizeof(char *) + sizeof(uint32_t));

    struct document *d = mem_alloc(1, sizeof *d + bytes);
    memset(d, 0, sizeof *d);
    const char **owners = (const char **)(d + 1);
    uint32_t *owner_handles = (uint32_t *)(owners + r->n_owners);
    char *room = (char *)(owner_handles + r->n_owners);
    atomic_init(&d->refs, 1);
    d->record = (struct record){.kind = r->kind, .rev = r->rev, .n_owners = r->n_owners};
    d->record.uid = put(&room, r->uid);
    d->record.source = put(&room, r->source);
    d->record.id = put(&room, r->id);
    d->record.created_at = put(&room, r->created_at);
    d->record.updated_at = put(&room, r->updated_at);
    for (int f = 0; f < FIELD_COUNT; f++)
        if (kept((enum field)f)) d->record.value[f] = put(&room, r->value[f]);
    for (size_t i = 0; i < r->n_owners; i++) {
        owners[i] = put(&room, r->owners[i]);
        owner_handles[i] = handle_of(handles, owners[i]);
    }
    d->record.owners = owners;
    d->owners = owner_handles;
    d->has_text = add_fields(NULL, &d->record) > 0;
    if (r->kind == KIND_ORG) d->handle = handle_of(handles, d->record.uid);
    return d;
}

bool document_seeks(const struct document *d)
{
    return d->record.kind == KIND_NEED || d->record.kind == KIND_BOTTLENECK;
}

struct cutting {
    const struct pieces *pieces;
    struct document *const *documents;
    struct document_cut *cuts;
};

static void cut_document(void *ctx, size_t i, int worker)
{
    (void)worker;
    const struct cutting *c = ctx;
    const struct record *r = &c->documents[i]->record;
    struct arena arena;
    arena_init(&arena);
    pieces_cut(c->pieces, record_title(r), document_text(r, &arena), &c->cuts[i]);
    arena_free(&arena);
}

void documents_read_pieces(struct document *const *documents, size_t n, struct pieces *pieces,
                           struct pool *pool)
{
    enum { AT_ONCE = 1024 /* cut before they are numbered: bounds the memory */ };
    if (!n || (!document_seeks(documents[0]) && documents[0]->record.kind != KIND_CAPABILITY))
        return;
    struct document_cut *cuts = mem_alloc(AT_ONCE, sizeof *cuts);
    for (size_t from = 0; from < n; from += AT_ONCE) {
        struct cutting c = {pieces, documents + from, cuts};
        size_t some = MIN(n - from, (size_t)AT_ONCE);
        if (pool && some >= POOL_ROWS)
            pool_run(pool, some, cut_document, &c);
        else
            for (size_t i = 0; i < some; i++) cut_document(&c, i, 0);
        for (size_t i = 0; i < some; i++)
            documents[from + i]->pieces =
                pieces_number(pieces, &cuts[i], document_seeks(documents[from + i]));
    }
    free(cuts);
}

void document_release(struct document *d)
{
    if (!d || atomic_fetch_sub_explicit(&d->refs, 1, memory_order_acq_rel) != 1) return;
    free(d->pieces);
    free(d);
}

static uint64_t add_key(uint64_t key, const char *s)
{
    return s ? hash_long(key, s, strlen(s) + 1) : hash_long(key, "", 0);
}

uint64_t document_key(uint64_t seed, const struct document *d)
{
    const struct record *r = &d->record;
    uint64_t key = hash_long(seed, &r->kind, sizeof r->kind);
    key = add_key(add_key(key, r->uid), record_title(r));
    if (r->kind == KIND_ORG) return add_key(key, r->value[FIELD_SUMMARY]);
    for (size_t i = 0; i < ARRAY_LEN(text_fields); i++)
        key = add_key(key, r->value[text_fields[i]]);
    return key;
}

/* ---- segments -------------------------------------------------------------------------------- */

/* Zeroed memory for what is read from end to end: in huge pages if there is much of it, as the
 * processor spends a seventh of the time on finding small ones. */
static void *room_to_scan(size_t n, size_t size)
{
    enum { MUCH = 4 << 20, PAGE = 4096 };
    char *room = mem_zalloc(n, size);
    uintptr_t from = ((uintptr_t)room + PAGE - 1) / PAGE * PAGE, to = (uintptr_t)room + n * size;
    /* Where there are none, it only takes longer. */
    if (n * size >= MUCH) (void)madvise((void *)from, (to - from) / PAGE * PAGE, MADV_HUGEPAGE);
    return room;
}

/* What is in the row's codes may be read from now on. */
static void set_ready(struct segment *s, int part, uint32_t row)
{
    atomic_fetch_or_explicit(&s->ready[part][row / BITS_BLOCK], UINT32_C(1) << row % BITS_BLOCK,
                             memory_order_release);
}

void segment_vectors_new(struct segment *s, uint32_t rows, int dim)
{
    s->rows = rows;
    s->dim = dim;
    for (int part = 0; dim && part < PART_COUNT; part++) {
        /* Zeroed memory comes from the system page by page, as vectors arrive. */
        s->own[part] = mem_zalloc((size_t)rows * (size_t)dim, sizeof(float));
        s->at[part] = mem_zalloc(rows, sizeof *s->at[part]);
        s->bits[part] = room_to_scan(bits_size(rows, dim), 1);
        s->ready[part] = mem_zalloc(rows / BITS_BLOCK + 1, sizeof *s->ready[part]);
        for (uint32_t row = rows; row % BITS_BLOCK; row++) set_ready(s, part, row);
    }
}

/* Without its lexical part and with empty rows. */
static struct segment *segment_blank(uint32_t rows, int dim)
{
    struct segment *s = mem_zalloc(1, sizeof *s);
    atomic_init(&s->refs, 1);
    segment_vectors_new(s, rows, dim);
    s->documents = mem_zalloc(rows, sizeof *s->documents);
    s->uids = map_new();
    s->texts = mem_zalloc(rows, sizeof *s->texts);
    s->lots = mem_zalloc(rows, sizeof *s->lots);
    return s;
}

static void set_document(struct segment *s, uint32_t row, struct document *d)
{
    s->documents[row] = d;
    s->texts[row] = d->has_text ? PART_COUNT : kind_is_searched(d->record.kind);
    size_t len = strlen(d->record.uid);
    map_set(s->uids, d->record.uid, len, row);
    uint64_t hash = hash_bytes(0, d->record.uid, len);
    s->lots[row] = (uint32_t)(hash * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}

/* A run of documents for one worker. */
static struct lexical *words_of(struct document *const *documents, uint32_t n, struct analyzer *a)
{
    struct lexical_builder *b = lexical_builder_new();
    struct arena arena;
    arena_init(&arena);
    for (uint32_t i = 0; i < n; i++) {
        const struct record *r = &documents[i]->record;
        const char *title = record_title(r), *text = document_text(r, &arena);
        struct token *tokens;
        size_t n_tokens = analyzer_tokens(a, text, strlen(text), &arena, &tokens), n_title = 0;
        /* The title is a line of its own, and a token never goes over the end of a line. */
        uint32_t end = (uint32_t)utf8_count(title, strlen(title));
        while (n_title < n_tokens && tokens[n_title].end <= end) n_title++;
        lexical_builder_add(b, tokens, n_tokens, n_title);
        arena_reset(&arena);
    }
    arena_free(&arena);
    return lexical_builder_finish(b);
}

/* Documents are shared out in runs of equal length, one for each worker. */
struct analysis {
    struct document *const *documents;
    uint32_t n;
    struct analyzer *const *analyzers;
    struct lexical **out;
    size_t runs;
};

static void analyse_run(void *ctx, size_t run, int worker)
{
    const struct analysis *a = ctx;
    uint32_t from = (uint32_t)((uint64_t)a->n * run / a->runs);
    uint32_t to = (uint32_t)((uint64_t)a->n * (run + 1) / a->runs);
    a->out[run] = words_of(a->documents + from, to - from, a->analyzers[worker]);
}

struct lexical *documents_words(struct document *const *documents, uint32_t n, struct pool *pool,
                                struct analyzer *const *analyzers)
{
    if (!pool || n < POOL_ROWS) return words_of(documents, n, analyzers[0]);
    size_t runs = (size_t)pool_threads(pool);
    struct lexical **parts = mem_alloc(runs, sizeof *parts);
    const uint8_t **keep = mem_zalloc(runs, sizeof *keep);
    struct analysis a = {documents, n, analyzers, parts, runs};
    pool_run(pool, runs, analyse_run, &a);
    struct lexical *x = lexical_merge((const struct lexical *const *)parts, keep, runs);
    for (size_t i = 0; i < runs; i++) lexical_free(parts[i]);
    free(parts);
    free(keep);
    return x;
}

/* Handles of the owners of each row; a record may name an owner twice. */
static void link_owners(struct segment *s)
{
    size_t total = 0;
    uint32_t n = 0;
    for (uint32_t row = 0; row < s->rows; row++)
        if (s->documents[row]) total += s->documents[row]->record.n_owners;
    s->owners.offsets = mem_alloc((size_t)s->rows + 1, sizeof *s->owners.offsets);
    s->owners.values = mem_alloc(total, sizeof *s->owners.values);
    for (uint32_t row = 0; row < s->rows; row++) {
        const struct document *d = s->documents[row];
        uint32_t from = s->owners.offsets[row] = n;
        for (size_t i = 0; d && i < d->record.n_owners; i++) {
            bool again = false;
            for (uint32_t k = from; k < n; k++)
                again = again || s->owners.values[k] == d->owners[i];
            if (!again) s->owners.values[n++] = d->owners[i];
        }
    }
    s->owners.offsets[s->rows] = n;
}

struct segment *segment_new(struct document *const *documents, uint32_t n, int dim,
                            struct pool *pool, struct analyzer *const *analyzers)
{
    struct segment *s = segment_blank(n, dim);
    for (uint32_t row = 0; row < n; row++) set_document(s, row, documents[row]);
    link_owners(s);
    s->lexical = documents_words(documents, n, pool, analyzers);
    return s;
}

struct segment *segment_restore(struct document *const *documents, uint32_t n, int dim,
                                struct lexical *words)
{
    struct segment *s = segment_blank(n, dim);
    for (uint32_t row = 0; row < n; row++)
        if (documents[row])
            set_document(s, row, documents[row]);
        else /* nothing will come there */
            for (int part = 0; dim && part < PART_COUNT; part++) set_ready(s, part, row);
    link_owners(s);
    s->lexical = words;
    return s;
}

static void publish_vector(struct segment *s, enum part part, uint32_t row, const float *vector)
{
    atomic_store_explicit(&s->at[part][row], vector, memory_order_release);
    set_ready(s, part, row);
}

/* What was lent is lent on; of the codes there is a copy in each segment. */
static void take_vector(struct segment *to, enum part part, uint32_t to_row,
                        const struct segment *from, uint32_t row)
{
    const float *v = segment_vector(from, part, row);
    if (!v) return;
    size_t dim = (size_t)from->dim;
    if (v == from->own[part] + row * dim)
        v = memcpy(to->own[part] + to_row * dim, v, dim * sizeof *v);
    bits_copy(to->bits[part], to_row, from->bits[part], row, from->dim);
    publish_vector(to, part, to_row, v);
}

struct segment *segment_merge(struct segment *const *segments, const uint8_t *const *keep, size_t n)
{
    const struct lexical **lexical = mem_alloc(n, sizeof *lexical);
    uint32_t rows = 0;
    for (size_t i = 0; i < n; i++) {
        lexical[i] = segments[i]->lexical;
        for (uint32_t row = 0; row < segments[i]->rows; row++) rows += keep[i][row];
    }
    struct segment *s = segment_blank(rows, segments[0]->dim);
    s->lexical = lexical_merge(lexical, keep, n);
    free(lexical);
    rows = 0;
    for (size_t i = 0; i < n; i++) {
        for (uint32_t row = 0; row < segments[i]->rows; row++) {
            if (!keep[i][row]) continue;
            struct document *d = segments[i]->documents[row];
            atomic_fetch_add_explicit(&d->refs, 1, memory_order_relaxed);
            set_document(s, rows, d);
            for (int part = 0; part < PART_COUNT; part++) {
                take_vector(s, (enum part)part, rows, segments[i], row);
            }
            rows++;
        }
    }
    link_owners(s);
    return s;
}

void segment_release(struct segment *s)
{
    if (!s || atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1) return;
    for (uint32_t row = 0; row < s->rows; row++) document_release(s->documents[row]);
    free(s->documents);
    map_free(s->uids);
    lexical_free(s->lexical);
    free(s->texts);
    free(s->lots);
    free(s->owners.offsets);
    free(s->owners.values);
    for (int part = 0; part < PART_COUNT; part++) {
        free(s->own[part]);
        free(s->at[part]);
        free(s->bits[part]);
        free(s->ready[part]);
    }
    free(s);
}

const float *segment_vector(const struct segment *s, enum part part, uint32_t row)
{
    return s->dim ? atomic_load_explicit(&s->at[part][row], memory_order_acquire) : NULL;
}

void segment_lend_vector(struct segment *s, enum part part, uint32_t row, const float *vector)
{
    bits_encode(vector, s->dim, s->bits[part], row);
    publish_vector(s, part, row, vector);
}

void segment_set_vector(struct segment *s, enum part part, uint32_t row, const float *vector)
{
    float *own = s->own[part] + (size_t)row * (size_t)s->dim;
    memcpy(own, vector, (size_t)s->dim * sizeof *own);
    segment_lend_vector(s, part, row, own);
}
