/* encoding.h - bytes of unknown encoding to UTF-8.
 *
 * Recognised: UTF-8 with or without byte order mark, UTF-16 with one, GB18030 (and so GBK and
 * GB2312, which are parts of it). GB18030 decodes almost any bytes to something, so bytes count as
 * damaged UTF-8 rather than GB18030 when more of those beyond ASCII are in UTF-8 sequences than
 * not, and as neither when the text that comes out is not made of characters in use. Thread-safe.
 */
#ifndef HN_CORPUS_ENCODING_H
#define HN_CORPUS_ENCODING_H

#include "base/err.h"
#include "base/str.h"

enum encoding {
    ENCODING_UTF8,
    ENCODING_UTF8_DAMAGED, /* UTF-8 with some bytes that are not */
    ENCODING_GB18030,
    ENCODING_UTF16
};

/* Replaces bytes by the same text in UTF-8 without byte order mark and says what it was.
 * keep_damaged: damaged UTF-8 is left for the readers of rows to refuse row by row; otherwise it
 * is an error that names the first bad line. Workbooks, archives and other binary files are errors.
 * NUL bytes in text are left to the readers of rows. */
int encoding_to_utf8(struct str *bytes, bool keep_damaged, enum encoding *found, struct err *err);

#endif
