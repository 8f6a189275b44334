#include "base/base.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/vec.h"
#include "index/kept.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum {
    ENTRIES,
    LIVE, /* of all rows of all segments, a byte each */
    SECTIONS
};
static const struct sections_format format = {
    {'H', 'N', 'I', 'N', 'D', 'E', 'X', '\n'}, 1, SECTIONS};

enum { SEQ, MARK, MODEL };

/* The files of a segment. */
static const char *const kinds[] = {"records", "words", "pieces", "codes"};

struct entry {
    uint64_t seed;
    uint32_t kind, rows;
};

struct kept {
    char *dir;
    uint64_t model;       /* a hash of its identity; 0: none */
    uint64_t their_model; /* of who wrote what is there */
    int lock;             /* the descriptor that holds it; -1: not held */
    bool whole;
    int64_t seq;
    uint64_t mark;
    VEC(uint64_t) named; /* the segments that index.bin names */
    struct arena arena;
    VEC(struct kept_segment) segments;
};

static char *path_in(const char *dir, const char *name)
{
    struct str path;
    str_init(&path);
    str_addf(&path, "%s/%s", dir, name);
    return str_take(&path);
}

static void release(struct kept_segment *x)
{
    segment_release(x->segment);
    free(x->live);
    free(x->again);
}

/* ---- opening --------------------------------------------------------------------------------- */

/* The segments that index.bin names; false when one is missing. */
static bool open_segments(struct kept *k, const struct sections *s,
                          const struct segment_tools *tools)
{
    size_t n = sections_size(s, ENTRIES) / sizeof(struct entry);
    const struct entry *entries = sections_at(s, ENTRIES);
    const uint8_t *live = sections_at(s, LIVE), *end = live + sections_size(s, LIVE);
    bool whole = true;
    k->named.len = 0;
    for (size_t i = 0; i < n; i++) vec_push(&k->named, entries[i].seed);
    for (size_t i = 0; i < n; i++) {
        if ((size_t)(end - live) < entries[i].rows) return false;
        struct segment *segment = segment_open(k->dir, entries[i].seed, tools);
        if (segment && segment->rows == entries[i].rows &&
            segment->documents->kind == entries[i].kind) {
            struct kept_segment x = {.segment = segment, .live = mem_dup(live, segment->rows)};
            x.again = mem_zalloc(segment->rows, sizeof *x.again);
            vec_push(&k->segments, x);
        } else {
            segment_release(segment);
            whole = false;
        }
        live += entries[i].rows;
    }
    return whole && live == end;
}

static bool open_index(struct kept *k, const struct segment_tools *tools)
{
    char *path = path_in(k->dir, "index.bin");
    struct sections *s = sections_open(&format, path);
    bool there = s != NULL || errno == 0;
    if (s && sections_first_sound(s, SECTIONS)) {
        const uint64_t *given = sections_given(s);
        k->seq = (int64_t)given[SEQ];
        k->mark = given[MARK];
        k->their_model = given[MODEL];
        k->whole = open_segments(k, s, tools);
    }
    sections_free(s);
    free(path);
    return k->whole || !there;
}

struct kept *kept_open(const char *dir, const char *model, const struct segment_tools *tools)
{
    struct kept *k = mem_zalloc(1, sizeof *k);
    k->dir = mem_strdup(dir);
    k->model = model ? hash_bytes(1, model, strlen(model)) : 0;
    k->lock = -1;
    arena_init(&k->arena);
    /* Another process may be replacing files just now. */
    for (int attempt = 0; attempt < 3 && !open_index(k, tools); attempt++) {
        if (attempt == 2) {
            log_warn("index", "kept files discarded dir=%s", dir);
            break;
        }
        while (k->segments.len) release(&k->segments.at[--k->segments.len]);
    }
    return k;
}

void kept_free(struct kept *k)
{
    if (!k) return;
    while (k->segments.len) release(&k->segments.at[--k->segments.len]);
    vec_free(&k->segments);
    vec_free(&k->named);
    if (k->lock >= 0) close(k->lock);
    arena_free(&k->arena);
    free(k->dir);
    free(k);
}

const char *kept_dir(const struct kept *k)
{
    return k->dir;
}

bool kept_state(const struct kept *k, int64_t *seq, uint64_t *mark)
{
    *seq = k->seq;
    *mark = k->mark;
    return k->whole;
}

bool kept_take(struct kept *k, const struct record *r)
{
    for (size_t i = 0; i < k->segments.len; i++) {
        struct kept_segment *x = &k->segments.at[i];
        const struct documents *d = x->segment->documents;
        if (d->kind != r->kind) continue;
        uint32_t row = documents_find(d, r->uid);
        if (row == UINT32_MAX || !documents_equal(d, row, r, &k->arena)) continue;
        arena_reset(&k->arena);
        x->again[row] = true;
        return true;
    }
    arena_reset(&k->arena);
    return false;
}

