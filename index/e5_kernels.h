/* e5_kernels.h - how the encoder computes, for the processor at hand.
 *
 * Written once with the compilers' vector types (e5_kernels.inc) and compiled for the baseline and,
 * on x86-64, for AVX2 + FMA, which needs no flags for the whole program; chosen at run time. */
#ifndef HN_INDEX_E5_KERNELS_H
#define HN_INDEX_E5_KERNELS_H

#include "base/base.h"
#include "index/e5_int8.h"

struct e5_kernels {
    const char *name;
    const struct e5_int8 *int8; /* how matrices are multiplied; NULL: in fp32, by OpenBLAS */

    /* Floats of scratch that attend needs for n tokens; the scratch is aligned to 64 bytes. */
    size_t (*attend_scratch)(size_t n);
    /* One head of scaled dot-product attention over n tokens, 32 dimensions: softmax(Q K') V, where
     * Q (already scaled), K and V are rows q + i * stride and so on, 32 floats each; the result
     * goes to rows out + i * out_stride. (Vaswani et al., "Attention Is All You Need", 2017.) */
    void (*attend)(const float *q, const float *k, const float *v, size_t stride, size_t n,
                   float *out, size_t out_stride, float *scratch);

    /* x = x/2 (1 + erf(x/sqrt 2)), n floats, n a multiple of 8; absolute error below 1e-6. */
    void (*gelu)(float *x, size_t n);

    /* Rows of n floats (a multiple of 8): x = (x - mean) / sqrt(variance + epsilon) * gain + bias
     */
    void (*layer_norm)(float *x, size_t rows, size_t n, const float *gain, const float *bias,
                       float epsilon);
};

/* The sets that this processor runs, the fastest first; NULL beyond the last. Immutable.
 *   avx512-vnni, vnni, avx2-int8   8-bit products (e5_int8.h), which all give the same bytes
 *   avx2                           fp32
 *   generic                        fp32, with no more than every processor of the architecture has
 * The products in fp32 are OpenBLAS's, which looks at the processor itself. */
const struct e5_kernels *e5_kernels_at(size_t i);

#endif
