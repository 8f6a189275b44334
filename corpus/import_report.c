#include "base/base.h"

#include "base/file.h"
#include "base/mem.h"
#include "corpus/import_impl.h"
#include "corpus/messages.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int failed(const struct import_report *r, struct err *err)
{
    return err_set(err, ERR_IO, MSG_IMPORT_REPORT_WRITE, r->path, strerror(errno));
}

static int copy_old(struct import_report *r, struct err *err)
{
    struct str old;
    str_init(&old);
    int rc = file_read(r->path, IMPORT_MAX_BYTES, &old, err);
    if (rc == 0) fwrite(old.data, 1, old.len, r->file);
    str_free(&old);
    return rc;
}

/* Beside the report, so that the rename stays within one file system. */
static FILE *open_temporary(struct import_report *r)
{
    struct str name;
    str_init(&name);
    str_addf(&name, "%s.XXXXXX", r->path);
    r->temporary = str_take(&name);
    int fd = mkstemp(r->temporary);
    if (fd < 0) return NULL;
    /* mkstemp makes it private; a report is as readable as other new files. */
    mode_t mask = umask(0);
    umask(mask);
    FILE *f = fchmod(fd, 0666 & ~mask) == 0 ? fdopen(fd, "w") : NULL;
    if (!f) close(fd);
    return f;
}

int import_report_open(struct import_report *r, const struct import_options *o, const char *path,
                       struct err *err)
{
    *r = (struct import_report){.path = o->report_path, .source_path = path, .lang = o->lang};
    if (!r->path) return 0;
    r->file = open_temporary(r);
    if (!r->file) {
        failed(r, err);
        free(r->temporary);
        r->temporary = NULL;
        return -1;
    }
    if (o->report_append && access(r->path, F_OK) == 0) return copy_old(r, err);
    fputs("file,line,severity,field,code,message\n", r->file);
    return 0;
}

static void put_cell(FILE *f, const char *text)
{
    if (!strpbrk(text, ",\"\r\n")) {
        fputs(text, f);
        return;
    }
    putc('"', f);
    for (; *text; text++) {
        if (*text == '"') putc('"', f);
        putc(*text, f);
    }
    putc('"', f);
}

void import_report_add(struct import_report *r, size_t line, bool warning, const char *field,
                       const struct err *what)
{
    if (!r->file) return;
    put_cell(r->file, r->source_path);
    if (line)
        fprintf(r->file, ",%zu,", line);
    else
        fputs(",,", r->file);
    fprintf(r->file, "%s,%s,%s,", warning ? "warning" : "error", field, what->code);
    put_cell(r->file, err_text(what, r->lang));
    putc('\n', r->file);
}

int import_report_close(struct import_report *r, bool keep, struct err *err)
{
    if (!r->file) return 0;
    int rc = 0;
    if (keep && (fflush(r->file) != 0 || ferror(r->file) || fsync(fileno(r->file)) != 0))
        rc = failed(r, err);
    if (fclose(r->file) != 0 && keep && rc == 0) rc = failed(r, err);
    if (keep && rc == 0 && rename(r->temporary, r->path) != 0) rc = failed(r, err);
    if (!keep || rc != 0) unlink(r->temporary);
    r->file = NULL;
    free(r->temporary);
    r->temporary = NULL;
    return rc;
}
