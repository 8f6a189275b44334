#include "base/base.h"

#include "index/lexical.h"
#include "index/sections.h"
#include "tests/unit/temp_dir.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The postings of a term that has less than a block of them. */
static uint32_t list(const struct lexical *x, enum part part, const char *term, uint32_t *doc,
                     uint32_t *tf)
{
    struct postings p = lexical_postings(x, part, lexical_find(x, term, strlen(term)));
    return p.n ? postings_read(&p, 0, doc, tf) : 0;
}

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
        struct token *title, *tokens;
        size_t n_title = analyzer_tokens(a, docs[i][0], strlen(docs[i][0]), &arena, &title);
        size_t n = analyzer_tokens(a, docs[i][1], strlen(docs[i][1]), &arena, &tokens);
        lexical_builder_add(b, tokens, n, n_title);
        arena_reset(&arena); /* the builder keeps no pointer into the tokens */
    }
    struct lexical *x = lexical_builder_finish(b);

    assert_int_equal(lexical_docs(x), 4);
    assert_int_equal(lexical_length(x, PART_TITLE), 5);
    assert_int_equal(lexical_length(x, PART_ALL), 12);
    assert_int_equal(lexical_lengths(x, PART_ALL)[0], 6);
    assert_int_equal(lexical_lengths(x, PART_ALL)[2], 0);

    uint32_t doc[POSTINGS_BLOCK], tf[POSTINGS_BLOCK];
    assert_int_equal(list(x, PART_TITLE, "寿命", doc, tf), 0);
    assert_int_equal(list(x, PART_ALL, "寿命", doc, tf), 2);
    assert_int_equal(doc[0], 0);
    assert_int_equal(doc[1], 1);
    assert_int_equal(tf[0], 1);
    assert_int_equal(list(x, PART_TITLE, "轴承", doc, tf), 1);
    assert_int_equal(tf[0], 1);
    assert_int_equal(list(x, PART_ALL, "轴承", doc, tf), 1);
    assert_int_equal(tf[0], 2);
    assert_int_equal(list(x, PART_ALL, "bear", doc, tf), 1);
    assert_int_equal(doc[0], 3);
    assert_int_equal(tf[0], 2);
    assert_int_equal(list(x, PART_ALL, "absent", doc, tf), 0);
    assert_int_equal(lexical_find(x, "absent", 6), LEXICAL_ABSENT);

    lexical_free(x);
    arena_free(&arena);
    analyzer_free(a);
}

/* ---- against plain arrays ---------------------------------------------------------------------
 */

enum { DOCS = 3000, WORDS = 60 };

static uint32_t drawn(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*seed >> 33);
}

/* Word w is in about 2 docs of 3 / (w + 1), mostly once, now and then very often. */
static uint32_t count_of(uint32_t doc, uint32_t w, int part)
{
    uint64_t seed = doc * 1000003u + w * 7919u;
    drawn(&seed);
    uint32_t title = drawn(&seed) % (3 * (w + 1)) < 2 ? drawn(&seed) % 2 : 0;
    if (part == PART_TITLE) return title;
    if (drawn(&seed) % (3 * (w + 1)) >= 2) return title;
    uint32_t r = drawn(&seed) % 10000;
    return title + (r < 7000 ? 1 : r < 9995 ? r % 7 + 1 : drawn(&seed) % 100000 + 1);
}

static const char *word_of(uint32_t w, char out[16])
{
    snprintf(out, 16, w % 3 ? "%u" : "word-%u", w * 37);
    return out;
}

static uint32_t length_of(uint32_t doc, int part)
{
    uint32_t length = 0;
    for (uint32_t w = 0; w < WORDS; w++) length += count_of(doc, w, part);
    return length;
}

static struct lexical *build(uint32_t from, uint32_t to)
{
    struct lexical_builder *b = lexical_builder_new();
    struct token *tokens = malloc(WORDS * 100010 * sizeof *tokens);
    for (uint32_t doc = from; doc < to; doc++) {
        char names[WORDS][16];
        size_t n = 0, n_title = 0;
        for (int part = 0; part < PART_COUNT; part++) {
            for (uint32_t w = 0; w < WORDS; w++) {
                uint32_t count = count_of(doc, w, part) - (part ? count_of(doc, w, 0) : 0);
                const char *name = word_of(w, names[w]);
                while (count-- > 0)
                    tokens[n++] = (struct token){.term = name, .len = (uint32_t)strlen(name)};
            }
            if (part == PART_TITLE) n_title = n;
        }
        lexical_builder_add(b, tokens, n, n_title);
    }
    free(tokens);
    return lexical_builder_finish(b);
}

