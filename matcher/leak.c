#include "base/base.h"

#include "base/utf8.h"
#include "matcher/health_text.h"
#include "matcher/leak.h"

#include <string.h>

enum {
    DIGITS_MAX = 24, /* longer runs are none of ours */
    GROUPS_MAX = 24,
    BEFORE_MAX = 4, /* signs between a word such as "tel" and its number */
    MAIL_MAX = 64   /* code points on either side of the @ */
};

/* ---- runs of digits -------------------------------------------------------------------------- */

/* Digits with single blanks or hyphens between them. */
struct run {
    size_t begin, end;
    int n, groups; /* digits, groups of them */
    int digit[DIGITS_MAX];
    int size[GROUPS_MAX];
    bool mixed;   /* different signs between the groups */
    bool chinese; /* written as Chinese numerals */
};

static uint32_t at(const struct folded *t, size_t i)
{
    return i < t->n ? t->c[i] : 0;
}

/* The value of a digit in either script, or -1. U+5E7A is the "one" of spoken numbers. */
static int digit_of(uint32_t c, bool *chinese)
{
    static const uint32_t numerals[] = {0x96F6, 0x4E00, 0x4E8C, 0x4E09, 0x56DB,
                                        0x4E94, 0x516D, 0x4E03, 0x516B, 0x4E5D};
    if (is_ascii_digit(c)) return (int)(c - '0');
    *chinese = true;
    if (c == 0x3007) return 0;
    if (c == 0x5E7A) return 1;
    for (int d = 0; d < 10; d++)
        if (numerals[d] == c) return d;
    return -1;
}

static bool is_joint(uint32_t c)
{
    return c == ' ' || c == '-' || c == 0xB7 || c == ')';
}

/* Is the sign at i one between two groups? A closing bracket is only if the run began in one. */
static bool joins(const struct folded *t, const struct run *r, size_t i)
{
    if (!is_joint(at(t, i))) return false;
    if (t->c[i] == ')' && !(r->begin > 0 && t->c[r->begin - 1] == '(')) return false;
    bool chinese = false;
    return digit_of(at(t, i + 1), &chinese) >= 0 && chinese == r->chinese;
}

/* Reads the run that begins at i. False: none, or one that is part of a name or of a decimal. */
static bool read_run(const struct folded *t, size_t i, struct run *r)
{
    uint32_t joint = 0;
    *r = (struct run){.begin = i, .groups = 1};
    if (digit_of(at(t, i), &r->chinese) < 0) return false;
    for (r->end = i; r->end < t->n; r->end++) {
        bool chinese = false;
        int d = digit_of(t->c[r->end], &chinese);
        if (d >= 0 && chinese == r->chinese && r->n < DIGITS_MAX) {
            r->digit[r->n++] = d;
            r->size[r->groups - 1]++;
        } else if (joins(t, r, r->end) && r->groups < GROUPS_MAX) {
            r->mixed |= joint && joint != t->c[r->end];
            joint = t->c[r->end];
            r->groups++;
        } else {
            break;
        }
    }
    uint32_t before = i ? t->c[i - 1] : 0, after = at(t, r->end);
    bool chinese = false, point = after == '.' && digit_of(at(t, r->end + 1), &chinese) >= 0;
    return !point && !is_latin_letter(before) && before != '.' && before != '_' && before != '/';
}

static bool groups_are(const struct run *r, int n, const int *sizes)
{
    if (r->groups != n) return false;
    for (int i = 0; i < n; i++)
        if (r->size[i] != sizes[i]) return false;
    return true;
}

/* Does a word of the class stand right before the place, but for a colon, blanks and the like? */
static bool follows(const struct folded *t, size_t begin, enum health_class class)
{
    size_t end = begin;
    for (int skipped = 0; end > 0 && skipped < BEFORE_MAX; skipped++, end--) {
        uint32_t c = t->c[end - 1];
        if (c != ' ' && c != ':' && c != '(' && c != '+' && c != '.' && c != '#' && c != '-' &&
            c != 0x4E3A && c != 0x662F) /* "is" */
            break;
    }
    if (end == 0 || is_ascii_digit(t->c[end - 1])) return false; /* no word ends so */
    return word_ends(t, end, end > 12 ? end - 12 : 0, class) > 0;
}

/* ---- what a run is --------------------------------------------------------------------------- */

/* Whether the digits from `from` on, ten or eleven of them, are a Chinese mobile number in groups
 * that people write. */
