/* Routes: the table, the document, and how paths and permissions are decided. */
#include "base/base.h"

#include "base/file.h"
#include "web/route.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

static struct request ask(struct arena *arena, const char *method, const char *path)
{
    return (struct request){.method = method, .path = path, .arena = arena};
}

static int find(struct request *q, struct response *r, struct err *err)
{
    memset(err, 0, sizeof *err);
    response_init(r);
    return route_find(q, r, err);
}

static void test_finds_path_and_id(void **state)
{
    (void)state;
    struct arena arena;
    struct response r;
    struct err err;
    arena_init(&arena);
    struct request q = ask(&arena, "GET", "/api/v1/needs/sample:need-001/matches");
    assert_int_equal(find(&q, &r, &err), 0);
    assert_string_equal(q.route->path, "/api/v1/needs/{id}/matches");
    assert_int_equal(q.route->kind, KIND_NEED);
    assert_string_equal(q.id, "sample:need-001");

    q = ask(&arena, "GET", "/api/v1/orgs/%E7%94%B2%20b%2Fc");
    assert_int_equal(find(&q, &r, &err), 0);
    assert_string_equal(q.id, "甲 b/c");

    static const char *const damaged[] = {"/api/v1/orgs/%", "/api/v1/orgs/%4", "/api/v1/orgs/%zz",
                                          "/api/v1/orgs/%00", "/api/v1/orgs/%ff"};
    for (size_t i = 0; i < ARRAY_LEN(damaged); i++) {
        q = ask(&arena, "GET", damaged[i]);
        assert_int_equal(find(&q, &r, &err), -1);
        assert_int_equal(err.kind, ERR_INVALID);
    }
    arena_free(&arena);
}

static void test_says_which_methods_there_are(void **state)
{
    (void)state;
    struct arena arena;
    struct response r;
    struct err err;
    arena_init(&arena);
    struct request q = ask(&arena, "PATCH", "/api/v1/needs/x");
    assert_int_equal(find(&q, &r, &err), -1);
    assert_int_equal(r.status, 405);
    assert_string_equal(r.headers[0].value, "GET, PUT, DELETE");
    q = ask(&arena, "GET", "/api/v1/needs/x/y/z");
    assert_int_equal(find(&q, &r, &err), -1);
    assert_int_equal(err.kind, ERR_NOT_FOUND);
    arena_free(&arena);
}

static void test_permission_is_by_role(void **state)
{
    (void)state;
    for (size_t i = 0; i < routes_count; i++) {
        for (int role = ROLE_ANYONE; role <= ROLE_WRITER; role++) {
            struct err err = {0};
            struct request q = {.route = &routes[i], .role = (enum role)role};
            int allowed = role >= (int)routes[i].role ? 0 : -1;
            assert_int_equal(route_permit(&q, &err), allowed);
            assert_int_equal(err.kind, allowed == 0 ? ERR_NONE : ERR_UNAUTHORIZED);
        }
        /* What changes something asks for the writer's role; a text to match or to diagnose, and
         * what to compose, is sent by POST and changes nothing. */
        bool asks = strcmp(routes[i].path, "/api/v1/match") == 0 ||
                    strcmp(routes[i].path, "/api/v1/needs/diagnosis") == 0 ||
                    (strcmp(routes[i].path, "/api/v1/proposals") == 0 &&
                     strcmp(routes[i].method, "POST") == 0);
        if (strcmp(routes[i].method, "GET") != 0 && !asks)
            assert_int_equal(routes[i].role, ROLE_WRITER);
    }
}

static cJSON *read_document(void)
{
    struct str text;
    str_init(&text);
    assert_int_equal(file_read("web/openapi.json", 1 << 24, &text, NULL), 0);
    cJSON *document = cJSON_Parse(text.data);
    str_free(&text);
    assert_non_null(document);
    return document;
}

static void test_table_and_document_agree(void **state)
{
    (void)state;
    cJSON *document = read_document();
    const cJSON *paths = cJSON_GetObjectItemCaseSensitive(document, "paths");
    for (size_t i = 0; i < routes_count; i++) {
        char method[8];
        snprintf(method, sizeof method, "%s", routes[i].method);
        for (char *p = method; *p; p++) *p = (char)(*p | 0x20);
        const cJSON *path = cJSON_GetObjectItemCaseSensitive(paths, routes[i].path);
        const cJSON *operation = cJSON_GetObjectItemCaseSensitive(path, method);
        const cJSON *role = cJSON_GetObjectItemCaseSensitive(operation, "x-role");
        if (!cJSON_IsString(role)) fail_msg("%s %s is not documented", method, routes[i].path);
        assert_string_equal(role->valuestring, role_name(routes[i].role));
    }
    size_t operations = 0;
    for (const cJSON *path = paths->child; path; path = path->next)
        for (const cJSON *o = path->child; o; o = o->next)
            if (strcmp(o->string, "parameters") != 0) operations++;
    assert_int_equal(operations, routes_count);
    cJSON_Delete(document);
}

static void test_language(void **state)
{
    (void)state;
    assert_int_equal(http_language(NULL), LANG_ZH);
    assert_int_equal(http_language("en"), LANG_EN);
    assert_int_equal(http_language("zh-CN, en;q=0.5"), LANG_ZH);
    assert_int_equal(http_language("zh;q=0.2, en;q=0.5"), LANG_EN);
    assert_int_equal(http_language("fr, de;q=1"), LANG_ZH);
    assert_int_equal(http_language(",,;;q="), LANG_ZH);
}

static void test_encoding_goes_both_ways(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    static const char *const texts[] = {"", "plain", "a b/c?d#e%", "需求 1", "~-._"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        const char *encoded = http_encode(texts[i], &arena);
        assert_null(strpbrk(encoded, " /?#"));
        assert_string_equal(http_decode(encoded, strlen(encoded), false, &arena), texts[i]);
    }
    assert_string_equal(http_decode("a+b", 3, true, &arena), "a b");
    assert_string_equal(http_decode("a+b", 3, false, &arena), "a+b");
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds_path_and_id),
        cmocka_unit_test(test_says_which_methods_there_are),
        cmocka_unit_test(test_permission_is_by_role),
        cmocka_unit_test(test_table_and_document_agree),
        cmocka_unit_test(test_language),
        cmocka_unit_test(test_encoding_goes_both_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
