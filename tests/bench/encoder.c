/* encoder.c - hongniang's side of the encoder section.
 *
 *   encoder MODEL KIND TEXTS THREADS
 *
 * KIND is query or passage. Commands: `batch FIRST COUNT OUT` embeds COUNT texts in one call,
 * `single FIRST COUNT OUT` one after another; numbers wrap around. Vectors go to OUT (f32) unless
 * it is "-". Answers with the seconds of all and of each. */
#include "base/base.h"

#include "base/pool.h"
#include "index/embedder.h"
#include "tests/bench/bench.h"

static char **read_lines(const char *path, size_t *n)
{
    char **lines = NULL, *line = NULL;
    size_t cap = 0;
    ssize_t len;
    FILE *f = fopen(path, "r");
    for (*n = 0; f && (len = getline(&line, &cap, f)) > 0; line = NULL, cap = 0) {
        line[len - 1] = '\0';
        lines = mem_realloc(lines, *n + 1, sizeof *lines);
        lines[(*n)++] = line;
    }
    if (!*n) die("%s: no texts", path);
    fclose(f);
    return lines;
}

static void embed(struct embedder *e, enum embed_kind kind, char **texts, size_t n, float *out)
{
    struct err err = {0};
    const char **borrowed = mem_alloc(n, sizeof *borrowed);
    for (size_t i = 0; i < n; i++) borrowed[i] = texts[i];
    if (embedder_embed(e, kind, borrowed, n, out, &err)) die("a text is too long");
    free(borrowed);
}

int main(int argc, char **argv)
{
    if (argc != 5) die("usage: encoder MODEL KIND TEXTS THREADS");
    enum embed_kind kind = !strcmp(argv[2], "query") ? EMBED_QUERY : EMBED_PASSAGE;
    struct err err = {0};
    struct pool *pool = pool_new(atoi(argv[4]));
    double start = now();
    struct embedder *e = embedder_open_e5(argv[1], pool, &err);
    if (!e) die("%s: cannot be loaded", argv[1]);
    double built = now() - start;
    size_t n_texts, dim = (size_t)embedder_dim(e);
    char **texts = read_lines(argv[3], &n_texts);
    answer("{\"ready\": true, \"settings\": \"%s\", \"build_s\": %.3f}", embedder_id(e), built);
    for (char *command; (command = next_command());) {
        char mode[16], out[512];
        size_t first, count;
        if (sscanf(command, "%15s %zu %zu %511s", mode, &first, &count, out) != 4)
            die("unknown command: %s", command);
        char **chosen = mem_alloc(count, sizeof *chosen);
        float *vectors = mem_alloc(count * dim, sizeof *vectors);
        double *each = mem_alloc(count, sizeof *each);
        bool batch = !strcmp(mode, "batch");
        for (size_t i = 0; i < count; i++) chosen[i] = texts[(first + i) % n_texts];
        start = now();
        if (batch) embed(e, kind, chosen, count, vectors);
        for (size_t i = 0; i < count && !batch; i++) {
            double begin = now();
            embed(e, kind, chosen + i, 1, vectors + i * dim);
            each[i] = now() - begin;
        }
        double seconds = now() - start;
        if (strcmp(out, "-") != 0) {
            FILE *f = fopen(out, "wb");
            if (!f || fwrite(vectors, sizeof *vectors, count * dim, f) != count * dim || fclose(f))
                die("%s: %s", out, strerror(errno));
        }
        answer_query("-", NULL, 0, seconds, batch ? NULL : each, count);
        free(chosen);
        free(vectors);
        free(each);
    }
    embedder_free(e);
    pool_free(pool);
    return 0;
}
