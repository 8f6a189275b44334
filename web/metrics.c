#include "base/base.h"

#include "base/mem.h"
#include "web/metrics.h"

#include <stdatomic.h>

static const double bounds[] = {0.002, 0.01, 0.05, 0.25, 1, 5};  /* seconds */
enum { BOUNDS = sizeof bounds / sizeof bounds[0], CLASSES = 4 }; /* classes: 2xx to 5xx */

struct counters {
    atomic_ullong by_class[CLASSES];
    atomic_ullong took[BOUNDS + 1]; /* each request once: by the least bound it kept; none: last */
    atomic_ullong microseconds;
};

struct metrics {
    struct counters *of_route; /* routes_count, and one for everything else */
};

struct metrics *metrics_new(void)
{
    struct metrics *m = mem_alloc(1, sizeof *m);
    m->of_route = mem_zalloc(routes_count + 1, sizeof *m->of_route);
    return m;
}

void metrics_free(struct metrics *m)
{
    if (!m) return;
    free(m->of_route);
    free(m);
}

void metrics_count(struct metrics *m, const struct route *route, int status, double seconds)
{
    struct counters *c = &m->of_route[route ? (size_t)(route - routes) : routes_count];
    int class = status / 100 - 2;
    int i = 0;
    while (i < BOUNDS && seconds > bounds[i]) i++;
    if (class >= 0 && class < CLASSES) atomic_fetch_add(&c->by_class[class], 1);
    atomic_fetch_add(&c->took[i], 1);
    atomic_fetch_add(&c->microseconds, (unsigned long long)(seconds * 1e6));
}

static void print_route(const struct counters *c, const char *method, const char *path,
                        struct str *out)
{
    unsigned long long n = 0;
    for (int i = 0; i <= BOUNDS; i++) n += c->took[i];
    if (n == 0) return;
    n = 0;
    for (int i = 0; i < BOUNDS; i++) {
        n += c->took[i];
        str_addf(out,
                 "hongniang_request_seconds_bucket{method=\"%s\",path=\"%s\",le=\"%g\"} %llu\n",
                 method, path, bounds[i], n);
    }
    n += c->took[BOUNDS];
    str_addf(out, "hongniang_request_seconds_bucket{method=\"%s\",path=\"%s\",le=\"+Inf\"} %llu\n",
             method, path, n);
    str_addf(out, "hongniang_request_seconds_sum{method=\"%s\",path=\"%s\"} %.6f\n", method, path,
             (double)c->microseconds / 1e6);
    str_addf(out, "hongniang_request_seconds_count{method=\"%s\",path=\"%s\"} %llu\n", method, path,
             n);
}

static const char *method_of(size_t i)
{
    return i < routes_count ? routes[i].method : "";
}

static const char *path_of(size_t i)
{
    return i < routes_count ? routes[i].path : "other";
}

void metrics_print(const struct metrics *m, struct str *out)
{
    str_adds(out, "# TYPE hongniang_requests_total counter\n");
    for (size_t i = 0; i <= routes_count; i++)
        for (int k = 0; k < CLASSES; k++)
            if (m->of_route[i].by_class[k])
                str_addf(
                    out,
                    "hongniang_requests_total{method=\"%s\",path=\"%s\",status=\"%dxx\"} %llu\n",
                    method_of(i), path_of(i), k + 2,
                    (unsigned long long)m->of_route[i].by_class[k]);
    str_adds(out, "# TYPE hongniang_request_seconds histogram\n");
    for (size_t i = 0; i <= routes_count; i++)
        print_route(&m->of_route[i], method_of(i), path_of(i), out);
}
