/* engine.h - everything searchable, as immutable snapshots that readers hold while they work.
 *
 * The engine keeps, for each kind of record, the documents (a copy of the record without contact
 * fields), their lexical segments and their vectors. Updates make a new snapshot and swap it in;
 * a reader keeps the one it acquired, so nothing it sees changes but one thing: a vector appears
 * in place when the embedding job reaches it (published with release/acquire order).
 *
 * Needs and bottleneck items are embedded as queries, organisations and capabilities as passages:
 * the score of a pair is then the same from either side.
 *
 * Introductions have neither words nor vectors: they are kept to be looked up.
 *
 * A document has an ordinal in [0, snapshot_size) within its kind; ordinals of deleted or replaced
 * documents stay empty until the segments are merged. Large merges are done by a thread of the
 * engine's own: neither readers nor updates wait for it. */
#ifndef HN_INDEX_ENGINE_H
#define HN_INDEX_ENGINE_H

#include "corpus/record.h"
#include "index/embedder.h"
#include "index/lexical.h"
#include "index/vector_cache.h"

struct engine;
struct snapshot;

/* The whole text of a record, which is what PART_ALL indexes and embeds: title (or name), and on
 * lines of their own, as far as present, an organisation's summary, or text, key_technology and
 * targets; of an introduction "". Nothing sealed is in it. Borrowed from r or made in arena. */
const char *document_text(const struct record *r, struct arena *arena);

/* embedder NULL: lexical only. cache may be NULL only with embedder NULL. None is owned; all must
 * outlive the engine. Thread-safe from here on. */
struct engine *engine_new(struct embedder *embedder, struct vector_cache *cache, struct pool *pool)
    __attribute__((returns_nonnull));
void engine_free(struct engine *e);

/* Adds, replaces (same kind and uid) or, where record->deleted, removes documents; they are
 * findable by words when it returns. seq: the store's change number this brings the engine to
 * (0 for throw-away corpora). Records are copied. One caller at a time. Duplicate uids within
 * one call: the last wins. */
void engine_update(struct engine *e, const struct record *const *records, size_t n, int64_t seq);

/* Before the first update: looks in dir for what was kept of an index, and will keep it there, once
 * it is large (kept.h): at the end, and after merges. All of it may be deleted at any time. One
 * process at a time writes there; others use what there is. */
void engine_keep(struct engine *e, const char *dir);
/* Is there a whole index? *seq is the change it is up to, *mark what engine_mark was given then.
 * Whether it is one of the database at hand is for the caller to find out. */
bool engine_kept(struct engine *e, int64_t *seq, uint64_t *mark);
/* Makes it the engine's documents; changes after *seq are to come as updates. Otherwise all records
 * are to come as updates, and then engine_loaded: of those that are in the files, the same to the
 * last field, nothing is analysed again, and they appear with engine_loaded. */
void engine_restore(struct engine *e);
void engine_loaded(struct engine *e);
/* Reads the files that are mapped and the vectors of kept rows through: are they what was written?
 * go_on is asked before each block and may wait. 1 yes, 0 no, which the log tells of, -1 told not
 * to go on. From any thread, beside all else. */
int engine_check(struct engine *e, bool (*go_on)(void *ctx, size_t bytes), void *ctx);
/* Empties the engine, and what was kept of it: all is to be loaded again. As an update. */
void engine_reset(struct engine *e);
/* The engine has all that the database had at change seq of the last update, and nothing else; mark
 * tells whether another database is the same up to there. Not 0. Until the next update it may be
 * kept. */
void engine_mark(struct engine *e, uint64_t mark);

/* Waits until nothing is left to be merged in the background, which goes on after an update: for
 * measurements and tests, results are the same before and after. */
void engine_settle(struct engine *e);

/* Embeds what has no vector yet, at most `limit` texts (0: all), taking what it can from the
 * cache. Returns the number of texts still missing, or -1. *done counts texts embedded by this
 * call. Called by one background thread, or by a command that waits; step by step, so that a
 * caller can show progress or stop. */
