/* vector_quant.h - vectors in one byte a number, to be read four times as fast as floats.
 *
 * A row x becomes codes c in -127..127 and one scale: c = x / scale, rounded, where scale is the
 * greatest |x| / 127. A query keeps 16 bits, so that nearly all of the error is the rows': of a
 * unit vector of 384 numbers about 4e-4 (one standard deviation), and at most sqrt(dim) / 2 *
 * scale. That is enough to find candidates, which are then compared in floats.
 *
 * Sums are of integers and do not overflow, so every processor gets the same ones. */
#ifndef HN_INDEX_VECTOR_QUANT_H
#define HN_INDEX_VECTOR_QUANT_H

#include "base/base.h"

/* From one row of codes to the next, in bytes: dim, rounded up to what is added up at once. */
size_t quant_stride(int dim);

/* Codes (quant_stride bytes, zero beyond dim) and scale of a vector. What is not a number becomes
 * some code or other. */
void quant_encode(const float *x, int dim, int8_t *codes, float *scale);

struct quant_query {
    int16_t *codes; /* quant_stride of them */
    size_t stride;
    float scale;
};

/* 1 <= dim <= 65536; x is not kept. */
void quant_query_init(struct quant_query *q, const float *x, int dim);
void quant_query_free(struct quant_query *q);

/* out[i], about the dot product of the query and row at[i], for n rows of a matrix of codes, whose
 * rows have the scales scale[row]. */
void quant_scan(const struct quant_query *q, const int8_t *codes, const float *scale,
                const uint32_t *at, size_t n, float *out);

/* How it is computed: for tests, others use the functions above. */
struct quant_kernels {
    const char *name;
    void (*encode)(const float *x, size_t dim, float by, int8_t *codes);
    float (*greatest)(const float *x, size_t dim); /* the greatest |x| */
    void (*sums)(const int16_t *q, size_t stride, const int8_t *codes, const uint32_t *at, size_t n,
                 int32_t *out);
};
/* The sets that this processor runs, the fastest first; NULL beyond the last. Immutable. */
const struct quant_kernels *quant_kernels_at(size_t i);

#endif
