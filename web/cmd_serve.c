#include "base/base.h"

#include "base/log.h"
#include "matcher/weights.h"
#include "web/app.h"
#include "web/assets.h"
#include "web/commands.h"
#include "web/messages.h"
#include "web/server.h"

#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* How long the first request may be kept waiting; after that /readyz says "starting". */
#define LOAD_SECONDS 2.0
/* Answers of the match routes that are kept: thousands, of some ten kilobytes each. */
#define MATCHES_BYTES ((size_t)64 << 20)

struct serve_args {
    const char *data, *listen, *ui, *model;
    bool new_token;
};

/* A misspelt folder is better told now than by every page. */
static int check_ui(const char *dir, struct err *err)
{
    struct str index;
    str_init(&index);
    str_addf(&index, "%s/index.html", dir);
    int rc = access(index.data, R_OK) == 0
                 ? 0
                 : err_set(err, ERR_INVALID, MSG_UI_ABSENT, dir, strerror(errno));
    str_free(&index);
    return rc;
}

static int parse_args(struct serve_args *a, int argc, char **argv, struct err *err)
{
    const struct option options[] = {
        {.name = "data", .type = OPTION_STRING, .to = &a->data},
        {.name = "listen", .type = OPTION_STRING, .to = &a->listen},
        {.name = "ui", .type = OPTION_STRING, .to = &a->ui},
        {.name = "model", .type = OPTION_STRING, .to = &a->model},
        {.name = "new-token", .type = OPTION_FLAG, .to = &a->new_token},
    };
    if (cli_parse(options, ARRAY_LEN(options), argc, argv, NULL, err)) return -1;
    if (server_check_listen(a->listen, err)) return -1;
    return a->ui ? check_ui(a->ui, err) : 0;
}

/* What a person at the console should know, on stderr. */
static void announce(const struct cli *cli, const struct app *app, const struct server *server,
                     const char *token, const struct err *no_model)
{
    enum lang lang = cli->lang;
    if (no_model->kind) {
        err_print(no_model, lang);
        msg_print(lang, MSG_LEXICAL_ONLY);
    }
    if (backend_has_sample(app->backend)) msg_print(lang, MSG_SAMPLE);
    if (assets_count == 0 && !app->ui_dir) msg_print(lang, MSG_NO_UI);
    if (*token) msg_print(lang, MSG_NEW_TOKEN, token);
    if (*token && (assets_count || app->ui_dir))
        msg_print(lang, MSG_TOKEN_LINK, server_url(server), token);
    msg_print(lang, MSG_SERVING, server_url(server));
}

/* Who asks first should find everything; only a large collection is still loading then. */
static int wait_until_loaded(struct app *app, struct err *err)
{
    int64_t seq;
    if (store_seq(app->writer, &seq, err)) return -1;
    indexer_wait(app->indexer, seq, LOAD_SECONDS);
    return 0;
}

static int open_app(const struct cli *cli, const struct serve_args *a, struct app *app,
                    char token[AUTH_TOKEN_CHARS], struct err *no_model, struct err *err)
{
    unsigned char random[8];
    struct backend_options o = {.program = cli->program, .model = a->model, .cache_dir = a->data};
    pthread_mutex_init(&app->write_lock, NULL);
    app->metrics = metrics_new();
    app->matches = cache_new(MATCHES_BYTES);
    app->coverage = coverage_share_new();
    app->ui_dir = a->ui;
    app->auth.loopback = true;
    if (!(app->writer = store_open(a->data, STORE_WRITE, err))) return -1;
    if (auth_init(&app->auth, app->writer, a->new_token, token, err)) return -1;
    randombytes_buf(random, sizeof random);
    sodium_bin2hex(app->start, sizeof app->start, random, sizeof random);
    if (backend_open(app->backend, &o, no_model, err)) return -1;
    if (backend_weights(app->backend, a->data, NULL, err)) return -1;
    if (!(app->indexer = indexer_start(a->data, app->backend->engine, err))) return -1;
    return wait_until_loaded(app, err);
}

static void close_app(struct app *app)
{
    if (app->indexer) indexer_stop(app->indexer);
    backend_close(app->backend);
    if (app->writer) store_close(app->writer);
    metrics_free(app->metrics);
    cache_free(app->matches);
    coverage_share_free(app->coverage);
    pthread_mutex_destroy(&app->write_lock);
}

/* SIGTERM and SIGINT end the program in good order; every thread started from here on leaves them
 * to the main one. */
static void block_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    pthread_sigmask(SIG_BLOCK, set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/* ---- weights that change while it runs ------------------------------------------------------- */

/* The file of weights as it was last looked at; zero: there was none. */
static struct stat look_at_weights(const char *data)
{
    struct stat st = {0};
    struct str path;
    str_init(&path);
    str_addf(&path, "%s/" WEIGHTS_FILE, data);
    if (stat(path.data, &st) != 0) memset(&st, 0, sizeof st);
    str_free(&path);
    return st;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Weights that cannot be read leave those in force, and are said once. */
static void take_up_weights(struct app *app, const char *data)
{
    struct err err = {0};
    struct weights w;
    if (backend_weights(app->backend, data, NULL, &err)) {
        log_error("weights", "kept=1 code=%s detail=%s", err.code, err_text(&err, LANG_EN));
        return;
    }
    matcher_weights(app->backend->matcher, &w);
    log_info("weights", "id=%s", w.id);
}

/* Until a signal ends it. `learn` puts its file in place at once, so a look now and then is enough.
 */
static void wait_for_end(struct app *app, const char *data, struct stat seen, const sigset_t *end)
{
    static const struct timespec look = {.tv_sec = 2};
    while (sigtimedwait(end, NULL, &look) < 0) {
        struct stat now = look_at_weights(data);
        if (same_file(&now, &seen)) continue;
        seen = now;
        take_up_weights(app, data);
    }
}

int cmd_serve(const struct cli *cli, int argc, char **argv)
{
    struct serve_args a = {.data = "data", .listen = "127.0.0.1:8080"};
    struct backend backend = {0};
    struct app app = {.backend = &backend};
    struct err err = {0}, no_model = {0};
    char token[AUTH_TOKEN_CHARS] = "";
    sigset_t signals;
    int rc = -1;
    if (parse_args(&a, argc, argv, &err)) return cli_fail(cli, &err);
    struct stat weights = look_at_weights(a.data); /* before they are read */

    block_signals(&signals);
    if (open_app(cli, &a, &app, token, &no_model, &err)) goto out;
    struct server_options o = {.listen = a.listen, .data_dir = a.data};
    struct server *server = server_start(&o, &app, &err);
    if (!server) goto out;
    announce(cli, &app, server, token, &no_model);
    sodium_memzero(token, sizeof token);
    wait_for_end(&app, a.data, weights, &signals);
    msg_print(cli->lang, MSG_STOPPING);
    pthread_sigmask(SIG_UNBLOCK, &signals, NULL); /* a second one ends it at once */
    server_stop(server);
    rc = 0;
out:
    close_app(&app);
    /* The store knows the token already, so a start that fails behind that says it all the same. */
    if (*token) msg_print(cli->lang, MSG_NEW_TOKEN, token);
    sodium_memzero(token, sizeof token);
    return rc ? cli_fail(cli, &err) : EXIT_DONE;
}
