/* The encoder, on a model of a few weights made here, whose results a plain transcription of the
 * definition gives in double precision; and on the real model where it has been fetched. */
#include "base/base.h"

#include "base/mem.h"
#include "base/str.h"
#include "index/e5_forward.h"
#include "index/e5_kernels.h"
#include "index/e5_model.h"
#include "index/e5_tokens.h"
#include "index/embedder.h"

#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- a small model --------------------------------------------------------------------------- */

enum { HIDDEN = 64, LAYERS = 2, HEADS = 2, FF = 96, POSITIONS = 8, PIECES = 12, VOCAB = 14 };

static const char *const pieces[PIECES] = {
    "<s>", "<pad>", "</s>", "<unk>", "\u2581", "a", "b", "ab", "\u2581ab", "ss", "中", "e",
};
static const float scores[PIECES] = {0, 0, 0, 0, -2, -3, -3, -4, -5, -4.5f, -6, -3};

struct weights {
    char name[16];
    size_t n;
    float *value;
};

struct tiny {
    struct str file;
    struct weights tensor[64];
    size_t tensors;
    size_t data; /* offset of the first tensor */
};

static uint32_t draw(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static void put(struct str *s, const void *p, size_t n)
{
    str_add(s, p, n);
}

static void put32(struct str *s, uint32_t v)
{
    put(s, &v, sizeof v);
}

static void put64(struct str *s, uint64_t v)
{
    put(s, &v, sizeof v);
}

/* Adds random weights to the directory and their bytes to data: 4-bit, with scale 1/16, or f32. */
static void add_tensor(struct tiny *t, struct str *directory, struct str *data, bool q4,
                       const char *name, size_t n, float around, uint32_t *seed)
{
    struct weights *w = &t->tensor[t->tensors++];
    snprintf(w->name, sizeof w->name, "%s", name);
    w->n = n;
    w->value = mem_alloc(n, sizeof *w->value);
    size_t at = data->len;
    for (size_t i = 0; !q4 && i < n; i++) {
        w->value[i] = around + (float)(draw(seed) % 1000) / 2000 - 0.25f;
        put(data, &w->value[i], 4);
    }
    for (size_t i = 0; q4 && i < n; i += E5_BLOCK) {
        uint8_t block[E5_BLOCK_BYTES] = {0x00, 0x2C}; /* 2^-4 as a half */
        for (size_t j = 0; j < 16; j++) {
            uint8_t q = (uint8_t)draw(seed);
            block[2 + j] = q;
            w->value[i + j] = (float)((q & 15) - 8) / 16;
            w->value[i + j + 16] = (float)((q >> 4) - 8) / 16;
        }
        put(data, block, sizeof block);
    }
    uint16_t len = (uint16_t)strlen(name);
    uint8_t type = q4;
    put(directory, &len, 2);
    put(directory, name, len);
    put(directory, &type, 1);
    put32(directory, (uint32_t)n);
    put64(directory, at);
    put64(directory, data->len - at);
}

static void put_vocabulary(struct str *s)
{
    static const uint32_t map[][5] = {
        /* code point, number of replacements, replacements; ascending */
        {1, 0, 0, 0, 0},        {'\t', 1, ' ', 0, 0},   {'A', 1, 'a', 0, 0},
        {0xDF, 2, 's', 's', 0}, {0x3000, 1, ' ', 0, 0},
    };
    uint32_t at = 0;
    put32(s, PIECES);
    for (uint32_t id = 0; id < 4; id++) put32(s, (const uint32_t[]){0, 2, 1, 3}[id]);
    size_t blob = 0;
    for (int i = 0; i < PIECES; i++) blob += strlen(pieces[i]);
    put64(s, blob);
    for (int i = 0; i <= PIECES; i++) {
        put32(s, at);
        if (i < PIECES) at += (uint32_t)strlen(pieces[i]);
    }
    put(s, scores, sizeof scores);
    for (int i = 0; i < PIECES; i++) str_adds(s, pieces[i]);
    struct str entries;
    str_init(&entries);
    for (size_t i = 0; i < ARRAY_LEN(map); i++) {
        put32(&entries, map[i][0]);
        str_addc(&entries, (char)map[i][1]);
        put(&entries, &map[i][2], map[i][1] * 4);
    }
    put32(s, ARRAY_LEN(map));
    put32(s, (uint32_t)entries.len);
    put(s, entries.data, entries.len);
    str_free(&entries);
}

static struct tiny *tiny_new(void)
{
    struct tiny *t = mem_zalloc(1, sizeof *t);
    struct str directory, data;
    str_init(&t->file);
    str_init(&directory);
    str_init(&data);
    uint32_t seed = 7;
    add_tensor(t, &directory, &data, true, "emb.word", VOCAB * HIDDEN, 0, &seed);
    add_tensor(t, &directory, &data, false, "emb.pos", POSITIONS * HIDDEN, 0, &seed);
    add_tensor(t, &directory, &data, false, "emb.type", 2 * HIDDEN, 0, &seed);
    add_tensor(t, &directory, &data, false, "emb.ln.w", HIDDEN, 1, &seed);
    add_tensor(t, &directory, &data, false, "emb.ln.b", HIDDEN, 0, &seed);
    static const struct {
        const char *name;
        int in, out; /* a matrix; with in == 0 a gain of a normalisation */
    } part[] = {{"q", HIDDEN, HIDDEN},  {"k", HIDDEN, HIDDEN}, {"v", HIDDEN, HIDDEN},
                {"ao", HIDDEN, HIDDEN}, {"fi", HIDDEN, FF},    {"fo", FF, HIDDEN},
                {"aln", 0, HIDDEN},     {"oln", 0, HIDDEN}};
    for (int l = 0; l < LAYERS; l++)
        for (size_t i = 0; i < ARRAY_LEN(part); i++) {
            size_t in = (size_t)part[i].in, out = (size_t)part[i].out;
            char name[16];
            snprintf(name, sizeof name, "l%d.%s.w", l, part[i].name);
            add_tensor(t, &directory, &data, in > 0, name, in ? in * out : out, 1, &seed);
            snprintf(name, sizeof name, "l%d.%s.b", l, part[i].name);
            add_tensor(t, &directory, &data, false, name, out, 0, &seed);
        }
    const float epsilon = 1e-12f;
    str_adds(&t->file, "E5S1");
    const uint32_t shape[] = {1, HIDDEN, LAYERS, HEADS, FF, VOCAB, POSITIONS, 2};
    put(&t->file, shape, sizeof shape);
    put(&t->file, &epsilon, 4);
    put32(&t->file, E5_BLOCK);
    put_vocabulary(&t->file);
    put32(&t->file, (uint32_t)t->tensors);
    /* Offsets count from the start of the file; each entry's is 16 bytes before its end. */
    t->data = t->file.len + directory.len;
    for (size_t i = 0, at = 0; i < t->tensors; i++) {
        at += 2 + strlen(t->tensor[i].name) + 1 + 4;
        uint64_t offset;
        memcpy(&offset, directory.data + at, 8);
        offset += t->data;
        memcpy(directory.data + at, &offset, 8);
        at += 16;
    }
    put(&t->file, directory.data, directory.len);
    put(&t->file, data.data, data.len);
    str_free(&directory);
    str_free(&data);
    return t;
}

static void tiny_free(struct tiny *t)
{
    for (size_t i = 0; i < t->tensors; i++) free(t->tensor[i].value);
    str_free(&t->file);
    free(t);
}

/* Writes len bytes to a new file; the caller unlinks and frees the name. */
static char *write_file(const void *bytes, size_t len)
{
    char *path = mem_strdup("/tmp/hongniang-e5-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), len);
    close(fd);
    return path;
}

static struct embedder *open_bytes(const void *bytes, size_t len, struct pool *pool,
                                   struct err *err)
{
    char *path = write_file(bytes, len);
    struct embedder *e = embedder_open_e5(path, pool, err);
    unlink(path);
    free(path);
    return e;
}

/* As the user does by HONGNIANG_ISA; NULL: the program chooses. */
static struct embedder *open_with(const char *isa, const char *path, struct pool *pool,
                                  struct err *err)
{
    const char *set = getenv("HONGNIANG_ISA");
    char *before = set ? mem_strdup(set) : NULL;
    if (isa)
        setenv("HONGNIANG_ISA", isa, 1);
    else
        unsetenv("HONGNIANG_ISA");
    struct embedder *e = embedder_open_e5(path, pool, err);
    if (before)
        setenv("HONGNIANG_ISA", before, 1);
    else
        unsetenv("HONGNIANG_ISA");
    free(before);
    return e;
}

/* ---- the definition, in double precision ----------------------------------------------------- */

static const float *weight(const struct tiny *t, int layer, const char *name)
{
    char full[24];
    if (layer < 0)
        snprintf(full, sizeof full, "%s", name);
    else
        snprintf(full, sizeof full, "l%d.%s", layer, name);
    for (size_t i = 0; i < t->tensors; i++)
        if (strcmp(t->tensor[i].name, full) == 0) return t->tensor[i].value;
    fail_msg("no tensor %s", full);
    return NULL;
}

static void apply(const double *x, const float *w, const float *b, int in, int out, double *y)
{
    for (int o = 0; o < out; o++) {
        y[o] = (double)b[o];
        for (int i = 0; i < in; i++) y[o] += x[i] * (double)w[o * in + i];
    }
}

static void normalise(double *x, const float *gain, const float *bias, int n)
{
    double mean = 0, variance = 0;
    for (int i = 0; i < n; i++) mean += x[i] / n;
    for (int i = 0; i < n; i++) variance += (x[i] - mean) * (x[i] - mean) / n;
    for (int i = 0; i < n; i++)
        x[i] = (x[i] - mean) / sqrt(variance) * (double)gain[i] + (double)bias[i];
}

static void define_attention(double q[][HIDDEN], double k[][HIDDEN], double v[][HIDDEN], int n,
                             double out[][HIDDEN])
{
    for (int t = 0; t < n; t++)
        for (int c = 0; c < HIDDEN; c += E5_HEAD) {
            double w[POSITIONS], sum = 0;
            for (int s = 0; s < n; s++) {
                double dot = 0;
                for (int d = c; d < c + E5_HEAD; d++) dot += q[t][d] * k[s][d];
                sum += w[s] = exp(dot / sqrt(E5_HEAD));
            }
            for (int d = c; d < c + E5_HEAD; d++) {
                out[t][d] = 0;
                for (int s = 0; s < n; s++) out[t][d] += w[s] / sum * v[s][d];
            }
        }
}

/* The mean of the last states of n tokens. */
static void define_forward(const struct tiny *t, const int *id, int n, double *mean)
{
    double x[POSITIONS][HIDDEN], q[POSITIONS][HIDDEN], k[POSITIONS][HIDDEN], v[POSITIONS][HIDDEN];
    double mixed[POSITIONS][HIDDEN], y[HIDDEN], middle[FF];
    for (int p = 0; p < n; p++) {
        for (int i = 0; i < HIDDEN; i++)
            x[p][i] = (double)weight(t, -1, "emb.word")[id[p] * HIDDEN + i] +
                      (double)weight(t, -1, "emb.pos")[p * HIDDEN + i] +
                      (double)weight(t, -1, "emb.type")[i];
        normalise(x[p], weight(t, -1, "emb.ln.w"), weight(t, -1, "emb.ln.b"), HIDDEN);
    }
    for (int l = 0; l < LAYERS; l++) {
        for (int p = 0; p < n; p++) {
            apply(x[p], weight(t, l, "q.w"), weight(t, l, "q.b"), HIDDEN, HIDDEN, q[p]);
            apply(x[p], weight(t, l, "k.w"), weight(t, l, "k.b"), HIDDEN, HIDDEN, k[p]);
            apply(x[p], weight(t, l, "v.w"), weight(t, l, "v.b"), HIDDEN, HIDDEN, v[p]);
        }
        define_attention(q, k, v, n, mixed);
        for (int p = 0; p < n; p++) {
            apply(mixed[p], weight(t, l, "ao.w"), weight(t, l, "ao.b"), HIDDEN, HIDDEN, y);
            for (int i = 0; i < HIDDEN; i++) x[p][i] += y[i];
            normalise(x[p], weight(t, l, "aln.w"), weight(t, l, "aln.b"), HIDDEN);
            apply(x[p], weight(t, l, "fi.w"), weight(t, l, "fi.b"), HIDDEN, FF, middle);
            for (int i = 0; i < FF; i++) middle[i] *= 0.5 * (1 + erf(middle[i] / sqrt(2)));
            apply(middle, weight(t, l, "fo.w"), weight(t, l, "fo.b"), FF, HIDDEN, y);
            for (int i = 0; i < HIDDEN; i++) x[p][i] += y[i];
            normalise(x[p], weight(t, l, "oln.w"), weight(t, l, "oln.b"), HIDDEN);
        }
    }
    for (int i = 0; i < HIDDEN; i++) {
        mean[i] = 0;
        for (int p = 0; p < n; p++) mean[i] += x[p][i] / n;
    }
}

/* ---- tests of the small model ---------------------------------------------------------------- */

struct fixture {
    struct tiny *tiny;
    struct pool *pool; /* of three threads */
    char *path;
    struct e5_model *model;
};

static int setup(void **state)
{
    struct fixture *f = mem_zalloc(1, sizeof *f);
    f->tiny = tiny_new();
    f->pool = pool_new(3);
    f->path = write_file(f->tiny->file.data, f->tiny->file.len);
    struct err err = {0};
    f->model = e5_model_load(f->path, false, f->pool, &err);
    if (!f->model) fprintf(stderr, "%s\n", err_text(&err, LANG_EN));
    *state = f;
    return f->model ? 0 : -1;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    e5_model_free(f->model);
    pool_free(f->pool);
    unlink(f->path);
    free(f->path);
    tiny_free(f->tiny);
    free(f);
    return 0;
}

static void expect_ids(const struct e5_tokens *t, const char *text, size_t n, const int32_t *id)
{
    struct e5_ids ids = {0};
    e5_tokens_encode(t, text, strlen(text), &ids);
    assert_int_equal(ids.n, n);
    assert_memory_equal(ids.id, id, n * sizeof *id);
    free(ids.id);
}

#define EXPECT_IDS(tokens, text, ...)                                                              \
    expect_ids(tokens, text, ARRAY_LEN(((const int32_t[]){__VA_ARGS__})),                          \
               (const int32_t[]){__VA_ARGS__})

static void text_is_cut_where_the_sum_of_scores_is_highest(void **state)
{
    const struct e5_tokens *t = ((struct fixture *)*state)->model->tokens;
    EXPECT_IDS(t, "ab", 8);               /* -5, before the space and ab apart: -6 */
    EXPECT_IDS(t, "aab", 4, 5, 7);        /* ab at once: -4, apart: -6 */
    EXPECT_IDS(t, "ab ab", 8, 8);         /* the space belongs to what follows */
    EXPECT_IDS(t, "b中", 4, 6, 10);       /* a character of three bytes */
    EXPECT_IDS(t, "bxyb", 4, 6, 3, 3, 6); /* each unknown character is a token */
    EXPECT_IDS(t, "<s>", 4, 0);           /* as the reference has it */
    EXPECT_IDS(t, "<unk>", 4, 3, 3, 3, 3, 3);
}

static void text_is_normalised_as_the_model_maps_it(void **state)
{
    const struct e5_tokens *t = ((struct fixture *)*state)->model->tokens;
    EXPECT_IDS(t, "", 4);
    EXPECT_IDS(t, "   ", 4);
    EXPECT_IDS(t, "\x01", 4);
    EXPECT_IDS(t, "Ab", 8);
    EXPECT_IDS(t, "\u00DF", 4, 9);             /* one becomes two */
    EXPECT_IDS(t, "a \t\u3000 b", 4, 5, 4, 6); /* spaces of all kinds collapse */
    EXPECT_IDS(t, "a \x01 b", 4, 5, 4, 6);     /* and across what vanishes */
    EXPECT_IDS(t, "b ", 4, 6, 4);
    EXPECT_IDS(t, "\u2581\u2581", 4, 4, 4); /* the mark itself does not */
}

static void malformed_bytes_are_read_like_the_reference(void **state)
{
    const struct e5_tokens *t = ((struct fixture *)*state)->model->tokens;
    EXPECT_IDS(t, "b\xFF", 4, 6, 3);
    EXPECT_IDS(t, "b\xE4\xB8", 4, 6, 3, 3);
    EXPECT_IDS(t, "\xDF", 4, 9); /* the code point of that number */
    EXPECT_IDS(t,
               "\xC1\xA1"
               "b",
               8); /* an overlong a */
    uint32_t seed = 1;
    for (int round = 0; round < 2000; round++) {
        char text[64];
        size_t len = draw(&seed) % sizeof text;
        for (size_t i = 0; i < len; i++) text[i] = (char)draw(&seed);
        char *exact = mem_dup(text, len); /* so that a read past the end is seen */
        struct e5_ids ids = {0};
        e5_tokens_encode(t, exact, len, &ids);
        assert_true(ids.n >= 1 && ids.n <= 2 * len + 1);
        for (size_t i = 0; i < ids.n; i++) assert_in_range(ids.id[i], 0, PIECES - 1);
        free(ids.id);
        free(exact);
    }
}

static void kernels_compute_what_they_say(void **state)
{
    (void)state;
    enum { MOST = 70, STRIDE = 100 };
    const struct e5_kernels *k;
    float *in = mem_aligned(MOST * STRIDE, sizeof *in), out[MOST * E5_HEAD];
    uint32_t seed = 3;
    for (size_t i = 0; i < MOST * STRIDE; i++) in[i] = (float)(draw(&seed) % 2000) / 500 - 2;
    for (size_t which = 0; (k = e5_kernels_at(which)); which++) {
        for (size_t n = 1; n <= MOST; n += n < 20 ? 1 : 17) {
            const float *q = in, *keys = in + 33, *v = in + 66;
            float *scratch = mem_aligned(k->attend_scratch(n), sizeof *scratch);
            k->attend(q, keys, v, STRIDE, n, out, E5_HEAD, scratch);
            free(scratch);
            for (size_t t = 0; t < n; t++) {
                double sum = 0, mixed[E5_HEAD] = {0};
                for (size_t s = 0; s < n; s++) {
                    double dot = 0;
                    for (size_t d = 0; d < E5_HEAD; d++)
                        dot += (double)q[t * STRIDE + d] * (double)keys[s * STRIDE + d];
                    sum += exp(dot);
                    for (size_t d = 0; d < E5_HEAD; d++)
                        mixed[d] += exp(dot) * (double)v[s * STRIDE + d];
                }
                for (size_t d = 0; d < E5_HEAD; d++)
                    assert_float_equal(out[t * E5_HEAD + d], mixed[d] / sum,
                                       (k->int8 ? 2e-3 : 2e-5));
            }
        }
        float x[16];
        for (double from = -12; from < 12; from += 0.1) {
            for (int i = 0; i < 16; i++) x[i] = (float)(from + i * 0.006);
            float y[16];
            memcpy(y, x, sizeof x);
            k->gelu(y, 16);
            for (int i = 0; i < 16; i++) {
                double want = (double)x[i] / 2 * (1 + erf((double)x[i] / sqrt(2)));
                assert_float_equal(y[i], want, 1e-6 * MAX(1, fabs(want)));
            }
        }
    }
    free(in);
}

/* The formula of e5_int8.h, for one row and output; w: numbers -8..7. */
static double define_product(const uint8_t *code, const float *step, const float *least,
                             const int8_t *w, const float *scale, size_t in)
{
    double y = 0;
    for (size_t k = 0; k < in; k++) {
        size_t g = k / E5_GROUP;
        y += ((double)step[g] * code[k] + (double)least[g]) * (double)scale[k / 32] * w[k];
    }
    return y;
}

/* The extremes too, where sums of 16 bits would overflow if they could. */
static void products_of_8_bits_are_the_definition(void **state)
{
    (void)state;
    enum { MOST_IN = 384, OUT = 48, ROWS = 29, BLOCKS = MOST_IN / 32 };
    static const size_t ins[] = {32, 64, 96, 128, 160, 384};
    static int8_t w[OUT][MOST_IN];
    static float scale[OUT][BLOCKS], x[ROWS][MOST_IN], y[ROWS * OUT], bias[OUT];
    uint32_t seed = 5;
    const struct e5_kernels *k;
    for (size_t which = 0; (k = e5_kernels_at(which)); which++)
        for (size_t c = 0; k->int8 && c < 3 * ARRAY_LEN(ins); c++) {
            const size_t in = ins[c / 3], blocks = in / 32, groups = e5_groups(in);
            const bool extreme = c % 3 == 1, add = c % 3 == 2;
            uint8_t *packed = mem_zalloc(OUT * in / 2, 1);
            float *pscale = mem_alloc(OUT * blocks, sizeof(float));
            float *psum = mem_zalloc(OUT * groups, sizeof(float));
            for (size_t o = 0; o < OUT; o++) {
                bias[o] = (float)o;
                for (size_t i = 0; i < in; i++) {
                    if (i % 32 == 0)
                        scale[o][i / 32] = extreme ? 1 : (float)(draw(&seed) % 99) / 99;
                    w[o][i] = (int8_t)(extreme ? -8 : (int)(draw(&seed) % 16) - 8);
                    /* step s of a block of 32 lies at s % 4 * 64, in the upper half from 4 on */
                    size_t s = i % 32 / 4, at = o / 16 * blocks * 256 + i / 32 * 256;
                    packed[at + s % 4 * 64 + o % 16 * 4 + i % 4] |=
                        (uint8_t)((w[o][i] + 8) << (s < 4 ? 0 : 4));
                    pscale[(o / 16 * blocks + i / 32) * 16 + o % 16] = scale[o][i / 32];
                    psum[(o / 16 * groups + i / 128) * 16 + o % 16] +=
                        scale[o][i / 32] * (float)w[o][i];
                }
            }
            struct e5_codes codes = {mem_alloc(ROWS * in, 1), mem_alloc(ROWS * groups, 4),
                                     mem_alloc(ROWS * groups, 4)};
            for (size_t r = 0; r < ROWS; r++) {
                for (size_t i = 0; i < in; i++)
                    x[r][i] = r == 0 ? 2.5f : (float)(draw(&seed) % 1000) / 100 - 3;
                k->int8->encode(x[r], in, &codes, r);
                for (size_t i = 0; i < in; i++) {
                    size_t g = r * groups + i / E5_GROUP;
                    float back = codes.least[g] + codes.step[g] * (float)codes.code[r * in + i];
                    assert_float_equal(back, x[r][i], (double)codes.step[g] * 0.51 + 1e-6);
                }
                if (extreme) memset(codes.code + r * in, 255, in);
            }
            const struct e5_packed weights = {packed, pscale, psum};
            int8_t *scratch = mem_aligned(in * 16, 1);
            for (size_t rows = 1; rows <= ROWS; rows++) {
                for (size_t i = 0; i < ROWS * OUT; i++) y[i] = 7;
                /* all but the first row and the last panel */
                k->int8->product(&codes, &weights, bias, in, OUT, 1, rows, 0, 2, add, y, scratch);
                for (size_t r = 0; r < ROWS; r++)
                    for (size_t o = 0; o < OUT; o++) {
                        double want = 7;
                        if (r >= 1 && r < rows && o < 32)
                            want = (add ? 7 : 0) + (double)bias[o] +
                                   define_product(codes.code + r * in, codes.step + r * groups,
                                                  codes.least + r * groups, w[o], scale[o], in);
                        assert_float_equal(y[r * OUT + o], want, 2e-6 * fabs(want) + 5e-3);
                    }
            }
            free(scratch);
            free(codes.code);
            free(codes.step);
            free(codes.least);
            free(packed);
            free(pscale);
            free(psum);
        }
}

static double cosine(const float *a, const float *b, size_t n)
{
    double ab = 0, aa = 0, bb = 0;
    for (size_t i = 0; i < n; i++) {
        ab += (double)a[i] * (double)b[i];
        aa += (double)a[i] * (double)a[i];
        bb += (double)b[i] * (double)b[i];
    }
    return ab / sqrt(aa * bb);
}

static void the_forward_pass_is_the_definition(void **state)
{
    struct fixture *f = *state;
    static const int32_t content[] = {4, 5, 10, 8, 3, 7};
    struct e5_sequence sequence[] = {{content, 6}, {content + 2, 0}, {content + 1, 3}};
    float out[ARRAY_LEN(sequence)][HIDDEN], *to[ARRAY_LEN(sequence)];
    for (size_t i = 0; i < ARRAY_LEN(sequence); i++) to[i] = out[i];
    struct pool *pools[] = {NULL, f->pool};
    struct e5_workspace w = {0};
    struct err err = {0};
    struct e5_model *packed = e5_model_load(f->path, true, f->pool, &err);
    assert_non_null(packed);
    const struct e5_kernels *k;
    for (size_t which = 0; (k = e5_kernels_at(which)); which++)
        for (size_t p = 0; p < ARRAY_LEN(pools); p++) {
            memset(out, 0, sizeof out);
            e5_forward(k->int8 ? packed : f->model, k, sequence, ARRAY_LEN(sequence), to, &w,
                       pools[p]);
            for (size_t i = 0; i < ARRAY_LEN(sequence); i++) {
                int id[POSITIONS] = {0}, n = (int)sequence[i].n + 2;
                for (size_t j = 0; j < sequence[i].n; j++) id[j + 1] = sequence[i].id[j];
                id[n - 1] = 2;
                double want[HIDDEN];
                float rounded[HIDDEN];
                define_forward(f->tiny, id, n, want);
                for (int d = 0; d < HIDDEN; d++) {
                    rounded[d] = (float)want[d];
                    if (!k->int8) assert_float_equal(out[i][d], want[d], 1e-4);
                }
                assert_true(cosine(out[i], rounded, HIDDEN) > 0.998);
            }
        }
    e5_model_free(packed);
    e5_workspace_free(&w);
}

/* "passage: " here is 4 a 9 a 3 e 3, with unknown p, g and colon: seven tokens; windows have six.
 */
static void long_texts_are_the_mean_of_windows_weighted_by_tokens(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    struct embedder *e = open_with("generic", f->path, f->pool, &err);
    assert_non_null(e);
    const char *text = "abaababb";
    struct e5_ids ids = {0};
    char whole[64];
    snprintf(whole, sizeof whole, "passage: %s", text);
    e5_tokens_encode(f->model->tokens, whole, strlen(whole), &ids);
    assert_true(ids.n > 12);
    double sum[HIDDEN] = {0};
    for (size_t at = 0; at < ids.n; at += POSITIONS - 2) {
        int id[POSITIONS] = {0}, n = 1;
        while (n < POSITIONS - 1 && at + (size_t)n - 1 < ids.n) {
            id[n] = ids.id[at + (size_t)n - 1];
            n++;
        }
        id[n] = 2;
        double mean[HIDDEN];
        define_forward(f->tiny, id, n + 1, mean);
        for (int i = 0; i < HIDDEN; i++) sum[i] += (n - 1) * mean[i];
    }
    double square = 0;
    for (int i = 0; i < HIDDEN; i++) square += sum[i] * sum[i];
    float out[HIDDEN];
    assert_int_equal(embedder_embed(e, EMBED_PASSAGE, &text, 1, out, &err), 0);
    for (int i = 0; i < HIDDEN; i++) assert_float_equal(out[i], sum[i] / sqrt(square), 1e-5);
    free(ids.id);
    embedder_free(e);
}

/* With 8-bit activations to the byte, and whatever the processor. */
static void batches_of_any_size_give_the_same_rows(void **state)
{
    enum { N = 300 };
    struct fixture *f = *state;
    char store[N][40];
    const char *texts[N];
    for (size_t i = 0; i < N; i++) {
        size_t len = i * 7 % 39;
        for (size_t j = 0; j < len; j++) store[i][j] = "ab e\xE4"[(i * 31 + j * j) % 5];
        store[i][len] = '\0';
        texts[i] = store[i];
    }
    float *all = mem_alloc(N * HIDDEN, sizeof *all), one[HIDDEN];
    float *first = mem_alloc(N * HIDDEN, sizeof *first);
    const struct e5_kernels *k;
    for (size_t which = 0; (k = e5_kernels_at(which)); which++) {
        struct err err = {0};
        struct embedder *e = open_with(k->name, f->path, f->pool, &err);
        assert_non_null(e);
        assert_int_equal(embedder_dim(e), HIDDEN);
        const char *id = k->int8 ? "e5-q4a8-64x2-1:" : "e5-q4-64x2-1:";
        assert_int_equal(strncmp(embedder_id(e), id, strlen(id)), 0);
        assert_int_equal(embedder_embed(e, EMBED_QUERY, texts, N, all, &err), 0);
        if (k->int8 && which > 0) assert_memory_equal(all, first, N * HIDDEN * sizeof *all);
        if (which == 0) memcpy(first, all, N * HIDDEN * sizeof *all);
        for (size_t i = 0; i < N; i++) {
            assert_int_equal(embedder_embed(e, EMBED_QUERY, &texts[i], 1, one, &err), 0);
            if (k->int8) assert_memory_equal(one, all + i * HIDDEN, sizeof one);
            assert_float_equal(cosine(one, all + i * HIDDEN, HIDDEN), 1, 1e-6);
            assert_float_equal(cosine(one, one, HIDDEN), 1, 1e-6);
        }
        assert_int_equal(embedder_embed(e, EMBED_QUERY, texts, 0, NULL, &err), 0);
        assert_int_equal(err.kind, ERR_NONE);
        embedder_free(e);
    }
    free(first);
    free(all);
}

static void instructions_the_processor_has_not_are_refused(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    assert_null(open_with("avx9000", f->path, f->pool, &err));
    assert_int_equal(err.kind, ERR_INVALID);
    assert_string_equal(err.code, "isa_unknown");
    assert_non_null(strstr(err_text(&err, LANG_EN), "generic"));
    err = (struct err){0};
    struct embedder *unset = open_with(NULL, f->path, f->pool, &err);
    struct embedder *empty = open_with("", f->path, f->pool, &err);
    assert_non_null(unset);
    assert_non_null(empty);
    assert_string_equal(embedder_id(unset), embedder_id(empty));
    embedder_free(unset);
    embedder_free(empty);
}

static void a_text_beyond_the_limit_is_refused(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    struct embedder *e = embedder_open_e5(f->path, f->pool, &err);
    assert_non_null(e);
    char *text = mem_alloc(EMBED_TEXT_MAX + 2, 1);
    memset(text, 'a', EMBED_TEXT_MAX + 1);
    text[EMBED_TEXT_MAX + 1] = '\0';
    const char *texts[] = {"a", text};
    float out[2 * HIDDEN];
    assert_int_equal(embedder_embed(e, EMBED_QUERY, texts, 2, out, &err), -1);
    assert_int_equal(err.kind, ERR_TOO_LARGE);
    assert_string_equal(err.code, "embed_text_too_long");
    free(text);
    embedder_free(e);
}

static void what_is_no_model_is_refused_with_the_reason(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    assert_null(embedder_open_e5("/nowhere/e5.bin", f->pool, &err));
    assert_int_equal(err.kind, ERR_UNAVAILABLE);
    assert_string_equal(err.code, "model_missing");
    err = (struct err){0};
    assert_null(embedder_open_e5("/tmp", f->pool, &err));
    assert_string_equal(err.code, "model_format");
    err = (struct err){0};
    assert_null(open_bytes("", 0, f->pool, &err));
    assert_string_equal(err.code, "model_format");
    err = (struct err){0};
    assert_null(open_bytes("an ordinary text file", 21, f->pool, &err));
    assert_string_equal(err.code, "model_format");

    struct str *file = &f->tiny->file;
    char *copy = mem_dup(file->data, file->len);
    copy[8] = 96; /* hidden is no longer heads x 32 */
    err = (struct err){0};
    assert_null(open_bytes(copy, file->len, f->pool, &err));
    assert_string_equal(err.code, "model_shape");
    free(copy);
}

static void a_cut_file_is_refused_wherever_it_is_cut(void **state)
{
    struct fixture *f = *state;
    struct str *file = &f->tiny->file;
    for (size_t len = 0; len < file->len; len += len < f->tiny->data ? 1 : 997) {
        struct err err = {0};
        assert_null(open_bytes(file->data, len, f->pool, &err));
        assert_int_equal(err.kind, ERR_INVALID);
    }
}

/* Wrong numbers may give wrong vectors, but nothing worse. */
static void a_changed_byte_is_refused_or_harmless(void **state)
{
    struct fixture *f = *state;
    struct str *file = &f->tiny->file;
    char *copy = mem_dup(file->data, file->len);
    const char *texts[] = {"ab \xDF中 x", "aabab ab b abbb e"};
    float out[2 * HIDDEN];
    struct err none = {0};
    struct embedder *e = embedder_open_e5(f->path, f->pool, &none);
    assert_non_null(e);
    char id[64];
    snprintf(id, sizeof id, "%s", embedder_id(e));
    embedder_free(e);
    for (size_t at = 0; at < file->len; at += at < f->tiny->data ? 1 : 499)
        for (int change = 0; change < 3; change++) {
            copy[at] = (char)(change == 0 ? file->data[at] ^ 1 : change == 1 ? 0xFF : 0x7F);
            if (copy[at] == file->data[at]) continue;
            struct err err = {0};
            e = open_bytes(copy, file->len, f->pool, &err);
            assert_true((e == NULL) == (err.kind != ERR_NONE));
            if (e) {
                assert_string_not_equal(embedder_id(e), id);
                if (embedder_dim(e) == HIDDEN)
                    assert_int_equal(embedder_embed(e, EMBED_PASSAGE, texts, 2, out, &err), 0);
            }
            embedder_free(e);
            copy[at] = file->data[at];
        }
    free(copy);
}

/* ---- the real model -------------------------------------------------------------------------- */

static const char *real_path(void)
{
    const char *path = getenv("HONGNIANG_MODEL");
    return path && *path ? path : "build/model/e5-small-q4.bin";
}

struct real {
    struct pool *pool;
    struct embedder *e;
};

static struct real open_real(void)
{
    if (access(real_path(), R_OK) != 0) {
        print_message("the model %s has not been fetched\n", real_path());
        skip();
    }
    struct err err = {0};
    struct real r = {.pool = pool_new(2)};
    r.e = embedder_open_e5(real_path(), r.pool, &err);
    assert_non_null(r.e);
    return r;
}

static void close_real(struct real *r)
{
    embedder_free(r->e);
    pool_free(r->pool);
}

/* The ids are what the reference engine's tokenizer gives. */
static void the_real_vocabulary_cuts_as_the_reference_does(void **state)
{
    (void)state;
    struct real r = open_real();
    struct err err = {0};
    struct e5_model *m = e5_model_load(real_path(), false, r.pool, &err);
    assert_non_null(m);
    EXPECT_IDS(m->tokens, "query: 高盐废水零排放", 41, 1294, 12, 6, 1395, 152890, 48371, 1553,
               23218, 90690);
    EXPECT_IDS(m->tokens, "passage: Low-temperature SCR, ≤180℃", 46692, 12, 61187, 9, 98334, 13,
               159, 22578, 4, 6, 237637, 1819, 76748, 441);
    EXPECT_IDS(m->tokens, "  ①ＡＢＣ  ﬁbre\t😀", 106, 186944, 122417, 21119);
    EXPECT_IDS(m->tokens,
               "\xFF\xE4\xB8 a\x01"
               "b",
               6, 244180, 3, 2055);
    EXPECT_IDS(m->tokens, "<s> 需求</s>", 6, 0, 6, 10637, 2);
    e5_model_free(m);
    close_real(&r);
}

/* The cosines are the reference engine's, whose activations have 8 bits. */
static void the_real_model_brings_languages_together(void **state)
{
    (void)state;
    struct real r = open_real();
    assert_int_equal(embedder_dim(r.e), 384);
    const char *need = "高盐有机废水零排放处理技术";
    const char *found[] = {
        "基于蒸发结晶的高盐废水处理装置",
        "Zero liquid discharge treatment of saline organic wastewater by evaporation",
        "Deep learning for lung nodule detection in CT images",
        "",
    };
    const double reference[] = {0.9132, 0.8549, 0.7537, 0.8013};
    float q[384], p[4 * 384];
    struct err err = {0};
    assert_int_equal(embedder_embed(r.e, EMBED_QUERY, &need, 1, q, &err), 0);
    assert_int_equal(embedder_embed(r.e, EMBED_PASSAGE, found, 4, p, &err), 0);
    for (int i = 0; i < 4; i++) {
        double square = 0;
        for (int d = 0; d < 384; d++) square += (double)p[i * 384 + d] * (double)p[i * 384 + d];
        assert_float_equal(square, 1, 1e-5);
        assert_float_equal(cosine(q, p + i * 384, 384), reference[i], 0.003);
    }
    close_real(&r);
}

static void every_way_agrees_with_fp32_on_the_real_model(void **state)
{
    (void)state;
    enum { N = 6 };
    const char *texts[N] = {
        "",
        "轴承",
        "高盐有机废水零排放处理技术：多效蒸发、机械蒸汽再压缩与结晶，吨水能耗不高于 28 kW·h",
        "We need a coating that survives 1,000 hours of salt spray at 180 °C without chromium.",
        "a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a",
        "针对大功率激光焊接过程中熔池形貌难以在线检测的问题，研究高速视觉与红外测温融合的监测方法，"
        "建立熔深与表面特征之间的映射模型，开发嵌入式检测单元并在动力电池产线上验证，检测节拍不超过"
        " "
        "20 ms，熔深误差不超过 0.1 mm，误判率低于百分之一。",
    };
    struct real r = open_real();
    float want[N * 384], out[N * 384];
    struct err err = {0};
    const struct e5_kernels *k;
    struct embedder *e = open_with("generic", real_path(), r.pool, &err);
    assert_non_null(e);
    assert_int_equal(embedder_embed(e, EMBED_PASSAGE, texts, N, want, &err), 0);
    embedder_free(e);
    for (size_t which = 0; (k = e5_kernels_at(which)); which++) {
        e = open_with(k->name, real_path(), r.pool, &err);
        assert_non_null(e);
        assert_int_equal(embedder_embed(e, EMBED_PASSAGE, texts, N, out, &err), 0);
        embedder_free(e);
        for (size_t i = 0; i < N; i++)
            assert_true(cosine(out + i * 384, want + i * 384, 384) > (k->int8 ? 0.9996 : 0.999999));
    }
    close_real(&r);
}

struct caller {
    struct embedder *e;
    pthread_t thread;
    float out[2][384];
};

static void *call(void *arg)
{
    struct caller *c = arg;
    const char *texts[] = {"精密轴承的热处理", "heat treatment of precision bearings, with furnace "
                                               "atmosphere control and quench oil monitoring"};
    struct err err = {0};
    for (int i = 0; i < 3; i++) embedder_embed(c->e, EMBED_PASSAGE, texts, 2, c->out[0], &err);
    return NULL;
}

static void several_threads_may_embed_at_once(void **state)
{
    (void)state;
    struct real r = open_real();
    struct caller c[3];
    for (size_t i = 0; i < ARRAY_LEN(c); i++) {
        c[i].e = r.e;
        assert_int_equal(pthread_create(&c[i].thread, NULL, call, &c[i]), 0);
    }
    for (size_t i = 0; i < ARRAY_LEN(c); i++) pthread_join(c[i].thread, NULL);
    for (size_t i = 1; i < ARRAY_LEN(c); i++)
        assert_memory_equal(c[0].out, c[i].out, sizeof c[0].out);
    close_real(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_cut_where_the_sum_of_scores_is_highest),
        cmocka_unit_test(text_is_normalised_as_the_model_maps_it),
        cmocka_unit_test(malformed_bytes_are_read_like_the_reference),
        cmocka_unit_test(kernels_compute_what_they_say),
        cmocka_unit_test(products_of_8_bits_are_the_definition),
        cmocka_unit_test(the_forward_pass_is_the_definition),
        cmocka_unit_test(long_texts_are_the_mean_of_windows_weighted_by_tokens),
        cmocka_unit_test(batches_of_any_size_give_the_same_rows),
        cmocka_unit_test(instructions_the_processor_has_not_are_refused),
        cmocka_unit_test(a_text_beyond_the_limit_is_refused),
        cmocka_unit_test(what_is_no_model_is_refused_with_the_reason),
        cmocka_unit_test(a_cut_file_is_refused_wherever_it_is_cut),
        cmocka_unit_test(a_changed_byte_is_refused_or_harmless),
        cmocka_unit_test(the_real_vocabulary_cuts_as_the_reference_does),
        cmocka_unit_test(the_real_model_brings_languages_together),
        cmocka_unit_test(every_way_agrees_with_fp32_on_the_real_model),
        cmocka_unit_test(several_threads_may_embed_at_once),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
