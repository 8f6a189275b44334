#include "base/base.h"

#include "base/file.h"
#include "base/map.h"
#include "matcher/messages.h"
#include "matcher/weights.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 1 << 20 };

static const float LARGEST = 1e6f; /* no sane number comes near; sums of such stay finite */

static const struct feature_weight builtin[FEATURE_COUNT] = {
#define FEATURE(id, name, scope, mean, scale, weight) {mean, scale, weight},
#include "matcher/features.def"
#undef FEATURE
};

static const char head[] = "feature\tweight\tmean\tscale";

void weights_builtin(struct weights *out)
{
    memcpy(out->of, builtin, sizeof out->of);
    weights_identify(out);
}

void weights_identify(struct weights *w)
{
    struct str text;
    str_init(&text);
    weights_print(w, &text);
    snprintf(w->id, sizeof w->id, "%016llx",
             (unsigned long long)hash_bytes(0, text.data, text.len));
    str_free(&text);
}

/* The shortest decimal that reads back as x. */
static void print_number(float x, struct str *out)
{
    char text[32];
    for (int digits = 1; digits <= 9; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, (double)x);
        if (strtof(text, NULL) == x) break;
    }
    str_addf(out, "\t%s", text);
}

void weights_print(const struct weights *w, struct str *out)
{
    str_addf(out, "%s\n", head);
    for (int f = 0; f < FEATURE_COUNT; f++) {
        str_adds(out, feature_name((enum feature)f));
        print_number(w->of[f].weight, out);
        print_number(w->of[f].mean, out);
        print_number(w->of[f].scale, out);
        str_addc(out, '\n');
    }
}

static bool read_number(const char *text, float least, float *out)
{
    if (!*text || strspn(text, "0123456789+-.eE") != strlen(text)) return false;
    char *end;
    *out = strtof(text, &end);
    return *end == '\0' && isfinite(*out) && *out >= least && fabsf(*out) <= LARGEST;
}

/* Cuts the next column off *rest; "" when there is none. */
static char *next_column(char **rest)
{
    static char none[1];
    char *column = strsep(rest, "\t");
    return column ? column : none;
}

static int read_line(const char *path, size_t number, char *line, struct feature_weight *of,
                     bool *seen, struct err *err)
{
    static const char *const names[] = {"weight", "mean", "scale"};
    static const float least[] = {0.0f, -INFINITY, 1e-6f};
    float value[ARRAY_LEN(names)];
    char *name = strsep(&line, "\t");
    int f = 0;
    while (f < FEATURE_COUNT && strcmp(feature_name((enum feature)f), name) != 0) f++;
    if (f == FEATURE_COUNT)
        return err_set(err, ERR_INVALID, MSG_WEIGHTS_FEATURE, path, number, name);
    if (seen[f]) return err_set(err, ERR_INVALID, MSG_WEIGHTS_TWICE, path, number, name);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const char *column = next_column(&line);
        if (!read_number(column, least[i], &value[i]))
            return err_set(err, ERR_INVALID, MSG_WEIGHTS_NUMBER, path, number, names[i], column);
    }
    if (line) return err_set(err, ERR_INVALID, MSG_WEIGHTS_COLUMNS, path, number);
    of[f] = (struct feature_weight){.weight = value[0], .mean = value[1], .scale = value[2]};
    seen[f] = true;
    return 0;
}

int weights_parse(const char *path, char *text, struct weights *out, struct err *err)
{
    struct weights w = {0};
    bool seen[FEATURE_COUNT] = {false}, begun = false;
    size_t number = 0;
    for (char *line; (line = strsep(&text, "\n"));) {
        size_t len = strlen(line);
        number++;
        if (len && line[len - 1] == '\r') line[--len] = '\0';
        if (len == 0 || line[0] == '#') continue;
        if (begun && read_line(path, number, line, w.of, seen, err)) return -1;
        if (!begun && strcmp(line, head) != 0)
            return err_set(err, ERR_INVALID, MSG_WEIGHTS_COLUMNS, path, number);
        begun = true;
    }
    for (int f = 0; f < FEATURE_COUNT; f++)
        if (!seen[f])
            return err_set(err, ERR_INVALID, MSG_WEIGHTS_MISSING, path,
                           feature_name((enum feature)f));
    weights_identify(&w);
    *out = w;
    return 0;
}

int weights_read(const char *path, struct weights *out, struct err *err)
{
    struct str text;
    str_init(&text);
    int rc = file_read(path, FILE_MAX, &text, err);
    /* A NUL would hide what stands behind it. */
    if (rc == 0 && strlen(text.data) != text.len)
        rc = err_set(err, ERR_INVALID, MSG_WEIGHTS_COLUMNS, path, (size_t)1);
    if (rc == 0) rc = weights_parse(path, text.data, out, err);
    str_free(&text);
    return rc;
}
