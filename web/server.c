/* server.c - read in this order: on_request (what the library calls), begin (what becomes of a
 * request), work (the workers' loop), answer (handler and response), send. */
#include "base/base.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "web/cache.h"
#include "web/handlers.h"
#include "web/messages.h"
#include "web/pages.h"
#include "web/route.h"
#include "web/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    BODY_MAX = 1 << 20,      /* 413 beyond it */
    BODY_SKIP_MAX = 8 << 20, /* up to here the rest is read, so that the client hears the 413 */
    /* Address and headers of a request, and the headers of its answer; 414 or 431 beyond it. Room
     * for the 4,000 Chinese characters that a text in an address may have, which are 36,000 bytes
     * there, and no more: the library clears all of it after each request. */
    HEADERS_BYTES = 44 << 10,
    CONNECTIONS = 1000,
    CONNECTIONS_PER_ADDRESS = 256, /* a reverse proxy and its users share one */
    IDLE_SECONDS = 30,
    UPLOAD_SECONDS = 60, /* for all of a body, however steadily it trickles */
    QUEUE_MAX = 256,
    QUEUE_SECONDS = 20, /* nobody waits for an answer that is later than this */
    SENDERS = 2,
    WORKERS_MIN = 4,
    WORKERS_MAX = 16,
    DRAIN_SECONDS = 10,
};

/* One request and its response, from the first header to the last byte sent. */
struct exchange {
    struct server *server;
    struct MHD_Connection *connection;
    struct arena arena;
    struct request q;
    struct response r;
    struct str body;
    bool too_large, answered;
    double started;
    struct exchange *next;
};

struct server {
    struct app *app;
    struct MHD_Daemon *daemon;
    char url[80];
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct exchange *first, *last; /* the queue */
    size_t queued;
    atomic_size_t open; /* requests begun and not yet completed */
    atomic_bool draining;
    struct log_batch *log;
    bool stopping;
    struct worker *workers;
    pthread_t *threads;
    int n_threads, n_workers;
};

/* ---- the request as handlers see it ---------------------------------------------------------- */

struct pairs {
    struct pair *at;
    size_t n, max;
    struct arena *arena;
    bool decode, damaged;
};

static enum MHD_Result add_pair(void *ctx, enum MHD_ValueKind kind, const char *key,
                                const char *value)
{
    struct pairs *p = ctx;
    (void)kind;
    if (p->n == p->max) return MHD_NO;
    struct pair pair = {key, value ? value : ""};
    if (p->decode) {
        pair.name = http_decode(pair.name, strlen(pair.name), false, p->arena);
        pair.value = http_decode(pair.value, strlen(pair.value), false, p->arena);
    } else {
        pair.value = arena_strdup(p->arena, pair.value);
    }
    p->damaged = p->damaged || !pair.name || !pair.value;
    if (!p->damaged) p->at[p->n++] = pair;
    return MHD_YES;
}

static bool read_pairs(struct exchange *x, enum MHD_ValueKind kind, bool decode,
                       const struct pair **pairs, size_t *n)
{
    struct pairs p = {.max = 64, .arena = &x->arena, .decode = decode};
    p.at = arena_alloc(&x->arena, p.max, sizeof *p.at);
    MHD_get_connection_values(x->connection, kind, add_pair, &p);
    *pairs = p.at;
    *n = p.n;
    return !p.damaged;
}

static int read_request(struct exchange *x, struct err *err)
{
    struct request *q = &x->q;
    q->app = x->server->app;
    q->body = x->body.data;
    q->body_len = x->body.len;
    read_pairs(x, MHD_HEADER_KIND, false, &q->headers, &q->n_headers);
    q->role = auth_role(&q->app->auth, q);
    if (!read_pairs(x, MHD_GET_ARGUMENT_KIND, true, &q->query, &q->n_query))
        return err_set(err, ERR_INVALID, MSG_URI_ENCODING);
    return 0;
}

/* ---- the answer ------------------------------------------------------------------------------ */

static bool is_api(const char *path)
{
    return strncmp(path, "/api/", 5) == 0 || strcmp(path, "/api") == 0;
}

static void fail(struct exchange *x, const struct err *err)
{
    response_problem(&x->r, err, x->q.lang);
    if (x->r.status == 500)
        log_error("http", "code=%s detail=%s", err->code ? err->code : "none",
                  err_text(err, LANG_EN));
}

