#include "base/base.h"

#include "web/auth.h"
#include "web/messages.h"

#include <sodium.h>
#include <string.h>
#include <strings.h>

#define SETTING "writer_token_hash"

static void hash_token(unsigned char hash[AUTH_HASH_BYTES], const char *token)
{
    crypto_generichash(hash, AUTH_HASH_BYTES, (const unsigned char *)token, strlen(token), NULL, 0);
}

static int make_token(struct auth *a, struct store *s, char token[AUTH_TOKEN_CHARS],
                      struct err *err)
{
    unsigned char random[32];
    char hex[AUTH_HASH_BYTES * 2 + 1];
    _Static_assert(sodium_base64_ENCODED_LEN(32, sodium_base64_VARIANT_URLSAFE_NO_PADDING) <=
                       AUTH_TOKEN_CHARS,
                   "the token's text fits");
    randombytes_buf(random, sizeof random);
    sodium_bin2base64(token, AUTH_TOKEN_CHARS, random, sizeof random,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(random, sizeof random);
    hash_token(a->token_hash, token);
    sodium_bin2hex(hex, sizeof hex, a->token_hash, AUTH_HASH_BYTES);
    return store_setting_set(s, SETTING, hex, err);
}

int auth_init(struct auth *a, struct store *s, bool renew, char token[AUTH_TOKEN_CHARS],
              struct err *err)
{
    struct arena arena;
    const char *hex = NULL;
    size_t len = 0;
    int rc = -1;
    arena_init(&arena);
    token[0] = '\0';
    if (sodium_init() < 0) {
        err_set(err, ERR_INTERNAL, MSG_RANDOM);
        goto out;
    }
    if (store_setting_get(s, SETTING, &arena, &hex, err)) goto out;
    if (!renew && hex && strlen(hex) == AUTH_HASH_BYTES * 2 &&
        sodium_hex2bin(a->token_hash, AUTH_HASH_BYTES, hex, strlen(hex), NULL, &len, NULL) == 0 &&
        len == AUTH_HASH_BYTES)
        rc = 0;
    else
        rc = make_token(a, s, token, err);
out:
    arena_free(&arena);
    return rc;
}

enum role auth_role(const struct auth *a, const struct request *q)
{
    static const char scheme[] = "Bearer ";
    const char *header = request_header(q, "Authorization");
    enum role least = a->loopback ? ROLE_READER : ROLE_ANYONE;
    if (!header || strncasecmp(header, scheme, strlen(scheme)) != 0) return least;
    unsigned char hash[AUTH_HASH_BYTES];
    hash_token(hash, header + strlen(scheme));
    return sodium_memcmp(hash, a->token_hash, AUTH_HASH_BYTES) == 0 ? ROLE_WRITER : least;
}

int auth_host(const struct auth *a, const struct request *q, struct err *err)
{
    static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};
    if (!a->loopback) return 0;
    const char *host = request_header(q, "Host");
    for (size_t i = 0; host && i < ARRAY_LEN(names); i++) {
        size_t len = strlen(names[i]);
        if (strncasecmp(host, names[i], len) == 0 && (host[len] == '\0' || host[len] == ':'))
            return 0;
    }
    return err_set(err, ERR_FORBIDDEN, MSG_HOST);
}
