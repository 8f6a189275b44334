#include "base/base.h"

#include "base/mem.h"
#include "index/e5_tokens.h"

#include <math.h>
#include <string.h>

#define METASPACE 0x2581u /* stands for a space in the pieces */
#define PIECE_MAX 1024    /* bytes; the real vocabulary stays below 50 */

/* Some code points stand for up to 18 others; a text made of them alone is read as far as this,
 * which ordinary text within EMBED_TEXT_MAX never meets. */
#define NORMAL_MAX ((size_t)64 << 20)

/* Pieces by content: open addressing; tag holds upper hash bits so that a miss, which is what
 * most look-ups are, touches one cache line. */
struct slot {
    uint32_t tag;
    int32_t piece; /* -1: empty */
};

struct e5_tokens {
    int32_t pieces, bos, eos, unk;
    const char *blob;
    uint32_t *offsets;
    float *scores;
    float unk_score;
    uint32_t longest; /* bytes of the longest piece */
    struct slot *slots;
    uint32_t mask;
    /* the normalisation map: replacement i is to[at[i]] .. to[at[i + 1] - 1] */
    int32_t mapped;
    uint32_t *from, *at, *to;
};

static uint32_t u32_at(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* FNV-1a, which can be extended a byte at a time: all pieces that start at one place share work. */
#define HASH_START UINT64_C(1469598103934665603)
static uint64_t hash_add(uint64_t h, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) h = (h ^ (uint8_t)s[i]) * UINT64_C(1099511628211);
    return h;
}

static int32_t find_piece(const struct e5_tokens *t, uint64_t hash, const char *s, uint32_t len)
{
    uint32_t tag = (uint32_t)(hash >> 32);
    for (uint32_t i = (uint32_t)hash & t->mask;; i = (i + 1) & t->mask) {
        const struct slot *slot = &t->slots[i];
        if (slot->piece < 0) return -1;
        if (slot->tag != tag) continue;
        uint32_t at = t->offsets[slot->piece];
        if (t->offsets[slot->piece + 1] - at == len && memcmp(t->blob + at, s, len) == 0)
            return slot->piece;
    }
}

static void fill_slots(struct e5_tokens *t)
{
    uint32_t size = 2;
    while (size < (uint32_t)t->pieces * 2) size *= 2;
    t->mask = size - 1;
    t->slots = mem_alloc(size, sizeof *t->slots);
    for (uint32_t i = 0; i < size; i++) t->slots[i] = (struct slot){.piece = -1};
    for (int32_t p = 0; p < t->pieces; p++) {
        uint32_t at = t->offsets[p], len = t->offsets[p + 1] - at;
        uint64_t hash = hash_add(HASH_START, t->blob + at, len);
        uint32_t i = (uint32_t)hash & t->mask;
        while (t->slots[i].piece >= 0) i = (i + 1) & t->mask;
        t->slots[i] = (struct slot){.tag = (uint32_t)(hash >> 32), .piece = p};
    }
}

static const char *read_pieces(struct e5_tokens *t, const struct e5_vocab *v)
{
    t->offsets = mem_alloc((size_t)v->pieces + 1, sizeof *t->offsets);
    t->scores = mem_alloc((size_t)v->pieces, sizeof *t->scores);
    memcpy(t->offsets, v->offsets, ((size_t)v->pieces + 1) * sizeof *t->offsets);
    memcpy(t->scores, v->scores, (size_t)v->pieces * sizeof *t->scores);
    float lowest = INFINITY;
    for (int32_t i = 0; i < v->pieces; i++) {
        if (t->offsets[i] > t->offsets[i + 1] || t->offsets[i + 1] > v->blob_size)
            return "a piece lies outside the vocabulary";
        uint32_t len = t->offsets[i + 1] - t->offsets[i];
        if (len == 0 || len > PIECE_MAX) return "a piece has an impossible length";
        if (!isfinite(t->scores[i])) return "a piece has no finite score";
        t->longest = MAX(t->longest, len);
        lowest = fminf(lowest, t->scores[i]);
    }
    t->unk_score = lowest - 10; /* SentencePiece's penalty for an unknown character */
    return NULL;
}

