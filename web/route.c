#include "base/base.h"

#include "web/handlers.h"
#include "web/messages.h"
#include "web/route.h"

#include <string.h>

#define API "/api/v1"

/* For each kind of record: reading it (reader: who may), adding and replacing it as it is sent, and
 * what takes things back. */
#define READ_ROUTES(plural, kind, reader)                                                          \
    {"GET", API "/" plural, reader, api_list, kind, false, "list or search"},                      \
        {"GET", API "/" plural "/{id}", reader, api_get, kind, false, "read one"},                 \
    {                                                                                              \
        "GET", API "/" plural "/{id}/history", reader, api_history, kind, false, "its changes"     \
    }
#define RECORD_ROUTES(plural, kind, reader)                                                        \
    READ_ROUTES(plural, kind, reader),                                                             \
        {"POST", API "/" plural, ROLE_WRITER, api_create, kind, false, "add one"},                 \
        {"PUT", API "/" plural "/{id}", ROLE_WRITER, api_update, kind, false, "replace one"},      \
        {"DELETE", API "/" plural "/{id}", ROLE_WRITER, api_delete, kind, false, "delete one"},    \
    {                                                                                              \
        "POST", API "/" plural "/{id}/undo", ROLE_WRITER, api_undo, kind, false,                   \
            "take back its latest change"                                                          \
    }
#define MATCHES(plural, kind)                                                                      \
    {                                                                                              \
        "GET", API "/" plural "/{id}/matches", ROLE_READER, api_matches, kind, false,              \
            "who or what fits it"                                                                  \
    }

const struct route routes[] = {
    RECORD_ROUTES("orgs", KIND_ORG, ROLE_READER),
    RECORD_ROUTES("needs", KIND_NEED, ROLE_READER),
    RECORD_ROUTES("capabilities", KIND_CAPABILITY, ROLE_READER),
    RECORD_ROUTES("bottlenecks", KIND_BOTTLENECK, ROLE_READER),
    /* Who talks to whom is between them and the broker until it is concluded. */
    RECORD_ROUTES("introductions", KIND_INTRODUCTION, ROLE_WRITER),
    RECORD_ROUTES("consortia", KIND_CONSORTIUM, ROLE_READER),
    /* A proposal is a draft with names on it; what is saved the server composes itself. */
    READ_ROUTES("proposals", KIND_PROPOSAL, ROLE_WRITER),
    {"POST", API "/proposals", ROLE_READER, api_propose, KIND_PROPOSAL, false,
     "compose a consortium, stored nowhere"},
    {"PUT", API "/proposals/{id}", ROLE_WRITER, api_proposal_save, KIND_PROPOSAL, false,
     "compose and save"},
    {"DELETE", API "/proposals/{id}", ROLE_WRITER, api_proposal_delete, KIND_PROPOSAL, false,
     "delete one"},
    {"POST", API "/proposals/{id}/undo", ROLE_WRITER, api_proposal_undo, KIND_PROPOSAL, false,
     "take back its latest change, and the consortium it made"},
    {"POST", API "/proposals/{id}/agreement", ROLE_WRITER, api_proposal_agree, KIND_PROPOSAL, false,
     "make it a consortium"},
    MATCHES("orgs", KIND_ORG),
    MATCHES("needs", KIND_NEED),
    MATCHES("capabilities", KIND_CAPABILITY),
    MATCHES("bottlenecks", KIND_BOTTLENECK),
    {"GET", API "/needs/{id}/diagnosis", ROLE_READER, api_diagnose, KIND_NEED, false,
     "what it lacks, and what to ask"},
    {"POST", API "/needs/diagnosis", ROLE_READER, api_diagnose_draft, KIND_NEED, false,
     "the same of a draft, stored nowhere"},
    /* It costs an embedding for each text tried: not for everybody to ask. */
    {"GET", API "/needs/{id}/improvement", ROLE_WRITER, api_improvement, KIND_NEED, false,
     "the smallest addition to a capability that would lift its level"},
    {"GET", API "/coverage", ROLE_READER, api_coverage, KIND_COUNT, false,
     "which bottleneck items have nobody, one or several to answer them"},
    {"GET", API "/bottlenecks/{id}/call-draft", ROLE_READER, api_call_draft, KIND_BOTTLENECK, false,
     "a first draft of a call for solvers"},
    {"GET", API "/orgs/{id}/capabilities", ROLE_READER, api_org_capabilities, KIND_ORG, false,
     "what it can offer"},
    {"GET", API "/orgs/{id}/partners", ROLE_READER, api_partners, KIND_ORG, false,
     "whom else to bring in"},
    {"GET", API "/match", ROLE_READER, api_match_text, KIND_COUNT, false, "match a free text"},
    {"POST", API "/match", ROLE_READER, api_match_body, KIND_COUNT, false,
     "match a long free text"},
    {"GET", API "/state", ROLE_READER, api_state, KIND_COUNT, false, "what is there"},
    {"GET", API "/openapi.json", ROLE_ANYONE, api_openapi, KIND_COUNT, true, "this API"},
    {"GET", "/healthz", ROLE_ANYONE, api_health, KIND_COUNT, true, "is the process alive"},
    {"GET", "/readyz", ROLE_ANYONE, api_ready, KIND_COUNT, true, "can it answer, and how"},
    {"GET", "/metrics", ROLE_READER, api_metrics, KIND_COUNT, true, "Prometheus metrics"},
};
const size_t routes_count = ARRAY_LEN(routes);

/* Does path have the segments of pattern? *id becomes the segment that stands for {id}. */
static bool path_fits(const char *pattern, const char *path, const char **id, size_t *id_len)
{
    while (*pattern && *path) {
        if (*pattern == '{') { /* what stands in braces is {id} everywhere */
            *id = path;
            *id_len = strcspn(path, "/");
            if (*id_len == 0) return false;
            path += *id_len;
            pattern += 4;
        } else if (*pattern++ != *path++) {
            return false;
        }
    }
    return !*pattern && !*path;
}

int route_find(struct request *q, struct response *r, struct err *err)
{
    const char *id = NULL, *allow = NULL;
    size_t id_len = 0;
    for (size_t i = 0; i < routes_count; i++) {
        id = NULL;
        if (!path_fits(routes[i].path, q->path, &id, &id_len)) continue;
        if (strcmp(routes[i].method, q->method) != 0) {
            allow = allow ? arena_printf(q->arena, "%s, %s", allow, routes[i].method)
                          : routes[i].method;
            continue;
        }
        if (id && !(q->id = http_decode(id, id_len, false, q->arena)))
            return err_set(err, ERR_INVALID, MSG_URI_ENCODING);
        q->route = &routes[i];
        return 0;
    }
    if (!allow) return err_set(err, ERR_NOT_FOUND, MSG_NO_ADDRESS);
    r->status = 405;
    response_header(r, "Allow", allow);
    return err_set(err, ERR_INVALID, MSG_NO_METHOD, q->method, allow);
}

int route_permit(const struct request *q, struct err *err)
{
    if (q->role >= q->route->role) return 0;
    if (!request_header(q, "Authorization"))
        return err_set(err, ERR_UNAUTHORIZED, MSG_TOKEN_NEEDED);
    return err_set(err, ERR_UNAUTHORIZED, MSG_TOKEN_WRONG);
}
