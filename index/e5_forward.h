/* e5_forward.h - the transformer of e5: token ids in, one vector for each sequence out.
 *
 * BERT with post-normalisation (Devlin et al. 2018): 12 x (attention, feed-forward), each added to
 * its input and normalised; then the mean over tokens. Sequences are concatenated, never padded, so
 * a batch is one matrix product per layer and weight; attention stays within a sequence. */
#ifndef HN_INDEX_E5_FORWARD_H
#define HN_INDEX_E5_FORWARD_H

#include "index/e5_kernels.h"
#include "index/e5_model.h"

/* One input: its content tokens, without the sentence marks, at most positions - 2. */
struct e5_sequence {
    const int32_t *id;
    size_t n;
};

/* Memory for batches, kept between them; zero it to start. One for each thread. */
struct e5_workspace {
    float *memory;
    size_t floats;
};

void e5_workspace_free(struct e5_workspace *w);

/* Writes the mean of the last layer's token states, marks included, not normalised, for each of n
 * sequences to out[i], hidden floats each. Both kernels and model must be for 8-bit products, or
 * neither. Memory: about 8 kB a token, 11 kB with 8-bit products.
 * With a pool (which must be idle for the caller) one batch is spread over its threads, for the
 * sake of latency; with NULL all is done by the calling thread, and several threads may do
 * different batches at once. */
void e5_forward(const struct e5_model *m, const struct e5_kernels *kernels,
                const struct e5_sequence *sequence, size_t n, float *const *out,
                struct e5_workspace *w, struct pool *pool);

#endif
