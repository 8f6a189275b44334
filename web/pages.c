#include "base/base.h"

#include "base/file.h"
#include "web/assets.h"
#include "web/messages.h"
#include "web/pages.h"

#include <stdlib.h>
#include <string.h>

#define FILE_MAX ((size_t)32 << 20)

static int compare_path(const void *key, const void *element)
{
    return strcmp(key, ((const struct asset *)element)->path);
}

static bool from_program(const char *path, struct response *r)
{
    const struct asset *a = bsearch(path, assets, assets_count, sizeof(struct asset), compare_path);
    if (!a) return false;
    r->type = a->type;
    r->fixed = a->data;
    r->fixed_len = a->size;
    return true;
}

static const char *type_of(const char *path)
{
    static const char *const types[][2] = {
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".json", "application/json"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".ico", "image/x-icon"},
        {".woff2", "font/woff2"},
        {".txt", "text/plain; charset=utf-8"},
    };
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < ARRAY_LEN(types); i++)
        if (strcmp(dot, types[i][0]) == 0) return types[i][1];
    return "application/octet-stream";
}

/* No segment may begin with a dot: that shuts out "..", "." and hidden files at once. */
static bool path_is_plain(const char *path)
{
    return path[0] == '/' && !strstr(path, "/.") && !strchr(path, '\\');
}

static bool from_folder(const char *dir, const char *path, struct request *q, struct response *r)
{
    if (!path_is_plain(path)) return false;
    if (file_read(arena_printf(q->arena, "%s%s", dir, path), FILE_MAX, &r->body, NULL))
        return false;
    r->type = type_of(path);
    return true;
}

static bool find(const char *ui_dir, const char *path, struct request *q, struct response *r)
{
    return ui_dir ? from_folder(ui_dir, path, q, r) : from_program(path, r);
}

/* Names of files under /assets/ hold a hash of their content. */
static const char *caching(const char *path)
{
    return strncmp(path, "/assets/", 8) == 0 ? "public, max-age=31536000, immutable" : "no-cache";
}

static void no_pages(struct response *r)
{
    static const struct {
        const char *code, *zh, *en, *hint_zh, *hint_en;
    } m = {MSG_NO_PAGES};
    r->type = "text/html; charset=utf-8";
    str_addf(&r->body,
             "<!doctype html><html lang=\"zh\"><meta charset=\"utf-8\"><title>hongniang</title>"
             "<h1>hongniang</h1><p>%s<p>%s<p lang=\"en\">%s<p lang=\"en\">%s\n",
             m.zh, m.hint_zh, m.en, m.hint_en);
}

int pages_get(const char *ui_dir, struct request *q, struct response *r, struct err *err)
{
    const char *path = http_decode(q->path, strlen(q->path), false, q->arena);
    if (!path) return err_set(err, ERR_INVALID, MSG_URI_ENCODING);
    bool named = strchr(strrchr(path, '/') ? strrchr(path, '/') : path, '.');
    if (named && find(ui_dir, path, q, r)) {
        response_header(r, "Cache-Control", caching(path));
        return 0;
    }
    if (named) return err_set(err, ERR_NOT_FOUND, MSG_NO_ADDRESS);
    response_header(r, "Cache-Control", "no-cache");
    if (!find(ui_dir, "/index.html", q, r)) no_pages(r);
    return 0;
}
