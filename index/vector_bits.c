#include "base/base.h"

#include "base/mem.h"
#include "index/vector_bits.h"

#include <math.h>
#include <string.h>

#define ALWAYS static inline __attribute__((always_inline))
enum {
    LANES = 8,
    ROUNDS = 4,
    ENTRY_MAX = 63, /* of a table: four of them are added up in a byte */
    AHEAD = 4096,   /* bytes that are called for before they are needed */
    PER_WORD = 512  /* bytes of a row of which the sums fit 16 bits: 1024 entries */
};
typedef float lanes __attribute__((vector_size(LANES * sizeof(float))));
typedef float lanes_in_memory
    __attribute__((vector_size(LANES * sizeof(float)), aligned(sizeof(float)), may_alias));
typedef int32_t whole_lanes __attribute__((vector_size(LANES * sizeof(int32_t))));

static size_t padded(int dim)
{
    return ((size_t)dim + LANES - 1) / LANES * LANES;
}

static size_t block_size(size_t stride)
{
    return BITS_BLOCK * (stride + sizeof(float));
}

/* ---- rotation -------------------------------------------------------------------------------- */

/* splitmix64 (Steele, Lea and Flood 2014): 64 signs. */
ALWAYS uint64_t random_signs(uint64_t i)
{
    uint64_t z = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* The sums and differences of numbers 1, 2 and 4 apart. */
ALWAYS void within(lanes *in, lanes_in_memory *out)
{
    lanes v = *in;
    const lanes one = {1, -1, 1, -1, 1, -1, 1, -1}, two = {1, 1, -1, -1, 1, 1, -1, -1},
                four = {1, 1, 1, 1, -1, -1, -1, -1};
    v = __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6) + v * one;
    v = __builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5) + v * two;
    *out = __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3) + v * four;
}

/* Signs, then a Hadamard transform, of n numbers, a power of two; n >= 8. */
ALWAYS void turn(float *x, size_t n, uint64_t round)
{
    const float scale = 1 / sqrtf((float)n);
    const whole_lanes bit = {1, 2, 4, 8, 16, 32, 64, 128};
    uint64_t signs = 0;
    for (size_t i = 0; i < n; i += LANES) {
        if (i % 64 == 0) signs = random_signs(round << 32 | i);
        whole_lanes drawn = {0};
        drawn += (int32_t)(signs >> i % 64 & 0xff);
        const whole_lanes negative = (drawn & bit) != 0;
        const lanes by = (lanes)((negative & INT32_MIN) ^ (whole_lanes)(scale + (lanes){0}));
        lanes_in_memory *v = (lanes_in_memory *)(void *)(x + i);
        lanes signed_lanes = *v * by;
        within(&signed_lanes, v);
    }
    size_t h = LANES;
    for (; 4 * h <= n; h *= 4) /* two steps of the transform at once */
        for (size_t i = 0; i < n; i += 4 * h)
            for (size_t k = i; k < i + h; k += LANES) {
                lanes_in_memory *v = (lanes_in_memory *)(void *)(x + k);
                const size_t far = h / LANES;
                const lanes a = v[0] + v[far], b = v[0] - v[far], c = v[2 * far] + v[3 * far],
                            d = v[2 * far] - v[3 * far];
                v[0] = a + c;
                v[far] = b + d;
                v[2 * far] = a - c;
                v[3 * far] = b - d;
            }
    for (size_t k = 0; h < n && k < h; k += LANES) {
        lanes_in_memory *v = (lanes_in_memory *)(void *)(x + k);
        const lanes a = v[0] + v[h / LANES], b = v[0] - v[h / LANES];
        v[0] = a;
        v[h / LANES] = b;
    }
}

ALWAYS void rotate(float *x, size_t n)
{
    size_t power = LANES;
    while (power * 2 <= n) power *= 2;
    for (uint64_t round = 0; round < ROUNDS; round++)
        turn(round % 2 ? x + n - power : x, power, round);
}

static void rotate_plain(float *x, size_t n)
{
    rotate(x, n);
}

/* |y|^2 / sum(|y|), of which the order of additions is fixed. */
ALWAYS float factor_of(const float *y, size_t n)
{
    lanes square = {0}, sum = {0};
    for (size_t i = 0; i < n; i += LANES) {
        const lanes v = *(const lanes_in_memory *)(const void *)(y + i);
        const lanes product = v * v; /* a statement of its own: rounded by itself */
        square += product;
        sum += (lanes)((whole_lanes)v & INT32_MAX);
    }
    float squares = 0, sums = 0;
    for (size_t k = 0; k < LANES; k++) {
        squares += square[k];
        sums += sum[k];
    }
    return squares / sums;
}

static float signs_plain(const float *y, size_t n, uint8_t *out)
{
    for (size_t i = 0; i < n; i += LANES) {
        unsigned signs = 0;
        for (unsigned k = 0; k < LANES; k++) signs |= (signbit(y[i + k]) ? 1u : 0u) << k;
        out[i / LANES * BITS_BLOCK] = (uint8_t)signs;
    }
    return factor_of(y, n);
}

