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
        "field %zu exceeds the limit of %zu KiB", "可能漏了一个引号", "a quote may be missing"
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
#define MSG_JSONL_DEPTH "jsonl_depth", "嵌套超过 %d 层", "nested deeper than %d levels", "", ""
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
        "line %zu is in an unknown encoding: neither UTF-8 nor GB18030", "请把文件另存为 UTF-8",   \
        "save the file as UTF-8"
#define MSG_ENCODING_UTF16                                                                         \
    "encoding_utf16", "UTF-16 文本有误，第 %zu 行附近",                                            \
        "the UTF-16 text is damaged near line %zu", "请把文件另存为 UTF-8",                        \
        "save the file as UTF-8"
#define MSG_ENCODING_BINARY                                                                        \
    "encoding_binary", "是二进制文件，不是文本", "a binary file, not text",                        \
        "请导出为 CSV 或 JSONL", "export it as CSV or JSONL"
#define MSG_ENCODING_WORKBOOK                                                                      \
    "encoding_workbook", "是工作簿或压缩包，不是文本", "a workbook or an archive, not text",       \
        "请在 Excel 或 WPS 中另存为“CSV UTF-8”后再导入",                                           \
        "save it as \"CSV UTF-8\" in Excel or WPS, then import that"

/* ---- records: record.h, record_json.h ---- */
#define MSG_RECORD_CHALLENGE                                                                       \
    "record_challenge", "联合体方案须针对一条需求（need_id）或一条攻关清单条目（bottleneck_id）",  \
        "a proposal is for one need (need_id) or one bottleneck item (bottleneck_id)",             \
        "两者写明一个，不能都写", "name one of the two"
#define MSG_RECORD_BAD_UTF8                                                                        \
    "record_bad_utf8", "字段 %s 不是合法的 UTF-8", "field %s is not valid UTF-8", "", ""
#define MSG_RECORD_CODE                                                                            \
    "record_code", "字段 %s 的值“%s”不在可选值之内：%s", "field %s: \"%s\" is not one of %s", "", ""
#define MSG_RECORD_CREDIT_CODE                                                                     \
    "record_credit_code", "统一社会信用代码“%s”不正确",                                            \
        "\"%s\" is not a unified social credit code",                                              \
        "应为 18 位数字和大写字母（不含 I、O、S、V、Z），请核对",                                  \
        "it has 18 digits and capital letters (no I, O, S, V, Z); check it"
#define MSG_RECORD_CREDIT_CODE_DOUBTFUL                                                            \
    "record_credit_code_doubtful", "统一社会信用代码 %s 的末位校验不符（早期试点代码或笔误）",     \
        "the check character of credit code %s does not fit (an early pilot code, or a slip)", "", \
        ""
#define MSG_RECORD_DATE                                                                            \
    "record_date", "字段 %s 的值“%s”不是日期", "field %s: \"%s\" is not a date",                   \
        "日期写作 2027-06-30、2027-06 或 2027", "write a date as 2027-06-30, 2027-06 or 2027"
#define MSG_RECORD_FIELD_KIND                                                                      \
    "record_field_kind", "%s 记录没有字段 %s", "a record of kind %s has no field %s", "", ""
#define MSG_RECORD_JSON                                                                            \
    "record_json", "变更记录中 %s 的内容无法解析",                                                 \
        "the content of a %s in the change log is damaged", "", ""
#define MSG_RECORD_KIND_OTHER                                                                      \
    "record_kind_other", "字段 %s 的值“%s”无法识别，按“其他”处理",                                 \
        "field %s: \"%s\" is unknown and was taken as \"other\"", "", ""
#define MSG_RECORD_MISSING "record_missing", "缺少必填字段 %s", "the field %s is required", "", ""
#define MSG_RECORD_NO_VALUE                                                                        \
    "record_no_value", "字段 %s 的值“%s”按未填写处理", "field %s: \"%s\" was taken as no value",   \
        "", ""
#define MSG_RECORD_NO_JSON                                                                         \
    "record_no_json", "字段 %s 不是一个 JSON 对象", "field %s is not one JSON object", "", ""
#define MSG_RECORD_NUL "record_nul", "字段 %s 含有 NUL 字节", "field %s holds a NUL byte", "", ""
#define MSG_RECORD_NUMBER                                                                          \
    "record_number", "字段 %s 的值“%s”不是数字", "field %s: \"%s\" is not a number", "", ""
#define MSG_RECORD_PARTLY                                                                          \
    "record_partly", "字段 %s 的值“%s”只读出 %s", "field %s: of \"%s\" only %s was understood",    \
        "", ""
#define MSG_RECORD_RANGE                                                                           \
    "record_range", "字段 %s 的值“%s”超出范围，应为 %s", "field %s: \"%s\" is out of range, %s",   \
        "", ""
