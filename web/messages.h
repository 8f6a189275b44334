/* messages.h - what the command line and the server say to people; see base/err.h for the form. */
#ifndef HN_WEB_MESSAGES_H
#define HN_WEB_MESSAGES_H

/* ---- command line: usage --------------------------------------------------------------------- */

#define MSG_USAGE                                                                                     \
    "usage",                                                                                          \
        "科技红娘：为技术需求寻找能解决它的成果、专利、专家和单位。\n\n" \
        "用法：hongniang 命令 [选项]\n",                                                              \
        "hongniang finds the results, patents, experts and organisations that can meet a "            \
        "technology "                                                                                 \
        "need.\n\nUsage: hongniang COMMAND [OPTIONS]\n",                                              \
        "", ""
#define MSG_USAGE_END                                                                              \
    "usage_end", "\nhongniang 命令 --help 说明一个命令；--lang zh|en 选择语言。",                  \
        "\n`hongniang COMMAND --help` explains a command; --lang zh|en chooses the language.", "", \
        ""
#define MSG_ABOUT_IMPORT                                                                           \
    "about_import", "导入单位、需求、能力、攻关清单、对接（CSV、JSONL）",                          \
        "import organisations, needs, capabilities, bottleneck items, introductions, consortia "   \
        "(CSV, JSONL)",                                                                            \
        "", ""
#define MSG_ABOUT_EXPORT "about_export", "导出记录", "export records", "", ""
#define MSG_ABOUT_MATCH                                                                            \
    "about_match", "为需求、能力、单位或一段文字寻找匹配",                                         \
        "match a need, a capability, an organisation or a text", "", ""
#define MSG_ABOUT_RANK                                                                             \
    "about_rank", "对临时语料排序，输出 TREC 结果（用于评测）",                                    \
        "rank a throw-away corpus, print a TREC run (to measure quality)", "", ""
#define MSG_ABOUT_EMBED                                                                            \
    "about_embed", "把每行文字变成一个向量", "turn each line of text into a vector", "", ""
#define MSG_ABOUT_SERVE   "about_serve", "启动网页和 API 服务", "serve the pages and the API", "", ""
#define MSG_ABOUT_VERSION "about_version", "显示版本", "print the version", "", ""

#define MSG_HELP_IMPORT                                                                                          \
    "help_import",                                                                                               \
        "用法：hongniang import --kind 种类 [选项] 文件…\n\n"                                         \
        "导入 CSV（UTF-8 或 GB18030）或 JSONL。一个文件要么全部导入，要么什么都不改；" \
        "同一文件导入两次不产生变化。\n\n"                                                         \
        "  --kind K           orgs | needs | capabilities | bottlenecks | introductions | "                      \
        "proposals | consortia（必填）\n"                                                                    \
        "  --data DIR         数据目录，默认 ./data\n"                                                    \
        "  --source NAME      来源名，编号在来源内唯一，默认 local\n"                             \
        "  --map FIELD=COLUMN 字段对应的列名，可重复\n"                                               \
        "  --dry-run          只检查，不写入\n"                                                           \
        "  --keep-going       导入正确的行，跳过有错的行（退出码 1）\n"                        \
        "  --report FILE      把错误和警告逐条写成 CSV\n",                                                       \
        "Usage: hongniang import --kind KIND [OPTIONS] FILE...\n\n"                                              \
        "Imports CSV (UTF-8 or GB18030) or JSONL: all of a file or nothing of it. Importing the "                \
        "same "                                                                                                  \
        "file twice changes nothing.\n\n"                                                                        \
        "  --kind K           orgs | needs | capabilities | bottlenecks | introductions | "                      \
        "proposals | consortia "                                                                                 \
        "(required)\n"                                                                                           \
        "  --data DIR         data directory, default ./data\n"                                                  \
        "  --source NAME      ids are unique within a source, default local\n"                                   \
        "  --map FIELD=COLUMN the column that holds a field; repeatable\n"                                       \
        "  --dry-run          check only, write nothing\n"                                                       \
        "  --keep-going       import the good rows, skip the bad ones (exit code 1)\n"                           \
        "  --report FILE      write every error and warning as CSV\n",                                           \
        "", ""
#define MSG_HELP_EXPORT                                                                                                                \
    "help_export",                                                                                                                     \
        "用法：hongniang export --kind 种类 [选项]\n\n"                                                                         \
        "按编号顺序输出一种记录，可以重新导入。输出包含联系方式和未公开内容，请妥善保管。\n\n" \
        "  --kind K       orgs | needs | capabilities | bottlenecks | introductions | proposals "                                      \
        "| consortia（必填）\n"                                                                                                    \
        "  --data DIR     数据目录，默认 ./data\n"                                                                              \
        "  --format F     json（数组，默认）| jsonl | csv | table\n",                                                                  \
        "Usage: hongniang export --kind KIND [OPTIONS]\n\n"                                                                            \
        "Prints all records of a kind in order of their ids; they can be imported again. "                                             \
        "Contacts and "                                                                                                                \
        "text that is not public are included: keep the output safe.\n\n"                                                              \
        "  --kind K       orgs | needs | capabilities | bottlenecks | introductions | proposals "                                      \
        "| consortia (required)\n"                                                                                                     \
        "  --data DIR     data directory, default ./data\n"                                                                            \
        "  --format F     json (an array, default) | jsonl | csv | table\n",                                                           \
        "", ""
#define MSG_HELP_MATCH                                                                                                 \
    "help_match",                                                                                                      \
        "用法：hongniang match (--need ID | --capability ID | --org ID | --bottleneck ID | --all "                  \
        "| "                                                                                                           \
        "--text 文字) [选项]\n\n"                                                                                  \
        "不需要启动服务。没有合适匹配也是结果，退出码为 0。\n\n"                               \
        "  --data DIR     数据目录，默认 ./data\n"                                                              \
        "  --target T     capabilities（需求的默认）| orgs | needs（能力和单位的默认）\n"             \
        "  --top K        最多 K 条，默认 10\n"                                                                  \
        "  --format F     json（默认；--all 为数组）| jsonl | csv | table\n"                                   \
        "  --output FILE  与 --all 一起：逐行写入 FILE（jsonl），中断后再次运行从断处接着写\n" \
        "  --model FILE   语义模型文件\n",                                                                             \
        "Usage: hongniang match (--need ID | --capability ID | --org ID | --bottleneck ID | "                          \
        "--all | "                                                                                                     \
        "--text TEXT) [OPTIONS]\n\n"                                                                                   \
        "Needs no server. That nothing fits is a result too: exit code 0.\n\n"                                         \
        "  --data DIR     data directory, default ./data\n"                                                            \
        "  --target T     capabilities (default for needs) | orgs | needs (default for "                               \
        "capabilities "                                                                                                \
        "and organisations)\n"                                                                                         \
        "  --top K        at most K, default 10\n"                                                                     \
        "  --format F     json (default; an array with --all) | jsonl | csv | table\n"                                 \
        "  --output FILE  with --all: write FILE line by line (jsonl); when broken off, the same "                     \
        "command goes on where it stopped\n"                                                                           \
        "  --model FILE   the embedding model\n",                                                                      \
        "", ""
