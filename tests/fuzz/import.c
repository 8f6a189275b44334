/* Any bytes as a file to import: whatever goes in once, going in again changes nothing. The first
 * byte chooses the kind and the options. The store lives in a temporary directory and grows. */
#include "base/base.h"

#include "corpus/import.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static char dir[] = "/tmp/hongniang-fuzz-XXXXXX";
static struct store *store;

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st, (void)flag, (void)ftw;
    return remove(path);
}

static void clean_up(void)
{
    store_close(store);
    nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void check(bool holds, const char *what, const struct err *err)
{
    if (holds) return;
    fprintf(stderr, "%s: %s\n", what, err_text(err, LANG_EN));
    abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct err err = {0};
    if (!store) {
        check(mkdtemp(dir), "mkdtemp", &err);
        store = store_open(dir, STORE_WRITE, &err);
        check(store, "store_open", &err);
        atexit(clean_up);
    }
    if (!size) return 0;

    char path[sizeof dir + 8], report[sizeof dir + 8];
    snprintf(path, sizeof path, "%s/file", dir);
    snprintf(report, sizeof report, "%s/report", dir);
    FILE *f = fopen(path, "wb");
    check(f && fwrite(data + 1, 1, size - 1, f) == size - 1 && fclose(f) == 0, path, &err);

    struct import_map map = {"id", "x"};
    struct import_options o = {.kind = data[0] & 3,
                               .actor = "fuzz",
                               .keep_going = data[0] & 4,
                               .source = data[0] & 8 ? "other" : NULL,
                               .maps = &map,
                               .n_maps = data[0] & 16 ? 1 : 0,
                               .report_path = data[0] & 32 ? report : NULL};
    struct import_result once, again;
    int rc = import_file(store, path, &o, &once, &err);
    check((rc != 0) == (err.kind != ERR_NONE), "status and error differ", &err);
    check(err.kind != ERR_INTERNAL && err.kind != ERR_IO, "the store failed", &err);
    if (rc != 0) return 0;
    check(import_file(store, path, &o, &again, &err) == 0, "refused the second time", &err);
    check(!again.created && !again.updated && !again.orgs_created, "changed something", &err);
    check(again.rows == once.rows && again.rejected == once.rejected, "counts differ", &err);
    return 0;
}
