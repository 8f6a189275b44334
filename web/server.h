/* server.h - HTTP: the only user of libmicrohttpd.
 *
 * Its epoll threads only parse and send. A request goes onto a bounded queue with its connection
 * suspended and is handled by one of a fixed number of workers, each with a read-only store and an
 * analyzer of its own, so that an embedding never keeps /healthz waiting. When the queue is full
 * the answer is 503 with Retry-After. Limits stand at the top of server.c. */
#ifndef HN_WEB_SERVER_H
#define HN_WEB_SERVER_H

#include "web/app.h"

struct server;

struct server_options {
    const char *listen;   /* ADDRESS:PORT; port 0 takes a free one */
    const char *data_dir; /* for the workers' stores */
    int workers;          /* 0: by the number of processors */
};

/* Is the address of this machine alone? -1 with ERR_USAGE when it is not, or cannot be read. */
int server_check_listen(const char *listen, struct err *err);

/* Listens and serves until server_stop. app must outlive it. */
struct server *server_start(const struct server_options *o, struct app *app, struct err *err);
/* "http://127.0.0.1:8080", borrowed. */
const char *server_url(const struct server *s);
/* Takes no new connections, finishes the requests it has, and frees everything. */
void server_stop(struct server *s);

#endif
