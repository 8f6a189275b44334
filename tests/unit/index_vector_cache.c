#include "base/base.h"

#include "index/vector_cache.h"
#include "tests/unit/fake_embedder.h"
#include "tests/unit/temp_dir.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { DIM = 8, HEADER = 88, RECORD = 16 + 4 * DIM + 8 };

struct setup {
    char dir[64], sub[80], file[400];
};

static int set_up(void **state)
{
    struct setup *t = mem_zalloc(1, sizeof *t);
    snprintf(t->dir, sizeof t->dir, "/tmp/hn-vectors-XXXXXX");
    assert_non_null(mkdtemp(t->dir));
    snprintf(t->sub, sizeof t->sub, "%s/a/b", t->dir);
    *state = t;
    return 0;
}

static int tear_down(void **state)
{
    struct setup *t = *state;
    char up[80];
    snprintf(up, sizeof up, "%s/a", t->dir);
    chmod(t->sub, 0700);
    remove_dir(t->sub);
    remove_dir(up);
    remove_dir(t->dir);
    free(t);
    return 0;
}

static struct vector_cache *cache_open(struct setup *t)
{
    struct vector_cache *c = vector_cache_open(t->sub, "model-1", DIM);
    DIR *d = opendir(t->sub);
    for (struct dirent *e; d && (e = readdir(d));)
        if (strstr(e->d_name, ".bin") && !strstr(e->d_name, ".bad"))
            snprintf(t->file, sizeof t->file, "%s/%s", t->sub, e->d_name);
    if (d) closedir(d);
    return c;
}

static void vector_of(size_t i, float *v)
{
    for (size_t k = 0; k < DIM; k++) v[k] = (float)(i * DIM + k);
}

static struct vector_key key_of(size_t i)
{
    char text[32];
    snprintf(text, sizeof text, "text %zu", i);
    return vector_key(EMBED_QUERY, text);
}

static void put(struct vector_cache *c, size_t from, size_t n)
{
    struct vector_key *keys = mem_alloc(n, sizeof *keys);
    float *vectors = mem_alloc(n * DIM, sizeof *vectors);
    for (size_t i = 0; i < n; i++) {
        keys[i] = key_of(from + i);
        vector_of(from + i, vectors + i * DIM);
    }
    vector_cache_put(c, keys, vectors, n);
    free(keys);
    free(vectors);
}

/* Is vector i there? It must be the right one then. */
static bool there(struct vector_cache *c, size_t i)
{
    struct vector_key key = key_of(i);
    float got[DIM], wanted[DIM];
    if (!vector_cache_get(c, &key, got)) return false;
    vector_of(i, wanted);
    assert_memory_equal(got, wanted, sizeof got);
    return true;
}

static off_t size_of(const char *path)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return st.st_size;
}

static void overwrite(const char *path, off_t at, const char *bytes, size_t n)
{
    int fd = open(path, O_WRONLY);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, n, at), (ssize_t)n);
    close(fd);
}

static void keys_tell_texts_and_kinds_apart(void **state)
{
    (void)state;
    struct vector_key a = vector_key(EMBED_QUERY, "轴承"), b = vector_key(EMBED_PASSAGE, "轴承"),
                      c = vector_key(EMBED_QUERY, "轴承 "), d = vector_key(EMBED_QUERY, "轴承");
    assert_memory_equal(&a, &d, sizeof a);
    assert_memory_not_equal(&a, &b, sizeof a);
    assert_memory_not_equal(&a, &c, sizeof a);
}

static void vectors_survive(void **state)
{
    struct setup *t = *state;
    struct vector_cache *c = cache_open(t);
    assert_false(there(c, 0));
    put(c, 0, 3000);
    put(c, 2000, 2000); /* the first half is there already */
    assert_int_equal(vector_cache_count(c), 4000);
    assert_int_equal(size_of(t->file), HEADER + 4000 * RECORD);
    vector_cache_free(c);
    c = cache_open(t);
    assert_int_equal(vector_cache_count(c), 4000);
    for (size_t i = 0; i < 4000; i++) assert_true(there(c, i));
    assert_false(there(c, 4000));
    vector_cache_free(c);
}

static void a_torn_tail_is_cut(void **state)
{
    struct setup *t = *state;
    for (off_t torn = 1; torn < RECORD; torn += 13) {
        struct vector_cache *c = cache_open(t);
        put(c, 0, 10);
        vector_cache_free(c);
        assert_int_equal(truncate(t->file, HEADER + 10 * RECORD - torn), 0);
        c = cache_open(t);
        assert_int_equal(size_of(t->file), HEADER + 9 * RECORD);
        for (size_t i = 0; i < 10; i++) assert_int_equal(there(c, i), i < 9);
        put(c, 9, 2);
        assert_true(there(c, 9) && there(c, 10));
        vector_cache_free(c);
        unlink(t->file);
    }
}

