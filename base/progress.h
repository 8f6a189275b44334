/* progress.h - a bar with rate and time left for long work, on stderr, only when it is a terminal
 * and the work has taken more than two seconds. */
#ifndef HN_BASE_PROGRESS_H
#define HN_BASE_PROGRESS_H

#include "base/base.h"

struct progress {
    char label[64];
    size_t total; /* 0: unknown, a count is shown instead of a bar */
    double started, drawn;
    bool terminal, visible;
    enum lang lang;
};

/* label is copied. */
void progress_init(struct progress *p, enum lang lang, const char *label, size_t total);
/* Shows that `done` items are done; cheap, so call it for every item. One thread at a time. */
void progress_show(struct progress *p, size_t done);
/* Wipes the bar. */
void progress_end(struct progress *p);

#endif