static const char *read_map(struct e5_tokens *t, const struct e5_vocab *v)
{
    size_t n = (size_t)v->mapped, entry = 5;
    if (v->maps_size / entry < n) return "the normalisation map is cut";
    t->from = mem_alloc(n, sizeof *t->from);
    t->at = mem_alloc(n + 1, sizeof *t->at);
    t->to = mem_alloc(v->maps_size / 4 + 1, sizeof *t->to);
    uint32_t used = 0;
    const uint8_t *p = v->maps, *end = p + v->maps_size;
    for (size_t i = 0; i < n; i++) {
        if ((size_t)(end - p) < entry) return "the normalisation map is cut";
        t->from[i] = u32_at(p);
        t->at[i] = used;
        size_t count = p[4];
        p += entry;
        if ((size_t)(end - p) / 4 < count) return "the normalisation map is cut";
        if (i && t->from[i] <= t->from[i - 1]) return "the normalisation map is not in order";
        for (; count; count--, p += 4) {
            t->to[used] = u32_at(p);
            if (t->to[used++] > 0x10FFFF)
                return "the normalisation map yields an impossible character";
        }
    }
    t->at[n] = used;
    t->mapped = v->mapped;
    return NULL;
}

struct e5_tokens *e5_tokens_new(const struct e5_vocab *v, const char **why)
{
    struct e5_tokens *t = mem_zalloc(1, sizeof *t);
    *t = (struct e5_tokens){
        .pieces = v->pieces, .bos = v->bos, .eos = v->eos, .unk = v->unk, .blob = v->blob};
    if ((*why = read_pieces(t, v)) || (*why = read_map(t, v))) {
        e5_tokens_free(t);
        return NULL;
    }
    fill_slots(t);
    return t;
}

void e5_tokens_free(struct e5_tokens *t)
{
    if (!t) return;
    free(t->offsets);
    free(t->scores);
    free(t->slots);
    free(t->from);
    free(t->at);
    free(t->to);
    free(t);
}

bool e5_tokens_is_content(const struct e5_tokens *t, int32_t id)
{
    uint32_t at = t->offsets[id], len = t->offsets[id + 1] - at;
    bool space = len == 3 && memcmp(t->blob + at, "\xe2\x96\x81", 3) == 0;
    return !space && id != t->bos && id != t->eos && id != t->unk;
}

float e5_tokens_score(const struct e5_tokens *t, int32_t id)
{
    return t->scores[id];
}

int32_t e5_tokens_bos(const struct e5_tokens *t)
{
    return t->bos;
}

int32_t e5_tokens_eos(const struct e5_tokens *t)
{
    return t->eos;
}

/* As the reference reads: continuation bytes are taken as they come, and a byte that starts no
 * sequence, or a sequence cut by the end, is a code point by itself. Never base/utf8.h here: its
 * U+FFFD would be another token. */
static size_t decode(const char *text, size_t n, uint32_t *cp)
{
    const uint8_t *s = (const uint8_t *)text;
    if (s[0] >> 5 == 0x6 && n >= 2) {
        *cp = (s[0] & 0x1Fu) << 6 | (s[1] & 0x3Fu);
        return 2;
    }
    if (s[0] >> 4 == 0xE && n >= 3) {
        *cp = (s[0] & 0x0Fu) << 12 | (s[1] & 0x3Fu) << 6 | (s[2] & 0x3Fu);
        return 3;
    }
    if (s[0] >> 3 == 0x1E && n >= 4) {
        *cp = (s[0] & 0x07u) << 18 | (s[1] & 0x3Fu) << 12 | (s[2] & 0x3Fu) << 6 | (s[3] & 0x3Fu);
        return 4;
    }
    *cp = s[0];
    return 1;
}

