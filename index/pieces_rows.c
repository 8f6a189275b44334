#include "base/base.h"

#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/vec.h"
#include "index/background.h"
#include "index/pieces.h"
#include "index/sections.h"

#include <errno.h>
#include <string.h>

/* Numbers in a block are its own: places in its list of pieces, so that they stay right however the
 * table is filled. */

enum {
    STARTS, /* of each document's numbers, and the end */
    IDS,
    TITLES,     /* how many of a document's numbers are of the title */
    BACKGROUND, /* of documents that seek: mean and scale for each language */
    LANGS,
    SMALL, /* sections from here on are long, and not read when a file is opened */
    NUMBERS = SMALL,
    SECTIONS
};

/* The version counts up when the cutting of texts or what is kept changes. */
static const struct sections_format format = {
    {'H', 'N', 'P', 'I', 'E', 'C', 'E', '\n'}, 2, SECTIONS};

enum { ROWS, PIECES, SEEKS, MODEL };
enum { BACKGROUNDS = 2 * (int)LANG_COUNT };

struct pieces_rows {
    uint32_t rows;
    bool seeks;
    const uint64_t *starts;
    const uint32_t *titles, *numbers;
    const int32_t *ids;
    const uint8_t *langs;
    const float *background;
    struct sections *block;
    uint32_t *map; /* by number of the block: the table's */
};

/* What the numbers depend on: the vocabulary, and the titles that the background is. */
static uint64_t model_of(const struct pieces *p)
{
    uint64_t hash = hash_bytes(0, pieces_model(p), strlen(pieces_model(p)));
    for (size_t i = 0; i < BACKGROUND_TITLES; i++)
        for (int lang = 0; lang < LANG_COUNT; lang++)
            hash = hash_bytes(hash, background_titles[i][lang], strlen(background_titles[i][lang]));
    return hash;
}

struct document_pieces pieces_rows_at(const struct pieces_rows *r, uint32_t row)
{
    struct document_pieces d = {.lang = (enum lang)r->langs[row],
                                .n_title = r->titles[row],
                                .map = r->map,
                                .number = r->numbers + r->starts[row]};
    d.n_text = (uint32_t)(r->starts[row + 1] - r->starts[row]) - d.n_title;
    if (r->seeks) {
        memcpy(d.mean, r->background + (size_t)row * BACKGROUNDS, sizeof d.mean);
        memcpy(d.scale, r->background + (size_t)row * BACKGROUNDS + LANG_COUNT, sizeof d.scale);
    }
    return d;
}

const struct sections *pieces_rows_block(const struct pieces_rows *r)
{
    return r->block;
}

static struct pieces_rows *rows_of(struct sections *s)
{
    struct pieces_rows *r = mem_zalloc(1, sizeof *r);
    const uint64_t *given = sections_given(s);
    r->rows = (uint32_t)given[ROWS];
    r->seeks = given[SEEKS] != 0;
    r->starts = sections_at(s, STARTS);
    r->titles = sections_at(s, TITLES);
    r->numbers = sections_at(s, NUMBERS);
    r->ids = sections_at(s, IDS);
    r->langs = sections_at(s, LANGS);
    r->background = sections_at(s, BACKGROUND);
    r->block = s;
    return r;
}

static void map_pieces(struct pieces *p, struct pieces_rows *r)
{
    uint32_t n = (uint32_t)sections_given(r->block)[PIECES];
    r->map = mem_alloc(n, sizeof *r->map);
    for (uint32_t i = 0; i < n; i++) r->map[i] = pieces_add(p, r->ids[i]);
}

void pieces_rows_free(struct pieces_rows *r)
{
    if (!r) return;
    sections_free(r->block);
    free(r->map);
    free(r);
}

/* Room for a block; NULL with errno when a file has none. */
static struct sections *blank(const struct pieces *p, uint64_t rows, uint64_t pieces,
                              uint64_t numbers, bool seeks, const char *path)
{
    const uint64_t sizes[SECTIONS] = {[STARTS] = (rows + 1) * sizeof(uint64_t),
                                      [IDS] = pieces * sizeof(int32_t),
                                      [TITLES] = rows * sizeof(uint32_t),
                                      [BACKGROUND] = seeks ? rows * BACKGROUNDS * sizeof(float) : 0,
                                      [LANGS] = rows,
                                      [NUMBERS] = numbers * sizeof(uint32_t)};
    struct sections *s = sections_new(&format, sizes, path);
    if (!s) return NULL;
    uint64_t *given = sections_numbers(s);
    given[ROWS] = rows;
    given[PIECES] = pieces;
    given[SEEKS] = seeks;
    given[MODEL] = model_of(p);
    return s;
}

