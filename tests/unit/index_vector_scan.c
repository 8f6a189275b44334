#include "base/base.h"

#include "base/mem.h"
#include "base/pool.h"
#include "index/snapshot.h"
#include "index/vector_bits.h"
#include "index/vector_scan.h"

#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static uint64_t seed = 7;

static float uniform(void) /* [-1, 1) */
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (float)(int32_t)(seed >> 32) / 2147483648.0f;
}

static float normal(void)
{
    float sum = 0;
    for (int i = 0; i < 6; i++) sum += uniform();
    return sum / sqrtf(2);
}

static void unit(float *v, int dim)
{
    double sum = 0;
    for (int i = 0; i < dim; i++) sum += (double)v[i] * (double)v[i];
    for (int i = 0; i < dim; i++) v[i] /= (float)sqrt(sum);
}

static void random_rows(float *rows, size_t n, int dim)
{
    for (size_t i = 0; i < n * (size_t)dim; i++) rows[i] = normal();
    for (size_t i = 0; i < n; i++) unit(rows + i * (size_t)dim, dim);
}

static double dot(const float *a, const float *b, int dim)
{
    double sum = 0;
    for (int i = 0; i < dim; i++) sum += (double)a[i] * (double)b[i];
    return sum;
}

/* ---- floats ---------------------------------------------------------------------------------- */

static void a_dot_product_does_not_depend_on_its_company(void **state)
{
    (void)state;
    enum { N = 11, MOST = 401 };
    static float rows[N * MOST], q[MOST];
    const float *at[N];
    float all[N], one;
    for (int dim = 1; dim <= MOST; dim += 25) {
        random_rows(rows, N, dim);
        random_rows(q, 1, dim);
        for (size_t i = 0; i < N; i++) at[i] = rows + i * (size_t)dim;
        vector_dots(at, N, dim, q, all);
        for (size_t i = 0; i < N; i++) {
            assert_float_equal(all[i], dot(at[i], q, dim), 1e-6);
            vector_dots(at + i, 1, dim, q, &one);
            assert_memory_equal(&one, &all[i], sizeof one);
        }
    }
}

static void products_with_many_are_those_with_each(void **state)
{
    (void)state;
    enum { N = 37, ASKS = 5, DIM = 45 };
    static float rows[N * DIM], q[ASKS * DIM];
    const float *at[N];
    float many[ASKS * N], each[N];
    random_rows(rows, N, DIM);
    random_rows(q, ASKS, DIM);
    for (size_t i = 0; i < N; i++) at[i] = rows + i * DIM;
    for (size_t n = 1; n <= N; n++)
        for (size_t asks = 1; asks <= ASKS; asks++) {
            vector_dots_many(at, n, DIM, q, asks, many);
            for (size_t a = 0; a < asks; a++) {
                vector_dots(at, n, DIM, q + a * DIM, each);
                assert_memory_equal(many + a * n, each, n * sizeof *each);
            }
        }
}

static int better(const void *x, const void *y)
{
    const struct vector_hit *a = x, *b = y;
    if (a->score != b->score) return a->score > b->score ? -1 : 1;
    return (a->row > b->row) - (a->row < b->row);
}

static void the_best_of_a_stream(void **state)
{
    (void)state;
    enum { N = 1000 };
    float score[N];
    struct vector_hit all[N], room[N];
    for (size_t most = 0; most <= N; most = most * 2 + 1)
        for (size_t n = 0; n <= N; n += 125) {
            size_t present = 0;
            for (size_t i = 0; i < n; i++) {
                score[i] = i % 9 == 4 ? NAN : roundf(uniform() * 50); /* many are equal */
                if (!isnan(score[i])) all[present++] = (struct vector_hit){(uint32_t)i, score[i]};
            }
            qsort(all, present, sizeof *all, better);
            struct vector_top t = {.most = most, .hits = room};
            vector_top_scan(&t, score + n / 2, n - n / 2, (uint32_t)(n / 2), NULL);
            vector_top_scan(&t, score, n / 2, 0, NULL);
            vector_top_sort(&t);
            assert_int_equal(t.n, MIN(most, present));
            for (size_t i = 0; i < t.n; i++) {
                assert_int_equal(t.hits[i].row, all[i].row);
                assert_true(t.hits[i].score == all[i].score);
            }
        }
}

