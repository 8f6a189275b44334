/* Any bytes as a text: what is read of it lies in it, in order, and is finite. */
#include "base/base.h"

#include "base/utf8.h"
#include "matcher/indicator.h"

#include <math.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct arena arena;
    arena_init(&arena);
    const char *text = (const char *)data;
    struct indicator *found;
    size_t n = indicators_parse(text, size, &arena, &found), chars = utf8_count(text, size);
    for (size_t i = 0; i < n; i++) {
        const struct indicator *one = &found[i];
        if (one->span.begin >= one->span.end || one->span.end > chars) abort();
        if (one->quantity.begin > one->quantity.end || one->quantity.end > chars) abort();
        if (i && one->span.begin < found[i - 1].span.end) abort();
        if (!isfinite(one->low) || !isfinite(one->high) || one->low > one->high) abort();
        text_slice(text, size, one->span, &arena);
    }
    arena_free(&arena);
    return 0;
}