/* ---- from documents -------------------------------------------------------------------------- */

struct pieces_builder {
    struct pieces *pieces;
    bool seeks;
    struct map *known; /* id -> number */
    VEC(int32_t) ids;
    VEC(uint64_t) starts;
    VEC(uint32_t) titles, numbers;
    VEC(uint8_t) langs;
    VEC(float) background;
};

struct pieces_builder *pieces_builder_new(struct pieces *p, bool seeks)
{
    struct pieces_builder *b = mem_zalloc(1, sizeof *b);
    b->pieces = p;
    b->seeks = seeks;
    b->known = map_new();
    vec_push(&b->starts, 0);
    return b;
}

static void add_numbers(struct pieces_builder *b, const int32_t *ids, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t next = (uint32_t)b->ids.len;
        uint32_t number = map_add(b->known, (const char *)&ids[i], sizeof ids[i], next);
        if (number == next) vec_push(&b->ids, ids[i]);
        vec_push(&b->numbers, number);
    }
}

void pieces_builder_add(struct pieces_builder *b, struct document_cut *cut)
{
    add_numbers(b, cut->title, cut->n_title);
    add_numbers(b, cut->text, cut->n_text);
    vec_push(&b->starts, b->numbers.len);
    vec_push(&b->titles, (uint32_t)cut->n_title);
    vec_push(&b->langs, (uint8_t)cut->lang);
    struct document_pieces *d = pieces_number(b->pieces, cut, b->seeks);
    for (int lang = 0; b->seeks && lang < LANG_COUNT; lang++)
        vec_push(&b->background, d->mean[lang]);
    for (int lang = 0; b->seeks && lang < LANG_COUNT; lang++)
        vec_push(&b->background, d->scale[lang]);
    free(d);
}

struct pieces_rows *pieces_builder_finish(struct pieces_builder *b)
{
    struct sections *s =
        blank(b->pieces, b->titles.len, b->ids.len, b->numbers.len, b->seeks, NULL);
    const void *const from[SECTIONS] = {[STARTS] = b->starts.at,         [IDS] = b->ids.at,
                                        [TITLES] = b->titles.at,         [LANGS] = b->langs.at,
                                        [BACKGROUND] = b->background.at, [NUMBERS] = b->numbers.at};
    sections_fill(s, from);
    struct pieces_rows *r = rows_of(s);
    map_pieces(b->pieces, r);
    map_free(b->known);
    vec_free(&b->ids);
    vec_free(&b->starts);
    vec_free(&b->titles);
    vec_free(&b->numbers);
    vec_free(&b->langs);
    vec_free(&b->background);
    free(b);
    return r;
}

/* ---- merging --------------------------------------------------------------------------------- */

/* The new block's numbers are given in order of appearance. */
struct merging {
    struct pieces *pieces;
    const struct pieces_rows *const *from;
    const uint8_t *const *keep;
    size_t n;
    uint32_t *number_of; /* by number of the table: 0, or the new number and one */
    uint64_t rows, numbers;
    uint32_t n_pieces;
};

static void measure(struct merging *m)
{
    for (size_t i = 0; i < m->n; i++) {
        const struct pieces_rows *r = m->from[i];
        for (uint32_t row = 0; row < r->rows; row++) {
            if (!m->keep[i][row]) continue;
            m->rows++;
            m->numbers += r->starts[row + 1] - r->starts[row];
            for (uint64_t k = r->starts[row]; k < r->starts[row + 1]; k++) {
                uint32_t *number = &m->number_of[r->map[r->numbers[k]]];
                if (!*number) *number = ++m->n_pieces;
            }
        }
    }
}

