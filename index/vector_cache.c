#include "base/base.h"

#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/vec.h"
#include "index/vector_cache.h"
#include "index/vector_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* A cache in memory alone is a makeshift; beyond this many floats it takes no more (1 GiB). */
#define MEMORY_FLOATS_MAX ((size_t)1 << 28)

enum { KEY_BYTES = 16, SUM_BYTES = 8, READ_BYTES = 1 << 20, WINDOW_BYTES = 16 << 20 };

static const char magic[8] = {'H', 'N', 'V', 'E', 'C', 'T', '1', '\n'};

struct header {
    char magic[8];
    uint32_t order, dim;
    char model[64];
    uint64_t sum;
};
_Static_assert(sizeof(struct header) == 88, "the header has no padding");

/* Where a vector is: record number in the file, or with IN_MEMORY row number in memory. */
#define IN_MEMORY (UINT32_C(1) << 31)
#define NOWHERE   VECTOR_NOWHERE

struct entry {
    struct vector_key key;
    uint32_t place;
};

struct vector_cache {
    int dim;
    size_t record_bytes;
    char *path; /* NULL: memory only */
    int fd;     /* -1: memory only */
    bool writable;
    pthread_mutex_t lock; /* guards what follows */
    off_t known;          /* bytes of the file that are indexed */
    VEC(float) memory;
    struct vector_keys *keys; /* of the first records in the file; NULL: none */
    struct entry *table;      /* of the others; open addressing; place NOWHERE: free */
    size_t in_table, mask;
    size_t count; /* with those of keys */
    bool complained;
    /* The file, mapped as far as it is lent: window i begins at i * WINDOW_BYTES and is a record
     * longer, so that a record lies in the window it begins in. They stay where they are. */
    VEC(unsigned char *) windows;
};

/* ---- keys and checksums ---------------------------------------------------------------------- */

struct vector_key vector_key(enum embed_kind kind, const char *text)
{
    struct vector_key key;
    unsigned char prefix = kind == EMBED_QUERY ? 'q' : 'p';
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, sizeof key.bytes);
    crypto_generichash_update(&state, &prefix, 1);
    crypto_generichash_update(&state, (const unsigned char *)text, strlen(text));
    crypto_generichash_final(&state, key.bytes, sizeof key.bytes);
    return key;
}

/* Four lanes of FNV-1a over 64-bit words: guards against accidents, at memory speed. */
static uint64_t checksum(const void *data, size_t len)
{
    const unsigned char *p = data;
    uint64_t lane[4] = {1, 2, 3, 4}, w;
    size_t i = 0;
    for (; i + 32 <= len; i += 32) {
        for (size_t k = 0; k < 4; k++) {
            memcpy(&w, p + i + 8 * k, 8);
            lane[k] = (lane[k] ^ w) * 0x9e3779b97f4a7c15u;
            lane[k] ^= lane[k] >> 29;
        }
    }
    return hash_bytes(hash_bytes(len, lane, sizeof lane), p + i, len - i);
}

/* ---- the table ------------------------------------------------------------------------------- */

static struct entry *find(const struct vector_cache *c, const struct vector_key *key)
{
    uint64_t hash;
    memcpy(&hash, key->bytes, sizeof hash);
    for (size_t i = hash & c->mask;; i = (i + 1) & c->mask) {
        struct entry *e = &c->table[i];
        if (e->place == NOWHERE || memcmp(&e->key, key, sizeof *key) == 0) return e;
    }
}

static void table_new(struct vector_cache *c, size_t slots)
{
    c->table = mem_alloc(slots, sizeof *c->table);
    for (size_t i = 0; i < slots; i++) c->table[i].place = NOWHERE;
    c->mask = slots - 1;
}

/* The later place wins: it was written because the earlier one could not be read. */
static void table_set(struct vector_cache *c, const struct vector_key *key, uint32_t place)
{
    if ((c->in_table + 1) * 4 > (c->mask + 1) * 3) {
        struct entry *old = c->table;
        size_t n = c->mask + 1;
        table_new(c, n * 2);
        for (size_t i = 0; i < n; i++)
            if (old[i].place != NOWHERE) *find(c, &old[i].key) = old[i];
        free(old);
    }
    struct entry *e = find(c, key);
    c->in_table += e->place == NOWHERE;
    c->count += e->place == NOWHERE;
    e->key = *key;
    e->place = place;
}

