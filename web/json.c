#include "base/base.h"

#include "base/utf8.h"
#include "web/json.h"
#include "web/messages.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void json_init(struct json *j, struct str *out)
{
    j->out = out;
    j->comma = false;
}

static void begin_value(struct json *j)
{
    if (j->comma) str_addc(j->out, ',');
    j->comma = true;
}

static void open_bracket(struct json *j, char bracket)
{
    begin_value(j);
    str_addc(j->out, bracket);
    j->comma = false;
}

static void close_bracket(struct json *j, char bracket)
{
    str_addc(j->out, bracket);
    j->comma = true;
}

void json_object(struct json *j)
{
    open_bracket(j, '{');
}

void json_end_object(struct json *j)
{
    close_bracket(j, '}');
}

void json_array(struct json *j)
{
    open_bracket(j, '[');
}

void json_end_array(struct json *j)
{
    close_bracket(j, ']');
}

static void add_escaped(struct str *out, const char *s)
{
    const char *end = s + strlen(s), *plain = s;
    while (s < end) {
        uint32_t cp;
        size_t len = utf8_decode(s, end, &cp);
        bool damaged = cp == 0xFFFD && len == 1;
        if (cp >= 0x20 && cp != '"' && cp != '\\' && cp != 0x7F && !damaged) {
            s += len;
            continue;
        }
        str_add(out, plain, (size_t)(s - plain));
        if (cp == '"' || cp == '\\') {
            str_addc(out, '\\');
            str_addc(out, (char)cp);
        } else if (cp == '\n') {
            str_adds(out, "\\n");
        } else if (cp == '\t') {
            str_adds(out, "\\t");
        } else {
            str_addf(out, "\\u%04x", (unsigned)cp);
        }
        s += len;
        plain = s;
    }
    str_add(out, plain, (size_t)(end - plain));
}

static void add_quoted(struct str *out, const char *s)
{
    str_addc(out, '"');
    add_escaped(out, s);
    str_addc(out, '"');
}

void json_key(struct json *j, const char *key)
{
    begin_value(j);
    add_quoted(j->out, key);
    str_addc(j->out, ':');
    j->comma = false;
}

void json_string(struct json *j, const char *s)
{
    begin_value(j);
    if (s)
        add_quoted(j->out, s);
    else
        str_adds(j->out, "null");
}

void json_int(struct json *j, int64_t n)
{
    begin_value(j);
    str_addf(j->out, "%lld", (long long)n);
}

void json_double(struct json *j, double x)
{
    if (!isfinite(x)) {
        json_null(j);
        return;
    }
    char text[40];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, x == 0 ? 0.0 : x); /* no -0 */
        if (strtod(text, NULL) == x) break;
    }
    json_raw(j, text);
}

void json_float(struct json *j, float x)
{
    if (!isfinite(x)) {
        json_null(j);
        return;
    }
    char text[40];
    for (int digits = 6; digits <= 9; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, x == 0 ? 0.0 : (double)x);
        if (strtof(text, NULL) == x) break;
    }
    json_raw(j, text);
}

void json_bool(struct json *j, bool b)
{
    json_raw(j, b ? "true" : "false");
}

void json_null(struct json *j)
{
    json_raw(j, "null");
}

void json_raw(struct json *j, const char *text)
{
    begin_value(j);
    str_adds(j->out, text);
}

void json_tree(struct json *j, const cJSON *tree)
{
    if (cJSON_IsObject(tree) || cJSON_IsArray(tree)) {
        bool object = cJSON_IsObject(tree);
        open_bracket(j, object ? '{' : '[');
        for (const cJSON *child = tree->child; child; child = child->next) {
            if (object) json_key(j, child->string);
            json_tree(j, child);
        }
        close_bracket(j, object ? '}' : ']');
    } else if (cJSON_IsString(tree)) {
        json_string(j, tree->valuestring);
    } else if (cJSON_IsNumber(tree)) {
        json_double(j, tree->valuedouble);
    } else if (cJSON_IsBool(tree)) {
        json_bool(j, cJSON_IsTrue(tree));
    } else {
        json_null(j);
    }
}

void json_member(struct json *j, const char *key, const char *s)
{
    if (!s) return;
    json_key(j, key);
    json_string(j, s);
}

void json_member_int(struct json *j, const char *key, int64_t n)
{
    json_key(j, key);
    json_int(j, n);
}

void json_member_double(struct json *j, const char *key, double x)
{
    json_key(j, key);
    json_double(j, x);
}

void json_member_bool(struct json *j, const char *key, bool b)
{
    json_key(j, key);
    json_bool(j, b);
}

void json_member_langs(struct json *j, const char *key, const char *zh, const char *en)
{
    json_key(j, key);
    json_object(j);
    json_member(j, "zh", zh);
    json_member(j, "en", en);
    json_end_object(j);
}

/* cJSON hands a string on as a C string: an escaped NUL would cut it without a word. */
static bool holds_nul(const char *data, size_t len)
{
    return memchr(data, '\0', len) || memmem(data, len, "\\u0000", 6);
}

/* Import takes no more either, so that what is written here can be exported and imported. */
enum { DEPTH_MAX = 32 };

static bool is_too_deep(const char *data, size_t len)
{
    size_t depth = 0;
    bool string = false;
    for (size_t i = 0; i < len && depth <= DEPTH_MAX; i++) {
        char c = data[i];
        if (string && c == '\\')
            i++;
        else if (c == '"')
            string = !string;
        else if (!string && (c == '{' || c == '['))
            depth++;
        else if (!string && (c == '}' || c == ']') && depth)
            depth--;
    }
    return depth > DEPTH_MAX;
}

cJSON *json_parse_object(const char *data, size_t len, struct err *err)
{
    if (utf8_check(data, len) < len || holds_nul(data, len)) {
        err_set(err, ERR_INVALID, MSG_JSON_TEXT);
        return NULL;
    }
    if (is_too_deep(data, len)) {
        err_set(err, ERR_INVALID, MSG_JSON_DEPTH, DEPTH_MAX);
        return NULL;
    }
    const char *stop = data;
    cJSON *tree = cJSON_ParseWithLengthOpts(data, len, &stop, false);
    size_t at = stop ? (size_t)(stop - data) : 0;
    if (tree) {
        while (at < len && strchr(" \t\r\n", data[at])) at++;
    }
    if (!tree || at < len) {
        cJSON_Delete(tree);
        err_set(err, ERR_INVALID, MSG_JSON_SYNTAX, at);
        return NULL;
    }
    if (!cJSON_IsObject(tree)) {
        cJSON_Delete(tree);
        err_set(err, ERR_INVALID, MSG_JSON_OBJECT);
        return NULL;
    }
    return tree;
}

const char *json_text_member(const cJSON *object, const char *key, struct arena *arena, bool *ok)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!member || cJSON_IsNull(member)) return NULL;
    if (cJSON_IsString(member)) return arena_strdup(arena, member->valuestring);
    if (cJSON_IsNumber(member)) return arena_printf(arena, "%.15g", member->valuedouble);
    *ok = false;
    return NULL;
}
