/* credit_code.h - the unified social credit code, GB 32100-2015.
 *
 * 18 characters of 0-9A-Z without I O S V Z: registration department, kind of body, six digits of
 * the administrative division, nine of the body itself (GB 11714), one check character.
 * The two checks: character 18 is (31 - sum(C_i * 3^(i-1) mod 31) mod 31) mod 31 over the first 17;
 * character 17 is 11 - sum of characters 9 to 16 by weights 3 7 9 10 5 8 4 2, mod 11 (10 is X).
 * Early pilot codes were issued whose character 18 is wrong while the inner check holds, so such a
 * code is a warning, never a refusal. Thread-safe. */
#ifndef HN_CORPUS_CREDIT_CODE_H
#define HN_CORPUS_CREDIT_CODE_H

#include "base/base.h"

enum credit_code {
    CREDIT_CODE_OK,
    CREDIT_CODE_WARN, /* the inner check holds, character 18 does not: a pilot code, or a slip */
    CREDIT_CODE_REJECT
};

enum { CREDIT_CODE_BYTES = 19 };

/* Checks len bytes of UTF-8. Spaces and hyphens are dropped, full-width characters narrowed,
 * letters raised; the canonical code goes to out ("" when rejected). */
enum credit_code credit_code_check(const char *text, size_t len, char out[CREDIT_CODE_BYTES]);

#endif
