/* route.h - every address the server answers, in one table: method, path, required role, handler,
 * and what it is for. Whether somebody may call a handler is decided here and nowhere else. */
#ifndef HN_WEB_ROUTE_H
#define HN_WEB_ROUTE_H

#include "corpus/record.h"
#include "web/http.h"

/* Fills the response; -1 with err set becomes a problem. */
typedef int route_handler(struct request *q, struct response *r, struct err *err);

struct route {
    const char *method;
    const char *path; /* "{id}" stands for one segment */
    enum role role;   /* at least this */
    route_handler *handler;
    enum kind kind; /* the kind of record the path is about; KIND_COUNT: none */
    bool immediate; /* reads memory alone: answered without waiting for a worker */
    const char *help;
};

extern const struct route routes[];
extern const size_t routes_count;

/* Finds the route of q->method and q->path and sets q->route and q->id (into q->arena). -1: no such
 * address (404), or not with that method (405 with an Allow header). */
int route_find(struct request *q, struct response *r, struct err *err);
/* Is q->role enough for q->route? If not, ERR_UNAUTHORIZED. */
int route_permit(const struct request *q, struct err *err);

#endif