#define MSG_HELP_RANK                                                                                                       \
    "help_rank",                                                                                                            \
        "用法：hongniang rank --queries Q.jsonl --corpus C.jsonl [选项] >结果\n\n"                                   \
        "用与产品相同的代码给临时语料排序，标准输出为 TREC 结果：qid Q0 docid rank score tag。\n" \
        "查询 {id,title?,text?}；语料 {id,title?,text?|title_words?|abstract?}。\n\n"                                 \
        "  --orgs FILE    给单位排序：{id,name,patents|papers|docs:[id]} 或\n"                                       \
        "                 {id,profile_papers:[{id,title,abstract}]}\n"                                                      \
        "  --judged FILE  只输出所列的查询—文档（或单位）对，一对不少\n"                             \
        "  --given FILE   已有成员，每行 qid 和单位 id；与 --orgs 一起，排列还可邀请哪些单位\n"    \
        "  --history FILE 以往合作 {id,orgs:[id 或名称],title?,date?}，与 --given 一起用\n"                     \
        "  --top K        每个查询最多 K 条，默认 100\n"                                                          \
        "  --levels FILE  写出每个查询的匹配等级\n"                                                              \
        "  --cache DIR    向量缓存，默认 $XDG_CACHE_HOME/hongniang\n"                                                \
        "  --model FILE   语义模型文件\n"                                                                             \
        "  --weights FILE 权重文件，默认用内置权重\n"                                                           \
        "  --threads N    线程数，默认为处理器数\n",                                                                        \
        "Usage: hongniang rank --queries Q.jsonl --corpus C.jsonl [OPTIONS] >RUN\n\n"                                       \
        "Ranks a throw-away corpus by the product's own code; prints a TREC run: qid Q0 docid "                             \
        "rank "                                                                                                             \
        "score tag.\nQueries {id,title?,text?}; corpus "                                                                    \
        "{id,title?,text?|title_words?|abstract?}.\n\n"                                                                     \
        "  --orgs FILE    rank organisations: {id,name,patents|papers|docs:[id]} or\n"                                      \
        "                 {id,profile_papers:[{id,title,abstract}]}\n"                                                      \
        "  --judged FILE  print every listed pair of query and document (or organisation), no "                             \
        "others\n"                                                                                                          \
        "  --given FILE   members there are already, a qid and an organisation's id on a line: "                            \
        "with\n"                                                                                                            \
        "                 --orgs, rank whom else to bring in\n"                                                             \
        "  --history FILE past collaborations {id,orgs:[ids or names],title?,date?}, with "                                 \
        "--given\n"                                                                                                         \
        "  --top K        at most K for each query, default 100\n"                                                          \
        "  --levels FILE  write each query's level\n"                                                                       \
        "  --cache DIR    where vectors are kept, default $XDG_CACHE_HOME/hongniang\n"                                      \
        "  --model FILE   the embedding model\n"                                                                            \
        "  --weights FILE a file of weights, default the built-in ones\n"                                                   \
        "  --threads N    default: the number of processors\n",                                                             \
        "", ""
#define MSG_HELP_EMBED                                                                                        \
    "help_embed",                                                                                             \
        "用法：hongniang embed --kind query|passage [选项] <文字 >向量\n\n"                          \
        "标准输入每行一段文字，标准输出每段一行小端 float32；空行也有一行。\n\n" \
        "  --kind K       query（需求一侧）| passage（能力一侧）（必填）\n"                   \
        "  --threads N    线程数，默认为处理器数\n"                                                \
        "  --model FILE   语义模型文件\n",                                                                    \
        "Usage: hongniang embed --kind query|passage [OPTIONS] <texts >vectors\n\n"                           \
        "One text a line in, one row of little-endian float32 each out; an empty line has a row "             \
        "too."                                                                                                \
        "\n\n"                                                                                                \
        "  --kind K       query (the side of needs) | passage (of capabilities) (required)\n"                 \
        "  --threads N    default: the number of processors\n"                                                \
        "  --model FILE   the embedding model\n",                                                             \
        "", ""
#define MSG_HELP_SERVE                                                                                                      \
    "help_serve",                                                                                                           \
        "用法：hongniang serve [选项]\n\n"                                                                             \
        "启动网页和 API。首次启动显示一次写入令牌和带令牌的网页链接；之后可用 --new-token " \
        "换新。Ctrl-C 停止。\n\n"                                                                                     \
        "  --data DIR        数据目录，默认 ./data\n"                                                                \
        "  --listen A:P      监听地址，默认 127.0.0.1:8080；目前只允许本机地址\n"                          \
        "  --ui DIR          从目录提供网页，而不是程序内置的网页\n"                                      \
        "  --model FILE      语义模型文件\n"                                                                          \
        "  --new-token       作废旧的写入令牌，生成新的\n",                                                                 \
        "Usage: hongniang serve [OPTIONS]\n\n"                                                                              \
        "Serves the pages and the API. The first start shows a writer token and a link to the "                             \
        "pages "                                                                                                            \
        "with it, once; --new-token makes "                                                                                 \
        "another. Ctrl-C stops.\n\n"                                                                                        \
        "  --data DIR        data directory, default ./data\n"                                                              \
        "  --listen A:P      default 127.0.0.1:8080; for now only addresses of this machine\n"                              \
        "  --ui DIR          serve the pages from a folder, not those in the program\n"                                     \
        "  --model FILE      the embedding model\n"                                                                         \
        "  --new-token       replace the writer token\n",                                                                   \
        "", ""
#define MSG_HELP_VERSION                                                                           \
    "help_version", "用法：hongniang version\n", "Usage: hongniang version\n", "", ""

#define MSG_USAGE_ARGUMENT                                                                         \
    "usage_argument", "多余的参数“%s”", "unexpected argument \"%s\"", "用 --help 查看用法",        \
        "see --help"
#define MSG_USAGE_COMMAND                                                                          \
    "usage_command", "没有命令“%s”", "there is no command \"%s\"",                                 \
        "用 hongniang --help 查看全部命令", "`hongniang --help` lists all commands"
#define MSG_USAGE_EMBED_KIND                                                                       \
    "usage_embed_kind", "需要 --kind query 或 --kind passage",                                     \
        "--kind query or --kind passage is needed", "需求一侧用 query，能力一侧用 passage",        \
        "query for the side of needs, passage for that of capabilities"
#define MSG_USAGE_FIELD                                                                            \
    "usage_field", "--map：字段“%s”不属于 %s", "--map: there is no field \"%s\" in %s",            \
        "字段名见 hongniang import 的文档", "field names are those of the export"
#define MSG_USAGE_FILE                                                                             \
    "usage_file", "没有给出要导入的文件", "no file to import",                                     \
        "把文件写在选项之后；- 表示标准输入", "name it behind the options; - is standard input"
#define MSG_USAGE_FLAG_VALUE                                                                       \
    "usage_flag_value", "选项 --%s 不带值", "the option --%s takes no value", "", ""
#define MSG_USAGE_FORMAT                                                                           \
    "usage_format", "没有格式“%s”", "there is no format \"%s\"", "可选 json、jsonl、csv、table",   \
        "choose json, jsonl, csv or table"
#define MSG_USAGE_KIND                                                                             \
    "usage_kind", "没有种类“%s”", "there is no kind \"%s\"",                                       \
        "可选 orgs、needs、capabilities、bottlenecks、introductions、proposals、consortia",        \
        "choose orgs, needs, capabilities, bottlenecks, introductions, proposals or consortia"
#define MSG_USAGE_LANG                                                                             \
    "usage_lang", "没有语言“%s”", "there is no language \"%s\"", "可选 zh、en", "choose zh or en"
#define MSG_USAGE_MAP                                                                              \
    "usage_map", "--map 的写法是 FIELD=COLUMN，不是“%s”",                                          \
        "--map is written FIELD=COLUMN, not \"%s\"", "例如 --map title=需求名称",                  \
        "such as --map title=Name"
#define MSG_USAGE_NUMBER                                                                           \
    "usage_number", "--%s 不接受“%s”：需要 %ld 到 %ld 之间的整数",                                 \
        "--%s cannot be \"%s\": a whole number from %ld to %ld is needed", "", ""
#define MSG_USAGE_OPTION                                                                           \
    "usage_option", "没有选项“%.*s”", "there is no option \"%.*s\"", "用 --help 查看全部选项",     \
        "--help lists all options"
#define MSG_USAGE_REQUIRED                                                                         \
    "usage_required", "缺少选项 --%s", "the option --%s is missing", "用 --help 查看用法",         \
        "see --help"
#define MSG_USAGE_SUBJECT                                                                          \
    "usage_subject",                                                                               \
        "请给出且只给出 --need、--capability、--org、--bottleneck、--all、--text 之一",            \
        "give exactly one of --need, --capability, --org, --bottleneck, --all, --text", "", ""
#define MSG_USAGE_TARGET                                                                           \
    "usage_target", "这里不能匹配 --target %s", "--target %s does not go with this",               \
        "需求和攻关条目匹配 capabilities 或 orgs，能力和单位匹配 needs",                           \
        "needs and bottleneck items match capabilities or orgs, capabilities and organisations "   \
        "needs"
#define MSG_USAGE_VALUE                                                                            \
    "usage_value", "选项 --%s 后面缺少值", "the option --%s needs a value", "", ""

/* ---- command line: results ------------------------------------------------------------------- */

#define MSG_AT_LINE   "at_line", "%s 第 %zu 行：%s", "%s, line %zu: %s", "", ""
#define MSG_EMBEDDING "embedding", "计算语义向量", "embedding", "", ""
#define MSG_FILE_WRITE                                                                             \
    "file_write", "无法写入 %s：%s", "cannot write %s: %s", "请检查目录、权限和磁盘空间",          \
        "check the folder, the permission and the space left"
