#include "base/base.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/pool.h"
#include "base/utf8.h"
#include "index/snapshot.h"
#include "index/vector_bits.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

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

bool kind_seeks(enum kind kind)
{
    return kind == KIND_NEED || kind == KIND_BOTTLENECK;
}

struct cutting {
    const struct pieces *pieces;
    const struct documents *documents;
    uint32_t first;
    struct document_cut *cuts;
};

static void cut_document(void *ctx, size_t i, int worker)
{
    (void)worker;
    const struct cutting *c = ctx;
    struct arena arena;
    arena_init(&arena);
    const struct record *r = documents_read(c->documents, c->first + (uint32_t)i, &arena);
    pieces_cut(c->pieces, record_title(r), document_text(r, &arena), &c->cuts[i]);
    arena_free(&arena);
}

/* The pieces of documents; NULL where there are none to be measured by. */
static struct pieces_rows *pieces_of(const struct documents *d, const struct segment_tools *tools)
{
    enum { AT_ONCE = 1024 /* cut before they are numbered: bounds the memory */ };
    if (!tools->pieces || (!kind_seeks(d->kind) && d->kind != KIND_CAPABILITY)) return NULL;
    struct document_cut *cuts = mem_alloc(AT_ONCE, sizeof *cuts);
    struct pieces_builder *b = pieces_builder_new(tools->pieces, kind_seeks(d->kind));
    for (uint32_t from = 0; from < d->rows; from += AT_ONCE) {
        struct cutting c = {tools->pieces, d, from, cuts};
        size_t some = MIN(d->rows - from, (uint32_t)AT_ONCE);
        if (tools->pool && some >= POOL_ROWS)
            pool_run(tools->pool, some, cut_document, &c);
        else
            for (size_t i = 0; i < some; i++) cut_document(&c, i, 0);
        for (size_t i = 0; i < some; i++) pieces_builder_add(b, &cuts[i]);
    }
    free(cuts);
    return pieces_builder_finish(b);
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

void segment_expect_none(struct segment *s, uint32_t row)
{
    for (int part = 0; s->dim && part < PART_COUNT; part++) set_ready(s, part, row);
}

/* ---- words ----------------------------------------------------------------------------------- */

/* Documents are shared out in runs of equal length, one for each worker. */
struct analysis {
    const struct documents *documents;
    const uint32_t *rows; /* NULL: all */
    uint32_t n;
    struct analyzer *const *analyzers;
    struct lexical **out;
    size_t runs;
};

/* A run of documents for one worker. */
static struct lexical *words_of(const struct analysis *x, uint32_t from, uint32_t to,
                                struct analyzer *a)
{
    struct lexical_builder *b = lexical_builder_new();
    struct arena arena;
    arena_init(&arena);
    for (uint32_t i = from; i < to; i++) {
        const struct record *r = documents_read(x->documents, x->rows ? x->rows[i] : i, &arena);
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

static void analyse_run(void *ctx, size_t run, int worker)
{
    const struct analysis *a = ctx;
    uint32_t from = (uint32_t)((uint64_t)a->n * run / a->runs);
    uint32_t to = (uint32_t)((uint64_t)a->n * (run + 1) / a->runs);
    a->out[run] = words_of(a, from, to, a->analyzers[worker]);
}

struct lexical *documents_words(const struct documents *d, const uint32_t *rows, uint32_t n,
                                struct pool *pool, struct analyzer *const *analyzers)
{
    struct analysis a = {d, rows, n, analyzers, NULL, 1};
    if (!pool || n < POOL_ROWS) return words_of(&a, 0, n, analyzers[0]);
    a.runs = (size_t)pool_threads(pool);
    a.out = mem_alloc(a.runs, sizeof *a.out);
    const uint8_t **keep = mem_zalloc(a.runs, sizeof *keep);
    pool_run(pool, a.runs, analyse_run, &a);
    struct lexical *x = lexical_merge((const struct lexical *const *)a.out, keep, a.runs);
    for (size_t i = 0; i < a.runs; i++) lexical_free(a.out[i]);
    free(a.out);
    free(keep);
    return x;
}

/* ---- segments -------------------------------------------------------------------------------- */

static uint32_t handle_of(struct map *handles, const char *uid)
{
    return map_add(handles, uid, strlen(uid), (uint32_t)map_count(handles));
}

/* A segment of documents (taken), without words. */
static struct segment *segment_blank(struct documents *d, int dim)
{
    struct segment *s = mem_zalloc(1, sizeof *s);
    atomic_init(&s->refs, 1);
    s->documents = d;
    segment_vectors_new(s, d->rows, dim);
    return s;
}

/* Handles of the owners of each row, which may name an owner twice; of an organisation its own. */
static void link_owners(struct segment *s, struct map *handles)
{
    const struct documents *d = s->documents;
    uint32_t *handle = mem_alloc(d->n_names, sizeof *handle), n = 0;
    for (uint32_t i = 0; i < d->n_names; i++) handle[i] = UINT32_MAX;
    s->owners.offsets = mem_alloc((size_t)s->rows + 1, sizeof *s->owners.offsets);
    s->owners.values = mem_alloc(d->owners_at[d->rows], sizeof *s->owners.values);
    for (uint32_t row = 0; row < s->rows; row++) {
        uint32_t from = s->owners.offsets[row] = n;
        for (uint32_t i = d->owners_at[row]; i < d->owners_at[row + 1]; i++) {
            uint32_t name = d->owners[i];
            if (handle[name] == UINT32_MAX)
                handle[name] = handle_of(handles, d->names + d->names_at[name]);
            bool again = false;
            for (uint32_t k = from; k < n; k++)
                again = again || s->owners.values[k] == handle[name];
            if (!again) s->owners.values[n++] = handle[name];
        }
    }
    s->owners.offsets[s->rows] = n;
    free(handle);
    if (d->kind != KIND_ORG) return;
    s->handles = mem_alloc(s->rows, sizeof *s->handles);
    for (uint32_t row = 0; row < s->rows; row++)
        s->handles[row] = handle_of(handles, documents_uid(d, row));
}

struct segment *segment_new(const struct record *const *records, uint32_t n, enum kind kind,
                            const struct segment_tools *tools)
{
    struct segment *s = segment_blank(documents_new(records, n, kind), tools->dim);
    link_owners(s, tools->handles);
    s->lexical = documents_words(s->documents, NULL, n, tools->pool, tools->analyzers);
    s->pieces = pieces_of(s->documents, tools);
    return s;
}

static void publish_vector(struct segment *s, enum part part, uint32_t row, const float *vector)
{
    atomic_store_explicit(&s->at[part][row], vector, memory_order_release);
    set_ready(s, part, row);
    atomic_fetch_add_explicit(&s->n_vectors, 1, memory_order_release);
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

/* The owners of the rows that are kept. */
static void merge_owners(struct segment *s, struct segment *const *segments,
                         const uint8_t *const *keep, size_t n)
{
    size_t total = 0;
    uint32_t row = 0, value = 0;
    for (size_t i = 0; i < n; i++) total += segments[i]->owners.offsets[segments[i]->rows];
    s->owners.offsets = mem_alloc((size_t)s->rows + 1, sizeof *s->owners.offsets);
    s->owners.values = mem_alloc(total, sizeof *s->owners.values);
    if (segments[0]->handles) s->handles = mem_alloc(s->rows, sizeof *s->handles);
    for (size_t i = 0; i < n; i++) {
        const struct rows *owners = &segments[i]->owners;
        for (uint32_t old = 0; old < segments[i]->rows; old++) {
            if (!keep[i][old]) continue;
            if (s->handles) s->handles[row] = segments[i]->handles[old];
            s->owners.offsets[row++] = value;
            for (uint32_t k = owners->offsets[old]; k < owners->offsets[old + 1]; k++)
                s->owners.values[value++] = owners->values[k];
        }
    }
    s->owners.offsets[row] = value;
}

static struct pieces_rows *merge_pieces(const struct segment *s, struct segment *const *segments,
                                        const uint8_t *const *keep, size_t n, struct pieces *pieces,
                                        const char *dir)
{
    if (!segments[0]->pieces) return NULL;
    const struct pieces_rows **from = mem_alloc(n, sizeof *from);
    char *path = dir ? segment_path(dir, "pieces", s->documents->seed) : NULL;
    for (size_t i = 0; i < n; i++) from[i] = segments[i]->pieces;
    struct pieces_rows *merged = pieces_rows_merge(pieces, from, keep, n, path);
    free(from);
    free(path);
    return merged;
}

/* Words are merged in memory and read from the file, if it can be written. */
static struct lexical *merge_words(const struct segment *s, struct segment *const *segments,
                                   const uint8_t *const *keep, size_t n, const char *dir)
{
    const struct lexical **from = mem_alloc(n, sizeof *from);
    for (size_t i = 0; i < n; i++) from[i] = segments[i]->lexical;
    struct lexical *merged = lexical_merge(from, keep, n), *mapped = NULL;
    free(from);
    if (!dir) return merged;
    char *path = segment_path(dir, "words", s->documents->seed);
    if (lexical_save(merged, path) == 0) mapped = lexical_open(path);
    if (!mapped)
        log_warn("index", "words not kept file=%s error=\"%s\"", path, strerror(errno));
    else
        lexical_free(merged);
    free(path);
    return mapped ? mapped : merged;
}

struct segment *segment_merge(struct segment *const *segments, const uint8_t *const *keep, size_t n,
                              struct pieces *pieces, const char *dir)
{
    const struct documents **from = mem_alloc(n, sizeof *from);
    for (size_t i = 0; i < n; i++) from[i] = segments[i]->documents;
    struct segment *s = segment_blank(documents_merge(from, keep, n, dir), segments[0]->dim);
    free(from);
    if (!sections_mapped(s->documents->block)) dir = NULL;
    s->lexical = merge_words(s, segments, keep, n, dir);
    s->pieces = merge_pieces(s, segments, keep, n, pieces, dir);
    merge_owners(s, segments, keep, n);
    uint32_t row = 0;
    for (size_t i = 0; i < n; i++)
        for (uint32_t old = 0; old < segments[i]->rows; old++) {
            if (!keep[i][old]) continue;
            for (int part = 0; part < PART_COUNT; part++)
                take_vector(s, (enum part)part, row, segments[i], old);
            row++;
        }
    return s;
}

void segment_release(struct segment *s)
{
    if (!s || atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1) return;
    documents_free(s->documents);
    pieces_rows_free(s->pieces);
    lexical_free(s->lexical);
    free(s->handles);
    sections_free(s->codes);
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

void segment_restore_vector(struct segment *s, enum part part, uint32_t row, const float *vector)
{
    publish_vector(s, part, row, vector);
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

/* ---- files ----------------------------------------------------------------------------------- */

/* Puts a block into a file unless it is there: a name stands for one content. */
static int save_block(const struct sections *block, const char *dir, const char *what,
                      uint64_t seed)
{
    char *path = segment_path(dir, what, seed);
    int rc = access(path, F_OK) == 0 ? 0 : sections_save(block, path), why = errno;
    free(path);
    errno = why;
    return rc;
}

int segment_save(const struct segment *s, const char *dir)
{
    uint64_t seed = s->documents->seed;
    char *words = segment_path(dir, "words", seed);
    int rc = access(words, F_OK) == 0 ? 0 : lexical_save(s->lexical, words), why = errno;
    free(words);
    errno = why;
    if (rc == 0) rc = save_block(s->documents->block, dir, "records", seed);
    if (rc == 0 && s->pieces) rc = save_block(pieces_rows_block(s->pieces), dir, "pieces", seed);
    return rc;
}

struct segment *segment_open(const char *dir, uint64_t seed, const struct segment_tools *tools)
{
    char *records = segment_path(dir, "records", seed), *words = segment_path(dir, "words", seed);
    char *pieces = segment_path(dir, "pieces", seed);
    struct segment *s = NULL;
    struct documents *d = documents_open(records);
    struct lexical *x = d ? lexical_open(words) : NULL;
    if (x && lexical_docs(x) == d->rows && d->seed == seed) {
        s = segment_blank(d, tools->dim);
        s->lexical = x;
        link_owners(s, tools->handles);
        if (tools->pieces) s->pieces = pieces_rows_open(tools->pieces, pieces, d->rows);
        if (!s->pieces) s->pieces = pieces_of(d, tools);
    } else {
        lexical_free(x);
        documents_free(d);
    }
    free(records);
    free(words);
    free(pieces);
    return s;
}
