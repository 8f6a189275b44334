#include "base/base.h"

#include "index/e5_int8.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx2,fma")))
#if defined(__clang__)
#define UNROLL_ROWS _Pragma("unroll")
#else
#define UNROLL_ROWS _Pragma("GCC unroll 6")
#endif
/* ROWS x 16 sums, two vectors a row, are kept in registers at once. */
enum { ROWS = 6, WIDE = 16, DIM = 32 };
/* 13 bits and a sign: a sum of 32 products fits 32 bits. */
enum { QK_MOST = 8191 };
/* A weight of attention relative to the greatest of its row: 12 bits. */
enum { P_MOST = 4096 };

static size_t padded(size_t n)
{
    return (n + WIDE - 1) / WIDE * WIDE;
}

size_t e5_attend16_scratch(size_t n)
{
    return padded(n) * (DIM / 2 + DIM / 2 + ROWS + ROWS / 2);
}

/* The greatest magnitude that keeps n weights times values within 32 bits. */
static float value_most(size_t n)
{
    return MIN((float)QK_MOST, (float)(INT32_MAX / P_MOST / n));
}

/* The empty statement keeps compilers from reordering the additions, for which they would need
 * more registers than there are. */
TARGET static inline __attribute__((always_inline)) void multiply_add(__m256i *sum, __m256i a,
                                                                      __m256i b)
{
    *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(a, b));
    __asm__("" : "+x"(*sum));
}

/* out[r][0..15] = sum over t of a[r][2t] b[t][2c] + a[r][2t + 1] b[t][2c + 1], for six rows a,
 * a_stride apart, and `steps` vectors of 16 pairs b. */
TARGET static void pairs(const int16_t *a, size_t a_stride, const int16_t *b, size_t steps,
                         int32_t *out, size_t out_stride)
{
    __m256i sum[ROWS][2];
    UNROLL_ROWS
    for (size_t r = 0; r < ROWS; r++) sum[r][0] = sum[r][1] = _mm256_setzero_si256();
    for (size_t t = 0; t < steps; t++, b += 2 * WIDE, a += 2) {
        const __m256i b0 = _mm256_load_si256((const __m256i *)(const void *)b),
                      b1 = _mm256_load_si256((const __m256i *)(const void *)(b + WIDE));
        UNROLL_ROWS
        for (size_t r = 0; r < ROWS; r++) {
            int32_t two;
            memcpy(&two, a + r * a_stride, sizeof two);
            const __m256i x = _mm256_set1_epi32(two);
            multiply_add(&sum[r][0], x, b0);
            multiply_add(&sum[r][1], x, b1);
        }
    }
    UNROLL_ROWS
    for (size_t r = 0; r < ROWS; r++) {
        _mm256_storeu_si256((__m256i *)(void *)(out + r * out_stride), sum[r][0]);
        _mm256_storeu_si256((__m256i *)(void *)(out + r * out_stride + 8), sum[r][1]);
    }
}

TARGET static float greatest(__m256 v)
{
    v = _mm256_max_ps(v, _mm256_permute2f128_ps(v, v, 1));
    v = _mm256_max_ps(v, _mm256_permute_ps(v, 0x4E));
    return _mm256_cvtss_f32(_mm256_max_ps(v, _mm256_permute_ps(v, 0xB1)));
}

/* *top becomes at offset every magnitude of the 32 numbers at x. */
TARGET static inline void magnitude(const float *x, __m256 *top)
{
    for (size_t d = 0; d < DIM; d += 8)
        *top = _mm256_max_ps(*top, _mm256_andnot_ps(_mm256_set1_ps(-0.0f), _mm256_loadu_ps(x + d)));
}

/* 32 numbers times `by`, rounded, to 16 bits. */
TARGET static inline void round16(const float *x, float by, int16_t *to)
{
    const __m256 m = _mm256_set1_ps(by);
    for (size_t d = 0; d < DIM; d += 16) {
        const __m256i a = _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_loadu_ps(x + d), m)),
                      b = _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_loadu_ps(x + d + 8), m));
        _mm256_storeu_si256((__m256i *)(void *)(to + d),
                            _mm256_permute4x64_epi64(_mm256_packs_epi32(a, b), 0xD8));
    }
}

static float inverse(float most, float top)
{
    return top > 0 ? most / top : 0;
}

/* Keys by 16, each as 16 vectors of pairs of dimensions; values as two halves of 16 dimensions,
 * each as vectors of pairs of keys. Their steps, by which sums are to be multiplied, are returned.
 */
TARGET static void pack(const float *k, const float *v, size_t stride, size_t n, int16_t *keys,
                        int16_t *values, float *key_step, float *value_step)
{
    const size_t all = padded(n), ahead = 8;
    __m256 k_top = _mm256_setzero_ps(), v_top = k_top;
    for (size_t i = 0; i < n; i++) {
        if (i + ahead < n) { /* rows lie pages apart, out of the reach of automatic prefetching */
            __builtin_prefetch(k + (i + ahead) * stride);
            __builtin_prefetch(k + (i + ahead) * stride + 16);
            __builtin_prefetch(v + (i + ahead) * stride);
            __builtin_prefetch(v + (i + ahead) * stride + 16);
        }
        magnitude(k + i * stride, &k_top);
        magnitude(v + i * stride, &v_top);
    }
    const float most = value_most(all), kt = greatest(k_top), vt = greatest(v_top);
    const float by_k = inverse(QK_MOST, kt), by_v = inverse(most, vt);
    *key_step = kt / QK_MOST;
    *value_step = vt / most;
    for (size_t i = 0; i < all; i += 2) {
        int16_t row[2][DIM] = {{0}}, value[2][DIM] = {{0}};
        for (size_t j = 0; j < 2 && i + j < n; j++) {
            round16(k + (i + j) * stride, by_k, row[j]);
            round16(v + (i + j) * stride, by_v, value[j]);
        }
        for (size_t j = 0; j < 2; j++) {
            int16_t *to = keys + (i + j) / WIDE * WIDE * DIM + (i + j) % WIDE * 2;
            for (size_t d = 0; d < DIM; d += 2) memcpy(to + d * WIDE, row[j] + d, 4);
        }
        for (size_t d = 0; d < DIM; d += WIDE) {
            int16_t *to = values + d * all + i * WIDE;
            for (size_t c = 0; c < WIDE; c++) {
                to[2 * c] = value[0][d + c];
                to[2 * c + 1] = value[1][d + c];
            }
        }
    }
}