#define MSG_OUTPUT_COMPLETE                                                                        \
    "output_complete", "%s 已经是完整的结果", "%s is a complete result already",                   \
        "请换一个文件名，或先把它移走", "name another file, or move it away first"
#define MSG_OUTPUT_CHANGED                                                                         \
    "output_changed", "%s 里的结果出自别的数据、权重、模型或选项，不能接着写",                     \
        "what is in %s is of other data, weights, model or options: it cannot be gone on with",    \
        "请换一个文件名，或先删除它", "name another file, or delete it first"
#define MSG_OPTION_GOES_WITH                                                                       \
    "option_goes_with", "%s 要与 %s 一起用", "%s needs %s beside it", "", ""
#define MSG_ID_AMBIGUOUS                                                                           \
    "id_ambiguous", "编号“%s”不止一条记录：%s、%s", "the id \"%s\" names several records: %s, %s", \
        "请写出来源，例如 sample:need-001", "name the source, such as sample:need-001"
#define MSG_IMPORT_DRY_RUN                                                                         \
    "import_dry_run", "以上是检查结果，什么都没有写入", "this was a check: nothing was written",   \
        "", ""
#define MSG_IMPORT_ORGS                                                                            \
    "import_orgs", "文件中出现的 %zu 个单位是新的，已建立档案",                                    \
        "%zu organisations named in the file are new and were added", "", ""
#define MSG_IMPORT_SUMMARY                                                                         \
    "import_summary", "%s：共 %zu 行，新增 %zu，更新 %zu，未变 %zu，拒绝 %zu，警告 %zu",           \
        "%s: %zu rows, %zu created, %zu updated, %zu unchanged, %zu rejected, %zu warnings", "",   \
        ""
#define MSG_LEXICAL_ONLY                                                                           \
    "lexical_only", "没有语义模型：只按词语匹配，不按意思匹配",                                    \
        "no embedding model: matching goes by words, not by meaning", "", ""
#define MSG_MATCHING "matching", "匹配", "matching", "", ""
#define MSG_ABOUT_COVERAGE                                                                         \
    "about_coverage", "攻关清单覆盖图：哪些条目没有人、只有一家、有多家能做",                      \
        "coverage map: which bottleneck items have nobody, one or several to answer them", "", ""
#define MSG_HELP_COVERAGE                                                                                                             \
    "help_coverage",                                                                                                                  \
        "用法：hongniang coverage [选项]\n\n"                                                                                    \
        "攻关清单逐条与全部能力比对：较好或强的匹配来自几家单位，就有几个来源；没有为空白，" \
        "一家为单点，两家以上为多源。弱匹配只列为待核实。\n\n"                                                \
        "  --data DIR     数据目录，默认 ./data\n"                                                                             \
        "  --chain C      只看一条产业链；- 表示没有填产业链的条目\n"                                              \
        "  --at DATE      某日（2026-11-24）或某月（2026-11）结束时的情况；"                                          \
        "能力有无按变更日志，匹配程度按今天判断\n"                                                                 \
        "  --format F     json（默认）| jsonl | csv | table（后三种每条目一行）\n"                                      \
        "  --model FILE   语义模型文件\n",                                                                                            \
        "Usage: hongniang coverage [OPTIONS]\n\n"                                                                                     \
        "Matches each bottleneck item with all capabilities: as many sources as organisations "                                       \
        "with a good or strong match. None is a gap, one single, more multiple; weak matches "                                        \
        "are only listed to be verified.\n\n"                                                                                         \
        "  --data DIR     data directory, default ./data\n"                                                                           \
        "  --chain C      one industry chain; - for the items without one\n"                                                          \
        "  --at DATE      at the end of a day (2026-11-24) or month (2026-11): what was there by "                                    \
        "the change log, how well it matches by today's judgement\n"                                                                  \
        "  --format F     json (default) | jsonl | csv | table (the last three: a line an item)\n"                                    \
        "  --model FILE   the embedding model\n",                                                                                     \
        "", ""
#define MSG_COVERAGE_DAY                                                                           \
    "coverage_day", "at 不是日期：%s", "at is no date: %s", "写成 2026-11-24 或 2026-11",          \
        "write 2026-11-24 or 2026-11"
#define MSG_COVERAGE_SUM                                                                           \
    "coverage_sum", "%zu 条：空白 %zu，单点 %zu，多源 %zu",                                        \
        "%zu items: %zu gaps, %zu single, %zu multiple", "", ""
#define MSG_COVERAGE_TODAY                                                                         \
    "coverage_today", "当时有哪些能力按变更日志，匹配程度按今天判断。",                            \
        "What was there then is known from the change log; how well it matches is judged today.",  \
        "", ""
#define MSG_COVERAGE_UNJUDGED                                                                      \
    "coverage_unjudged", "另有 %zu 条更早删除的记录未参与判断。",                                  \
        "%zu records deleted earlier were not judged.", "", ""
#define MSG_COVERAGE_BUSY                                                                          \
    "coverage_busy", "覆盖图正在计算", "the coverage map is being made", "请稍后再试",             \
        "try again in a moment"
#define MSG_NO_MATCH "no_match", "本库暂无合适匹配", "nothing in this collection fits", "", ""
#define MSG_RANDOM   "random", "系统不提供随机数", "the system provides no random numbers", "", ""
#define MSG_RANK_ID                                                                                \
    "rank_id", "缺少 id，或 id 含有空白", "the id is missing or holds white space", "", ""
#define MSG_RANK_TWICE "rank_twice", "编号“%s”出现两次", "the id \"%s\" occurs twice", "", ""
#define MSG_RANK_UNKNOWN_DOCS                                                                      \
    "rank_unknown_docs", "%s：有 %zu 个文档编号不在语料中，已忽略",                                \
        "%s: %zu ids of documents that the corpus does not hold were ignored", "", ""
#define MSG_RANK_UNKNOWN_PAIRS                                                                     \
    "rank_unknown_pairs", "--judged：有 %zu 对的查询或文档不存在，没有输出",                       \
        "--judged: %zu pairs name a query or document that is not there, and were not printed",    \
        "", ""
#define MSG_RANK_UNKNOWN_ORGS                                                                      \
    "rank_unknown_orgs", "%s：有 %zu 处单位不在 --orgs 中，已忽略",                                \
        "%s: %zu mentions of organisations that --orgs does not hold were ignored", "", ""
#define MSG_RANK_UNKNOWN_GIVEN                                                                     \
    "rank_unknown_given", "--given：有 %zu 对的查询或单位不存在，已忽略",                          \
        "--given: %zu pairs name a query or organisation that is not there, and were ignored", "", \
        ""
#define MSG_STDIN  "stdin", "读取标准输入失败：%s", "reading standard input failed: %s", "", ""
#define MSG_STDOUT "stdout", "写标准输出失败：%s", "writing to standard output failed: %s", "", ""

/* ---- server: start --------------------------------------------------------------------------- */

#define MSG_LISTEN_FAILED                                                                          \
    "listen_failed", "无法监听 %s：%s", "cannot listen on %s: %s",                                 \
        "端口可能已被占用；用 --listen 127.0.0.1:端口 换一个",                                     \
        "the port may be taken; --listen 127.0.0.1:PORT chooses another"
#define MSG_LISTEN_FORM                                                                            \
    "listen_form", "--listen 的写法是 地址:端口，不是“%s”",                                        \
        "--listen is written ADDRESS:PORT, not \"%s\"", "例如 127.0.0.1:8080 或 [::1]:8080",       \
        "such as 127.0.0.1:8080 or [::1]:8080"
#define MSG_LISTEN_LOOPBACK                                                                        \
    "listen_loopback", "%s 不是本机地址：还没有账号，不能对网络开放",                              \
        "%s is not an address of this machine alone: without accounts the network is kept out",    \
        "用 127.0.0.1 或 [::1]；远程使用请经 SSH 转发端口",                                        \
        "use 127.0.0.1 or [::1]; from elsewhere, forward the port by SSH"
#define MSG_NEW_TOKEN                                                                              \
    "new_token", "写入令牌（只显示这一次，请保存）：%s", "writer token (shown once, keep it): %s", \
        "", ""
#define MSG_TOKEN_LINK                                                                             \
    "token_link", "用浏览器打开这个链接即可看到未公开的内容（链接含令牌，勿转发）：%s/#/token/%s", \
        "this link opens the pages with it, and what is not public with them (it holds the "       \
        "token: pass it to nobody): %s/#/token/%s",                                                \
        "", ""
