/* Any bytes as a need's text, with leaks and all: what is found lies in it, and every finding has
 * its question. The first line is the title, the second the targets. */
#include "base/base.h"

#include "base/utf8.h"
#include "matcher/health.h"
#include "matcher/leak.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void check_quote(const struct record *need, const struct health_quote *q)
{
    if (!q->text) return;
    size_t chars = utf8_count(need->value[q->field], strlen(need->value[q->field]));
    if (q->span.begin >= q->span.end || q->span.end > chars) abort();
}

static void check_leaks(const char *text, size_t len, struct arena *arena)
{
    struct leak *leaks;
    size_t n = leaks_find(text, len, arena, &leaks), chars = utf8_count(text, len);
    for (size_t i = 0; i < n; i++) {
        if (leaks[i].span.begin >= leaks[i].span.end || leaks[i].span.end > chars) abort();
        if (i && leaks[i].span.begin < leaks[i - 1].span.end) abort();
    }
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static const enum field fields[] = {FIELD_TITLE, FIELD_TARGETS, FIELD_TEXT};
    struct arena arena;
    struct health h;
    struct record need = {.kind = KIND_NEED};
    arena_init(&arena);
    check_leaks((const char *)data, size, &arena);
    char *rest = arena_strndup(&arena, (const char *)data, size);
    for (size_t i = 0; i < ARRAY_LEN(fields) && rest; i++) {
        char *line = i + 1 < ARRAY_LEN(fields) ? strsep(&rest, "\n") : rest;
        if (*line) need.value[fields[i]] = line;
    }
    struct health_query q = {
        .need = &need, .grant_wan = NAN, .solver_wan = NAN, .on = "2026-11-24"};
    health_diagnose(&q, &arena, &h);
    for (size_t i = 0; i < h.n_findings; i++) {
        check_quote(&need, &h.findings[i].quote);
        for (int lang = 0; lang < LANG_COUNT; lang++)
            if (!*finding_question(&h.findings[i], (enum lang)lang, true, &arena)) abort();
    }
    for (int e = 0; e < ELEMENT_COUNT; e++)
        for (size_t i = 0; i < h.elements[e].n; i++) check_quote(&need, &h.elements[e].quotes[i]);
    arena_free(&arena);
    return 0;
}
