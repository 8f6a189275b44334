/* pool.h - the program's fixed set of compute threads.
 *
 * There is one pool per process; OpenBLAS runs with one thread and is called from here, so two
 * libraries never fight for the cores. The caller of pool_run takes part as a worker. */
#ifndef HN_BASE_POOL_H
#define HN_BASE_POOL_H

#include "base/base.h"

struct pool;

/* The number of processors this process may use (affinity and cgroup limits respected by the OS).
 */
int pool_cpus(void);

/* threads >= 1 in all, the caller of pool_run included; 0 means pool_cpus(). When the system gives
 * fewer threads the pool is smaller, never absent. Free with pool_free (nothing may be running). */
struct pool *pool_new(int threads) __attribute__((returns_nonnull));
void pool_free(struct pool *p);
int pool_threads(const struct pool *p);

/* Calls fn(ctx, i, worker) once for each i in [0, n), in any order, from several threads at once;
 * worker in [0, pool_threads) is distinct among calls that run at the same time within this run.
 * Returns when all are done. Callable from any thread: runs of different callers take turns,
 * first come first served.
 * fn must not call pool_run of the same pool. */
void pool_run(struct pool *p, size_t n, void (*fn)(void *ctx, size_t i, int worker), void *ctx);

#endif