#define MSG_NO_UI                                                                                  \
    "no_ui", "程序内没有网页：只有 API；用 --ui 目录 可提供网页",                                  \
        "the program has no pages: the API only; --ui DIR serves pages", "", ""
#define MSG_SAMPLE                                                                                 \
    "sample", "库中有示例数据：单位、人名和数字都是编造的",                                        \
        "there is sample data: its organisations, people and figures are made up", "", ""
#define MSG_SERVING  "serving", "服务地址 %s", "serving at %s", "", ""
#define MSG_STOPPING "stopping", "正在停止", "stopping", "", ""
#define MSG_UI_ABSENT                                                                              \
    "ui_absent", "--ui：%s 里没有可读的 index.html：%s",                                           \
        "--ui: %s holds no index.html that can be read: %s", "指定 vite 生成的目录",               \
        "name the folder that vite built"
#define MSG_THREAD "thread", "无法启动线程：%s", "cannot start a thread: %s", "", ""

/* ---- API: problems --------------------------------------------------------------------------- */

#define MSG_TITLE_400 "title_400", "请求有误", "Bad request", "", ""
#define MSG_TITLE_401 "title_401", "需要凭证", "Credentials needed", "", ""
#define MSG_TITLE_403 "title_403", "不允许", "Not allowed", "", ""
#define MSG_TITLE_404 "title_404", "没有找到", "Not found", "", ""
#define MSG_TITLE_405 "title_405", "方法不适用", "Method not allowed", "", ""
#define MSG_TITLE_409 "title_409", "有冲突", "Conflict", "", ""
#define MSG_TITLE_412 "title_412", "记录已被修改", "The record has changed", "", ""
#define MSG_TITLE_413 "title_413", "内容太大", "Too large", "", ""
#define MSG_TITLE_415 "title_415", "类型不支持", "Type not supported", "", ""
#define MSG_TITLE_500 "title_500", "内部错误", "Internal error", "", ""
#define MSG_TITLE_503 "title_503", "暂时不可用", "Not available now", "", ""

#define MSG_BODY_LARGE                                                                             \
    "body_large", "请求正文超过 %d KiB 的上限", "the body exceeds the limit of %d KiB",            \
        "大批数据请用 hongniang import", "use `hongniang import` for bulk data"
#define MSG_BUSY                                                                                   \
    "busy", "请求太多，排队已满", "too many requests are waiting", "请稍后再试",                   \
        "try again in a moment"
#define MSG_BUSY_WRITING                                                                           \
    "busy_writing", "前面的修改还没有写完", "earlier changes are still being written",             \
        "请稍后再试", "try again in a moment"
#define MSG_CHANGED                                                                                \
    "changed", "你看到的是第 %lld 版，现在是第 %lld 版",                                           \
        "you have seen revision %lld, it is at revision %lld now", "请重新读取后再修改",           \
        "read it again, then edit"
#define MSG_CONTENT_TYPE                                                                           \
    "content_type", "正文应为 JSON", "the body must be JSON",                                      \
        "请求头写明 Content-Type: application/json", "say so: Content-Type: application/json"
#define MSG_DAY                                                                                    \
    "day", "参数 on 不是日期：%s", "the parameter on is no date: %s",                              \
        "写成 2026-11-24 这样的日期", "write a date such as 2026-11-24"
#define MSG_EXISTS                                                                                 \
    "exists", "编号“%s”已经存在", "the id \"%s\" is taken already", "用 PUT 修改它，或换一个编号", \
        "change it by PUT, or choose another id"
#define MSG_EXTRA_CONTACT                                                                          \
    "extra_contact", "extra 里的“%s”是联系方式，不能放在这里",                                     \
        "\"%s\" in extra is a contact, which may not stand there",                                 \
        "写在单位的 contact_name、contact_phone、contact_email 里",                                \
        "put it into contact_name, contact_phone or contact_email of the organisation"
#define MSG_HOST                                                                                   \
    "host", "这个服务只回答对本机的请求", "this server answers requests for this machine only",    \
        "用 localhost 或 127.0.0.1 访问", "ask for localhost or 127.0.0.1"
#define MSG_ID                                                                                     \
    "id", "编号不合适：1 到 %d 字节，不含空白和 : / ? # 等符号",                                   \
        "that id will not do: 1 to %d bytes, without white space and : / ? #", "", ""
#define MSG_JSON_DEPTH                                                                             \
    "json_depth", "JSON 嵌套超过 %d 层", "the JSON is nested deeper than %d levels", "", ""
#define MSG_JSON_OBJECT "json_object", "应为一个 JSON 对象", "a JSON object is needed", "", ""
#define MSG_JSON_SYNTAX                                                                            \
    "json_syntax", "JSON 有误，在第 %zu 字节附近", "the JSON is damaged near byte %zu", "", ""
#define MSG_JSON_TEXT                                                                              \
    "json_text", "JSON 不是合法的 UTF-8，或含有 NUL",                                              \
        "the JSON is not valid UTF-8 or holds a NUL", "", ""
#define MSG_CONSORTIUM_MEMBERS                                                                     \
    "consortium_members", "这里有 %zu 家成员单位，创新联合体至少要有 %zu 家",                      \
        "%zu members are named, a consortium has %zu at least",                                    \
        "在 orgs 里列出各成员，牵头单位写在最前", "list the members in orgs, who leads first"
#define MSG_MEMBER_REQUIRED "member_required", "缺少 %s", "%s is missing", "", ""
#define MSG_MEMBER_TWICE    "member_twice", "%s 出现了两次", "%s stands there twice", "", ""
#define MSG_MEMBER_TYPE                                                                            \
    "member_type", "%s 的类型或大小不对", "%s has the wrong type or size", "", ""
#define MSG_MEMBER_UNKNOWN                                                                         \
    "member_unknown", "字段“%s”不属于 %s", "there is no field \"%s\" in %s",                       \
        "其他内容放在 extra 里", "put what is no field into extra"
#define MSG_NO_ADDRESS                                                                             \
    "no_address", "没有这个地址", "there is no such address", "见 /api/v1/openapi.json",           \
        "see /api/v1/openapi.json"
#define MSG_NO_METHOD                                                                              \
    "no_method", "这个地址不支持 %s，支持 %s", "this address does not take %s but %s", "", ""
#define MSG_NO_PAGES                                                                               \
    "no_pages", "程序内没有网页，API 可以使用。", "The program has no pages; the API works.",      \
        "安装 Node 18.20 以上并运行 make，或用 --ui 指定网页目录。API 说明：/api/v1/openapi.json", \
        "Install Node 18.20 or later and run make, or name a folder by --ui. The API: "            \
        "/api/v1/openapi.json"
#define MSG_NO_RECORD                                                                              \
    "no_record", "没有编号为“%s”的记录", "there is no record \"%s\"",                              \
        "它可能已被删除；列表中可以看到全部", "it may have been deleted; the list shows all"
#define MSG_ORG_NAME_AMBIGUOUS                                                                     \
    "org_name_ambiguous", "名称“%s”对应 %zu 个单位",                                               \
        "the name \"%s\" is that of %zu organisations", "请用 org_id 指明", "say which by org_id"
#define MSG_ORG_NAME_UNKNOWN                                                                       \
    "org_name_unknown", "没有名为“%s”的单位", "there is no organisation called \"%s\"",            \
        "请先添加单位", "add the organisation first"
#define MSG_ORG_UNKNOWN                                                                            \
    "org_unknown", "没有单位“%s”", "there is no organisation \"%s\"", "请先添加单位",              \
        "add the organisation first"
#define MSG_OWNERS_DIFFER                                                                          \
    "owners_differ", "org_id 是“%s”，orgs 的第一个却是“%s”",                                       \
        "org_id is \"%s\" but the first of orgs is \"%s\"", "只发送其中一个",                      \
        "send one of the two"
#define MSG_PARAM_BOOLEAN                                                                          \
    "param_boolean", "参数 %s 应为 true 或 false", "the parameter %s must be true or false", "", ""
#define MSG_PARTNERS_ONE                                                                           \
    "partners_one", "need 与 bottleneck 只能给一个", "give need or bottleneck, not both", "", ""
#define MSG_PARAM_MISSING                                                                          \
    "param_missing", "缺少参数 %s", "the parameter %s is missing", "参见 /api/v1/openapi.json",    \
        "see /api/v1/openapi.json"
#define MSG_PARAM_NUMBER                                                                           \
    "param_number", "参数 %s 应为 %ld 到 %ld 之间的整数",                                          \
        "the parameter %s must be a whole number from %ld to %ld", "", ""
