#include "base/base.h"

#include "base/mem.h"
#include "index/embedder_impl.h"
#include "index/pieces.h"
#include "index/sections.h"
#include "tests/unit/temp_dir.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A model whose pieces are bytes. Each has a direction of its own, except that an upper case letter
 * is near (cosine 0.8) to its lower case one, as words of two languages are. */
enum { DIM = 320 };

static size_t bytes_cut(const struct embedder *e, const char *text, size_t len, struct arena *arena,
                        int32_t **ids)
{
    (void)e;
    size_t n = 0;
    *ids = arena_alloc(arena, len + 1, sizeof **ids);
    for (size_t i = 0; i < len; i++)
        if (text[i] != ' ') (*ids)[n++] = (uint8_t)text[i];
    return n;
}

static void bytes_piece(const struct embedder *e, int32_t id, float *vector)
{
    (void)e;
    memset(vector, 0, DIM * sizeof *vector);
    if (id >= 'A' && id <= 'Z') {
        vector[id - 'A' + 'a'] = 0.8f;
        vector[id] = 0.6f;
    } else {
        vector[id] = 1;
    }
}

static float bytes_rarity(const struct embedder *e, int32_t id)
{
    (void)e;
    return id == 'e' ? 1 : 10;
}

static struct embedder_ops ops = {.cut = bytes_cut, .piece = bytes_piece, .rarity = bytes_rarity};

struct fixture {
    struct embedder embedder;
    struct pieces *pieces;
    struct arena arena;
};

static int set_up(void **state)
{
    struct fixture *f = mem_zalloc(1, sizeof *f);
    f->embedder = (struct embedder){.ops = &ops, .dim = DIM, .vocabulary = 256, .id = "bytes"};
    f->pieces = pieces_new(&f->embedder);
    arena_init(&f->arena);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    arena_free(&f->arena);
    pieces_free(f->pieces);
    free(f);
    return 0;
}

/* The covers of a pair, asked from the need's side and from the capability's, which must agree. */
static struct covers covers(struct fixture *f, const char *need_title, const char *need_text,
                            const char *title, const char *text)
{
    struct document_cut cut;
    pieces_cut(f->pieces, need_title, need_text, &cut);
    struct document_pieces *need = pieces_number(f->pieces, &cut, true);
    pieces_cut(f->pieces, title, text, &cut);
    struct document_pieces *capability = pieces_number(f->pieces, &cut, false);
    struct cover_query q, r;
    pieces_query(f->pieces, need_title, need_text, NULL, &f->arena, &q);
    pieces_query(f->pieces, title, text, NULL, &f->arena, &r);
    struct covers c = pieces_cover(f->pieces, &q, capability, true);
    struct covers d = pieces_cover(f->pieces, &r, need, false);
    assert_float_equal(c.capability, d.capability, 1e-4);
    assert_float_equal(c.need, d.need, 1e-5);
    free(need);
    free(capability);
    return c;
}

static void titles_are_covered(void **state)
{
    struct fixture *f = *state;
    struct covers all = covers(f, "qxz", "qxz jvk", "jvk", "jvk qxz");
    struct covers part = covers(f, "qxz", "qxz jv", "jvk", "jvk qx");
    struct covers none = covers(f, "qxz", "qxz", "jvk", "jvk");
    assert_true(all.capability > part.capability && part.capability > none.capability);
    assert_true(all.need > part.need && part.need > none.need);
    assert_float_equal(none.need, 0, 1e-3);
    assert_true(all.need > 0.5f && all.need <= 0.7f + 1e-3f); /* a piece itself counts 1 - 0.3 */
}

static void a_near_piece_counts_a_part(void **state)
{
    struct fixture *f = *state;
    float same = covers(f, "q", "q", "j", "j q").need;
    float near = covers(f, "q", "q", "j", "j Q").need;
    float other = covers(f, "q", "q", "j", "j X").need;
    assert_true(same > near && near > 0.3f && other < 0.05f);
}

static void rare_pieces_weigh_more(void **state)
{
    struct fixture *f = *state;
    assert_true(covers(f, "eq", "eq", "j", "jq").need > 2 * covers(f, "eq", "eq", "j", "je").need);
}

/* A need that says everything comes near to every title: that is worth nothing. */
static void a_long_need_is_not_nearer(void **state)
{
    struct fixture *f = *state;
    const char *everything = "abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    float brief = covers(f, "jvk", "jvk", "jvk", "jvk").capability;
    float lengthy = covers(f, "jvk", everything, "jvk", "jvk").capability;
    assert_true(brief > lengthy);
}

