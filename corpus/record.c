#include "base/base.h"

#include "base/utf8.h"
#include "corpus/credit_code.h"
#include "corpus/messages.h"
#include "corpus/record.h"
#include "corpus/record_json.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    TEXT_MAX_BYTES = 1024 * 1024,
    JSON_MAX_BYTES = 4 * 1024 * 1024,
    LINE_MAX_BYTES = 64 * 1024,
    SMALL_MAX_BYTES = 256
};

static const struct field_info fields[FIELD_COUNT] = {
#define FIELD(id, name, type, flags, kinds, required) {name, type, flags, kinds, required},
#include "corpus/fields.def"
#undef FIELD
};

static const struct {
    const char *name, *plural;
} kinds[KIND_COUNT] = {
    [KIND_ORG] = {"org", "orgs"},
    [KIND_NEED] = {"need", "needs"},
    [KIND_CAPABILITY] = {"capability", "capabilities"},
    [KIND_BOTTLENECK] = {"bottleneck", "bottlenecks"},
    [KIND_INTRODUCTION] = {"introduction", "introductions"},
    [KIND_PROPOSAL] = {"proposal", "proposals"},
    [KIND_CONSORTIUM] = {"consortium", "consortia"},
};

/* ---- the tables of codes.def ---------------------------------------------------------------- */

enum code_list {
    LIST_ORG_KIND,
    LIST_CAPABILITY_KIND,
    LIST_TIER,
    LIST_VISIBILITY,
    LIST_PRIORITY,
    LIST_STATUS,
    LIST_STATE,
    LIST_REASON,
    LIST_PROPOSAL_STATE,
    LIST_CONSORTIUM_STATE,
    LIST_COUNT
};

#define CODES(list, ...)
#define SYNONYM(list, word, code)
#define NO_VALUE(word)
#define UNIT(field, unit, factor)

#undef CODES
#define CODES(list, ...) [LIST_##list] = {__VA_ARGS__},
static const char *const codes[LIST_COUNT][12] = {
#include "corpus/codes.def"
};
#undef CODES
#define CODES(list, ...)

#undef SYNONYM
#define SYNONYM(list, word, code) {LIST_##list, word, code},
static const struct synonym {
    enum code_list list;
    const char *word, *code;
} synonyms[] = {
#include "corpus/codes.def"
};
#undef SYNONYM
#define SYNONYM(list, word, code)

#undef NO_VALUE
#define NO_VALUE(word) word,
static const char *const no_values[] = {
#include "corpus/codes.def"
};
#undef NO_VALUE
#define NO_VALUE(word)

#undef UNIT
#define UNIT(field, unit, factor) {FIELD_##field, unit, factor},
static const struct unit {
    enum field field;
    const char *name;
    double factor;
} units[] = {
#include "corpus/codes.def"
};
#undef UNIT
#undef CODES
#undef SYNONYM
#undef NO_VALUE

/* ---- kinds and fields ----------------------------------------------------------------------- */

const struct field_info *field_info(enum field f)
{
    return &fields[f];
}

bool field_of_kind(enum field f, enum kind kind)
{
    return fields[f].kinds & 1u << kind;
}

bool field_required(enum field f, enum kind kind)
{
    return fields[f].required & 1u << kind;
}

enum field field_by_name(const char *name)
{
    int f = 0;
    while (f < FIELD_COUNT && strcmp(fields[f].name, name) != 0) f++;
    return (enum field)f;
}

enum kind field_refers(enum field f)
{
    switch (f) {
    case FIELD_NEED_ID: return KIND_NEED;
    case FIELD_CAPABILITY_ID: return KIND_CAPABILITY;
    case FIELD_BOTTLENECK_ID: return KIND_BOTTLENECK;
    case FIELD_PROPOSAL_ID: return KIND_PROPOSAL;
    default: return KIND_COUNT;
    }
}

bool kind_is_owned(enum kind kind)
{
    return field_of_kind(FIELD_ORG_ID, kind);
}

bool kind_is_shared(enum kind kind)
{
    return kind == KIND_CAPABILITY || kind == KIND_CONSORTIUM;
}