static bool is_mobile(struct run r)
{
    static const int whole[] = {11}, usual[] = {3, 4, 4}, middle[] = {4, 3, 4}, last[] = {4, 4, 3},
                     two[] = {3, 8}, back[] = {7, 4};
    if (r.groups > 1 && r.size[0] >= 2 && r.size[0] <= 4 && r.n >= 13 &&
        r.digit[r.size[0] - 2] == 8 &&
        r.digit[r.size[0] - 1] == 6) { /* +86, 0086 as a group of its own */
        int cut = r.size[0];
        memmove(r.digit, r.digit + cut, (size_t)(r.n - cut) * sizeof *r.digit);
        memmove(r.size, r.size + 1, (size_t)(r.groups - 1) * sizeof *r.size);
        r.n -= cut;
        r.groups--;
    } else if (r.groups == 1 && r.n == 13 && r.digit[0] == 8 && r.digit[1] == 6) {
        memmove(r.digit, r.digit + 2, 11 * sizeof *r.digit);
        r.n = r.size[0] = 11;
    }
    if (r.n != 11 || r.digit[0] != 1 || r.digit[1] < 3 || r.mixed) return false;
    return groups_are(&r, 1, whole) || groups_are(&r, 3, usual) || groups_are(&r, 3, middle) ||
           groups_are(&r, 3, last) || groups_are(&r, 2, two) || groups_are(&r, 2, back) ||
           r.groups == 11;
}

/* Area code and number: 0512-57301234, (010)62771234, 0512-5730-1234, with an extension or not;
 * 400-820-8820. */
static bool is_landline(const struct run *r)
{
    static const int service[] = {3, 3, 4}, service2[] = {3, 4, 3};
    int area = r->size[0], number = r->groups > 1 ? r->size[1] : 0;
    if (r->chinese || r->groups < 2) return false;
    if (r->digit[0] == 4 && r->digit[1] == 0 && r->digit[2] == 0)
        return groups_are(r, 3, service) || groups_are(r, 3, service2);
    if (r->digit[0] != 0 || r->digit[1] == 0 || area < 3 || area > 4) return false;
    if (r->digit[area] < 2) return false;
    if (number == 7 || number == 8) return r->groups == 2 || (r->groups == 3 && r->size[2] <= 5);
    return r->groups == 3 && (number == 3 || number == 4) && r->size[2] == 4;
}

static bool luhn(const struct run *r)
{
    int sum = 0;
    for (int i = 0; i < r->n; i++) {
        int d = r->digit[r->n - 1 - i];
        if (i % 2) d = d * 2 > 9 ? d * 2 - 9 : d * 2;
        sum += d;
    }
    return sum % 10 == 0;
}

/* Cards begin with 62 (UnionPay, 16-19 digits), 4 or 5 (16). */
static bool is_card(const struct run *r)
{
    bool union_pay = r->n >= 16 && r->n <= 19 && r->digit[0] == 6 && r->digit[1] == 2;
    bool foreign = r->n == 16 && (r->digit[0] == 4 || r->digit[0] == 5);
    return (union_pay || foreign) && luhn(r);
}

/* 17 digits and a check character, with a date of birth within. */
static bool is_identity(const struct run *r, bool x)
{
    static const int weight[] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    static const char check[] = "10x98765432";
    if (r->n != (x ? 17 : 18) || r->digit[0] == 0) return false;
    int sum = 0, month = r->digit[10] * 10 + r->digit[11], day = r->digit[12] * 10 + r->digit[13];
    int century = r->digit[6] * 10 + r->digit[7];
    for (int i = 0; i < 17; i++) sum += r->digit[i] * weight[i];
    char last = x ? 'x' : (char)('0' + r->digit[17]);
    return check[sum % 11] == last && (century == 19 || century == 20) && month >= 1 &&
           month <= 12 && day >= 1 && day <= 31;
}

/* What the run is; *end may lie behind it (a check character). False: a number like any other. */
static bool classify(const struct folded *t, const struct run *r, enum leak_kind *kind, size_t *end)
{
    bool x = at(t, r->end) == 'x' && !is_latin_letter(at(t, r->end + 1)) &&
             !is_ascii_digit(at(t, r->end + 1));
    *end = r->end;
    if (!r->chinese && is_identity(r, x)) {
        *kind = LEAK_IDENTITY;
        *end += x;
        return true;
    }
    if (is_latin_letter(at(t, r->end))) return false;
    if (!r->chinese && r->n >= 5 && r->n <= 12 && follows(t, r->begin, CLASS_QQ)) {
        *kind = LEAK_CHAT;
        return true;
    }
    if (!r->chinese && r->n >= 9 && follows(t, r->begin, CLASS_ACCOUNT)) {
        *kind = LEAK_BANK;
        return true;
    }
    bool phone = follows(t, r->begin, CLASS_PHONE) && r->n >= 7 && r->n <= 16;
    bool numbered = follows(t, r->begin, CLASS_NUMBERED);
    if (phone || (!numbered && (is_mobile(*r) || is_landline(r)))) {
        *kind = LEAK_PHONE;
        return true;
    }
    if (!numbered && !r->chinese && is_card(r)) {
        *kind = LEAK_BANK;
        return true;
    }
    return false;
}