#define MSG_TAG                                                                                    \
    "tag", "If-Match 的值 %s 不是任何版本", "the If-Match value %s is no revision",                \
        "用读取记录时得到的 ETag", "use the ETag that came with the record"
#define MSG_TARGET                                                                                 \
    "target", "不能匹配“%s”", "cannot match with \"%s\"",                                          \
        "可选 capabilities、orgs；文字还可选 needs",                                               \
        "choose capabilities or orgs; for a text also needs"
#define MSG_TEXT_EMPTY "text_empty", "没有要匹配的文字", "there is no text to match", "", ""
#define MSG_TEXT_LONG                                                                              \
    "text_long", "文字超过 %zu 字", "the text is longer than %zu characters",                      \
        "长文字请用 POST /api/v1/match", "use POST /api/v1/match for long texts"
#define MSG_TOKEN_NEEDED                                                                           \
    "token_needed", "修改数据需要写入令牌", "changing data needs the writer token",                \
        "首次启动时显示过；可用 hongniang serve --new-token 换新",                                 \
        "it was shown at the first start; `hongniang serve --new-token` makes another"
#define MSG_TOKEN_WRONG                                                                            \
    "token_wrong", "写入令牌不对", "the writer token is wrong",                                    \
        "首次启动时显示过；可用 hongniang serve --new-token 换新",                                 \
        "it was shown at the first start; `hongniang serve --new-token` makes another"
#define MSG_URI_ENCODING                                                                           \
    "uri_encoding", "地址或参数不是正确编码的 UTF-8",                                              \
        "the address or a parameter is not properly encoded UTF-8", "", ""

/* ---- learn and replay ------------------------------------------------------------------------ */

#define MSG_ABOUT_LEARN                                                                            \
    "about_learn", "从已评分的匹配和对接结果学习权重",                                             \
        "learn weights from graded pairs and from outcomes of introductions", "", ""
#define MSG_ABOUT_REPLAY                                                                           \
    "about_replay", "预演：换权重或换程序后，库中需求的匹配会怎样变化",                            \
        "replay: how the matches of stored needs would change with other weights or another "      \
        "program",                                                                                 \
        "", ""
#define MSG_HELP_LEARN                                                                                                           \
    "help_learn",                                                                                                                \
        "用法：hongniang learn (--pairs 文件… | --introductions) [选项]\n       hongniang learn "                       \
        "--undo\n\n"                                                                                                             \
        "从评分学习特征的权重。按需求交叉验证，只有确实不差时才安装为 "                            \
        "DIR/weights.tsv，否则保留旧权重并说明原因（退出码 0）。运行中的服务几秒内自动换用。\n" \
        "评分表以制表符分隔，首行列名：need、capability（或 org）、grade（0 到 4）。\n\n"                \
        "  --pairs FILE     评分表，可重复\n"                                                                             \
        "  --introductions  也用对接的结果\n"                                                                             \
        "  --data DIR       数据目录，默认 ./data\n"                                                                      \
        "  --report FILE    训练报告（Markdown），默认写到标准输出\n"                                             \
        "  --out FILE       只把学到的权重写入文件，供 replay 预演，不安装\n"                                 \
        "  --dry-run        只报告，不安装\n"                                                                             \
        "  --force          没有更好也安装\n"                                                                             \
        "  --undo           换回上一次的权重\n"                                                                          \
        "  --model FILE     语义模型文件\n",                                                                                     \
        "Usage: hongniang learn (--pairs FILE... | --introductions) [OPTIONS]\n       hongniang "                                \
        "learn --undo\n\n"                                                                                                       \
        "Learns the weights of the features from grades. Cross-validated by need; installed as "                                 \
        "DIR/weights.tsv only where they are not worse, else the old ones stay and the reason is "                               \
        "said (exit code 0). A running server takes them up within seconds.\n"                                                   \
        "Tables have tabs between columns and a first line of names: need, capability (or org), "                                \
        "grade (0 to 4).\n\n"                                                                                                    \
        "  --pairs FILE     a table of graded pairs; repeatable\n"                                                               \
        "  --introductions  use the outcomes of introductions too\n"                                                             \
        "  --data DIR       data directory, default ./data\n"                                                                    \
        "  --report FILE    the training report (Markdown), default standard output\n"                                           \
        "  --out FILE       only write the learned weights to a file, for replay; install "                                      \
        "nothing\n"                                                                                                              \
        "  --dry-run        report only, install nothing\n"                                                                      \
        "  --force          install even if they are not better\n"                                                               \
        "  --undo           go back to the weights before\n"                                                                     \
        "  --model FILE     the embedding model\n",                                                                              \
        "", ""
#define MSG_HELP_REPLAY                                                                                                                        \
    "help_replay",                                                                                                                             \
        "用法：hongniang replay --weights 文件 [选项]\n       hongniang replay --save 文件 | "                                        \
        "--against 文件 [选项]\n\n"                                                                                                        \
        "上线之前预演：对库中全部需求和攻关清单条目重新匹配，比较前后差别：前十名、等级、已对接和" \
        "已评分能力的名次、新单位（只有一两项能力）的位置。\n\n"                                                      \
        "  --weights FILE  与现用权重比较的候选权重\n"                                                                             \
        "  --save FILE     保存今天的排序（更换程序或模型之前）\n"                                                           \
        "  --against FILE  与保存的排序比较\n"                                                                                         \
        "  --pairs FILE    评分表，可重复；对接结果总会用上\n"                                                                 \
        "  --target T      capabilities（默认）| orgs\n"                                                                                   \
        "  --data DIR      数据目录，默认 ./data\n"                                                                                     \
        "  --format F      json（默认）| jsonl | csv | table（先是摘要）\n"                                                          \
        "  --model FILE    语义模型文件\n",                                                                                                    \
        "Usage: hongniang replay --weights FILE [OPTIONS]\n       hongniang replay --save FILE | "                                             \
        "--against FILE [OPTIONS]\n\n"                                                                                                         \
        "Before anything goes live: matches all stored needs and bottleneck items anew and "                                                   \
        "compares: the first ten, levels, the places of what was introduced or graded, and where "                                             \
        "newcomers (organisations with one or two capabilities) stand.\n\n"                                                                    \
        "  --weights FILE  weights to compare with those in force\n"                                                                           \
        "  --save FILE     keep today's ranking (before program or model change)\n"                                                            \
        "  --against FILE  compare with a ranking that was kept\n"                                                                             \
        "  --pairs FILE    a table of graded pairs; repeatable; outcomes of introductions are "                                                \
        "always used\n"                                                                                                                        \
        "  --target T      capabilities (default) | orgs\n"                                                                                    \
        "  --data DIR      data directory, default ./data\n"                                                                                   \
        "  --format F      json (default) | jsonl | csv | table (begins with a summary)\n"                                                     \
        "  --model FILE    the embedding model\n",                                                                                             \
        "", ""
#define MSG_USAGE_LEARN                                                                            \
    "usage_learn", "需要 --pairs 或 --introductions，或者单独的 --undo",                           \
        "--pairs or --introductions is needed, or --undo alone", "用 --help 查看用法",             \
        "see --help"
#define MSG_USAGE_REPLAY                                                                           \
    "usage_replay", "需要 --weights、--against 或 --save；--save 不与 --against 同用",             \
        "--weights, --against or --save is needed, and not --save with --against",                 \
        "用 --help 查看用法", "see --help"
#define MSG_PAIRS_UNKNOWN                                                                          \
    "pairs_unknown", "跳过 %zu 对：库中没有其需求或能力，第一个是“%s”",                            \
        "%zu pairs left out: their need or capability is not there, the first is \"%s\"", "", ""
#define MSG_PAIRS_CONTRADICT                                                                       \
    "pairs_contradict", "%zu 对有互相矛盾的评分，取平均",                                          \
        "%zu pairs were graded differently; the mean is taken", "", ""
#define MSG_LEARN_CAPABILITIES "learn_capabilities", "能力排序：", "Capabilities: ", "", ""
#define MSG_LEARN_ORGS         "learn_orgs", "单位排序：", "Organisations: ", "", ""
#define MSG_LEARN_TAKEN        "learn_taken", "安装新权重。", "new weights installed. ", "", ""
#define MSG_LEARN_FORCED                                                                           \
    "learn_forced", "按 --force 安装新权重，尽管", "new weights installed by --force, although ",  \
        "", ""
#define MSG_LEARN_DRY                                                                              \
    "learn_dry", "可以安装，但这次不安装。", "they could be installed, but not this time. ", "", ""
