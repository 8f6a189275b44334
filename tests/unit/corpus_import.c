/* Files into a store in a temporary directory: what is stored, what is refused and why, and that a
 * refused file leaves nothing behind. */
#include "base/base.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "corpus/import.h"
#include "corpus/orgname.h"

#include <ftw.h>
#include <signal.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

struct place {
    char dir[64];
    char file[128], report[128];
    struct store *store;
    struct arena arena;
    struct import_options o;
    struct import_result result;
    struct err err;
};

static int set_up(void **state)
{
    struct place *p = mem_zalloc(1, sizeof *p);
    snprintf(p->dir, sizeof p->dir, "/tmp/hongniang-test-XXXXXX");
    assert_non_null(mkdtemp(p->dir));
    snprintf(p->file, sizeof p->file, "%s/file", p->dir);
    snprintf(p->report, sizeof p->report, "%s/report.csv", p->dir);
    p->store = store_open(p->dir, STORE_WRITE, &p->err);
    assert_non_null(p->store);
    arena_init(&p->arena);
    p->o = (struct import_options){.kind = KIND_NEED, .actor = "test", .lang = LANG_EN};
    *state = p;
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st;
    (void)flag;
    (void)ftw;
    return remove(path);
}

static int tear_down(void **state)
{
    struct place *p = *state;
    store_close(p->store);
    arena_free(&p->arena);
    nftw(p->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(p);
    return 0;
}

static void write_bytes(const char *path, const char *bytes, size_t len)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}

static int import_text(struct place *p, enum kind kind, const char *text)
{
    write_bytes(p->file, text, strlen(text));
    p->o.kind = kind;
    p->err = (struct err){0};
    return import_file(p->store, p->file, &p->o, &p->result, &p->err);
}

/* Imports what must go well, and compares "created updated unchanged rejected warnings orgs". */
static void expect_counts(struct place *p, enum kind kind, const char *text, const char *counts)
{
    if (import_text(p, kind, text) != 0) fail_msg("%s", p->err.text[LANG_EN]);
    char got[128];
    const struct import_result *r = &p->result;
    snprintf(got, sizeof got, "%zu %zu %zu %zu %zu %zu", r->created, r->updated, r->unchanged,
             r->rejected, r->warnings, r->orgs_created);
    assert_string_equal(got, counts);
}

static void expect_refused(struct place *p, enum kind kind, const char *text, const char *code,
                           const char *part)
{
    int64_t before, after;
    assert_int_equal(store_seq(p->store, &before, &p->err), 0);
    assert_int_equal(import_text(p, kind, text), -1);
    assert_string_equal(p->err.code, code);
    if (!strstr(p->err.text[LANG_EN], part))
        fail_msg("'%s' is not in '%s'", part, p->err.text[LANG_EN]);
    assert_string_not_equal(p->err.text[LANG_ZH], p->err.text[LANG_EN]);
    assert_int_equal(store_seq(p->store, &after, &p->err), 0);
    assert_int_equal(before, after);
    assert_int_equal(p->result.created + p->result.updated + p->result.orgs_created, 0);
}

static struct record *get(struct place *p, enum kind kind, const char *uid)
{
    struct record *r = NULL;
    assert_int_equal(store_get(p->store, kind, uid, &p->arena, &r, &p->err), 0);
    if (!r) fail_msg("no record %s", uid);
    return r;
}

static int64_t count(struct place *p, enum kind kind)
{
    int64_t n = -1;
    assert_int_equal(store_count(p->store, kind, &n, &p->err), 0);
    return n;
}

static const char *report_text(struct place *p)
{
    struct str s;
    str_init(&s);
    if (file_read(p->report, 1 << 20, &s, &p->err) != 0) return NULL;
    const char *text = arena_strdup(&p->arena, s.data);
    str_free(&s);
    return text;
}

static const char *org_uid(struct place *p, const char *name)
{
    const char *const *uids;
    size_t n;
    assert_int_equal(store_orgs_by_name(p->store, org_name_normal(name, &p->arena), &p->arena,
                                        &uids, &n, &p->err),
                     0);
    assert_int_equal(n, 1);
    return uids[0];
}