static void damage_costs_a_vector_never_a_wrong_one(void **state)
{
    struct setup *t = *state;
    struct vector_cache *c = cache_open(t);
    put(c, 0, 10);
    for (off_t at = 0; at < RECORD; at += 5) { /* in the key, the vector, the sum */
        char byte;
        int fd = open(t->file, O_RDONLY);
        assert_int_equal(pread(fd, &byte, 1, HEADER + 4 * RECORD + at), 1);
        close(fd);
        byte ^= 16;
        overwrite(t->file, HEADER + 4 * RECORD + at, &byte, 1);
        struct vector_cache *again = cache_open(t);
        for (size_t i = 0; i < 10; i++) assert_int_equal(there(again, i), i != 4);
        vector_cache_free(again);
        assert_false(there(c, 4)); /* nor for who has it open */
        byte ^= 16;
        overwrite(t->file, HEADER + 4 * RECORD + at, &byte, 1);
    }
    overwrite(t->file, HEADER + 4 * RECORD + 20, "x", 1);
    put(c, 4, 1); /* embedded again: the new copy counts */
    assert_true(there(c, 4));
    vector_cache_free(c);
    c = cache_open(t);
    assert_true(there(c, 4));
    vector_cache_free(c);
}

static void a_foreign_file_is_put_aside(void **state)
{
    struct setup *t = *state;
    struct vector_cache *c = cache_open(t);
    put(c, 0, 2);
    vector_cache_free(c);
    static const off_t spots[] = {0, 9, 12, 20, 84}; /* magic, order, dim, model, sum */
    for (size_t k = 0; k < ARRAY_LEN(spots); k++) {
        overwrite(t->file, spots[k], "?", 1);
        c = cache_open(t);
        assert_int_equal(vector_cache_count(c), 0);
        put(c, 0, 2);
        assert_true(there(c, 1));
        vector_cache_free(c);
        char bad[410];
        snprintf(bad, sizeof bad, "%s.bad", t->file);
        assert_int_equal(size_of(bad), HEADER + 2 * RECORD);
    }
    assert_int_equal(truncate(t->file, 10), 0); /* less than a header */
    c = cache_open(t);
    assert_int_equal(vector_cache_count(c), 0);
    vector_cache_free(c);
    c = vector_cache_open(t->sub, "model-2", DIM); /* has its own file */
    assert_int_equal(vector_cache_count(c), 0);
    vector_cache_free(c);
}

static void works_without_a_file(void **state)
{
    struct setup *t = *state;
    struct vector_cache *c = vector_cache_open(NULL, "m", DIM);
    put(c, 0, 2000);
    assert_int_equal(vector_cache_count(c), 2000);
    assert_true(there(c, 0) && there(c, 1999) && !there(c, 2000));
    vector_cache_free(c);
    c = vector_cache_open("/proc/no/such", "m", DIM);
    put(c, 0, 1);
    assert_true(there(c, 0));
    vector_cache_free(c);
    if (geteuid() == 0) return; /* the rest is about permissions */
    c = cache_open(t);
    put(c, 0, 1);
    vector_cache_free(c);
    chmod(t->file, 0400);
    c = cache_open(t);
    put(c, 1, 1);
    assert_true(there(c, 0) && there(c, 1));
    vector_cache_free(c);
    assert_int_equal(size_of(t->file), HEADER + RECORD);
}

static void a_full_disk_keeps_vectors_in_memory(void **state)
{
    struct setup *t = *state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        /* The limit of a file's size stands in for a full disk: half a record fits. */
        struct rlimit limit = {HEADER + 3 * RECORD / 2, HEADER + 3 * RECORD / 2};
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &limit);
        struct vector_cache *c = cache_open(t);
        put(c, 0, 1);
        put(c, 1, 5);
        bool all = there(c, 0) && there(c, 1) && there(c, 5);
        vector_cache_free(c);
        _exit(all ? 0 : 1);
    }
    int status;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    struct vector_cache *c = cache_open(t);
    assert_int_equal(size_of(t->file), HEADER + RECORD);
    assert_true(there(c, 0) && !there(c, 1));
    vector_cache_free(c);
}

static void processes_share_a_file(void **state)
{
    struct setup *t = *state;
    enum { PROCESSES = 3, EACH = 200 };
    struct vector_cache *c = cache_open(t);
    pid_t children[PROCESSES];
    for (size_t p = 0; p < PROCESSES; p++) {
        children[p] = fork();
        assert_true(children[p] >= 0);
        if (children[p]) continue;
        struct vector_cache *own = cache_open(t);
        for (size_t i = 0; i < EACH; i += 4) put(own, p * EACH / 2 + i, 4); /* they overlap */
        vector_cache_free(own);
        _exit(0);
    }
    for (size_t p = 0; p < PROCESSES; p++) {
        int status;
        waitpid(children[p], &status, 0);
        assert_int_equal(status, 0);
    }
    for (size_t i = 0; i < 2 * EACH; i++) assert_true(there(c, i));
    assert_int_equal(vector_cache_count(c), 2 * EACH);
    /* Under the lock nothing that is there is written again. */
    assert_int_equal(size_of(t->file), HEADER + 2 * EACH * RECORD);
    vector_cache_free(c);
}

