#include "base/base.h"

#include "index/e5_int8.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>

#define PRAGMA(x) _Pragma(#x)
#if defined(__clang__)
#define UNROLL(n) PRAGMA(unroll n)
#else
#define UNROLL(n) PRAGMA(GCC unroll n)
#endif

/* Each group from its least value (code 0) to its greatest (255); of a group of equals, the step
 * is 0. What is not a number becomes some code or other. */
__attribute__((target("avx2,fma"))) static void encode(const float *x, size_t n,
                                                       const struct e5_codes *to, size_t i)
{
    const size_t groups = e5_groups(n);
    uint8_t *code = to->code + i * n;
    for (size_t g = 0; g < groups; g++) {
        const size_t end = MIN(n, (g + 1) * E5_GROUP);
        __m256 low = _mm256_loadu_ps(x + g * E5_GROUP), high = low;
        for (size_t j = g * E5_GROUP + 8; j < end; j += 8) {
            const __m256 v = _mm256_loadu_ps(x + j);
            low = _mm256_min_ps(low, v);
            high = _mm256_max_ps(high, v);
        }
        /* both at once: the greatest is the least of the negated */
        high = _mm256_sub_ps(_mm256_setzero_ps(), high);
        __m256 both = _mm256_min_ps(_mm256_permute2f128_ps(low, high, 0x20),
                                    _mm256_permute2f128_ps(low, high, 0x31));
        both = _mm256_min_ps(both, _mm256_permute_ps(both, 0x4E));
        both = _mm256_min_ps(both, _mm256_permute_ps(both, 0xB1));
        const float least = _mm256_cvtss_f32(both),
                    range = -_mm_cvtss_f32(_mm256_extractf128_ps(both, 1)) - least;
        to->least[i * groups + g] = least;
        to->step[i * groups + g] = range / 255;
        const __m256 by = _mm256_set1_ps(range > 0 ? 255 / range : 0), from = _mm256_set1_ps(least);
        for (size_t j = g * E5_GROUP; j < end; j += 8) {
            const __m256 v = _mm256_mul_ps(_mm256_sub_ps(_mm256_loadu_ps(x + j), from), by);
            const __m256i q = _mm256_cvtps_epi32(v);
            const __m128i words =
                _mm_packus_epi32(_mm256_castsi256_si128(q), _mm256_extracti128_si256(q, 1));
            _mm_storel_epi64((__m128i *)(void *)(code + j), _mm_packus_epi16(words, words));
        }
    }
}

/* ---- 256 bits: two vectors of 8 outputs -------------------------------------------------------
 */

#define VECI     __m256i
#define VECF     __m256
#define VECS     2
#define LANES    8
#define ROWS     6 /* 6 x 2 sums, 2 of weights, 1 of activations and 1 product: 16 registers */
#define LOADI(p) _mm256_load_si256((const __m256i *)(const void *)(p))
#define SPLATI   _mm256_set1_epi32
#define LOADF    _mm256_loadu_ps
#define STOREF   _mm256_storeu_ps
#define SPLATF   _mm256_set1_ps
#define ZEROF    _mm256_setzero_ps
#define ADDF     _mm256_add_ps
#define FMAF     _mm256_fmadd_ps
#define TO_FLOAT _mm256_cvtepi32_ps

/* The empty statement keeps compilers from adding up in another order: with twelve sums under way
 * they would run out of registers. */
#define NAME(f)         f##_avx2
#define TARGET          __attribute__((target("avx2,fma")))
#define DOT_FIRST(a, w) _mm256_maddubs_epi16(a, w)
#define DOT_NEXT(sum, a, w)                                                                        \
    do {                                                                                           \
        (sum) = _mm256_add_epi16(sum, _mm256_maddubs_epi16(a, w));                                 \
        __asm__("" : "+x"(sum));                                                                   \
    } while (0)
#define DOT_LAST(sum) _mm256_madd_epi16(sum, _mm256_set1_epi16(1))
#include "index/e5_int8.inc"
#undef NAME
#undef TARGET
#undef DOT_FIRST
#undef DOT_NEXT
#undef DOT_LAST

#define NAME(f)             f##_vnni
#define TARGET              __attribute__((target("avx2,fma,avxvnni")))
#define DOT_FIRST(a, w)     _mm256_dpbusd_avx_epi32(_mm256_setzero_si256(), a, w)
#define DOT_NEXT(sum, a, w) ((sum) = _mm256_dpbusd_avx_epi32(sum, a, w))
#define DOT_LAST(sum)       (sum)
#include "index/e5_int8.inc"
#undef NAME
#undef TARGET
#undef DOT_FIRST
#undef DOT_NEXT

#undef VECI
#undef VECF
#undef VECS
#undef LANES
#undef ROWS
#undef LOADI
#undef SPLATI
#undef LOADF
#undef STOREF
#undef SPLATF
#undef ZEROF
#undef ADDF
#undef FMAF
#undef TO_FLOAT

/* ---- 512 bits: one vector of 16 outputs -------------------------------------------------------
 */

#define VECI     __m512i
#define VECF     __m512
#define VECS     1
#define LANES    16
#define ROWS     12
#define LOADI(p) _mm512_load_si512(p)
#define SPLATI   _mm512_set1_epi32
#define LOADF    _mm512_loadu_ps
#define STOREF   _mm512_storeu_ps
#define SPLATF   _mm512_set1_ps
#define ZEROF    _mm512_setzero_ps
#define ADDF     _mm512_add_ps
#define FMAF     _mm512_fmadd_ps
#define TO_FLOAT _mm512_cvtepi32_ps

#define NAME(f)             f##_avx512_vnni
#define TARGET              __attribute__((target("avx2,fma,avx512f,avx512vnni")))
#define DOT_FIRST(a, w)     _mm512_dpbusd_epi32(_mm512_setzero_si512(), a, w)
#define DOT_NEXT(sum, a, w) ((sum) = _mm512_dpbusd_epi32(sum, a, w))
#include "index/e5_int8.inc"

const struct e5_int8 e5_int8_avx2 = {encode, product_avx2};
const struct e5_int8 e5_int8_vnni = {encode, product_vnni};
const struct e5_int8 e5_int8_avx512_vnni = {encode, product_avx512_vnni};
#endif