/* ---- columns and values ---- */

static void chinese_columns(void **state)
{
    struct place *p = *state;
    expect_counts(p, KIND_NEED,
                  "编号,需求名称（必填）,单位名称,需求内容,预期目标,所属行业,产业链,成熟度,"
                  "拟投入（万元）,截止日期,合作方式,备注\n"
                  "N1,降低翘曲,示例封装有限公司,\"第一行\n第二行\",翘曲≤1mm,电子信息,封装,5,"
                  "320,2027-06-30,合作开发,急\n",
                  "1 0 0 0 0 1");
    struct record *r = get(p, KIND_NEED, "N1");
    assert_string_equal(r->value[FIELD_TITLE], "降低翘曲");
    assert_string_equal(r->value[FIELD_TEXT], "第一行\n第二行");
    assert_string_equal(r->value[FIELD_TARGETS], "翘曲≤1mm");
    assert_string_equal(r->value[FIELD_INDUSTRY], "电子信息");
    assert_string_equal(r->value[FIELD_CHAIN], "封装");
    assert_string_equal(r->value[FIELD_TRL], "5");
    assert_string_equal(r->value[FIELD_BUDGET_WAN], "320");
    assert_string_equal(r->value[FIELD_DEADLINE], "2027-06-30");
    assert_string_equal(r->value[FIELD_COOPERATION], "合作开发");
    assert_string_equal(r->extra, "{\"备注\":\"急\"}");
    assert_int_equal(r->n_owners, 1);
    struct record *org = get(p, KIND_ORG, r->owners[0]);
    assert_string_equal(org->value[FIELD_NAME], "示例封装有限公司");
    assert_string_equal(org->value[FIELD_KIND], "enterprise");
}

static void organisations(void **state)
{
    struct place *p = *state;
    p->o.source = "bureau";
    expect_counts(p, KIND_ORG,
                  "名称,统一社会信用代码,类型,区镇,联系人,联系电话\n"
                  "示例甲有限公司,91350100m000100y43,民营企业,开发区,甲子,0512-0000\n"
                  "示例乙大学,,,,,\n"
                  "示例丙有限公司,91350100M0001TGQXM,,,,\n",
                  "3 0 0 0 1 0"); /* the warning: a pilot code */
    struct record *r = get(p, KIND_ORG, org_uid(p, "示例甲有限公司"));
    assert_string_equal(r->source, "bureau");
    assert_memory_equal(r->uid, "bureau:o-", 9);
    assert_string_equal(r->value[FIELD_CREDIT_CODE], "91350100M000100Y43");
    assert_string_equal(r->value[FIELD_KIND], "enterprise");
    assert_string_equal(r->value[FIELD_TOWN], "开发区");
    assert_string_equal(r->value[FIELD_CONTACT_NAME], "甲子");
    r = get(p, KIND_ORG, org_uid(p, "示例乙大学"));
    assert_string_equal(r->value[FIELD_KIND], "university");
    int rc = import_text(p, KIND_ORG, "name,credit_code\n示例丁有限公司,91350100M000100Y33\n");
    assert_int_equal(rc, -1);
    assert_non_null(strstr(p->err.text[LANG_EN], "line 2, field credit_code"));
}

