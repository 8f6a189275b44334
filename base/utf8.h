/* utf8.h - code points, and nothing of their meaning (Unicode tables are index/text.h's). */
#ifndef HN_BASE_UTF8_H
#define HN_BASE_UTF8_H

#include "base/base.h"

/* Decodes the code point at s (s < end) into *cp and returns its length in bytes, 1 to 4.
 * Bytes that are not UTF-8 (overlong forms and surrogates included) yield U+FFFD, length 1. */
size_t utf8_decode(const char *s, const char *end, uint32_t *cp);
/* Writes cp (a valid scalar value) to out, at most 4 bytes; returns the length. */
size_t utf8_encode(uint32_t cp, char *out);
/* The offset of the first byte that is not valid UTF-8, or len when all is well. */
size_t utf8_check(const char *s, size_t len);
/* The number of code points in len bytes (each invalid byte counts as one). */
size_t utf8_count(const char *s, size_t len);
/* The largest offset <= at that does not cut a code point. */
size_t utf8_floor(const char *s, size_t at);
/* The byte offset of code point number n (0-based), or len when there are fewer. */
size_t utf8_offset(const char *s, size_t len, size_t n);
/* Han ideographs: the unified blocks, extensions A-G and the compatibility block. */
bool utf8_is_han(uint32_t cp);
/* One to one: full-width ASCII to ASCII, blanks of any width (no line breaks) to a space, dashes
 * and minus to '-'; any other code point as it is. */
uint32_t utf8_plain(uint32_t cp);

#endif
