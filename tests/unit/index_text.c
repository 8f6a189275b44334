#include "base/base.h"

#include "base/str.h"
#include "base/utf8.h"
#include "index/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
    struct analyzer *analyzer;
    struct arena arena;
};

static int setup(void **state)
{
    static struct fixture f;
    f.analyzer = analyzer_new();
    arena_init(&f.arena);
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    analyzer_free(f->analyzer);
    arena_free(&f->arena);
    return 0;
}

/* The tokens as "term@begin-end term@begin-end". */
static const char *tokens(struct fixture *f, const char *text)
{
    struct token *t;
    size_t n = analyzer_tokens(f->analyzer, text, strlen(text), &f->arena, &t);
    char *out = arena_strdup(&f->arena, "");
    for (size_t i = 0; i < n; i++)
        out = arena_printf(&f->arena, "%s%s%.*s@%u-%u", out, i ? " " : "", (int)t[i].len, t[i].term,
                           t[i].begin, t[i].end);
    return out;
}

static void han_runs_become_characters_and_pairs(void **state)
{
    assert_string_equal(tokens(*state, "高精度轴承"),
                        "高@0-1 高精@0-2 精@1-2 精度@1-3 度@2-3 度轴@2-4 轴@3-4 "
                        "轴承@3-5 承@4-5");
    assert_string_equal(tokens(*state, "钛"), "钛@0-1");
    assert_string_equal(tokens(*state, "铝、钛合金"),
                        "铝@0-1 钛@2-3 钛合@2-4 合@3-4 合金@3-5 金@4-5");
    assert_string_equal(tokens(*state, ""), "");
}

static void words_are_folded_and_stemmed(void **state)
{
    assert_string_equal(tokens(*state, "Coatings for BEARINGS"), "coat@0-8 bear@13-21");
    assert_string_equal(tokens(*state, "GaN器件5G"), "gan@0-3 器@3-4 器件@3-5 件@4-5 5g@5-7");
    /* full width and ligatures fold; spans stay those of the original */
    assert_string_equal(tokens(*state, "ＬＥＤ屏 ﬁlm"), "led@0-3 屏@3-4 film@5-8");
    assert_string_equal(tokens(*state, "café"), "cafe@0-4");
}

static void numbers_keep_their_point(void **state)
{
    assert_string_equal(tokens(*state, "精度0.01mm."), "精@0-1 精度@0-2 度@1-2 0.01mm@2-8");
    assert_string_equal(tokens(*state, "v2.x 3..4"), "v2@0-2 x@3-4 3@5-6 4@8-9");
}

static void any_bytes_are_survived(void **state)
{
    assert_string_equal(tokens(*state, "x\xff\xfe轴\xe8\xbd"
                                       "b"),
                        "x@0-1 轴@3-4 b@6-7");
    struct fixture *f = *state;
    char noise[4096];
    unsigned seed = 7;
    for (int round = 0; round < 200; round++) {
        for (size_t i = 0; i < sizeof noise; i++)
            noise[i] = (char)((seed = seed * 1103515245 + 12345) >> 16);
        struct token *t;
        size_t n = analyzer_tokens(f->analyzer, noise, sizeof noise, &f->arena, &t);
        for (size_t i = 0; i < n; i++) {
            assert_true(t[i].begin < t[i].end);
            assert_true(t[i].len > 0 && t[i].len <= 128);
            if (i) assert_true(t[i - 1].begin <= t[i].begin);
        }
        arena_reset(&f->arena);
    }
}

static void a_bag_counts_distinct_terms(void **state)
{
    struct fixture *f = *state;
    struct bag bag = analyzer_bag(f->analyzer, "轴承轴承 bearing", &f->arena);
    assert_int_equal(bag.n,
                     5); /* the word, two characters, two pairs (one across the repetition) */
    assert_int_equal(bag.length, 5);
    uint32_t sum = 0, pairs = 0;
    for (size_t i = 0; i < bag.n; i++) {
        bool pair = term_is_pair(bag.terms[i].term, bag.terms[i].len);
        sum += pair ? 0 : bag.terms[i].count;
        pairs += pair;
    }
    assert_int_equal(sum, bag.length);
    assert_int_equal(pairs, 2);
    assert_int_equal(analyzer_bag(f->analyzer, NULL, &f->arena).n, 0);
}

/* The sentences joined by | */
static const char *sentences(struct fixture *f, const char *text)
{
    struct span *spans;
    size_t n = text_sentences(text, strlen(text), &f->arena, &spans);
    char *out = arena_strdup(&f->arena, "");
    for (size_t i = 0; i < n; i++)
        out = arena_printf(&f->arena, "%s%s%s", out, i ? "|" : "",
                           text_slice(text, strlen(text), spans[i], &f->arena));
    return out;
}

static void sentences_end_where_people_end_them(void **state)
{
    assert_string_equal(sentences(*state, "一是良率低。二是\n 成本高!"),
                        "一是良率低。|二是|成本高!");
    assert_string_equal(sentences(*state, "Depth is 3.5 mm. 1. Rust e.g. salt; done"),
                        "Depth is 3.5 mm.|1. Rust e.g.|salt;|done");
    assert_string_equal(sentences(*state, " \n "), "");
}

static void long_sentences_are_cut_at_commas(void **state)
{
    struct fixture *f = *state;
    struct str text;
    str_init(&text);
    for (int i = 0; i < 40; i++) str_adds(&text, "提高轴承寿命和精度,降低噪声，");
    struct span *spans;
    size_t n = text_sentences(text.data, text.len, &f->arena, &spans);
    assert_true(n > 2);
    uint32_t at = 0;
    for (size_t i = 0; i < n; i++) {
        assert_true(spans[i].end - spans[i].begin <= 160);
        assert_int_equal(spans[i].begin, at); /* nothing is lost between them */
        at = spans[i].end;
    }
    assert_int_equal(at, utf8_count(text.data, text.len));
    str_free(&text);
}

static void han_share(void **state)
{
    (void)state;
    assert_true(text_han_share("轴承 ab", strlen("轴承 ab")) == 0.5);
    assert_true(text_han_share("12%", 3) == 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(han_runs_become_characters_and_pairs, setup, teardown),
        cmocka_unit_test_setup_teardown(words_are_folded_and_stemmed, setup, teardown),
        cmocka_unit_test_setup_teardown(numbers_keep_their_point, setup, teardown),
        cmocka_unit_test_setup_teardown(any_bytes_are_survived, setup, teardown),
        cmocka_unit_test_setup_teardown(a_bag_counts_distinct_terms, setup, teardown),
        cmocka_unit_test_setup_teardown(sentences_end_where_people_end_them, setup, teardown),
        cmocka_unit_test_setup_teardown(long_sentences_are_cut_at_commas, setup, teardown),
        cmocka_unit_test(han_share),
    };
    return cmocka_run_group_tests_name("index_text", tests, NULL, NULL);
}