static void jsonl_with_lists_and_nested_extra(void **state)
{
    struct place *p = *state;
    expect_counts(p, KIND_CAPABILITY,
                  "{\"id\":\"p1\",\"title\":\"一种方法\",\"abstract\":\"本发明\","
                  "\"assignees\":[\"示例大学\",\"示例 大学\",\"示例甲有限公司\"],"
                  "\"z\":{\"b\":[1,null]},\"label\":3,\"gold\":false,\"none\":null}\n",
                  "1 0 0 0 0 2");
    struct record *r = get(p, KIND_CAPABILITY, "p1");
    assert_string_equal(r->value[FIELD_TEXT], "本发明");
    assert_string_equal(r->value[FIELD_KIND], "patent");
    assert_int_equal(r->n_owners, 2);
    assert_string_equal(r->owners[0], org_uid(p, "示例大学"));
    assert_string_equal(r->extra, "{\"gold\":false,\"label\":3,\"z\":{\"b\":[1,null]}}");
    expect_refused(p, KIND_CAPABILITY, "{\"id\":\"p2\",\"title\":{\"zh\":\"x\"}}", "import_nested",
                   "line 1, field title");
    expect_counts(p, KIND_CAPABILITY,
                  "[{\"id\":\"p3\",\"title\":[\"a\",\"b\"],\"orgs\":[{\"name\":\"示例大学\"}]}]",
                  "1 0 0 0 0 0");
    assert_string_equal(get(p, KIND_CAPABILITY, "p3")->value[FIELD_TITLE], "a; b");
}

static void which_column_wins(void **state)
{
    struct place *p = *state;
    /* The canonical name before a synonym, unless it is blank; the other one is kept as extra. */
    expect_counts(p, KIND_NEED,
                  "id,标题,title,abstract,text,备注,备注\n1,甲,乙,摘要,正文,x,y\n2,丙,,摘要,,,\n",
                  "2 0 0 0 0 0");
    struct record *r = get(p, KIND_NEED, "1");
    assert_string_equal(r->value[FIELD_TITLE], "乙");
    assert_string_equal(r->value[FIELD_TEXT], "正文");
    assert_string_equal(
        r->extra, "{\"abstract\":\"摘要\",\"备注\":\"x\",\"备注 (2)\":\"y\",\"标题\":\"甲\"}");
    r = get(p, KIND_NEED, "2");
    assert_string_equal(r->value[FIELD_TITLE], "丙");
    assert_string_equal(r->value[FIELD_TEXT], "摘要");
    assert_null(r->extra);
}

static void maps(void **state)
{
    struct place *p = *state;
    struct import_map map[] = {{"title", "问题"}, {"id", "序号"}};
    p->o.maps = map;
    p->o.n_maps = 2;
    expect_counts(p, KIND_NEED, "序号,问题,title\n7,甲,乙\n", "1 0 0 0 0 0");
    struct record *r = get(p, KIND_NEED, "7");
    assert_string_equal(r->value[FIELD_TITLE], "甲");
    assert_string_equal(r->extra, "{\"title\":\"乙\"}");
    expect_refused(p, KIND_NEED, "序号,title\n7,乙\n", "import_map_column", "序号, title");
    expect_refused(p, KIND_NEED, "{\"序号\":7,\"title\":\"乙\"}", "import_map_column", "问题");
    map[0].field = "titel";
    expect_refused(p, KIND_NEED, "x\n1\n", "import_map_field", "key_technology");
    map[0].field = "id";
    expect_refused(p, KIND_NEED, "x\n1\n", "import_map_twice", "id");
}

static void spreadsheet_habits(void **state)
{
    struct place *p = *state;
    expect_counts(p, KIND_NEED,
                  "\xEF\xBB\xBF技术需求汇总表,,\n\n编号,标题,\n1,甲,\n,,\n2,乙\n3,丙,,,\n",
                  "3 0 0 0 2 0"); /* the title line, the short row */
    assert_int_equal(p->result.rows, 3);
    expect_refused(p, KIND_NEED, "id,title\n1,a,b\n", "import_too_many_cells", "line 2");
}

static void encodings(void **state)
{
    struct place *p = *state;
    /* 编号,标题 / 1,精度 in GB18030 and in UTF-16. */
    expect_counts(p, KIND_NEED, "\xB1\xE0\xBA\xC5,\xB1\xEA\xCC\xE2\n1,\xBE\xAB\xB6\xC8\n",
                  "1 0 0 0 0 0");
    assert_string_equal(get(p, KIND_NEED, "1")->value[FIELD_TITLE], "精度");
    static const char utf16[] = "\xFF\xFEi\0d\0\t\0\x07\x68\x98\x98\n\0"
                                "2\0\t\0\xBE\x7C\xA6\x5E\n\0";
    write_bytes(p->file, utf16, sizeof utf16 - 1);
    assert_int_equal(import_file(p->store, p->file, &p->o, &p->result, &p->err), 0);
    assert_string_equal(get(p, KIND_NEED, "2")->value[FIELD_TITLE], "精度");
}

