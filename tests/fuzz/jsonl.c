/* Any bytes through the JSONL reader: objects or errors, and an end. */
#include "base/base.h"

#include "corpus/jsonl.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct jsonl j;
    jsonl_init(&j, (const char *)data, size);
    for (size_t rows = 0;; rows++) {
        struct jsonl_row row;
        struct err err = {0};
        int rc = jsonl_next(&j, &row, &err);
        if (rc == 0) break;
        if (rows > size + 1 || (rc < 0) != (err.kind != ERR_NONE)) abort();
        if (rc < 0) continue;
        if (!cJSON_IsObject(row.object)) abort();
        char *text = cJSON_PrintUnformatted(row.object);
        if (!text) abort();
        free(text);
    }
    jsonl_free(&j);
    return 0;
}