static size_t encode(uint32_t cp, char *out)
{
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    if (cp < 0x800) {
        out[0] = (char)(0xC0 | cp >> 6);
        out[1] = (char)(0x80 | (cp & 0x3F));
        return 2;
    }
    if (cp < 0x10000) {
        out[0] = (char)(0xE0 | cp >> 12);
        out[1] = (char)(0x80 | (cp >> 6 & 0x3F));
        out[2] = (char)(0x80 | (cp & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | cp >> 18);
    out[1] = (char)(0x80 | (cp >> 12 & 0x3F));
    out[2] = (char)(0x80 | (cp >> 6 & 0x3F));
    out[3] = (char)(0x80 | (cp & 0x3F));
    return 4;
}

/* The normalised text as bytes, and where each of its characters starts. */
struct normal {
    char *bytes;
    uint32_t *start; /* n + 1 of them */
    size_t len, n;
    size_t bytes_cap, start_cap;
    bool after_space;
};

static void emit(struct normal *o, uint32_t cp)
{
    if (cp == ' ' && o->after_space) return;
    o->after_space = cp == ' ';
    if (o->len + 4 > o->bytes_cap) {
        o->bytes_cap = o->bytes_cap * 2 + 64;
        o->bytes = mem_realloc(o->bytes, o->bytes_cap, 1);
    }
    if (o->n + 2 > o->start_cap) {
        o->start_cap = o->start_cap * 2 + 64;
        o->start = mem_realloc(o->start, o->start_cap, sizeof *o->start);
    }
    o->start[o->n++] = (uint32_t)o->len;
    o->len += encode(cp == ' ' ? METASPACE : cp, o->bytes + o->len);
    o->start[o->n] = (uint32_t)o->len;
}

static void normalise(const struct e5_tokens *t, const char *text, size_t len, struct normal *o)
{
    emit(o, ' '); /* spaces that lead the text fall into this one */
    for (size_t i = 0; i < len && o->len < NORMAL_MAX;) {
        uint32_t cp;
        i += decode(text + i, len - i, &cp);
        int32_t low = 0, high = t->mapped;
        while (low < high) {
            int32_t mid = low + (high - low) / 2;
            if (t->from[mid] < cp)
                low = mid + 1;
            else
                high = mid;
        }
        if (low < t->mapped && t->from[low] == cp) {
            for (uint32_t k = t->at[low]; k < t->at[low + 1]; k++) emit(o, t->to[k]);
        } else {
            emit(o, cp);
        }
    }
}

/* The best way to reach a place between characters: its score and last piece. */
struct path {
    float score;
    int32_t piece;
    uint32_t from;
};

static void relax(struct path *p, float score, int32_t piece, size_t from)
{
    if (score > p->score)
        *p = (struct path){.score = score, .piece = piece, .from = (uint32_t)from};
}

static void find_best(const struct e5_tokens *t, const struct normal *o, struct path *path)
{
    for (size_t i = 0; i <= o->n; i++) path[i] = (struct path){.score = -INFINITY};
    path[0].score = 0;
    for (size_t i = 0; i < o->n; i++) {
        uint32_t at = o->start[i], end = at;
        uint64_t hash = HASH_START;
        for (size_t e = i + 1; e <= o->n && o->start[e] - at <= t->longest; e++) {
            hash = hash_add(hash, o->bytes + end, o->start[e] - end);
            end = o->start[e];
            int32_t piece = find_piece(t, hash, o->bytes + at, end - at);
            if (piece >= 0 && piece != t->unk)
                relax(&path[e], path[i].score + t->scores[piece], piece, i);
        }
        relax(&path[i + 1], path[i].score + t->unk_score, t->unk, i);
    }
}

void e5_tokens_encode(const struct e5_tokens *t, const char *text, size_t len, struct e5_ids *ids)
{
    struct normal o = {0};
    normalise(t, text, len, &o);
    struct path *path = mem_alloc(o.n + 1, sizeof *path);
    find_best(t, &o, path);

    size_t count = 0;
    for (size_t i = o.n; i > 0; i = path[i].from) count++;
    if (ids->n + count > ids->cap) {
        ids->cap = ids->n + count;
        ids->id = mem_realloc(ids->id, ids->cap, sizeof *ids->id);
    }
    ids->n += count;
    for (size_t i = o.n, k = ids->n; i > 0; i = path[i].from) ids->id[--k] = path[i].piece;

    free(path);
    free(o.start);
    free(o.bytes);
}
