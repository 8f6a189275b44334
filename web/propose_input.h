/* propose_input.h - what a proposal is asked for, as JSON: the body of a request, what was kept of
 * one with a saved proposal, the subtopics of a file. */
#ifndef HN_WEB_PROPOSE_INPUT_H
#define HN_WEB_PROPOSE_INPUT_H

#include "matcher/propose.h"
#include "web/json.h"

enum {
    PROPOSE_IDS_MAX = 200,   /* in one list of organisations */
    PROPOSE_TEXT_MAX = 4000, /* code points of a subtopic's title, text or targets */
    PROPOSE_ALL_MAX = 32000, /* of all of a request: they are embedded, 8 s of processor time */
    /* Of those who may not save: what is embedded of one long text in a match (24 KiB), 2 s. */
    PROPOSE_READER_MAX = 8000,
    PROPOSE_SHORT = 2000 /* half a second; longer ones of readers take turns */
};

struct propose_input {
    const char *need, *bottleneck;  /* uid of what it is for: one of them, the other NULL */
    struct propose_request request; /* without challenge, see_all */
    size_t length;                  /* code points of the subtopics that were given */
};

/* Reads the members need_id | bottleneck_id, subtopics, lock, ban, apart, max_members, load, region
 * and brief. Any other member is an error unless `others` (NULL-terminated) names it. Texts are
 * cleaned as those of records are. Everything is copied to arena. Whether organisations exist is
 * for propose_run to say. */
int propose_read(const cJSON *object, const char *const *others, struct arena *arena,
                 struct propose_input *out, struct err *err);

/* Reads {id?, title, text?, targets?, weight?}, copied to arena; out->id is NULL where it names
 * none.
 */
int propose_read_subtopic(const cJSON *object, struct arena *arena, struct subtopic *out,
                          struct err *err);

/* Gives each subtopic without an id one that no other has: "t3" to the third, or, where that is
 * taken, the first number past the list that is free. */
void propose_name_subtopics(struct subtopic *all, size_t n, struct arena *arena);

/* A region as people type it, cleaned as the member `region` is; NULL when nothing is left of it.
 */
int propose_read_region(const char *text, struct arena *arena, const char **out, struct err *err);

/* The conditions as an object of the same members, with what stands for those left out; subtopics
 * where they were given, if asked for. */
void propose_write(struct json *j, const struct propose_request *q, bool subtopics);

#endif
