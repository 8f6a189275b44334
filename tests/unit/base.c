/* The base layer: what every other test stands on. */
#include "base/base.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/messages.h"
#include "base/pool.h"
#include "base/str.h"
#include "base/utf8.h"
#include "base/vec.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void an_error_speaks_both_languages(void **state)
{
    (void)state;
    struct err err = {0};
    assert_int_equal(err_set(&err, ERR_IO, MSG_FILE_OPEN, "a.csv", "gone"), -1);
    assert_int_equal(err.kind, ERR_IO);
    assert_string_equal(err.code, "file_open");
    assert_string_equal(err_text(&err, LANG_ZH), "无法打开文件 a.csv:gone");
    assert_string_equal(err_text(&err, LANG_EN), "cannot open a.csv: gone");
    assert_string_equal(err.hint[LANG_EN], "check the path and the permission to read it");
    assert_int_equal(err_set(NULL, ERR_IO, MSG_FILE_OPEN, "a", "b"), -1);
}

static void a_long_message_is_cut_between_characters(void **state)
{
    (void)state;
    struct str name;
    str_init(&name);
    for (int i = 0; i < 500; i++) str_adds(&name, "轴");
    for (int shift = 0; shift < 4; shift++) {
        struct err err = {0};
        err_set(&err, ERR_IO, MSG_FILE_OPEN, name.data, "x");
        const char *text = err_text(&err, LANG_ZH);
        assert_true(strlen(text) < sizeof err.text[0]);
        assert_int_equal(utf8_check(text, strlen(text)), strlen(text));
        str_addc(&name, 'x');
    }
    str_free(&name);
}

static void arena_memory_is_aligned_and_reusable(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a);
    for (int round = 0; round < 3; round++) {
        char *small = arena_strdup(&a, "small");
        char *large = arena_alloc(&a, 100000, 1);
        memset(large, 'x', 100000);
        char *after = arena_printf(&a, "%d-%s", round, "after");
        assert_string_equal(small, "small");
        assert_string_equal(after + 1, "-after");
        for (size_t i = 1; i < 200; i += 7)
            assert_int_equal((uintptr_t)arena_alloc(&a, i, 1) % 16, 0);
        assert_null(arena_strdup(&a, NULL));
        arena_reset(&a);
        assert_int_equal(a.bytes, 0);
    }
    arena_free(&a);
}

static void str_grows_and_is_taken(void **state)
{
    (void)state;
    struct str s;
    str_init(&s);
    assert_string_equal(s.data, "");
    str_addf(&s, "%d,", 1);
    for (int i = 0; i < 1000; i++) str_addc(&s, 'y');
    str_add(&s, "z!", 1);
    assert_int_equal(s.len, 1003);
    assert_int_equal(s.data[1002], 'z');
    char *taken = str_take(&s);
    assert_int_equal(strlen(taken), 1003);
    assert_int_equal(s.len, 0);
    free(taken);
    free(str_take(&s));
}

