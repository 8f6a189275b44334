/* edit.h - a JSON object that a client sent, as a record to store. */
#ifndef HN_WEB_EDIT_H
#define HN_WEB_EDIT_H

#include "corpus/store.h"
#include "web/json.h"

/* Reads a whole record of a kind from `object` into arena. Members that are no field, values that
 * do not fit and organisations that are unknown are errors that name them; what the server itself
 * says about a record (rev, times, ...) is ignored, so that what was read can be sent back.
 * stored: the record as it is, or NULL for a new one. Contact data and unknown columns that the
 * object does not mention are taken over from it, since a reader is not sent them.
 * uid, source and id of the result are the stored record's, or NULL. */
int edit_read(const cJSON *object, enum kind kind, const struct record *stored, struct store *store,
              struct arena *arena, struct record **out, struct err *err);

#endif
