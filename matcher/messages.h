/* messages.h - what this folder says to people: code, Chinese, English, hints (base/err.h). */
#ifndef HN_MATCHER_MESSAGES_H
#define HN_MATCHER_MESSAGES_H

/* Files of weights (weights.c), sorted by code. */

#define MSG_WEIGHTS_COLUMNS                                                                        \
    "weights_columns",                                                                             \
        "权重文件 %s 第 %zu 行应是 feature、weight、mean、scale 四列，以制表符分隔",               \
        "the weights %s, line %zu: there should be feature, weight, mean, scale with tabs "        \
        "between",                                                                                 \
        "权重文件由 hongniang learn 写出", "`hongniang learn` writes files of weights"
#define MSG_WEIGHTS_FEATURE                                                                        \
    "weights_feature", "权重文件 %s 第 %zu 行：没有特征“%s”",                                      \
        "the weights %s, line %zu: there is no feature \"%s\"",                                    \
        "权重来自另一版本的程序：请重新学习，或删除该文件改用内置权重",                            \
        "they come from another version of the program: learn anew, or delete the file to use "    \
        "the built-in weights"
#define MSG_WEIGHTS_MISSING                                                                        \
    "weights_missing", "权重文件 %s 缺少特征“%s”", "the weights %s lack the feature \"%s\"",       \
        "权重来自另一版本的程序：请重新学习，或删除该文件改用内置权重",                            \
        "they come from another version of the program: learn anew, or delete the file to use "    \
        "the built-in weights"
#define MSG_WEIGHTS_NUMBER                                                                         \
    "weights_number", "权重文件 %s 第 %zu 行：%s 不能是“%s”",                                      \
        "the weights %s, line %zu: %s cannot be \"%s\"", "weight 应不小于 0，scale 应大于 0",      \
        "weight should be 0 or more, scale more than 0"
#define MSG_WEIGHTS_TWICE                                                                          \
    "weights_twice", "权重文件 %s 第 %zu 行：特征“%s”已经出现过",                                  \
        "the weights %s, line %zu: the feature \"%s\" stood there before", "删除其中一行",         \
        "delete one of the lines"

#endif