/* x holds the documents from 0 to DOCS that are kept, and nothing else. */
static void holds(const struct lexical *x, const uint8_t *keep)
{
    uint32_t kept = 0;
    for (uint32_t doc = 0; doc < DOCS; doc++) {
        if (!keep[doc]) continue;
        for (int part = 0; part < PART_COUNT; part++)
            assert_int_equal(lexical_lengths(x, (enum part)part)[kept], length_of(doc, part));
        kept++;
    }
    assert_int_equal(lexical_docs(x), kept);
    size_t before_len = 0, len;
    const char *before = "", *term;
    for (uint32_t t = 0; t < lexical_terms(x); t++, before = term, before_len = len) {
        term = lexical_term(x, t, &len);
        int order = memcmp(before, term, MIN(before_len, len));
        assert_true(order < 0 || (order == 0 && before_len < len));
        assert_int_equal(lexical_find(x, term, len), t);
    }
    for (int part = 0; part < PART_COUNT; part++) {
        const uint32_t *length = lexical_lengths(x, (enum part)part);
        float slope = lexical_slope(x, (enum part)part);
        for (uint32_t w = 0; w < WORDS; w++) {
            char name[16];
            word_of(w, name);
            struct postings p =
                lexical_postings(x, (enum part)part, lexical_find(x, name, strlen(name)));
            uint32_t docs[POSTINGS_BLOCK], tfs[POSTINGS_BLOCK], block = 0, n = 0, at = 0, new = 0;
            for (uint32_t doc = 0; doc < DOCS; doc++) {
                uint32_t count = MIN(count_of(doc, w, part), (uint32_t)UINT16_MAX);
                if (!keep[doc]) continue;
                uint32_t number = new ++;
                if (!count) continue;
                if (at == n) {
                    n = postings_read(&p, block++, docs, tfs);
                    at = 0;
                }
                assert_true(at < n);
                assert_int_equal(docs[at], number);
                assert_int_equal(tfs[at], count);
                if (block <= p.n_blocks) {
                    float ratio =
                        (float)count / (BM25_K1 * (1 - BM25_B) + slope * (float)length[number]);
                    assert_true(postings_peak(&p, block - 1) >= ratio);
                    if (at + 1 == n) assert_int_equal(postings_last(&p, block - 1), number);
                }
                at++;
            }
            assert_int_equal(at, n);
            assert_int_equal(p.n, n ? (block - 1) * POSTINGS_BLOCK + n : 0);
        }
    }
}

static void a_merge_equals_one_build(void **state)
{
    (void)state;
    uint8_t keep[DOCS], all[DOCS];
    uint64_t seed = 4;
    memset(all, 1, sizeof all);
    for (uint32_t doc = 0; doc < DOCS; doc++) keep[doc] = drawn(&seed) % 5 > 0;
    struct lexical *whole = build(0, DOCS);
    holds(whole, all);
    struct lexical *parts[] = {build(0, 1700), build(1700, 1701), build(1701, 1701),
                               build(1701, DOCS)};
    const struct lexical *const segments[] = {parts[0], parts[1], parts[2], parts[3]};
    const uint8_t *const none_left_out[] = {NULL, NULL, NULL, NULL};
    struct lexical *merged = lexical_merge(segments, none_left_out, 4);
    holds(merged, all);
    assert_int_equal(lexical_bytes(merged), lexical_bytes(whole));
    lexical_free(merged);

    const uint8_t *const some[] = {keep, keep + 1700, keep + 1701, keep + 1701};
    merged = lexical_merge(segments, some, 4);
    holds(merged, keep);
    lexical_free(merged);
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) lexical_free(parts[i]);

    const struct lexical *const one[] = {whole};
    memset(keep, 0, sizeof keep);
    const uint8_t *const nothing[] = {keep};
    merged = lexical_merge(one, nothing, 1);
    assert_int_equal(lexical_terms(merged), 0);
    assert_int_equal(lexical_find(merged, "37", 2), LEXICAL_ABSENT);
    lexical_free(merged);
    lexical_free(whole);
}

static void lists_of_any_width_are_read_back(void **state)
{
    (void)state;
    enum { N = 3 * POSTINGS_BLOCK + 77 };
    uint64_t seed = 9;
    for (unsigned bits = 0; bits <= 23; bits++) {
        uint32_t doc[N], tf[N], docs[POSTINGS_BLOCK], tfs[POSTINGS_BLOCK], next = 0;
        float peak[N / POSTINGS_BLOCK] = {0.1f, 3.0f, 1e6f};
        for (uint32_t i = 0; i < N; i++) {
            doc[i] = next + (drawn(&seed) & ((1u << bits) - 1));
            next = doc[i] + 1;
            tf[i] = 1 + (drawn(&seed) & ((1u << bits) - 1) & UINT16_MAX);
        }
        struct bytes out = {0};
        postings_write(&out, doc, tf, N, peak);
        struct postings p = postings_open(out.at, out.len, N);
        for (uint32_t block = 0, at = 0; block <= p.n_blocks; block++) {
            uint32_t n = postings_read(&p, block, docs, tfs);
            assert_memory_equal(docs, doc + at, n * sizeof *doc);
            assert_memory_equal(tfs, tf + at, n * sizeof *tf);
            at += n;
            if (block < p.n_blocks) {
                assert_int_equal(postings_last(&p, block), doc[at - 1]);
                assert_true(postings_peak(&p, block) >= peak[block]);
                assert_true(postings_peak(&p, block) <= peak[block] * 1.01f);
            } else {
                assert_int_equal(at, N);
            }
        }
        free(out.at);
    }
}

