#include "base/base.h"

#include "base/mem.h"
#include "base/pool.h"
#include "index/pieces_near.h"

#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { DIM = 48, VOCABULARY = 900, TABLE = 700 };

static const float BOUND = 0.2f;

/* Every piece has a unit vector; number n of the table is the piece n * 7 of the vocabulary. */
struct fixture {
    float *all, *table;
    struct pool *pool;
    struct piece_nears *nears;
};

static void read_piece(const void *ctx, int32_t id, float *out)
{
    const struct fixture *f = ctx;
    memcpy(out, f->all + (size_t)id * DIM, DIM * sizeof *out);
}

static const float *of_table(const void *ctx, uint32_t number)
{
    const struct fixture *f = ctx;
    return f->table + (size_t)number * DIM;
}

static struct piece_nears *fresh(const struct fixture *f)
{
    const struct piece_vectors v = {DIM, read_piece, of_table, f};
    return piece_nears_new(VOCABULARY, BOUND, &v);
}

static int set_up(void **state)
{
    struct fixture *f = mem_zalloc(1, sizeof *f);
    uint64_t seed = 5;
    f->all = mem_zalloc((size_t)VOCABULARY * DIM, sizeof *f->all);
    f->table = mem_zalloc((size_t)TABLE * DIM, sizeof *f->table);
    for (size_t i = 0; i < VOCABULARY; i++) {
        float *v = f->all + i * DIM, square = 0;
        for (size_t d = 0; d < DIM; d++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            v[d] = (float)(seed >> 40) / (float)(1 << 24) - 0.5f;
            square += v[d] * v[d];
        }
        for (size_t d = 0; d < DIM; d++) v[d] /= sqrtf(square);
    }
    for (size_t n = 0; n < TABLE; n++)
        memcpy(f->table + n * DIM, f->all + n * 7 % VOCABULARY * DIM, DIM * sizeof *f->table);
    f->pool = pool_new(2);
    f->nears = fresh(f);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    piece_nears_free(f->nears);
    pool_free(f->pool);
    free(f->all);
    free(f->table);
    free(f);
    return 0;
}

/* cos[i * TABLE + number], 0 where it was not told of. */
struct told {
    float *cos;
    size_t calls;
};

static void tell(void *ctx, size_t i, uint32_t number, float cos)
{
    struct told *t = ctx;
    assert_true(t->cos[i * TABLE + number] == 0); /* once */
    t->cos[i * TABLE + number] = cos;
    t->calls++;
}

static struct told ask(struct piece_nears *x, const int32_t *ids, size_t n, uint32_t count,
                       struct pool *pool)
{
    struct told t = {.cos = mem_zalloc(n * TABLE, sizeof *t.cos)};
    piece_nears_each(x, ids, n, count, pool, tell, &t);
    return t;
}

static double dot(const struct fixture *f, int32_t id, uint32_t number)
{
    double sum = 0;
    for (size_t d = 0; d < DIM; d++)
        sum += (double)f->all[(size_t)id * DIM + d] * (double)f->table[(size_t)number * DIM + d];
    return sum;
}

static void those_above_the_bound_are_told_of(void **state)
{
    struct fixture *f = *state;
    const int32_t ids[] = {3, 7, 899, 0, 411};
    struct told t = ask(f->nears, ids, ARRAY_LEN(ids), TABLE, NULL);
    assert_true(t.calls > 50);
    for (size_t i = 0; i < ARRAY_LEN(ids); i++)
        for (uint32_t n = 0; n < TABLE; n++) {
            double cos = dot(f, ids[i], n);
            float told = t.cos[i * TABLE + n];
            if (cos > (double)BOUND + 1e-5) assert_float_equal(told, cos, 1e-5);
            if (cos < (double)BOUND - 1e-5) assert_true(told == 0);
        }
    free(t.cos);
    t = ask(f->nears, ids, 0, TABLE, NULL);
    assert_int_equal(t.calls, 0);
    free(t.cos);
}

/* Whatever was asked before, in whatever groups, and while the table grew. */
static void a_cosine_is_always_the_same(void **state)
{
    struct fixture *f = *state;
    int32_t ids[VOCABULARY];
    for (int32_t i = 0; i < VOCABULARY; i++) ids[i] = i;
    struct told whole = ask(f->nears, ids, VOCABULARY, TABLE, f->pool);
    struct piece_nears *other = fresh(f);
    uint32_t count = 1;
    for (size_t from = 0, n = 1; from < VOCABULARY; from += n, n = n % 37 + 3) {
        n = MIN(n, VOCABULARY - from);
        free(ask(other, ids + from, n, count, from % 2 ? f->pool : NULL).cos);
        count = MIN((uint32_t)TABLE, count * 2 + 1);
    }
    for (uint32_t some = 0; some <= TABLE; some += 140) {
        struct told t = ask(other, ids, VOCABULARY, some, f->pool);
        for (size_t i = 0; i < VOCABULARY; i++)
            for (uint32_t n = 0; n < TABLE; n++)
                assert_true(t.cos[i * TABLE + n] == (n < some ? whole.cos[i * TABLE + n] : 0));
        free(t.cos);
    }
    free(whole.cos);
    piece_nears_free(other);
}

struct asker {
    struct fixture *f;
    int first;
    size_t calls;
};

static void *ask_much(void *arg)
{
    struct asker *a = arg;
    for (int round = 0; round < 60; round++) {
        int32_t ids[40];
        for (int i = 0; i < 40; i++) ids[i] = (a->first + round * 13 + i) % VOCABULARY;
        struct told t = ask(a->f->nears, ids, 40, (uint32_t)MIN(TABLE, 50 + round * 20), NULL);
        a->calls += t.calls;
        free(t.cos);
    }
    return NULL;
}

static void many_may_ask_at_once(void **state)
{
    struct fixture *f = *state;
    struct asker askers[4], alone = {.first = 100};
    pthread_t threads[4];
    struct fixture other = *f;
    other.nears = fresh(f);
    alone.f = &other;
    ask_much(&alone);
    for (int i = 0; i < 4; i++) {
        askers[i] = (struct asker){.f = f, .first = 100};
        assert_int_equal(pthread_create(&threads[i], NULL, ask_much, &askers[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(askers[i].calls, alone.calls);
    }
    piece_nears_free(other.nears);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(those_above_the_bound_are_told_of),
        TEST(a_cosine_is_always_the_same),
        TEST(many_may_ask_at_once),
    };
    return cmocka_run_group_tests_name("index_pieces_near", tests, NULL, NULL);
}