bool kept_next(struct kept *k, struct kept_segment *out)
{
    k->whole = false;
    if (!k->segments.len) return false;
    *out = k->segments.at[--k->segments.len];
    return true;
}

/* ---- saving ---------------------------------------------------------------------------------- */

bool kept_may_write(struct kept *k)
{
    if (k->lock >= 0) return true;
    if (!k->model && k->their_model) return false;
    char *path = path_in(k->dir, "index.lock");
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    free(path);
    if (fd < 0) return false;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        k->lock = fd;
    else
        close(fd);
    return k->lock >= 0;
}

/* The segments of a snapshot, by kind. */
struct all {
    size_t n;
    struct segment *at[KIND_COUNT * SHELF_SEGMENTS];
};

static struct all segments_of(const struct snapshot *s)
{
    struct all all = {0};
    for (int kind = 0; kind < KIND_COUNT; kind++)
        for (size_t i = 0; i < s->shelves[kind]->n_segments; i++)
            all.at[all.n++] = s->shelves[kind]->segments[i];
    return all;
}

static int write_index(struct kept *k, const struct snapshot *s, const struct all *all)
{
    uint64_t rows = 0;
    for (size_t i = 0; i < all->n; i++) rows += all->at[i]->rows;
    const uint64_t sizes[SECTIONS] = {[ENTRIES] = all->n * sizeof(struct entry), [LIVE] = rows};
    char *path = path_in(k->dir, "index.bin");
    struct sections *x = sections_new(&format, sizes, path);
    free(path);
    if (!x) return -1;
    uint64_t *given = sections_numbers(x);
    given[SEQ] = (uint64_t)s->seq;
    given[MARK] = s->mark;
    given[MODEL] = k->model;
    struct entry *entries = sections_room(x, ENTRIES);
    uint8_t *live = sections_room(x, LIVE);
    for (size_t i = 0; i < all->n; i++) {
        const struct documents *d = all->at[i]->documents;
        entries[i] = (struct entry){d->seed, d->kind, d->rows};
    }
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        const struct shelf *shelf = s->shelves[kind];
        memcpy(live, shelf->live, shelf->first[shelf->n_segments]);
        live += shelf->first[shelf->n_segments];
    }
    int rc = sections_keep(x), why = errno;
    sections_free(x);
    errno = why;
    return rc;
}

/* Is it one of our files, of no segment that is needed, or a half-written one? */
static bool is_leftover(const char *name, const struct all *all)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        size_t len = strlen(kinds[i]);
        if (strncmp(name, kinds[i], len) != 0 || name[len] != '-') continue;
        const char *seed = name + len + 1;
        if (strspn(seed, "0123456789abcdef") != 16 || strncmp(seed + 16, ".bin", 4) != 0) continue;
        bool needed = false;
        for (size_t k = 0; k < all->n && !needed; k++) {
            char *path = segment_path("", kinds[i], all->at[k]->documents->seed);
            needed = strcmp(path + 1, name) == 0;
            free(path);
        }
        return !needed;
    }
    return strncmp(name, "index.bin.", 10) == 0;
}

static void remove_leftovers(const struct kept *k, const struct all *all)
{
    DIR *d = opendir(k->dir);
    for (struct dirent *e; d && (e = readdir(d));)
        if (is_leftover(e->d_name, all)) unlinkat(dirfd(d), e->d_name, 0);
    if (d) closedir(d);
}

int kept_save(struct kept *k, const struct snapshot *s, struct vector_cache *cache)
{
    double started = clock_seconds();
    struct all all = segments_of(s);
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < all.n; i++) {
        rc = segment_save(all.at[i], k->dir);
        if (rc == 0) rc = segment_save_codes(all.at[i], k->dir, cache);
    }
    if (rc == 0 && cache) vector_cache_keep(cache);
    if (rc == 0) rc = write_index(k, s, &all);
    if (rc != 0) {
        log_warn("index", "not kept dir=%s error=\"%s\"", k->dir, strerror(errno));
        return -1;
    }
    k->their_model = k->model;
    k->named.len = 0;
    for (size_t i = 0; i < all.n; i++) vec_push(&k->named, all.at[i]->documents->seed);
    remove_leftovers(k, &all);
    log_info("index", "kept segments=%zu seq=%lld seconds=%.2f", all.n, (long long)s->seq,
             clock_seconds() - started);
    return 0;
}

void kept_forget(struct kept *k, const struct segment *s)
{
    uint64_t seed = s->documents->seed;
    if (!sections_mapped(s->documents->block)) return;
    for (size_t i = 0; i < k->named.len; i++)
        if (k->named.at[i] == seed) return;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        char *path = segment_path(k->dir, kinds[i], seed);
        unlink(path);
        free(path);
    }
}

void kept_discard(struct kept *k)
{
    const struct all none = {0};
    if (!kept_may_write(k)) return;
    char *path = path_in(k->dir, "index.bin");
    unlink(path);
    free(path);
    remove_leftovers(k, &none);
}
