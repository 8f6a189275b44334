/* sections.h - files made of a header and arrays, one after another, as they are in memory: how the
 * index is kept for the next start. Private to index/.
 *
 * Such a file is read by the machine that wrote it, by mapping it. What one holds and what the
 * numbers in its arrays may be is the user's to say; here it is seen to that it is whole:
 *
 *   - It is written under another name and put in its place when it is on disk (fsync), so that a
 *     crash leaves the old one or the new one.
 *   - Opening checks the header, with a sum of its own, and the size: a file of another kind,
 *     version or order of bytes, or one that was cut, is refused.
 *   - Every section has a sum. Who opens a file checks those it cannot go without at once
 *     (sections_sound), and reads the others through when there is time (sections_check).
 *
 * It may be deleted at any time; what is mapped stays. It must not be written to. */
#ifndef HN_INDEX_SECTIONS_H
#define HN_INDEX_SECTIONS_H

#include "base/base.h"

enum { SECTIONS_MAX = 12, SECTIONS_NUMBERS = 6 };

/* What kind of file it is. */
struct sections_format {
    char magic[8];
    uint32_t version; /* counts up when what is in it changes: files of before are refused */
    uint32_t n;       /* sections */
};

struct sections;

/* Room for format->n sections of the given sizes, in bytes, each aligned to 16; not cleared. In
 * memory (path NULL: never NULL), or in a new file, which takes path's place with sections_keep;
 * NULL with errno when the disk has no room for it. */
struct sections *sections_new(const struct sections_format *format, const uint64_t *sizes,
                              const char *path);
/* To be filled until sections_keep. */
void *sections_room(struct sections *s, size_t i);
/* Fills all of it from one array for each section; NULL where a section is empty. */
void sections_fill(struct sections *s, const void *const *from);
/* SECTIONS_NUMBERS numbers for the user, 0 at first. */
uint64_t *sections_numbers(struct sections *s);
/* Puts a new file in its place; nothing is written to it from now on. 0, or -1 with errno: the
 * file is gone then, and s is of no use. Nothing to do in memory. */
int sections_keep(struct sections *s);
/* Writes a copy of s to a file at path. 0, or -1 with errno. */
int sections_save(const struct sections *s, const char *path);

/* Maps the file at path. NULL with errno when there is none, with errno 0 when it is not a whole
 * one of the format. */
struct sections *sections_open(const struct sections_format *format, const char *path);
void sections_free(struct sections *s); /* NULL: nothing */

bool sections_mapped(const struct sections *s);
const void *sections_at(const struct sections *s, size_t i);
uint64_t sections_size(const struct sections *s, size_t i);
const uint64_t *sections_given(const struct sections *s); /* the user's numbers */

/* Is a section what was written? By reading it in memory. */
bool sections_sound(const struct sections *s, size_t i);
/* Are the first n? */
bool sections_first_sound(const struct sections *s, size_t n);
/* The same of all sections, by reading the file, and slowly: go_on is asked before each block of
 * 1 MiB, and may wait. 1 sound, 0 damaged, -1 told not to go on. */
int sections_check(const struct sections *s, bool (*go_on)(void *ctx, size_t bytes), void *ctx);

#endif