#define MSG_LEARN_LEXICAL                                                                          \
    "learn_lexical", "未安装，因为没有语义模型，语义的权重无从学起。",                             \
        "not installed, because without the model the weights of meaning cannot be learned. ", "", \
        ""
#define MSG_LEARN_REFUSED "learn_refused", "未安装，因为", "not installed, because ", "", ""
#define MSG_LEARN_BETTER                                                                           \
    "learn_better", "未参与训练的需求上 nDCG@10 平均提高 %+.4f（95%% 区间 %+.4f 到 %+.4f）。",     \
        "on needs kept out of training nDCG@10 rises by %+.4f on average (95%% interval %+.4f to " \
        "%+.4f).",                                                                                 \
        "", ""
#define MSG_LEARN_TOO_FEW                                                                                                     \
    "learn_too_few",                                                                                                          \
        "能比较的只有 %zu 对、%zu 个需求（同一需求有不同评分才能比较），至少需要 %d 对、%d " \
        "个需求。",                                                                                                           \
        "only %zu pairs of %zu needs can be compared (a need must have different grades); at "                                \
        "least %d pairs of %d needs are needed.",                                                                             \
        "", ""
#define MSG_LEARN_NO_ORDER                                                                         \
    "learn_no_order", "每个需求的评分都相同，学不到先后。",                                        \
        "the grades of each need are all the same, which teaches no order.", "", ""
#define MSG_LEARN_DEGENERATE                                                                       \
    "learn_degenerate", "评分与所有特征相反，没有可用的权重。",                                    \
        "the grades contradict every feature; no weights come of them.", "", ""
#define MSG_LEARN_TIE                                                                              \
    "learn_tie", "没有更好：未参与训练的需求上 nDCG@10 平均变化 %+.4f；不分胜负时旧权重保留。",    \
        "they are not better: on needs kept out of training nDCG@10 changes by %+.4f on average; " \
        "on a tie the old stay.",                                                                  \
        "", ""
#define MSG_LEARN_UNSURE                                                                                                     \
    "learn_unsure",                                                                                                          \
        "还不能肯定：未参与训练的需求上 nDCG@10 平均提高 %+.4f，但 95%% 区间 %+.4f 到 %+.4f 低于 " \
        "%+.3f。",                                                                                                           \
        "it is not certain: on needs kept out of training nDCG@10 rises by %+.4f on average, but "                           \
        "the 95%% interval %+.4f to %+.4f reaches below %+.3f.",                                                             \
        "", ""
#define MSG_LEARN_INSTALLED                                                                        \
    "learn_installed",                                                                             \
        "新权重 %s 已安装；运行中的服务几秒内换用，hongniang learn --undo 可换回。",               \
        "The weights %s are installed; a running server takes them up within seconds, `hongniang " \
        "learn --undo` goes back.",                                                                \
        "", ""
#define MSG_LEARN_NO_PAIRS                                                                         \
    "learn_no_pairs", "未安装，因为没有一对评分。",                                                \
        "Not installed, because there is not one graded pair.", "", ""
#define MSG_LEARN_NOTHING_TO_UNDO                                                                  \
    "learn_nothing_to_undo", "%s 中没有学到的权重，用的是内置权重",                                \
        "there are no learned weights in %s; the built-in ones are used", "", ""
#define MSG_LEARN_UNDONE                                                                           \
    "learn_undone", "已换回上一次的权重 %s；再次 --undo 可撤销。",                                 \
        "The weights before, %s, are in force again; another --undo takes that back.", "", ""
#define MSG_LEARN_UNDONE_BUILTIN                                                                   \
    "learn_undone_builtin", "已换回内置权重；再次 --undo 可撤销。",                                \
        "The built-in weights are in force again; another --undo takes that back.", "", ""
#define MSG_LEARN_COMMENT                                                                                                    \
    "learn_comment",                                                                                                         \
        "%s 由 hongniang %s 学得：能力 %zu 对、%zu 个需求；单位 %zu 对、%zu 个需求；其中对接结果 " \
        "%zu 条",                                                                                                            \
        "learned %s by hongniang %s: capabilities %zu pairs of %zu needs; organisations %zu "                                \
        "pairs of %zu needs; among them %zu outcomes of introductions",                                                      \
        "", ""
#define MSG_LEARN_TITLE "learn_title", "权重训练报告", "Training report of the weights", "", ""
#define MSG_LEARN_INPUT                                                                            \
    "learn_input", "对接结果 %zu 条；跳过 %zu 对（库中没有）；%zu 对评分矛盾，取平均",             \
        "%zu outcomes of introductions; %zu pairs left out (not there); %zu pairs graded "         \
        "differently, mean taken",                                                                 \
        "", ""
#define MSG_LEARN_USABLE                                                                           \
    "learn_usable",                                                                                \
        "共 %zu 对、%zu 个需求；同一需求有不同评分、可以比较的有 %zu 对、%zu 个需求。",            \
        "%zu pairs of %zu needs; comparable, since their need has different grades: %zu pairs of " \
        "%zu needs.",                                                                              \
        "", ""
#define MSG_LEARN_MEASURES                                                                         \
    "learn_measures", "| 未参与训练的需求 | 需求数 | 旧 | 新 | 差 | 95%% 区间 |",                  \
        "| needs kept out of training | needs | old | new | difference | 95%% interval |", "", ""
#define MSG_LEARN_ORDER "learn_order", "先后正确的比例", "pairs in the right order", "", ""
#define MSG_LEARN_NEWCOMERS                                                                        \
    "learn_newcomers", "其中新单位与其他单位之间", "of these, a newcomer and another", "", ""
#define MSG_LEARN_FOLDS                                                                            \
    "learn_folds", "| 折 | 需求数 | 正则 | nDCG@10 旧 | 新 | 先后 旧 | 新 |",                      \
        "| fold | needs | ridge | nDCG@10 old | new | order old | new |", "", ""
#define MSG_LEARN_SIZE                                                                             \
    "learn_size", "无关的配对：得分最高的百分之一比平均高 %.3f，与内置权重相同，等级的标尺不变。", \
        "Unrelated pairs: the best hundredth begins %.3f above the mean, as by the built-in "      \
        "weights, so that the scale of levels stays.",                                             \
        "", ""
#define MSG_LEARN_RIDGE     "learn_ridge", "最终正则：", "Final ridge: ", "", ""
#define MSG_LEARN_RIDGE_ALL "learn_ridge_all", "只用旧权重", "old weights only", "", ""
#define MSG_LEARN_WEIGHTS   "learn_weights", "权重", "Weights", "", ""
#define MSG_LEARN_WEIGHTS_HEAD                                                                     \
    "learn_weights_head", "| 特征 | 旧权重 | 学到的 |", "| feature | old weight | learned |", "", ""
#define MSG_LEARN_LEVELS "learn_levels", "等级", "Levels", "", ""
#define MSG_LEARN_LEVELS_TEXT                                                                      \
    "learn_levels_text", "库中 %zu 个需求的等级：%zu 个升高，%zu 个降低。",                        \
        "Levels of %zu stored needs: %zu rise, %zu fall.", "", ""
#define MSG_LEARN_OLD "learn_old", "旧权重", "old weights", "", ""
#define MSG_LEARN_NEW "learn_new", "学到的权重", "learned weights", "", ""
#define MSG_REPLAY_SAVED                                                                           \
    "replay_saved", "%zu 个需求的排序已存入 %s", "the ranking of %zu needs is in %s", "", ""
#define MSG_REPLAY_BINARY                                                                          \
    "replay_binary", "%s 不是排序文件", "%s is no file of a ranking",                              \
        "用 replay --save 写出的文件", "name one that `replay --save` wrote"
#define MSG_REPLAY_TARGET                                                                          \
    "replay_target", "%s 中保存的是 %s 的排序", "%s holds a ranking of %s", "用相同的 --target",   \
        "use the same --target"
#define MSG_REPLAY_COMPARED                                                                        \
    "replay_compared", "比较了 %zu 个需求；权重 %s → %s。",                                        \
        "%zu needs were compared; weights %s → %s.", "", ""
#define MSG_REPLAY_ONLY                                                                            \
    "replay_only", "只在以前的排序中有 %zu 个，只在现在有 %zu 个，未比较。",                       \
        "%zu are only in the ranking before and %zu only in the one after; they are not "          \
        "compared.",                                                                               \
        "", ""
#define MSG_REPLAY_TOP                                                                             \
    "replay_top", "前十名：%zu 个需求（共 %zu 个）完全不变；前后共同的占 %.1f%%。",                \
        "First ten: unchanged for %zu of %zu needs; %.1f%% of the places hold the same before "    \
        "and after.",                                                                              \
        "", ""