static void many_queries_at_once(void **state)
{
    (void)state;
    enum { N = 1300, QUERIES = 300, DIM = 24, K = 10 };
    float *rows = mem_alloc((N + QUERIES) * DIM, sizeof *rows), *queries = rows + N * DIM;
    struct vector_hit *out = mem_alloc(QUERIES * K, sizeof *out), all[N];
    struct pool *pool = pool_new(2);
    random_rows(rows, N + QUERIES, DIM);
    const size_t sizes[] = {0, 3, 512, N};
    for (size_t s = 0; s < ARRAY_LEN(sizes); s++)
        for (int with_pool = 0; with_pool < 2; with_pool++) {
            size_t n = sizes[s];
            vector_top_batch(rows, n, DIM, queries, QUERIES, K, with_pool ? pool : NULL, out);
            for (size_t q = 0; q < QUERIES; q++) {
                for (size_t i = 0; i < n; i++)
                    all[i] = (struct vector_hit){
                        (uint32_t)i, (float)dot(rows + i * DIM, queries + q * DIM, DIM)};
                qsort(all, n, sizeof *all, better);
                for (size_t i = 0; i < K; i++) {
                    struct vector_hit hit = out[q * K + i];
                    if (i >= n) {
                        assert_int_equal(hit.row, UINT32_MAX);
                        assert_true(isnan(hit.score));
                        continue;
                    }
                    assert_float_equal(hit.score, all[i].score, 1e-5);
                    assert_float_equal(hit.score, dot(rows + hit.row * DIM, queries + q * DIM, DIM),
                                       1e-5);
                }
            }
        }
    pool_free(pool);
    free(rows);
    free(out);
}

/* ---- a snapshot ------------------------------------------------------------------------------ */

struct collection {
    struct snapshot s;
    struct shelf shelf;
    struct segment segments[3];
    uint32_t size;
};

/* Several segments; one row in 11 has no vector, one in 13 is gone. */
static void collection_init(struct collection *c, const float *rows, uint32_t n, int dim)
{
    memset(c, 0, sizeof *c);
    c->size = n;
    c->s.dim = dim;
    c->s.shelves[KIND_CAPABILITY] = &c->shelf;
    c->shelf.n_segments = ARRAY_LEN(c->segments);
    c->shelf.live = mem_alloc(n, 1);
    const uint32_t first[] = {0, n / 2 + 5, n / 2 + n / 3, n};
    for (size_t i = 0; i < ARRAY_LEN(c->segments); i++) {
        c->shelf.segments[i] = &c->segments[i];
        c->shelf.first[i + 1] = first[i + 1];
        segment_vectors_new(&c->segments[i], first[i + 1] - first[i], dim);
        for (uint32_t ord = first[i]; ord < first[i + 1]; ord++) {
            c->shelf.live[ord] = ord % 13 != 6;
            if (ord % 11 != 3)
                segment_set_vector(&c->segments[i], PART_ALL, ord - first[i],
                                   rows + ord * (size_t)dim);
        }
    }
}

static void collection_free(struct collection *c)
{
    for (size_t i = 0; i < ARRAY_LEN(c->segments); i++)
        for (int part = 0; part < PART_COUNT; part++) {
            free(c->segments[i].own[part]);
            free(c->segments[i].at[part]);
            free(c->segments[i].bits[part]);
            free(c->segments[i].ready[part]);
        }
    free(c->shelf.live);
}

