/* Any bytes to UTF-8: what comes out is UTF-8 unless it was said to be damaged. */
#include "base/base.h"

#include "base/utf8.h"
#include "corpus/encoding.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    for (int keep = 0; keep < 2; keep++) {
        struct str bytes;
        str_init(&bytes);
        str_add(&bytes, (const char *)data, size);
        enum encoding found;
        struct err err = {0};
        int rc = encoding_to_utf8(&bytes, keep, &found, &err);
        if ((rc < 0) != (err.kind != ERR_NONE)) abort();
        if (rc == 0 && found != ENCODING_UTF8_DAMAGED &&
            utf8_check(bytes.data, bytes.len) != bytes.len)
            abort();
        str_free(&bytes);
    }
    return 0;
}
