/* serialise.h - the one way out for records and matches.
 *
 * Whatever shows a record to somebody (API, command line, any format) asks serialise_value for each
 * field, and quotes evidence through the same rule. Contact data leaves only for the owner of the
 * data directory at the command line; text of a need or capability that is not public only for
 * those who hold the right. Members come in the order of fields.def. */
#ifndef HN_WEB_SERIALISE_H
#define HN_WEB_SERIALISE_H

#include "corpus/store.h"
#include "matcher/health.h"
#include "matcher/lacks.h"
#include "matcher/match.h"
#include "web/json.h"

/* What a reader may see. */
struct rights {
    bool text;     /* text of records that are not public, and unknown columns of imported files */
    bool contacts; /* FIELD_SEALED */
};
/* A reader without an account; the holder of the writer token; the owner at the command line. */
extern const struct rights rights_reader, rights_writer, rights_owner;

/* Where names of organisations come from, and whose eyes it is for. */
struct serialiser {
    struct rights rights;
    bool closed;    /* treat every record as not public, whatever it says */
    enum lang lang; /* of the sentences in a saved proposal */
    bool stored;    /* a saved proposal as it is kept, without sentences: for export */
    struct store *store;
    struct arena *arena; /* for names; of the unit of work */
};

/* The field's value if it has one and the reader may see it, else NULL. */
const char *serialise_value(const struct serialiser *s, const struct record *r, enum field f);

/* The name of an organisation, or its uid when it is unknown. */
const char *serialise_org_name(const struct serialiser *s, const char *uid);

/* The whole record as an object. With meta (API) also source, sample, revision, times, `orgs`,
 * `extra` and `sealed`; without (export, history) what import takes: id, owners, fields, and
 * columns that are no field of ours beside them, as they came. */
void serialise_record(struct json *j, const struct serialiser *s, const struct record *r,
                      bool meta);

/* One row of the change log, with the record before and after as far as the reader may see it, and
 * the names of the fields that changed (contacts left out). */
int serialise_change(struct json *j, const struct serialiser *s, const struct change *c,
                     struct err *err);

/* What matcher_run answered to q: one object (design §9). lacks: for each of the first NEAREST_MAX
 * matches the words of the query it does not cover, shown where the level is none; or NULL. */
void serialise_matches(struct json *j, const struct serialiser *s, const struct match_query *q,
                       const struct match_list *list, const struct lacks *lacks);

/* Evidence, and rows of indicators, as an array: what the reader may see of them. need and offer:
 * the records whose words they quote; NULL: words that this reader is shown anyway. A requirement
 * the reader may not see has no row; a statement he may not see counts as none. */
void serialise_evidence(struct json *j, const struct serialiser *s, const struct record *need,
                        const struct record *offer, const struct evidence *all, size_t n);
void serialise_indicators(struct json *j, const struct serialiser *s, const struct record *need,
                          const struct record *offer, const struct indicator_row *all, size_t n);

/* At most this many best misses are shown when nothing clears the bar. */
enum { NEAREST_MAX = 5 };

/* A rule of calls for solvers, as an object; judged: with its verdict on the need, and what to ask
 * where it is not met. */
void serialise_rule(struct json *j, const struct health_rule *r, bool judged);

#endif
