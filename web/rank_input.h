/* rank_input.h - the files of `rank`: queries, a corpus, organisations, past
 * collaborations, judged pairs.
 *
 * JSON lines of the shapes that retrieval collections come in (design §9), read into records of a
 * throw-away corpus. Ids may not hold white space: the run that comes out is columns. */
#ifndef HN_WEB_RANK_INPUT_H
#define HN_WEB_RANK_INPUT_H

#include "base/map.h"
#include "base/vec.h"
#include "corpus/record.h"

struct records {
    const struct record **at;
    size_t len, cap;
};

/* Everything lives in arena. */
struct rank_input {
    struct arena arena;
    struct records queries, documents, orgs, history;
    /* id -> place in the array above; names of organisations -> the first of that name. */
    struct map *query_ids, *document_ids, *org_ids, *history_ids, *org_names;
    struct map *twin_keys; /* what rank_twins looks up -> twin */
    struct rank_twin {
        const struct record *record;
        uint32_t next; /* the next with the same key; MAP_ABSENT: the last */
    } * twins;
};

void rank_input_init(struct rank_input *in);
void rank_input_free(struct rank_input *in);

/* {id, title?, text?}: needs. */
int rank_read_queries(struct rank_input *in, const char *path, struct err *err);
/* {id, title?, text? | title_words? | abstract?}: capabilities. */
int rank_read_corpus(struct rank_input *in, const char *path, struct err *err);
/* {id, name?, patents | papers | docs: [document ids]} or {id, name?, profile_papers: [documents]}.
 * After the corpus: documents get their owners; ids it does not hold are counted in *unknown. */
int rank_read_orgs(struct rank_input *in, const char *path, size_t *unknown, struct err *err);

/* {id, orgs: [ids or names], title?, date?}: past collaborations, as consortia. After the
 * organisations: those that are not among them are counted in *unknown and left out. */
int rank_read_history(struct rank_input *in, const char *path, size_t *unknown, struct err *err);

/* Documents and past collaborations that are the query itself, and so would give its answer away:
 * of the same id, or of the same title and text (a collaboration: title). Lists the documents and
 * collaborations in *twins, in arena; how many. After everything was read. */
size_t rank_twins(struct rank_input *in, const struct record *query, struct arena *arena,
                  const struct record ***twins);

struct judged_pair {
    uint32_t query, target; /* places in queries, and in documents or orgs */
};
struct judged {
    struct judged_pair *at;
    size_t len, cap;
    size_t unknown; /* pairs of which a side is not there */
};
/* "query<TAB>document[<TAB>grade]" or TREC's "query 0 document grade"; a first line that names its
 * columns is skipped. targets: document_ids or org_ids; then an organisation's name, if it has no
 * blanks, will do as well. Free with vec_free. */
int rank_read_judged(const struct rank_input *in, const struct map *targets, const char *path,
                     struct judged *out, struct err *err);

#endif