/* Calls the handler; the body of whatever happened is in x->r afterwards. */
static void answer(struct exchange *x)
{
    struct err err = {0};
    struct request *q = &x->q;
    int rc =
        q->route ? q->route->handler(q, &x->r, &err) : pages_get(q->app->ui_dir, q, &x->r, &err);
    if (rc) fail(x, &err);
    x->answered = true;
}

/* Route, host, role: what is refused here never reaches a handler. */
static int admit(struct exchange *x, struct err *err)
{
    struct request *q = &x->q;
    q->lang = http_language(MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND,
                                                        MHD_HTTP_HEADER_ACCEPT_LANGUAGE));
    if (x->too_large) return err_set(err, ERR_TOO_LARGE, MSG_BODY_LARGE, BODY_MAX >> 10);
    if (read_request(x, err) || auth_host(&q->app->auth, q, err)) return -1;
    bool page = strcmp(q->method, "GET") == 0 && !is_api(q->path);
    if (route_find(q, &x->r, err)) {
        if (!page || err->kind != ERR_NOT_FOUND) return -1;
        memset(err, 0, sizeof *err);
        return 0;
    }
    return route_permit(q, err);
}

/* ---- sending --------------------------------------------------------------------------------- */

static void add_headers(struct MHD_Response *m, const struct exchange *x)
{
    static const struct pair always[] = {
        {"Content-Security-Policy",
         "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
         "connect-src 'self'; font-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
         "form-action 'self'"},
        {"X-Content-Type-Options", "nosniff"},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
    };
    for (size_t i = 0; i < ARRAY_LEN(always); i++)
        MHD_add_response_header(m, always[i].name, always[i].value);
    if (x->r.status != 204 && x->r.status != 304)
        MHD_add_response_header(m, "Content-Type", x->r.type ? x->r.type : "application/json");
    /* What only the token opens does not outlive the page in a browser's cache. */
    if (x->q.route)
        MHD_add_response_header(m, "Cache-Control",
                                x->q.role >= ROLE_WRITER ? "private, no-store"
                                                         : "private, no-cache");
    if (x->r.status != 304) MHD_add_response_header(m, "Vary", "Accept-Language, Authorization");
    for (size_t i = 0; i < x->r.n_headers; i++)
        MHD_add_response_header(m, x->r.headers[i].name, x->r.headers[i].value);
}

static void drop_response(void *m)
{
    MHD_destroy_response(m);
}

/* An answer kept from before, with its headers, which depend on nothing but it: its key says the
 * role. Made once; the library counts those who are sending it. */
static enum MHD_Result send_again(struct exchange *x)
{
    struct cached *a = x->r.again;
    struct MHD_Response *m = cached_sendable(a);
    bool last = x->server->draining;
    if (!m || last) {
        size_t len;
        const unsigned char *body = cached_body(a, &len);
        m = MHD_create_response_from_buffer(len, (void *)(uintptr_t)body, MHD_RESPMEM_MUST_COPY);
        if (!m) return MHD_NO;
        add_headers(m, x);
        if (last)
            MHD_add_response_header(m, "Connection", "close");
        else
            m = cached_keep_sendable(a, m, drop_response);
    }
    enum MHD_Result queued = MHD_queue_response(x->connection, 200, m);
    if (last) MHD_destroy_response(m);
    return queued;
}

static enum MHD_Result send_response(struct exchange *x)
{
    struct MHD_Response *m;
    struct response *r = &x->r;
    if (r->again && r->status == 200) return send_again(x);
    if (r->fixed) {
        m = MHD_create_response_from_buffer(r->fixed_len, (void *)(uintptr_t)r->fixed,
                                            MHD_RESPMEM_PERSISTENT);
    } else {
        size_t len = r->body.len;
        m = MHD_create_response_from_buffer_with_free_callback(len, str_take(&r->body), free);
    }
    if (!m) return MHD_NO;
    add_headers(m, x);
    if (x->server->draining) MHD_add_response_header(m, "Connection", "close");
    enum MHD_Result queued = MHD_queue_response(x->connection, (unsigned)r->status, m);
    MHD_destroy_response(m);
    return queued;
}

/* ---- workers --------------------------------------------------------------------------------- */