/* ---- the file -------------------------------------------------------------------------------- */

static bool read_all(int fd, void *buffer, size_t len, off_t at)
{
    char *p = buffer;
    while (len) {
        ssize_t n = pread(fd, p, len, at);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        p += n;
        at += n;
        len -= (size_t)n;
    }
    return true;
}

static bool write_all(int fd, const void *buffer, size_t len, off_t at)
{
    const char *p = buffer;
    while (len) {
        ssize_t n = pwrite(fd, p, len, at);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        p += n;
        at += n;
        len -= (size_t)n;
    }
    return true;
}

/* Where a vector is: what was added later wins. */
static uint32_t place_of(const struct vector_cache *c, const struct vector_key *key)
{
    const struct entry *e = find(c, key);
    if (e->place != NOWHERE || !c->keys) return e->place;
    return vector_keys_find(c->keys, key);
}

/* Indexes the whole records between c->known and the end of the file. */
static void read_tail(struct vector_cache *c)
{
    struct stat st;
    if (c->fd < 0 || fstat(c->fd, &st) != 0 || st.st_size <= c->known) return;
    size_t records = (size_t)(st.st_size - c->known) / c->record_bytes;
    size_t at_once = MAX((size_t)READ_BYTES / c->record_bytes, (size_t)1);
    at_once = MIN(at_once, records);
    if (!records) return;
    unsigned char *buffer = mem_alloc(at_once, c->record_bytes);
    while (records) {
        size_t n = MIN(records, at_once);
        if (!read_all(c->fd, buffer, n * c->record_bytes, c->known)) break;
        size_t first = (size_t)(c->known - (off_t)sizeof(struct header)) / c->record_bytes;
        if (first + n >= IN_MEMORY) break;
        for (size_t i = 0; i < n; i++) {
            struct vector_key key;
            memcpy(&key, buffer + i * c->record_bytes, sizeof key);
            table_set(c, &key, (uint32_t)(first + i));
        }
        c->known += (off_t)(n * c->record_bytes);
        records -= n;
    }
    free(buffer);
}

static struct header header_of(const char *model, int dim)
{
    struct header h = {.order = 0x01020304, .dim = (uint32_t)dim};
    memcpy(h.magic, magic, sizeof magic);
    snprintf(h.model, sizeof h.model, "%s", model);
    h.sum = checksum(&h, offsetof(struct header, sum));
    return h;
}

static void make_directories(const char *dir)
{
    struct str path;
    str_init(&path);
    for (const char *p = dir; *p; p++) {
        if (*p == '/' && path.len) mkdir(path.data, 0777);
        str_addc(&path, *p);
    }
    mkdir(path.data, 0777); /* what went wrong shows when the file is opened */
    str_free(&path);
}

enum header_state { HEADER_GOOD, HEADER_NEW, HEADER_FOREIGN };

/* Called under flock; writes the header of an empty file. */
static enum header_state check_header(struct vector_cache *c, const struct header *wanted)
{
    struct header got;
    struct stat st;
    if (fstat(c->fd, &st) != 0) return HEADER_FOREIGN;
    if (st.st_size == 0) {
        if (!c->writable) return HEADER_NEW;
        return write_all(c->fd, wanted, sizeof *wanted, 0) ? HEADER_GOOD : HEADER_NEW;
    }
    if (!read_all(c->fd, &got, sizeof got, 0)) return HEADER_FOREIGN;
    return memcmp(&got, wanted, sizeof got) == 0 ? HEADER_GOOD : HEADER_FOREIGN;
}

/* A process that died while it appended left a part of a record; called under flock. */
static void cut_torn_tail(struct vector_cache *c)
{
    struct stat st;
    if (!c->writable || fstat(c->fd, &st) != 0 || st.st_size < (off_t)sizeof(struct header)) return;
    off_t torn = (st.st_size - (off_t)sizeof(struct header)) % (off_t)c->record_bytes;
    if (torn == 0) return;
    log_warn("vectors", "torn=%lld file=%s", (long long)torn, c->path);
    if (ftruncate(c->fd, st.st_size - torn) != 0) c->writable = false;
}

static void close_file(struct vector_cache *c)
{
    if (c->fd >= 0) close(c->fd);
    c->fd = -1;
    c->writable = false;
}

