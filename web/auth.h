/* auth.h - who asks: until there are accounts, everybody on this machine reads, and whoever holds
 * the writer token writes.
 *
 * The token is 32 random bytes; the store keeps its hash (BLAKE2b), which is all that is needed to
 * check it and useless to find it. It is shown once, when it is made. */
#ifndef HN_WEB_AUTH_H
#define HN_WEB_AUTH_H

#include "corpus/store.h"
#include "web/http.h"

enum { AUTH_HASH_BYTES = 32, AUTH_TOKEN_CHARS = 64 };

struct auth {
    unsigned char token_hash[AUTH_HASH_BYTES];
    bool loopback; /* serving loopback addresses only: readers need no account */
};

/* Reads the token's hash from the store. Where there is none, or renew is set, makes a new token:
 * its text is written to token, which is "" otherwise. */
int auth_init(struct auth *a, struct store *s, bool renew, char token[AUTH_TOKEN_CHARS],
              struct err *err);
/* The role of a request, from its Authorization header. Thread-safe. */
enum role auth_role(const struct auth *a, const struct request *q);
/* Was the request meant for this machine? A page of another site can make a browser ask its own
 * name's address, which may be ours (DNS rebinding), but cannot make it send our Host. */
int auth_host(const struct auth *a, const struct request *q, struct err *err);

#endif