#define MSG_REPLAY_LEVELS                                                                                                   \
    "replay_levels",                                                                                                        \
        "等级：有良好以上匹配的需求 %zu → %zu 个（新增 %zu，失去 %zu）；%zu 个需求升级，%zu " \
        "个降级。",                                                                                                         \
        "Levels: needs with a good or strong match %zu → %zu (%zu won, %zu lost); %zu needs "                             \
        "rise, %zu fall.",                                                                                                  \
        "", ""
#define MSG_REPLAY_FITS                                                                            \
    "replay_fits",                                                                                 \
        "已对接成功或评为合适的 %zu 对：进入前十的 %zu → %zu 对，平均名次 %.1f → %.1f。",          \
        "Pairs introduced with success or graded as fitting, %zu: in the first ten %zu → %zu, "  \
        "mean place %.1f → %.1f.",                                                                 \
        "", ""
#define MSG_REPLAY_NO_FITS                                                                         \
    "replay_no_fits", "没有已对接成功或评为合适的配对可比。",                                      \
        "No pair was introduced with success or graded as fitting, so none is compared.", "", ""
#define MSG_REPLAY_NEWCOMERS                                                                       \
    "replay_newcomers",                                                                            \
        "新单位（只有一两项能力）：占前十名的 %.1f%% → %.1f%%；平均排在前 %.1f%% → 前 %.1f%%。",   \
        "Newcomers (organisations with one or two capabilities): %.1f%% → %.1f%% of the first "  \
        "ten places; on average in the first %.1f%% → %.1f%% of the pool.",                        \
        "", ""
#define MSG_REPLAY_NO_NEWCOMERS                                                                    \
    "replay_no_newcomers", "没有新单位（只有一两项能力的单位）。",                                 \
        "There are no newcomers (organisations with one or two capabilities).", "", ""

/* ---- proposals: propose_input.c, serialise_proposal.c, api_proposal.c, cmd_propose.c ---- */
#define MSG_PROPOSAL_AGREED                                                                        \
    "proposal_agreed", "方案已组建为联合体，不能再改",                                             \
        "the proposal has become a consortium and is not changed any more", "可另存为一份新方案",  \
        "save it as another one"
#define MSG_PROPOSAL_EDITED                                                                        \
    "proposal_edited",                                                                             \
        "由此方案组建的联合体“%s”后来改过，撤销组建会丢掉这些改动，所以方案和联合体都原样保留",    \
        "the consortium \"%s\" that was made of it was edited since; taking the agreement back "   \
        "would lose that, so both stay as they are",                                               \
        "确实不要了，请先删除该联合体，再撤销",                                                    \
        "if it is not wanted, delete the consortium first, then take the agreement back"
#define MSG_PROPOSAL_FORMED                                                                        \
    "proposal_formed", "联合体“%s”由此方案组建，方案不能删除",                                     \
        "the consortium \"%s\" was made of it, so it is not deleted",                              \
        "先撤销组建，或先删除该联合体", "take the agreement back or delete the consortium first"
#define MSG_PROPOSAL_GONE                                                                          \
    "proposal_gone", "方案涉及的“%s”已被删除，不能组成联合体",                                     \
        "the proposal names %s, which was deleted", "重新撮合并保存后再组建",                      \
        "compose and save it again first"
#define MSG_PROPOSAL_INCOMPLETE                                                                    \
    "proposal_incomplete", "方案不满足组建条件，不能组成联合体",                                   \
        "the proposal lacks what a consortium must have",                                          \
        "按 relaxations 的提示放宽或补齐后重新保存",                                               \
        "ease or add what its relaxations say and save again"
#define MSG_PROPOSAL_STATE                                                                         \
    "proposal_state", "方案不能直接存成“已同意”", "a proposal is not saved as agreed",             \
        "用 POST …/agreement 组建联合体", "POST .../agreement makes it a consortium"
#define MSG_PROPOSAL_WITHDRAWN                                                                     \
    "proposal_withdrawn", "方案已撤回", "the proposal was withdrawn", "改回草案后再组建",          \
        "make it a draft again first"
#define MSG_PROPOSE_CHALLENGE                                                                      \
    "propose_challenge", "请写明一条需求（need_id）或一条攻关清单条目（bottleneck_id）",           \
        "name one need (need_id) or one bottleneck item (bottleneck_id)", "两者只能写一个",        \
        "one of the two, not both"
#define MSG_PROPOSE_COUNT                                                                          \
    "propose_count", "%s 应是 1 到 %d 的整数", "%s must be a whole number from 1 to %d", "", ""
#define MSG_PROPOSE_LONG                                                                           \
    "propose_long", "%s 太长，最多 %d 字", "%s is too long: %d characters at most", "", ""
#define MSG_PROPOSE_MANY                                                                           \
    "propose_many", "%s 有 %d 项，最多 %d 项", "%s has %d items, at most %d are taken",            \
        "合并相近的项后再试", "merge what is alike and try again"
#define MSG_PROPOSE_MEMBER                                                                         \
    "propose_member", "“%s”不是 %s 的字段", "\"%s\" is no member of %s",                           \
        "见 /api/v1/openapi.json", "see /api/v1/openapi.json"
#define MSG_PROPOSE_NO_SUBTOPICS                                                                   \
    "propose_no_subtopics", "课题至少要有一个", "there must be a subtopic",                        \
        "不写 subtopics 则自动拆分", "leave out subtopics to have the challenge split"
#define MSG_PROPOSE_NO_TITLE                                                                       \
    "propose_no_title", "缺少课题名称（title）", "the title is missing", "", ""
#define MSG_PROPOSE_NO_WEIGHT                                                                      \
    "propose_no_weight", "权重（weight）应是大于 0、不超过 1000000 的数",                          \
        "weight must be a number above 0, 1000000 at most", "", ""
#define MSG_PROPOSE_OR "propose_or", "或", " or ", "", ""
#define MSG_PROPOSE_PAIR                                                                           \
    "propose_pair", "apart 的每一项应是两家不同单位的编号",                                        \
        "each item of apart is a pair of ids of two organisations", "", ""
#define MSG_PROPOSE_SUBTOPIC "propose_subtopic", "第 %zu 个课题：%s", "subtopic %zu: %s", "", ""
#define MSG_RELAX_CONFLICT                                                                         \
    "relax_conflict", "“%s”与“%s”须分开，却都得是成员：取消其中一家的锁定，或不再要求分开",        \
        "%s and %s must be kept apart and yet both be members: unlock one of them, or let them "   \
        "meet",                                                                                    \
        "", ""
#define MSG_RELAX_DEMAND                                                                           \
    "relax_demand", "至少要有一家%s，候选中没有可用的",                                            \
        "at least one %s is needed, and there is none among the candidates", "", ""
#define MSG_RELAX_GROUP                                                                            \
    "relax_group", "“%s”与“%s”同属一个集团，只能留一家：排除其中一家，或取消对它的锁定",           \
        "%s and %s belong to one group, of which one can be a member: ban one of them, or unlock " \
        "it",                                                                                      \
        "", ""
#define MSG_RELAX_LEAD                                                                             \
    "relax_lead", "要有一家企业牵头，候选中没有可用的",                                            \
        "an enterprise must lead, and there is none among the candidates", "", ""
#define MSG_RELAX_LOCK                                                                             \
    "relax_lock", "锁定了“%s”就组不成：取消对“%s”的锁定",                                          \
        "with %s locked there is no consortium: unlock %s", "", ""
#define MSG_RELAX_MOST                                                                             \
    "relax_most", "成员上限太小：至少要放宽到 %zu 家",                                             \
        "the cap on members is too low: %zu would do", "", ""
#define MSG_RELAX_OWNER                                                                            \
    "relax_owner", "出题的“%s”算作成员就组不成：可以排除它，由其他单位承担",                       \
        "with %s, which posted the need, there is no consortium: ban it, and others take its "     \
        "place",                                                                                   \
        "", ""
#define MSG_ROLE_LEAD       "role_lead", "领军企业", "lead enterprise", "", ""
#define MSG_ROLE_SME        "role_sme", "中小企业", "enterprise", "", ""
#define MSG_ROLE_UNIVERSITY "role_university", "高校", "university", "", ""
#define MSG_ROLE_INSTITUTE  "role_institute", "院所", "institute", "", ""
#define MSG_ROLE_PLATFORM   "role_platform", "平台", "platform", "", ""
#define MSG_ROLE_OTHER      "role_other", "其他", "other", "", ""

