/* lexical.c - hongniang's side of the lexical section.
 *
 *   lexical tokens                      title TAB text lines in, their terms in order out (the same
 *                                       that the index keeps), for engines with no Chinese analysis
 *   lexical TEXTS.tsv N QUERIES THREADS TOP KEPT
 *
 * KEPT is a folder for the index, as beside a store: what it has of these texts is not made again.
 * QUERIES has one query a line, its distinct terms with spaces between. Commands: `run FIRST COUNT
 * OUT` asks one query after another; the top ordinals go to OUT (u32, COUNT x TOP) unless it is
 * "-". Answers with the seconds of all and of each. */
#include "base/base.h"

#include "base/map.h"
#include "base/pool.h"
#include "index/engine.h"
#include "tests/bench/bench.h"

static void print_tokens(void)
{
    struct analyzer *analyzer = analyzer_new();
    struct arena arena;
    arena_init(&arena);
    for (char *line; (line = next_command());) {
        struct token *tokens;
        size_t n = analyzer_tokens(analyzer, line, strlen(line), &arena, &tokens);
        for (size_t i = 0; i < n; i++) {
            if (i) putchar(' ');
            fwrite(tokens[i].term, 1, tokens[i].len, stdout);
        }
        putchar('\n');
        arena_reset(&arena);
    }
    arena_free(&arena);
    analyzer_free(analyzer);
}

enum { LOAD_AT_ONCE = 50000 };

/* Records as an import would make them: a title and a text. */
static void load(struct engine *e, const char *path, size_t n)
{
    FILE *f = fopen(path, "r");
    if (!f) die("%s: %s", path, strerror(errno));
    char *line = NULL;
    size_t cap = 0, done = 0;
    struct arena arena;
    arena_init(&arena);
    while (done < n) {
        size_t m = MIN((size_t)LOAD_AT_ONCE, n - done);
        const struct record **records = mem_alloc(m, sizeof *records);
        for (size_t i = 0; i < m; i++) {
            ssize_t len = getline(&line, &cap, f);
            if (len <= 0) die("%s: too short", path);
            line[len - 1] = '\0';
            char *tab = strchr(line, '\t');
            if (tab) *tab = '\0';
            struct record *r = arena_zalloc(&arena, 1, sizeof *r);
            r->kind = KIND_CAPABILITY;
            r->uid = r->id = arena_printf(&arena, "%zu", done + i);
            r->source = "local";
            r->value[FIELD_TITLE] = arena_strdup(&arena, line);
            r->value[FIELD_TEXT] = tab ? arena_strdup(&arena, tab + 1) : NULL;
            records[i] = r;
        }
        engine_update(e, records, m, 1);
        free(records);
        arena_reset(&arena);
        done += m;
    }
    engine_loaded(e);
    engine_settle(e);
    arena_free(&arena);
    free(line);
    fclose(f);
}

/* What the index is of: so many texts, and what file they are from. */
static uint64_t mark_of(const char *path, size_t n)
{
    char head[1 << 16];
    FILE *f = fopen(path, "r");
    if (!f) die("%s: %s", path, strerror(errno));
    size_t some = fread(head, 1, sizeof head, f);
    fclose(f);
    return hash_bytes(n, head, some) | 1;
}

/* Only an engine that ends keeps all it has, so the one that is measured reads what the first one
 * left; small collections are not kept. */
static struct engine *open_engine(struct pool *pool, const char *path, size_t n, const char *kept)
{
    int64_t seq;
    uint64_t mark, ours = mark_of(path, n);
    for (int round = 0;; round++) {
        struct engine *e = engine_new(NULL, NULL, pool);
        engine_keep(e, kept);
        if (engine_kept(e, &seq, &mark) && mark == ours) {
            engine_restore(e);
            return e;
        }
        load(e, path, n);
        engine_mark(e, ours);
        if (round) return e;
        engine_free(e);
    }
}

static int by_bytes(const void *pa, const void *pb)
{
    const struct bag_term *a = pa, *b = pb;
    int c = memcmp(a->term, b->term, MIN(a->len, b->len));
    return c ? c : (a->len > b->len) - (a->len < b->len);
}

/* A line of terms as the bag that an analyzer would make of them. Points into line. */
static struct bag read_query(char *line)
{
    struct bag bag = {.terms = mem_alloc(strlen(line) / 2 + 1, sizeof *bag.terms)};
    char *save = NULL;
    for (char *w = strtok_r(line, " \n", &save); w; w = strtok_r(NULL, " \n", &save)) {
        bag.terms[bag.n] = (struct bag_term){w, (uint32_t)strlen(w), 1};
        bag.length += !term_is_pair(w, bag.terms[bag.n].len);
        bag.n++;
    }
    qsort(bag.terms, bag.n, sizeof *bag.terms, by_bytes);
    return bag;
}

static void ask(const struct snapshot *s, const struct bag *query, size_t k, struct scored *found,
                uint32_t *ids)
{
    size_t n = snapshot_words_top(s, KIND_CAPABILITY, PART_ALL, query, k, NULL, found);
    for (size_t i = 0; i < k; i++) ids[i] = i < n ? found[i].ord : UINT32_MAX;
}

int main(int argc, char **argv)
{
    if (argc == 2 && !strcmp(argv[1], "tokens")) {
        print_tokens();
        return 0;
    }
    if (argc != 7) die("usage: lexical TEXTS N QUERIES THREADS TOP KEPT");
    size_t n = strtoul(argv[2], NULL, 10), k = strtoul(argv[5], NULL, 10), n_queries = 0;
    struct pool *pool = pool_new(atoi(argv[4]));
    double start = now();
    struct engine *e = open_engine(pool, argv[1], n, argv[6]);
    double built = now() - start;
    const struct snapshot *s = engine_acquire(e);

    struct bag *queries = NULL;
    char *line = NULL;
    size_t cap = 0;
    FILE *f = fopen(argv[3], "r");
    while (f && getline(&line, &cap, f) > 0) {
        queries = mem_realloc(queries, n_queries + 1, sizeof *queries);
        queries[n_queries++] = read_query(line);
        line = NULL; /* the bag points into it */
        cap = 0;
    }
    if (!n_queries) die("%s: no queries", argv[3]);

    struct scored *found = mem_alloc(k, sizeof *found);
    long anonymous, mapped;
    resident(&anonymous, &mapped);
    answer(
        "{\"ready\": true, \"settings\": \"BM25 of the product, whole text\", \"build_s\": %.3f, "
        "\"anonymous_kb\": %ld}",
        built, anonymous);
    for (char *command; (command = next_command());) {
        size_t first, count;
        char out[512];
        if (sscanf(command, "run %zu %zu %511s", &first, &count, out) != 3)
            die("unknown command: %s", command);
        uint32_t *ids = mem_alloc(count * k, sizeof *ids);
        double *each = mem_alloc(count, sizeof *each);
        for (size_t i = 0; i < count; i++) {
            double begin = now();
            ask(s, &queries[(first + i) % n_queries], k, found, ids + i * k);
            each[i] = now() - begin;
        }
        double seconds = 0;
        for (size_t i = 0; i < count; i++) seconds += each[i];
        answer_query(out, ids, count * k, seconds, each, count);
        free(ids);
        free(each);
    }
    snapshot_release(s);
    engine_free(e);
    pool_free(pool);
    return 0;
}
