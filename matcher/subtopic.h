/* subtopic.h - a challenge split into subtopics that one member each can own (design §6).
 *
 * A need or bottleneck item states its parts in many ways: numbered lists, "first ... second ...",
 * verbs in a row, indicators of different components, or not at all. subtopic.c says in which order
 * these are tried. The result is a draft: people edit, merge and add. */
#ifndef HN_MATCHER_SUBTOPIC_H
#define HN_MATCHER_SUBTOPIC_H

#include "corpus/record.h"
#include "index/embedder.h"
#include "index/text.h"

enum { SUBTOPICS_MAX = 8 /* that a split makes; people may give up to COMPOSE_SUBTOPICS */ };

struct subtopic {
    const char *id;      /* "t1", "t2", ...; unique within its list */
    const char *title;   /* not empty */
    const char *text;    /* NULL: the title says all */
    const char *targets; /* its indicators, one a line, quoted from the challenge; NULL: none */
    double weight;       /* > 0; those of a split sum to 1 */
};

/* Splits a need or bottleneck item into 2 to SUBTOPICS_MAX subtopics, in the order in which the
 * challenge speaks of them; one, the challenge itself, where nothing in it tells parts apart. Every
 * indicator of the challenge is in one of them; one that belongs to the whole is in the first.
 * embedder may be NULL: then sentences are grouped by words alone. In arena, borrowing from r; the
 * analyzer is the calling thread's own. -1 with err only when the embedder fails. */
int subtopics_split(const struct record *r, struct analyzer *a, struct embedder *embedder,
                    struct arena *arena, struct subtopic **out, size_t *n, struct err *err);

/* The subtopic as a need of its own, which is how it is matched; in arena. */
struct record *subtopic_record(const struct subtopic *t, struct arena *arena)
    __attribute__((returns_nonnull));

#endif
