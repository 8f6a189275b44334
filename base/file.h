/* file.h - whole files in memory. */
#ifndef HN_BASE_FILE_H
#define HN_BASE_FILE_H

#include "base/err.h"
#include "base/str.h"

/* Reads all of path ("-" is standard input) into out, which is emptied first. Directories, missing
 * and unreadable files and files over max_bytes are errors that name the path. */
int file_read(const char *path, size_t max_bytes, struct str *out, struct err *err);

/* Puts a file with these bytes in path's place at once: whoever reads sees the old or the new one,
 * whole, and a failure leaves the old one. On disk when it returns. */
int file_replace(const char *path, const char *data, size_t len, struct err *err);

#endif