static void fill(const struct merging *m, struct sections *s)
{
    uint64_t *starts = sections_room(s, STARTS), at = 0;
    uint32_t *titles = sections_room(s, TITLES), *numbers = sections_room(s, NUMBERS);
    uint8_t *langs = sections_room(s, LANGS);
    float *background = sections_room(s, BACKGROUND);
    int32_t *ids = sections_room(s, IDS);
    size_t row = 0;
    for (size_t number = 0; number < pieces_count(m->pieces); number++)
        if (m->number_of[number])
            ids[m->number_of[number] - 1] = pieces_id(m->pieces, (uint32_t)number);
    for (size_t i = 0; i < m->n; i++) {
        const struct pieces_rows *r = m->from[i];
        for (uint32_t old = 0; old < r->rows; old++) {
            if (!m->keep[i][old]) continue;
            starts[row] = at;
            titles[row] = r->titles[old];
            langs[row] = r->langs[old];
            if (r->seeks)
                memcpy(background + row * BACKGROUNDS, r->background + (size_t)old * BACKGROUNDS,
                       BACKGROUNDS * sizeof *background);
            for (uint64_t k = r->starts[old]; k < r->starts[old + 1]; k++)
                numbers[at++] = m->number_of[r->map[r->numbers[k]]] - 1;
            row++;
        }
    }
    starts[row] = at;
}

struct pieces_rows *pieces_rows_merge(struct pieces *p, const struct pieces_rows *const *from,
                                      const uint8_t *const *keep, size_t n, const char *path)
{
    struct merging m = {.pieces = p, .from = from, .keep = keep, .n = n};
    m.number_of = mem_zalloc((size_t)pieces_vocabulary(p), sizeof *m.number_of);
    measure(&m);
    struct sections *s = NULL;
    if (path) {
        s = blank(p, m.rows, m.n_pieces, m.numbers, from[0]->seeks, path);
        if (s) {
            fill(&m, s);
            if (sections_keep(s) != 0) {
                int why = errno;
                sections_free(s);
                errno = why;
                s = NULL;
            }
        }
        if (!s) log_warn("index", "pieces not kept file=%s error=\"%s\"", path, strerror(errno));
    }
    if (!s) {
        s = blank(p, m.rows, m.n_pieces, m.numbers, from[0]->seeks, NULL);
        fill(&m, s);
    }
    struct pieces_rows *r = rows_of(s);
    /* Its pieces are in the table already: this adds nothing, and may be done beside who adds. */
    r->map = mem_alloc(m.n_pieces, sizeof *r->map);
    for (int number = 0; number < pieces_vocabulary(p); number++)
        if (m.number_of[number]) r->map[m.number_of[number] - 1] = (uint32_t)number;
    free(m.number_of);
    return r;
}

/* ---- files ----------------------------------------------------------------------------------- */

/* Do the numbers that lead from one array into another stay inside? */
static bool is_sound(const struct sections *s, uint64_t n, int vocabulary)
{
    const uint64_t *given = sections_given(s), pieces = given[PIECES];
    if (given[ROWS] != n || pieces > (uint64_t)vocabulary ||
        sections_size(s, STARTS) != (n + 1) * sizeof(uint64_t) ||
        sections_size(s, IDS) != pieces * sizeof(int32_t) ||
        sections_size(s, TITLES) != n * sizeof(uint32_t) || sections_size(s, LANGS) != n ||
        sections_size(s, BACKGROUND) != (given[SEEKS] ? n * BACKGROUNDS * sizeof(float) : 0))
        return false;
    if (!sections_first_sound(s, SMALL)) return false;
    const uint64_t *starts = sections_at(s, STARTS);
    const int32_t *ids = sections_at(s, IDS);
    const uint32_t *titles = sections_at(s, TITLES);
    const uint8_t *langs = sections_at(s, LANGS);
    if (starts[0] != 0 || starts[n] != sections_size(s, NUMBERS) / sizeof(uint32_t)) return false;
    for (uint64_t i = 0; i < n; i++)
        if (starts[i] > starts[i + 1] || titles[i] > starts[i + 1] - starts[i] ||
            starts[i + 1] - starts[i] > UINT32_MAX || langs[i] >= LANG_COUNT)
            return false;
    for (uint64_t i = 0; i < pieces; i++)
        if (ids[i] < 0 || ids[i] >= vocabulary) return false;
    return true;
}

struct pieces_rows *pieces_rows_open(struct pieces *p, const char *path, uint32_t rows)
{
    struct sections *s = sections_open(&format, path);
    if (!s) return NULL;
    if (sections_given(s)[MODEL] != model_of(p) || !is_sound(s, rows, pieces_vocabulary(p))) {
        sections_free(s);
        errno = 0;
        return NULL;
    }
    struct pieces_rows *r = rows_of(s);
    map_pieces(p, r);
    return r;
}