/* ---- keys beside the file -------------------------------------------------------------------- */

static off_t record_at(const struct vector_cache *c, uint32_t place)
{
    return (off_t)sizeof(struct header) + (off_t)place * (off_t)c->record_bytes;
}

static uint32_t records(const struct vector_cache *c)
{
    if (c->fd < 0) return 0;
    return (uint32_t)((c->known - (off_t)sizeof(struct header)) / (off_t)c->record_bytes);
}

static char *keys_path(const struct vector_cache *c)
{
    struct str path;
    str_init(&path);
    str_add(&path, c->path, strlen(c->path) - strlen(".bin"));
    str_adds(&path, ".keys");
    return str_take(&path);
}

enum { SAMPLES = 64 };
/* The places of some of the first n >= 1 records, the last among them. */
static uint32_t sample(uint32_t n, uint32_t i)
{
    return (uint32_t)((uint64_t)(n - 1) * i / (SAMPLES - 1));
}

/* Do the keys belong to the file? */
static bool keys_agree(const struct vector_cache *c, const struct vector_keys *k)
{
    struct stat st;
    uint32_t n = vector_keys_count(k);
    if (!n || n >= IN_MEMORY || fstat(c->fd, &st) != 0 || st.st_size < record_at(c, n))
        return false;
    for (uint32_t i = 0; i < SAMPLES; i++) {
        static const struct vector_key none;
        struct vector_key key;
        const struct vector_key *kept = vector_keys_at(k, sample(n, i));
        if (!read_all(c->fd, &key, sizeof key, record_at(c, sample(n, i)))) return false;
        if (memcmp(kept, &none, sizeof none) != 0 && memcmp(kept, &key, sizeof key) != 0)
            return false;
    }
    return true;
}

static void open_keys(struct vector_cache *c)
{
    char *path = keys_path(c);
    c->keys = vector_keys_open(path);
    if (c->keys && keys_agree(c, c->keys)) {
        c->known = record_at(c, vector_keys_count(c->keys));
        c->count = vector_keys_count(c->keys);
    } else if (c->keys) {
        vector_keys_free(c->keys);
        c->keys = NULL;
    }
    free(path);
}

