/* The cache of answers: keys, generations, the bound in bytes, and threads. */
#include "base/base.h"

#include "web/cache.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROOM = 1 << 20 };

static void put(struct cache *c, const char *key, uint64_t generation, const char *body)
{
    cache_put(c, key, strlen(key), generation, "tag", body, strlen(body));
}

/* Is there an answer, and is it this one? */
static bool has(struct cache *c, const char *key, uint64_t generation, const char *body)
{
    size_t len;
    struct cached *a = cache_get(c, key, strlen(key), generation);
    if (!a) return false;
    const unsigned char *got = cached_body(a, &len);
    assert_int_equal(len, strlen(body));
    assert_memory_equal(got, body, len);
    assert_string_equal(cached_tag(a), "tag");
    cached_release(a);
    return true;
}

static void test_gives_what_was_put(void **state)
{
    (void)state;
    struct cache *c = cache_new(ROOM);
    assert_false(has(c, "a", 1, ""));
    put(c, "a", 1, "one");
    put(c, "b", 1, "");
    assert_true(has(c, "a", 1, "one"));
    assert_true(has(c, "b", 1, ""));
    put(c, "a", 1, "another");
    assert_true(has(c, "a", 1, "another"));
    /* A key is all of its bytes, those behind a NUL too. */
    cache_put(c, "x\0y", 3, 1, "tag", "xy", 2);
    assert_null(cache_get(c, "x\0z", 3, 1));
    assert_null(cache_get(c, "x", 1, 1));
    struct cache_state s;
    cache_state(c, &s);
    assert_int_equal(s.answers, 3);
    assert_int_equal(s.hits, 3);
    assert_int_equal(s.misses, 4);
    cache_free(c);
}

static void test_older_generations_are_gone(void **state)
{
    (void)state;
    struct cache *c = cache_new(ROOM);
    put(c, "a", 1, "old");
    assert_false(has(c, "a", 2, "")); /* asked for: the shard is emptied */
    assert_false(has(c, "a", 1, ""));
    put(c, "a", 1, "late"); /* made before, finished after */
    assert_false(has(c, "a", 1, ""));
    assert_false(has(c, "a", 2, ""));
    put(c, "a", 2, "new");
    assert_true(has(c, "a", 2, "new"));
    put(c, "a", 3, "newer"); /* a newer one that nobody asked for yet */
    assert_false(has(c, "a", 2, ""));
    assert_true(has(c, "a", 3, "newer"));
    for (int i = 0; i < 100; i++) {
        char key[16];
        snprintf(key, sizeof key, "%d", i);
        put(c, key, 3, "x");
        assert_false(has(c, key, 4 + (uint64_t)i, ""));
    }
    cache_free(c);
}

static void test_bytes_are_bounded(void **state)
{
    (void)state;
    static char body[8000], large[ROOM / CACHE_SHARE + 1];
    char key[16];
    struct cache_state s;
    struct cache *c = cache_new(ROOM);
    memset(body, 'b', sizeof body - 1);
    memset(large, 'l', sizeof large - 1);
    put(c, "large", 1, large);
    assert_false(has(c, "large", 1, large));
    put(c, "used", 1, body);
    for (int i = 0; i < 1000; i++) {
        snprintf(key, sizeof key, "%d", i);
        put(c, key, 1, body);
        assert_true(has(c, "used", 1, body)); /* what is asked for stays */
        cache_state(c, &s);
        assert_true(s.bytes <= ROOM);
    }
    assert_true(s.answers > 40 && s.bytes > ROOM * 3 / 4);
    assert_true(has(c, "999", 1, body));
    assert_false(has(c, "0", 1, body));
    cache_free(c);
}

static void test_a_reference_outlives_its_place(void **state)
{
    (void)state;
    size_t len;
    struct cache *c = cache_new(ROOM);
    put(c, "a", 1, "held");
    struct cached *a = cache_get(c, "a", 1, 1), *b = cache_get(c, "a", 1, 1);
    assert_false(has(c, "a", 2, ""));
    cached_release(b);
    assert_memory_equal(cached_body(a, &len), "held", 4);
    cache_free(c);
    assert_memory_equal(cached_body(a, &len), "held", 4);
    cached_release(a);
    cached_release(NULL);
    cache_free(NULL);
}

static void drop_counted(void *sendable)
{
    ++*(int *)sendable;
}

static void test_what_is_sent_is_made_once(void **state)
{
    (void)state;
    int first = 0, second = 0;
    struct cache *c = cache_new(ROOM);
    put(c, "a", 1, "x");
    struct cached *a = cache_get(c, "a", 1, 1);
    assert_null(cached_sendable(a));
    assert_ptr_equal(cached_keep_sendable(a, &first, drop_counted), &first);
    assert_ptr_equal(cached_keep_sendable(a, &second, drop_counted), &first); /* too late */
    assert_int_equal(second, 1);
    assert_ptr_equal(cached_sendable(a), &first);
    cache_free(c);
    assert_int_equal(first, 0);
    cached_release(a);
    assert_int_equal(first, 1);
    assert_int_equal(second, 1);
}

/* Every body says its key and generation, so that a mixed-up answer shows. */
static void *hammer(void *ctx)
{
    struct cache *c = ctx;
    char key[16], body[3000];
    unsigned seed = (unsigned)(uintptr_t)&key;
    uint64_t *wrong = calloc(1, sizeof *wrong);
    for (int i = 0; i < 20000; i++) {
        size_t len;
        uint64_t generation = 1 + (uint64_t)i / 2000;
        snprintf(key, sizeof key, "%d", rand_r(&seed) % 200);
        int n = snprintf(body, sizeof body, "%s@%llu", key, (unsigned long long)generation);
        struct cached *a = cache_get(c, key, strlen(key), generation);
        if (a) {
            const unsigned char *got = cached_body(a, &len);
            *wrong += len != sizeof body || memcmp(got, body, (size_t)n + 1) != 0;
            cached_release(a);
        } else {
            memset(body + n, 0, sizeof body - (size_t)n);
            cache_put(c, key, strlen(key), generation, "tag", body, sizeof body);
        }
    }
    return wrong;
}

static void test_threads_get_their_own(void **state)
{
    (void)state;
    pthread_t thread[4];
    struct cache_state s;
    struct cache *c = cache_new(ROOM / 4);
    for (size_t i = 0; i < ARRAY_LEN(thread); i++)
        assert_int_equal(pthread_create(&thread[i], NULL, hammer, c), 0);
    for (size_t i = 0; i < ARRAY_LEN(thread); i++) {
        void *wrong;
        pthread_join(thread[i], &wrong);
        assert_int_equal(*(uint64_t *)wrong, 0);
        free(wrong);
    }
    cache_state(c, &s);
    assert_true(s.hits > 0 && s.bytes <= ROOM / 4);
    cache_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gives_what_was_put),
        cmocka_unit_test(test_older_generations_are_gone),
        cmocka_unit_test(test_bytes_are_bounded),
        cmocka_unit_test(test_a_reference_outlives_its_place),
        cmocka_unit_test(test_what_is_sent_is_made_once),
        cmocka_unit_test(test_threads_get_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