bool kind_is_searched(enum kind kind)
{
    return kind != KIND_INTRODUCTION && kind != KIND_PROPOSAL && kind != KIND_CONSORTIUM;
}

const char *kind_name(enum kind kind)
{
    return kinds[kind].name;
}

const char *kind_plural(enum kind kind)
{
    return kinds[kind].plural;
}

enum kind kind_by_name(const char *name)
{
    int k = 0;
    while (k < KIND_COUNT && strcmp(kinds[k].name, name) != 0 && strcmp(kinds[k].plural, name) != 0)
        k++;
    return (enum kind)k;
}

static int list_of_field(enum kind kind, enum field f)
{
    switch (f) {
    case FIELD_KIND: return kind == KIND_ORG ? LIST_ORG_KIND : LIST_CAPABILITY_KIND;
    case FIELD_TIER: return LIST_TIER;
    case FIELD_VISIBILITY: return LIST_VISIBILITY;
    case FIELD_PRIORITY: return LIST_PRIORITY;
    case FIELD_STATUS: return LIST_STATUS;
    case FIELD_STATE:
        return kind == KIND_PROPOSAL     ? LIST_PROPOSAL_STATE
               : kind == KIND_CONSORTIUM ? LIST_CONSORTIUM_STATE
                                         : LIST_STATE;
    case FIELD_REASON: return LIST_REASON;
    default: return LIST_COUNT;
    }
}

const char *const *record_codes(enum kind kind, enum field f)
{
    int list = list_of_field(kind, f);
    return list != LIST_COUNT && field_of_kind(f, kind) ? codes[list] : NULL;
}

/* ---- reading a record ----------------------------------------------------------------------- */

const char *record_title(const struct record *r)
{
    return r->value[r->kind == KIND_ORG            ? FIELD_NAME
                    : r->kind == KIND_INTRODUCTION ? FIELD_NEED_ID
                                                   : FIELD_TITLE];
}

const char *record_text(const struct record *r)
{
    return r->value[r->kind == KIND_ORG ? FIELD_SUMMARY : FIELD_TEXT];
}

bool record_is_public(const struct record *r)
{
    if (!field_of_kind(FIELD_VISIBILITY, r->kind))
        return r->kind != KIND_INTRODUCTION && r->kind != KIND_PROPOSAL;
    const char *visibility = r->value[FIELD_VISIBILITY];
    return visibility && strcmp(visibility, "public") == 0;
}

double record_number(const struct record *r, enum field f, double absent)
{
    return r->value[f] ? strtod(r->value[f], NULL) : absent;
}

const char *record_uid(const char *source, const char *id, struct arena *arena)
{
    return strcmp(source, "local") == 0 ? arena_strdup(arena, id)
                                        : arena_printf(arena, "%s:%s", source, id);
}

