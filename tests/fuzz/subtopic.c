/* Any bytes as a challenge: one to eight subtopics come out, each with a title that fits, weights
 * that sum to 1 and targets that stand in the challenge. The first line is the title, the second
 * the key technology, the third the targets. */
#include "base/base.h"

#include "base/utf8.h"
#include "matcher/subtopic.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void check_quoted(const struct record *need, const char *lines, struct arena *arena)
{
    char *rest = arena_strdup(arena, lines), *line;
    while ((line = strsep(&rest, "\n"))) {
        bool found = !*line;
        for (int f = 0; f < FIELD_COUNT; f++)
            found |= need->value[f] && strstr(need->value[f], line);
        if (!found || !*line) abort();
    }
}

static void check(const struct record *need, const struct subtopic *t, size_t n,
                  struct arena *arena)
{
    double sum = 0;
    if (n < 1 || n > SUBTOPICS_MAX) abort();
    for (size_t i = 0; i < n; i++) {
        if (!t[i].id || !t[i].title || !(t[i].weight > 0)) abort();
        if (n > 1 && (!*t[i].title || utf8_count(t[i].title, strlen(t[i].title)) > 90)) abort();
        if (strchr(t[i].title, '\n') && n > 1) abort();
        if (t[i].targets) check_quoted(need, t[i].targets, arena);
        sum += t[i].weight;
    }
    if (fabs(sum - 1.0) > 1e-9) abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static const enum field fields[] = {FIELD_TITLE, FIELD_KEY_TECHNOLOGY, FIELD_TARGETS,
                                        FIELD_TEXT};
    struct record need = {.kind = KIND_NEED, .uid = "n", .id = "n"};
    struct analyzer *a = analyzer_new();
    struct subtopic *t;
    struct arena arena;
    struct err err = {0};
    size_t n;
    arena_init(&arena);
    char *rest = arena_strndup(&arena, (const char *)data, size);
    need.value[FIELD_TITLE] = "t";
    for (size_t i = 0; i < ARRAY_LEN(fields) && rest; i++) {
        char *line = i + 1 < ARRAY_LEN(fields) ? strsep(&rest, "\n") : rest;
        if (*line) need.value[fields[i]] = line;
    }
    if (subtopics_split(&need, a, NULL, &arena, &t, &n, &err)) abort();
    check(&need, t, n, &arena);
    for (size_t i = 0; i < n; i++)
        if (!subtopic_record(&t[i], &arena)->value[FIELD_TITLE]) abort();
    arena_free(&arena);
    analyzer_free(a);
    return 0;
}