/* ---- ids and repeats ---- */

static void twice_changes_nothing(void **state)
{
    struct place *p = *state;
    const char *text = "title,org_name,text\n甲,示例一公司,x\n乙,示例一公司；示例二公司,\n丙,,\n";
    expect_counts(p, KIND_CAPABILITY, text, "3 0 0 0 0 2");
    int64_t before, after;
    assert_int_equal(store_seq(p->store, &before, &p->err), 0);
    expect_counts(p, KIND_CAPABILITY, text, "0 0 3 0 0 0");
    assert_int_equal(store_seq(p->store, &after, &p->err), 0);
    assert_int_equal(before, after);
    /* Another source is other records, of the same organisations. */
    p->o.source = "other";
    expect_counts(p, KIND_CAPABILITY, text, "3 0 0 0 0 0");
    assert_int_equal(count(p, KIND_CAPABILITY), 6);
    assert_int_equal(count(p, KIND_ORG), 2);
}

static void what_a_file_does_not_mention_stays(void **state)
{
    struct place *p = *state;
    expect_counts(p, KIND_NEED, "id,title,text,trl,org_name,备注,联系\n1,甲,正文,5,示例公司,a,b\n",
                  "1 0 0 0 0 1");
    expect_counts(p, KIND_NEED, "id,title,trl,备注\n1,甲,6,\n", "0 1 0 0 0 0");
    struct record *r = get(p, KIND_NEED, "1");
    assert_string_equal(r->value[FIELD_TEXT], "正文");
    assert_string_equal(r->value[FIELD_TRL], "6");
    assert_int_equal(r->n_owners, 1);
    assert_string_equal(r->extra, "{\"联系\":\"b\"}");
    /* A blank cell, or null, empties. */
    expect_counts(p, KIND_NEED, "{\"id\":1,\"title\":\"甲\",\"text\":null,\"org_name\":[]}\n",
                  "0 1 0 0 0 0");
    r = get(p, KIND_NEED, "1");
    assert_null(r->value[FIELD_TEXT]);
    assert_int_equal(r->n_owners, 0);
    assert_string_equal(r->value[FIELD_TRL], "6");
}

static void same_id_in_one_file(void **state)
{
    struct place *p = *state;
    expect_refused(p, KIND_NEED, "id,title\n1,甲\n2,乙\n1,丙\n", "import_id_twice",
                   "id 1 occurs in line 2 and in line 4");
    expect_refused(p, KIND_NEED, "title,text\n甲,a\n甲,b\n", "import_title_twice", "lines 2 and 3");
    expect_counts(p, KIND_NEED, "id,title\n1,甲\n1,甲\n", "1 0 1 0 1 0");
    expect_counts(p, KIND_NEED, "{\"id\":\"1\",\"title\":\"甲\"}\n{\"title\":\"甲\",\"id\":\"1\"}",
                  "0 0 2 0 1 0");
}

static void ids_across_sources(void **state)
{
    struct place *p = *state;
    p->o.source = "city";
    expect_counts(p, KIND_NEED, "id,title\n1,甲\n", "1 0 0 0 0 0");
    assert_string_equal(get(p, KIND_NEED, "city:1")->id, "1");
    p->o.source = NULL;
    expect_counts(p, KIND_NEED, "id,title\n1,乙\n", "1 0 0 0 0 0");
    assert_string_equal(get(p, KIND_NEED, "1")->source, "local");
    expect_refused(p, KIND_NEED, "id,title\ncity:1,丙\n", "import_id_taken", "source city");
    p->o.source = "a:b";
    expect_refused(p, KIND_NEED, "id,title\n1,甲\n", "import_source", "a:b");
}