#define MSG_ABOUT_PROPOSE                                                                          \
    "about_propose", "为一条需求或清单条目提出创新联合体方案",                                     \
        "propose a consortium for a need or bottleneck item", "", ""
#define MSG_HELP_PROPOSE                                                                                                                       \
    "help_propose",                                                                                                                            \
        "用法：hongniang propose (--need 编号 | --bottleneck 编号) [选项]\n\n"                                                        \
        "把难题拆成课题，在全部单位中选出最合适的组合：谁承担哪个课题、凭什么，哪个课题没有人。组" \
        "不成时说明放宽什么就可以。\n\n"                                                                                          \
        "  --data DIR         数据目录，默认 ./data\n"                                                                                  \
        "  --need ID          为这条需求\n"                                                                                               \
        "  --bottleneck ID    为这条攻关清单条目\n"                                                                                   \
        "  --subtopics FILE   课题文件，JSON 数组或 JSONL：{id?, title, text?, targets?, "                                            \
        "weight?}；不给则自动拆分\n"                                                                                                   \
        "  --lock ORG         必须入选的单位，可重复\n"                                                                             \
        "  --ban ORG          不得入选的单位，可重复\n"                                                                             \
        "  --apart A,B        不能同时入选的两家（如竞争对手），可重复\n"                                                  \
        "  --max-members N    成员上限，默认 8，最多 32\n"                                                                           \
        "  --load N           一家单位最多承担几个课题，默认 3\n"                                                               \
        "  --region R         优先本地区（省、市或区镇）的单位\n"                                                              \
        "  --model FILE       模型文件\n"                                                                                                  \
        "  --format F         json（默认）| jsonl | csv | table\n",                                                                            \
        "Usage: hongniang propose (--need ID | --bottleneck ID) [OPTIONS]\n\n"                                                                 \
        "Splits the challenge into subtopics and chooses the best team among all organisations: "                                              \
        "who takes which subtopic and why, and which one nobody takes. Where no team is possible "                                             \
        "it says what to ease.\n\n"                                                                                                            \
        "  --data DIR         data directory, default ./data\n"                                                                                \
        "  --need ID          for this need\n"                                                                                                 \
        "  --bottleneck ID    for this bottleneck item\n"                                                                                      \
        "  --subtopics FILE   subtopics as a JSON array or JSONL: {id?, title, text?, targets?, "                                              \
        "weight?}; split from the challenge when left out\n"                                                                                   \
        "  --lock ORG         an organisation that must be in; repeatable\n"                                                                   \
        "  --ban ORG          one that must not; repeatable\n"                                                                                 \
        "  --apart A,B        two that may not both be in, such as competitors; repeatable\n"                                                  \
        "  --max-members N    members at most, default 8, up to 32\n"                                                                          \
        "  --load N           subtopics an organisation takes at most, default 3\n"                                                            \
        "  --region R         prefer organisations of this region or town\n"                                                                   \
        "  --model FILE       the model\n"                                                                                                     \
        "  --format F         json (default) | jsonl | csv | table\n",                                                                         \
        "", ""
#define MSG_USAGE_APART                                                                            \
    "usage_apart", "--apart 的值“%s”应是两家不同单位的编号，用逗号分开",                           \
        "--apart takes two organisations with a comma between them, not \"%s\"",                   \
        "例如 --apart org-001,org-002", "e.g. --apart org-001,org-002"
#define MSG_USAGE_CHALLENGE                                                                        \
    "usage_challenge", "请给出 --need 或 --bottleneck 之一",                                       \
        "give one of --need and --bottleneck", "用 --help 查看用法", "see --help"
#define MSG_PROPOSE_TOTAL                                                                          \
    "propose_total", "课题文字合计太长，最多 %d 字",                                               \
        "the subtopics are too long together: %d characters at most", "只留各课题自己的要求",      \
        "leave in what is each subtopic's own"
#define MSG_PROPOSE_READER                                                                         \
    "propose_reader", "课题文字合计 %zu 字，没有写入令牌时最多 %d 字",                             \
        "the subtopics are %zu characters together; without the writer token %d are taken",        \
        "只留各课题自己的要求，或输入写入令牌",                                                    \
        "leave in what is each subtopic's own, or enter the writer token"
#define MSG_PROPOSE_BUSY                                                                           \
    "propose_busy", "正在为别人推算几个长课题", "long subtopics of others are being composed",     \
        "请稍后再试", "try again in a moment"
#define MSG_PROPOSE_TOO_MANY                                                                       \
    "propose_too_many", "课题太多，最多 %d 个", "too many subtopics: %d at most",                  \
        "合并相近的课题后再试", "merge what is alike and try again"
#define MSG_PROPOSE_ID_TWICE                                                                       \
    "propose_id_twice", "课题编号“%s”重复", "the subtopic id \"%s\" stands there twice", "", ""
#define MSG_COLUMN_BASIS          "column_basis", "凭据", "on the strength of", "", ""
#define MSG_COLUMN_COVERED        "column_covered", "覆盖", "covered", "", ""
#define MSG_COLUMN_JOINT          "column_joint", "合作过", "worked with", "", ""
#define MSG_COLUMN_LEVEL          "column_level", "等级", "level", "", ""
#define MSG_COLUMN_MARGINAL       "column_marginal", "边际贡献", "worth", "", ""
#define MSG_COLUMN_MEMBER         "column_member", "成员", "member", "", ""
#define MSG_COLUMN_ORG            "column_org", "单位", "organisation", "", ""
#define MSG_COLUMN_REMARK         "column_remark", "备注", "remark", "", ""
#define MSG_COLUMN_ROLE           "column_role", "角色", "role", "", ""
#define MSG_COLUMN_SEAT           "column_seat", "席位", "seat", "", ""
#define MSG_COLUMN_SUBTOPIC       "column_subtopic", "课题", "subtopic", "", ""
#define MSG_COLUMN_SUBTOPICS      "column_subtopics", "承担课题", "subtopics", "", ""
#define MSG_LEVEL_STRONG          "level_strong", "强", "strong", "", ""
#define MSG_LEVEL_GOOD            "level_good", "较好", "good", "", ""
#define MSG_LEVEL_WEAK            "level_weak", "弱", "weak", "", ""
#define MSG_LEVEL_NONE            "level_none", "不足", "none", "", ""
#define MSG_PROPOSE_COVERED       "propose_covered", "有", "yes", "", ""
#define MSG_PROPOSE_UNCOVERED     "propose_uncovered", "缺口", "gap", "", ""
#define MSG_PROPOSE_NEXT          "propose_next", "候补", "next", "", ""
#define MSG_PROPOSE_OWNER         "propose_owner", "出题", "posted it", "", ""
#define MSG_PROPOSE_LOCKED        "propose_locked", "锁定", "locked", "", ""
#define MSG_PROPOSE_IRREPLACEABLE "propose_irreplaceable", "不可替代", "irreplaceable", "", ""
#define MSG_PROPOSE_NEEDED        "propose_needed", "缺它不成", "not without", "", ""
#define MSG_PROPOSE_INFEASIBLE                                                                     \
    "propose_infeasible", "按这些条件组不成联合体。放宽以下各项就可以：",                          \
        "No consortium satisfies these conditions. It would if these were eased:", "", ""
#define MSG_PROPOSE_SUMMARY                                                                        \
    "propose_summary",                                                                             \
        "成员 %zu 家，选自 %zu 家候选单位（全库 %zu 家）；课题覆盖 %zu/%zu，按权重 %.0f%%",        \
        "%zu members out of %zu candidates (%zu organisations); subtopics covered %zu/%zu, "       \
        "%.0f%% by weight",                                                                        \
        "", ""
#define MSG_PROPOSE_GAPS                                                                           \
    "propose_gaps", "没有合适单位承担的课题：%s", "subtopics that nobody covers: %s", "", ""
#define MSG_PROPOSE_OPTIMAL                                                                        \
    "propose_optimal", "目标值 %.3f，已证明没有更好的组合",                                        \
        "objective %.3f, proven: there is no better team", "", ""
#define MSG_PROPOSE_GAP                                                                            \
    "propose_gap", "目标值 %.3f，未证明最优，至多还能提高 %.3f",                                   \
        "objective %.3f, not proven: at most %.3f may still be gained", "", ""
#define MSG_PROPOSE_RESOURCE                                                                       \
    "propose_resource", "可用资源（%s）：%s，%s", "resource for %s: %s, %s", "", ""

#endif
