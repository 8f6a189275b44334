#include "base/base.h"

#include "base/mem.h"
#include "index/e5_model.h"
#include "index/messages.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the model file is little-endian and read as it is"
#endif

/* ---- reading --------------------------------------------------------------------------------- */

struct reader {
    const uint8_t *p, *end;
    bool cut; /* something lay beyond the end; what was read since is zeros */
};

static const uint8_t *take(struct reader *r, size_t n)
{
    if (r->cut || (size_t)(r->end - r->p) < n) {
        r->cut = true;
        return NULL;
    }
    const uint8_t *at = r->p;
    r->p += n;
    return at;
}

static void read_to(struct reader *r, void *out, size_t n)
{
    const uint8_t *at = take(r, n);
    if (at)
        memcpy(out, at, n);
    else
        memset(out, 0, n);
}

static int32_t read_i32(struct reader *r)
{
    int32_t v;
    read_to(r, &v, sizeof v);
    return v;
}

static uint64_t read_u64(struct reader *r)
{
    uint64_t v;
    read_to(r, &v, sizeof v);
    return v;
}

/* What is being loaded, for messages and bounds. */
struct loading {
    const char *path;
    const uint8_t *base;
    size_t size;
    struct e5_model *m;
    bool packed;
    struct reader r;
    struct tensor *tensors;
    int32_t tensor_count, types;
    float *rest; /* of the model's floats: not yet claimed */
    struct unpack *unpack;
    size_t unpack_count;
    struct err *err;
};

static int damaged(struct loading *l, const char *what)
{
    return err_set(l->err, ERR_INVALID, MSG_MODEL_DAMAGED, l->path, what);
}

/* Four independent multiply-rotate lanes: the whole file takes some 10 ms, and a change of any one
 * byte always changes the result, since each step is a bijection of its lane. */
static uint64_t hash_file(const uint8_t *p, size_t size)
{
    uint64_t lane[4] = {size, 1, 2, 3};
    for (size_t i = 0; i < size; i += 32) {
        uint64_t word[4] = {0};
        memcpy(word, p + i, MIN(size - i, sizeof word));
        for (int k = 0; k < 4; k++) {
            lane[k] = (lane[k] ^ word[k]) * UINT64_C(0x9E3779B97F4A7C15);
            lane[k] = lane[k] << 29 | lane[k] >> 35;
        }
    }
    uint64_t h = 0;
    for (int k = 0; k < 4; k++) {
        h = (h ^ lane[k]) * UINT64_C(0xC2B2AE3D27D4EB4F);
        h ^= h >> 32;
    }
    return h;
}

/* ---- header ---------------------------------------------------------------------------------- */

static int read_header(struct loading *l)
{
    struct e5_model *m = l->m;
    struct reader *r = &l->r;
    const uint8_t *magic = take(r, 4);
    if (!magic || memcmp(magic, "E5S1", 4) != 0)
        return err_set(l->err, ERR_INVALID, MSG_MODEL_FORMAT, l->path);
    int32_t version = read_i32(r);
    m->hidden = read_i32(r);
    m->layers = read_i32(r);
    m->heads = read_i32(r);
    m->ff = read_i32(r);
    m->vocab = read_i32(r);
    m->positions = read_i32(r);
    l->types = read_i32(r); /* only type 0 is ever used */
    read_to(r, &m->epsilon, sizeof m->epsilon);
    int32_t block = read_i32(r);
    if (r->cut) return damaged(l, "it ends within the header");

    /* Bounds on every factor keep all products that follow far from overflow. */
    if (version != 1 || block != E5_BLOCK || m->layers < 1 || m->layers > 64 || m->heads < 1 ||
        m->heads > 64 || m->hidden != m->heads * E5_HEAD || m->ff < E5_BLOCK || m->ff > 16384 ||
        m->ff % E5_BLOCK || m->vocab < 4 || m->vocab > 4000000 || m->positions < 3 ||
        m->positions > 8192 || l->types < 1 || l->types > 16 ||
        !(m->epsilon >= 0 && m->epsilon < 1)) {
        char shape[96];
        snprintf(shape, sizeof shape, "v%d %d/%d %dx%d", version, m->hidden, m->heads, m->layers,
                 m->ff);
        return err_set(l->err, ERR_INVALID, MSG_MODEL_SHAPE, l->path, shape);
    }
    return 0;
}