/* ---- files ------------------------------------------------------------------------------------
 */

static void write_file(const char *path, const char *data, size_t len)
{
    FILE *f = fopen(path, "w");
    assert_int_equal(fwrite(data, 1, len, f), len);
    fclose(f);
}

static char *read_whole(const char *path, size_t *len)
{
    FILE *f = fopen(path, "r");
    fseek(f, 0, SEEK_END);
    *len = (size_t)ftell(f);
    rewind(f);
    char *data = malloc(*len);
    assert_int_equal(fread(data, 1, *len, f), *len);
    fclose(f);
    return data;
}

/* The rows of a file and its lists say the same. */
static void rows_equal_lists(const struct lexical *x)
{
    assert_true(lexical_has_rows(x));
    uint32_t *next = calloc(lexical_docs(x), sizeof *next);
    uint32_t doc[POSTINGS_BLOCK], tf[POSTINGS_BLOCK], term[POSTINGS_BLOCK], count[POSTINGS_BLOCK];
    for (uint32_t t = 0; t < lexical_terms(x); t++) {
        struct postings p = lexical_postings(x, PART_ALL, t);
        for (uint32_t block = 0; block <= p.n_blocks; block++) {
            uint32_t n = postings_read(&p, block, doc, tf);
            for (uint32_t i = 0; i < n; i++) {
                struct postings row = lexical_row(x, doc[i]);
                uint32_t at = next[doc[i]]++;
                assert_true(at < row.n);
                postings_read(&row, at / POSTINGS_BLOCK, term, count);
                assert_int_equal(term[at % POSTINGS_BLOCK], t);
                assert_int_equal(count[at % POSTINGS_BLOCK], tf[i]);
            }
        }
    }
    for (uint32_t d = 0; d < lexical_docs(x); d++) assert_int_equal(next[d], lexical_row(x, d).n);
    free(next);
}

static bool always(void *ctx, size_t bytes)
{
    (void)bytes;
    return ctx == NULL;
}

/* At once, or when all of it is read. */
static bool is_refused(const char *path)
{
    errno = 1;
    struct lexical *x = lexical_open(path);
    if (!x) return errno == 0;
    bool damaged = sections_check(lexical_file(x), always, NULL) == 0;
    lexical_free(x);
    return damaged;
}

static void a_file_holds_what_was_saved_or_is_refused(void **state)
{
    (void)state;
    char dir[64], path[128];
    memcpy(dir, "/tmp/hongniang-words-XXXXXX", 28);
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/words.bin", dir);
    assert_null(lexical_open(path));
    assert_int_equal(errno, ENOENT);
    uint8_t all[DOCS];
    memset(all, 1, sizeof all);
    struct lexical *x = build(0, DOCS);
    assert_int_equal(lexical_save(x, path), 0);
    struct lexical *mapped = lexical_open(path);
    assert_non_null(mapped);
    holds(mapped, all);
    assert_false(lexical_has_rows(x));
    rows_equal_lists(mapped);
    assert_int_equal(lexical_length(mapped, PART_ALL), lexical_length(x, PART_ALL));
    const struct lexical *const both[] = {mapped};
    const uint8_t *const keep[] = {NULL};
    struct lexical *merged = lexical_merge(both, keep, 1);
    holds(merged, all);
    lexical_free(merged);
    lexical_free(x);

    /* Bits that flip anywhere, and files cut anywhere, are seen; what is mapped stays. */
    size_t len;
    char *data = read_whole(path, &len);
    uint64_t seed = 3;
    for (int i = 0; i < 400; i++) {
        size_t at = i < 100 ? (size_t)i : drawn(&seed) % len;
        unlink(path);
        data[at] ^= (char)(1 << i % 8);
        write_file(path, data, len);
        assert_true(is_refused(path));
        data[at] ^= (char)(1 << i % 8);
    }
    for (int i = 0; i < 60; i++) {
        unlink(path);
        write_file(path, data, i < 30 ? (size_t)i * 4 : drawn(&seed) % len);
        assert_true(is_refused(path));
    }
    holds(mapped, all);
    lexical_free(mapped);
    free(data);

    x = build(0, 0); /* and nothing at all */
    assert_int_equal(lexical_save(x, path), 0);
    lexical_free(x);
    mapped = lexical_open(path);
    assert_int_equal(lexical_docs(mapped), 0);
    assert_int_equal(lexical_find(mapped, "37", 2), LEXICAL_ABSENT);
    snprintf(path, sizeof path, "%s/absent/words.bin", dir);
    assert_int_equal(lexical_save(mapped, path), -1);
    assert_int_equal(errno, ENOENT);
    lexical_free(mapped);
    remove_dir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(postings_hold_counts_of_both_parts),
        cmocka_unit_test(a_merge_equals_one_build),
        cmocka_unit_test(lists_of_any_width_are_read_back),
        cmocka_unit_test(a_file_holds_what_was_saved_or_is_refused),
    };
    return cmocka_run_group_tests_name("index_lexical", tests, NULL, NULL);
}