static void sums_plain(const uint8_t *tables, size_t stride, const uint8_t *block,
                       uint32_t out[BITS_BLOCK])
{
    memset(out, 0, BITS_BLOCK * sizeof *out);
    for (size_t i = 0; i < stride; i++, tables += 32, block += BITS_BLOCK)
        for (size_t row = 0; row < BITS_BLOCK; row++)
            out[row] += (uint32_t)(tables[block[row] & 15] + tables[16 + (block[row] >> 4)]);
}

/* ---- AVX2 ------------------------------------------------------------------------------------ */

#if defined(__x86_64__)
#include <immintrin.h>
#define AVX2 __attribute__((target("avx2")))

AVX2 static void rotate_avx2(float *x, size_t n)
{
    rotate(x, n);
}

AVX2 static float signs_avx2(const float *y, size_t n, uint8_t *out)
{
    for (size_t i = 0; i < n; i += LANES)
        out[i / LANES * BITS_BLOCK] = (uint8_t)_mm256_movemask_ps(_mm256_loadu_ps(y + i));
    return factor_of(y, n);
}

AVX2 static inline __m256i looked_up(const uint8_t *tables, const uint8_t *bytes)
{
    const __m256i codes = _mm256_loadu_si256((const __m256i *)(const void *)bytes);
    const __m256i low = _mm256_set1_epi8(15);
    const __m128i *t = (const __m128i *)(const void *)tables;
    const __m256i first = _mm256_broadcastsi128_si256(_mm_loadu_si128(t)),
                  second = _mm256_broadcastsi128_si256(_mm_loadu_si128(t + 1));
    return _mm256_add_epi8(
        _mm256_shuffle_epi8(first, _mm256_and_si256(codes, low)),
        _mm256_shuffle_epi8(second, _mm256_and_si256(_mm256_srli_epi16(codes, 4), low)));
}

/* Adds eight words of 16 bits to sums. */
AVX2 static inline void add_words(__m128i words, uint32_t *out)
{
    __m256i *sum = (__m256i *)(void *)out;
    _mm256_storeu_si256(sum,
                        _mm256_add_epi32(_mm256_loadu_si256(sum), _mm256_cvtepu16_epi32(words)));
}

AVX2 static void sums_avx2(const uint8_t *tables, size_t stride, const uint8_t *block,
                           uint32_t out[BITS_BLOCK])
{
    for (size_t k = 0; k < BITS_BLOCK; k += LANES)
        _mm256_storeu_si256((__m256i *)(void *)(out + k), _mm256_setzero_si256());
    for (size_t from = 0; from < stride; from += PER_WORD) {
        size_t end = MIN(from + PER_WORD, stride), i = from;
        __m256i all = _mm256_setzero_si256(), odd = all;
        for (; i + 2 <= end; i += 2) {
            _mm_prefetch((const char *)block + i * BITS_BLOCK + AHEAD, _MM_HINT_T0);
            const __m256i sum =
                _mm256_add_epi8(looked_up(tables + i * 32, block + i * BITS_BLOCK),
                                looked_up(tables + (i + 1) * 32, block + (i + 1) * BITS_BLOCK));
            all = _mm256_add_epi16(all, sum); /* odd rows' 256 times too, to be taken off */
            odd = _mm256_add_epi16(odd, _mm256_srli_epi16(sum, 8));
        }
        if (i < end) {
            const __m256i sum = looked_up(tables + i * 32, block + i * BITS_BLOCK);
            all = _mm256_add_epi16(all, sum);
            odd = _mm256_add_epi16(odd, _mm256_srli_epi16(sum, 8));
        }
        const __m256i even = _mm256_sub_epi16(all, _mm256_slli_epi16(odd, 8)),
                      low = _mm256_unpacklo_epi16(even, odd),
                      high = _mm256_unpackhi_epi16(even, odd);
        add_words(_mm256_castsi256_si128(low), out);
        add_words(_mm256_castsi256_si128(high), out + 8);
        add_words(_mm256_extracti128_si256(low, 1), out + 16);
        add_words(_mm256_extracti128_si256(high, 1), out + 24);
    }
}
#endif

const struct bits_kernels *bits_kernels_at(size_t i)
{
    static const struct bits_kernels plain = {"generic", rotate_plain, signs_plain, sums_plain};
#if defined(__x86_64__)
    static const struct bits_kernels avx2 = {"avx2", rotate_avx2, signs_avx2, sums_avx2};
    if (__builtin_cpu_supports("avx2") && i-- == 0) return &avx2;
#endif
    return i == 0 ? &plain : NULL;
}

/* ---- codes ----------------------------------------------------------------------------------- */

size_t bits_size(size_t rows, int dim)
{
    return (rows + BITS_BLOCK - 1) / BITS_BLOCK * block_size(padded(dim) / LANES);
}

