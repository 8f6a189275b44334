/* vector_bits.h - vectors in one bit a number, to be read thirty times as fast as floats.
 *
 * RaBitQ (Gao and Long, SIGMOD 2024): a vector is turned by a fixed random rotation, and of each of
 * its numbers the sign is kept. With b the signs (1 or -1), y the rotated vector and p the rotated
 * query, sum(b p) |x|^2 / sum(|y|) is an estimate of x . q without bias. Its error over the choice
 * of rotation is nearly normal, with the standard deviation bits_error: for unit vectors of 384
 * numbers 0.038 at a cosine of 0, less at greater ones. The rotation is of random signs and
 * Hadamard transforms (Ailon and Chazelle 2009), over the first and the last power of two of the
 * numbers in turn, as these overlap.
 *
 * Codes are scanned as FastScan does it (Andre, Kermarrec and Le Scouarnec, VLDB 2015): four signs
 * are the index into a table of 16 bytes, which one instruction looks up for 32 rows. An entry of a
 * table has six bits, which adds a twentieth of the codes' own error. Sums are of integers, so that
 * every processor gets the same ones.
 *
 * Layout: rows are in blocks of 32. A block has, for each eight numbers, a byte of each of its rows
 * (the first number in the lowest bit; 1 is negative); then a float for each row. So rows share no
 * byte: one may be written while others of its block are read. */
#ifndef HN_INDEX_VECTOR_BITS_H
#define HN_INDEX_VECTOR_BITS_H

#include "base/base.h"

enum { BITS_BLOCK = 32 /* rows */ };

/* Bytes of the codes of so many rows, whole blocks: of 384 numbers 52 a row. */
size_t bits_size(size_t rows, int dim);

/* Writes the codes of a vector, 1 <= dim, into its row. Nothing else is touched. One that has no
 * finite length gets an estimate of 0 with everything. */
void bits_encode(const float *x, int dim, uint8_t *codes, size_t row);
/* Copies the codes of a row. */
void bits_copy(uint8_t *to, size_t to_row, const uint8_t *from, size_t row, int dim);

/* The standard deviation of an estimate of a dot product of unit vectors that is about `cosine`. */
float bits_error(int dim, float cosine);

struct bits_query {
    uint8_t *tables; /* 16 bytes for each four numbers */
    size_t stride;   /* bytes of a row without its float */
    float step, base;
    const struct bits_kernels *kernels;
};

/* x is not kept. */
void bits_query_init(struct bits_query *q, const float *x, int dim);
void bits_query_free(struct bits_query *q);

/* Estimates of the dot products with the 32 rows of a block. Only rows of which the bit is set in
 * `present` are read; out of the others is undefined. Fast where all are, and slow elsewhere. */
void bits_scan(const struct bits_query *q, const uint8_t *codes, size_t block, uint32_t present,
               float out[BITS_BLOCK]);

/* How it is computed: for tests, others use the functions above. */
struct bits_kernels {
    const char *name;
    /* Rotates n numbers, a multiple of 8, in place. */
    void (*rotate)(float *x, size_t n);
    /* The signs of n rotated numbers, each byte of them BITS_BLOCK after the one before. Returns
     * the sum of their squares over the sum of their absolute values. */
    float (*signs)(const float *y, size_t n, uint8_t *out);
    /* Of each row of a block what the tables have for it. */
    void (*sums)(const uint8_t *tables, size_t stride, const uint8_t *block,
                 uint32_t out[BITS_BLOCK]);
};
/* The sets that this processor runs, the fastest first; NULL beyond the last. Immutable. */
const struct bits_kernels *bits_kernels_at(size_t i);

#endif
