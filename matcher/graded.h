/* graded.h - pairs that people have graded: 0 wrong, 1 related, 2 fits, 3 the answer, 4 beyond
 * doubt.
 *
 * From tables and from what became of introductions (precedent.h); what learning fits and what a
 * replay looks for. */
#ifndef HN_MATCHER_GRADED_H
#define HN_MATCHER_GRADED_H

#include "base/progress.h"
#include "base/vec.h"
#include "index/engine.h"
#include "matcher/learn.h"

struct graded {
    const struct record *need; /* or bottleneck item; borrowed from the snapshot */
    enum kind target;          /* KIND_CAPABILITY or KIND_ORG */
    uint32_t ord;              /* ordinal of the target */
    float grade; /* GRADE_NONE: introduced, without an outcome that says how well it fits */
};
#define GRADE_NONE (-1.0f)

/* Start from zero, free with graded_free. */
struct graded_set {
    VEC(struct graded) pairs;
    size_t unknown;        /* pairs of which a side is not there */
    char unknown_id[64];   /* the first such id */
    size_t contradictions; /* pairs that were graded differently; their mean is taken */
};

/* Adds a table: a line of column names, then need (or bottleneck item), capability (or
 * organisation) and grade, tabs between; further columns are ignored, and so are
 * pairs with "-", which say that nothing fits. Ids are uids, or those of the
 * source where only one record has that id. -1 with file and line; the set then holds what stood
 * before. */
int graded_read(struct graded_set *set, const struct snapshot *s, const char *path,
                struct err *err);
/* Adds one pair; uids. */
void graded_add(struct graded_set *set, const struct snapshot *s, const char *need,
                enum kind target, const char *uid, float grade);
/* Puts pairs of a need together, in order of uids; merges those that stand there twice. */
void graded_finish(struct graded_set *set, const struct snapshot *s);
void graded_free(struct graded_set *set);

/* Does the target belong to an organisation with only one or two capabilities? */
bool graded_newcomer(const struct snapshot *s, enum kind target, uint32_t ord);

/* Records in an order that has nothing to do with what they say, the same in every run: compare by
 * the hash of the uid, then by the uid. For samples. compare_hashed is for qsort. */
struct hashed {
    uint64_t hash;
    const struct record *record;
};
struct hashed hashed_record(const struct record *r);
int compare_hashed(const void *a, const void *b);

/* What learning needs of the pairs of a finished set with that target, under the matcher's weights:
 * their values, and those of unrelated pairs: up to 200 of each of at least 300 needs. In arena. */
int graded_examples(const struct graded_set *set, enum kind target, struct matcher *m,
                    const struct snapshot *s, struct analyzer *a, struct progress *bar,
                    struct arena *arena, struct learn_data *out, struct err *err);

#endif