/* How many of the k best by all cosines were found; what was found is checked. */
static size_t found_of(const struct collection *c, const float *q, size_t k, const uint8_t *allowed,
                       size_t *wanted)
{
    float *cos = mem_alloc(c->size, sizeof *cos);
    struct vector_hit *all = mem_alloc(c->size, sizeof *all);
    struct scored *out = mem_alloc(k, sizeof *out);
    size_t n = 0, hits = 0;
    snapshot_cosine(&c->s, KIND_CAPABILITY, PART_ALL, q, cos);
    for (uint32_t ord = 0; ord < c->size; ord++) {
        assert_int_equal(isnan(cos[ord]) != 0, ord % 13 == 6 || ord % 11 == 3);
        if (!isnan(cos[ord]) && (!allowed || allowed[ord]))
            all[n++] = (struct vector_hit){ord, cos[ord]};
    }
    qsort(all, n, sizeof *all, better);
    size_t got = snapshot_cosine_top(&c->s, KIND_CAPABILITY, PART_ALL, q, k, allowed, out);
    *wanted = MIN(k, n);
    assert_int_equal(got, *wanted);
    for (size_t i = 0; i < got; i++) {
        assert_true(out[i].score == cos[out[i].ord]);
        assert_true(!allowed || allowed[out[i].ord]);
        assert_true(i == 0 || out[i - 1].score > out[i].score ||
                    (out[i - 1].score == out[i].score && out[i - 1].ord < out[i].ord));
        hits += out[i].score > all[got - 1].score ||
                (out[i].score == all[got - 1].score && out[i].ord <= all[got - 1].row);
    }
    free(out);
    free(all);
    free(cos);
    return hits;
}

static void recall_on(const float *rows, uint32_t n, int dim, const float *queries, size_t count)
{
    struct collection c;
    collection_init(&c, rows, n, dim);
    uint8_t *allowed = mem_alloc(n, 1);
    const size_t tops[] = {1, 10, 100};
    for (size_t every = 0; every <= 100; every = every * 10 + 1) { /* all, all, a part, few */
        for (uint32_t ord = 0; ord < n; ord++) allowed[ord] = every && ord % every == 0;
        for (size_t t = 0; t < ARRAY_LEN(tops); t++) {
            size_t hits = 0, total = 0;
            for (size_t i = 0; i < count; i++) {
                size_t wanted;
                hits += found_of(&c, queries + i * (size_t)dim, tops[t], every ? allowed : NULL,
                                 &wanted);
                total += wanted;
            }
            assert_true((double)hits >= 0.99 * (double)total);
        }
    }
    free(allowed);
    collection_free(&c);
}

enum { N = 6000, DIM = 384, ASKED = 12 };

static void the_greatest_of_random_vectors_are_found(void **state)
{
    (void)state;
    float *rows = mem_alloc((N + ASKED) * DIM, sizeof *rows);
    random_rows(rows, N + ASKED, DIM);
    recall_on(rows, N, DIM, rows + N * DIM, ASKED);
    free(rows);
}

/* Thirty clusters around centres that are close to each other themselves, as texts' vectors are:
 * within a cluster cosines differ in the third digit. */
static void the_greatest_of_clustered_vectors_are_found(void **state)
{
    (void)state;
    enum { CENTRES = 30 };
    float *rows = mem_alloc((N + ASKED) * DIM, sizeof *rows), *centres = rows + N * DIM;
    float middle[DIM];
    random_rows(rows, N, DIM);
    random_rows(middle, 1, DIM);
    float(*centre)[DIM] = mem_alloc(CENTRES, sizeof *centre);
    random_rows(centre[0], CENTRES, DIM);
    for (size_t i = 0; i < N + ASKED; i++) {
        float *v = rows + i * DIM, *c = centre[i * 7 % CENTRES];
        if (v >= centres) random_rows(v, 1, DIM);
        for (int d = 0; d < DIM; d++) v[d] = middle[d] + 0.5f * c[d] + 0.2f * v[d];
        unit(v, DIM);
    }
    recall_on(rows, N, DIM, rows + N * DIM, ASKED);
    free(centre);
    free(rows);
}

