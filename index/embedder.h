/* embedder.h - text to vectors, whatever model does it.
 *
 * An embedder turns a text into one vector of fixed dimension such that texts about the same thing
 * have a high cosine, in Chinese and English alike. The in-process e5 model is the default; a
 * server that speaks the OpenAI embeddings API can stand in its place (embedder_impl.h). */
#ifndef HN_INDEX_EMBEDDER_H
#define HN_INDEX_EMBEDDER_H

#include "base/arena.h"
#include "base/base.h"
#include "base/err.h"
#include "base/pool.h"

/* Retrieval models are trained with two sides: what is asked and what is found. */
enum embed_kind { EMBED_QUERY, EMBED_PASSAGE };

/* The longest text accepted, in bytes: far beyond any document, and a bound on memory. */
#define EMBED_TEXT_MAX ((size_t)16 << 20)

struct embedder; /* immutable once open; every function but embedder_free is thread-safe */

/* Loads the 4-bit multilingual-e5-small file at path (format: e5_model.h). Takes about 0.1 s and
 * 15 MB (90 MB in fp32) beside the file, which is mapped and must not be overwritten in place while
 * in use.
 * Activations have 8 bits where the processor multiplies them faster (cosine to fp32 at least
 * 0.9997), else fp32. The environment's HONGNIANG_ISA names another way: generic, avx2 (both fp32),
 * avx2-int8, vnni or avx512-vnni (e5_kernels.h).
 * The work is spread over pool, which must outlive the embedder, in runs of a few tenths of a
 * second, between which other users of the pool get their turn. A few words alone (a search) are
 * done by the calling thread and wait for nobody.
 * Errors: ERR_UNAVAILABLE there is no such file; ERR_IO it cannot be read; ERR_INVALID it is not
 * such a model, is damaged, or has a shape this program does not run, or HONGNIANG_ISA names what
 * this processor has not. Free with embedder_free. */
struct embedder *embedder_open_e5(const char *path, struct pool *pool, struct err *err);
void embedder_free(struct embedder *e);

/* Number of floats in a vector: 384 for e5-small. */
int embedder_dim(const struct embedder *e);

/* What made the vectors: equal ids give comparable vectors, so store it beside them and embed
 * again when it differs. For e5: "e5-q4-384x12-1:" in fp32, "e5-q4a8-384x12-1:" with 8-bit
 * activations, since an output must not depend on which of them filled a cache, and 16 hexadecimal
 * digits of a hash of the whole file (not of its name). Printable ASCII without spaces, at most 63
 * bytes; lives as long as e. */
const char *embedder_id(const struct embedder *e);

/* Writes the L2-normalised vectors of n texts to out, n x dim floats, row i for texts[i].
 * Texts are UTF-8 and NUL-terminated; bytes that are not UTF-8 are read somehow, never an error;
 * an empty text has a vector too. A text longer than the model's window is read window by window
 * and its vector is the mean weighted by tokens. With 8-bit activations equal texts give equal
 * vectors; in fp32 only up to rounding (about 1e-6), since sums depend on the batch.
 * Errors: ERR_TOO_LARGE a text exceeds EMBED_TEXT_MAX (nothing is written then). */
int embedder_embed(struct embedder *e, enum embed_kind kind, const char *const *texts, size_t n,
                   float *out, struct err *err);

/* Some models cut text into pieces of a vocabulary, each with a vector of its own that knows no
 * context (pieces.h says what for). Number of pieces; 0: this one has none to offer, and the
 * functions below may not be called. */
int embedder_vocabulary(const struct embedder *e);
/* The pieces of a text of len bytes in order, without marks and spaces: ids in [0, vocabulary), in
 * arena. Returns how many. */
size_t embedder_cut(const struct embedder *e, const char *text, size_t len, struct arena *arena,
                    int32_t **ids);
/* A piece's vector, dim floats, of any length. */
void embedder_piece(const struct embedder *e, int32_t id, float *vector);
/* Minus the logarithm of how often the piece occurs in text of all kinds; at least 0.5. */
float embedder_piece_rarity(const struct embedder *e, int32_t id);

#endif