static void odd_ids(void **state)
{
    struct place *p = *state;
    char text[512];
    snprintf(text, sizeof text, "id,title\n%0201d,x\n", 1);
    expect_refused(p, KIND_NEED, text, "import_id_invalid", "line 2, field id");
    expect_refused(p, KIND_NEED, "id,title\n\"a\nb\",x\n", "import_id_invalid", "field id");
    /* A long number is an id, digit for digit. */
    expect_counts(p, KIND_NEED, "{\"id\":20261124000000000001,\"title\":\"甲\"}", "1 0 0 0 0 0");
    assert_string_equal(get(p, KIND_NEED, "20261124000000000001")->value[FIELD_TITLE], "甲");
}

/* ---- organisations of rows ---- */

static void owners_by_id(void **state)
{
    struct place *p = *state;
    expect_counts(p, KIND_ORG, "id,name\no1,示例甲公司\n", "1 0 0 0 0 0");
    p->o.source = "s";
    expect_counts(p, KIND_ORG, "id,name\no1,示例乙公司\no2,示例丙公司\n", "2 0 0 0 0 0");
    /* Its own source first; then the whole uid. */
    expect_counts(p, KIND_CAPABILITY, "id,title,org_id,org_name\n1,甲,o1,示例丁公司\n",
                  "1 0 0 0 0 0");
    assert_string_equal(get(p, KIND_CAPABILITY, "s:1")->owners[0], "s:o1");
    p->o.source = "t";
    expect_counts(p, KIND_CAPABILITY, "id,title,org_id\n1,甲,o1|s:o2\n", "1 0 0 0 0 0");
    struct record *r = get(p, KIND_CAPABILITY, "t:1");
    assert_int_equal(r->n_owners, 2);
    assert_string_equal(r->owners[0], "o1");
    assert_string_equal(r->owners[1], "s:o2");
    expect_refused(p, KIND_CAPABILITY, "id,title,org_id\n1,甲,o9\n", "import_org_unknown", "o9");
}

static void ambiguous_names(void **state)
{
    struct place *p = *state;
    expect_counts(p, KIND_ORG, "id,name\no1,示例甲有限公司\no2,示例甲有限责任公司\n",
                  "2 0 0 0 1 0");
    expect_refused(p, KIND_NEED, "id,title,org_name\n1,甲,示例甲有限公司\n", "import_org_ambiguous",
                   "o1, o2");
    assert_non_null(strstr(p->err.hint[LANG_EN], "org_id"));
    expect_refused(p, KIND_ORG, "name\n示例甲有限公司\n", "import_org_ambiguous", "o1, o2");
}

/* First only named in a file of needs, later entered with an id: the latter is meant. */
static void entered_organisation_before_named_one(void **state)
{
    struct place *p = *state;
    const char *need = "id,title,org_name\n1,甲,示例甲有限公司\n";
    expect_counts(p, KIND_NEED, need, "1 0 0 0 0 1");
    expect_counts(p, KIND_ORG, "id,name\no1,示例甲有限公司\n", "1 0 0 0 1 0");
    expect_counts(p, KIND_NEED, need, "0 1 0 0 0 0");
    assert_string_equal(get(p, KIND_NEED, "1")->owners[0], "o1");
    expect_counts(p, KIND_NEED, need, "0 0 1 0 0 0");
    /* A list without ids is about the organisation that is known by the name. */
    p->o.source = "list";
    expect_counts(p, KIND_ORG, "name,region\n示例甲有限公司,江苏\n", "0 1 0 0 0 0");
    assert_string_equal(get(p, KIND_ORG, "o1")->value[FIELD_REGION], "江苏");
}

static void a_need_has_one_owner(void **state)
{
    struct place *p = *state;
    expect_counts(p, KIND_NEED, "id,title,单位\n1,甲,示例甲公司、示例乙公司\n", "1 0 0 0 1 1");
    struct record *r = get(p, KIND_NEED, "1");
    assert_int_equal(r->n_owners, 1);
    assert_string_equal(r->extra, "{\"单位\":\"示例甲公司、示例乙公司\"}");
}