long engine_embed_step(struct engine *e, size_t limit, size_t *done, struct err *err);
/* Texts that have no vector yet, and texts in all. */
void engine_embed_state(struct engine *e, size_t *missing, size_t *total);

/* The current snapshot; give it back with snapshot_release. */
const struct snapshot *engine_acquire(struct engine *e) __attribute__((returns_nonnull));
void snapshot_release(const struct snapshot *s);

int64_t snapshot_seq(const struct snapshot *s);
/* Counts up with every swap; a cache key for derived results. Vectors that arrive bump
 * snapshot_vectors_generation instead. */
uint64_t snapshot_generation(const struct snapshot *s);
uint64_t engine_vectors_generation(struct engine *e);

size_t snapshot_size(const struct snapshot *s, enum kind kind);
size_t snapshot_live(const struct snapshot *s, enum kind kind);
/* The document, or NULL where the ordinal is empty. Borrowed from the snapshot. The copy has no
 * sealed or private fields and no `extra`: unknown columns may hold a contact. */
const struct record *snapshot_record(const struct snapshot *s, enum kind kind, uint32_t ord);
/* Cheaper than a record where there are many: is the ordinal not empty; the document's uid and
 * external id, NULL where it is empty. Borrowed from the snapshot. */
bool snapshot_has(const struct snapshot *s, enum kind kind, uint32_t ord);
const char *snapshot_uid(const struct snapshot *s, enum kind kind, uint32_t ord);
const char *snapshot_id(const struct snapshot *s, enum kind kind, uint32_t ord);
/* Is the uid among the owners that the document names? */
bool snapshot_owned_by(const struct snapshot *s, enum kind kind, uint32_t ord, const char *uid);
/* Is there a live document of the source? */
bool snapshot_has_source(const struct snapshot *s, enum kind kind, const char *source);
/* The ordinal of a live document, or UINT32_MAX. */
uint32_t snapshot_find(const struct snapshot *s, enum kind kind, const char *uid);
/* Ordinals (KIND_ORG) of the organisations that own a need or capability; unknown ones left out. */
size_t snapshot_owners(const struct snapshot *s, enum kind kind, uint32_t ord,
                       const uint32_t **orgs);
/* Ordinals of the live capabilities an organisation owns, ascending. */
size_t snapshot_owned(const struct snapshot *s, uint32_t org, const uint32_t **capabilities);

/* A sample of the live documents: at least about `least` and at most about twice as many, or all
 * where there are fewer. Ordinals, ascending, in arena. Which documents they are depends on the
 * uids and the number of what is there alone; as long as that number stays between the same powers
 * of two, on the uids alone. */
size_t snapshot_sample(const struct snapshot *s, enum kind kind, size_t least, struct arena *arena,
                       uint32_t **ordinals);

/* Number of documents, and of a part's terms, over all segments: what idf and length norms use. */
struct lexical_stats {
    double docs, mean_length[PART_COUNT];
};
struct lexical_stats snapshot_lexical_stats(const struct snapshot *s, enum kind kind);
/* w(t) * idf(t) of a term over a kind's part (lexical.h), in (0, 1]. */
float snapshot_idf(const struct snapshot *s, enum kind kind, enum part part, const char *term,
                   size_t len);

/* The words two sides share (lexical.h has the formula): a query against a part of every document
 * of a kind. score has snapshot_size floats, written whole: 0 where no term is shared or the
 * ordinal is empty. */
void snapshot_words(const struct snapshot *s, enum kind kind, enum part part,
                    const struct bag *query, float *score);
/* The same of the heaviest terms alone, as many as stand in about `postings` documents together:
 * most of a long query's time goes to terms that are everywhere and tell next to nothing. */
void snapshot_words_about(const struct snapshot *s, enum kind kind, enum part part,
                          const struct bag *query, uint64_t postings, float *score);
