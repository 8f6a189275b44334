#include "base/base.h"

#include "web/cli.h"
#include "web/messages.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option *find_option(const struct option *options, size_t n, const char *name,
                                        size_t len)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(options[i].name) == len && memcmp(options[i].name, name, len) == 0)
            return &options[i];
    return NULL;
}

static int set_number(const struct option *o, const char *value, struct err *err)
{
    char *end;
    errno = 0;
    long n = strtol(value, &end, 10);
    if (errno || end == value || *end || n < o->min || n > o->max)
        return err_set(err, ERR_USAGE, MSG_USAGE_NUMBER, o->name, value, o->min, o->max);
    *(long *)o->to = n;
    return 0;
}

static int set_value(const struct option *o, const char *value, struct err *err)
{
    switch (o->type) {
    case OPTION_FLAG: break;
    case OPTION_STRING: *(const char **)o->to = value; break;
    case OPTION_NUMBER: return set_number(o, value, err);
    case OPTION_LIST: vec_push((struct strings *)o->to, value); break;
    }
    return 0;
}

/* Reads the option at argv[*i], moving *i over its value. */
static int parse_option(const struct option *options, size_t n, int argc, char **argv, int *i,
                        struct err *err)
{
    const char *name = argv[*i] + 2, *equals = strchr(name, '=');
    size_t len = equals ? (size_t)(equals - name) : strlen(name);
    const struct option *o = find_option(options, n, name, len);
    if (!o) return err_set(err, ERR_USAGE, MSG_USAGE_OPTION, (int)len, name);
    if (o->type == OPTION_FLAG) {
        if (equals) return err_set(err, ERR_USAGE, MSG_USAGE_FLAG_VALUE, o->name);
        *(bool *)o->to = true;
        return 0;
    }
    if (!equals && *i + 1 >= argc) return err_set(err, ERR_USAGE, MSG_USAGE_VALUE, o->name);
    return set_value(o, equals ? equals + 1 : argv[++*i], err);
}

int cli_parse(const struct option *options, size_t n, int argc, char **argv, struct strings *rest,
              struct err *err)
{
    bool options_over = false;
    for (int i = 0; i < argc; i++) {
        if (!options_over && strcmp(argv[i], "--") == 0) {
            options_over = true;
        } else if (!options_over && strncmp(argv[i], "--", 2) == 0) {
            if (parse_option(options, n, argc, argv, &i, err)) return -1;
        } else if (!options_over && argv[i][0] == '-' && argv[i][1]) {
            return err_set(err, ERR_USAGE, MSG_USAGE_OPTION, (int)strlen(argv[i]), argv[i]);
        } else if (rest) {
            vec_push(rest, argv[i]);
        } else {
            return err_set(err, ERR_USAGE, MSG_USAGE_ARGUMENT, argv[i]);
        }
    }
    return 0;
}

int cli_format(const char *name, enum format *format, struct err *err)
{
    static const char *const names[] = {"json", "jsonl", "csv", "table"};
    *format = FORMAT_JSON;
    if (!name) return 0;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (strcmp(name, names[i]) == 0) {
            *format = (enum format)i;
            return 0;
        }
    }
    return err_set(err, ERR_USAGE, MSG_USAGE_FORMAT, name);
}

int cli_at_line(const char *path, size_t line, struct err *err)
{
    struct err cause = *err;
    err_set(err, cause.kind, MSG_AT_LINE, path, line, cause.text[LANG_ZH]);
    msg_render(err->text[LANG_EN], sizeof err->text[LANG_EN], LANG_EN, MSG_AT_LINE, path, line,
               cause.text[LANG_EN]);
    err->code = cause.code;
    err->hint[LANG_ZH] = cause.hint[LANG_ZH];
    err->hint[LANG_EN] = cause.hint[LANG_EN];
    return -1;
}

int cli_fail(const struct cli *cli, const struct err *err)
{
    err_print(err, cli->lang);
    return err->kind == ERR_USAGE ? EXIT_USAGE : EXIT_FAILED;
}

static int write_failed(struct err *err)
{
    return err_set(err, ERR_IO, MSG_STDOUT, strerror(errno));
}

int cli_write(struct str *s, struct err *err)
{
    size_t written = fwrite(s->data, 1, s->len, stdout);
    bool whole = written == s->len;
    str_clear(s);
    return whole ? 0 : write_failed(err);
}

int cli_flush(struct err *err)
{
    return fflush(stdout) == 0 && !ferror(stdout) ? 0 : write_failed(err);
}