/* Contacts in a file of needs are their organisation's, and never land in extra. */
static void contacts_stay_sealed(void **state)
{
    struct place *p = *state;
    const char *text = "id,title,单位,联系人,联系电话,法人手机号码2\n1,甲,示例甲公司,子,1,9\n"
                       "2,乙,示例甲公司,丑,2,\n3,丙,,寅,3,\n4,丁,示例甲公司,,,\n";
    expect_counts(p, KIND_NEED, text, "4 0 0 0 3 1");
    for (int i = 1; i <= 4; i++) {
        char uid[2] = {(char)('0' + i), '\0'};
        assert_null(get(p, KIND_NEED, uid)->extra);
    }
    struct record *org = get(p, KIND_ORG, org_uid(p, "示例甲公司"));
    assert_string_equal(org->value[FIELD_CONTACT_NAME], "子");
    assert_string_equal(org->value[FIELD_CONTACT_PHONE], "1");
    expect_counts(p, KIND_NEED, text, "0 0 4 0 3 0");
    expect_counts(p, KIND_BOTTLENECK, "id,title,联系人\nb1,甲,子\n", "1 0 0 0 1 0");
    assert_null(get(p, KIND_BOTTLENECK, "b1")->extra);
}

/* ---- all or nothing, keep going, report, dry run ---- */

static const char mixed[] = "id,title,trl\n1,甲,5\n2,,5\n3,丙,99\n\"4\"x,丁,5\n5,戊,5\n";

static void all_or_nothing(void **state)
{
    struct place *p = *state;
    p->o.report_path = p->report;
    expect_refused(p, KIND_NEED, mixed, "import_missing_value", "line 3, field title");
    assert_non_null(strstr(p->err.text[LANG_EN], "3 rows rejected"));
    assert_int_equal(p->result.rows, 5);
    assert_int_equal(p->result.rejected, 3);
    assert_int_equal(count(p, KIND_NEED), 0);
    const char *report = report_text(p);
    assert_non_null(strstr(report, "file,line,severity,field,code,message\n"));
    assert_non_null(strstr(report, "/file,3,error,title,import_missing_value,title is empty\n"));
    assert_non_null(strstr(report, "/file,4,error,trl,"));
    assert_non_null(strstr(report, "/file,5,error,,csv_after_quote,"));
}

static void keep_going(void **state)
{
    struct place *p = *state;
    p->o.keep_going = true;
    p->o.report_path = p->report;
    expect_counts(p, KIND_NEED, mixed, "2 0 0 3 0 0");
    assert_int_equal(count(p, KIND_NEED), 2);
    expect_counts(p, KIND_NEED, mixed, "0 0 2 3 0 0");
    /* The second file of a command adds to the report. */
    p->o.report_append = true;
    p->o.lang = LANG_ZH;
    expect_counts(p, KIND_NEED, "id,title\n9,甲\n8,\xE7\x94\n7,\"\n6,丁\n", "1 0 0 2 0 0");
    const char *report = report_text(p);
    assert_ptr_equal(strstr(report, "file,line,"), report);
    assert_null(strstr(report + 1, "file,line,"));
    assert_non_null(strstr(report, ",3,error,title,import_missing_value,title is empty\n"));
    assert_non_null(strstr(report, ",3,error,,import_bad_utf8,不是合法的 UTF-8\n"));
    assert_non_null(strstr(report, ",4,error,,csv_unclosed_quote,"));
    expect_counts(p, KIND_NEED, "{\"id\":1,\"title\":\"甲\"\n{\"id\":10,\"title\":\"乙\"}\n",
                  "1 0 0 1 0 0");
}