#define MSG_RECORD_REASON                                                                          \
    "record_reason", "对接状态为 %s 时不应有未成原因（reason）",                                   \
        "an introduction in state %s has no reason for failing",                                   \
        "只有 failed 和 expired 可以有原因", "only failed and expired have a reason"
#define MSG_RECORD_TOO_LONG                                                                        \
    "record_too_long", "字段 %s 长 %zu 字节，超过 %d KiB 的上限",                                  \
        "field %s has %zu bytes, over the limit of %d KiB", "", ""

/* ---- the database: store.h ---- */
#define MSG_STORE_ABSENT                                                                           \
    "store_absent", "%s 中没有数据库", "there is no database in %s",                               \
        "请检查 --data，或先导入数据", "check --data, or import something first"
#define MSG_STORE_BUSY                                                                             \
    "store_busy", "数据库 %s 正被其他进程写入", "another process is writing to the database %s",   \
        "请稍后再试", "try again later"
#define MSG_STORE_CHANGED                                                                          \
    "store_changed", "“%s”已被改动：现为第 %lld 版，而不是第 %lld 版",                             \
        "\"%s\" was changed meanwhile: it is at revision %lld, not %lld", "请取最新版本后再改",    \
        "read the newest revision and edit that"
#define MSG_STORE_CORRUPT                                                                          \
    "store_corrupt", "数据库 %s 已损坏：%s", "the database %s is damaged: %s",                     \
        "请停止使用并从备份恢复；原文件请保留",                                                    \
        "stop using it and restore a backup; keep the file"
#define MSG_STORE_DATABASE                                                                         \
    "store_database", "数据库 %s 出错：%s", "database error in %s: %s", "", ""
#define MSG_STORE_DIRECTORY                                                                        \
    "store_directory", "无法创建数据目录 %s：%s", "cannot create the data directory %s: %s",       \
        "请检查路径和写入权限", "check the path and the permission to write"
#define MSG_STORE_FOREIGN                                                                          \
    "store_foreign", "%s 不是科技红娘的数据库", "%s is not a database of hongniang",               \
        "请检查 --data", "check --data"
#define MSG_STORE_FULL                                                                             \
    "store_full", "磁盘空间不足，数据库 %s 没有写入",                                              \
        "the disk is full: nothing was written to %s", "请腾出空间后重试；已保存的数据没有损失",   \
        "make room and try again; what was saved is safe"
#define MSG_STORE_IO                                                                               \
    "store_io", "读写数据库 %s 失败：%s", "reading or writing the database %s failed: %s",         \
        "请检查磁盘和权限", "check the disk and the permissions"
#define MSG_STORE_LOST                                                                             \
    "store_lost", "数据库 %s 已自行撤销本次写入",                                                  \
        "the database %s has undone this write by itself",                                         \
        "通常是磁盘已满；请处理后重做，已保存的数据没有损失",                                      \
        "usually the disk is full; see to it and repeat, what was saved is safe"
#define MSG_STORE_NEWER                                                                            \
    "store_newer", "数据库 %s 的结构版本 %d 比本程序支持的 %d 新",                                 \
        "the database %s has schema version %d, newer than %d of this program",                    \
        "请使用更新的程序", "use a newer program"
#define MSG_STORE_NO_BOTTLENECK                                                                    \
    "store_no_bottleneck", "没有攻关清单条目“%s”", "there is no bottleneck item \"%s\"", "", ""
#define MSG_STORE_NO_CAPABILITY                                                                    \
    "store_no_capability", "没有能力“%s”", "there is no capability \"%s\"", "", ""
#define MSG_STORE_NO_CONSORTIUM                                                                    \
    "store_no_consortium", "没有创新联合体“%s”", "there is no consortium \"%s\"", "", ""
#define MSG_STORE_NO_PROPOSAL                                                                      \
    "store_no_proposal", "没有联合体方案“%s”", "there is no proposal \"%s\"", "", ""
#define MSG_STORE_MEMBERS                                                                          \
    "store_members", "创新联合体须写明至少一家成员单位（org_id 或 org_name）",                     \
        "a consortium names at least one member (org_id or org_name)", "牵头单位写在最前",         \
        "who leads comes first"
#define MSG_STORE_NO_INTRODUCTION                                                                  \
    "store_no_introduction", "没有对接记录“%s”", "there is no introduction \"%s\"", "", ""