struct record *record_copy(const struct record *r, struct arena *arena, bool sealed)
{
    struct record *copy = arena_alloc(arena, 1, sizeof *copy);
    *copy = *r;
    copy->uid = arena_strdup(arena, r->uid);
    copy->source = arena_strdup(arena, r->source);
    copy->id = arena_strdup(arena, r->id);
    copy->created_at = arena_strdup(arena, r->created_at);
    copy->updated_at = arena_strdup(arena, r->updated_at);
    for (int f = 0; f < FIELD_COUNT; f++) {
        bool keep = sealed || !(fields[f].flags & (FIELD_SEALED | FIELD_PRIVATE));
        copy->value[f] = keep ? arena_strdup(arena, r->value[f]) : NULL;
    }
    const char **owners = arena_alloc(arena, r->n_owners, sizeof *owners);
    for (size_t i = 0; i < r->n_owners; i++) owners[i] = arena_strdup(arena, r->owners[i]);
    copy->owners = owners;
    copy->extra = arena_strdup(arena, r->extra);
    return copy;
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

bool record_same(const struct record *a, const struct record *b)
{
    if (a->n_owners != b->n_owners || !same_text(a->extra, b->extra)) return false;
    for (size_t i = 0; i < a->n_owners; i++)
        if (strcmp(a->owners[i], b->owners[i]) != 0) return false;
    for (int f = 0; f < FIELD_COUNT; f++) {
        if (fields[f].flags & FIELD_VIRTUAL || !field_of_kind((enum field)f, a->kind)) continue;
        if (!same_text(a->value[f], b->value[f])) return false;
    }
    return true;
}

int record_check(const struct record *r, struct err *err)
{
    for (int f = 0; f < FIELD_COUNT; f++) {
        if (field_required((enum field)f, r->kind) && !r->value[f])
            return err_set(err, ERR_INVALID, MSG_RECORD_MISSING, fields[f].name);
    }
    const char *state = r->value[FIELD_STATE];
    if (r->kind == KIND_INTRODUCTION && r->value[FIELD_REASON] && strcmp(state, "failed") != 0 &&
        strcmp(state, "expired") != 0)
        return err_set(err, ERR_INVALID, MSG_RECORD_REASON, state);
    if (r->kind == KIND_PROPOSAL && !r->value[FIELD_NEED_ID] == !r->value[FIELD_BOTTLENECK_ID])
        return err_set(err, ERR_INVALID, MSG_RECORD_CHALLENGE);
    return 0;
}

/* ---- canonical values ----------------------------------------------------------------------- */

/* One value on its way into a record: where complaints need the same things. */
struct setting {
    struct record *r;
    enum field f;
    const char *shown; /* the value as given, shortened, for messages */
    struct arena *arena;
    struct err *warn, *err;
};

static bool is_blank(uint32_t cp)
{
    return cp <= ' ' || cp == 0x7F || cp == 0x85 || cp == 0xA0 || cp == 0x1680 ||
           (cp >= 0x2000 && cp <= 0x200B) || cp == 0x2028 || cp == 0x2029 || cp == 0x202F ||
           cp == 0x205F || cp == 0x3000 || cp == 0xFEFF;
}

static void trim(const char **begin, const char **end)
{
    uint32_t cp;
    while (*begin < *end) {
        size_t n = utf8_decode(*begin, *end, &cp);
        if (!is_blank(cp)) break;
        *begin += n;
    }
    while (*end > *begin) {
        size_t at = utf8_floor(*begin, (size_t)(*end - *begin) - 1);
        utf8_decode(*begin + at, *end, &cp);
        if (!is_blank(cp)) break;
        *end = *begin + at;
    }
}

/* What a message quotes: the first 40 characters. */
static const char *shorten(const char *begin, const char *end, struct arena *arena)
{
    size_t len = (size_t)(end - begin);
    size_t cut = utf8_offset(begin, len, 40);
    return arena_printf(arena, "%.*s%s", (int)cut, begin, cut < len ? "..." : "");
}

/* Line breaks to \n, other control characters to blanks; in one_line fields line breaks too. */
static char *clean_text(const char *begin, const char *end, bool one_line, struct arena *arena)
{
    char *out = arena_alloc(arena, (size_t)(end - begin) + 1, 1), *o = out;
    for (const char *p = begin; p < end; p++) {
        unsigned char c = (unsigned char)*p;
        if (c == '\r' && p + 1 < end && p[1] == '\n') continue;
        if (c == '\r' || c == '\n')
            *o++ = one_line ? ' ' : '\n';
        else
            *o++ = (c < ' ' && (c != '\t' || one_line)) || c == 0x7F ? ' ' : (char)c;
    }
    *o = '\0';
    return out;
}

/* Full-width ASCII and the ideographic space to narrow characters, Latin letters to lower case:
 * what codes, numbers and dates are compared in. */
static char *fold(const char *begin, const char *end, struct arena *arena)
{
    char *out = arena_alloc(arena, (size_t)(end - begin) + 1, 1), *o = out;
    for (const char *p = begin; p < end;) {
        uint32_t cp;
        p += utf8_decode(p, end, &cp);
        if (cp >= 0xFF01 && cp <= 0xFF5E) cp -= 0xFEE0;
        if (cp == 0x3000) cp = ' ';
        if (cp < 0x80) cp = (uint32_t)tolower((int)cp);
        o += utf8_encode(cp, o);
    }
    *o = '\0';
    return out;
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && memcmp(text + n - m, end, m) == 0;
}

/* The code that a folded spelling means, or NULL. A longer word wins over a shorter one. Only kinds
 * are told by their last word: for the rest a prefix can turn the sense round. */
static const char *find_code(int list, const char *word)
{
    for (const char *const *c = codes[list]; *c; c++)
        if (strcmp(*c, word) == 0) return *c;
    const char *best = NULL;
    size_t best_len = 0;
    bool is_kind = list == LIST_ORG_KIND || list == LIST_CAPABILITY_KIND;
    for (size_t i = 0; i < ARRAY_LEN(synonyms); i++) {
        const struct synonym *s = &synonyms[i];
        if ((int)s->list != list) continue;
        if (strcmp(s->word, word) == 0) return s->code;
        size_t len = strlen(s->word);
        if (is_kind && len > best_len && ends_with(word, s->word)) best = s->code, best_len = len;
    }
    return best;
}

static const char *join_codes(int list, struct arena *arena)
{
    const char *text = codes[list][0];
    for (int i = 1; codes[list][i]; i++) text = arena_printf(arena, "%s, %s", text, codes[list][i]);
    return text;
}

static int set_code(const struct setting *s, const char *word, const char **out)
{
    int list = list_of_field(s->r->kind, s->f);
    const char *name = fields[s->f].name;
    *out = find_code(list, word);
    if (*out) return 0;
    if (s->f != FIELD_KIND && s->f != FIELD_REASON)
        return err_set(s->err, ERR_INVALID, MSG_RECORD_CODE, name, s->shown,
                       join_codes(list, s->arena));
    err_set(s->warn, ERR_INVALID, MSG_RECORD_KIND_OTHER, name, s->shown);
    *out = "other";
    return 0;
}

static bool says_no_value(const char *word)
{
    for (size_t i = 0; i < ARRAY_LEN(no_values); i++)
        if (strcmp(no_values[i], word) == 0) return true;
    return false;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The decimal number at p, thousands commas allowed; returns where it ends, or p when none is
 * there. */
static const char *scan_number(const char *p, double *value)
{
    char digits[64];
    size_t n = 0;
    const char *begin = p;
    if (*p == '-' || *p == '+') digits[n++] = *p++;
    const char *first = p;
    while (n < 40 && (is_digit(*p) || (*p == ',' && p > first && is_digit(p[1]) && is_digit(p[2]) &&
                                       is_digit(p[3]) && !is_digit(p[4])))) {
        if (*p != ',') digits[n++] = *p;
        p++;
    }
    if (p == first) return begin;
    if (*p == '.' && is_digit(p[1])) {
        digits[n++] = *p++;
        while (n < 60 && is_digit(*p)) digits[n++] = *p++;
    }
    digits[n] = '\0';
    /* A spreadsheet's "1.2e6", within what a double holds. */
    int exponent_len = *p == 'e' ? 1 + (p[1] == '+' || p[1] == '-') : 0;
    if (exponent_len && is_digit(p[exponent_len])) {
        char *end;
        long exponent = strtol(p + 1, &end, 10);
        *value = strtod(digits, NULL) * pow(10, (double)MIN(MAX(exponent, -400), 400));
        return end;
    }
    *value = strtod(digits, NULL);
    return p;
}

static const struct unit *unit_at_end(enum field f, const char *text)
{
    const struct unit *best = NULL;
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        const struct unit *u = &units[i];
        if (u->field != f || !ends_with(text, u->name)) continue;
        if (!best || strlen(u->name) > strlen(best->name)) best = u;
    }
    return best;
}

/* Numbers as people type them: "320", "1,200.5", "TRL6", a number and its unit. From a range or
 * a sentence the first number is taken (with the unit that ends the value), with a warning. */
static int set_number(const struct setting *s, const char *word, const char **out)
{
    const char *name = fields[s->f].name, *begin = word;
    if (s->f == FIELD_TRL && strncmp(word, "trl", 3) == 0) begin += 3 + strspn(word + 3, " -:");
    const char *p = begin, *rest = begin;
    double value = 0;
    while (*p && (rest = scan_number(p, &value)) == p) p++;
    if (!*p && says_no_value(word)) {
        *out = NULL;
        err_set(s->warn, ERR_INVALID, MSG_RECORD_NO_VALUE, name, s->shown);
        return 0;
    }
    if (!*p) return err_set(s->err, ERR_INVALID, MSG_RECORD_NUMBER, name, s->shown);

    bool whole = p == begin;
    while (*rest == ' ') rest++;
    const struct unit *unit = unit_at_end(s->f, rest);
    if (unit) value *= unit->factor;
    whole = whole && (!*rest || (unit && strcmp(unit->name, rest) == 0));
    /* A date where a year is asked for has a year, and nothing was lost that the field wants. */
    if (s->f == FIELD_YEAR && p == begin && rest - p == 4 && *rest) whole = true;

    bool is_int = fields[s->f].type == TYPE_INT;
    const char *range = s->f == FIELD_TRL ? "1-9" : s->f == FIELD_YEAR ? "1900-2100" : ">= 0";
    double low = s->f == FIELD_TRL ? 1 : s->f == FIELD_YEAR ? 1900 : 0;
    double high = s->f == FIELD_TRL ? 9 : s->f == FIELD_YEAR ? 2100 : 1e12;
    if (!(value >= low && value <= high) || (is_int && value != floor(value)))
        return err_set(s->err, ERR_INVALID, MSG_RECORD_RANGE, name, s->shown, range);
    *out = is_int ? arena_printf(s->arena, "%ld", (long)value)
                  : arena_printf(s->arena, "%.15g", value);
    if (!whole) err_set(s->warn, ERR_INVALID, MSG_RECORD_PARTLY, name, s->shown, *out);
    return 0;
}

/* A number of at most max digits, or -1. */
static int scan_digits(const char **p, int max)
{
    int n = 0, value = 0;
    while (n < max && is_digit((*p)[n])) value = value * 10 + ((*p)[n++] - '0');
    *p += n;
    return n ? value : -1;
}

/* Steps over what stands between the parts of a date: one of "-/.", or one Han character; blanks.
 */
static bool scan_separator(const char **p)
{
    const char *q = *p, *end = q + strlen(q);
    uint32_t cp = 0;
    while (*q == ' ') q++;
    if (q == end) return false;
    size_t n = utf8_decode(q, end, &cp);
    if (cp != '-' && cp != '/' && cp != '.' && !utf8_is_han(cp)) return false;
    q += n;
    while (*q == ' ') q++;
    if (!is_digit(*q)) return false;
    *p = q;
    return true;
}

static int days_of_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

/* May this stand behind a date without a word? A time of day, or the one character (U+65E5, U+6708,
 * U+5E74) for day, month or year. */
static bool ends_date(const char *rest)
{
    if (rest[strspn(rest, " t0123456789:.+-z")] == '\0') return !*rest || strchr(" t", *rest);
    rest += strspn(rest, " ");
    const char *end = rest + strlen(rest);
    uint32_t cp;
    return utf8_decode(rest, end, &cp) == (size_t)(end - rest) &&
           (cp == 0x65E5 || cp == 0x6708 || cp == 0x5E74);
}

static int set_date(const struct setting *s, const char *word, const char **out)
{
    const char *name = fields[s->f].name, *p = word;
    if (says_no_value(word)) {
        *out = NULL;
        err_set(s->warn, ERR_INVALID, MSG_RECORD_NO_VALUE, name, s->shown);
        return 0;
    }
    bool compact = strspn(word, "0123456789") >= 6; /* 20270630 or 202706 */
    int year = scan_digits(&p, 4), month = -1, day = -1;
    if (year >= 1000 && (compact || scan_separator(&p))) {
        month = scan_digits(&p, 2);
        if (compact ? is_digit(*p) : scan_separator(&p)) day = scan_digits(&p, 2);
    }
    if (year < 1000 || month == 0 || month > 12 || is_digit(*p) ||
        (day >= 0 && (day == 0 || day > days_of_month(year, month))))
        return err_set(s->err, ERR_INVALID, MSG_RECORD_DATE, name, s->shown);
    *out = day > 0     ? arena_printf(s->arena, "%04d-%02d-%02d", year, month, day)
           : month > 0 ? arena_printf(s->arena, "%04d-%02d", year, month)
                       : arena_printf(s->arena, "%04d", year);
    if (!ends_date(p)) err_set(s->warn, ERR_INVALID, MSG_RECORD_PARTLY, name, s->shown, *out);
    return 0;
}

static int set_credit_code(const struct setting *s, const char *begin, const char *end,
                           const char **out)
{
    char code[CREDIT_CODE_BYTES];
    enum credit_code verdict = credit_code_check(begin, (size_t)(end - begin), code);
    if (verdict == CREDIT_CODE_REJECT)
        return err_set(s->err, ERR_INVALID, MSG_RECORD_CREDIT_CODE, s->shown);
    *out = arena_strdup(s->arena, code);
    if (verdict == CREDIT_CODE_WARN)
        err_set(s->warn, ERR_INVALID, MSG_RECORD_CREDIT_CODE_DOUBTFUL, code);
    return 0;
}

static int set_json(const struct setting *s, const char *begin, const char *end, const char **out)
{
    *out = record_json_object(begin, (size_t)(end - begin), s->arena);
    return *out ? 0 : err_set(s->err, ERR_INVALID, MSG_RECORD_NO_JSON, fields[s->f].name);
}

static bool is_description(enum field f)
{
    return f == FIELD_TEXT || f == FIELD_SUMMARY || f == FIELD_KEY_TECHNOLOGY ||
           f == FIELD_TARGETS || f == FIELD_NOTE;
}

static size_t field_limit(enum field f)
{
    if (is_description(f)) return TEXT_MAX_BYTES;
    if (fields[f].type == TYPE_JSON) return JSON_MAX_BYTES;
    return fields[f].type == TYPE_TEXT ? LINE_MAX_BYTES : SMALL_MAX_BYTES;
}

int record_set_value(struct record *r, enum field f, const char *value, size_t len,
                     struct arena *arena, struct err *warn, struct err *err)
{
    const char *name = fields[f].name, *begin = value, *end = value + len;
    if (!field_of_kind(f, r->kind))
        return err_set(err, ERR_INVALID, MSG_RECORD_FIELD_KIND, kind_name(r->kind), name);
    if (len && memchr(value, 0, len)) return err_set(err, ERR_INVALID, MSG_RECORD_NUL, name);
    if (utf8_check(value, len) != len) return err_set(err, ERR_INVALID, MSG_RECORD_BAD_UTF8, name);
    trim(&begin, &end);
    if ((size_t)(end - begin) > field_limit(f))
        return err_set(err, ERR_TOO_LARGE, MSG_RECORD_TOO_LONG, name, (size_t)(end - begin),
                       (int)((field_limit(f) + 1023) / 1024));
    if (begin == end) {
        r->value[f] = NULL;
        return 0;
    }

    struct setting s = {r, f, shorten(begin, end, arena), arena, warn, err};
    const char *out = NULL;
    int rc = 0;
    if (f == FIELD_CREDIT_CODE)
        rc = set_credit_code(&s, begin, end, &out);
    else if (fields[f].type == TYPE_JSON)
        rc = set_json(&s, begin, end, &out);
    else if (fields[f].type == TYPE_TEXT)
        out = clean_text(begin, end, !is_description(f), arena);
    else {
        const char *word = fold(begin, end, arena);
        rc = fields[f].type == TYPE_CODE   ? set_code(&s, word, &out)
             : fields[f].type == TYPE_DATE ? set_date(&s, word, &out)
                                           : set_number(&s, word, &out);
    }
    if (rc == 0) r->value[f] = out;
    return rc;
}
