/* serialise_proposal.h - a proposal as JSON: what the command line prints, the API answers and a
 * saved proposal keeps. Evidence leaves by the rule of serialise.h. */
#ifndef HN_WEB_SERIALISE_PROPOSAL_H
#define HN_WEB_SERIALISE_PROPOSAL_H

#include "matcher/propose.h"
#include "web/serialise.h"

/* What propose_run answered to q: one object. The reader is told nothing of a challenge's text that
 * he may not see: subtopics split from it leave without title, text and targets then. Sentences
 * about relaxations are in s->lang; what is to be kept (s->stored) has none. */
void serialise_proposal(struct json *j, const struct serialiser *s, const struct propose_request *q,
                        const struct proposal *p);

/* A saved plan, with these sentences made of what it keeps of them. */
void serialise_plan(struct json *j, const struct serialiser *s, const char *plan);

/* What would have to be given up, as a sentence, in the arena. */
const char *serialise_relaxation(const struct proposal *p, const struct proposal_relaxation *r,
                                 enum lang lang, struct arena *arena);

/* How a person calls the role, in the arena. */
const char *serialise_role(enum member_role role, enum lang lang, struct arena *arena);

#endif