#define MSG_STORE_NO_NEED "store_no_need", "没有需求“%s”", "there is no need \"%s\"", "", ""
#define MSG_STORE_NO_ORG  "store_no_org", "没有单位“%s”", "there is no organisation \"%s\"", "", ""
#define MSG_STORE_OLDER                                                                            \
    "store_older", "数据库 %s 的结构版本 %d 低于本程序的 %d",                                      \
        "the database %s has schema version %d, older than %d of this program",                    \
        "用可写方式打开一次（如 import 或 serve）即可升级",                                        \
        "any command that writes, such as import or serve, upgrades it"
#define MSG_STORE_OPEN                                                                             \
    "store_open", "无法打开数据库 %s：%s", "cannot open the database %s: %s", "请检查路径和权限",  \
        "check the path and the permissions"
#define MSG_STORE_OWNER                                                                            \
    "store_owner", "所属单位“%s”不存在", "the owning organisation \"%s\" does not exist",          \
        "请先导入单位", "import the organisations first"
#define MSG_STORE_REFERENCE                                                                        \
    "store_reference", "%s 指向的“%s”不存在", "%s names \"%s\", which does not exist",             \
        "请先导入所指的记录（如需求、能力、清单条目）",                                            \
        "import what it names (needs, capabilities, bottleneck items) first"
#define MSG_STORE_SUPPLIER                                                                         \
    "store_supplier", "对接记录须写明能力（capability_id）或单位（org_id、org_name）",             \
        "an introduction names a capability (capability_id) or an organisation (org_id, "          \
        "org_name)",                                                                               \
        "", ""
#define MSG_STORE_READ_ONLY                                                                        \
    "store_read_only", "数据库 %s 是只读的", "the database %s is read-only", "", ""
#define MSG_STORE_TAKEN                                                                            \
    "store_taken", "编号“%s”已被来源 %s 的记录 %s 使用",                                           \
        "the identifier \"%s\" belongs to the record of source %s with id %s",                     \
        "请换一个编号，或用 --source 区分来源",                                                    \
        "choose another id, or tell sources apart by --source"
#define MSG_IMPORT_ONE_MEMBER                                                                      \
    "import_one_member", "只写明一家成员单位：照样导入，但不计入合作历史",                         \
        "names one member only: imported, but nobody counts as having worked with it", "", ""
#define MSG_IMPORT_PROGRESS "import_progress", "导入 %s", "importing %s", "", ""
#define MSG_IMPORT_AT_FILE  "import_at_file", "%s：%s", "%s: %s", "", ""
#define MSG_IMPORT_AT_LINE  "import_at_line", "%s 第 %zu 行：%s", "%s, line %zu: %s", "", ""
#define MSG_IMPORT_AT_FIELD                                                                        \
    "import_at_field", "%s 第 %zu 行，字段 %s：%s", "%s, line %zu, field %s: %s", "", ""
#define MSG_IMPORT_NOTHING_STORED                                                                  \
    "import_nothing_stored", "%s（共 %zu 行被拒，整个文件没有导入）",                              \
        "%s (%zu rows rejected, nothing of the file was stored)",                                  \
        "--keep-going 导入其余各行，--report 列出每一处错误",                                      \
        "--keep-going stores the other rows, --report lists every error"
#define MSG_IMPORT_EMPTY "import_empty", "文件是空的：%s", "the file is empty: %s", "", ""
#define MSG_IMPORT_SOURCE                                                                          \
    "import_source", "来源名称不合法：%s", "not a source name: %s",                                \
        "来源名称由 1 到 64 个字母、数字、点、下划线和连字符组成",                                 \
        "a source name is 1 to 64 letters, digits, dots, underscores and hyphens"
#define MSG_IMPORT_MAP_FIELD                                                                       \
    "import_map_field", "--map：没有字段 %s；可用的字段：%s",                                      \
        "--map: there is no field %s; the fields are: %s", "写法是 --map 字段=列名",               \
        "write it as --map FIELD=COLUMN"
#define MSG_IMPORT_MAP_TWICE                                                                       \
    "import_map_twice", "--map：字段 %s 给了两次", "--map: field %s is given twice", "", ""
#define MSG_IMPORT_MAP_COLUMN                                                                      \
    "import_map_column", "--map：文件中没有列 %s；文件中的列：%s",                                 \
        "--map: the file has no column %s; its columns are: %s", "写法是 --map 字段=列名",         \
        "write it as --map FIELD=COLUMN"
#define MSG_IMPORT_MISSING_COLUMN                                                                  \
    "import_missing_column", "缺少必需的列 %s；文件中的列：%s",                                    \
        "the required column %s is missing; the file's columns are: %s",                           \
        "第一行应是列名；用 --map 字段=列名 指明哪一列是它",                                       \
        "the first line holds the column names; --map FIELD=COLUMN tells which one it is"