static void open_file(struct vector_cache *c, const struct header *wanted)
{
    for (int attempt = 0; attempt < 2; attempt++) {
        c->fd = open(c->path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        c->writable = c->fd >= 0;
        int why = errno;
        if (c->fd < 0) c->fd = open(c->path, O_RDONLY | O_CLOEXEC);
        if (c->fd < 0 || !c->writable)
            log_warn("vectors", "unwritable file=%s error=\"%s\"", c->path, strerror(why));
        if (c->fd < 0) return;
        if (flock(c->fd, c->writable ? LOCK_EX : LOCK_SH) != 0) c->writable = false;
        enum header_state state = check_header(c, wanted);
        if (state == HEADER_GOOD) {
            cut_torn_tail(c);
            flock(c->fd, LOCK_UN);
            c->known = sizeof(struct header);
            open_keys(c);
            read_tail(c);
            return;
        }
        bool aside = false;
        if (state == HEADER_FOREIGN && c->writable) {
            struct str bad;
            str_init(&bad);
            str_addf(&bad, "%s.bad", c->path);
            aside = rename(c->path, bad.data) == 0;
            str_free(&bad);
        }
        log_warn("vectors", "%s file=%s", aside ? "foreign, renamed" : "unusable", c->path);
        close_file(c);
        if (!aside) return;
    }
}

struct vector_cache *vector_cache_open(const char *dir, const char *model, int dim)
{
    struct vector_cache *c = mem_zalloc(1, sizeof *c);
    c->dim = dim;
    c->record_bytes = KEY_BYTES + (size_t)dim * sizeof(float) + SUM_BYTES;
    c->fd = -1;
    pthread_mutex_init(&c->lock, NULL);
    table_new(c, 1024);
    if (!dir) return c;

    unsigned char id[8];
    char hex[2 * sizeof id + 1];
    crypto_generichash(id, sizeof id, (const unsigned char *)model, strlen(model), NULL, 0);
    sodium_bin2hex(hex, sizeof hex, id, sizeof id);
    struct str path;
    str_init(&path);
    str_addf(&path, "%s/vectors-%s.bin", dir, hex);
    c->path = str_take(&path);
    make_directories(dir);
    struct header wanted = header_of(model, dim);
    open_file(c, &wanted);
    return c;
}

void vector_cache_free(struct vector_cache *c)
{
    if (!c) return;
    for (size_t i = 0; i < c->windows.len; i++)
        if (c->windows.at[i]) munmap(c->windows.at[i], WINDOW_BYTES + c->record_bytes);
    vec_free(&c->windows);
    close_file(c);
    vector_keys_free(c->keys);
    pthread_mutex_destroy(&c->lock);
    vec_free(&c->memory);
    free(c->table);
    free(c->path);
    free(c);
}

size_t vector_cache_count(struct vector_cache *c)
{
    pthread_mutex_lock(&c->lock);
    size_t n = c->count;
    pthread_mutex_unlock(&c->lock);
    return n;
}

/* ---- reading ---------------------------------------------------------------------- */

/* Under the lock. A file that shrank or a record that is damaged yields false. */
static bool read_record(struct vector_cache *c, const struct vector_key *key, uint32_t place,
                        unsigned char *buffer, float *out)
{
    size_t floats = (size_t)c->dim * sizeof(float);
    if (place & IN_MEMORY) {
        memcpy(out, c->memory.at + (size_t)(place & ~IN_MEMORY) * (size_t)c->dim, floats);
        return true;
    }
    off_t at = (off_t)sizeof(struct header) + (off_t)place * (off_t)c->record_bytes;
    uint64_t sum;
    if (!read_all(c->fd, buffer, c->record_bytes, at)) return false;
    memcpy(&sum, buffer + KEY_BYTES + floats, sizeof sum);
    if (memcmp(buffer, key, KEY_BYTES) != 0) return false;
    if (sum != checksum(buffer, KEY_BYTES + floats)) return false;
    memcpy(out, buffer + KEY_BYTES, floats);
    return true;
}

static bool get(struct vector_cache *c, const struct vector_key *key, unsigned char *buffer,
                float *out)
{
    uint32_t place = place_of(c, key);
    if (place == NOWHERE) {
        read_tail(c);
        place = place_of(c, key);
    }
    return place != NOWHERE && read_record(c, key, place, buffer, out);
}

bool vector_cache_get(struct vector_cache *c, const struct vector_key *key, float *out)
{
    unsigned char *buffer = mem_alloc(1, c->record_bytes);
    pthread_mutex_lock(&c->lock);
    bool there = get(c, key, buffer, out);
    pthread_mutex_unlock(&c->lock);
    free(buffer);
    return there;
}

/* Beyond the end of the file there may be more of a window: it is there once the file has grown. */
static const unsigned char *window(struct vector_cache *c, size_t i)
{
    while (c->windows.len <= i) vec_push(&c->windows, NULL);
    if (!c->windows.at[i]) {
        void *p = mmap(NULL, WINDOW_BYTES + c->record_bytes, PROT_READ, MAP_SHARED, c->fd,
                       (off_t)i * WINDOW_BYTES);
        c->windows.at[i] = p == MAP_FAILED ? NULL : p;
    }
    return c->windows.at[i];
}

const float *vector_cache_lend(struct vector_cache *c, const struct vector_key *key)
{
    unsigned char *buffer = mem_alloc(1, c->record_bytes);
    float *out = mem_alloc((size_t)c->dim, sizeof *out);
    const unsigned char *vector = NULL;
    pthread_mutex_lock(&c->lock);
    if (get(c, key, buffer, out)) { /* read first: a file that shrank is no error there */
        uint32_t place = place_of(c, key);
        size_t at = sizeof(struct header) + (size_t)place * c->record_bytes;
        vector = place & IN_MEMORY ? NULL : window(c, at / WINDOW_BYTES);
        if (vector) vector += at % WINDOW_BYTES + KEY_BYTES;
    }
    pthread_mutex_unlock(&c->lock);
    free(out);
    free(buffer);
    return (const float *)(const void *)vector; /* all that is before it are multiples of 8 bytes,
                                                   or with an odd dim of 4 */
}

/* ---- by place -------------------------------------------------------------------------------- */

uint32_t vector_cache_records(struct vector_cache *c)
{
    pthread_mutex_lock(&c->lock);
    uint32_t n = records(c);
    pthread_mutex_unlock(&c->lock);
    return n;
}

uint64_t vector_cache_identity(struct vector_cache *c, uint32_t n)
{
    uint64_t hash = n;
    pthread_mutex_lock(&c->lock);
    bool there = n && n <= records(c);
    for (uint32_t i = 0; there && i < SAMPLES; i++) {
        struct vector_key key;
        there = read_all(c->fd, &key, sizeof key, record_at(c, sample(n, i)));
        if (there) hash = hash_bytes(hash, &key, sizeof key);
    }
    pthread_mutex_unlock(&c->lock);
    return there ? hash | 1 : 0;
}

void vector_cache_lend_at(struct vector_cache *c, const uint32_t *places, size_t n,
                          const float **out)
{
    pthread_mutex_lock(&c->lock);
    uint32_t end = records(c);
    for (size_t i = 0; i < n; i++) {
        size_t at = (size_t)record_at(c, places[i]);
        const unsigned char *w = places[i] < end ? window(c, at / WINDOW_BYTES) : NULL;
        out[i] = w ? (const float *)(const void *)(w + at % WINDOW_BYTES + KEY_BYTES) : NULL;
    }
    pthread_mutex_unlock(&c->lock);
}

/* The window a vector lies in; hint: to be tried first. */
static size_t window_of(const struct vector_cache *c, const unsigned char *v, size_t hint)
{
    for (size_t k = 0; k < c->windows.len; k++) {
        size_t i = (hint + k) % c->windows.len;
        const unsigned char *w = c->windows.at[i];
        if (w && v >= w + KEY_BYTES && v < w + WINDOW_BYTES + KEY_BYTES) return i;
    }
    return SIZE_MAX;
}

void vector_cache_places(struct vector_cache *c, const float *const *vectors, size_t n,
                         uint32_t *places, uint32_t *prints)
{
    pthread_mutex_lock(&c->lock);
    for (size_t i = 0, hint = 0; i < n; i++) {
        const unsigned char *v = (const unsigned char *)vectors[i];
        size_t w = v ? window_of(c, v, hint) : SIZE_MAX;
        places[i] = NOWHERE;
        prints[i] = 0;
        if (w == SIZE_MAX) continue;
        hint = w;
        size_t at = w * WINDOW_BYTES + (size_t)(v - c->windows.at[w]) - KEY_BYTES;
        places[i] = (uint32_t)((at - sizeof(struct header)) / c->record_bytes);
        memcpy(&prints[i], v - KEY_BYTES, sizeof prints[i]);
    }
    pthread_mutex_unlock(&c->lock);
}

bool vector_cache_sound(struct vector_cache *c, uint32_t place, uint32_t print)
{
    size_t body = c->record_bytes - SUM_BYTES;
    unsigned char *buffer = mem_alloc(1, c->record_bytes);
    uint64_t sum;
    bool sound = place < vector_cache_records(c) && /* records stay where they are */
                 read_all(c->fd, buffer, c->record_bytes, record_at(c, place));
    if (sound) {
        memcpy(&sum, buffer + body, sizeof sum);
        sound = memcmp(buffer, &print, sizeof print) == 0 && sum == checksum(buffer, body);
    }
    free(buffer);
    return sound;
}

void vector_cache_keep(struct vector_cache *c)
{
    enum { FEW = 4096 /* are read from the file in no time */ };
    pthread_mutex_lock(&c->lock);
    uint32_t n = records(c), kept = c->keys ? vector_keys_count(c->keys) : 0;
    struct vector_key *keys = NULL;
    if (c->writable && n - kept > FEW && n - kept > kept / 16) {
        keys = mem_zalloc(n, sizeof *keys);
        for (uint32_t i = 0; i < kept; i++) keys[i] = *vector_keys_at(c->keys, i);
        for (size_t i = 0; i <= c->mask; i++)
            if (c->table[i].place < n) keys[c->table[i].place] = c->table[i].key;
    }
    pthread_mutex_unlock(&c->lock);
    if (!keys) return;
    char *path = keys_path(c);
    if (vector_keys_save(path, keys, n) != 0)
        log_warn("vectors", "keys not kept file=%s error=\"%s\"", path, strerror(errno));
    free(path);
    free(keys);
}

/* ---- adding ---------------------------------------------------------------------------------- */

/* Takes the file for this process and reads what others appended; false when it cannot be written
 * to. Under the lock. */
static bool begin_append(struct vector_cache *c)
{
    if (!c->writable || flock(c->fd, LOCK_EX) != 0) return false;
    cut_torn_tail(c);
    read_tail(c);
    struct stat st;
    if (c->writable && fstat(c->fd, &st) == 0 && st.st_size == c->known) return true;
    flock(c->fd, LOCK_UN);
    return false;
}

static bool end_append(struct vector_cache *c, const unsigned char *records, size_t n)
{
    bool done = write_all(c->fd, records, n * c->record_bytes, c->known);
    if (done)
        read_tail(c);
    else if (ftruncate(c->fd, c->known) != 0)
        c->writable = false;
    flock(c->fd, LOCK_UN);
    return done;
}

static void keep_in_memory(struct vector_cache *c, const unsigned char *records, size_t n)
{
    size_t dim = (size_t)c->dim;
    for (size_t i = 0; i < n && c->memory.len + dim <= MEMORY_FLOATS_MAX; i++) {
        const unsigned char *record = records + i * c->record_bytes;
        struct vector_key key;
        memcpy(&key, record, sizeof key);
        table_set(c, &key, (uint32_t)(c->memory.len / dim) | IN_MEMORY);
        vec_reserve(&c->memory, dim);
        memcpy(c->memory.at + c->memory.len, record + KEY_BYTES, dim * sizeof(float));
        c->memory.len += dim;
    }
}

void vector_cache_put(struct vector_cache *c, const struct vector_key *keys, const float *vectors,
                      size_t n)
{
    size_t floats = (size_t)c->dim * sizeof(float);
    unsigned char *records = mem_alloc(n, c->record_bytes);
    unsigned char *buffer = mem_alloc(1, c->record_bytes);
    float *there = mem_alloc(1, floats);
    size_t fresh = 0;
    pthread_mutex_lock(&c->lock);
    bool begun = begin_append(c);
    for (size_t i = 0; i < n; i++) {
        if (get(c, &keys[i], buffer, there)) continue;
        unsigned char *record = records + fresh++ * c->record_bytes;
        memcpy(record, &keys[i], KEY_BYTES);
        memcpy(record + KEY_BYTES, vectors + i * (size_t)c->dim, floats);
        uint64_t sum = checksum(record, KEY_BYTES + floats);
        memcpy(record + KEY_BYTES + floats, &sum, sizeof sum);
    }
    bool done = begun && end_append(c, records, fresh);
    if (fresh && !done) {
        if (c->fd >= 0 && !c->complained)
            log_warn("vectors", "kept in memory only file=%s", c->path);
        c->complained = true;
        keep_in_memory(c, records, fresh);
    }
    pthread_mutex_unlock(&c->lock);
    free(there);
    free(buffer);
    free(records);
}

int vector_cache_embed(struct vector_cache *c, struct embedder *e, enum embed_kind kind,
                       const char *const *texts, size_t n, float *out, size_t *embedded,
                       struct err *err)
{
    size_t dim = (size_t)c->dim, missing = 0;
    struct vector_key *keys = mem_alloc(n, sizeof *keys);
    const char **wanted = mem_alloc(n, sizeof *wanted);
    size_t *row = mem_alloc(n, sizeof *row);
    float *vectors = NULL;
    int rc = 0;
    for (size_t i = 0; i < n; i++) {
        struct vector_key key = vector_key(kind, texts[i]);
        if (vector_cache_get(c, &key, out + i * dim)) continue;
        keys[missing] = key;
        wanted[missing] = texts[i];
        row[missing++] = i;
    }
    if (missing) {
        vectors = mem_alloc(missing * dim, sizeof *vectors);
        rc = embedder_embed(e, kind, wanted, missing, vectors, err);
        if (rc == 0) vector_cache_put(c, keys, vectors, missing);
        /* What the cache keeps is what counts from now on: a text that stands twice in this call,
         * or that another process embedded meanwhile, has the vector it will have tomorrow. */
        for (size_t i = 0; rc == 0 && i < missing; i++)
            if (!vector_cache_get(c, &keys[i], out + row[i] * dim))
                memcpy(out + row[i] * dim, vectors + i * dim, dim * sizeof *out);
    }
    if (embedded) *embedded = rc == 0 ? missing : 0;
    free(vectors);
    free(row);
    free(wanted);
    free(keys);
    return rc;
}