static void threads_change_nothing(void **state)
{
    (void)state;
    enum { MANY = 300000, SMALL = 16, K = 50 };
    float *rows = mem_alloc((size_t)(MANY + 1) * SMALL, sizeof *rows);
    struct scored one[K], two[K];
    struct collection c;
    random_rows(rows, MANY + 1, SMALL);
    collection_init(&c, rows, MANY, SMALL);
    const float *q = rows + (size_t)MANY * SMALL;
    size_t n = snapshot_cosine_top(&c.s, KIND_CAPABILITY, PART_ALL, q, K, NULL, one);
    assert_int_equal(n, K);
    c.s.pool = pool_new(3);
    n = snapshot_cosine_top(&c.s, KIND_CAPABILITY, PART_ALL, q, K, NULL, two);
    assert_int_equal(n, K);
    assert_memory_equal(one, two, sizeof one);
    size_t wanted;
    assert_true(found_of(&c, q, K, NULL, &wanted) == wanted);
    pool_free(c.s.pool);
    collection_free(&c);
    free(rows);
}

static void cosines_of_some(void **state)
{
    (void)state;
    enum { FEW = 3000, SMALL = 20 };
    float *rows = mem_alloc((FEW + 1) * SMALL, sizeof *rows), all[FEW], some[FEW + 2];
    uint32_t at[FEW + 2];
    struct collection c;
    random_rows(rows, FEW + 1, SMALL);
    collection_init(&c, rows, FEW, SMALL);
    const float *q = rows + FEW * SMALL;
    snapshot_cosine(&c.s, KIND_CAPABILITY, PART_ALL, q, all);
    for (size_t i = 0; i < FEW + 2; i++) at[i] = (uint32_t)((FEW + 1 - i) * 7 % (FEW + 7));
    snapshot_cosine_of(&c.s, KIND_CAPABILITY, PART_ALL, q, at, FEW + 2, some);
    for (size_t i = 0; i < FEW + 2; i++) {
        if (at[i] >= FEW || isnan(all[at[i]]))
            assert_true(isnan(some[i]));
        else
            assert_true(some[i] == all[at[i]]);
    }
    collection_free(&c);
    free(rows);
}

/* In all sizes of blocks, with and without the pool: missing where there is no vector, and close.
 */
static void cosines_about(void **state)
{
    (void)state;
    enum { MANY = 70001 };
    const uint32_t sizes[] = {31, 32, 33, 700, 5000, MANY};
    float *rows = mem_alloc((MANY + 1) * 64, sizeof *rows), *cos = mem_alloc(MANY, sizeof *cos);
    float *about = mem_alloc(MANY, sizeof *about), *again = mem_alloc(MANY, sizeof *again);
    struct pool *pool = pool_new(3);
    random_rows(rows, MANY + 1, 64);
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        struct collection c;
        collection_init(&c, rows, sizes[i], 64);
        const float *q = rows + (size_t)MANY * 64;
        snapshot_cosine(&c.s, KIND_CAPABILITY, PART_ALL, q, cos);
        snapshot_cosine_about(&c.s, KIND_CAPABILITY, PART_ALL, q, about);
        c.s.pool = pool;
        snapshot_cosine_about(&c.s, KIND_CAPABILITY, PART_ALL, q, again);
        assert_memory_equal(about, again, sizes[i] * sizeof *about);
        double squares = 0, n = 0;
        for (uint32_t ord = 0; ord < sizes[i]; ord++) {
            assert_int_equal(isnan(about[ord]) != 0, isnan(cos[ord]) != 0);
            if (isnan(cos[ord])) continue;
            double off = ((double)about[ord] - (double)cos[ord]) / (double)bits_error(64, cos[ord]);
            assert_true(fabs(off) < 6);
            squares += off * off;
            n++;
        }
        if (n > 500) assert_in_range(lrint(100 * sqrt(squares / n)), 90, 110);
        collection_free(&c);
    }
    pool_free(pool);
    free(again);
    free(about);
    free(cos);
    free(rows);
}

/* Vectors come row by row, in no order, from two threads, while others search. */
struct arrival {
    struct collection c;
    const float *rows, *q;
    float *about;      /* of all */
    atomic_uint first; /* threads tell which of them they are */
    atomic_uint busy, wrong;
};
enum { COMING = 3001, COMING_DIM = 40 };

