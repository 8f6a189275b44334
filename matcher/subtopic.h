/* subtopic.h - a challenge split into subtopics that one member each can own (design §6).
 *
 * A need or bottleneck item states its parts in many ways: numbered lists, "first ... second ...",
 * verbs in a row, enumerations, indicators of different components, or not at all. subtopic.c says
 * in which order these are tried. What tells of the firm, of money, contacts and cooperation, and
 * of how things are now, is no subtopic. The result is a draft: people edit, merge and add. */
#ifndef HN_MATCHER_SUBTOPIC_H
#define HN_MATCHER_SUBTOPIC_H

#include "corpus/record.h"
#include "index/embedder.h"
#include "index/text.h"

enum {
    SUBTOPICS_MAX = 8,       /* that a split makes; people may give up to COMPOSE_SUBTOPICS */
    SUBTOPIC_TEXT_MAX = 2000 /* code points of a text, and of all targets, that a split gives */
};

struct subtopic {
    const char *id;      /* "t1", "t2", ...; unique within its list */
    const char *title;   /* not empty */
    const char *text;    /* NULL: the title says all */
    const char *targets; /* its indicators, one a line, quoted from the challenge; NULL: none */
    double weight;       /* > 0; those of a split sum to 1 */
};

/* Splits a need or bottleneck item into 2 to SUBTOPICS_MAX subtopics, in the order in which the
 * challenge speaks of them; one, the challenge itself, where nothing in it tells parts apart. Read
 * are title, text, key technology and targets, of each the first 20 000 code points.
 *
 * title: at most about 40 ideographs or 80 letters, without numbering. text: what the challenge
 * says of the part; when that is short the challenge's title stands below it, since a subtopic is
 * matched on its own. targets: every figure that the challenge asks for (those of its targets and
 * key technology, and those of its text that have a bound or stand in a sentence about what is
 * wanted) is in one of the subtopics; one that belongs to the whole is in the first. weight: 1, and
 * up to twice as much for the share of figures a subtopic has of its own; the length of a text is
 * its author's manner and counts nothing.
 *
 * embedder may be NULL: then sentences are grouped, and figures placed, by words alone. In arena,
 * borrowing from r; the analyzer is the calling thread's own. The same challenge is always split
 * the same way. -1 with err only when the embedder fails. How well it splits:
 * tests/relevance/subtopics/README.md. */
int subtopics_split(const struct record *r, struct analyzer *a, struct embedder *embedder,
                    struct arena *arena, struct subtopic **out, size_t *n, struct err *err);

/* The subtopic as a need of its own, which is how it is matched; in arena. */
struct record *subtopic_record(const struct subtopic *t, struct arena *arena)
    __attribute__((returns_nonnull));

#endif
