/* sections.h - files made of a header and arrays, one after another, as they are in memory: how
 * words and pieces are kept for the next start. Private to index/.
 *
 * Such a file is read by the machine that wrote it, by mapping it; one from elsewhere with another
 * order of bytes is refused by its header, one that is not whole by its sum. It may be deleted at
 * any time. What the header holds and what the numbers in the arrays may be is the user's to say.
 */
#ifndef HN_INDEX_SECTIONS_H
#define HN_INDEX_SECTIONS_H

#include "base/base.h"

struct section {
    const void *at;
    uint64_t size; /* bytes */
};

/* A hash of a header, its own sum being 0, and n sections. */
uint64_t sections_sum(const void *header, size_t header_size, const struct section *s, size_t n);

/* Puts a file of header and sections in path's place at once, readable by its owner alone. Not on
 * disk when it returns: after a crash the sum tells what is whole. 0, or -1 with errno. */
int sections_write(const char *path, const void *header, size_t header_size,
                   const struct section *s, size_t n);

/* The file at path, mapped for reading; give it back with munmap. NULL with errno, 0 for an empty
 * file. */
void *sections_map(const char *path, size_t *size);

/* Where the sections of a mapped file lie, given their sizes; false when these are not the file's.
 */
bool sections_place(const void *file, size_t size, size_t header_size, struct section *s, size_t n);

#endif
