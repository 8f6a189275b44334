#include "base/base.h"

#include "index/lexical.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void postings_hold_counts_of_both_parts(void **state)
{
    (void)state;
    static const char *const docs[][2] = {
        {"轴承", "轴承 轴承 寿命"},
        {"齿轮", "齿轮 寿命"},
        {"", ""},
        {"bearing", "bearing bearings"},
    };
    struct analyzer *a = analyzer_new();
    struct arena arena;
    arena_init(&arena);
    struct lexical_builder *b = lexical_builder_new();
    for (size_t i = 0; i < ARRAY_LEN(docs); i++) {
        struct bag bags[PART_COUNT] = {analyzer_bag(a, docs[i][0], &arena),
                                       analyzer_bag(a, docs[i][1], &arena)};
        lexical_builder_add(b, bags);
        arena_reset(&arena); /* the builder keeps no pointer into the bags */
    }
    struct lexical *x = lexical_builder_finish(b);

    assert_int_equal(lexical_docs(x), 4);
    assert_int_equal(lexical_length(x, PART_TITLE), 5);
    assert_int_equal(lexical_length(x, PART_ALL), 12);
    assert_int_equal(lexical_doc_length(x, PART_ALL, 0), 6);
    assert_int_equal(lexical_doc_length(x, PART_ALL, 2), 0);

    size_t n;
    const struct posting *p = lexical_postings(x, "寿命", strlen("寿命"), &n);
    assert_int_equal(n, 2);
    assert_int_equal(p[0].doc, 0);
    assert_int_equal(p[1].doc, 1);
    assert_int_equal(p[0].tf[PART_TITLE], 0);
    assert_int_equal(p[0].tf[PART_ALL], 1);
    assert_int_equal(lexical_df(x, PART_TITLE, "寿命", strlen("寿命")), 0);
    assert_int_equal(lexical_df(x, PART_ALL, "寿命", strlen("寿命")), 2);

    p = lexical_postings(x, "轴承", strlen("轴承"), &n);
    assert_int_equal(n, 1);
    assert_int_equal(p[0].tf[PART_TITLE], 1);
    assert_int_equal(p[0].tf[PART_ALL], 2);

    p = lexical_postings(x, "bear", 4, &n);
    assert_int_equal(n, 1);
    assert_int_equal(p[0].tf[PART_ALL], 2);
    assert_null(lexical_postings(x, "absent", 6, &n));
    assert_int_equal(n, 0);

    lexical_free(x);
    arena_free(&arena);
    analyzer_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(postings_hold_counts_of_both_parts)};
    return cmocka_run_group_tests_name("index_lexical", tests, NULL, NULL);
}
