#include "base/base.h"

#include "index/e5_kernels.h"

#include <math.h>

/* Whatever every processor of the architecture has. */
#define NAME(f) f##_plain
#define TARGET
#define LANES 4
#if defined(__aarch64__)
#include <arm_neon.h>
#define FMA(a, b, c) ((vec_plain)vfmaq_f32((float32x4_t)(c), (float32x4_t)(a), (float32x4_t)(b)))
#else
#define FMA(a, b, c) ((a) * (b) + (c))
#endif
#include "index/e5_kernels.inc"
#undef NAME
#undef TARGET
#undef LANES
#undef FMA

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#define NAME(f)      f##_avx2
#define TARGET       __attribute__((target("avx2,fma")))
#define LANES        8
#define FMA(a, b, c) ((vec_avx2)_mm256_fmadd_ps((__m256)(a), (__m256)(b), (__m256)(c)))
#include "index/e5_kernels.inc"
#endif

#define SET(which) attend_scratch_##which, attend_##which, gelu_##which, layer_norm_##which

static bool everywhere(void)
{
    return true;
}

#if defined(__x86_64__)
static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static bool has_vnni(void)
{
    unsigned a, b, c, d; /* leaf 7.1, EAX bit 4: AVX-VNNI; not every compiler knows its name */
    return has_avx2() && __get_cpuid_count(7, 1, &a, &b, &c, &d) && a >> 4 & 1;
}

static bool has_avx512_vnni(void)
{
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vnni");
}
#endif

#define INT8 e5_attend16_scratch, e5_attend16, gelu_avx2, layer_norm_avx2

/* From the slowest to the fastest. */
static const struct {
    struct e5_kernels set;
    bool (*runs)(void);
} sets[] = {
    {{"generic", NULL, SET(plain)}, everywhere},
#if defined(__x86_64__)
    {{"avx2", NULL, SET(avx2)}, has_avx2},
    {{"avx2-int8", &e5_int8_avx2, INT8}, has_avx2},
    {{"vnni", &e5_int8_vnni, INT8}, has_vnni},
    {{"avx512-vnni", &e5_int8_avx512_vnni, INT8}, has_avx512_vnni},
#endif
};

const struct e5_kernels *e5_kernels_at(size_t i)
{
    for (size_t k = ARRAY_LEN(sets); k-- > 0;)
        if (sets[k].runs() && i-- == 0) return &sets[k].set;
    return NULL;
}
