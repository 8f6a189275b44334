#include "base/base.h"

#include "base/map.h"
#include "base/str.h"
#include "index/sections.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

uint64_t sections_sum(const void *header, size_t header_size, const struct section *s, size_t n)
{
    uint64_t sum = hash_long(0, header, header_size);
    for (size_t i = 0; i < n; i++) sum = hash_long(sum, s[i].at, s[i].size);
    return sum;
}

static int write_all(int fd, const void *data, size_t len)
{
    for (const char *p = data; len;) {
        ssize_t n = write(fd, p, MIN(len, (size_t)1 << 30));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return -1;
        p += n;
        len -= (size_t)n;
    }
    return 0;
}

int sections_write(const char *path, const void *header, size_t header_size,
                   const struct section *s, size_t n)
{
    struct str other;
    str_init(&other);
    str_addf(&other, "%s.%ld", path, (long)getpid());
    int fd = open(other.data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    int rc = fd < 0 ? -1 : write_all(fd, header, header_size);
    for (size_t i = 0; rc == 0 && i < n; i++) rc = write_all(fd, s[i].at, s[i].size);
    if (fd >= 0 && close(fd) != 0) rc = -1;
    if (rc == 0) rc = rename(other.data, path);
    if (rc != 0) {
        int why = errno;
        unlink(other.data);
        errno = why;
    }
    str_free(&other);
    return rc;
}

void *sections_map(const char *path, size_t *size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return NULL;
    struct stat st = {0};
    void *file = MAP_FAILED;
    if (fstat(fd, &st) == 0 && st.st_size > 0)
        file = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
    int why = st.st_size > 0 ? errno : 0;
    close(fd);
    *size = (size_t)st.st_size;
    if (file != MAP_FAILED) return file;
    errno = why;
    return NULL;
}

bool sections_place(const void *file, size_t size, size_t header_size, struct section *s, size_t n)
{
    uint64_t at = header_size;
    for (size_t i = 0; i < n; i++) {
        s[i].at = (const uint8_t *)file + at;
        at += s[i].size;
    }
    return at == size;
}
