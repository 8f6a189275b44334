/* http.h - a request and its response as handlers see them; nothing here knows the HTTP library. */
#ifndef HN_WEB_HTTP_H
#define HN_WEB_HTTP_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "web/json.h"

struct app;    /* app.h: what all requests share */
struct cached; /* cache.h */
struct route;  /* route.h */

/* Who asks. Each includes the rights of those before it. */
enum role { ROLE_ANYONE, ROLE_READER, ROLE_WRITER };
const char *role_name(enum role role); /* "anyone" "reader" "writer" */

struct pair {
    const char *name, *value;
};

/* Everything lives in arena until the response was sent. */
struct request {
    const char *method;                 /* HEAD is GET here */
    const char *path;                   /* as sent, still percent-encoded, without the query */
    const struct pair *query, *headers; /* decoded */
    size_t n_query, n_headers;
    const char *body;
    size_t body_len;
    struct arena *arena;
    enum lang lang;
    enum role role;
    const struct route *route; /* NULL: none */
    const char *id;            /* the {id} of the path, decoded; NULL: the route has none */
    struct app *app;
    struct worker *worker; /* the thread's own store and analyzer; NULL for inline routes */
};

enum { RESPONSE_HEADERS_MAX = 8 };

struct response {
    int status;                 /* 200 unless set; on failure the status of the error's kind */
    const char *type;           /* Content-Type; NULL: application/json */
    struct str body;            /* owned */
    const unsigned char *fixed; /* or constant bytes that outlive the program's requests */
    size_t fixed_len;
    struct cached *again; /* or an answer kept from before (cache.h), a reference owned */
    struct pair headers[RESPONSE_HEADERS_MAX];
    size_t n_headers;
};

void response_init(struct response *r);
void response_free(struct response *r);
/* value must live as long as the request's arena. */
void response_header(struct response *r, const char *name, const char *value);
/* Turns an error into application/problem+json (RFC 9457) in the reader's language. r->status stays
 * if it is an error already. */
void response_problem(struct response *r, const struct err *err, enum lang lang);

/* A header's value, names compared without case; NULL: absent. */
const char *request_header(const struct request *q, const char *name);
/* A parameter of the query; NULL: absent or empty. */
const char *request_param(const struct request *q, const char *name);
/* A whole number in [min, max]; *n keeps its value when absent. */
int request_number(const struct request *q, const char *name, long min, long max, long *n,
                   struct err *err);
/* The body as a JSON object; NULL with err set, and r->status 415 when it is not called JSON. Free
 * with cJSON_Delete. */
cJSON *request_json(const struct request *q, struct response *r, struct err *err);
/* Does If-None-Match name etag (or *)? Then the answer is 304. */
bool request_not_modified(const struct request *q, const char *etag);

/* Undoes percent-encoding, and + for a space where plus is set; into arena. NULL: it is damaged, is
 * not UTF-8, or holds a NUL. */
char *http_decode(const char *text, size_t len, bool plus, struct arena *arena);
/* Percent-encodes everything that is not unreserved (RFC 3986, 2.3); into arena. */
char *http_encode(const char *text, struct arena *arena);
/* The better of the two languages for an Accept-Language header (RFC 9110, 12.5.4); Chinese when
 * NULL or neither. */
enum lang http_language(const char *accept);

#endif
