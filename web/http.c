#include "base/base.h"

#include "base/utf8.h"
#include "web/cache.h"
#include "web/http.h"
#include "web/messages.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *role_name(enum role role)
{
    static const char *const names[] = {"anyone", "reader", "writer"};
    return names[role];
}

/* ---- response -------------------------------------------------------------------------------- */

void response_init(struct response *r)
{
    memset(r, 0, sizeof *r);
    r->status = 200;
    str_init(&r->body);
}

void response_free(struct response *r)
{
    str_free(&r->body);
    cached_release(r->again);
    r->again = NULL;
}

void response_header(struct response *r, const char *name, const char *value)
{
    if (r->n_headers < RESPONSE_HEADERS_MAX)
        r->headers[r->n_headers++] = (struct pair){name, value};
}

static int status_of(enum err_kind kind)
{
    switch (kind) {
    case ERR_INVALID:
    case ERR_USAGE: return 400;
    case ERR_UNAUTHORIZED: return 401;
    case ERR_FORBIDDEN: return 403;
    case ERR_NOT_FOUND: return 404;
    case ERR_CONFLICT: return 409;
    case ERR_TOO_LARGE: return 413;
    case ERR_UNAVAILABLE: return 503;
    default: return 500;
    }
}

/* The title says what kind of problem it is, the detail what happened this time. */
static const char *title_of(int status, enum lang lang)
{
    static const struct {
        int status;
        const char *text[LANG_COUNT];
    } titles[] = {
#define TITLE(status, code, zh, en, hint_zh, hint_en)                                              \
    {                                                                                              \
        status,                                                                                    \
        {                                                                                          \
            zh, en                                                                                 \
        }                                                                                          \
    }
#define TITLE_OF(status, message) TITLE(status, message)
        TITLE_OF(400, MSG_TITLE_400), TITLE_OF(401, MSG_TITLE_401), TITLE_OF(403, MSG_TITLE_403),
        TITLE_OF(404, MSG_TITLE_404), TITLE_OF(405, MSG_TITLE_405), TITLE_OF(409, MSG_TITLE_409),
        TITLE_OF(412, MSG_TITLE_412), TITLE_OF(413, MSG_TITLE_413), TITLE_OF(415, MSG_TITLE_415),
        TITLE_OF(503, MSG_TITLE_503), TITLE_OF(500, MSG_TITLE_500),
    };
    size_t i = 0;
    while (i + 1 < ARRAY_LEN(titles) && titles[i].status != status) i++;
    return titles[i].text[lang];
}

void response_problem(struct response *r, const struct err *err, enum lang lang)
{
    struct json j;
    if (r->status < 400) r->status = status_of(err->kind);
    r->type = "application/problem+json";
    r->fixed = NULL;
    str_clear(&r->body);
    json_init(&j, &r->body);
    json_object(&j);
    json_member(&j, "type", "about:blank");
    json_member(&j, "title", title_of(r->status, lang));
    json_member_int(&j, "status", r->status);
    json_member(&j, "code", err->code ? err->code : "internal");
    json_member(&j, "detail", err_text(err, lang));
    json_member(&j, "hint", err->hint[lang] ? err->hint[lang] : "");
    json_end_object(&j);
    str_addc(&r->body, '\n');
    if (r->status == 503) response_header(r, "Retry-After", "2");
    if (r->status == 401) response_header(r, "WWW-Authenticate", "Bearer");
}

/* ---- request --------------------------------------------------------------------------------- */

const char *request_header(const struct request *q, const char *name)
{
    for (size_t i = 0; i < q->n_headers; i++)
        if (strcasecmp(q->headers[i].name, name) == 0) return q->headers[i].value;
    return NULL;
}

const char *request_param(const struct request *q, const char *name)
{
    for (size_t i = 0; i < q->n_query; i++)
        if (strcmp(q->query[i].name, name) == 0 && *q->query[i].value) return q->query[i].value;
    return NULL;
}

int request_number(const struct request *q, const char *name, long min, long max, long *n,
                   struct err *err)
{
    const char *text = request_param(q, name);
    if (!text) return 0;
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (errno || *end || value < min || value > max)
        return err_set(err, ERR_INVALID, MSG_PARAM_NUMBER, name, min, max);
    *n = value;
    return 0;
}

cJSON *request_json(const struct request *q, struct response *r, struct err *err)
{
    const char *type = request_header(q, "Content-Type");
    if (!type || strncasecmp(type, "application/json", 16) != 0) {
        r->status = 415;
        err_set(err, ERR_INVALID, MSG_CONTENT_TYPE);
        return NULL;
    }
    return json_parse_object(q->body, q->body_len, err);
}

bool request_not_modified(const struct request *q, const char *etag)
{
    const char *list = request_header(q, "If-None-Match");
    if (!list) return false;
    while (*list) {
        list += strspn(list, " \t,");
        size_t len = strcspn(list, ",");
        while (len && (list[len - 1] == ' ' || list[len - 1] == '\t')) len--;
        if (len == 1 && *list == '*') return true;
        if (len > 2 && strncmp(list, "W/", 2) == 0) {
            list += 2; /* weak comparison is what RFC 9110 asks for here */
            len -= 2;
        }
        if (len == strlen(etag) && strncmp(list, etag, len) == 0) return true;
        list += strcspn(list, ",");
    }
    return false;
}

/* ---- text on the wire ------------------------------------------------------------------------ */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

char *http_decode(const char *text, size_t len, bool plus, struct arena *arena)
{
    char *out = arena_alloc(arena, len + 1, 1);
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (c == '+' && plus) c = ' ';
        if (c == '%') {
            int high = i + 2 < len ? hex_digit(text[i + 1]) : -1;
            int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
            if (low < 0) return NULL;
            c = (char)(high * 16 + low);
            i += 2;
        }
        if (c == '\0') return NULL;
        out[n++] = c;
    }
    out[n] = '\0';
    return utf8_check(out, n) == n ? out : NULL;
}

char *http_encode(const char *text, struct arena *arena)
{
    static const char hex[] = "0123456789ABCDEF";
    char *out = arena_alloc(arena, strlen(text) * 3 + 1, 1), *p = out;
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
            strchr("-._~", c)) {
            *p++ = (char)c;
        } else {
            *p++ = '%';
            *p++ = hex[c >> 4];
            *p++ = hex[c & 15];
        }
    }
    *p = '\0';
    return out;
}

enum lang http_language(const char *accept)
{
    double best[LANG_COUNT] = {0};
    for (const char *p = accept; p && *p;) {
        p += strspn(p, " \t,");
        size_t len = strcspn(p, ",");
        const char *q = memmem(p, len, "q=", 2);
        double weight = q ? strtod(q + 2, NULL) : 1;
        if (strncasecmp(p, "zh", 2) == 0) best[LANG_ZH] = MAX(best[LANG_ZH], weight);
        if (strncasecmp(p, "en", 2) == 0) best[LANG_EN] = MAX(best[LANG_EN], weight);
        p += len;
    }
    return best[LANG_EN] > best[LANG_ZH] ? LANG_EN : LANG_ZH;
}
