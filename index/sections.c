#include "base/base.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "index/sections.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ALIGN = 16, BLOCK = 1 << 20 };

struct head {
    struct sections_format format;
    uint64_t order;
    uint64_t number[SECTIONS_NUMBERS];
    uint64_t size[SECTIONS_MAX], sum[SECTIONS_MAX];
    uint64_t own_sum; /* of all before it */
};
_Static_assert(sizeof(struct head) % ALIGN == 0, "sections are aligned");

struct sections {
    struct head *head; /* and the sections behind it */
    size_t size;
    size_t at[SECTIONS_MAX];
    int fd;           /* -1: in memory */
    char *path, *new; /* while it is being written: where it will be, where it is */
};

/* With what is left free behind it. */
static uint64_t padded(uint64_t size)
{
    return (size + ALIGN - 1) / ALIGN * ALIGN;
}

/* Where the sections lie; false when they cannot be a file's. */
static bool place(struct sections *s, const struct head *h)
{
    size_t at = sizeof *h;
    for (size_t i = 0; i < h->format.n; i++) {
        s->at[i] = at;
        if (h->size[i] > SIZE_MAX / 2 - at) return false;
        at += padded(h->size[i]);
    }
    s->size = at;
    return true;
}

static uint64_t sum_of_head(const struct head *h)
{
    return hash_long(0, h, offsetof(struct head, own_sum));
}

static uint64_t sum_of(const struct sections *s, size_t i)
{
    uint64_t sum = 0, size = padded(s->head->size[i]);
    const char *from = sections_at(s, i);
    for (size_t at = 0; at < size; at += BLOCK)
        sum = hash_long(sum, from + at, MIN((size_t)BLOCK, size - at));
    return sum;
}

/* ---- writing --------------------------------------------------------------------------------- */

