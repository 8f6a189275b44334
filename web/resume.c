#include "base/base.h"

#include "base/file.h"
#include "base/mem.h"
#include "web/messages.h"
#include "web/resume.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DEPENDS_MAX = 4096 };

struct resume {
    char *path, *part;
    FILE *file;
};

static int failed(const struct resume *r, struct err *err)
{
    return err_set(err, ERR_IO, MSG_FILE_WRITE, r->path, strerror(errno));
}

/* Whole lines of what is there, and where the last one ends. */
static int count_lines(struct resume *r, size_t *lines, long *end, struct err *err)
{
    char buffer[1 << 16];
    long at = 0;
    size_t n;
    *lines = 0;
    *end = 0;
    rewind(r->file);
    while ((n = fread(buffer, 1, sizeof buffer, r->file)) > 0) {
        for (size_t i = 0; i < n; i++) {
            if (buffer[i] != '\n') continue;
            ++*lines;
            *end = at + (long)i + 1;
        }
        at += (long)n;
    }
    return ferror(r->file) ? failed(r, err) : 0;
}

/* A file that is there must have been begun with the same. */
static int check_part(const struct resume *r, const char *depends, struct err *err)
{
    struct str was;
    str_init(&was);
    int rc = 0;
    if (access(r->path, F_OK) != 0)
        rc = file_replace(r->part, depends, strlen(depends), err);
    else if (access(r->part, F_OK) != 0)
        rc = err_set(err, ERR_CONFLICT, MSG_OUTPUT_COMPLETE, r->path);
    else if (file_read(r->part, DEPENDS_MAX, &was, err) != 0)
        rc = -1;
    else if (strcmp(was.data, depends) != 0)
        rc = err_set(err, ERR_CONFLICT, MSG_OUTPUT_CHANGED, r->path);
    str_free(&was);
    return rc;
}

struct resume *resume_open(const char *path, const char *depends, size_t *lines, struct err *err)
{
    struct resume *r = mem_zalloc(1, sizeof *r);
    struct str part;
    long end;
    str_init(&part);
    str_addf(&part, "%s.part", path);
    r->path = mem_strdup(path);
    r->part = str_take(&part);
    if (check_part(r, depends, err)) goto fail;
    r->file = fopen(path, "a+be");
    if (!r->file) {
        failed(r, err);
        goto fail;
    }
    if (count_lines(r, lines, &end, err)) goto fail;
    if (ftruncate(fileno(r->file), end) != 0) {
        failed(r, err);
        goto fail;
    }
    return r;
fail:
    resume_close(r, false, NULL);
    return NULL;
}

int resume_write(struct resume *r, struct str *lines, struct err *err)
{
    bool whole = fwrite(lines->data, 1, lines->len, r->file) == lines->len && fflush(r->file) == 0;
    str_clear(lines);
    return whole ? 0 : failed(r, err);
}

int resume_close(struct resume *r, bool complete, struct err *err)
{
    if (!r) return 0;
    int rc = 0;
    if (r->file && fclose(r->file) != 0 && err) rc = failed(r, err);
    if (complete && rc == 0 && unlink(r->part) != 0 && err) rc = failed(r, err);
    free(r->path);
    free(r->part);
    free(r);
    return rc;
}
