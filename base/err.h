/* err.h - errors: what went wrong, why, and what to do, in both languages.
 *
 * A function that can fail returns int (0 ok, -1 failed) or a pointer (NULL: failed) and takes a
 * `struct err *` as its last parameter. It sets the error once, where the cause is known, and
 * everybody above passes it on untouched. Only the CLI and the HTTP layer turn it into words.
 *
 * A message is a catalogue macro of the folder's messages.h that expands to five literals:
 * stable code, Chinese, English, hint in Chinese, hint in English. Both formats are checked
 * against the arguments by the compiler. Text is rendered in both languages when the error is set,
 * since the reader's language is known only at the top; errors are rare, so the cost is nothing. */
#ifndef HN_BASE_ERR_H
#define HN_BASE_ERR_H

#include "base/base.h"

enum err_kind {
    ERR_NONE,
    ERR_INVALID,      /* the input is wrong: HTTP 400, exit 1 */
    ERR_USAGE,        /* the command line is wrong: exit 2 */
    ERR_UNAUTHORIZED, /* no valid credential: 401 */
    ERR_FORBIDDEN,    /* a credential without the right: 403 */
    ERR_NOT_FOUND,    /* 404 */
    ERR_CONFLICT,     /* the record changed meanwhile, or exists with other content: 409/412 */
    ERR_TOO_LARGE,    /* a limit is exceeded: 413 */
    ERR_UNAVAILABLE,  /* try again later, or a part is missing (the model): 503 */
    ERR_IO,           /* the operating system refused: 500 */
    ERR_INTERNAL      /* a bug or a damaged file: 500 */
};

struct err {
    enum err_kind kind;
    const char *code;             /* stable, English, a literal; NULL while kind is ERR_NONE */
    char text[LANG_COUNT][480];   /* what and why; cut at a code point when longer */
    const char *hint[LANG_COUNT]; /* what to do; a literal, "" when there is nothing to advise */
};

/* Sets *err and returns -1, so that `return err_set(...)` reads well. Call it as
 * err_set(err, ERR_INVALID, MSG_NAME, arguments...). err may be NULL. */
int err_set(struct err *err, enum err_kind kind, const char *code, const char *zh, const char *en,
            const char *hint_zh, const char *hint_en, ...) PRINTF_LIKE(4, 8) PRINTF_LIKE(5, 8);

/* The text for a reader, never NULL. */
const char *err_text(const struct err *err, enum lang lang);

/* Prints "what (hint)" on stderr for the CLI: `hongniang: what. hint.` */
void err_print(const struct err *err, enum lang lang);

/* A catalogue message in one language, for things that are not errors (progress, help, labels).
 * Renders into buf, always terminated, and returns it. */
char *msg_render(char *buf, size_t size, enum lang lang, const char *code, const char *zh,
                 const char *en, const char *hint_zh, const char *hint_en, ...) PRINTF_LIKE(5, 9)
    PRINTF_LIKE(6, 9);

/* Prints a catalogue message and a newline on stderr. */
void msg_print(enum lang lang, const char *code, const char *zh, const char *en,
               const char *hint_zh, const char *hint_en, ...) PRINTF_LIKE(3, 7) PRINTF_LIKE(4, 7);

#endif
