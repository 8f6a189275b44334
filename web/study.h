/* study.h - what learn and replay begin with: a data directory, all its vectors, and graded pairs.
 */
#ifndef HN_WEB_STUDY_H
#define HN_WEB_STUDY_H

#include "matcher/graded.h"
#include "web/backend.h"
#include "web/cli.h"

struct study {
    struct store *store;
    struct backend backend; /* weights as serve would use them */
    const struct snapshot *snapshot;
    struct analyzer *analyzer;
    struct graded_set known; /* finished */
    size_t introductions;    /* how many of them have an outcome that says something */
};

/* Which introductions are known pairs. */
enum introductions {
    INTRODUCTIONS_NONE,
    INTRODUCTIONS_GRADED, /* those whose outcome says how well the pair fits */
    INTRODUCTIONS_ALL     /* the others too, with GRADE_NONE */
};

/* Opens DIR read-only, embeds what has no vector yet, reads the tables of pairs and introductions.
 * Says on stderr what is amiss but no failure: no model, unknown ids, contradictions. study_close
 * may be called in either case. */
int study_open(struct study *st, const struct cli *cli, const char *dir, const char *model,
               const struct strings *pairs, enum introductions introductions, struct err *err);
void study_close(struct study *st);

#endif
