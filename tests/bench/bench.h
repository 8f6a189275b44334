/* bench.h - what the drivers of the bench share.
 *
 * A driver sets itself up, prints "ready" with what it wants to say as JSON, then answers each line
 * of stdin with one line of JSON on stdout, until the end of input. So the bench can let drivers
 * take turns while each keeps its data in memory. */
#ifndef HN_BENCH_H
#define HN_BENCH_H

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static inline double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

__attribute__((format(printf, 1, 2), noreturn)) static inline void die(const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    vfprintf(stderr, format, ap);
    va_end(ap);
    fputc('\n', stderr);
    exit(1);
}

/* The first n rows of dim floats of a file, in memory of our own. */
static inline float *read_rows(const char *path, size_t n, int dim)
{
    size_t bytes = n * (size_t)dim * sizeof(float);
    float *rows = mem_aligned(n * (size_t)dim, sizeof *rows);
    int fd = open(path, O_RDONLY);
    if (fd < 0) die("%s: %s", path, strerror(errno));
    for (size_t at = 0; at < bytes;) {
        ssize_t got = read(fd, (char *)rows + at, bytes - at);
        if (got <= 0) die("%s: too short", path);
        at += (size_t)got;
    }
    close(fd);
    return rows;
}

/* The next line of stdin without its end, or NULL. Reused by the next call. */
static inline char *next_command(void)
{
    static char *line;
    static size_t cap;
    ssize_t n = getline(&line, &cap, stdin);
    if (n < 0) return NULL;
    while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r')) line[--n] = '\0';
    return line;
}

/* Anonymous and file-backed resident memory, in kB. */
static inline void resident(long *anonymous, long *mapped)
{
    char line[256];
    *anonymous = *mapped = 0;
    FILE *f = fopen("/proc/self/status", "r");
    while (f && fgets(line, sizeof line, f)) {
        if (!strncmp(line, "RssAnon:", 8)) *anonymous = atol(line + 8);
        if (!strncmp(line, "RssFile:", 8)) *mapped = atol(line + 8);
    }
    if (f) fclose(f);
}

static inline void answer(const char *format, ...) __attribute__((format(printf, 1, 2)));
static inline void answer(const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    vprintf(format, ap);
    va_end(ap);
    putchar('\n');
    fflush(stdout);
}

/* The ids that were found, unless out is "-", and then the answer: the seconds of all and of each
 * query (each may be NULL). */
static inline void answer_query(const char *out, const uint32_t *ids, size_t n_ids, double seconds,
                                const double *each, size_t count)
{
    if (strcmp(out, "-") != 0) {
        FILE *f = fopen(out, "wb");
        if (!f || fwrite(ids, sizeof *ids, n_ids, f) != n_ids || fclose(f))
            die("%s: %s", out, strerror(errno));
    }
    printf("{\"seconds\": %.9f, \"each\": [", seconds);
    for (size_t i = 0; each && i < count; i++) printf("%s%.9f", i ? ", " : "", each[i]);
    answer("]}");
}

/* The k largest of a stream of (value, id), equal values by lower id: a heap, its root the least.
 */
struct top {
    size_t k, n;
    float *value;
    uint32_t *id;
};

static inline bool top_less(float va, uint32_t ia, float vb, uint32_t ib)
{
    return va < vb || (va == vb && ia > ib);
}

static inline void top_add(struct top *t, float value, uint32_t id)
{
    size_t i;
    if (t->n < t->k) {
        for (i = t->n++; i > 0; i = (i - 1) / 2) {
            size_t up = (i - 1) / 2;
            if (!top_less(value, id, t->value[up], t->id[up])) break;
            t->value[i] = t->value[up];
            t->id[i] = t->id[up];
        }
    } else {
        if (!top_less(t->value[0], t->id[0], value, id)) return;
        for (i = 0;;) {
            size_t c = 2 * i + 1;
            if (c >= t->n) break;
            if (c + 1 < t->n && top_less(t->value[c + 1], t->id[c + 1], t->value[c], t->id[c])) c++;
            if (!top_less(t->value[c], t->id[c], value, id)) break;
            t->value[i] = t->value[c];
            t->id[i] = t->id[c];
            i = c;
        }
    }
    t->value[i] = value;
    t->id[i] = id;
}

/* Best first. Empties the heap. */
static inline void top_sorted(struct top *t, uint32_t *ids)
{
    while (t->n) {
        ids[--t->n] = t->id[0];
        size_t n = t->n;
        float value = t->value[n];
        uint32_t id = t->id[n];
        size_t i = 0;
        for (;;) {
            size_t c = 2 * i + 1;
            if (c >= n) break;
            if (c + 1 < n && top_less(t->value[c + 1], t->id[c + 1], t->value[c], t->id[c])) c++;
            if (!top_less(t->value[c], t->id[c], value, id)) break;
            t->value[i] = t->value[c];
            t->id[i] = t->id[c];
            i = c;
        }
        t->value[i] = value;
        t->id[i] = id;
    }
}

#endif
