/* weights.h - the numbers a score is made with, as data: features.def, or a file beside the
 * records.
 *
 * A file of weights is readable and strict: '#' comments, the line "feature weight mean scale",
 * then one line for each feature, tabs between. `hongniang learn` writes it as DATA/weights.tsv,
 * where serve and match find it; without it the built-in weights are used. */
#ifndef HN_MATCHER_WEIGHTS_H
#define HN_MATCHER_WEIGHTS_H

#include "base/err.h"
#include "base/str.h"
#include "matcher/match.h"

/* A feature's value is (raw - mean) / scale, its contribution value * weight. */
struct feature_weight {
    float mean, scale, weight;
};
struct weights {
    struct feature_weight of[FEATURE_COUNT];
    char id[17]; /* hash of features and numbers: equal weights, equal id; see weights_identify */
};

/* Those of features.def. */
void weights_builtin(struct weights *out);
/* Sets w->id by what else it holds. */
void weights_identify(struct weights *w);

/* Reads a file. Every feature exactly once, weight >= 0, scale > 0, all finite; else ERR_INVALID
 * naming file and line, and *out is untouched. */
int weights_read(const char *path, struct weights *out, struct err *err);
/* The same from memory; path is for messages. text is changed. */
int weights_parse(const char *path, char *text, struct weights *out, struct err *err);
/* Appends the file's lines, head first. Comments are the caller's to put before. */
void weights_print(const struct weights *w, struct str *out);

#endif