static int read_tokens(struct loading *l)
{
    struct reader *r = &l->r;
    struct e5_vocab v = {0};
    v.pieces = read_i32(r);
    v.bos = read_i32(r);
    v.eos = read_i32(r);
    v.pad = read_i32(r);
    v.unk = read_i32(r);
    uint64_t blob_size = read_u64(r);
    if (r->cut || v.pieces < 4 || v.pieces > l->m->vocab || blob_size > l->size)
        return damaged(l, "the vocabulary's size is impossible");
    const int32_t special[] = {v.bos, v.eos, v.pad, v.unk};
    for (size_t i = 0; i < ARRAY_LEN(special); i++)
        if (special[i] < 0 || special[i] >= v.pieces)
            return damaged(l, "a special token lies outside the vocabulary");
    v.blob_size = blob_size;
    v.offsets = take(r, ((size_t)v.pieces + 1) * 4);
    v.scores = take(r, (size_t)v.pieces * 4);
    v.blob = (const char *)take(r, v.blob_size);
    v.mapped = read_i32(r);
    v.maps_size = (uint32_t)read_i32(r);
    v.maps = take(r, v.maps_size);
    if (r->cut || v.mapped < 0) return damaged(l, "it ends within the vocabulary");
    const char *why;
    l->m->tokens = e5_tokens_new(&v, &why);
    return l->m->tokens ? 0 : damaged(l, why);
}

/* ---- tensors --------------------------------------------------------------------------------- */

enum { TYPE_F32, TYPE_Q4 };

struct tensor {
    char name[24];
    int type;
    uint32_t count;
    const uint8_t *data; /* unaligned, wholly within the file */
};

static size_t tensor_bytes(int type, size_t count)
{
    return type == TYPE_F32 ? count * 4 : count / E5_BLOCK * E5_BLOCK_BYTES;
}

static int read_directory(struct loading *l)
{
    struct reader *r = &l->r;
    int32_t n = read_i32(r);
    if (r->cut || n < 0 || n > 4096) return damaged(l, "the list of tensors is impossible");
    l->tensors = mem_zalloc((size_t)n, sizeof *l->tensors);
    l->tensor_count = n;
    for (int32_t i = 0; i < n; i++) {
        struct tensor *t = &l->tensors[i];
        uint16_t len;
        read_to(r, &len, sizeof len);
        const uint8_t *name = take(r, len);
        if (name) memcpy(t->name, name, MIN((size_t)len, sizeof t->name - 1));
        const uint8_t *type = take(r, 1);
        read_to(r, &t->count, sizeof t->count);
        uint64_t offset = read_u64(r), bytes = read_u64(r);
        if (r->cut) return damaged(l, "it ends within the list of tensors");
        t->type = *type;
        if (t->type > TYPE_Q4 || t->count % (t->type == TYPE_Q4 ? E5_BLOCK : 1) ||
            bytes != tensor_bytes(t->type, t->count))
            return damaged(l, "a tensor has an impossible size");
        if (offset > l->size || bytes > l->size - offset)
            return damaged(l, "a tensor lies beyond its end");
        t->data = l->base + offset;
    }
    return 0;
}

/* The data of a tensor that must be there with this type and number of elements; NULL: error. */
static const uint8_t *tensor(struct loading *l, int layer, const char *name, int type, size_t count)
{
    char full[24];
    if (layer >= 0)
        snprintf(full, sizeof full, "l%d.%s", layer, name);
    else
        snprintf(full, sizeof full, "%s", name);
    for (int32_t i = 0; i < l->tensor_count; i++) {
        const struct tensor *t = &l->tensors[i];
        if (strcmp(t->name, full) != 0) continue;
        if (t->type == type && t->count == count) return t->data;
        break;
    }
    char what[96];
    snprintf(what, sizeof what, "the tensor %s is missing or has the wrong size", full);
    damaged(l, what);
    return NULL;
}