static void dry_run(void **state)
{
    struct place *p = *state;
    p->o.dry_run = true;
    p->o.report_path = p->report;
    expect_counts(p, KIND_NEED, "id,title,org_name,trl\n1,甲,示例甲公司,3\n2,乙,示例甲公司,4\n",
                  "2 0 0 0 0 1");
    assert_int_equal(count(p, KIND_NEED), 0);
    assert_int_equal(count(p, KIND_ORG), 0);
    assert_string_equal(report_text(p), "file,line,severity,field,code,message\n");
    expect_refused(p, KIND_NEED, mixed, "import_missing_value", "line 3");
}

/* A rejected row does not bring its organisation in. */
static void rejected_rows_create_nothing(void **state)
{
    struct place *p = *state;
    p->o.keep_going = true;
    expect_counts(p, KIND_NEED, "id,title,org_name,trl\n1,甲,示例甲公司,x\n2,,示例乙公司,3\n",
                  "0 0 0 2 0 0");
    assert_int_equal(count(p, KIND_ORG), 0);
}

static void report_that_cannot_be_written(void **state)
{
    struct place *p = *state;
    p->o.report_path = "/nonexistent/report.csv";
    expect_refused(p, KIND_NEED, "id,title\n1,甲\n", "import_report_write", "/nonexistent/");
    assert_int_equal(count(p, KIND_NEED), 0);
}

/* ---- files that are no good ---- */

static void bad_files(void **state)
{
    struct place *p = *state;
    expect_refused(p, KIND_NEED, "", "import_empty", p->file);
    expect_refused(p, KIND_NEED, "\xEF\xBB\xBF \r\n\n", "import_empty", p->file);
    expect_refused(p, KIND_NEED, "id,标签\n1,甲\n", "import_missing_column", "id, 标签");
    expect_refused(p, KIND_NEED, "{\"id\":1,\"label\":2}\n", "import_missing_column", "id, label");
    expect_refused(p, KIND_NEED, "id,title\n1,\"甲\n", "csv_unclosed_quote", "line 2");
    expect_refused(p, KIND_NEED, "\"id,title\n1,甲\n", "csv_unclosed_quote", "line 1");
    expect_refused(p, KIND_NEED, "id,title\n1,caf\xE9\n", "encoding_unknown", "line 2");
    expect_refused(p, KIND_NEED, "id,title\n1,甲甲\n2,\xE7\x94\n", "encoding_damaged", "line 3");
    expect_refused(p, KIND_NEED, "PK\3\4", "encoding_workbook", p->file);
    static const char nul[] = "id,title\n1,\0\n";
    write_bytes(p->file, nul, sizeof nul - 1);
    assert_int_equal(import_file(p->store, p->file, &p->o, &p->result, &p->err), -1);
    assert_string_equal(p->err.code, "import_nul");
    assert_int_equal(import_file(p->store, p->dir, &p->o, &p->result, &p->err), -1);
    assert_string_equal(p->err.code, "file_directory");
    assert_int_equal(import_file(p->store, "/nonexistent", &p->o, &p->result, &p->err), -1);
    assert_string_equal(p->err.code, "file_open");
    assert_int_equal(count(p, KIND_NEED), 0);
}

static void header_alone_is_no_rows(void **state)
{
    struct place *p = *state;
    expect_counts(p, KIND_NEED, "id,title\n", "0 0 0 0 0 0");
    expect_counts(p, KIND_NEED, "[]\n", "0 0 0 0 0 0");
}

static void a_field_of_50_megabytes(void **state)
{
    struct place *p = *state;
    enum { BIG = 50 << 20 };
    struct str text;
    str_init(&text);
    str_adds(&text, "id,title,text\n1,甲,");
    str_reserve(&text, BIG + 100);
    memset(text.data + text.len, 'x', BIG);
    text.len += BIG;
    str_adds(&text, "\n2,乙,ok\n");
    expect_refused(p, KIND_NEED, text.data, "csv_field_too_long", "line 2");
    p->o.keep_going = true;
    expect_counts(p, KIND_NEED, text.data, "1 0 0 1 0 0");
    memcpy(text.data, "{\"title\":\"a\",\"text\":\"", 21);
    memset(text.data + 21, 'x', 8);
    memcpy(text.data + text.len - 10, "\"}\n\n\n\n\n\n\n\n", 10);
    p->o.keep_going = false;
    expect_refused(p, KIND_NEED, text.data, "record_too_long", "field text");
    str_free(&text);
}

