/* postings.h - compressed lists of (document, count of a term in it).
 *
 * A list is bytes, read in place. Its full blocks of 128 postings are bit-packed: differences of
 * neighbouring documents less one, and counts less one, each with the fewest bits that hold all of
 * the block, in four interleaved lanes (the layout of SIMD-BP128, Lemire & Boytsov 2015), so that
 * four numbers are unpacked by one operation. Vector extensions of the compiler are used, no
 * intrinsics: the code is the same for every processor. What is left over at the end, and all of a
 * short list, is variable-length bytes.
 *
 * Every full block has a head with its last document and its peak: an upper bound for tf / (flat +
 * slope * length) of its postings (see lexical.h), by which whole blocks are passed over. */
#ifndef HN_INDEX_POSTINGS_H
#define HN_INDEX_POSTINGS_H

#include "base/base.h"

enum { POSTINGS_BLOCK = 128 };

/* Bytes that grow; works with vec.h. */
struct bytes {
    uint8_t *at;
    size_t len, cap;
};

/* A list to be read; a view, it owns nothing. */
struct postings {
    const uint8_t *heads, *packed, *rest, *end;
    uint32_t n, n_blocks; /* postings in all; full blocks */
};

/* Appends the list of n postings: doc strictly ascending, tf >= 1, peak one for each full block
 * (rounded up a little when kept); NULL: there are none, postings_peak is 0. */
void postings_write(struct bytes *out, const uint32_t *doc, const uint32_t *tf, uint32_t n,
                    const float *peak);
/* The list of n postings written at bytes, which is `size` bytes long. */
struct postings postings_open(const uint8_t *bytes, size_t size, uint32_t n);
/* Decodes a block: 0 to n_blocks - 1 the full ones, n_blocks the rest (which may be empty). Returns
 * the number of postings in it. doc and tf have POSTINGS_BLOCK elements, all of which may be
 * written. */
uint32_t postings_read(const struct postings *p, uint32_t block, uint32_t *doc, uint32_t *tf);
/* The first block, from block `low` on, that may hold doc or what comes after it: n_blocks when no
 * full one does. Fast where it is near. */
uint32_t postings_seek(const struct postings *p, uint32_t low, uint32_t doc);
/* Of a full block: its last document, its peak. */
uint32_t postings_last(const struct postings *p, uint32_t block);
float postings_peak(const struct postings *p, uint32_t block);

#endif
