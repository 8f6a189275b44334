#include "base/base.h"

#include "index/vector_scan.h"

#include <cblas.h>
#include <pthread.h>

static void one_thread(void)
{
    openblas_set_num_threads(1);
}

void vector_scan(const float *rows, size_t n, int dim, const float *q, float *out)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, one_thread);
    if (n)
        cblas_sgemv(CblasRowMajor, CblasNoTrans, (blasint)n, dim, 1.0f, rows, dim, q, 1, 0.0f, out,
                    1);
}
