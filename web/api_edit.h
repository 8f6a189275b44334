/* api_edit.h - what handlers that change records share (api_edit.c): the one writer, revisions
 * asked for, and the answer. */
#ifndef HN_WEB_API_EDIT_H
#define HN_WEB_API_EDIT_H

#include "web/app.h"
#include "web/http.h"

/* Who the log says it was. */
#define EDIT_ACTOR "api:writer"
enum { EDIT_ID_BYTES = 128 };

/* May a client choose this id? It is part of addresses, and "source:id" names records of other
 * sources. */
bool edit_id_is_fine(const char *id);

/* The revision that If-Match asks for, 0 when it asks for none. A tag that is none of ours never
 * fits: -1, and 412. */
int edit_expected_rev(const struct request *q, struct response *r, int64_t *rev, struct err *err);

/* Runs `edit` inside a transaction of the one writer; the index hears of it afterwards. What edit
 * reads it reads through q->app->writer. */
typedef int edit_function(struct request *q, struct response *r, const void *ctx, struct err *err);
int edit_transaction(struct request *q, struct response *r, edit_function *edit, const void *ctx,
                     struct err *err);

/* What DELETE and POST .../undo do, for handlers that do more in the same transaction. */
edit_function edit_delete, edit_undo;

/* For use inside a transaction. The stored record q->id of the route's kind, which must be there
 * and of revision rev (0: any). */
int edit_get_expected(const struct request *q, struct response *r, int64_t rev,
                      struct record **stored, struct err *err);
/* The record as it is now becomes the response. *there tells whether it lives. */
int edit_answer(const struct request *q, struct response *r, enum kind kind, const char *uid,
                bool *there, struct err *err);
/* 201, and where the record is. */
void edit_created(const struct request *q, struct response *r, enum kind kind, const char *uid);

#endif
