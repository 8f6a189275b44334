/* messages.h - what this folder says to people: code, Chinese, English, hints (base/err.h). */
#ifndef HN_MATCHER_MESSAGES_H
#define HN_MATCHER_MESSAGES_H

/* What would lift a level (improve.c). */

#define MSG_IMPROVE_ABSENT                                                                         \
    "improve_absent", "该需求或能力尚未进入匹配库",                                                \
        "the need or the capability is not matched yet", "稍后再试", "try again in a moment"
#define MSG_IMPROVE_OWN                                                                            \
    "improve_own", "需求与能力同属一家单位，不参与匹配",                                           \
        "need and capability are of one house and are not matched", "请选另一家单位的能力",        \
        "choose another organisation's capability"

/* Tables of graded pairs (graded.c), sorted by code. */

#define MSG_PAIRS_COLUMNS                                                                          \
    "pairs_columns", "%s 第 %zu 行应有三列：需求编号、能力（或单位）编号、评分，以制表符分隔",     \
        "%s, line %zu: there should be three columns, need, capability (or organisation) and "     \
        "grade, with tabs between",                                                                \
        "例如 need-001、cap-014、3", "such as need-001, cap-014, 3"
#define MSG_PAIRS_GRADE                                                                            \
    "pairs_grade", "%s 第 %zu 行：评分不能是“%s”", "%s, line %zu: the grade cannot be \"%s\"",     \
        "评分是 0 到 4 之间的数", "a grade is a number from 0 to 4"
#define MSG_PAIRS_HEAD                                                                             \
    "pairs_head", "%s 第 %zu 行应是列名：need、capability、grade，以制表符分隔",                   \
        "%s, line %zu: there should be the names of the columns, need, capability, grade, with "   \
        "tabs between",                                                                            \
        "首行写列名，之后每行一对", "the first line names the columns, then each line is a pair"
#define MSG_PAIRS_MANY                                                                             \
    "pairs_many", "评分对超过 %zu 条", "there are more than %zu graded pairs", "请减少文件",       \
        "give fewer files"
#define MSG_PAIRS_SEVERAL                                                                          \
    "pairs_several", "%s 第 %zu 行：编号“%s”在多个来源中出现",                                     \
        "%s, line %zu: records of several sources have the id \"%s\"", "请写成 来源:编号",         \
        "write SOURCE:ID"

/* What is asked of a proposal (propose.c), sorted by code. */

#define MSG_PROPOSE_LOCK_BAN                                                                       \
    "propose_lock_ban", "单位“%s”既被锁定又被排除", "organisation %s is both locked and banned",   \
        "二者只能选其一", "choose one of the two"
#define MSG_PROPOSE_MEMBERS                                                                        \
    "propose_members", "成员上限 %zu 过大，最多 %zu 家",                                           \
        "%zu members are too many, %zu is the most", "请调低成员上限", "ask for fewer members"
#define MSG_PROPOSE_ORG                                                                            \
    "propose_org", "匹配库中没有单位“%s”", "no organisation %s is matched", "请核对单位编号",      \
        "check the organisation's id"
#define MSG_PROPOSE_SUBTOPICS                                                                      \
    "propose_subtopics", "课题有 %zu 个，应为 1 至 %zu 个",                                        \
        "there are %zu subtopics, from 1 to %zu are allowed", "请合并或增加课题",                  \
        "merge subtopics, or add one"
#define MSG_PROPOSE_TITLE                                                                          \
    "propose_title", "第 %zu 个课题没有标题", "subtopic %zu has no title", "请填写标题",           \
        "give it a title"
#define MSG_PROPOSE_TWICE                                                                          \
    "propose_twice", "课题编号“%s”重复", "two subtopics have the id %s", "课题编号不能相同",       \
        "give each its own id"
#define MSG_PROPOSE_WEIGHT                                                                         \
    "propose_weight", "第 %zu 个课题的权重应大于 0", "the weight of subtopic %zu is not above 0",  \
        "权重是正数，如 1", "a weight is a positive number such as 1"

/* Files of rankings (replay.c). */

#define MSG_RANKING_FORMAT                                                                         \
    "ranking_format", "%s 第 %zu 行不是 hongniang replay --save 写出的排序",                       \
        "%s, line %zu is not of a ranking that `hongniang replay --save` wrote",                   \
        "请用同一版本重新保存", "save it again"

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
