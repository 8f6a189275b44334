/* solve.c - the product's solver on problems from files, for tests/compose/compose.py.
 *
 *     solve REPEATS EFFORT FILE...
 *
 * EFFORT 0 is the product's default. A file is words: n_subtopics n most n_demands n_conflicts
 * n_avoids; the weights; of each candidate: key cost classes group load locked scores...; of each
 * demand: classes least; of each conflict: a b; of each avoided set: n most members.... For each
 * file one line: CPU seconds (median of the repeats) feasible optimal objective bound nodes
 * members.... */
#include "base/base.h"

#include "base/arena.h"
#include "matcher/compose.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double number(FILE *f)
{
    double x;
    if (fscanf(f, "%lf", &x) != 1) errx(1, "a number was expected");
    return x;
}

static uint32_t whole(FILE *f)
{
    return (uint32_t)number(f);
}

static struct compose_candidate candidate(FILE *f, size_t n_subtopics, struct arena *arena)
{
    char key[64];
    if (fscanf(f, "%63s", key) != 1) errx(1, "a key was expected");
    struct compose_candidate c = {.key = arena_strdup(arena, key), .cost = number(f)};
    c.classes = whole(f);
    c.group = whole(f);
    c.load = whole(f);
    c.locked = whole(f) != 0;
    float *score = arena_alloc(arena, n_subtopics, sizeof *score);
    for (size_t t = 0; t < n_subtopics; t++) score[t] = (float)number(f);
    c.score = score;
    return c;
}

static struct compose_problem read_problem(FILE *f, struct arena *arena)
{
    struct compose_problem p = {.n_subtopics = whole(f), .n = whole(f)};
    p.most = whole(f);
    p.n_demands = whole(f);
    p.n_conflicts = whole(f);
    p.n_avoids = whole(f);
    if (p.n > COMPOSE_CANDIDATES || p.n_subtopics > COMPOSE_SUBTOPICS) errx(1, "too large");
    double *weight = arena_alloc(arena, p.n_subtopics, sizeof *weight);
    for (size_t t = 0; t < p.n_subtopics; t++) weight[t] = number(f);
    struct compose_candidate *candidates = arena_alloc(arena, p.n, sizeof *candidates);
    for (size_t i = 0; i < p.n; i++) candidates[i] = candidate(f, p.n_subtopics, arena);
    struct compose_demand *demands = arena_alloc(arena, p.n_demands, sizeof *demands);
    for (size_t d = 0; d < p.n_demands; d++) {
        demands[d].classes = whole(f);
        demands[d].least = whole(f);
    }
    struct compose_conflict *conflicts = arena_alloc(arena, p.n_conflicts, sizeof *conflicts);
    for (size_t c = 0; c < p.n_conflicts; c++) {
        conflicts[c].a = whole(f);
        conflicts[c].b = whole(f);
    }
    struct compose_avoid *avoids = arena_alloc(arena, p.n_avoids, sizeof *avoids);
    for (size_t d = 0; d < p.n_avoids; d++) {
        avoids[d].n = whole(f);
        avoids[d].most = whole(f);
        uint32_t *members = arena_alloc(arena, avoids[d].n, sizeof *members);
        for (size_t i = 0; i < avoids[d].n; i++) members[i] = whole(f);
        avoids[d].members = members;
    }
    p.weight = weight;
    p.candidates = candidates;
    p.demands = demands;
    p.conflicts = conflicts;
    p.avoids = avoids;
    return p;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    if (argc < 4) errx(2, "usage: solve REPEATS EFFORT FILE...");
    size_t repeats = MAX((size_t)strtoul(argv[1], NULL, 10), (size_t)1);
    double *seconds = calloc(repeats, sizeof *seconds);
    if (!seconds) err(1, "memory");
    for (int k = 3; k < argc; k++) {
        FILE *f = fopen(argv[k], "r");
        if (!f) err(1, "%s", argv[k]);
        struct arena arena;
        arena_init(&arena);
        struct compose_problem p = read_problem(f, &arena);
        fclose(f);
        p.effort = strtoul(argv[2], NULL, 10);
        struct compose_solution s;
        for (size_t r = 0; r < repeats; r++) {
            double start = now();
            compose_solve(&p, &arena, &s);
            seconds[r] = now() - start;
        }
        qsort(seconds, repeats, sizeof *seconds, ascending);
        printf("%.6f %d %d %.15g %.15g %zu", seconds[repeats / 2], s.feasible, s.optimal,
               s.objective, s.bound, s.nodes);
        for (size_t i = 0; i < s.n_members; i++) printf(" %u", s.members[i]);
        putchar('\n');
        fflush(stdout);
        arena_free(&arena);
    }
    free(seconds);
    return 0;
}
