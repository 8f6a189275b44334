/* file.h - whole files in memory. */
#ifndef HN_BASE_FILE_H
#define HN_BASE_FILE_H

#include "base/err.h"
#include "base/str.h"

/* Reads all of path ("-" is standard input) into out, which is emptied first. Directories, missing
 * and unreadable files and files over max_bytes are errors that name the path. */
int file_read(const char *path, size_t max_bytes, struct str *out, struct err *err);

#endif
