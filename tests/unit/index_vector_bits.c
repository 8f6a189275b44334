#include "base/base.h"

#include "base/mem.h"
#include "index/vector_bits.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static uint64_t seed = 11;

static uint32_t draw(void)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 32);
}

static float uniform(void) /* [-1, 1) */
{
    return (float)(int32_t)draw() / 2147483648.0f;
}

enum shape { NORMAL, ONE_NUMBER, THREE_NUMBERS, NEIGHBOURS, LONG_TAIL, CLOSE, SHAPES };

static void unit_vector(float *v, int dim, enum shape shape)
{
    memset(v, 0, (size_t)dim * sizeof *v);
    int n = shape == ONE_NUMBER ? 1 : 3, from = (int)(draw() % (uint32_t)dim);
    for (int i = 0; shape < NEIGHBOURS && shape > NORMAL && i < n; i++)
        v[draw() % (uint32_t)dim] += uniform();
    for (int i = from; shape == NEIGHBOURS && i < MIN(from + 3, dim); i++) v[i] = uniform();
    for (int i = 0; i < dim; i++) {
        if (shape == NORMAL)
            for (int k = 0; k < 6; k++) v[i] += uniform();
        if (shape == LONG_TAIL) v[i] = powf(uniform(), 9);
        if (shape == CLOSE) v[i] = sinf((float)(i * i)) + uniform() / 2; /* cosines of about 0.9 */
    }
    double sum = 0;
    for (int i = 0; i < dim; i++) sum += (double)v[i] * (double)v[i];
    for (int i = 0; i < dim; i++) v[i] /= (float)sqrt(sum);
}

static double dot(const float *a, const float *b, int dim)
{
    double sum = 0;
    for (int i = 0; i < dim; i++) sum += (double)a[i] * (double)b[i];
    return sum;
}

static void every_processor_gets_the_same(void **state)
{
    (void)state;
    enum { MOST = 8200, STRIDE = MOST / 8 };
    static float x[MOST], y[MOST];
    static uint8_t a[STRIDE * BITS_BLOCK], b[STRIDE * BITS_BLOCK], tables[STRIDE * 32];
    const struct bits_kernels *best = bits_kernels_at(0), *other;
    assert_non_null(best);
    for (size_t set = 1; (other = bits_kernels_at(set)); set++)
        for (size_t n = 8; n <= MOST; n += n < 80 ? 8 : n < 4096 ? 8 * 47 : 8 * 171) {
            for (size_t i = 0; i < n; i++) x[i] = y[i] = uniform();
            best->rotate(x, n);
            other->rotate(y, n);
            assert_memory_equal(x, y, n * sizeof *x);
            memset(a, 0, sizeof a);
            memset(b, 0, sizeof b);
            float one = best->signs(x, n, a), two = other->signs(x, n, b);
            assert_true(one == two);
            assert_memory_equal(a, b, sizeof a);
            for (int greatest = 0; greatest < 2; greatest++) {
                uint32_t some[BITS_BLOCK], same[BITS_BLOCK];
                for (size_t i = 0; i < n * 4; i++) a[i] = (uint8_t)draw();
                for (size_t i = 0; i < n * 4; i++)
                    tables[i] = greatest ? 63 : (uint8_t)(draw() % 64);
                best->sums(tables, n / 8, a, some);
                other->sums(tables, n / 8, a, same);
                assert_memory_equal(some, same, sizeof some);
                if (greatest) assert_int_equal(some[7], 63 * n / 4);
            }
        }
}

static void a_rotation_keeps_lengths_and_angles(void **state)
{
    (void)state;
    static float a[1000], b[1000];
    for (int n = 8; n <= 1000; n += 8) {
        unit_vector(a, n, LONG_TAIL);
        unit_vector(b, n, NEIGHBOURS);
        double before = dot(a, b, n);
        bits_kernels_at(0)->rotate(a, (size_t)n);
        bits_kernels_at(0)->rotate(b, (size_t)n);
        assert_float_equal(dot(a, a, n), 1, 1e-5);
        assert_float_equal(dot(a, b, n), before, 1e-5);
    }
}

enum { ROWS = 320, ASKED = 50 };

/* Root of the mean square of the errors, and the greatest, both in units of bits_error; and what
 * the query's tables add to it. */
struct errors {
    double deviation, greatest, tables;
};

