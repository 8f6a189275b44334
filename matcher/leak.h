/* leak.h - contacts, numbers of persons and marks of secrecy in a text that others will read.
 * Private to matcher/.
 *
 * Rules: what a string of digits is follows from its length, its groups, its check digits (identity
 * numbers: GB 11643, ISO 7064 MOD 11-2; bank cards: Luhn, ISO/IEC 7812) and the word before it, so
 * that numbers of patents, standards, models and contracts, dates and measured values are left
 * alone. Digits may be full width, spaced, hyphened, or Chinese numerals.
 * Names count only beside a title, and only with a surname that is one. */
#ifndef HN_MATCHER_LEAK_H
#define HN_MATCHER_LEAK_H

#include "index/text.h"

enum leak_kind {
    LEAK_PHONE,
    LEAK_EMAIL,
    LEAK_CHAT, /* WeChat, QQ */
    LEAK_IDENTITY,
    LEAK_BANK,
    LEAK_SECRECY,
    LEAK_NAME
};

struct leak {
    enum leak_kind kind;
    struct span span; /* code points of the text */
};

enum { LEAKS_MAX = 50 };

/* The leaks of a text in order of their place, not overlapping, the first LEAKS_MAX, into arena.
 * Any bytes are accepted, of any length, in time linear in it. Thread-safe. */
size_t leaks_find(const char *text, size_t len, struct arena *arena, struct leak **out);

#endif