static void *bring(void *ctx)
{
    struct arrival *a = ctx;
    uint32_t which = atomic_fetch_add(&a->first, 1);
    for (uint32_t i = which; i < COMING; i += 2) {
        uint32_t ord = i * 7 % COMING, row;
        if (ord % 11 == 3) continue;
        size_t segment = shelf_locate(&a->c.shelf, ord, &row);
        segment_set_vector(&a->c.segments[segment], PART_TITLE, row, a->rows + ord * COMING_DIM);
    }
    atomic_fetch_sub(&a->busy, 1);
    return NULL;
}

static void *look(void *ctx)
{
    struct arrival *a = ctx;
    float *about = mem_alloc(COMING, sizeof *about);
    struct scored out[5];
    unsigned wrong = 0;
    for (bool all = false; !all;) {
        all = !atomic_load(&a->busy);
        snapshot_cosine_about(&a->c.s, KIND_CAPABILITY, PART_TITLE, a->q, about);
        size_t missing = 0;
        for (uint32_t i = 0; i < COMING; i++) {
            missing += isnan(about[i]) && !isnan(a->about[i]);
            wrong += !isnan(about[i]) && about[i] != a->about[i];
        }
        wrong += all && missing;
        size_t n = snapshot_cosine_top(&a->c.s, KIND_CAPABILITY, PART_TITLE, a->q, 5, NULL, out);
        for (size_t i = 0; i < n; i++) wrong += isnan(out[i].score);
    }
    atomic_fetch_add(&a->wrong, wrong);
    free(about);
    return NULL;
}

static void vectors_arrive_during_a_search(void **state)
{
    (void)state;
    float *rows = mem_alloc((COMING + 1) * COMING_DIM, sizeof *rows);
    struct arrival a = {.rows = rows, .q = rows + COMING * COMING_DIM, .busy = 2};
    a.about = mem_alloc(COMING, sizeof *a.about);
    random_rows(rows, COMING + 1, COMING_DIM);
    collection_init(&a.c, rows, COMING, COMING_DIM);
    snapshot_cosine_about(&a.c.s, KIND_CAPABILITY, PART_ALL, a.q, a.about);
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, i % 2 ? bring : look, &a), 0);
    for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    assert_int_equal(a.wrong, 0);
    collection_free(&a.c);
    free(a.about);
    free(rows);
}

static void without_vectors_there_is_nothing(void **state)
{
    (void)state;
    struct collection c;
    const float q[4] = {1, 0, 0, 0};
    struct scored out[3];
    float rows[20 * 4] = {0}, cos[20];
    collection_init(&c, rows, 20, 4);
    assert_int_equal(snapshot_cosine_top(&c.s, KIND_CAPABILITY, PART_TITLE, q, 3, NULL, out), 0);
    assert_int_equal(snapshot_cosine_top(&c.s, KIND_CAPABILITY, PART_ALL, q, 0, NULL, out), 0);
    const uint8_t nobody[20] = {0};
    assert_int_equal(snapshot_cosine_top(&c.s, KIND_CAPABILITY, PART_ALL, q, 3, nobody, out), 0);
    c.s.dim = 0; /* lexical only */
    assert_int_equal(snapshot_cosine_top(&c.s, KIND_CAPABILITY, PART_ALL, q, 3, NULL, out), 0);
    snapshot_cosine(&c.s, KIND_CAPABILITY, PART_ALL, q, cos);
    for (size_t i = 0; i < 20; i++) assert_true(isnan(cos[i]));
    cos[19] = 0;
    snapshot_cosine_about(&c.s, KIND_CAPABILITY, PART_ALL, q, cos);
    for (size_t i = 0; i < 20; i++) assert_true(isnan(cos[i]));
    collection_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dot_product_does_not_depend_on_its_company),
        cmocka_unit_test(the_best_of_a_stream),
        cmocka_unit_test(many_queries_at_once),
        cmocka_unit_test(the_greatest_of_random_vectors_are_found),
        cmocka_unit_test(the_greatest_of_clustered_vectors_are_found),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(cosines_of_some),
        cmocka_unit_test(cosines_about),
        cmocka_unit_test(vectors_arrive_during_a_search),
        cmocka_unit_test(without_vectors_there_is_nothing),
        cmocka_unit_test(products_with_many_are_those_with_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
