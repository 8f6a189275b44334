/* embedder_centred.h - vectors without what all texts of their language have in common.
 *
 * The vectors of a sentence encoder share a large common part that differs by language and by side
 * (query, passage): with e5, unrelated Chinese texts have a cosine of 0.85, an unrelated Chinese
 * and English one 0.76. Taken out, scores become comparable across languages and across queries:
 * English title to Chinese abstract hit@1 rises from 0.48 to 0.59 (tests/relevance/README.md). The
 * common part is the mean over a fixed set of ordinary titles in both languages (background.def);
 * what is left is normalised again ("all-but-the-top", Mu & Viswanath 2018, without the
 * components). A text is Chinese when a tenth of its letters is. */
#ifndef HN_INDEX_EMBEDDER_CENTRED_H
#define HN_INDEX_EMBEDDER_CENTRED_H

#include "index/vector_cache.h"

/* Of a longer text only the beginning is embedded: some 8,000 ideographs, seconds of work. What
 * comes behind adds nothing to a mean over so many windows, and one text of a megabyte would keep
 * a worker, whoever sent it, for minutes. Words are found in all of it. */
enum { EMBEDDED_BYTES_MAX = 24 << 10 };

/* Wraps an embedder, which it takes over and frees. Its identity is the inner one's with a mark of
 * the background behind it. The means are made when the first text is embedded. */
struct embedder *embedder_open_centred(struct embedder *inner) __attribute__((returns_nonnull));

/* Names a cache of this embedder's vectors where the means are kept from one start to the next; it
 * must outlive the embedder. Call before the first text; without it they are made anew, which
 * takes about as long as 256 titles. */
void embedder_centred_remember(struct embedder *centred, struct vector_cache *cache);

#endif
