#include "base/base.h"

#include "base/mem.h"
#include "index/documents.h"
#include "tests/unit/temp_dir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { N = 300 };

/* Records of all kinds of fullness. */
static struct record *some_record(struct arena *arena, uint32_t i)
{
    struct record *r = arena_zalloc(arena, 1, sizeof *r);
    r->kind = KIND_CAPABILITY;
    r->uid = arena_printf(arena, "%s%u", i % 3 ? "c" : "feed:", i);
    r->id = i % 5 ? arena_printf(arena, "%u", i) : NULL;
    r->source = i % 7 ? (i % 3 ? "local" : "feed") : NULL;
    r->rev = i * 3;
    r->created_at = i % 2 ? "2026-01-01T00:00:00Z" : NULL;
    r->updated_at = i % 4 ? "2026-02-01T00:00:00Z" : NULL;
    r->value[FIELD_TITLE] = arena_printf(arena, "title %u", i);
    if (i % 3) r->value[FIELD_TEXT] = arena_printf(arena, "text\n%u %0*u", i, (int)(i % 90), i);
    if (i % 4) r->value[FIELD_YEAR] = "2024";
    r->value[FIELD_CONTACT_NAME] = "somebody";
    r->value[FIELD_NOTE] = "private";
    r->extra = "{\"contact\":\"somebody\"}";
    const char **owners = arena_alloc(arena, 3, sizeof *owners);
    for (uint32_t k = 0; k < i % 4; k++)
        owners[r->n_owners++] = arena_printf(arena, "o%u", (i + k / 2) % 11);
    r->owners = owners;
    return r;
}

static void same_text(const char *a, const char *b)
{
    if (a && b)
        assert_string_equal(a, b);
    else
        assert_ptr_equal(a, b);
}

static void same_record(const struct record *kept, const struct record *r)
{
    assert_int_equal(kept->kind, r->kind);
    assert_int_equal(kept->rev, r->rev);
    same_text(kept->uid, r->uid);
    same_text(kept->id, r->id);
    same_text(kept->source, r->source);
    same_text(kept->created_at, r->created_at);
    same_text(kept->updated_at, r->updated_at);
    assert_false(kept->deleted);
    assert_null(kept->extra);
    for (int f = 0; f < FIELD_COUNT; f++)
        same_text(kept->value[f], f == FIELD_CONTACT_NAME || f == FIELD_NOTE ? NULL : r->value[f]);
    assert_int_equal(kept->n_owners, r->n_owners);
    for (size_t i = 0; i < r->n_owners; i++) same_text(kept->owners[i], r->owners[i]);
}

static void holds(const struct documents *d, const struct record *const *records, uint32_t n)
{
    struct arena arena;
    arena_init(&arena);
    assert_int_equal(d->rows, n);
    for (uint32_t row = 0; row < n; row++) {
        const struct record *r = records[row];
        same_record(documents_read(d, row, &arena), r);
        same_record(documents_record(d, row), r);
        assert_ptr_equal(documents_record(d, row), documents_record(d, row));
        assert_int_equal(documents_find(d, r->uid), row);
        assert_string_equal(documents_uid(d, row), r->uid);
        same_text(documents_id(d, row), r->id);
        assert_true(documents_equal(d, row, r, &arena));
        assert_int_equal(d->texts[row], r->value[FIELD_TEXT] ? 2 : 1);
    }
    assert_int_equal(documents_find(d, "absent"), UINT32_MAX);
    assert_int_equal(documents_find(d, ""), UINT32_MAX);
    arena_free(&arena);
}

static const struct record **some_records(struct arena *arena, uint32_t from, uint32_t n)
{
    const struct record **records = arena_alloc(arena, n, sizeof *records);
    for (uint32_t i = 0; i < n; i++) records[i] = some_record(arena, from + i);
    return records;
}

static void rows_are_the_records(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    const struct record **records = some_records(&arena, 0, N);
    for (uint32_t n = 0; n <= N; n = n * 2 + 1) {
        struct documents *d = documents_new(records, n, KIND_CAPABILITY);
        holds(d, records, n);
        documents_free(d);
    }
    arena_free(&arena);
}

