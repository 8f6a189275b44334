/* The 8-bit products for processors that this machine may not be. Their source (e5_int8.inc) is
 * compiled here once more for the same tiles and widths, with VNNI's one instruction spelt out, and
 * must give the bytes that AVX2 gives. Where VNNI is there, tests/unit/index_e5.c runs it too. */
#include "base/base.h"

#include "base/mem.h"
#include "index/e5_int8.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx2,fma")))
#define UNROLL(n)

/* VPDPBUSD: to each sum of 32 bits, four products of an unsigned and a signed byte. */
static void dpbusd(void *sum, const void *a, const void *w, size_t lanes)
{
    for (size_t i = 0; i < lanes; i++) {
        int32_t s;
        memcpy(&s, (char *)sum + 4 * i, 4);
        for (size_t j = 4 * i; j < 4 * i + 4; j++)
            s += ((const uint8_t *)a)[j] * ((const int8_t *)w)[j];
        memcpy((char *)sum + 4 * i, &s, 4);
    }
}

#define VECI         NAME(veci)
#define VECF         NAME(vecf)
#define LOADI(p)     (*(const VECI *)(const void *)(p))
#define SPLATI(x)    ((VECI){0} + (x))
#define LOADF(p)     (*(const NAME(memory) *)(const void *)(p))
#define STOREF(p, v) (*(NAME(memory) *)(void *)(p) = (v))
#define SPLATF(x)    ((x) - (VECF){0})
#define ZEROF()      ((VECF){0})
#define ADDF(a, b)   ((a) + (b))
#define FMAF(a, b, c)                                                                              \
    __extension__({                                                                                \
        const VECF fa = (a), fb = (b);                                                             \
        VECF fc = (c);                                                                             \
        for (size_t fi = 0; fi < LANES; fi++) fc[fi] = fmaf(fa[fi], fb[fi], fc[fi]);               \
        fc;                                                                                        \
    })
#define TO_FLOAT(v)         __builtin_convertvector(v, VECF)
#define DOT_NEXT(sum, a, w) dpbusd(&(sum), &(a), &(w), LANES)
#define DOT_FIRST(a, w)                                                                            \
    __extension__({                                                                                \
        VECI zero = {0};                                                                           \
        DOT_NEXT(zero, a, w);                                                                      \
        zero;                                                                                      \
    })
#define DOT_LAST(sum) (sum)

#define NAME(f) f##_256
#define VECS    2
#define LANES   8
#define ROWS    6
typedef int32_t NAME(veci) __attribute__((vector_size(32), may_alias));
typedef float NAME(vecf) __attribute__((vector_size(32)));
typedef float NAME(memory) __attribute__((vector_size(32), aligned(4), may_alias));
#include "index/e5_int8.inc"
#undef NAME
#undef VECS
#undef LANES
#undef ROWS

#define NAME(f) f##_512
#define VECS    1
#define LANES   16
#define ROWS    12
typedef int32_t NAME(veci) __attribute__((vector_size(64), may_alias));
typedef float NAME(vecf) __attribute__((vector_size(64)));
typedef float NAME(memory) __attribute__((vector_size(64), aligned(4), may_alias));
#include "index/e5_int8.inc"

static uint32_t draw(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static void vnni_gives_the_bytes_of_avx2(void **state)
{
    (void)state;
    enum { MOST_IN = 288, OUT = 48, MOST_ROWS = 26, PANELS = OUT / E5_PANEL };
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) skip();
    static uint8_t packed[OUT * MOST_IN / 2], code[MOST_ROWS * MOST_IN];
    static float scale[OUT * MOST_IN / 32], sum[OUT * 3], bias[OUT], step[MOST_ROWS * 3],
        least[MOST_ROWS * 3], want[MOST_ROWS * OUT], got[MOST_ROWS * OUT];
    int8_t *scratch = mem_aligned(MOST_IN * E5_PANEL, 1);
    uint32_t seed = 11;
    for (size_t i = 0; i < sizeof packed; i++) packed[i] = (uint8_t)draw(&seed);
    for (size_t i = 0; i < sizeof code; i++) code[i] = (uint8_t)draw(&seed);
    float *const floats[] = {scale, sum, bias, step, least};
    const size_t counts[] = {ARRAY_LEN(scale), ARRAY_LEN(sum), OUT, ARRAY_LEN(step),
                             ARRAY_LEN(least)};
    for (size_t f = 0; f < ARRAY_LEN(floats); f++)
        for (size_t i = 0; i < counts[f]; i++)
            floats[f][i] = (float)(draw(&seed) % 2001) / 1000 - 1;
    const struct e5_codes x = {code, step, least};
    const struct e5_packed w = {packed, scale, sum};
    for (size_t in = 32; in <= MOST_IN; in += 128)
        for (size_t rows = 1; rows <= MOST_ROWS; rows++)
            for (int add = 0; add < 2; add++) {
                for (size_t i = 0; i < ARRAY_LEN(want); i++) want[i] = (float)i;
                memcpy(got, want, sizeof got);
                e5_int8_avx2.product(&x, &w, bias, in, OUT, 0, rows, 0, PANELS, add, want, scratch);
                product_256(&x, &w, bias, in, OUT, 0, rows, 0, PANELS, add, got, scratch);
                assert_memory_equal(got, want, sizeof got);
                for (size_t i = 0; i < ARRAY_LEN(want); i++) got[i] = (float)i;
                product_512(&x, &w, bias, in, OUT, 0, rows, 0, PANELS, add, got, scratch);
                assert_memory_equal(got, want, sizeof got);
            }
    free(scratch);
}
#else
static void vnni_gives_the_bytes_of_avx2(void **state)
{
    (void)state;
    skip();
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vnni_gives_the_bytes_of_avx2),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
