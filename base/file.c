#include "base/base.h"

#include "base/file.h"
#include "base/messages.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int file_read(const char *path, size_t max_bytes, struct str *out, struct err *err)
{
    int rc = -1;
    str_clear(out);
    bool standard = strcmp(path, "-") == 0;
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return err_set(err, ERR_INVALID, MSG_FILE_OPEN, path, strerror(errno));

    struct stat st;
    if (fstat(fd, &st) != 0) {
        err_set(err, ERR_IO, MSG_FILE_READ, path, strerror(errno));
        goto out;
    }
    if (S_ISDIR(st.st_mode)) {
        err_set(err, ERR_INVALID, MSG_FILE_DIRECTORY, path);
        goto out;
    }
    if (S_ISREG(st.st_mode) && (size_t)st.st_size <= max_bytes)
        str_reserve(out, (size_t)st.st_size);
    for (;;) {
        str_reserve(out, 64 * 1024);
        ssize_t n = read(fd, out->data + out->len, out->cap - out->len - 1);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) {
            err_set(err, ERR_IO, MSG_FILE_READ, path, strerror(errno));
            goto out;
        }
        if (n == 0) break;
        out->len += (size_t)n;
        if (out->len > max_bytes) {
            err_set(err, ERR_TOO_LARGE, MSG_FILE_TOO_LARGE, path, max_bytes >> 20);
            goto out;
        }
    }
    out->data[out->len] = '\0';
    rc = 0;
out:
    if (!standard) close(fd);
    return rc;
}

static int write_all(int fd, const char *data, size_t len)
{
    while (len) {
        ssize_t n = write(fd, data, len);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return -1;
        data += n;
        len -= (size_t)n;
    }
    return fsync(fd);
}

int file_replace(const char *path, const char *data, size_t len, struct err *err)
{
    struct str beside;
    str_init(&beside);
    str_addf(&beside, "%s.%ld.tmp", path, (long)getpid());
    int fd = open(beside.data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    int rc = fd < 0 ? -1 : write_all(fd, data, len);
    if (fd >= 0 && close(fd) != 0) rc = -1;
    if (rc == 0) rc = rename(beside.data, path);
    if (rc) {
        err_set(err, ERR_IO, MSG_FILE_REPLACE, path, strerror(errno));
        if (fd >= 0) unlink(beside.data);
    }
    str_free(&beside);
    return rc;
}
