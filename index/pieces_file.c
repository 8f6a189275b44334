#include "base/base.h"

#include "base/map.h"
#include "base/mem.h"
#include "index/pieces.h"
#include "index/sections.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

/* Numbers are the file's own: places in its list of pieces, so that they stay right however the
 * table is filled. */

/* Counts up when the cutting of texts or what is kept changes. */
enum { VERSION = 1 };

static const char magic[8] = {'H', 'N', 'P', 'I', 'E', 'C', 'E', '\n'};

struct header {
    char magic[8];
    uint32_t order, version;
    uint32_t documents, pieces;
    uint64_t numbers;
    uint64_t model; /* a hash of its identity */
    uint64_t sum;   /* of all else */
};
_Static_assert(sizeof(struct header) == 48, "the header has no padding");

enum { STARTS, IDS, TITLES, NUMBERS, LANGS, SECTIONS };

struct pieces_file {
    const uint64_t *starts; /* of each document's numbers */
    const uint32_t *titles; /* how many of them are of the title */
    const uint32_t *numbers;
    const uint8_t *langs;
    uint32_t map[]; /* by number of the file: the table's */
};

static void measure(const struct header *h, struct section s[SECTIONS])
{
    s[STARTS].size = ((size_t)h->documents + 1) * sizeof(uint64_t);
    s[IDS].size = (size_t)h->pieces * sizeof(int32_t);
    s[TITLES].size = (size_t)h->documents * sizeof(uint32_t);
    s[NUMBERS].size = (size_t)h->numbers * sizeof(uint32_t);
    s[LANGS].size = h->documents;
}

static uint64_t sum_of(struct header h, const struct section s[SECTIONS])
{
    h.sum = 0;
    return sections_sum(&h, sizeof h, s, SECTIONS);
}

static struct header header_of(const struct pieces *p)
{
    struct header h = {.order = 1, .version = VERSION};
    memcpy(h.magic, magic, sizeof magic);
    h.model = hash_bytes(0, pieces_model(p), strlen(pieces_model(p)));
    return h;
}

/* ---- writing --------------------------------------------------------------------------------- */

int pieces_save(const struct pieces *p, struct document_pieces *const *documents, uint32_t n,
                const char *path)
{
    struct header h = header_of(p);
    h.documents = n;
    for (uint32_t i = 0; i < n; i++) h.numbers += documents[i]->n_title + documents[i]->n_text;
    uint64_t *starts = mem_alloc((size_t)n + 1, sizeof *starts);
    uint32_t *titles = mem_alloc(n, sizeof *titles),
             *numbers = mem_alloc(h.numbers, sizeof *numbers);
    uint8_t *langs = mem_alloc(n, sizeof *langs);
    /* The file's numbers are given in order of appearance. */
    size_t size = pieces_count(p);
    uint32_t *number_of = mem_zalloc(size, sizeof *number_of); /* and one */
    int32_t *ids = mem_alloc(size, sizeof *ids);
    uint64_t at = 0;
    for (uint32_t i = 0; i < n; i++) {
        const struct document_pieces *d = documents[i];
        starts[i] = at;
        titles[i] = d->n_title;
        langs[i] = (uint8_t)d->lang;
        for (uint32_t k = 0; k < d->n_title + d->n_text; k++) {
            uint32_t number = pieces_number_at(d, k);
            if (!number_of[number]) {
                ids[h.pieces] = pieces_id(p, number);
                number_of[number] = ++h.pieces;
            }
            numbers[at++] = number_of[number] - 1;
        }
    }
    starts[n] = at;
    struct section s[SECTIONS] = {{starts, 0}, {ids, 0}, {titles, 0}, {numbers, 0}, {langs, 0}};
    measure(&h, s);
    h.sum = sum_of(h, s);
    int rc = sections_write(path, &h, sizeof h, s, SECTIONS), why = errno;
    free(starts);
    free(titles);
    free(numbers);
    free(langs);
    free(number_of);
    free(ids);
    errno = why;
    return rc;
}

/* ---- reading --------------------------------------------------------------------------------- */

/* Do the numbers that lead from one array into another stay inside? */
static bool is_sound(const struct header *h, const struct section s[SECTIONS], int vocabulary)
{
    const uint64_t *starts = s[STARTS].at;
    const int32_t *ids = s[IDS].at;
    const uint32_t *titles = s[TITLES].at, *numbers = s[NUMBERS].at;
    const uint8_t *langs = s[LANGS].at;
    if (starts[0] != 0 || starts[h->documents] != h->numbers) return false;
    for (uint32_t i = 0; i < h->documents; i++)
        if (starts[i] > starts[i + 1] || titles[i] > starts[i + 1] - starts[i] ||
            starts[i + 1] - starts[i] > UINT32_MAX || langs[i] >= LANG_COUNT)
            return false;
    for (uint32_t i = 0; i < h->pieces; i++)
        if (ids[i] < 0 || ids[i] >= vocabulary) return false;
    for (uint64_t i = 0; i < h->numbers; i++)
        if (numbers[i] >= h->pieces) return false;
    return true;
}

static struct pieces_file *file_of(struct pieces *p, const void *file, size_t size, uint32_t n)
{
    struct header h, wanted = header_of(p);
    if (size < sizeof h) return NULL;
    memcpy(&h, file, sizeof h);
    if (memcmp(h.magic, magic, sizeof magic) != 0 || h.order != 1 || h.version != VERSION ||
        h.model != wanted.model || h.documents != n || h.numbers > size)
        return NULL;
    struct section s[SECTIONS];
    measure(&h, s);
    if (!sections_place(file, size, sizeof h, s, SECTIONS) || sum_of(h, s) != h.sum ||
        !is_sound(&h, s, pieces_vocabulary(p)))
        return NULL;
    struct pieces_file *f = mem_alloc(1, sizeof *f + h.pieces * sizeof f->map[0]);
    f->starts = s[STARTS].at;
    f->titles = s[TITLES].at;
    f->numbers = s[NUMBERS].at;
    f->langs = s[LANGS].at;
    const int32_t *ids = s[IDS].at;
    for (uint32_t i = 0; i < h.pieces; i++) f->map[i] = pieces_add(p, ids[i]);
    return f;
}

struct pieces_file *pieces_open(struct pieces *p, const char *path, uint32_t n)
{
    size_t size;
    void *file = sections_map(path, &size);
    if (!file) return NULL;
    struct pieces_file *f = file_of(p, file, size, n);
    if (f)
        pieces_hold(p, file, size, f);
    else
        munmap(file, size);
    return f;
}

struct document_pieces *pieces_restore(const struct pieces *p, const struct pieces_file *f,
                                       uint32_t row, bool seeks)
{
    struct document_pieces *d = mem_alloc(1, sizeof *d);
    uint32_t n = (uint32_t)(f->starts[row + 1] - f->starts[row]);
    *d = (struct document_pieces){.lang = (enum lang)f->langs[row],
                                  .n_title = f->titles[row],
                                  .n_text = n - f->titles[row],
                                  .map = f->map,
                                  .number = f->numbers + f->starts[row]};
    if (seeks) pieces_measure_background(p, d);
    return d;
}
