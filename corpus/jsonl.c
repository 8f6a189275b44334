/* Three steps an object: find where it ends, copy it while checking what the JSON library would let
 * pass, let the library parse the copy. */
#include "base/base.h"

#include "base/map.h"
#include "base/utf8.h"
#include "corpus/jsonl.h"
#include "corpus/messages.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>
#include <stdlib.h>

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_space(struct jsonl *j)
{
    for (; j->at < j->end && is_space(*j->at); j->at++) j->line += *j->at == '\n';
}

void jsonl_init(struct jsonl *j, const char *data, size_t len)
{
    *j = (struct jsonl){.at = data, .end = data + len, .line = 1, .first = true};
    str_init(&j->copy);
    if (len >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0) j->at += 3;
    skip_space(j);
    if (j->at < j->end && *j->at == '[') {
        j->array = true;
        j->at++;
    }
}

void jsonl_free(struct jsonl *j)
{
    str_free(&j->copy);
    cJSON_Delete(j->object);
    j->object = NULL;
}

/* ---- where does it end? ---- */

/* The end of the value at `at` in an array: the comma or bracket that follows, or the end. */
static const char *element_end(const char *at, const char *end, size_t *lines)
{
    size_t depth = 0;
    bool string = false;
    for (; at < end; at++) {
        *lines += *at == '\n';
        if (string) {
            if (*at == '\\' && at + 1 < end && at[1] != '\n')
                at++;
            else if (*at == '"')
                string = false;
        } else if (*at == '"') {
            string = true;
        } else if (*at == '{' || *at == '[') {
            depth++;
        } else if (*at == '}' || *at == ']') {
            if (!depth) return at;
            depth--;
        } else if (*at == ',' && !depth) {
            return at;
        }
    }
    return at;
}

/* Steps over the comma between two elements, or over the closing bracket and sets done. */
static int array_step(struct jsonl *j, struct err *err)
{
    skip_space(j);
    if (j->at < j->end && *j->at == ',' && !j->first) {
        j->at++;
        skip_space(j);
        return 0;
    }
    if (j->at < j->end && *j->at == ']') {
        j->at++;
        j->done = true;
        skip_space(j);
        if (j->at == j->end) return 0;
    } else if (j->at < j->end && j->first) {
        return 0;
    }
    j->done = true;
    return err_set(err, ERR_INVALID, MSG_JSONL_ARRAY_END, j->line);
}

/* ---- what the library would let pass ---- */

/* Copies the number at s; NULL when it is not one of JSON's, else the byte behind it. */
static const char *copy_number(struct str *out, const char *s, const char *end)
{
    const char *p = s;
    char text[512];
    size_t digits = 0;
    bool exponent = false;
    for (; p < end && (strchr("+-.eE", *p) || (*p >= '0' && *p <= '9')) && *p; p++) {
        exponent |= *p == 'e' || *p == 'E';
        digits += !exponent && *p >= '0' && *p <= '9';
    }
    size_t len = (size_t)(p - s);
    const char *first = *s == '-' ? s + 1 : s;
    if (len >= sizeof text || first == p || *first < '0' || *first > '9' ||
        (*first == '0' && first + 1 < p && first[1] >= '0' && first[1] <= '9'))
        return NULL;
    memcpy(text, s, len);
    text[len] = '\0';
    char *behind;
    double value = strtod(text, &behind);
    if (*behind || !isfinite(value) || p[-1] == '.' || strstr(text, ".e") || strstr(text, ".E"))
        return NULL;
    if (digits > 15) str_addc(out, '"');
    str_add(out, s, len);
    if (digits > 15) str_addc(out, '"');
    return p;
}

/* Copies the string at s, quotes included; NULL for \u0000. An open string is left to the parser.
 */
static const char *copy_string(struct str *out, const char *s, const char *end)
{
    const char *p = s + 1;
    while (p < end && *p != '"') {
        if (*p == '\\' && end - p > 5 && memcmp(p + 1, "u0000", 5) == 0) return NULL;
        p += *p == '\\' && end - p > 1 ? 2 : 1;
    }
    if (p < end) p++;
    str_add(out, s, (size_t)(p - s));
    return p;
}