/* A number that another one follows, with but a blank between them. */
static bool classify_head(const struct folded *t, const struct run *r, enum leak_kind *kind,
                          size_t *end)
{
    struct run head = *r;
    if (is_mobile(*r) || is_landline(r)) return false;
    for (int groups = 2; groups >= 1; groups--) {
        if (r->groups <= groups) continue;
        head.n = 0;
        head.groups = groups;
        for (int g = 0; g < groups; g++) head.n += r->size[g];
        head.end = r->begin + (size_t)(head.n + groups - 1);
        if (at(t, head.end) != ' ') continue;
        if ((groups == 1 && is_mobile(head)) || (groups == 2 && is_landline(&head)))
            return classify(t, &head, kind, end);
    }
    return false;
}

/* ---- addresses and ids ----------------------------------------------------------------------- */

static bool is_address_sign(uint32_t c)
{
    return is_latin_letter(c) || is_ascii_digit(c) || c == '.' || c == '-' || c == '_';
}

/* "a@b.cn", "a (at) b.cn", with a blank on either side of the sign at most. */
static bool read_mail(const struct folded *t, size_t i, struct span *span)
{
    size_t sign = 0;
    if (at(t, i) == '@') sign = 1;
    if ((at(t, i) == '(' || at(t, i) == '[') && at(t, i + 1) == 'a' && at(t, i + 2) == 't' &&
        (at(t, i + 3) == ')' || at(t, i + 3) == ']'))
        sign = 4;
    if (!sign) return false;
    size_t begin = i, end = i + sign, host, dots = 0;
    if (begin > 0 && t->c[begin - 1] == ' ') begin--;
    size_t local_end = begin;
    while (begin > 0 && local_end - begin < MAIL_MAX &&
           (is_address_sign(t->c[begin - 1]) || t->c[begin - 1] == '+'))
        begin--;
    if (at(t, end) == ' ') end++;
    host = end;
    while (end < t->n && end - host < MAIL_MAX && is_address_sign(t->c[end])) end++;
    while (end > host && !is_latin_letter(t->c[end - 1]) && !is_ascii_digit(t->c[end - 1])) end--;
    for (size_t k = host; k < end; k++)
        if (t->c[k] == '.') dots = k;
    bool top = dots && end - dots > 2 && is_latin_letter(t->c[dots + 1]);
    *span = (struct span){(uint32_t)begin, (uint32_t)end};
    return begin < local_end && dots > host && top;
}

/* A WeChat id behind the word for it. Without a colon the word "id" or "number" must stand there:
 * mini-programs and public accounts are not persons. */
static bool read_chat(const struct folded *t, size_t i, struct span *span)
{
    size_t n = word_begins(t, i, CLASS_WECHAT), begin = i + n, signs = 0;
    if (!n) return false;
    bool number = t->c[begin - 1] == 0x53F7; /* "number" ends the word */
    if (at(t, begin) == 0x540C && at(t, begin + 1) == 0x53F7) begin += 2; /* "the same number" */
    while (signs < BEFORE_MAX && (at(t, begin) == ' ' || at(t, begin) == ':')) {
        number |= t->c[begin] == ':';
        begin++;
        signs++;
    }
    size_t end = begin;
    while (end < t->n && (is_latin_letter(t->c[end]) || is_ascii_digit(t->c[end]) ||
                          t->c[end] == '_' || t->c[end] == '-'))
        end++;
    *span = (struct span){(uint32_t)i, (uint32_t)end};
    return number && end - begin >= 6 && end - begin <= 20;
}

/* ---- secrecy --------------------------------------------------------------------------------- */

static bool is_edge(uint32_t c)
{
    return c == 0 || c == '\n' || c == '[' || c == ']' || c == '(' || c == ')' || c == 0x2605 ||
           c == '<' || c == '>' || c == 0x300A || c == 0x300B;
}

/* A word that is no mark by itself is one where nothing else stands: on a line, in brackets, before
 * the star that documents carry. */
