#include "base/base.h"

#include "base/vec.h"
#include "index/postings.h"

#include <string.h>

/* Of a full block; copied out byte by byte, lists are not aligned. */
struct head {
    uint32_t last;
    uint32_t at; /* where its bits are, counted from the first block's */
    uint16_t peak;
    uint8_t doc_bits, tf_bits;
};

static struct head head_of(const struct postings *p, uint32_t block)
{
    struct head h;
    memcpy(&h, p->heads + (size_t)block * sizeof h, sizeof h);
    return h;
}

/* ---- peaks: the upper half of a float, rounded up -------------------------------------------- */

static uint16_t peak_up(float peak)
{
    uint32_t bits;
    memcpy(&bits, &peak, sizeof bits); /* peaks are positive: larger bits, larger number */
    return (uint16_t)((bits + 0xFFFF) >> 16);
}

static float peak_of(uint16_t kept)
{
    uint32_t bits = (uint32_t)kept << 16;
    float peak;
    memcpy(&peak, &bits, sizeof peak);
    return peak;
}

/* ---- bits ------------------------------------------------------------------------------------ */

typedef uint32_t lanes __attribute__((vector_size(16)));

enum { LANES = 4, ROUNDS = POSTINGS_BLOCK / LANES };

static unsigned bits_of(uint32_t x)
{
    return x ? 32 - (unsigned)__builtin_clz(x) : 0;
}

static unsigned widest(const uint32_t *x)
{
    uint32_t all = 0;
    for (size_t i = 0; i < POSTINGS_BLOCK; i++) all |= x[i];
    return bits_of(all);
}

/* Number i of lane l stands at x[i * LANES + l]. */
static void pack(struct bytes *out, const uint32_t *x, unsigned bits)
{
    uint32_t words[32 * LANES] = {0};
    for (unsigned i = 0; bits && i < ROUNDS; i++) {
        unsigned word = i * bits / 32, shift = i * bits % 32;
        for (unsigned l = 0; l < LANES; l++) {
            words[word * LANES + l] |= x[i * LANES + l] << shift;
            if (shift + bits > 32) words[(word + 1) * LANES + l] = x[i * LANES + l] >> (32 - shift);
        }
    }
    size_t size = (size_t)bits * LANES * sizeof *words;
    vec_reserve(out, size);
    memcpy(out->at + out->len, words, size);
    out->len += size;
}

static inline lanes load(const uint8_t *p)
{
    lanes v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* The i-th four numbers; with constant i and bits, a few operations and no branch. */
static inline __attribute__((always_inline)) lanes take(const uint8_t *p, unsigned i, unsigned bits)
{
    unsigned word = i * bits / 32, shift = i * bits % 32;
    lanes v = load(p + word * sizeof(lanes)) >> shift;
    if (shift + bits > 32) v |= load(p + (word + 1) * sizeof(lanes)) << (32 - shift);
    return bits < 32 ? v & ((1u << (bits & 31)) - 1) : v;
}

#define EIGHT(step, i)                                                                             \
    step(i) step(i + 1) step(i + 2) step(i + 3) step(i + 4) step(i + 5) step(i + 6) step(i + 7)
#define EVERY_ROUND(step) EIGHT(step, 0) EIGHT(step, 8) EIGHT(step, 16) EIGHT(step, 24)

/* Differences less one to documents: a running sum. before: the document ahead of the block. */
static inline __attribute__((always_inline)) void unpack_docs(const uint8_t *p, unsigned bits,
                                                              uint32_t before, uint32_t *out)
{
    const lanes zero = {0}, steps = {1, 2, 3, 4};
    lanes sum = zero + before;
#define STEP(i)                                                                                    \
    {                                                                                              \
        lanes v = bits ? take(p, i, bits) : zero;                                                  \
        v += __builtin_shufflevector(zero, v, 0, 4, 5, 6);                                         \
        v += __builtin_shufflevector(zero, v, 0, 1, 4, 5);                                         \
        v += sum + steps;                                                                          \
        memcpy(out + (i)*LANES, &v, sizeof v);                                                     \
        sum = __builtin_shufflevector(v, v, 3, 3, 3, 3);                                           \
    }
    EVERY_ROUND(STEP)
#undef STEP
}

static inline __attribute__((always_inline)) void unpack_counts(const uint8_t *p, unsigned bits,
                                                                uint32_t *out)
{
    const lanes zero = {0};
#define STEP(i)                                                                                    \
    {                                                                                              \
        lanes v = (bits ? take(p, i, bits) : zero) + 1;                                            \
        memcpy(out + (i)*LANES, &v, sizeof v);                                                     \
    }
    EVERY_ROUND(STEP)
#undef STEP
}

#define CASES(of)                                                                                  \
    of(0) of(1) of(2) of(3) of(4) of(5) of(6) of(7) of(8) of(9) of(10) of(11) of(12) of(13) of(14) \
        of(15) of(16) of(17) of(18) of(19) of(20) of(21) of(22) of(23) of(24) of(25) of(26) of(27) \
            of(28) of(29) of(30) of(31)

static void read_docs(const uint8_t *p, unsigned bits, uint32_t before, uint32_t *out)
{
#define CASE(b)                                                                                    \
    case b: unpack_docs(p, b, before, out); return;
    switch (bits) {
        CASES(CASE)
    default: unpack_docs(p, 32, before, out);
    }
#undef CASE
}

/* Counts are small; a wide one takes the way where bits is a variable. */
static void read_counts(const uint8_t *p, unsigned bits, uint32_t *out)
{
    switch (bits) {
    case 0: unpack_counts(p, 0, out); return;
    case 1: unpack_counts(p, 1, out); return;
    case 2: unpack_counts(p, 2, out); return;
    case 3: unpack_counts(p, 3, out); return;
    case 4: unpack_counts(p, 4, out); return;
    default: break;
    }
    for (unsigned i = 0; i < ROUNDS; i++) {
        lanes v = take(p, i, bits) + 1;
        memcpy(out + i * LANES, &v, sizeof v);
    }
}

/* ---- what is left over: seven bits a byte, the lowest first -----------------------------------
 */

static void put_number(struct bytes *out, uint64_t x)
{
    for (; x >= 0x80; x >>= 7) vec_push(out, (uint8_t)(x | 0x80));
    vec_push(out, (uint8_t)x);
}

static const uint8_t *get_number(const uint8_t *p, const uint8_t *end, uint64_t *x)
{
    *x = 0;
    for (unsigned shift = 0; p < end && shift < 63; shift += 7) {
        *x |= (uint64_t)(*p & 0x7F) << shift;
        if (*p++ < 0x80) break;
    }
    return p;
}

/* A count of one, the rule, is a bit of the difference; a larger one follows it. */
static void write_rest(struct bytes *out, const uint32_t *doc, const uint32_t *tf, uint32_t n,
                       uint32_t before)
{
    for (uint32_t i = 0; i < n; i++) {
        uint32_t step = doc[i] - before - 1;
        put_number(out, (uint64_t)step << 1 | (tf[i] > 1));
        if (tf[i] > 1) put_number(out, tf[i] - 2);
        before = doc[i];
    }
}

static uint32_t read_rest(const struct postings *p, uint32_t *doc, uint32_t *tf)
{
    uint32_t n = p->n % POSTINGS_BLOCK;
    uint32_t before = p->n_blocks ? postings_last(p, p->n_blocks - 1) : UINT32_MAX;
    const uint8_t *at = p->rest;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t step, more = 0;
        at = get_number(at, p->end, &step);
        if (step & 1) {
            at = get_number(at, p->end, &more);
            more++;
        }
        before += (uint32_t)(step >> 1) + 1;
        doc[i] = before;
        tf[i] = (uint32_t)more + 1;
    }
    return n;
}

