#include "base/base.h"

#include "base/mem.h"
#include "index/vector_quant.h"

#include <math.h>
#include <string.h>

enum {
    STEP = 16,
    CODE_MAX = 127,
    AT_ONCE = 1024,
    AHEAD = 8, /* rows that are called for before they are needed: an eighth off the time */
    LINE = 64
};

/* ---- whatever every processor has ------------------------------------------------------------ */

static float greatest_plain(const float *x, size_t dim)
{
    float most = 0;
    for (size_t i = 0; i < dim; i++) most = fabsf(x[i]) > most ? fabsf(x[i]) : most;
    return most;
}

static void encode_plain(const float *x, size_t dim, float by, int8_t *codes)
{
    for (size_t i = 0; i < dim; i++) {
        float v = x[i] * by;
        v = v > -CODE_MAX ? v : -CODE_MAX; /* so that NaN has a code */
        v = v < CODE_MAX ? v : CODE_MAX;
        codes[i] = (int8_t)lrintf(v);
    }
}

static void sums_plain(const int16_t *q, size_t stride, const int8_t *codes, const uint32_t *at,
                       size_t n, int32_t *out)
{
    for (size_t i = 0; i < n; i++) {
        const int8_t *row = codes + at[i] * stride;
        int32_t sum = 0;
        for (size_t d = 0; d < stride; d++) sum += row[d] * q[d];
        out[i] = sum;
    }
}

/* ---- AVX2 ------------------------------------------------------------------------------------ */

#if defined(__x86_64__)
#include <immintrin.h>
#define AVX2 __attribute__((target("avx2")))

AVX2 static float greatest_avx2(const float *x, size_t dim)
{
    const __m256 sign = _mm256_set1_ps(-0.0f);
    __m256 most = _mm256_setzero_ps();
    size_t i = 0;
    for (; i + 8 <= dim; i += 8) /* of NaN and a number, max gives the second */
        most = _mm256_max_ps(_mm256_andnot_ps(sign, _mm256_loadu_ps(x + i)), most);
    float eight[8], rest = greatest_plain(x + i, dim - i);
    _mm256_storeu_ps(eight, most);
    for (size_t k = 0; k < 8; k++) rest = eight[k] > rest ? eight[k] : rest;
    return rest;
}

AVX2 static void encode_avx2(const float *x, size_t dim, float by, int8_t *codes)
{
    const __m256 low = _mm256_set1_ps(-CODE_MAX), high = _mm256_set1_ps(CODE_MAX);
    size_t i = 0;
    for (; i + 8 <= dim; i += 8) {
        __m256 v = _mm256_mul_ps(_mm256_loadu_ps(x + i), _mm256_set1_ps(by));
        v = _mm256_min_ps(_mm256_max_ps(v, low), high);
        const __m256i c = _mm256_cvtps_epi32(v);
        const __m128i words =
            _mm_packs_epi32(_mm256_castsi256_si128(c), _mm256_extracti128_si256(c, 1));
        _mm_storel_epi64((__m128i *)(void *)(codes + i), _mm_packs_epi16(words, words));
    }
    encode_plain(x + i, dim - i, by, codes + i);
}

/* Four rows at a time share the loads of the query and the adding across. */
AVX2 static void sums_avx2(const int16_t *q, size_t stride, const int8_t *codes, const uint32_t *at,
                           size_t n, int32_t *out)
{
    for (size_t i = 0; i < n; i += 4) {
        const int8_t *row[4];
        __m256i sum[4];
        for (size_t k = 0; k < 4; k++) {
            row[k] = codes + at[MIN(i + k, n - 1)] * stride;
            const int8_t *next = codes + at[MIN(i + k + AHEAD, n - 1)] * stride;
            for (size_t d = 0; d < stride; d += LINE)
                _mm_prefetch((const char *)next + d, _MM_HINT_T0);
            sum[k] = _mm256_setzero_si256();
        }
        for (size_t d = 0; d < stride; d += STEP) {
            const __m256i ask = _mm256_loadu_si256((const __m256i *)(const void *)(q + d));
            for (size_t k = 0; k < 4; k++) {
                const __m128i c = _mm_loadu_si128((const __m128i *)(const void *)(row[k] + d));
                sum[k] = _mm256_add_epi32(sum[k], _mm256_madd_epi16(_mm256_cvtepi8_epi16(c), ask));
            }
        }
        const __m256i all =
            _mm256_hadd_epi32(_mm256_hadd_epi32(sum[0], sum[1]), _mm256_hadd_epi32(sum[2], sum[3]));
        int32_t four[4];
        _mm_storeu_si128((__m128i *)(void *)four, _mm_add_epi32(_mm256_castsi256_si128(all),
                                                                _mm256_extracti128_si256(all, 1)));
        for (size_t k = 0; k < 4 && i + k < n; k++) out[i + k] = four[k];
    }
}
#endif

const struct quant_kernels *quant_kernels_at(size_t i)
{
    static const struct quant_kernels plain = {"generic", encode_plain, greatest_plain, sums_plain};
#if defined(__x86_64__)
    static const struct quant_kernels avx2 = {"avx2", encode_avx2, greatest_avx2, sums_avx2};
    if (__builtin_cpu_supports("avx2") && i-- == 0) return &avx2;
#endif
    return i == 0 ? &plain : NULL;
}

/* ---- codes ----------------------------------------------------------------------------------- */

size_t quant_stride(int dim)
{
    return ((size_t)dim + STEP - 1) / STEP * STEP;
}

void quant_encode(const float *x, int dim, int8_t *codes, float *scale)
{
    const struct quant_kernels *kernels = quant_kernels_at(0);
    float most = kernels->greatest(x, (size_t)dim);
    *scale = most / CODE_MAX;
    kernels->encode(x, (size_t)dim, most > 0 ? CODE_MAX / most : 0, codes);
    memset(codes + dim, 0, quant_stride(dim) - (size_t)dim);
}

void quant_query_init(struct quant_query *q, const float *x, int dim)
{
    float most = greatest_plain(x, (size_t)dim);
    q->stride = quant_stride(dim);
    q->codes = mem_zalloc(q->stride, sizeof *q->codes);
    /* The sum over a row is at most dim * CODE_MAX * limit. */
    long limit = MIN((long)INT16_MAX, INT32_MAX / CODE_MAX / dim);
    q->scale = most / (float)limit;
    float by = most > 0 ? (float)limit / most : 0;
    for (int i = 0; i < dim; i++) {
        float v = x[i] * by;
        q->codes[i] = (int16_t)(isfinite(v) ? MAX(-limit, MIN(limit, lrintf(v))) : 0);
    }
}

void quant_query_free(struct quant_query *q)
{
    free(q->codes);
}

void quant_scan(const struct quant_query *q, const int8_t *codes, const float *scale,
                const uint32_t *at, size_t n, float *out)
{
    const struct quant_kernels *kernels = quant_kernels_at(0);
    int32_t sums[AT_ONCE];
    for (size_t i = 0; i < n; i += AT_ONCE) {
        size_t m = MIN(n - i, (size_t)AT_ONCE);
        kernels->sums(q->codes, q->stride, codes, at + i, m, sums);
        for (size_t k = 0; k < m; k++) out[i + k] = (float)sums[k] * (q->scale * scale[at[i + k]]);
    }
}
