#include "base/base.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/vec.h"
#include "index/kept.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

struct kept_file {
    char *path;
    struct lexical *words;
    const uint64_t *keys;
    struct document **documents;      /* those found, by row */
    const struct pieces_file *pieces; /* NULL: none; the pieces table's */
    uint32_t found;
    uint32_t *slots, mask; /* an open hash of the rows by key; 0: free, else the row + 1 */
};

struct kept {
    char *dir;
    struct pieces *pieces; /* NULL: the model has none */
    VEC(struct kept_file) files;
};

static void file_free(struct kept_file *f)
{
    free(f->path);
    free(f->slots);
}

static struct kept_file file_of(const char *path, struct lexical *words, const uint64_t *keys)
{
    struct kept_file f = {.path = mem_strdup(path), .words = words, .keys = keys, .mask = 15};
    uint32_t docs = lexical_docs(words);
    while (f.mask / 2 < docs) f.mask = f.mask * 2 + 1;
    f.slots = mem_zalloc((size_t)f.mask + 1, sizeof *f.slots);
    f.documents = mem_zalloc(docs, sizeof(struct document *));
    for (uint32_t row = 0; row < docs; row++) {
        uint32_t at = (uint32_t)keys[row] & f.mask;
        while (f.slots[at]) at = (at + 1) & f.mask;
        f.slots[at] = row + 1;
    }
    return f;
}

/* The file beside that of the words. */
static void pieces_path(const struct kept *k, const struct lexical *words, struct str *path)
{
    str_init(path);
    str_addf(path, "%s/pieces-%016llx.bin", k->dir, (unsigned long long)lexical_seed(words));
}

static void open_pieces(struct kept *k, struct kept_file *f)
{
    if (!k->pieces) return;
    struct str path;
    pieces_path(k, f->words, &path);
    f->pieces = pieces_open(k->pieces, path.data, lexical_docs(f->words));
    str_free(&path);
}

static void remove_pieces(const struct kept *k, const struct lexical *words)
{
    struct str path;
    pieces_path(k, words, &path);
    unlink(path.data);
    str_free(&path);
}

static bool is_kept_name(const char *name)
{
    size_t len = strlen(name);
    return len > 10 && strncmp(name, "words-", 6) == 0 && strcmp(name + len - 4, ".bin") == 0;
}

struct kept *kept_open(const char *dir, struct pieces *pieces)
{
    struct kept *k = mem_zalloc(1, sizeof *k);
    k->pieces = pieces;
    k->dir = mem_strdup(dir);
    DIR *d = opendir(dir);
    struct str path;
    str_init(&path);
    for (struct dirent *e; d && (e = readdir(d));) {
        if (!is_kept_name(e->d_name)) continue;
        str_clear(&path);
        str_addf(&path, "%s/%s", dir, e->d_name);
        const uint64_t *keys;
        struct lexical *words = lexical_open(path.data, &keys);
        if (words) {
            struct kept_file f = file_of(path.data, words, keys);
            open_pieces(k, &f);
            vec_push(&k->files, f);
        } else if (errno == 0) { /* damaged, or of another version */
            log_warn("index", "words discarded file=%s", e->d_name);
            unlink(path.data);
        }
    }
    str_free(&path);
    if (d) closedir(d);
    return k;
}

void kept_free(struct kept *k)
{
    if (!k) return;
    while (k->files.len) { /* a load that did not come to its end: the files may be of use */
        struct kept_file *f = &k->files.at[--k->files.len];
        for (uint32_t row = 0; row < lexical_docs(f->words); row++)
            document_release(f->documents[row]);
        free(f->documents);
        lexical_free(f->words);
        file_free(f);
    }
    vec_free(&k->files);
    free(k->dir);
    free(k);
}

bool kept_take(struct kept *k, struct document *d)
{
    for (size_t i = 0; i < k->files.len; i++) {
        struct kept_file *f = &k->files.at[i];
        uint64_t key = document_key(lexical_seed(f->words), d);
        for (uint32_t at = (uint32_t)key & f->mask; f->slots[at]; at = (at + 1) & f->mask) {
            uint32_t row = f->slots[at] - 1;
            if (f->keys[row] != key) continue;
            f->found += f->documents[row] == NULL;
            document_release(f->documents[row]); /* it came before, a load was tried again */
            f->documents[row] = d;
            if (f->pieces && !d->pieces)
                d->pieces = pieces_restore(k->pieces, f->pieces, row, document_seeks(d));
            return true;
        }
    }
    return false;
}

bool kept_next(struct kept *k, struct document ***documents, uint32_t *rows, struct lexical **words)
{
    if (!k->files.len) return false;
    struct kept_file f = k->files.at[--k->files.len];
    *documents = f.documents;
    *rows = lexical_docs(f.words);
    *words = f.words;
    if (f.found <= *rows / 2) {
        remove_pieces(k, f.words);
        lexical_free(f.words);
        *words = NULL;
        unlink(f.path);
    }
    file_free(&f);
    return true;
}

static void path_of(const struct kept *k, const struct lexical *words, struct str *path)
{
    str_init(path);
    str_addf(path, "%s/words-%016llx.bin", k->dir, (unsigned long long)lexical_seed(words));
}

/* Documents stay with what they have, here or in the file of an earlier segment. */
static void save_pieces(const struct kept *k, const struct segment *s)
{
    struct document_pieces **pieces = mem_alloc(s->rows, sizeof(struct document_pieces *));
    bool all = k->pieces != NULL;
    for (uint32_t row = 0; row < s->rows; row++)
        all = (pieces[row] = s->documents[row]->pieces) != NULL && all;
    struct str path;
    pieces_path(k, s->lexical, &path);
    if (all && pieces_save(k->pieces, pieces, s->rows, path.data) != 0)
        log_warn("index", "pieces not kept file=%s error=\"%s\"", path.data, strerror(errno));
    str_free(&path);
    free(pieces);
}

void kept_save(struct kept *k, struct segment *s)
{
    struct str path;
    path_of(k, s->lexical, &path);
    uint64_t *keys = mem_alloc(s->rows, sizeof *keys);
    for (uint32_t row = 0; row < s->rows; row++)
        keys[row] = document_key(lexical_seed(s->lexical), s->documents[row]);
    const uint64_t *mapped_keys;
    struct lexical *mapped = NULL;
    if (lexical_save(s->lexical, keys, path.data) == 0)
        mapped = lexical_open(path.data, &mapped_keys);
    if (mapped) {
        lexical_free(s->lexical);
        s->lexical = mapped;
        save_pieces(k, s);
    } else {
        log_warn("index", "words not kept file=%s error=\"%s\"", path.data, strerror(errno));
    }
    free(keys);
    str_free(&path);
}

void kept_remove(struct kept *k, const struct segment *s)
{
    if (!lexical_mapped(s->lexical)) return;
    struct str path;
    path_of(k, s->lexical, &path);
    unlink(path.data);
    str_free(&path);
    remove_pieces(k, s->lexical);
}
