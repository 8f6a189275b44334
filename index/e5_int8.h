/* e5_int8.h - matrix products of 8-bit activations with 4-bit weights.
 *
 * Half a byte is read for each weight, and AVX2 multiplies four times as many 8-bit numbers as
 * floats in one instruction; with VNNI it also adds them up. What is computed is exact but for two
 * roundings: an activation becomes one of 256 steps between the least and the greatest of its
 * group of 128 inputs, and sums over a block of 32 inputs are added as floats. Every instruction
 * set adds the same numbers in the same order, so all give the same bytes.
 *
 * Of a group g with least value m and step s, whose inputs have codes a (0 to 255), and weights
 * worth d w with w in -8..7 and one d for each block b of 32 inputs:
 *     y = bias + sum over g of  s (sum over b in g of d (sum of a w)) + m (sum over g of d w)
 * A sum of a w over a block lies within +-8 * 255 * 32. Over every fourth pair of inputs, which is
 * what AVX2 keeps in one 16-bit number, it is at most 2 * 8 * 255 * 8 = 32640: it never
 * overflows. */
#ifndef HN_INDEX_E5_INT8_H
#define HN_INDEX_E5_INT8_H

#include "base/base.h"

#define E5_PANEL       16  /* outputs that are computed together */
#define E5_GROUP       128 /* inputs of an activation row that share a step and a least value */
#define E5_PANEL_BLOCK 256 /* bytes of a panel's weights for 32 inputs */

/* Weights from `in` inputs (a multiple of 32) to `out` outputs (of 16), made by e5_pack. */
struct e5_packed {
    const uint8_t *weights; /* out / 16 panels x in / 32 blocks x 256 bytes */
    const float *scale;     /* panels x blocks x 16: d */
    const float *sum;       /* panels x groups x 16: sum of d w over the group */
};

/* The codes of a matrix of activations, row after row. */
struct e5_codes {
    uint8_t *code; /* rows x in */
    float *step;   /* rows x groups: s */
    float *least;  /* rows x groups: m */
};

static inline size_t e5_groups(size_t in)
{
    return (in + E5_GROUP - 1) / E5_GROUP;
}

struct e5_int8 {
    /* Codes of a row of n inputs, a multiple of 8; the i-th row of *to. */
    void (*encode)(const float *x, size_t n, const struct e5_codes *to, size_t i);
    /* Rows [r0, r1) and panels [p0, p1) of y = x w + bias, or with add of y += x w + bias; y is
     * row-major, `out` wide. scratch: in * 16 bytes, aligned to 64. */
    void (*product)(const struct e5_codes *x, const struct e5_packed *w, const float *bias,
                    size_t in, size_t out, size_t r0, size_t r1, size_t p0, size_t p1, bool add,
                    float *y, int8_t *scratch);
};

#if defined(__x86_64__)
extern const struct e5_int8 e5_int8_avx2;        /* needs AVX2 and FMA, as do the others */
extern const struct e5_int8 e5_int8_vnni;        /* AVX-VNNI, 256 bits */
extern const struct e5_int8 e5_int8_avx512_vnni; /* AVX512F and AVX512-VNNI */

/* Attention in 16 bits, twice as fast as in floats; contract as attend and attend_scratch of
 * struct e5_kernels. AVX2 and FMA. Queries, keys and values are rounded to 13 bits or more (of the
 * greatest of a row, or of all keys or values of the head; values of more than 64 tokens to fewer,
 * 10 bits for 512), weights to 12 bits of the greatest in their row. */
size_t e5_attend16_scratch(size_t n);
void e5_attend16(const float *q, const float *k, const float *v, size_t stride, size_t n,
                 float *out, size_t out_stride, float *scratch);
#endif

#endif