static void empty_texts_cover_nothing(void **state)
{
    struct fixture *f = *state;
    struct covers c = covers(f, "", "", "jvk", "jvk");
    assert_true(isfinite(c.capability) && c.need == 0);
    c = covers(f, "jvk", "jvk", "", "");
    assert_true(isfinite(c.capability) && fabsf(c.need) < 1e-6f);
}

static void a_model_without_pieces_has_none(void **state)
{
    (void)state;
    struct embedder e = {.ops = &ops, .dim = DIM, .vocabulary = 0};
    assert_null(pieces_new(&e));
    assert_null(pieces_new(NULL));
    pieces_free(NULL);
}

/* What is kept in a file measures the same in another table, which has other numbers. */
static void a_file_keeps_pieces(void **state)
{
    struct fixture *f = *state;
    static const char *const texts[][2] = {
        {"jvk", "jvk qxz"}, {"q", "qxz jvkw"}, {"", ""}, {"gone", "rst"}, {"e", "abc def ghi"}};
    enum { N = ARRAY_LEN(texts), KEPT = N - 1 };
    static const uint8_t keep[N] = {1, 1, 1, 0, 1};
    char dir[] = "/tmp/hongniang-pieces-XXXXXX";
    assert_non_null(mkdtemp(dir));
    const char *path = arena_printf(&f->arena, "%s/p", dir);
    for (int seeks = 0; seeks < 2; seeks++) {
        struct pieces_builder *b = pieces_builder_new(f->pieces, seeks);
        struct document_cut cut;
        struct document_pieces *alone[N];
        for (size_t i = 0; i < N; i++) {
            pieces_cut(f->pieces, texts[i][0], texts[i][1], &cut);
            pieces_builder_add(b, &cut);
            pieces_cut(f->pieces, texts[i][0], texts[i][1], &cut);
            alone[i] = pieces_number(f->pieces, &cut, seeks);
        }
        struct pieces_rows *rows = pieces_builder_finish(b);
        const struct pieces_rows *const from[] = {rows};
        const uint8_t *const kept[] = {keep};
        pieces_rows_free(pieces_rows_merge(f->pieces, from, kept, 1, path));

        struct pieces *other = pieces_new(&f->embedder);
        pieces_cut(other, "zyx", "zyx wvu", &cut);
        free(pieces_number(other, &cut, false));
        assert_null(pieces_rows_open(other, path, N));
        struct pieces_rows *file = pieces_rows_open(other, path, KEPT);
        assert_non_null(file);
        struct cover_query q, r;
        pieces_query(f->pieces, "jq", "jvk qx e", NULL, &f->arena, &q);
        pieces_query(other, "jq", "jvk qx e", NULL, &f->arena, &r);
        for (uint32_t i = 0, row = 0; i < N; i++) {
            struct document_pieces here = pieces_rows_at(rows, i);
            struct covers a = pieces_cover(f->pieces, &q, alone[i], !seeks);
            struct covers b1 = pieces_cover(f->pieces, &q, &here, !seeks);
            assert_true(a.capability == b1.capability && a.need == b1.need);
            if (keep[i]) {
                struct document_pieces there = pieces_rows_at(file, row++);
                b1 = pieces_cover(other, &r, &there, !seeks);
                assert_true(a.capability == b1.capability && a.need == b1.need);
            }
            free(alone[i]);
        }
        pieces_rows_free(file);
        pieces_rows_free(rows);
        pieces_free(other);
    }
    FILE *damaged = fopen(path, "r+b");
    fseek(damaged, 60, SEEK_SET);
    fputc('x', damaged);
    fclose(damaged);
    assert_null(pieces_rows_open(f->pieces, path, KEPT));
    remove_dir(dir);
}

/* Numbers mean something in one vocabulary alone. */
static void a_file_is_of_one_model(void **state)
{
    struct fixture *f = *state;
    char dir[] = "/tmp/hongniang-pieces-XXXXXX";
    assert_non_null(mkdtemp(dir));
    const char *path = arena_printf(&f->arena, "%s/p", dir);
    struct pieces_builder *b = pieces_builder_new(f->pieces, false);
    struct pieces_rows *rows = pieces_builder_finish(b);
    assert_int_equal(sections_save(pieces_rows_block(rows), path), 0);
    pieces_rows_free(rows);
    rows = pieces_rows_open(f->pieces, path, 0);
    assert_non_null(rows);
    pieces_rows_free(rows);
    f->embedder.id[0] = 'x';
    assert_null(pieces_rows_open(f->pieces, path, 0));
    remove_dir(dir);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(titles_are_covered),        TEST(a_near_piece_counts_a_part),
        TEST(rare_pieces_weigh_more),    TEST(a_long_need_is_not_nearer),
        TEST(empty_texts_cover_nothing), TEST(a_file_keeps_pieces),
        TEST(a_file_is_of_one_model),    cmocka_unit_test(a_model_without_pieces_has_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
