/* record_json.h - a record as one JSON object: what change rows keep and export writes.
 *
 * {"uid":…, "source":…, "id":…, the fields present in the order of fields.def, "owners":[uid…],
 * "extra":{…}}. Numbers are JSON numbers; absent fields are left out; revision and times are not
 * part of the content. Contact fields are included: whoever shows the object to somebody removes
 * what that reader may not see. Thread-safe. */
#ifndef HN_CORPUS_RECORD_JSON_H
#define HN_CORPUS_RECORD_JSON_H

#include "corpus/record.h"

struct cJSON;

/* The object on one line, in arena. Equal records give equal bytes. */
char *record_to_json(const struct record *r, struct arena *arena);

/* The same as a tree, to add to or take from. Free with cJSON_Delete. */
struct cJSON *record_to_tree(const struct record *r) __attribute__((returns_nonnull)) WARN_UNUSED;

/* The record that record_to_json wrote, in arena: values are taken as they are, members that are no
 * field of the kind are dropped. NULL with err when text is not such an object. */
struct record *record_from_json(enum kind kind, const char *text, struct arena *arena,
                                struct err *err);

/* The object that len bytes of text are, as cJSON prints it, in arena; NULL when they are none. */
char *record_json_object(const char *text, size_t len, struct arena *arena);

/* A JSON object as text for record.extra: members in bytewise order of their keys, at every depth;
 * NULL for an object without members. The object is sorted in place. */
char *record_extra(struct cJSON *object, struct arena *arena);

#endif
