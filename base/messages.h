/* messages.h - what the base layer says to people; see err.h for the form. */
#ifndef HN_BASE_MESSAGES_H
#define HN_BASE_MESSAGES_H

#define MSG_PROGRESS_RATE "progress_rate", "%.0f 条/秒,剩余 %s", "%.0f/s, %s left", "", ""
#define MSG_FILE_OPEN                                                                              \
    "file_open", "无法打开文件 %s:%s", "cannot open %s: %s", "请检查路径和读取权限",               \
        "check the path and the permission to read it"
#define MSG_FILE_READ "file_read", "读取文件 %s 失败:%s", "reading %s failed: %s", "", ""
#define MSG_FILE_DIRECTORY                                                                         \
    "file_directory", "%s 是目录,不是文件", "%s is a directory, not a file",                       \
        "请给出目录中的某个文件", "name a file inside it"
#define MSG_FILE_TOO_LARGE                                                                         \
    "file_too_large", "文件 %s 超过 %zu MB 的上限", "%s exceeds the limit of %zu MB",              \
        "请把文件拆分后再试", "split the file and try again"
#define MSG_FILE_REPLACE                                                                           \
    "file_replace", "无法写入文件 %s:%s", "cannot write the file %s: %s",                          \
        "请检查目录、权限和磁盘空间",                                                              \
        "check the folder, its permissions and the space on the disk"

#endif
