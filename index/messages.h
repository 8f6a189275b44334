/* messages.h - what this folder says to people: code, Chinese, English, hints (base/err.h). */
#ifndef HN_INDEX_MESSAGES_H
#define HN_INDEX_MESSAGES_H

/* The text encoder (embedder.c, e5_*.c), sorted by code. */

#define MSG_EMBED_TEXT_TOO_LONG                                                                    \
    "embed_text_too_long", "第 %zu 条文本超过 %zu MiB", "text %zu is longer than %zu MiB",         \
        "请把文本拆成若干条", "split it into several texts"

#define MSG_ISA_UNKNOWN                                                                            \
    "isa_unknown", "HONGNIANG_ISA 的值 %s 在此处理器上不可用；可用的有：%s",                       \
        "HONGNIANG_ISA is %s, which this processor does not run; it runs: %s",                     \
        "改用其中之一，或取消这个环境变量，由程序自行选择",                                        \
        "name one of these, or unset the variable and the program chooses"

#define MSG_MODEL_DAMAGED                                                                          \
    "model_damaged", "模型文件 %s 已损坏：%s", "the model file %s is damaged: %s",                 \
        "请重新获取模型文件", "fetch the model again"

#define MSG_MODEL_FORMAT                                                                           \
    "model_format", "%s 不是 e5 模型文件", "%s is not an e5 model file", "需要 e5-small-q4.bin",   \
        "it should be e5-small-q4.bin"

#define MSG_MODEL_MISSING                                                                          \
    "model_missing", "没有模型文件 %s", "there is no model file %s",                               \
        "运行 make model 获取模型，或用 --model 指定",                                             \
        "run make model to fetch it, or name it with --model"

#define MSG_MODEL_SHAPE                                                                            \
    "model_shape", "模型文件 %s 的结构（%s）不受支持",                                             \
        "the model file %s has a shape that is not supported (%s)", "需要 multilingual-e5-small",  \
        "it should be multilingual-e5-small"

#define MSG_MODEL_UNREADABLE                                                                       \
    "model_unreadable", "无法读取模型文件 %s：%s", "cannot read the model file %s: %s", "", ""

/* The index (indexer.c). */

#define MSG_INDEX_NO_THREAD                                                                        \
    "index_no_thread", "无法启动索引线程：%s", "cannot start a thread for the index: %s",          \
        "系统的线程数可能已到上限", "the system's limit of threads may be reached"

#endif