/* p = round(P_MOST * exp((score - greatest) * step)) for n scores, 0 from there to the padding;
 * returns the sum of p. 2^x is 2^round(x) times a polynomial in the rest, within 4e-6 on
 * [-1/2, 1/2] (the first terms of the series, the last one raised to even out the error). */
TARGET static float softmax(int32_t *score, size_t n, float step, int16_t *p)
{
    const size_t all = padded(n);
    for (size_t i = n; i < all; i++) score[i] = INT32_MIN;
    __m256i top = _mm256_loadu_si256((const __m256i *)(const void *)score);
    for (size_t i = 8; i < all; i += 8)
        top = _mm256_max_epi32(top, _mm256_loadu_si256((const __m256i *)(const void *)(score + i)));
    const __m256 to_log2 = _mm256_set1_ps(step * 1.44269504088896341f);
    const __m256 offset =
        _mm256_mul_ps(_mm256_set1_ps(-greatest(_mm256_cvtepi32_ps(top))), to_log2);
    const __m256 shift = _mm256_set1_ps(12582912); /* 1.5 * 2^23: adding it rounds */
    __m256i sum = _mm256_setzero_si256();
    for (size_t i = 0; i < all; i += 16) {
        __m256i q[2];
        for (size_t j = 0; j < 2; j++) {
            const __m256i s =
                _mm256_loadu_si256((const __m256i *)(const void *)(score + i + 8 * j));
            __m256 x = _mm256_fmadd_ps(_mm256_cvtepi32_ps(s), to_log2, offset);
            x = _mm256_max_ps(x, _mm256_set1_ps(-30)); /* rounds to 0 all the same */
            const __m256 whole = _mm256_add_ps(x, shift);
            x = _mm256_sub_ps(x, _mm256_sub_ps(whole, shift));
            __m256 e = _mm256_fmadd_ps(x, _mm256_set1_ps(0.00990f), _mm256_set1_ps(0.0555041f));
            e = _mm256_fmadd_ps(e, x, _mm256_set1_ps(0.2402265f));
            e = _mm256_fmadd_ps(e, x, _mm256_set1_ps(0.6931472f));
            e = _mm256_fmadd_ps(e, x, _mm256_set1_ps(1));
            const __m256i power =
                _mm256_slli_epi32(_mm256_add_epi32(_mm256_castps_si256(whole),
                                                   _mm256_set1_epi32(12)), /* P_MOST = 2^12 */
                                  23);
            q[j] = _mm256_cvtps_epi32(
                _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(e), power)));
        }
        const __m256i packed = _mm256_permute4x64_epi64(_mm256_packs_epi32(q[0], q[1]), 0xD8);
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(packed, _mm256_set1_epi16(1)));
        _mm256_storeu_si256((__m256i *)(void *)(p + i), packed);
    }
    int32_t part[8], whole = 0;
    _mm256_storeu_si256((__m256i *)(void *)part, sum);
    for (size_t i = 0; i < 8; i++) whole += part[i];
    return (float)whole;
}

TARGET void e5_attend16(const float *q, const float *k, const float *v, size_t stride, size_t n,
                        float *out, size_t out_stride, float *scratch)
{
    const size_t all = padded(n);
    int16_t *keys = (int16_t *)scratch, *values = keys + all * DIM;
    int32_t *score = (int32_t *)(values + all * DIM);
    int16_t *p = (int16_t *)(score + ROWS * all);
    float key_step, value_step;
    pack(k, v, stride, n, keys, values, &key_step, &value_step);
    for (size_t i = 0; i < n; i += ROWS) {
        int16_t query[ROWS][DIM];
        float step[ROWS], scale[ROWS];
        int32_t sum[ROWS][WIDE];
        size_t row[ROWS];
        for (size_t r = 0; r < ROWS; r++) {
            row[r] = i + r < n ? i + r : n - 1; /* the last is done again rather than apart */
            __m256 top = _mm256_setzero_ps();
            magnitude(q + row[r] * stride, &top);
            const float most = greatest(top);
            round16(q + row[r] * stride, inverse(QK_MOST, most), query[r]);
            step[r] = most / QK_MOST * key_step;
        }
        for (size_t j = 0; j < all; j += WIDE)
            pairs(query[0], DIM, keys + j * DIM, DIM / 2, score + j, all);
        for (size_t r = 0; r < ROWS; r++)
            scale[r] = value_step / softmax(score + r * all, n, step[r], p + r * all);
        for (size_t d = 0; d < DIM; d += WIDE) {
            pairs(p, all, values + d * all, all / 2, sum[0], WIDE);
            for (size_t r = 0; r < ROWS; r++)
                for (size_t c = 0; c < WIDE; c++)
                    out[row[r] * out_stride + d + c] = (float)sum[r][c] * scale[r];
        }
    }
}
#endif