static bool read_secrecy(const struct folded *t, size_t i, struct span *span)
{
    size_t n = word_begins(t, i, CLASS_SECRECY);
    if (!n) {
        n = word_begins(t, i, CLASS_MARK);
        bool star = at(t, i + n) == 0x2605;
        if (!n || !(star || (is_edge(i ? t->c[i - 1] : 0) && is_edge(at(t, i + n))))) return false;
        if (i == 0 && i + n == t->n) return false; /* a text of this word alone is no document */
    }
    *span = (struct span){(uint32_t)i, (uint32_t)(i + n)};
    return true;
}

/* ---- names ----------------------------------------------------------------------------------- */

/* Does a name end at `end`? Surname and one or two more; a surname alone where it begins something.
 * Returns where it begins, or end. */
static size_t name_before(const struct folded *t, size_t end, bool alone)
{
    for (size_t n = MIN(end, (size_t)4); n >= 2; n--) {
        size_t begin = end - n, surname = word_begins(t, begin, CLASS_SURNAME);
        size_t given = n - surname, odd = 0;
        if (!surname || given < 1 || given > 2) continue;
        bool han = true;
        for (size_t k = end - given; k < end; k++) {
            han = han && utf8_is_han(t->c[k]);
            odd += word_begins(t, k, CLASS_NOT_NAME) > 0;
        }
        if (han && odd < MAX(given, 1u) && !(given == 2 && word_begins(t, end - 1, CLASS_NOT_NAME)))
            return begin;
    }
    bool first = end == 1 || (end > 1 && !utf8_is_han(t->c[end - 2]));
    if (alone && first && end > 0 && word_begins(t, end - 1, CLASS_SURNAME) == 1) return end - 1;
    return end;
}

static bool read_name(const struct folded *t, size_t i, struct span *span)
{
    size_t n = word_begins(t, i, CLASS_TITLE);
    if (n) {
        /* "Chief engineers", "managers of X": the title goes on into another word. */
        size_t begin = name_before(t, i, word_begins(t, i, CLASS_STRONG_TITLE) > 0);
        *span = (struct span){(uint32_t)begin, (uint32_t)(i + n)};
        return begin < i;
    }
    n = word_begins(t, i, CLASS_CONTACT);
    if (!n || at(t, i + n) != ':') return false;
    size_t begin = i + n + 1, len = 0;
    while (at(t, begin) == ' ') begin++;
    while (len < 4 && utf8_is_han(at(t, begin + len))) len++;
    *span = (struct span){(uint32_t)i, (uint32_t)(begin + len)};
    return len >= 2 && len <= 3 && word_begins(t, begin, CLASS_SURNAME) > 0;
}

/* ---- all of it ------------------------------------------------------------------------------- */

/* What begins at i, or has its sign there. */
static bool read_leak(const struct folded *t, size_t i, struct leak *leak, size_t *next)
{
    struct run run;
    bool starts = i == 0 || !(is_ascii_digit(t->c[i - 1]));
    if (starts && read_run(t, i, &run)) {
        size_t end;
        if (classify_head(t, &run, &leak->kind, &end) || classify(t, &run, &leak->kind, &end)) {
            leak->span = (struct span){(uint32_t)run.begin, (uint32_t)end};
            return true;
        }
        *next = run.groups == 1 ? run.end : i + (size_t)run.size[0];
        return false;
    }
    if (read_mail(t, i, &leak->span)) return leak->kind = LEAK_EMAIL, true;
    if (read_chat(t, i, &leak->span)) return leak->kind = LEAK_CHAT, true;
    if (read_secrecy(t, i, &leak->span)) return leak->kind = LEAK_SECRECY, true;
    if (read_name(t, i, &leak->span)) return leak->kind = LEAK_NAME, true;
    return false;
}

size_t leaks_find(const char *text, size_t len, struct arena *arena, struct leak **out)
{
    struct folded t = folded_text(text, len, arena);
    size_t n = 0, least = 0;
    *out = arena_alloc(arena, LEAKS_MAX, sizeof **out);
    for (size_t i = 0; i < t.n && n < LEAKS_MAX;) {
        struct leak leak;
        size_t next = i + 1;
        if (read_leak(&t, i, &leak, &next) && leak.span.end > least) {
            leak.span.begin = (uint32_t)MAX((size_t)leak.span.begin, least);
            (*out)[n++] = leak;
            least = leak.span.end;
            next = MAX(next, least);
        }
        i = MAX(next, i + 1);
    }
    return n;
}
