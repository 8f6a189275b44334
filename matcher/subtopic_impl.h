/* subtopic_impl.h - what the files of a split share. Private to matcher/subtopic*.c; the way in is
 * subtopic.h.
 *
 *   reading (health_impl.h) -> sections -> parts, by the first way that finds two -> titles,
 *   merging, targets, weights */
#ifndef HN_MATCHER_SUBTOPIC_IMPL_H
#define HN_MATCHER_SUBTOPIC_IMPL_H

#include "matcher/health_impl.h"
#include "matcher/subtopic.h"

enum {
    PARTS_MAX = 512,   /* read of one list; more are no longer a list of subtopics */
    TITLE_WIDTH = 80,  /* columns: 40 ideographs or 80 letters */
    TITLE_LETTERS = 2, /* ideographs, or words of other scripts, that a title has at least */
};

/* What a stretch of a field is about, by its heading. */
enum section_kind {
    SECTION_CONTENT, /* what is to be done */
    SECTION_PLAIN,   /* has no heading that says */
    SECTION_PROBLEM,
    SECTION_TARGET,
    SECTION_BASE, /* what there is: never a source of subtopics */
    SECTION_ADMIN /* money, contacts, dates: neither */
};

struct section {
    enum section_kind kind;
    size_t field;     /* of reading.fields */
    struct span span; /* behind its heading */
    bool terse;       /* all of it is about what is to be done, in few words */
};

/* A piece of the challenge that may become a subtopic. */
struct part {
    size_t field;
    struct span span;  /* what the challenge says of it; empty: only the title */
    const char *title; /* not empty */
    size_t items;      /* how many it was merged of */
    const char *name;  /* the title of the first of these */
};

/* ---- subtopic_list.c ---- */

/* The sections of all fields but the title, in order, into the reading's arena. terse: the text is
 * about what is to be done from its first word on, as that of a bottleneck item is. */
size_t sections_read(const struct reading *r, bool terse, struct section **out);
/* The parts that the section numbers or marks with bullets; 0: it has no such list. At most
 * PARTS_MAX. */
size_t parts_numbered(const struct reading *r, const struct section *s, struct part *out);
/* The length of a number, bullet or other mark of a list at i, with the blanks behind it; 0: none.
 */
size_t mark_length(const struct folded *t, size_t i);

/* ---- subtopic_clause.c ---- */

/* Parts between semicolons, or in the lines of a section. */
size_t parts_separated(const struct reading *r, const struct section *s, struct part *out);
/* Clauses that begin with what is to be done. */
size_t parts_done(const struct reading *r, const struct section *s, struct part *out);
/* "The A, B and C of X". */
size_t parts_enumerated(const struct reading *r, const struct section *s, struct part *out);
/* Does a colon stand before i that calls for a list: "The problems are:"? */
bool is_behind_colon(const struct folded *t, uint32_t i);
/* From the first clause of the sentence that begins with what is to be done or made better; false:
 * none does. */
bool span_deed(const struct folded *t, struct span s, struct span *deed);
/* Does the first clause of the span begin with what is to be done, or end with a name of what is
 * done or made? strict: names of products and processes do not count. */
bool span_is_task(const struct folded *t, struct span s, bool strict);
/* Things that different requirements are of: "motor power density", "controller efficiency". */
size_t parts_measured(const struct reading *r, struct part *out);
/* The parts that the challenge's title names. */
size_t parts_of_title(const struct reading *r, struct part *out);

/* ---- subtopic_title.c ---- */

/* A title for what the span says, in the reading's arena; NULL: it yields none. */
const char *title_make(const struct reading *r, size_t field, struct span s);
/* Does the span tell of money, people, contacts, or how things are now? */
bool span_is_aside(const struct reading *r, size_t field, struct span s);
bool has_word(const struct folded *t, struct span s, enum health_class class);
/* Columns of a text: an ideograph has two. */
size_t text_width(const char *text);
bool is_blank(uint32_t c);
/* A comma or colon between clauses, not one within a number or a ratio. */
bool is_comma(const struct folded *t, size_t i);
bool is_colon(const struct folded *t, size_t i);
/* Where the words of a span begin, behind marks, signs and what leads to them. */
uint32_t span_lead(const struct folded *t, struct span s);
/* The span less blanks and marks of lists at its ends. */
struct span span_trim(const struct folded *t, struct span s);
/* Ideographs, and two for a word of another script. */
size_t span_letters(const struct folded *t, struct span s);

/* ---- subtopic_group.c ---- */

/* How alike texts are: by the words they share, and by meaning where there is an embedder. */
struct likeness {
    double *cosine;  /* n x n, of words */
    double *meaning; /* n x n, of vectors less their mean; NULL: no embedder */
    size_t n;
};
/* Sentences that say what is wanted, grouped by likeness; 0: nothing tells them apart. *failed: the
 * embedder did, err says why. */
size_t parts_grouped(const struct reading *r, struct analyzer *a, struct embedder *embedder,
                     struct part *out, bool *failed, struct err *err);
int likeness_make(const char *const *texts, size_t n, struct analyzer *a, struct embedder *embedder,
                  struct arena *arena, struct likeness *out, struct err *err);

#endif
