/* cli.h - what the commands share: options from a table, formats, exit codes, data on stdout. */
#ifndef HN_WEB_CLI_H
#define HN_WEB_CLI_H

#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"

/* Exit codes (design §9). */
enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* A catalogue message in a table: `{MSG_NAME}`. */
struct message {
    const char *code, *zh, *en, *hint_zh, *hint_en;
};

struct cli {
    enum lang lang;
    const char *program; /* argv[0]: the model may lie beside the binary */
};

/* The arguments behind the command's name; --lang and --help are taken out before. */
struct command {
    const char *name;
    struct message summary;                                   /* one line of the list of commands */
    struct message help;                                      /* all of `COMMAND --help` */
    int (*run)(const struct cli *cli, int argc, char **argv); /* returns the exit code */
};

struct strings {
    const char **at;
    size_t len, cap;
};

enum option_type {
    OPTION_FLAG,   /* bool *: true when given */
    OPTION_STRING, /* const char **: the last one given */
    OPTION_NUMBER, /* long *: within [min, max] */
    OPTION_LIST    /* struct strings *: every one given */
};
struct option {
    const char *name; /* without the dashes */
    enum option_type type;
    void *to;
    long min, max;
};

/* Reads `--name value` and `--name=value`; what is no option goes to rest, in order, or is an error
 * when rest is NULL. "--" ends the options, "-" is no option. Errors are ERR_USAGE. */
int cli_parse(const struct option *options, size_t n, int argc, char **argv, struct strings *rest,
              struct err *err);

/* Says before an error where in a file it is; returns -1. */
int cli_at_line(const char *path, size_t line, struct err *err);

enum format { FORMAT_JSON, FORMAT_JSONL, FORMAT_CSV, FORMAT_TABLE };
/* NULL is json. */
int cli_format(const char *name, enum format *format, struct err *err);

/* Says a failure on stderr and returns the exit code it stands for. */
int cli_fail(const struct cli *cli, const struct err *err);

/* Writes what s holds to stdout and empties s. */
int cli_write(struct str *s, struct err *err);
/* Flushes stdout; a full disk is seen here. */
int cli_flush(struct err *err);

#endif
