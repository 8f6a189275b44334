#include "base/base.h"

#include "base/progress.h"
#include "web/backend.h"
#include "web/commands.h"
#include "web/messages.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Lines embedded together: enough to keep the processors busy, few enough to stream. */
enum { BATCH = 128 };

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "vectors are written as they lie");

struct lines {
    char *text[BATCH];
    size_t n;
};

/* Reads up to BATCH lines, without their ends; an empty line is a text too. -1: one is too long or
 * cannot be read. */
static int read_lines(struct lines *l, struct err *err)
{
    size_t room = 0;
    ssize_t len;
    l->n = 0;
    while (l->n < BATCH) {
        l->text[l->n] = NULL;
        room = 0;
        if ((len = getline(&l->text[l->n], &room, stdin)) < 0) {
            free(l->text[l->n]);
            break;
        }
        if (len && l->text[l->n][len - 1] == '\n') l->text[l->n][--len] = '\0';
        if (len && l->text[l->n][len - 1] == '\r') l->text[l->n][--len] = '\0';
        l->n++;
    }
    return ferror(stdin) ? err_set(err, ERR_IO, MSG_STDIN, strerror(errno)) : 0;
}

static void free_lines(struct lines *l)
{
    for (size_t i = 0; i < l->n; i++) free(l->text[i]);
    l->n = 0;
}

static int embed_all(const struct cli *cli, struct embedder *e, enum embed_kind kind,
                     struct err *err)
{
    struct lines lines = {.n = 0};
    struct progress bar;
    char label[64];
    size_t dim = (size_t)embedder_dim(e), done = 0;
    float *rows = mem_alloc(BATCH * dim, sizeof(float));
    int rc = -1;
    progress_init(&bar, cli->lang, msg_render(label, sizeof label, cli->lang, MSG_EMBEDDING), 0);
    for (;;) {
        if (read_lines(&lines, err)) break;
        if (lines.n == 0) {
            rc = cli_flush(err);
            break;
        }
        if (embedder_embed(e, kind, (const char *const *)lines.text, lines.n, rows, err)) break;
        if (fwrite(rows, dim * sizeof(float), lines.n, stdout) != lines.n) {
            cli_flush(err);
            break;
        }
        progress_show(&bar, done += lines.n);
        free_lines(&lines);
    }
    progress_end(&bar);
    free_lines(&lines);
    free(rows);
    return rc;
}

int cmd_embed(const struct cli *cli, int argc, char **argv)
{
    const char *kind = NULL, *model = NULL;
    long threads = 0;
    const struct option options[] = {
        {.name = "kind", .type = OPTION_STRING, .to = &kind},
        {.name = "model", .type = OPTION_STRING, .to = &model},
        {.name = "threads", .type = OPTION_NUMBER, .to = &threads, .min = 1, .max = 1024},
    };
    struct err err = {0};
    struct pool *pool = NULL;
    struct embedder *e = NULL;
    int rc = -1;

    if (cli_parse(options, ARRAY_LEN(options), argc, argv, NULL, &err)) goto out;
    if (!kind || (strcmp(kind, "query") != 0 && strcmp(kind, "passage") != 0)) {
        err_set(&err, ERR_USAGE, MSG_USAGE_EMBED_KIND);
        goto out;
    }
    pool = pool_new((int)threads);
    struct backend_options o = {.program = cli->program, .model = model};
    if (backend_open_model(&o, pool, &e, &err)) goto out;
    rc = embed_all(cli, e, kind[0] == 'q' ? EMBED_QUERY : EMBED_PASSAGE, &err);
out:
    if (e) embedder_free(e);
    if (pool) pool_free(pool);
    return rc ? cli_fail(cli, &err) : EXIT_DONE;
}