/* With no room on disk the import fails as a whole and the store is as before. */
static void disk_full(void **state)
{
    struct place *p = *state;
    expect_counts(p, KIND_NEED, "id,title\n1,甲\n", "1 0 0 0 0 0");
    struct str text;
    str_init(&text);
    str_adds(&text, "id,title,text\n");
    for (int i = 2; i < 6000; i++) str_addf(&text, "%d,title %d,%0500d\n", i, i, i);
    write_bytes(p->file, text.data, text.len);
    str_free(&text);
    struct rlimit old, small = {.rlim_cur = 1 << 20};
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small.rlim_max = old.rlim_max;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    int rc = import_file(p->store, p->file, &p->o, &p->result, &p->err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    signal(SIGXFSZ, handler);
    assert_int_equal(rc, -1);
    assert_int_equal(p->err.kind, ERR_IO);
    assert_int_equal(p->result.rejected, 0);
    assert_int_equal(count(p, KIND_NEED), 1);
    store_close(p->store);
    p->store = store_open(p->dir, STORE_WRITE, &p->err);
    assert_non_null(p->store);
    assert_int_equal(count(p, KIND_NEED), 1);
    p->o.report_path = p->report;
    assert_int_equal(import_file(p->store, p->file, &p->o, &p->result, &p->err), 0);
    assert_int_equal(count(p, KIND_NEED), 5999);
}

/* Real files, where this machine has them. */
static void real_files(void **state)
{
    struct place *p = *state;
    p->o.source = "real";
    if (access("../shared/data/patents_cn/patents.jsonl", R_OK) != 0) {
        print_message("there are no real files at ../shared/data\n");
        skip();
    }
    p->o.kind = KIND_NEED;
    assert_int_equal(import_file(p->store, "../shared/data/needs/needs_shared.jsonl", &p->o,
                                 &p->result, &p->err),
                     0);
    assert_int_equal(p->result.created, 252);
    p->o.kind = KIND_CAPABILITY;
    const char *patents = "../shared/data/patents_cn/patents.jsonl";
    assert_int_equal(import_file(p->store, patents, &p->o, &p->result, &p->err), 0);
    assert_int_equal(p->result.created, 2049);
    assert_int_equal(p->result.rejected + p->result.warnings, 0);
    assert_int_equal(p->result.orgs_created, 1392);
    assert_int_equal(import_file(p->store, patents, &p->o, &p->result, &p->err), 0);
    assert_int_equal(p->result.unchanged, 2049);
    p->o.kind = KIND_ORG;
    assert_int_equal(import_file(p->store, "../shared/data/cn_universities/universities.csv", &p->o,
                                 &p->result, &p->err),
                     0);
    assert_int_equal(p->result.created + p->result.updated, 2820);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(chinese_columns),
        TEST(organisations),
        TEST(jsonl_with_lists_and_nested_extra),
        TEST(which_column_wins),
        TEST(maps),
        TEST(spreadsheet_habits),
        TEST(encodings),
        TEST(twice_changes_nothing),
        TEST(what_a_file_does_not_mention_stays),
        TEST(same_id_in_one_file),
        TEST(ids_across_sources),
        TEST(odd_ids),
        TEST(owners_by_id),
        TEST(ambiguous_names),
        TEST(entered_organisation_before_named_one),
        TEST(a_need_has_one_owner),
        TEST(contacts_stay_sealed),
        TEST(all_or_nothing),
        TEST(keep_going),
        TEST(dry_run),
        TEST(rejected_rows_create_nothing),
        TEST(report_that_cannot_be_written),
        TEST(bad_files),
        TEST(header_alone_is_no_rows),
        TEST(a_field_of_50_megabytes),
        TEST(disk_full),
        TEST(real_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