static struct exchange *take(struct server *s)
{
    pthread_mutex_lock(&s->lock);
    while (!s->first && !s->stopping) pthread_cond_wait(&s->filled, &s->lock);
    struct exchange *x = s->first;
    if (x) {
        s->first = x->next;
        if (!s->first) s->last = NULL;
        s->queued--;
    }
    pthread_mutex_unlock(&s->lock);
    return x;
}

struct worker_start {
    struct server *server;
    struct worker *worker;
};

static void *work(void *ctx)
{
    struct worker_start *start = ctx;
    struct exchange *x;
    while ((x = take(start->server))) {
        x->q.worker = start->worker;
        if (clock_seconds() - x->started > QUEUE_SECONDS) {
            struct err err = {0};
            err_set(&err, ERR_UNAVAILABLE, MSG_BUSY);
            fail(x, &err);
            x->answered = true;
        } else {
            answer(x);
        }
        MHD_resume_connection(x->connection);
    }
    free(start);
    return NULL;
}

/* Suspends the connection and queues the exchange; false when the queue is full. Under the lock, so
 * that no worker resumes what is not suspended yet. */
static bool enqueue(struct server *s, struct exchange *x)
{
    pthread_mutex_lock(&s->lock);
    bool room = s->queued < QUEUE_MAX && !s->stopping;
    if (room) {
        MHD_suspend_connection(x->connection);
        if (s->last)
            s->last->next = x;
        else
            s->first = x;
        s->last = x;
        s->queued++;
        pthread_cond_signal(&s->filled);
    }
    pthread_mutex_unlock(&s->lock);
    return room;
}

/* ---- what the library calls ------------------------------------------------------------------ */

static struct exchange *exchange_new(struct server *s, struct MHD_Connection *c, const char *path,
                                     const char *method)
{
    struct exchange *x = mem_zalloc(1, sizeof *x);
    x->server = s;
    x->connection = c;
    x->started = clock_seconds();
    arena_init(&x->arena);
    str_init(&x->body);
    response_init(&x->r);
    x->q.arena = &x->arena;
    x->q.path = arena_strdup(&x->arena, path);
    x->q.method = strcmp(method, "HEAD") == 0 ? "GET" : arena_strdup(&x->arena, method);
    s->open++;
    return x;
}

/* The request is whole: answer at once what needs no worker, queue the rest. */
static enum MHD_Result begin(struct exchange *x)
{
    struct err err = {0};
    if (admit(x, &err)) {
        fail(x, &err);
        return send_response(x);
    }
    bool immediate = x->q.route ? x->q.route->immediate : !x->q.app->ui_dir;
    if (immediate) {
        answer(x);
        return send_response(x);
    }
    if (api_match_again(&x->q, &x->r)) return send_response(x);
    if (enqueue(x->server, x)) return MHD_YES;
    err_set(&err, ERR_UNAVAILABLE, MSG_BUSY);
    fail(x, &err);
    return send_response(x);
}

static enum MHD_Result take_body(struct exchange *x, const char *data, size_t *size)
{
    if (x->body.len + *size > BODY_MAX) {
        x->too_large = true;
        str_free(&x->body);
    }
    if (!x->too_large) str_add(&x->body, data, *size);
    *size = 0;
    return clock_seconds() - x->started > UPLOAD_SECONDS ? MHD_NO : MHD_YES;
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *c, const char *path,
                                  const char *method, const char *version, const char *data,
                                  size_t *size, void **state)
{
    struct exchange *x = *state;
    (void)version;
    if (!x) {
        *state = x = exchange_new(ctx, c, path, method);
        const char *length =
            MHD_lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
        x->too_large = length && strtoull(length, NULL, 10) > BODY_MAX;
        bool hopeless = length && strtoull(length, NULL, 10) > BODY_SKIP_MAX;
        return hopeless ? begin(x) : MHD_YES;
    }
    if (*size) return take_body(x, data, size);
    return x->answered ? send_response(x) : begin(x);
}

static char *add_text(char *to, const char *end, const char *text)
{
    size_t len = MIN(strlen(text), (size_t)(end - to));
    memcpy(to, text, len);
    return to + len;
}

static char *add_number(char *to, const char *end, unsigned long long n)
{
    char digits[24], *p = digits + sizeof digits - 1;
    *p = '\0';
    do *--p = (char)('0' + n % 10);
    while (n /= 10);
    return add_text(to, end, p);
}

