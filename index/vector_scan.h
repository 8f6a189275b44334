/* vector_scan.h - dot products of one vector with the rows of a matrix. */
#ifndef HN_INDEX_VECTOR_SCAN_H
#define HN_INDEX_VECTOR_SCAN_H

#include "base/base.h"

/* out[i] = rows[i] . q for n rows of dim floats, one after another. By the calling thread alone. */
void vector_scan(const float *rows, size_t n, int dim, const float *q, float *out);

#endif