static struct errors errors_of(int dim, enum shape shape)
{
    struct errors e = {0, 0, 0};
    float *rows = mem_alloc(ROWS * (size_t)dim, sizeof *rows), out[BITS_BLOCK];
    float *q = mem_alloc((size_t)dim, sizeof *q);
    size_t n = ((size_t)dim + 7) / 8 * 8;
    float *y = mem_zalloc(n, sizeof *y), *p = mem_zalloc(n, sizeof *p);
    uint8_t *codes = mem_zalloc(bits_size(ROWS, dim), 1);
    for (size_t row = 0; row < ROWS; row++) {
        unit_vector(rows + row * (size_t)dim, dim, shape);
        bits_encode(rows + row * (size_t)dim, dim, codes, row);
    }
    for (int k = 0; k < ASKED; k++) {
        struct bits_query query;
        unit_vector(q, dim, shape);
        bits_query_init(&query, q, dim);
        memset(p, 0, n * sizeof *p);
        memcpy(p, q, (size_t)dim * sizeof *p);
        bits_kernels_at(0)->rotate(p, n);
        for (size_t row = 0; row < ROWS; row++) {
            const float *x = rows + row * (size_t)dim;
            if (row % BITS_BLOCK == 0) bits_scan(&query, codes, row / BITS_BLOCK, UINT32_MAX, out);
            double cosine = dot(x, q, dim), unit = (double)bits_error(dim, 0);
            double off = ((double)out[row % BITS_BLOCK] - cosine) / unit;
            e.deviation += off * off / (ROWS * ASKED);
            e.greatest = MAX(e.greatest, fabs(off));
            if (row >= BITS_BLOCK) continue;
            memset(y, 0, n * sizeof *y);
            memcpy(y, x, (size_t)dim * sizeof *y);
            bits_kernels_at(0)->rotate(y, n);
            double sum = 0, all = 0; /* as the header has it */
            for (size_t i = 0; i < n; i++) {
                sum += y[i] < 0 ? -(double)p[i] : (double)p[i];
                all += fabs((double)y[i]);
            }
            off = ((double)out[row] - sum / all) / unit;
            e.tables += off * off / (BITS_BLOCK * ASKED);
        }
        bits_query_free(&query);
    }
    e.deviation = sqrt(e.deviation);
    e.tables = sqrt(e.tables);
    free(codes);
    free(p);
    free(y);
    free(q);
    free(rows);
    return e;
}

/* Also of vectors that are nothing but one number, which the rotation has to spread. */
static void estimates_are_as_close_as_said(void **state)
{
    (void)state;
    const int dims[] = {100, 384, 401, 1024, 4200};
    for (size_t d = 0; d < ARRAY_LEN(dims); d++)
        for (int shape = 0; shape < SHAPES; shape++) {
            struct errors e = errors_of(dims[d], (enum shape)shape);
            assert_true(e.deviation < 1.05);
            assert_true(shape == CLOSE ? e.deviation < 0.6 : e.deviation > 0.9);
            assert_true(e.greatest < 6);
            assert_true(e.tables < 0.1);
        }
    assert_float_equal(bits_error(384, 0), 0.0386, 1e-4);
    assert_true(bits_error(384, 0.9f) < bits_error(384, 0) / 2);
    assert_true(bits_error(384, 1.001f) == 0 && bits_error(1, 0) > 0);
}

static void a_row_has_its_own_bytes(void **state)
{
    (void)state;
    enum { DIM = 77, N = 70 };
    size_t size = bits_size(N, DIM);
    uint8_t *codes = mem_alloc(size, 1), *again = mem_alloc(size, 1), *before = mem_alloc(size, 1);
    float rows[N][DIM], q[DIM], all[3][BITS_BLOCK], some[BITS_BLOCK];
    struct bits_query query;
    assert_int_equal(size, 3 * BITS_BLOCK * (10 + 4));
    memset(codes, 0x5a, size);
    for (size_t row = N; row-- > 0;) {
        unit_vector(rows[row], DIM, NORMAL);
        memcpy(before, codes, size);
        bits_encode(rows[row], DIM, codes, row);
        size_t changed = 0;
        for (size_t i = 0; i < size; i++) changed += codes[i] != before[i];
        assert_in_range(changed, 1, 10 + 4);
    }
    for (size_t row = 0; row < N; row++) bits_copy(again, N - 1 - row, codes, row, DIM);
    unit_vector(q, DIM, NORMAL);
    bits_query_init(&query, q, DIM);
    for (size_t block = 0; block < 3; block++)
        bits_scan(&query, codes, block, UINT32_MAX, all[block]);
    for (size_t row = 0; row < N; row++) { /* alone, and at its place among the copies */
        float one = all[row / BITS_BLOCK][row % BITS_BLOCK];
        bits_scan(&query, codes, row / BITS_BLOCK, UINT32_C(1) << row % BITS_BLOCK, some);
        assert_memory_equal(&some[row % BITS_BLOCK], &one, sizeof one);
        size_t to = N - 1 - row;
        bits_scan(&query, again, to / BITS_BLOCK, UINT32_C(1) << to % BITS_BLOCK, some);
        assert_memory_equal(&some[to % BITS_BLOCK], &one, sizeof one);
    }
    bits_query_free(&query);
    free(before);
    free(again);
    free(codes);
}

/* Few numbers: estimates are rough, and exact where nothing is lost. */
static void small_and_odd_vectors(void **state)
{
    (void)state;
    enum { MOST = 40 };
    float x[MOST], out[BITS_BLOCK];
    for (int dim = 1; dim <= MOST; dim++) {
        uint8_t *codes = mem_zalloc(bits_size(4, dim), 1);
        struct bits_query query;
        unit_vector(x, dim, NORMAL);
        bits_query_init(&query, x, dim);
        bits_encode(x, dim, codes, 0);
        memset(x, 0, sizeof x);
        bits_encode(x, dim, codes, 1);
        x[dim - 1] = NAN;
        bits_encode(x, dim, codes, 2);
        x[dim - 1] = INFINITY;
        bits_encode(x, dim, codes, 3);
        bits_scan(&query, codes, 0, UINT32_MAX, out);
        assert_float_equal(out[0], 1, 0.05); /* of a vector with itself only the tables' error */
        for (int row = 1; row < BITS_BLOCK; row++) assert_true(out[row] == 0);
        bits_query_free(&query);
        free(codes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_processor_gets_the_same),
        cmocka_unit_test(a_rotation_keeps_lengths_and_angles),
        cmocka_unit_test(estimates_are_as_close_as_said),
        cmocka_unit_test(a_row_has_its_own_bytes),
        cmocka_unit_test(small_and_odd_vectors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
