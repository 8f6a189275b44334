/* temp_dir.h - what tests leave behind. */
#ifndef HN_TESTS_UNIT_TEMP_DIR_H
#define HN_TESTS_UNIT_TEMP_DIR_H

#include <dirent.h>
#include <unistd.h>

/* Removes a directory of files; does nothing where there is none. */
static inline void remove_dir(const char *dir)
{
    DIR *d = opendir(dir);
    for (struct dirent *e; d && (e = readdir(d));) unlinkat(dirfd(d), e->d_name, 0);
    if (d) closedir(d);
    rmdir(dir);
}

#endif
