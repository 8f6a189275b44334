/* The built pages, inside the program. web/embed-assets.sh makes the table from web/ui/dist. */
#ifndef WEB_ASSETS_H
#define WEB_ASSETS_H

#include <stddef.h>

struct asset {
    const char *path; /* from the root, with its slash: "/index.html" */
    const char *type; /* Content-Type */
    const unsigned char *data;
    size_t size;
};

/* Sorted bytewise by path; constant, so any thread may read it. Empty (count 0) in a program that
   was built without Node. An entry with a NULL path follows the last. */
extern const struct asset assets[];
extern const size_t assets_count;

#endif