/* Not by printf, which takes longer than all else that is done for an answer kept from before. */
static void log_request(const struct exchange *x, double seconds, bool cut)
{
    enum { FIELDS_BYTES = 800 }; /* a line of the log has room for them; the path is what may not */
    char text[FIELDS_BYTES], *end = text + sizeof text, *path_end = end - 100, *p = text;
    unsigned long long tenths = (unsigned long long)(seconds * 1e4 + 0.5);
    p = add_text(p, path_end, "method=");
    p = add_text(p, path_end, x->q.method);
    p = add_text(p, path_end, " path=");
    p = add_text(p, path_end, x->q.path);
    p = add_text(p, end, " status=");
    p = add_number(p, end, (unsigned long long)x->r.status);
    p = add_text(p, end, " ms=");
    p = add_number(p, end, tenths / 10);
    p = add_text(p, end, ".");
    p = add_number(p, end, tenths % 10);
    if (cut) p = add_text(p, end, " cut=1");
    log_batch_add(x->server->log, text, (size_t)(p - text), x->r.status >= 500);
}

static void on_completed(void *ctx, struct MHD_Connection *c, void **state,
                         enum MHD_RequestTerminationCode how)
{
    struct server *s = ctx;
    struct exchange *x = *state;
    (void)c;
    if (!x) return;
    double seconds = clock_seconds() - x->started;
    metrics_count(s->app->metrics, x->q.route, x->r.status, seconds);
    log_request(x, seconds, how != MHD_REQUEST_TERMINATED_COMPLETED_OK);
    arena_free(&x->arena);
    str_free(&x->body);
    response_free(&x->r);
    free(x);
    *state = NULL;
    s->open--;
}

/* Addresses and parameters are decoded by http_decode, which knows damaged ones. */
static size_t keep_encoded(void *ctx, struct MHD_Connection *c, char *text)
{
    (void)ctx;
    (void)c;
    return strlen(text);
}

/* ---- the address ----------------------------------------------------------------------------- */

static int parse_listen(const char *listen, struct sockaddr_storage *address, socklen_t *len,
                        struct err *err)
{
    const char *colon = strrchr(listen, ':');
    char host[64] = "", port[8] = "";
    size_t host_len = colon ? (size_t)(colon - listen) : 0;
    if (!colon || host_len >= sizeof host || strlen(colon + 1) >= sizeof port || !colon[1])
        return err_set(err, ERR_USAGE, MSG_LISTEN_FORM, listen);
    memcpy(host, listen, host_len);
    memcpy(port, colon + 1, strlen(colon + 1) + 1);
    if (host[0] == '[' && host[host_len - 1] == ']') {
        memmove(host, host + 1, host_len - 2);
        host[host_len - 2] = '\0';
    }
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
                             .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    const char *name = strcmp(host, "localhost") == 0 ? "127.0.0.1" : host;
    /* getaddrinfo would take 99999 for 34463. */
    if (strspn(port, "0123456789") != strlen(port) || strtol(port, NULL, 10) > 65535 ||
        getaddrinfo(*name ? name : "0.0.0.0", port, &hints, &found) != 0 || !found)
        return err_set(err, ERR_USAGE, MSG_LISTEN_FORM, listen);
    memcpy(address, found->ai_addr, found->ai_addrlen);
    *len = found->ai_addrlen;
    freeaddrinfo(found);
    return 0;
}

static bool is_loopback(const struct sockaddr_storage *address)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    if (address->ss_family == AF_INET) {
        memcpy(&v4, address, sizeof v4);
        return (ntohl(v4.sin_addr.s_addr) >> 24) == 127;
    }
    memcpy(&v6, address, sizeof v6);
    return address->ss_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
}

int server_check_listen(const char *listen, struct err *err)
{
    struct sockaddr_storage address;
    socklen_t len;
    if (parse_listen(listen, &address, &len, err)) return -1;
    return is_loopback(&address) ? 0 : err_set(err, ERR_USAGE, MSG_LISTEN_LOOPBACK, listen);
}

static void write_url(struct server *s, int fd)
{
    struct sockaddr_storage address;
    socklen_t len = sizeof address;
    char host[INET6_ADDRSTRLEN] = "", port[8] = "";
    getsockname(fd, (struct sockaddr *)&address, &len);
    getnameinfo((struct sockaddr *)&address, len, host, sizeof host, port, sizeof port,
                NI_NUMERICHOST | NI_NUMERICSERV);
    snprintf(s->url, sizeof s->url, strchr(host, ':') ? "http://[%s]:%s" : "http://%s:%s", host,
             port);
}