static void utf8_refuses_what_the_standard_refuses(void **state)
{
    (void)state;
    static const char *const bad[] = {"\x80",         "\xc0\xaf",         "\xe0\x80\x80",
                                      "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80",
                                      "\xe8\xbd"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_int_equal(utf8_check(bad[i], strlen(bad[i])), 0);
    const char *good = "a轴é𠀀";
    assert_int_equal(utf8_check(good, strlen(good)), strlen(good));
    assert_int_equal(utf8_count(good, strlen(good)), 4);
    assert_int_equal(utf8_offset(good, strlen(good), 2), 4);
    assert_int_equal(utf8_offset(good, strlen(good), 9), strlen(good));
    for (uint32_t cp = 1; cp < 0x110000; cp += 97) {
        if (cp >= 0xD800 && cp <= 0xDFFF) continue;
        char buf[4];
        uint32_t back;
        size_t n = utf8_encode(cp, buf);
        assert_int_equal(utf8_decode(buf, buf + n, &back), n);
        assert_int_equal(back, cp);
    }
    assert_true(utf8_is_han(0x8F74) && !utf8_is_han('a') && !utf8_is_han(0x3002));
}

static void map_finds_every_key_it_was_given(void **state)
{
    (void)state;
    struct map *m = map_new();
    char key[32];
    for (uint32_t i = 0; i < 5000; i++) {
        int n = snprintf(key, sizeof key, "key-%u", i);
        assert_int_equal(map_add(m, key, (size_t)n, i), i);
    }
    assert_int_equal(map_count(m), 5000);
    for (uint32_t i = 0; i < 5000; i++) {
        int n = snprintf(key, sizeof key, "key-%u", i);
        assert_int_equal(map_get(m, key, (size_t)n), i);
        assert_int_equal(map_add(m, key, (size_t)n, 0), i); /* the first value stays */
    }
    assert_int_equal(map_get(m, "key-5000", 8), MAP_ABSENT);
    map_set(m, "key-1", 5, 99);
    assert_int_equal(map_get(m, "key-1", 5), 99);
    map_add(m, "", 0, 7);
    assert_int_equal(map_get(m, "", 0), 7);
    map_free(m);
}

struct tally {
    atomic_int hits[1000];
    atomic_int workers[64];
    int threads;
};

static void count_hit(void *ctx, size_t i, int worker)
{
    struct tally *t = ctx;
    assert_in_range(worker, 0, t->threads - 1);
    assert_int_equal(atomic_fetch_add(&t->workers[worker], 1), 0); /* never twice at once */
    atomic_fetch_add(&t->hits[i], 1);
    atomic_fetch_sub(&t->workers[worker], 1);
}

static void the_pool_does_each_item_once(void **state)
{
    (void)state;
    static const int sizes[] = {1, 2, 5};
    for (size_t s = 0; s < ARRAY_LEN(sizes); s++) {
        struct pool *p = pool_new(sizes[s]);
        struct tally *t = mem_zalloc(1, sizeof *t);
        t->threads = pool_threads(p);
        for (int round = 1; round <= 20; round++) {
            pool_run(p, 1000, count_hit, t);
            for (int i = 0; i < 1000; i++) assert_int_equal(atomic_load(&t->hits[i]), round);
        }
        pool_run(p, 0, count_hit, t);
        free(t);
        pool_free(p);
    }
    assert_true(pool_cpus() >= 1);
}

struct crowd {
    struct pool *pool;
    atomic_long sum;
};

static void add_item(void *ctx, size_t i, int worker)
{
    (void)worker;
    atomic_fetch_add(&((struct crowd *)ctx)->sum, (long)i + 1);
}

static void *crowd_member(void *arg)
{
    struct crowd *c = arg;
    for (int round = 0; round < 200; round++) pool_run(c->pool, 1 + (size_t)round % 3, add_item, c);
    return NULL;
}

static void callers_of_the_pool_take_turns(void **state)
{
    (void)state;
    struct crowd c = {.pool = pool_new(3)};
    pthread_t members[4];
    for (size_t i = 0; i < ARRAY_LEN(members); i++)
        assert_int_equal(pthread_create(&members[i], NULL, crowd_member, &c), 0);
    for (size_t i = 0; i < ARRAY_LEN(members); i++) pthread_join(members[i], NULL);
    /* rounds of 1, 3 and 6 by turns: 67 + 67 + 66 of them */
    assert_int_equal(atomic_load(&c.sum), 4 * (67 * 1 + 67 * 3 + 66 * 6));
    pool_free(c.pool);
}

static void files_are_read_whole_or_refused(void **state)
{
    (void)state;
    struct err err = {0};
    struct str s;
    str_init(&s);
    assert_int_equal(file_read("/nonexistent/x", 100, &s, &err), -1);
    assert_string_equal(err.code, "file_open");
    assert_int_equal(file_read("/tmp", 100, &s, &err), -1);
    assert_string_equal(err.code, "file_directory");
    char path[] = "/tmp/hn-file-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "ab\0cd", 5), 5);
    close(fd);
    assert_int_equal(file_read(path, 100, &s, &err), 0);
    assert_int_equal(s.len, 5);
    assert_memory_equal(s.data, "ab\0cd", 6);
    assert_int_equal(file_read(path, 4, &s, &err), -1);
    assert_string_equal(err.code, "file_too_large");
    unlink(path);
    str_free(&s);
}

static void stamps_are_rfc_3339(void **state)
{
    (void)state;
    char stamp[CLOCK_STAMP_BYTES];
    int y, mo, d, h, mi, sec;
    char z;
    assert_int_equal(
        sscanf(clock_stamp(stamp), "%4d-%2d-%2dT%2d:%2d:%2d%c", &y, &mo, &d, &h, &mi, &sec, &z), 7);
    assert_int_equal(z, 'Z');
    double before = clock_seconds();
    assert_true(clock_seconds() >= before);
}

static void vec_grows(void **state)
{
    (void)state;
    VEC(int) v = {0};
    for (int i = 0; i < 100; i++) vec_push(&v, i);
    assert_int_equal(v.len, 100);
    assert_int_equal(v.at[99], 99);
    vec_free(&v);
    assert_null(v.at);
}

/* What is written to stderr goes into a pipe meanwhile. */
struct caught {
    int kept, from;
};

static struct caught catch_stderr(void)
{
    int ends[2];
    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    struct caught c = {.kept = dup(STDERR_FILENO), .from = ends[0]};
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    return c;
}

/* How many bytes there are now, in to, NUL-terminated. */
static size_t take_caught(const struct caught *c, char *to, size_t size)
{
    ssize_t n = read(c->from, to, size - 1);
    to[n > 0 ? n : 0] = '\0';
    return n > 0 ? (size_t)n : 0;
}

static void end_catching(const struct caught *c)
{
    dup2(c->kept, STDERR_FILENO);
    close(c->kept);
    close(c->from);
}

static void a_batch_is_written_late_and_whole(void **state)
{
    (void)state;
    static char text[1 << 16], longest[3000];
    struct caught c = catch_stderr();
    struct log_batch *b = log_batch_new("test");
    log_batch_add(b, "a=1\nb=2", 7, false);
    assert_int_equal(take_caught(&c, text, sizeof text), 0);
    for (int i = 0; i < 100 && take_caught(&c, text, sizeof text) == 0; i++) usleep(50000);
    assert_string_equal(strstr(text, "Z info "), "Z info test a=1 b=2\n");
    log_batch_add(b, "held", 4, false);
    log_batch_add(b, "now", 3, true);
    take_caught(&c, text, sizeof text);
    assert_non_null(strstr(text, " held\n"));
    assert_string_equal(strstr(text, " now"), " now\n");
    /* Full, it is written in lines that are whole; none is longer than a line may be. */
    memset(longest, 'x', sizeof longest);
    for (int i = 0; i < 5; i++) log_batch_add(b, longest, sizeof longest, false);
    size_t n = take_caught(&c, text, sizeof text);
    assert_true(n % 1024 == 0 && n > 0 && text[n - 1] == '\n');
    log_batch_free(b);
    assert_int_equal(n + take_caught(&c, text, sizeof text), 5 * 1024);
    end_catching(&c);
    log_batch_free(NULL);
}

static void *add_lines(void *batch)
{
    for (int i = 0; i < 1000; i++) log_batch_add(batch, "of=thread", 9, i % 100 == 0);
    return NULL;
}

static void no_line_of_a_batch_is_lost(void **state)
{
    (void)state;
    static char text[1 << 18];
    pthread_t threads[4];
    FILE *file = tmpfile();
    int kept = dup(STDERR_FILENO);
    dup2(fileno(file), STDERR_FILENO);
    struct log_batch *b = log_batch_new("test");
    for (size_t i = 0; i < ARRAY_LEN(threads); i++) pthread_create(&threads[i], NULL, add_lines, b);
    for (size_t i = 0; i < ARRAY_LEN(threads); i++) pthread_join(threads[i], NULL);
    log_batch_free(b);
    dup2(kept, STDERR_FILENO);
    close(kept);
    rewind(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    size_t whole = 0;
    for (char *p = text; (p = strstr(p, " test of=thread\n")); p++) whole++;
    assert_int_equal(whole, 4000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_speaks_both_languages),
        cmocka_unit_test(a_long_message_is_cut_between_characters),
        cmocka_unit_test(arena_memory_is_aligned_and_reusable),
        cmocka_unit_test(str_grows_and_is_taken),
        cmocka_unit_test(utf8_refuses_what_the_standard_refuses),
        cmocka_unit_test(map_finds_every_key_it_was_given),
        cmocka_unit_test(the_pool_does_each_item_once),
        cmocka_unit_test(callers_of_the_pool_take_turns),
        cmocka_unit_test(files_are_read_whole_or_refused),
        cmocka_unit_test(stamps_are_rfc_3339),
        cmocka_unit_test(a_batch_is_written_late_and_whole),
        cmocka_unit_test(no_line_of_a_batch_is_lost),
        cmocka_unit_test(vec_grows),
    };
    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