/* ---- lists ----------------------------------------------------------------------------------- */

void postings_write(struct bytes *out, const uint32_t *doc, const uint32_t *tf, uint32_t n,
                    const float *peak)
{
    uint32_t n_blocks = n / POSTINGS_BLOCK;
    size_t heads = out->len, packed = heads + n_blocks * sizeof(struct head);
    vec_reserve(out, n_blocks * sizeof(struct head));
    out->len = packed;
    uint32_t before = UINT32_MAX; /* so that the first difference is the document's number + 1 */
    for (uint32_t b = 0; b < n_blocks; b++, doc += POSTINGS_BLOCK, tf += POSTINGS_BLOCK) {
        uint32_t steps[POSTINGS_BLOCK], more[POSTINGS_BLOCK];
        for (size_t i = 0; i < POSTINGS_BLOCK; i++) {
            steps[i] = doc[i] - (i ? doc[i - 1] : before) - 1;
            more[i] = tf[i] - 1;
        }
        before = doc[POSTINGS_BLOCK - 1];
        struct head h = {.last = before,
                         .at = (uint32_t)(out->len - packed),
                         .peak = peak ? peak_up(peak[b]) : 0,
                         .doc_bits = (uint8_t)widest(steps),
                         .tf_bits = (uint8_t)widest(more)};
        pack(out, steps, h.doc_bits);
        pack(out, more, h.tf_bits);
        memcpy(out->at + heads + b * sizeof h, &h, sizeof h);
    }
    write_rest(out, doc, tf, n % POSTINGS_BLOCK, before);
}

struct postings postings_open(const uint8_t *bytes, size_t size, uint32_t n)
{
    struct postings p = {.heads = bytes, .n = n, .n_blocks = n / POSTINGS_BLOCK};
    p.packed = p.rest = bytes + p.n_blocks * sizeof(struct head);
    p.end = bytes + size;
    if (p.n_blocks) {
        struct head h = head_of(&p, p.n_blocks - 1);
        p.rest = p.packed + h.at + (size_t)(h.doc_bits + h.tf_bits) * sizeof(lanes);
    }
    return p;
}

uint32_t postings_read(const struct postings *p, uint32_t block, uint32_t *doc, uint32_t *tf)
{
    if (block == p->n_blocks) return read_rest(p, doc, tf);
    struct head h = head_of(p, block);
    const uint8_t *bits = p->packed + h.at;
    read_docs(bits, h.doc_bits, block ? postings_last(p, block - 1) : UINT32_MAX, doc);
    read_counts(bits + h.doc_bits * sizeof(lanes), h.tf_bits, tf);
    return POSTINGS_BLOCK;
}

/* In steps that double, then by halves. */
uint32_t postings_seek(const struct postings *p, uint32_t low, uint32_t doc)
{
    if (low >= p->n_blocks || postings_last(p, low) >= doc) return low;
    uint32_t step = 1;
    while (low + step < p->n_blocks && postings_last(p, low + step) < doc) {
        low += step;
        step *= 2;
    }
    uint32_t high = MIN(low + step, p->n_blocks); /* low is before doc, high is not */
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (postings_last(p, middle) < doc)
            low = middle;
        else
            high = middle;
    }
    return high;
}

uint32_t postings_last(const struct postings *p, uint32_t block)
{
    return head_of(p, block).last;
}

float postings_peak(const struct postings *p, uint32_t block)
{
    return peak_of(head_of(p, block).peak);
}