static void *use(void *arg)
{
    struct vector_cache *c = arg;
    for (size_t i = 0; i < 200; i++) {
        put(c, i, 3);
        assert_true(there(c, i));
    }
    return NULL;
}

static void threads_share_a_cache(void **state)
{
    struct setup *t = *state;
    struct vector_cache *c = cache_open(t);
    pthread_t threads[3];
    for (size_t i = 0; i < ARRAY_LEN(threads); i++) pthread_create(&threads[i], NULL, use, c);
    for (size_t i = 0; i < ARRAY_LEN(threads); i++) pthread_join(threads[i], NULL);
    assert_int_equal(vector_cache_count(c), 202);
    vector_cache_free(c);
}

static void embeds_only_what_is_missing(void **state)
{
    (void)state;
    struct fake_embedder *e = fake_embedder_new(DIM);
    struct vector_cache *c = vector_cache_open(NULL, embedder_id(&e->base), DIM);
    static const char *const texts[] = {"a", "b", "", "b", "c"};
    float first[5 * DIM], second[5 * DIM], direct[5 * DIM];
    size_t n;
    assert_int_equal(vector_cache_embed(c, &e->base, EMBED_PASSAGE, texts, 3, first, &n, NULL), 0);
    assert_int_equal(n, 3);
    assert_int_equal(vector_cache_embed(c, &e->base, EMBED_PASSAGE, texts, 5, second, &n, NULL), 0);
    assert_int_equal(n, 1);
    embedder_embed(&e->base, EMBED_PASSAGE, texts, 5, direct, NULL);
    assert_memory_equal(second, direct, sizeof direct);
    atomic_store(&e->broken, true);
    struct err err = {0};
    assert_int_equal(vector_cache_embed(c, &e->base, EMBED_QUERY, texts, 1, first, &n, &err), -1);
    assert_string_equal(err.code, "fake_broken");
    assert_int_equal(vector_cache_embed(c, &e->base, EMBED_PASSAGE, texts, 5, first, NULL, NULL),
                     0);
    vector_cache_free(c);
    embedder_free(&e->base);
}

/* Long vectors, so that the file is mapped in several windows and some lie over the end of one. */
static void lends_what_lies_in_the_file(void **state)
{
    struct setup *t = *state;
    enum { LONG = 60000, N = 200 };
    struct vector_cache *c = vector_cache_open(t->sub, "long", LONG);
    float *v = mem_zalloc(LONG, sizeof *v);
    const float *lent[N];
    for (size_t i = 0; i < N; i++) {
        struct vector_key key = key_of(i);
        assert_null(vector_cache_lend(c, &key));
        v[0] = v[LONG - 1] = (float)i;
        vector_cache_put(c, &key, v, 1);
        lent[i] = vector_cache_lend(c, &key); /* and then the file grows */
        assert_non_null(lent[i]);
    }
    for (size_t i = 0; i < N; i++) {
        struct vector_key key = key_of(i);
        assert_ptr_equal(vector_cache_lend(c, &key), lent[i]);
        v[0] = v[LONG - 1] = (float)i;
        assert_memory_equal(lent[i], v, LONG * sizeof *v);
    }
    remove_dir(t->sub); /* the file may be deleted */
    assert_true(lent[N / 2][LONG - 1] == N / 2);
    vector_cache_free(c);
    c = vector_cache_open(NULL, "long", LONG);
    struct vector_key key = key_of(0);
    vector_cache_put(c, &key, v, 1);
    assert_true(vector_cache_get(c, &key, v));
    assert_null(vector_cache_lend(c, &key)); /* memory may move */
    vector_cache_free(c);
    free(v);
}

static void lends_nothing_that_is_damaged(void **state)
{
    struct setup *t = *state;
    struct vector_cache *c = cache_open(t);
    put(c, 0, 3);
    int fd = open(t->file, O_RDWR);
    float wrong = 99;
    assert_int_equal(pwrite(fd, &wrong, 4, HEADER + RECORD + 16 + 8), 4);
    struct vector_key key = key_of(1), other = key_of(2);
    assert_null(vector_cache_lend(c, &key));
    assert_non_null(vector_cache_lend(c, &other));
    assert_int_equal(ftruncate(fd, HEADER + RECORD), 0);
    assert_null(vector_cache_lend(c, &other));
    close(fd);
    vector_cache_free(c);
}

int main(void)
{
    setenv("HONGNIANG_LOG", "error", 0);
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(keys_tell_texts_and_kinds_apart),
        TEST(vectors_survive),
        TEST(a_torn_tail_is_cut),
        TEST(damage_costs_a_vector_never_a_wrong_one),
        TEST(a_foreign_file_is_put_aside),
        TEST(works_without_a_file),
        TEST(a_full_disk_keeps_vectors_in_memory),
        TEST(processes_share_a_file),
        TEST(threads_share_a_cache),
        TEST(embeds_only_what_is_missing),
        TEST(lends_what_lies_in_the_file),
        TEST(lends_nothing_that_is_damaged),
    };
    return cmocka_run_group_tests_name("index_vector_cache", tests, NULL, NULL);
}
