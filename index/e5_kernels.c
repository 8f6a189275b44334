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
#include <immintrin.h>
#define NAME(f)      f##_avx2
#define TARGET       __attribute__((target("avx2,fma")))
#define LANES        8
#define FMA(a, b, c) ((vec_avx2)_mm256_fmadd_ps((__m256)(a), (__m256)(b), (__m256)(c)))
#include "index/e5_kernels.inc"
#endif

#define SET(which)                                                                                 \
    {                                                                                              \
#which, attend_scratch_##which, attend_##which, gelu_##which, layer_norm_##which           \
    }

static const struct e5_kernels plain = SET(plain);

const struct e5_kernels *e5_kernels_plain(void)
{
    return &plain;
}

const struct e5_kernels *e5_kernels_best(void)
{
#if defined(__x86_64__)
    static const struct e5_kernels avx2 = SET(avx2);
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return &avx2;
#endif
    return &plain;
}