static float half_to_float(uint16_t h)
{
    int exponent = h >> 10 & 0x1F, fraction = h & 0x3FF;
    float v = exponent == 31  ? (fraction ? NAN : INFINITY)
              : exponent == 0 ? ldexpf((float)fraction, -24)
                              : ldexpf((float)(fraction | 0x400), exponent - 25);
    return h >> 15 ? -v : v;
}

static void unpack_row(const uint8_t *block, int n, float *out)
{
    for (int i = 0; i < n; i += E5_BLOCK, block += E5_BLOCK_BYTES, out += E5_BLOCK) {
        uint16_t h;
        memcpy(&h, block, sizeof h);
        float d = half_to_float(h);
        for (int j = 0; j < E5_BLOCK / 2; j++) {
            uint8_t q = block[2 + j];
            out[j] = (float)((q & 0x0F) - 8) * d;
            out[j + E5_BLOCK / 2] = (float)((q >> 4) - 8) * d;
        }
    }
}

void e5_model_word(const struct e5_model *m, int32_t id, float *out)
{
    size_t row = (size_t)m->hidden / E5_BLOCK * E5_BLOCK_BYTES;
    unpack_row(m->word + (size_t)id * row, m->hidden, out);
}

/* One matrix of the file, out rows of in weights, to lay out; each worth `scale` times what it
 * says. It becomes columns of `floats`, whose rows are wide, or the panels of `packed`. */
struct unpack {
    const uint8_t *from;
    int in, out, wide;
    float scale;
    float *floats;
    uint8_t *packed;
    float *packed_scale, *packed_sum;
};

static void unpack_floats(const struct unpack *u)
{
    enum { ROWS = 16 }; /* so that a cache line of the transpose is written whole */
    size_t in = (size_t)u->in, row_bytes = in / E5_BLOCK * E5_BLOCK_BYTES;
    float *rows = mem_aligned(ROWS * in, sizeof *rows);
    for (int o = 0; o < u->out; o += ROWS) {
        int n = MIN(ROWS, u->out - o);
        for (int k = 0; k < n; k++)
            unpack_row(u->from + (size_t)(o + k) * row_bytes, u->in, rows + (size_t)k * in);
        for (size_t j = 0; j < in; j++)
            for (int k = 0; k < n; k++)
                u->floats[j * (size_t)u->wide + (size_t)(o + k)] =
                    rows[(size_t)k * in + j] * u->scale;
    }
    free(rows);
}

/* The bytes of 16 rows' blocks are interleaved four by four; each byte stays as it is. */
static void pack_panels(const struct unpack *u)
{
    size_t blocks = (size_t)u->in / E5_BLOCK, groups = e5_groups((size_t)u->in);
    for (size_t o = 0; o < (size_t)u->out; o++) {
        size_t panel = o / E5_PANEL, column = o % E5_PANEL;
        const uint8_t *from = u->from + o * blocks * E5_BLOCK_BYTES;
        for (size_t b = 0; b < blocks; b++, from += E5_BLOCK_BYTES) {
            uint16_t h;
            memcpy(&h, from, sizeof h);
            float d = half_to_float(h) * u->scale;
            int sum = 0;
            for (size_t j = 2; j < E5_BLOCK_BYTES; j++)
                sum += (from[j] & 0x0F) + (from[j] >> 4) - 16;
            uint8_t *to = u->packed + (panel * blocks + b) * E5_PANEL_BLOCK + 4 * column;
            for (size_t j = 0; j < E5_BLOCK / 2; j += 4) memcpy(to + 16 * j, from + 2 + j, 4);
            u->packed_scale[(panel * blocks + b) * E5_PANEL + column] = d;
            u->packed_sum[(panel * groups + b * E5_BLOCK / E5_GROUP) * E5_PANEL + column] +=
                d * (float)sum;
        }
    }
}

static void unpack_matrix(void *ctx, size_t i, int worker)
{
    (void)worker;
    const struct unpack *u = (const struct unpack *)ctx + i;
    if (u->packed)
        pack_panels(u);
    else
        unpack_floats(u);
}

/* Takes n floats of the one allocation that holds them all. */
static float *claim(struct loading *l, size_t n)
{
    float *at = l->rest;
    l->rest += (n + 15) & ~(size_t)15; /* keeps cache line alignment */
    return at;
}