static int open_socket(struct server *s, const char *listen_on, struct err *err)
{
    struct sockaddr_storage address;
    socklen_t len;
    int yes = 1;
    if (parse_listen(listen_on, &address, &len, err)) return -1;
    int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, len) != 0 || listen(fd, 256) != 0) {
        err_set(err, ERR_IO, MSG_LISTEN_FAILED, listen_on, strerror(errno));
        if (fd >= 0) close(fd);
        return -1;
    }
    write_url(s, fd);
    return fd;
}

/* ---- life ------------------------------------------------------------------------------------ */

static int start_workers(struct server *s, const struct server_options *o, struct err *err)
{
    int n = o->workers ? o->workers : MIN(MAX(2 * pool_cpus(), (int)WORKERS_MIN), (int)WORKERS_MAX);
    s->workers = mem_zalloc((size_t)n, sizeof *s->workers);
    s->threads = mem_zalloc((size_t)n, sizeof *s->threads);
    for (int i = 0; i < n; i++) {
        struct worker *w = &s->workers[s->n_workers++];
        w->analyzer = analyzer_new();
        if (!(w->store = store_open(o->data_dir, STORE_READ, err))) return -1;
        struct worker_start *start = mem_alloc(1, sizeof *start);
        *start = (struct worker_start){s, w};
        int failed = pthread_create(&s->threads[i], NULL, work, start);
        if (failed) {
            free(start);
            return err_set(err, ERR_IO, MSG_THREAD, strerror(failed));
        }
        s->n_threads++;
    }
    return 0;
}

static struct MHD_Daemon *start_daemon(struct server *s, int fd)
{
    return MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, s,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_THREAD_POOL_SIZE, (unsigned)SENDERS,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADERS_BYTES, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)CONNECTIONS, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
        (unsigned)CONNECTIONS_PER_ADDRESS, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, s, MHD_OPTION_UNESCAPE_CALLBACK, keep_encoded,
        NULL, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
}

static void stop_workers(struct server *s)
{
    pthread_mutex_lock(&s->lock);
    s->stopping = true;
    pthread_cond_broadcast(&s->filled);
    pthread_mutex_unlock(&s->lock);
    for (int i = 0; i < s->n_threads; i++) pthread_join(s->threads[i], NULL);
    for (int i = 0; i < s->n_workers; i++) {
        analyzer_free(s->workers[i].analyzer);
        if (s->workers[i].store) store_close(s->workers[i].store);
    }
}

struct server *server_start(const struct server_options *o, struct app *app, struct err *err)
{
    struct server *s = mem_zalloc(1, sizeof *s);
    s->app = app;
    s->log = log_batch_new("http");
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->filled, NULL);
    int fd = open_socket(s, o->listen, err);
    if (fd < 0 || start_workers(s, o, err)) goto failed;
    if (!(s->daemon = start_daemon(s, fd))) {
        err_set(err, ERR_IO, MSG_LISTEN_FAILED, o->listen, strerror(errno));
        goto failed;
    }
    return s;
failed:
    if (fd >= 0) close(fd);
    server_stop(s);
    return NULL;
}

const char *server_url(const struct server *s)
{
    return s->url;
}

/* Waits until the requests at hand are answered: the library must not be stopped while a connection
 * is suspended. */
static void drain(struct server *s)
{
    double end = clock_seconds() + DRAIN_SECONDS;
    while (s->open > 0 && clock_seconds() < end) usleep(10000);
}

void server_stop(struct server *s)
{
    if (!s) return;
    MHD_socket fd = s->daemon ? MHD_quiesce_daemon(s->daemon) : MHD_INVALID_SOCKET;
    s->draining = true;
    if (s->daemon) drain(s);
    stop_workers(s);
    if (s->daemon) MHD_stop_daemon(s->daemon);
    if (fd != MHD_INVALID_SOCKET) close(fd);
    log_batch_free(s->log);
    pthread_cond_destroy(&s->filled);
    pthread_mutex_destroy(&s->lock);
    free(s->workers);
    free(s->threads);
    free(s);
}
