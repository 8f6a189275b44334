/* messages.h - what the corpus layer says to people; see base/err.h for the form. */
#ifndef HN_CORPUS_MESSAGES_H
#define HN_CORPUS_MESSAGES_H

/* ---- files of rows: csv.h, jsonl.h, encoding.h, import.h ---- */
#define MSG_CSV_UNCLOSED_QUOTE                                                                     \
    "csv_unclosed_quote", "第 %zu 行打开的引号到文件末尾也没有关闭",                               \
        "the quote opened in line %zu is never closed",                                            \
        "请在该字段末尾补上双引号；字段内的双引号要连写两个",                                      \
        "close the field with a double quote; write a quote inside a field twice"
#define MSG_CSV_AFTER_QUOTE                                                                        \
    "csv_after_quote", "第 %zu 行：关闭的引号之后还有文字：%s",                                    \
        "line %zu: text after a closing quote: %s", "字段内的双引号要连写两个",                    \
        "write a quote inside a field twice"
#define MSG_CSV_FIELD_TOO_LONG                                                                     \
    "csv_field_too_long", "第 %zu 个字段超过 %zu KiB 的上限",                                      \
        "field %zu exceeds the limit of %zu KiB", "可能漏了一个引号",                              \
        "a quote may be missing"
#define MSG_CSV_TOO_MANY_COLUMNS                                                                   \
    "csv_too_many_columns", "超过 %d 列的上限", "more than the limit of %d columns", "", ""
#define MSG_IMPORT_NUL                                                                             \
    "import_nul", "含有 NUL 字节，不是文本", "holds a NUL byte, so it is not text",                \
        "请把文件另存为 UTF-8 编码的文本", "save the file as text in UTF-8"
#define MSG_IMPORT_BAD_UTF8                                                                        \
    "import_bad_utf8", "不是合法的 UTF-8", "not valid UTF-8",                                      \
        "文件可能损坏，或混用了两种编码；请重新另存为 UTF-8",                                      \
        "the file may be damaged or mix two encodings; save it again as UTF-8"
#define MSG_JSONL_SYNTAX                                                                           \
    "jsonl_syntax", "不是合法的 JSON，错在第 %zu 个字节附近", "not valid JSON near byte %zu",      \
        "JSONL 的每一行是一个完整的 JSON 对象", "each line of JSONL is one whole JSON object"
#define MSG_JSONL_NOT_OBJECT                                                                       \
    "jsonl_not_object", "不是 JSON 对象", "not a JSON object",                                     \
        "JSONL 的每一行是一个 JSON 对象，例如 {\"id\": \"1\", \"title\": \"…\"}",                  \
        "each line of JSONL is one JSON object such as {\"id\": \"1\", \"title\": \"...\"}"
#define MSG_JSONL_DEPTH                                                                            \
    "jsonl_depth", "嵌套超过 %d 层", "nested deeper than %d levels", "", ""
#define MSG_JSONL_DUPLICATE_KEY                                                                    \
    "jsonl_duplicate_key", "字段“%s”在同一对象中出现两次",                                         \
        "the key \"%s\" occurs twice in one object", "", ""
#define MSG_JSONL_LINE_TOO_LONG                                                                    \
    "jsonl_line_too_long", "一行超过 %zu MB 的上限", "the line exceeds the limit of %zu MB", "", ""
#define MSG_JSONL_ARRAY_END                                                                        \
    "jsonl_array_end", "JSON 数组在第 %zu 行附近没有正确结束",                                     \
        "the JSON array does not end as it should near line %zu", "", ""
#define MSG_ENCODING_DAMAGED                                                                       \
    "encoding_damaged", "第 %zu 行不是合法的 UTF-8", "line %zu is not valid UTF-8",                \
        "文件可能损坏，或混用了两种编码；请重新另存为 UTF-8",                                      \
        "the file may be damaged or mix two encodings; save it again as UTF-8"
#define MSG_ENCODING_UNKNOWN                                                                       \
    "encoding_unknown", "第 %zu 行的编码无法识别：既不是 UTF-8，也不是 GB18030",                   \
        "line %zu is in an unknown encoding: neither UTF-8 nor GB18030",                           \
        "请把文件另存为 UTF-8", "save the file as UTF-8"
#define MSG_ENCODING_UTF16                                                                         \
    "encoding_utf16", "UTF-16 文本有误，第 %zu 行附近", "the UTF-16 text is damaged near line %zu",\
        "请把文件另存为 UTF-8", "save the file as UTF-8"
#define MSG_ENCODING_BINARY                                                                        \
    "encoding_binary", "是二进制文件，不是文本", "a binary file, not text",                        \
        "请导出为 CSV 或 JSONL", "export it as CSV or JSONL"
#define MSG_ENCODING_WORKBOOK                                                                      \
    "encoding_workbook", "是工作簿或压缩包，不是文本", "a workbook or an archive, not text",       \
        "请在 Excel 或 WPS 中另存为“CSV UTF-8”后再导入",                                           \
        "save it as \"CSV UTF-8\" in Excel or WPS, then import that"

#endif