static const float *read_floats(struct loading *l, int layer, const char *name, int n)
{
    const uint8_t *from = tensor(l, layer, name, TYPE_F32, (size_t)n);
    if (!from) return NULL;
    float *to = claim(l, (size_t)n);
    memcpy(to, from, (size_t)n * sizeof *to);
    return to;
}

/* Floats that a matrix takes without its bias: the bytes and floats of e5_packed, or the weights.
 */
static size_t matrix_floats(bool packed, size_t in, size_t out)
{
    return packed ? in * out / 8 + in / E5_BLOCK * out + e5_groups(in) * out : in * out;
}

/* A matrix made of parts side by side, each out columns: tensors NAME.w, to be unpacked later, and
 * NAME.b. The first is scaled. */
static int read_matrix(struct loading *l, int layer, const char *const *name, int parts, int in,
                       int out, float scale, struct e5_matrix *m)
{
    int wide = parts * out;
    size_t rows = (size_t)in, columns = (size_t)out, all = (size_t)wide;
    size_t blocks = rows / E5_BLOCK, groups = e5_groups(rows);
    float *weights = claim(l, matrix_floats(l->packed, rows, all)), *bias = claim(l, all);
    struct unpack u = {.in = in, .out = out, .wide = wide};
    *m = (struct e5_matrix){.in = in, .out = wide, .bias = bias};
    if (l->packed) {
        u.packed = (uint8_t *)weights;
        u.packed_scale = weights + rows * all / 8;
        u.packed_sum = u.packed_scale + blocks * all;
        memset(u.packed_sum, 0, groups * all * sizeof(float));
        m->packed = (struct e5_packed){u.packed, u.packed_scale, u.packed_sum};
    } else {
        m->weights = u.floats = weights;
    }
    for (int k = 0; k < parts; k++) {
        char full[16];
        snprintf(full, sizeof full, "%s.w", name[k]);
        u.from = tensor(l, layer, full, TYPE_Q4, rows * columns);
        snprintf(full, sizeof full, "%s.b", name[k]);
        const uint8_t *b = u.from ? tensor(l, layer, full, TYPE_F32, columns) : NULL;
        if (!b) return -1;
        u.scale = k == 0 ? scale : 1;
        l->unpack[l->unpack_count++] = u;
        memcpy(bias + k * out, b, columns * sizeof *bias);
        for (int j = 0; j < out; j++) bias[k * out + j] *= u.scale;
        if (l->packed) {
            u.packed += rows * columns / 2;
            u.packed_scale += blocks * columns;
            u.packed_sum += groups * columns;
        } else {
            u.floats += out;
        }
    }
    return 0;
}

static int read_layer(struct loading *l, int i)
{
    static const char *const qkv[] = {"q", "k", "v"}, *const out[] = {"ao"}, *const up[] = {"fi"},
                             *const down[] = {"fo"};
    const int h = l->m->hidden, f = l->m->ff;
    struct e5_layer *to = &l->m->layer[i];
    if (read_matrix(l, i, qkv, 3, h, h, 1 / sqrtf(E5_HEAD), &to->qkv) != 0 ||
        read_matrix(l, i, out, 1, h, h, 1, &to->out) != 0 ||
        read_matrix(l, i, up, 1, h, f, 1, &to->up) != 0 ||
        read_matrix(l, i, down, 1, f, h, 1, &to->down) != 0 ||
        !(to->norm1 = read_floats(l, i, "aln.w", h)) ||
        !(to->norm1_bias = read_floats(l, i, "aln.b", h)) ||
        !(to->norm2 = read_floats(l, i, "oln.w", h)) ||
        !(to->norm2_bias = read_floats(l, i, "oln.b", h)))
        return -1;
    return 0;
}