static int strict_copy(struct str *out, const char *s, size_t len, struct err *err)
{
    str_clear(out);
    if (len > JSONL_MAX_LINE)
        return err_set(err, ERR_TOO_LARGE, MSG_JSONL_LINE_TOO_LONG, (size_t)JSONL_MAX_LINE >> 20);
    if (memchr(s, '\0', len)) return err_set(err, ERR_INVALID, MSG_IMPORT_NUL);
    if (utf8_check(s, len) < len) return err_set(err, ERR_INVALID, MSG_IMPORT_BAD_UTF8);
    size_t depth = 0;
    for (const char *p = s, *end = s + len; p < end;) {
        if (*p == '"') {
            const char *next = copy_string(out, p, end);
            if (!next) return err_set(err, ERR_INVALID, MSG_IMPORT_NUL);
            p = next;
        } else if (*p == '-' || (*p >= '0' && *p <= '9')) {
            const char *next = copy_number(out, p, end);
            if (!next) return err_set(err, ERR_INVALID, MSG_JSONL_SYNTAX, (size_t)(p - s) + 1);
            p = next;
        } else {
            depth += *p == '{' || *p == '[';
            if (depth > JSONL_MAX_DEPTH)
                return err_set(err, ERR_TOO_LARGE, MSG_JSONL_DEPTH, JSONL_MAX_DEPTH);
            if ((*p == '}' || *p == ']') && depth) depth--;
            str_addc(out, *p++);
        }
    }
    return 0;
}

/* ---- what the library makes of it ---- */

static int check_keys(const cJSON *value, struct err *err)
{
    int rc = 0;
    struct map *seen = cJSON_IsObject(value) ? map_new() : NULL;
    for (const cJSON *c = value->child; c && rc == 0; c = c->next) {
        if (seen && map_add(seen, c->string, strlen(c->string), 1) == 2)
            rc = err_set(err, ERR_INVALID, MSG_JSONL_DUPLICATE_KEY, c->string);
        else if (seen)
            map_set(seen, c->string, strlen(c->string), 2);
        if (rc == 0 && c->child) rc = check_keys(c, err);
    }
    map_free(seen);
    return rc;
}

static int parse(struct jsonl *j, struct jsonl_row *row, const char *s, size_t len, struct err *err)
{
    if (strict_copy(&j->copy, s, len, err) != 0) return -1;
    const char *start = j->copy.data, *stop = start;
    j->object = cJSON_ParseWithLengthOpts(start, j->copy.len, &stop, 0);
    while (j->object && stop < start + j->copy.len && is_space(*stop)) stop++;
    if (!j->object || stop < start + j->copy.len)
        return err_set(err, ERR_INVALID, MSG_JSONL_SYNTAX, (size_t)(stop - start) + 1);
    if (!cJSON_IsObject(j->object)) return err_set(err, ERR_INVALID, MSG_JSONL_NOT_OBJECT);
    if (check_keys(j->object, err) != 0) return -1;
    row->object = j->object;
    return 1;
}

int jsonl_next(struct jsonl *j, struct jsonl_row *row, struct err *err)
{
    cJSON_Delete(j->object);
    j->object = NULL;
    skip_space(j);
    *row = (struct jsonl_row){.line = j->line};
    if (j->done || (!j->array && j->at == j->end)) return 0;

    if (j->array) {
        if (array_step(j, err) != 0) return -1;
        if (j->done) return 0;
        row->line = j->line;
    }
    j->first = false;
    const char *start = j->at;
    if (j->array) {
        j->at = element_end(start, j->end, &j->line);
    } else {
        const char *newline = memchr(start, '\n', (size_t)(j->end - start));
        j->at = newline ? newline : j->end;
    }
    return parse(j, row, start, (size_t)(j->at - start), err);
}
