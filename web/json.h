/* json.h - JSON out: a writer that prints everything in one way; JSON in: cJSON with checks.
 *
 * The writer appends to a struct str and keeps no tree, so a list of any length costs no more than
 * its text. Members appear in the order they are written, numbers in the shortest form that reads
 * back as the same number: equal input gives equal bytes. */
#ifndef HN_WEB_JSON_H
#define HN_WEB_JSON_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#include <cjson/cJSON.h>

struct json {
    struct str *out; /* borrowed */
    bool comma;      /* something stands before the next value */
};

/* Appends to out, which stays the caller's. */
void json_init(struct json *j, struct str *out);

void json_object(struct json *j);
void json_end_object(struct json *j);
void json_array(struct json *j);
void json_end_array(struct json *j);
void json_key(struct json *j, const char *key);

/* Values. NULL is written as null; bytes that are not UTF-8 as U+FFFD. */
void json_string(struct json *j, const char *s);
void json_int(struct json *j, int64_t n);
/* NaN and infinities, which JSON lacks, are written as null. */
void json_double(struct json *j, double x);
void json_float(struct json *j, float x);
void json_bool(struct json *j, bool b);
void json_null(struct json *j);
/* text is JSON already. */
void json_raw(struct json *j, const char *text);
/* A tree that was read, its numbers as above. */
void json_tree(struct json *j, const cJSON *tree);

/* A member with a string value; nothing at all when s is NULL. */
void json_member(struct json *j, const char *key, const char *s);
void json_member_int(struct json *j, const char *key, int64_t n);
void json_member_double(struct json *j, const char *key, double x);
void json_member_bool(struct json *j, const char *key, bool b);
/* A member with a text in both languages, {"zh":…,"en":…}; a language whose text is NULL is left
 * out. */
void json_member_langs(struct json *j, const char *key, const char *zh, const char *en);

/* The object that len bytes hold, and nothing behind it; NULL: not an object (err says where it
 * breaks). Nesting is limited by cJSON. Free with cJSON_Delete. */
cJSON *json_parse_object(const char *data, size_t len, struct err *err);
/* The string member of an object, NULL when absent or null. A number is taken as its canonical
 * text, copied to arena. ok turns false when the member is of another type. */
const char *json_text_member(const cJSON *object, const char *key, struct arena *arena, bool *ok);

#endif
