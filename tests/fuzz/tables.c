/* Files of weights and of rankings, and their way back. */
#include "base/base.h"

#include "base/mem.h"
#include "matcher/replay.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static char *terminated(const uint8_t *data, size_t len)
{
    char *text = mem_alloc(len + 1, 1);
    memcpy(text, data, len);
    text[len] = '\0';
    return text;
}

static void read_weights(const uint8_t *data, size_t len)
{
    struct weights w, back;
    struct err err = {0};
    struct str out;
    char *text = terminated(data, len);
    str_init(&out);
    if (weights_parse("w", text, &w, &err) == 0) {
        weights_print(&w, &out);
        if (weights_parse("w", out.data, &back, &err) || strcmp(w.id, back.id) != 0) abort();
    } else if (!err.code) {
        abort();
    }
    str_free(&out);
    free(text);
}

static void read_ranking(const uint8_t *data, size_t len)
{
    struct ranking r, back;
    struct err err = {0};
    struct arena arena;
    struct str out;
    char *text = terminated(data, len);
    arena_init(&arena);
    str_init(&out);
    if (replay_parse("r", text, &arena, &r, &err) == 0) {
        replay_print(&r, &out);
        if (replay_parse("r", out.data, &arena, &back, &err) || back.n != r.n) abort();
    } else if (!err.code) {
        abort();
    }
    str_free(&out);
    arena_free(&arena);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    read_weights(data, len);
    read_ranking(data, len);
    return 0;
}