/* Of x, rotated, in memory of its own. */
static float *rotated(const float *x, int dim)
{
    size_t n = padded(dim);
    float *y = mem_aligned(n, sizeof *y);
    memcpy(y, x, (size_t)dim * sizeof *y);
    memset(y + dim, 0, (n - (size_t)dim) * sizeof *y);
    bits_kernels_at(0)->rotate(y, n);
    return y;
}

static float *factors(uint8_t *block, size_t stride)
{
    return (float *)(void *)(block + BITS_BLOCK * stride);
}

void bits_encode(const float *x, int dim, uint8_t *codes, size_t row)
{
    size_t n = padded(dim), stride = n / LANES;
    uint8_t *block = codes + row / BITS_BLOCK * block_size(stride);
    float *y = rotated(x, dim);
    float factor = bits_kernels_at(0)->signs(y, n, block + row % BITS_BLOCK);
    factors(block, stride)[row % BITS_BLOCK] = isfinite(factor) ? factor : 0;
    free(y);
}

void bits_copy(uint8_t *to, size_t to_row, const uint8_t *from, size_t row, int dim)
{
    size_t stride = padded(dim) / LANES;
    uint8_t *a = to + to_row / BITS_BLOCK * block_size(stride);
    const uint8_t *b = from + row / BITS_BLOCK * block_size(stride);
    for (size_t i = 0; i < stride; i++)
        a[i * BITS_BLOCK + to_row % BITS_BLOCK] = b[i * BITS_BLOCK + row % BITS_BLOCK];
    a += BITS_BLOCK * stride + to_row % BITS_BLOCK * sizeof(float);
    b += BITS_BLOCK * stride + row % BITS_BLOCK * sizeof(float);
    memcpy(a, b, sizeof(float));
}

float bits_error(int dim, float cosine)
{
    /* <x', x> of the signs as a unit vector x' is about the square root of 2 / pi (the paper, lemma
     * B.3), and what of x' is not x is turned anywhere: theorem 3.2. */
    float n = (float)padded(dim), sine = 1 - cosine * cosine;
    return n > 1 && sine > 0 ? sqrtf(((float)M_PI / 2 - 1) * sine / (n - 1)) : 0;
}

/* ---- a query --------------------------------------------------------------------------------- */

/* For four numbers of the query: all sums of them and of their negatives, from the least up. */
static void fill_table(const float *p, float step, uint8_t *table)
{
    for (unsigned code = 0; code < 16; code++) {
        float sum = 0; /* above the least: twice what is not taken off */
        for (unsigned k = 0; k < 4; k++)
            if ((code >> k & 1) == (p[k] < 0)) sum += 2 * fabsf(p[k]);
        float entry = step > 0 ? sum / step + 0.5f : 0;
        table[code] = entry < ENTRY_MAX ? (uint8_t)entry : ENTRY_MAX;
    }
}

void bits_query_init(struct bits_query *q, const float *x, int dim)
{
    size_t n = padded(dim);
    float *p = rotated(x, dim), most = 0, all = 0;
    for (size_t i = 0; i < n; i += 4) {
        float sum = fabsf(p[i]) + fabsf(p[i + 1]) + fabsf(p[i + 2]) + fabsf(p[i + 3]);
        most = sum > most ? sum : most;
        all += sum;
    }
    q->kernels = bits_kernels_at(0);
    q->stride = n / LANES;
    q->step = 2 * most / ENTRY_MAX;
    q->base = -all;
    q->tables = mem_alloc(n / 4, 16);
    for (size_t i = 0; i < n; i += 4) fill_table(p + i, q->step, q->tables + i * 4);
    free(p);
}

void bits_query_free(struct bits_query *q)
{
    free(q->tables);
}

static uint32_t sum_of_row(const struct bits_query *q, const uint8_t *byte)
{
    const uint8_t *tables = q->tables;
    uint32_t sum = 0;
    for (size_t i = 0; i < q->stride; i++, tables += 32, byte += BITS_BLOCK)
        sum += (uint32_t)(tables[*byte & 15] + tables[16 + (*byte >> 4)]);
    return sum;
}

void bits_scan(const struct bits_query *q, const uint8_t *codes, size_t block, uint32_t present,
               float out[BITS_BLOCK])
{
    const uint8_t *bytes = codes + block * block_size(q->stride);
    const float *factor = (const float *)(const void *)(bytes + BITS_BLOCK * q->stride);
    uint32_t sum[BITS_BLOCK];
    if (present == UINT32_MAX) {
        q->kernels->sums(q->tables, q->stride, bytes, sum);
        for (size_t row = 0; row < BITS_BLOCK; row++)
            out[row] = ((float)(int32_t)sum[row] * q->step + q->base) * factor[row];
        return;
    }
    for (size_t row = 0; row < BITS_BLOCK; row++)
        if (present >> row & 1)
            out[row] = ((float)sum_of_row(q, bytes + row) * q->step + q->base) * factor[row];
}