/* A new file with room on disk, mapped. */
static void *make_file(struct sections *s, const char *path)
{
    struct str new;
    str_init(&new);
    str_addf(&new, "%s.%ld", path, (long)getpid());
    s->path = mem_strdup(path);
    s->new = str_take(&new);
    s->fd = open(s->new, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (s->fd < 0) return NULL;
    int why = posix_fallocate(s->fd, 0, (off_t)s->size);
    void *p = MAP_FAILED;
    if (why == 0) p = mmap(NULL, s->size, PROT_READ | PROT_WRITE, MAP_SHARED, s->fd, 0);
    if (p != MAP_FAILED) return p;
    if (why) errno = why;
    return NULL;
}

struct sections *sections_new(const struct sections_format *format, const uint64_t *sizes,
                              const char *path)
{
    struct sections *s = mem_zalloc(1, sizeof *s);
    struct head h = {.format = *format, .order = 1};
    memcpy(h.size, sizes, format->n * sizeof *sizes);
    s->fd = -1;
    if (!place(s, &h)) mem_exhausted();
    s->head = path ? make_file(s, path) : mem_alloc(s->size, 1);
    if (s->head) {
        *s->head = h;
        for (size_t i = 0; i < format->n; i++)
            memset((char *)s->head + s->at[i] + h.size[i], 0, padded(h.size[i]) - h.size[i]);
        return s;
    }
    int why = errno;
    sections_free(s);
    errno = why;
    return NULL;
}

void *sections_room(struct sections *s, size_t i)
{
    return (char *)s->head + s->at[i];
}

uint64_t *sections_numbers(struct sections *s)
{
    return s->head->number;
}

/* The directory, too, so that the name is there after a crash. */
static int sync_directory(const char *path)
{
    struct str dir;
    const char *slash = strrchr(path, '/');
    str_init(&dir);
    str_add(&dir, slash ? path : ".", slash ? (size_t)(slash - path) + 1 : 1);
    int fd = open(dir.data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc = fd < 0 ? -1 : fsync(fd);
    if (fd >= 0) close(fd);
    str_free(&dir);
    return rc;
}

int sections_keep(struct sections *s)
{
    if (s->fd < 0) return 0;
    for (size_t i = 0; i < s->head->format.n; i++) s->head->sum[i] = sum_of(s, i);
    s->head->own_sum = sum_of_head(s->head);
    int rc = mprotect(s->head, s->size, PROT_READ);
    if (rc == 0) rc = fsync(s->fd);
    if (rc == 0) rc = rename(s->new, s->path);
    if (rc != 0) return -1; /* sections_free removes it */
    free(s->new);
    s->new = NULL;
    return sync_directory(s->path);
}

int sections_save(const struct sections *s, const char *path)
{
    struct sections *copy = sections_new(&s->head->format, s->head->size, path);
    if (!copy) return -1;
    memcpy(copy->head, s->head, s->size);
    int rc = sections_keep(copy), why = errno;
    sections_free(copy);
    errno = why;
    return rc;
}

/* ---- reading --------------------------------------------------------------------------------- */

struct sections *sections_open(const struct sections_format *format, const char *path)
{
    struct sections *s = mem_zalloc(1, sizeof *s);
    struct stat st = {0};
    struct head h;
    s->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (s->fd < 0) goto fail;
    errno = 0;
    if (fstat(s->fd, &st) != 0 || pread(s->fd, &h, sizeof h, 0) != (ssize_t)sizeof h) goto fail;
    if (memcmp(&h.format, format, sizeof h.format) != 0 || h.order != 1 ||
        h.own_sum != sum_of_head(&h) || !place(s, &h) || s->size != (size_t)st.st_size)
        goto fail;
    void *p = mmap(NULL, s->size, PROT_READ, MAP_SHARED, s->fd, 0);
    if (p == MAP_FAILED) goto fail;
    s->head = p;
    return s;
fail:;
    int why = errno;
    sections_free(s);
    errno = why;
    return NULL;
}

void sections_free(struct sections *s)
{
    if (!s) return;
    if (s->head && s->path == NULL && s->fd < 0)
        free(s->head);
    else if (s->head)
        munmap(s->head, s->size);
    if (s->new) unlink(s->new);
    if (s->fd >= 0) close(s->fd);
    free(s->path);
    free(s->new);
    free(s);
}

bool sections_mapped(const struct sections *s)
{
    return s->fd >= 0;
}

const void *sections_at(const struct sections *s, size_t i)
{
    return (const char *)s->head + s->at[i];
}

uint64_t sections_size(const struct sections *s, size_t i)
{
    return s->head->size[i];
}

const uint64_t *sections_given(const struct sections *s)
{
    return s->head->number;
}

void sections_fill(struct sections *s, const void *const *from)
{
    for (size_t i = 0; i < s->head->format.n; i++)
        if (sections_size(s, i)) memcpy(sections_room(s, i), from[i], sections_size(s, i));
}

bool sections_sound(const struct sections *s, size_t i)
{
    return sum_of(s, i) == s->head->sum[i];
}

bool sections_first_sound(const struct sections *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!sections_sound(s, i)) return false;
    return true;
}

/* One block; what cannot be read is not sound. */
static bool read_block(int fd, char *to, size_t size, size_t at)
{
    for (size_t done = 0; done < size;) {
        ssize_t n = pread(fd, to + done, size - done, (off_t)(at + done));
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        done += (size_t)n;
    }
    return true;
}

int sections_check(const struct sections *s, bool (*go_on)(void *ctx, size_t bytes), void *ctx)
{
    char *block = mem_alloc(BLOCK, 1);
    int rc = 1;
    for (size_t i = 0; rc == 1 && i < s->head->format.n; i++) {
        uint64_t sum = 0, all = padded(s->head->size[i]);
        for (size_t at = 0; rc == 1 && at < all; at += BLOCK) {
            size_t size = MIN((size_t)BLOCK, all - at);
            if (!go_on(ctx, size))
                rc = -1;
            else if (!read_block(s->fd, block, size, s->at[i] + at))
                rc = 0;
            else
                sum = hash_long(sum, block, size);
        }
        if (rc == 1 && sum != s->head->sum[i]) rc = 0;
    }
    free(block);
    return rc;
}