#define MSG_IMPORT_MISSING_VALUE "import_missing_value", "%s 为空", "%s is empty", "", ""
#define MSG_IMPORT_TOO_MANY_COLUMNS                                                                \
    "import_too_many_columns", "整个文件的字段名超过 %d 个的上限",                                 \
        "more than the limit of %d different field names in the file", "", ""
#define MSG_IMPORT_TOO_MANY_CELLS                                                                  \
    "import_too_many_cells", "有 %zu 个字段，而表头只有 %zu 列",                                   \
        "%zu fields where the header has %zu columns", "含逗号的内容要用双引号括起来",             \
        "put text with commas in double quotes"
#define MSG_IMPORT_FEW_CELLS                                                                       \
    "import_few_cells", "只有 %zu 个字段，而表头有 %zu 列；缺的按空白处理",                        \
        "only %zu fields where the header has %zu columns; the rest are taken as blank", "", ""
#define MSG_IMPORT_TITLE_LINE                                                                      \
    "import_title_line", "跳过表头之前的标题行：%s", "skipped a title line before the header: %s", \
        "", ""
#define MSG_IMPORT_NESTED                                                                          \
    "import_nested", "应是文字、数字或它们的列表，而不是嵌套的对象",                               \
        "should be text, a number or a list of them, not a nested object", "", ""
#define MSG_IMPORT_EXTRA_TOO_LONG                                                                  \
    "import_extra_too_long", "未识别的列合计超过 %zu KiB 的上限",                                  \
        "the unrecognised columns together exceed the limit of %zu KiB", "", ""
#define MSG_IMPORT_ID_INVALID                                                                      \
    "import_id_invalid", "编号不合法（1 到 200 字节，不含控制字符）",                              \
        "not a valid id (1 to 200 bytes without control characters)", "", ""
#define MSG_IMPORT_ID_TWICE                                                                        \
    "import_id_twice", "编号 %s 在第 %zu 行和第 %zu 行各出现一次，内容不同",                       \
        "id %s occurs in line %zu and in line %zu with different content", "", ""
#define MSG_IMPORT_TITLE_TWICE                                                                     \
    "import_title_twice", "第 %zu 行和第 %zu 行名称与单位相同而内容不同：%s",                      \
        "lines %zu and %zu have the same name and organisation and different content: %s",         \
        "请加一列 id 来区分它们", "add a column id to tell them apart"
#define MSG_IMPORT_REPEATED "import_repeated", "与第 %zu 行相同", "the same as line %zu", "", ""
#define MSG_IMPORT_ID_TAKEN                                                                        \
    "import_id_taken", "编号 %s 已属于来源 %s 的记录", "id %s belongs to a record of source %s",   \
        "请换一个编号，或用 --source 指明来源",                                                    \
        "choose another id, or name the source with --source"
#define MSG_IMPORT_ORG_UNKNOWN                                                                     \
    "import_org_unknown", "没有编号为 %s 的单位", "there is no organisation with the id %s",       \
        "请先导入单位，或改用 org_name",                                                           \
        "import the organisations first, or give org_name instead"
#define MSG_IMPORT_ORG_AMBIGUOUS                                                                   \
    "import_org_ambiguous", "有不止一个单位叫“%s”：%s",                                            \
        "more than one organisation is called \"%s\": %s", "请用 org_id 指明是哪一个",             \
        "say which one with org_id"
#define MSG_IMPORT_ORG_SAME_NAME                                                                   \
    "import_org_same_name", "已有同名单位：%s", "there is an organisation of the same name: %s",   \
        "", ""
#define MSG_IMPORT_ORG_SURPLUS                                                                     \
    "import_org_surplus", "这类记录只属于一个单位，取第一个；其余 %zu 个留在附加信息中",           \
        "such a record belongs to one organisation, the first; the other %zu are kept as extra",   \
        "", ""
#define MSG_IMPORT_ORG_TOO_MANY                                                                    \
    "import_org_too_many", "超过 %d 个单位的上限", "more than the limit of %d organisations", "", ""
#define MSG_IMPORT_CONTACT_DROPPED                                                                 \
    "import_contact_dropped", "联系方式没有导入：该行没有单位",                                    \
        "the contact was not stored: the row has no organisation", "", ""
#define MSG_IMPORT_CONTACT_DIFFERS                                                                 \
    "import_contact_differs", "单位已有别的联系方式，保留原有的",                                  \
        "the organisation has another contact already, which stays", "", ""
#define MSG_IMPORT_CONTACT_SURPLUS                                                                 \
    "import_contact_surplus", "列 %s 是又一种联系方式，没有导入",                                  \
        "column %s holds another contact, which was not stored", "", ""
#define MSG_IMPORT_REPORT_WRITE                                                                    \
    "import_report_write", "无法写入报告 %s：%s", "cannot write the report %s: %s", "", ""

#endif