/* Whatever differs makes a row another one. */
static void another_record_is_not_equal(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    const struct record **records = some_records(&arena, 6, 1);
    struct documents *d = documents_new(records, 1, KIND_CAPABILITY);
    static const char *const two[] = {"o6", "o6"}, *const three[] = {"o6", "o6", "o6"};
    struct record other[7];
    for (size_t i = 0; i < ARRAY_LEN(other); i++) other[i] = *records[0];
    assert_true(documents_equal(d, 0, &other[0], &arena));
    other[0].rev++;
    other[1].value[FIELD_TITLE] = "another";
    other[2].value[FIELD_TEXT] = "one more";
    other[3].value[FIELD_YEAR] = NULL;
    other[4].updated_at = "2026-02-01T00:00:01Z";
    other[5].owners = three;
    other[5].n_owners = 3;
    other[6].id = NULL;
    assert_int_equal(records[0]->n_owners, 2);
    assert_string_equal(records[0]->owners[1], two[1]);
    for (size_t i = 0; i < ARRAY_LEN(other); i++)
        assert_false(documents_equal(d, 0, &other[i], &arena));
    other[0] = *records[0];
    other[0].value[FIELD_CONTACT_NAME] = "another"; /* which is not kept */
    assert_true(documents_equal(d, 0, &other[0], &arena));
    documents_free(d);
    arena_free(&arena);
}

static void merged_rows_are_those_kept(void **state)
{
    (void)state;
    char dir[] = "/tmp/hongniang-documents-XXXXXX";
    assert_non_null(mkdtemp(dir));
    struct arena arena;
    arena_init(&arena);
    for (int to_file = 0; to_file < 3; to_file++) {
        const struct record **a = some_records(&arena, 0, N), **b = some_records(&arena, N, 50);
        struct documents *first = documents_new(a, N, KIND_CAPABILITY);
        struct documents *second = documents_new(b, 50, KIND_CAPABILITY);
        uint8_t keep_a[N], keep_b[50];
        const struct record *kept[N + 50];
        uint32_t n = 0;
        for (uint32_t i = 0; i < N; i++)
            if ((keep_a[i] = i % 3 != 1)) kept[n++] = a[i];
        for (uint32_t i = 0; i < 50; i++)
            if ((keep_b[i] = i % 2)) kept[n++] = b[i];
        const struct documents *const from[] = {first, second};
        const uint8_t *const keep[] = {keep_a, keep_b};
        const char *const dirs[] = {NULL, dir, "/nonexistent"};
        struct documents *merged = documents_merge(from, keep, 2, dirs[to_file]);
        assert_int_equal(sections_mapped(merged->block), to_file == 1);
        documents_free(first);
        documents_free(second);
        holds(merged, kept, n);
        char *path = segment_path(dir, "records", merged->seed);
        if (to_file != 1) assert_int_equal(sections_save(merged->block, path), 0);
        struct documents *mapped = documents_open(path);
        assert_non_null(mapped);
        holds(mapped, kept, n);
        documents_free(mapped);
        documents_free(merged);
        free(path);
    }
    arena_free(&arena);
    remove_dir(dir);
}

static bool always(void *ctx, size_t bytes)
{
    return ctx == NULL && bytes > 0;
}

static uint32_t drawn(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

/* A damaged file is refused, at once or when it is read through; until then it is read within its
 * bounds. */
static void damage_is_seen(void **state)
{
    (void)state;
    char dir[] = "/tmp/hongniang-documents-XXXXXX", path[64];
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/r", dir);
    struct arena arena;
    arena_init(&arena);
    struct documents *d = documents_new(some_records(&arena, 0, N), N, KIND_CAPABILITY);
    assert_int_equal(sections_save(d->block, path), 0);
    documents_free(d);
    FILE *f = fopen(path, "r+b");
    fseek(f, 0, SEEK_END);
    uint32_t size = (uint32_t)ftell(f), seed = 1, late = 0;
    for (int i = 0; i < 600; i++) {
        long at = i < 300 ? i : (long)(drawn(&seed) % size);
        fseek(f, at, SEEK_SET);
        int byte = fgetc(f);
        fseek(f, at, SEEK_SET);
        fputc(byte ^ 1 << i % 8, f);
        fflush(f);
        if ((d = documents_open(path))) {
            late++;
            assert_int_equal(sections_check(d->block, always, NULL), 0);
            for (uint32_t row = 0; row < d->rows; row++) {
                size_t len = strlen(documents_read(d, row, &arena)->uid);
                assert_true(len < size);
            }
            documents_free(d);
        }
        fseek(f, at, SEEK_SET);
        fputc(byte, f);
        fflush(f);
    }
    assert_true(late > 50); /* rows are read last */
    d = documents_open(path);
    assert_int_equal(sections_check(d->block, always, NULL), 1);
    assert_int_equal(sections_check(d->block, always, d), -1);
    documents_free(d);
    assert_int_equal(truncate(path, size - 16), 0);
    assert_null(documents_open(path));
    fclose(f);
    arena_free(&arena);
    remove_dir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_the_records),
        cmocka_unit_test(another_record_is_not_equal),
        cmocka_unit_test(merged_rows_are_those_kept),
        cmocka_unit_test(damage_is_seen),
    };
    setenv("HONGNIANG_LOG", "error", 0);
    return cmocka_run_group_tests_name("index_documents", tests, NULL, NULL);
}
