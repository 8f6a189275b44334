/* resume.h - a long command's output in a file, line by line, that a later run goes on with.
 *
 * Beside FILE lies FILE.part as long as it is not complete: what the lines depend on. A run that
 * was broken off is gone on with when that has not changed; anything else is refused, since half of
 * a file would then be of one state of the data and half of another. */
#ifndef HN_WEB_RESUME_H
#define HN_WEB_RESUME_H

#include "base/err.h"
#include "base/str.h"

struct resume;

/* depends: one line of text that is equal when, and only when, every line of the output would be.
 * *lines is how many whole lines are there already; half a line at the end is cut off. NULL: the
 * file is complete, of something else, or cannot be written. */
struct resume *resume_open(const char *path, const char *depends, size_t *lines, struct err *err);
/* Appends whole lines and empties the string. */
int resume_write(struct resume *r, struct str *lines, struct err *err);
/* complete: all lines were written. r may be NULL. */
int resume_close(struct resume *r, bool complete, struct err *err);

#endif