/* A document with its score. */
struct scored {
    uint32_t ord;
    float score;
};
/* The k documents with the best scores, best first, equal ones by ordinal, without scoring all of
 * them; those with nothing in common are left out. allowed (by ordinal; NULL: all): 0 leaves a
 * document out, it has no say in the weights. out has room for k. Returns how many there are. Each
 * score equals that of snapshot_words to the bit. */
size_t snapshot_words_top(const struct snapshot *s, enum kind kind, enum part part,
                          const struct bag *query, size_t k, const uint8_t *allowed,
                          struct scored *out);
/* The score of n documents, ordinals ascending; equals that of snapshot_words to the bit. */
void snapshot_words_of(const struct snapshot *s, enum kind kind, enum part part,
                       const struct bag *query, const uint32_t *ordinals, size_t n, float *score);
/* The same from the other side: the part of every document of kind `seekers`, as a query, against
 * `offer`, the same part of one document of kind `offers` (or of a text in its place). */
void snapshot_words_reverse(const struct snapshot *s, enum kind seekers, enum kind offers,
                            enum part part, const struct bag *offer, float *score);
/* Against organisations: each is one long document made of all its live capabilities' PART_ALL.
 * score has snapshot_size(KIND_ORG) floats. */
void snapshot_words_orgs(const struct snapshot *s, const struct bag *query, float *score);

/* How much of one side's title the other side's text speaks of, in words that need not be the same
 * (pieces.h), for a query and every document of a kind. seeks: the query is the need, else the
 * capability. Both columns have snapshot_size floats; NaN where the ordinal is empty, and
 * everywhere when the model has no pieces. A pair has the same covers from either side. */
void snapshot_cover(const struct snapshot *s, enum kind kind, bool seeks, const char *title,
                    const char *text, float *capability, float *need);

/* The same of n ordinals, in any order; equals that of snapshot_cover but for the last bits. */
void snapshot_cover_of(const struct snapshot *s, enum kind kind, bool seeks, const char *title,
                       const char *text, const uint32_t *ordinals, size_t n, float *capability,
                       float *need);

/* Cosine of a unit vector q with every document of a kind: cos[ord], snapshot_size floats; NaN
 * where there is no vector (yet). PART_ALL of a document without text equals its title's. */
void snapshot_cosine(const struct snapshot *s, enum kind kind, enum part part, const float *q,
                     float *cos);
/* The same of n ordinals, in any order; each equals that of snapshot_cosine to the bit. */
void snapshot_cosine_of(const struct snapshot *s, enum kind kind, enum part part, const float *q,
                        const uint32_t *ordinals, size_t n, float *cos);
/* The same of all, by signs (vector_bits.h), at a thirtieth of the time: each is off by a normally
 * distributed error with the standard deviation bits_error, of 384 numbers 0.038 (less where the
 * cosine is great), which is always the same for one pair of vectors. Like documents have like
 * errors: over a million its mean for one query was 0.005. Over 262,144 documents by the pool. */
void snapshot_cosine_about(const struct snapshot *s, enum kind kind, enum part part, const float *q,
                           float *cos);
/* The k documents with the greatest cosines, greatest first, equal ones by ordinal. allowed (by
 * ordinal; NULL: all): 0 leaves a document out, before the search. out has room for k. Returns how
 * many there are. Each cosine equals that of snapshot_cosine to the bit; but which documents are
 * compared in full is decided by signs (vector_bits.h), so that a few in a thousand may be missed,
 * at the edge of the k. For hundreds at most: of a million vectors mixed from real ones 8,000 were
 * compared for the best ten, 29,000 for the best hundred; for thousands it would be a quarter. */
size_t snapshot_cosine_top(const struct snapshot *s, enum kind kind, enum part part, const float *q,
                           size_t k, const uint8_t *allowed, struct scored *out);
/* The unit vector of a document's part, or NULL when it is not there (yet). Borrowed. */
const float *snapshot_vector(const struct snapshot *s, enum kind kind, enum part part,
                             uint32_t ord);
int snapshot_dim(const struct snapshot *s); /* 0: lexical only */

#endif