/* Positions with the embedding of token type 0 added, as every token needs their sum. */
static int read_embeddings(struct loading *l)
{
    struct e5_model *m = l->m;
    size_t h = (size_t)m->hidden, rows = (size_t)m->positions;
    m->word = tensor(l, -1, "emb.word", TYPE_Q4, (size_t)m->vocab * h);
    const uint8_t *position = tensor(l, -1, "emb.pos", TYPE_F32, rows * h);
    const uint8_t *type = tensor(l, -1, "emb.type", TYPE_F32, (size_t)l->types * h);
    if (!m->word || !position || !type) return -1;
    float *sum = claim(l, rows * h), *first = claim(l, h);
    memcpy(sum, position, rows * h * sizeof *sum);
    memcpy(first, type, h * sizeof *first);
    for (size_t i = 0; i < rows * h; i++) sum[i] += first[i % h];
    m->position = sum;
    m->norm = read_floats(l, -1, "emb.ln.w", m->hidden);
    m->norm_bias = m->norm ? read_floats(l, -1, "emb.ln.b", m->hidden) : NULL;
    return m->norm_bias ? 0 : -1;
}

static int read_tensors(struct loading *l, struct pool *pool)
{
    enum { MATRICES = 6, CLAIMS = 12 }; /* in a layer */
    struct e5_model *m = l->m;
    size_t h = (size_t)m->hidden, f = (size_t)m->ff, n = (size_t)m->layers;
    size_t in_layer = matrix_floats(l->packed, h, 4 * h + f) + matrix_floats(l->packed, f, h);
    size_t vectors = n * (9 * h + f) + ((size_t)m->positions + 3) * h;
    size_t floats = n * in_layer + vectors + (n * CLAIMS + 4) * 16;
    /* The file has half a byte for each weight and four for what lies in vectors, which bounds the
     * allocation. */
    if (n * (4 * h * h + 2 * h * f) / 2 > l->size || vectors - 2 * h > l->size / 4)
        return damaged(l, "it is too short for its shape");
    l->rest = m->floats = mem_aligned(floats, sizeof *m->floats);
    m->layer = mem_zalloc(n, sizeof *m->layer);
    l->unpack = mem_zalloc(n * MATRICES, sizeof *l->unpack);
    if (read_embeddings(l) != 0) return -1;
    for (int i = 0; i < m->layers; i++)
        if (read_layer(l, i) != 0) return -1;
    pool_run(pool, l->unpack_count, unpack_matrix, l->unpack);
    return 0;
}

/* ---- the file -------------------------------------------------------------------------------- */

static int map_file(struct loading *l)
{
    struct stat st;
    int fd = open(l->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        if (errno == ENOENT) return err_set(l->err, ERR_UNAVAILABLE, MSG_MODEL_MISSING, l->path);
        return err_set(l->err, ERR_IO, MSG_MODEL_UNREADABLE, l->path, strerror(errno));
    }
    int rc = 0;
    void *map = MAP_FAILED;
    if (fstat(fd, &st) == 0 && !S_ISREG(st.st_mode))
        rc = err_set(l->err, ERR_INVALID, MSG_MODEL_FORMAT, l->path);
    else if (st.st_size < 8)
        rc = err_set(l->err, ERR_INVALID, MSG_MODEL_FORMAT, l->path);
    else if ((map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0)) == MAP_FAILED)
        rc = err_set(l->err, ERR_IO, MSG_MODEL_UNREADABLE, l->path, strerror(errno));
    close(fd);
    if (rc == 0) {
        l->m->map = map;
        l->m->map_size = (size_t)st.st_size;
    }
    return rc;
}

struct e5_model *e5_model_load(const char *path, bool packed, struct pool *pool, struct err *err)
{
    struct loading l = {.path = path, .packed = packed, .err = err};
    l.m = mem_zalloc(1, sizeof *l.m);
    int rc = map_file(&l);
    if (rc == 0) {
        l.base = l.m->map;
        l.size = l.m->map_size;
        l.r = (struct reader){.p = l.base, .end = l.base + l.size};
        if (read_header(&l) != 0 || read_tokens(&l) != 0 || read_directory(&l) != 0 ||
            read_tensors(&l, pool) != 0)
            rc = -1;
    }
    free(l.tensors);
    free(l.unpack);
    if (rc != 0) {
        e5_model_free(l.m);
        return NULL;
    }
    l.m->hash = hash_file(l.base, l.size);
    return l.m;
}

void e5_model_free(struct e5_model *m)
{
    if (!m) return;
    e5_tokens_free(m->tokens);
    free(m->layer);
    free(m->floats);
    if (m->map) munmap(m->map, m->map_size);
    free(m);
}
