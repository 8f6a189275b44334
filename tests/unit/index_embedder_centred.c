#include "base/base.h"

#include "index/embedder_centred.h"
#include "tests/unit/fake_embedder.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { DIM = 16 };

static void embed(struct embedder *e, const char *text, float *out)
{
    struct err err = {0};
    assert_int_equal(embedder_embed(e, EMBED_PASSAGE, &text, 1, out, &err), 0);
}

/* A megabyte costs what its beginning costs, and no character is cut in two. */
static void long_texts_are_cut(void **state)
{
    (void)state;
    struct embedder *e = embedder_open_centred(&fake_embedder_new(DIM)->base);
    size_t len = 1 << 20, kept = EMBEDDED_BYTES_MAX - 1; /* one x, then ideographs of three bytes */
    char *text = mem_zalloc(len + 4, 1);
    float whole[DIM], beginning[DIM], shorter[DIM];
    text[0] = 'x';
    for (size_t i = 1; i < len; i += 3) memcpy(text + i, "焊", 3);
    while ((kept - 1) % 3) kept--;
    embed(e, text, whole);
    text[kept] = '\0';
    embed(e, text, beginning);
    text[kept - 3] = '\0';
    embed(e, text, shorter);
    assert_memory_equal(whole, beginning, sizeof whole);
    assert_memory_not_equal(whole, shorter, sizeof whole);
    free(text);
    embedder_free(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(long_texts_are_cut)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
