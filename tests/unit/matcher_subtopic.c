/* How a challenge is split: by what, with which titles, targets and weights; and what is not. */
#include "base/base.h"

#include "base/str.h"
#include "base/utf8.h"
#include "fake_embedder.h"
#include "matcher/subtopic.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

struct fixture {
    struct arena arena;
    struct analyzer *analyzer;
    struct subtopic *t;
    size_t n;
};

static int set_up(void **state)
{
    struct fixture *f = mem_zalloc(1, sizeof *f);
    arena_init(&f->arena);
    f->analyzer = analyzer_new();
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    analyzer_free(f->analyzer);
    arena_free(&f->arena);
    free(f);
    return 0;
}

static void split(struct fixture *f, const struct record *r)
{
    struct err err = {0};
    assert_int_equal(subtopics_split(r, f->analyzer, NULL, &f->arena, &f->t, &f->n, &err), 0);
    double sum = 0;
    for (size_t i = 0; i < f->n; i++) {
        assert_string_equal(f->t[i].id, arena_printf(&f->arena, "t%zu", i + 1));
        assert_true(f->t[i].weight > 0);
        sum += f->t[i].weight;
    }
    assert_true(fabs(sum - 1.0) < 1e-9);
}

static void split_text(struct fixture *f, const char *title, const char *text)
{
    struct record r = {.kind = KIND_NEED, .uid = "n", .id = "n"};
    r.value[FIELD_TITLE] = title;
    r.value[FIELD_TEXT] = text;
    split(f, &r);
}

/* The titles, with " | " between. */
static void expect(struct fixture *f, const char *title, const char *text, const char *titles)
{
    struct str got;
    str_init(&got);
    split_text(f, title, text);
    for (size_t i = 0; i < f->n; i++) str_addf(&got, "%s%s", i ? " | " : "", f->t[i].title);
    if (strcmp(got.data, titles) != 0)
        fail_msg("of: %s\n  not: %s\n  but: %s", text, titles, got.data);
    str_free(&got);
}

static void expect_one(struct fixture *f, const char *title, const char *text)
{
    expect(f, title, text, title);
}

/* ---- lists ----------------------------------------------------------------------------------- */

static void test_numbered_lists(void **state)
{
    static const char *const lists[] = {
        "1、研发高速电机；2、研制碳化硅控制器；3、系统集成与示范应用。",
        "1.研发高速电机\n2.研制碳化硅控制器\n3.系统集成与示范应用",
        "1）研发高速电机；（2）研制碳化硅控制器；3）系统集成与示范应用",
        "（一）研发高速电机。（二）研制碳化硅控制器。（三）系统集成与示范应用。",
        "①研发高速电机；②研制碳化硅控制器；③系统集成与示范应用。",
        "一、研发高速电机\n二、研制碳化硅控制器\n三、系统集成与示范应用",
        "一是研发高速电机；二是研制碳化硅控制器；三是系统集成与示范应用。",
        "首先，研发高速电机；其次，研制碳化硅控制器；最后，系统集成与示范应用。",
        "第一，研发高速电机；第二，研制碳化硅控制器；第三，系统集成与示范应用。",
        "课题1：研发高速电机。\n课题2：研制碳化硅控制器。\n课题3：系统集成与示范应用。",
        "• 研发高速电机\n• 研制碳化硅控制器\n• 系统集成与示范应用",
        "研发高速电机；研制碳化硅控制器；系统集成与示范应用。",
    };
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        expect(*state, "电驱系统", lists[i],
               "高速电机研发 | 碳化硅控制器研制 | 系统集成与示范应用");
}

static void test_the_outer_list_counts(void **state)
{
    expect(*state, "掘进系统",
           "主要研究内容为：\n1）智能化的掘进技术：\n①自诊断技术；\n②远程遥控技术；\n"
           "2）锚护工艺优化：\n①围岩探测；\n②支护方案；\n3）连续排料系统开发。\n预期目标：\n1）论文"
           "10篇；\n2）"
           "专利20项。",
           "智能化的掘进技术 | 锚护工艺优化 | 连续排料系统开发");
}

/* What the firm is and has, money, and people are no subtopics, numbered or not. */
static void test_sections(void **state)
{
    struct fixture *f = *state;
    expect(f, "滤芯生产线",
           "需求内容：\n1、滤层直缝自动焊接；\n2、滤芯装配自动化；\n预期目标：量产应用\n"
           "现有工作基础：\n1.滤层折叠机；\n2.滤层直缝焊机；\n3.圆周自动氩弧焊接设备；",
           "滤层直缝自动焊接 | 滤芯装配自动化");
    expect_one(f, "防摇摆控制",
               "现有工作基础：\n1、公司建有研发中心；\n2、公司拥有设备50台；\n3、技术队伍完善。");
    expect(f, "电驱系统",
           "1、研发高速电机；2、研制碳化硅控制器；3、项目经费预算500万元；4、联系人：张先生，电话见"
           "附件。",
           "高速电机研发 | 碳化硅控制器研制");
}

/* Aim, difficulty and principle are sides of one thing. */
static void test_aspects_are_no_parts(void **state)
{
    expect_one(*state, "抛光机", "①目的：减少劳动强度。②难点：锅型多。③原理：砂带磨削。");
    expect_one(*state, "合金丝",
               "技术指标：1、抗拉强度≥1200MPa；2、延伸率≥12%；3、直径偏差≤0.01mm。");
}

/* ---- running text ---------------------------------------------------------------------------- */

static void test_tasks_in_a_row(void **state)
{
    expect(
        *state, "电驱系统",
        "拟突破高速转子强度设计技术，开发碳化硅驱动控制器，以降低损耗，建立电机热管理仿真模型，完成"
        "整车"
        "示范应用验证。",
        "高速转子强度设计技术 | 碳化硅驱动控制器开发 | 电机热管理仿真模型建立 | 整车示范应用验证");
    expect_one(*state, "加热设备", "目前我公司开发的加热设备容易烧坏，需要解决这个难题。");
}

static void test_enumerations(void **state)
{
    struct fixture *f = *state;
    expect(
        f, "扇出封装翘曲控制",
        "翘曲影响对位，需突破低应力塑封材料、固化翘曲预测与芯片偏移补偿技术，使翘曲控制在1mm以内。",
        "低应力塑封材料 | 固化翘曲预测 | 芯片偏移补偿技术");
    expect(f, "电主轴", "20000r/min以上电主轴的轴承、热伸长与动平衡技术。",
           "20000r/min以上电主轴的轴承 | 20000r/min以上电主轴的热伸长 | "
           "20000r/min以上电主轴的动平衡技术");
    expect(f, "电池回收", "针对“电池包拆解--梯次利用--物质回收”全产业链进行研究。",
           "电池包拆解 | 梯次利用 | 物质回收");
    /* Where it is used, what there is and what it is made of are no parts. */
    expect_one(f, "铝粉", "用于汽车零部件、航空结构件、家用电器等领域。");
    expect_one(f, "天车", "其由真空泵系统、冷却系统与除尘系统组成。");
    expect_one(f, "电容器", "研发高电压、高能量密度超级电容器。");
}

static void test_titles_alone(void **state)
{
    struct fixture *f = *state;
    expect(f, "高效催化材料的高通量预测、制备和示范应用", NULL,
           "高效催化材料的高通量预测 | 高效催化材料的高通量制备 | 高效催化材料的示范应用");
    expect(f, "轻质高强镁合金集成计算与制备", NULL, "轻质高强镁合金集成计算 | 轻质高强镁合金制备");
    expect_one(f, "催化剂的研究与应用", NULL);
    expect_one(f, "单晶的研制及其产业化", NULL);
    expect_one(f, "打印软件开发与设计", NULL);
}

static void test_components_by_their_figures(void **state)
{
    struct fixture *f = *state;
    expect(f, "电驱系统", "电机功率密度≥5kW/kg；控制器效率≥98.5%；减速器噪声≤70dB。",
           "电机功率密度 | 控制器效率 | 减速器噪声");
    assert_string_equal(f->t[1].targets, "控制器效率≥98.5%");
    expect_one(f, "合金丝", "抗拉强度≥1200MPa，延伸率≥12%。");
}

static void test_sentences_are_grouped(void **state)
{
    expect(*state, "智能温室",
           "温室内的番茄病害需要早期识别。希望通过叶片图像提高番茄病害识别的准确率。"
           "温室的加热能耗需要降低。希望优化温室加热管网的热能利用。要求加热系统的能耗降低三成。",
           "提高番茄病害识别的准确率 | 温室加热管网的热能利用");
}

static void test_english(void **state)
{
    struct fixture *f = *state;
    expect(
        f, "Spindle",
        "We make spindles. The following work is needed: 1. Develop a ceramic bearing with a life "
        "of at least 8000 h; 2. Design of the cooling system, temperature rise <= 25 C; 3. "
        "Validate "
        "the prototype on our bench. Budget: 3 million. Contact: Mr Li.",
        "Develop a ceramic bearing with a life of at least 8000 h | Design of the cooling system | "
        "Validate the prototype on our bench");
    assert_string_equal(f->t[0].targets,
                        "Develop a ceramic bearing with a life of at least 8000 h");
    assert_string_equal(f->t[1].targets, "temperature rise <= 25 C");
    expect(
        f, "Gearbox noise",
        "We look for a partner who can develop a transmission error model, build a test rig, and "
        "validate the criterion on 12,000 units.",
        "develop a transmission error model | build a test rig | "
        "validate the criterion on 12,000 units");
    expect(f, "Rinse",
           "The project includes surfactant design, wetting simulation and coating tests.",
           "surfactant design | wetting simulation | coating tests");
    expect_one(f, "Seal", "Our seal leaks at 6000 m and we need somebody who can help.");
}

/* ---- fields ---------------------------------------------------------------------------------- */

static void test_key_technology_comes_first(void **state)
{
    struct fixture *f = *state;
    struct record r = {.kind = KIND_NEED, .uid = "n", .id = "n"};
    r.value[FIELD_TITLE] = "模具镶件";
    r.value[FIELD_TEXT] = "想请高校帮忙：1、设计水路；2、处理模具钢。";
    r.value[FIELD_KEY_TECHNOLOGY] = "随形冷却水路拓扑设计；模具钢热处理；混合增减材连接";
    r.value[FIELD_TARGETS] = "模具钢硬度46~50HRC；水路冷却周期缩短≥25%；致密度≥99.8%";
    split(f, &r);
    assert_int_equal(f->n, 3);
    assert_string_equal(f->t[0].title, "随形冷却水路拓扑设计");
    assert_string_equal(f->t[2].title, "混合增减材连接");
    /* By the words they share; what belongs to none is the first's. */
    assert_string_equal(f->t[0].targets, "水路冷却周期缩短≥25%\n致密度≥99.8%");
    assert_string_equal(f->t[1].targets, "模具钢硬度46~50HRC");
    assert_null(f->t[2].targets);
    assert_true(f->t[0].weight > f->t[2].weight);
    /* A figure that belongs to the whole adds no weight. */
    assert_true(fabs(f->t[0].weight - f->t[1].weight) < 1e-9);
    /* Said alone, a short one would be about everything. */
    assert_non_null(strstr(f->t[2].text, "模具镶件"));
}

static void test_figures_of_the_present_are_no_targets(void **state)
{
    struct fixture *f = *state;
    split_text(f, "灌装机",
               "1、灌装阀改造，现在的计量误差有1.4%，要求计量误差不超过0.3%；2、凸轮曲线设计。");
    assert_int_equal(f->n, 2);
    assert_string_equal(f->t[0].targets, "要求计量误差不超过0.3%");
    assert_null(f->t[1].targets);
}

static void test_a_subtopic_is_a_need(void **state)
{
    struct fixture *f = *state;
    split_text(f, "电驱系统", "1、研发高速电机，转速≥20000r/min；2、研制碳化硅控制器。");
    const struct record *r = subtopic_record(&f->t[0], &f->arena);
    assert_int_equal(r->kind, KIND_NEED);
    assert_string_equal(r->uid, "t1");
    assert_string_equal(r->value[FIELD_TITLE], "高速电机研发");
    assert_string_equal(r->value[FIELD_TARGETS], "转速≥20000r/min");
    assert_non_null(strstr(r->value[FIELD_TEXT], "研发高速电机"));
}

/* ---- titles ---------------------------------------------------------------------------------- */

static void test_titles(void **state)
{
    static const struct {
        const char *item, *title;
    } cases[] = {
        {"首先需要重点研究刀具的磨损机理，为换刀提供依据", "刀具的磨损机理研究"},
        {"针对薄壁件易变形的问题，研制随动支撑夹具，以抑制颤振", "随动支撑夹具研制"},
        {"通过数值模拟分析，优化模具结构", "模具结构优化"},
        {"对燃料粒度、混配等关键技术进行优化", "燃料粒度、混配等关键技术优化"},
        {"自诊断技术：故障预警、寿命预估和专家系统", "自诊断技术"},
        {"腌制蒜（糖醋蒜和绿蒜）自动化工艺的开发", "腌制蒜自动化工艺的开发"},
        {"智能感知能力上，通过多种方式感知环境", "智能感知能力"},
        {"开发一套能够实时采集多个车间设备运行数据并进行融合分析和故障诊断的工业互联网平台软件系统"
         "和移动终端"
         "应用",
         "能够实时采集多个车间设备运行数据"},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *text =
            arena_printf(&f->arena, "需求内容：\n1、%s；\n2、建立试验平台。", cases[i].item);
        split_text(f, "项目", text);
        assert_int_equal(f->n, 2);
        assert_string_equal(f->t[0].title, cases[i].title);
        assert_true(utf8_count(f->t[0].title, strlen(f->t[0].title)) <= 42);
    }
}

/* ---- bad input ------------------------------------------------------------------------------- */

static void test_nothing_to_split(void **state)
{
    struct fixture *f = *state;
    expect_one(f, "只有标题", NULL);
    expect_one(f, "只有标点", "。。；；，，、、1、2、3、（一）①②：：“--”");
    expect_one(f, "坏字节", "\xFF\xFE\x80 1\xE3\x80 (\xE2\x91");
    expect_one(f, "空白", " \n \t\n ");
    assert_null(f->t[0].targets);
    assert_true(f->t[0].weight > 0.999);
}

static void test_many_items_are_merged(void **state)
{
    struct fixture *f = *state;
    struct str text;
    str_init(&text);
    for (int i = 1; i <= 500; i++) str_addf(&text, "%d、研究%d号零件的疲劳寿命；\n", i, i);
    split_text(f, "五百项", text.data);
    assert_int_equal(f->n, SUBTOPICS_MAX);
    assert_string_equal(f->t[0].title, "1号零件的疲劳寿命研究等");
    assert_non_null(strstr(f->t[0].text, "研究62号零件"));
    assert_non_null(strstr(f->t[7].text, "研究500号零件"));
    /* Nine: two of them become one, named both. */
    str_clear(&text);
    for (int i = 1; i <= 9; i++) str_addf(&text, "%d、研究%d号减速器；\n", i, i);
    split_text(f, "九项", text.data);
    assert_int_equal(f->n, SUBTOPICS_MAX);
    assert_string_equal(f->t[0].title, "1号减速器研究、2号减速器研究");
    assert_string_equal(f->t[1].title, "3号减速器研究");
    str_free(&text);
}

static size_t length(const char *text)
{
    return text ? utf8_count(text, strlen(text)) : 0;
}

/* A megabyte of the worst there is takes no longer than a page. */
static void test_work_is_bounded(void **state)
{
    static const char *const worst[] = {"1、首先一是（1）①a)第一，",
                                        "研究电机的效率；",
                                        "突破轴承、",
                                        "研发((",
                                        "电机效率≥5%；",
                                        "“a--b",
                                        "目标：\n"};
    struct fixture *f = *state;
    for (size_t i = 0; i < ARRAY_LEN(worst); i++) {
        struct str text;
        str_init(&text);
        while (text.len < 1 << 20) str_adds(&text, worst[i]);
        clock_t before = clock();
        split_text(f, "一兆", text.data);
        assert_true(f->n >= 1 && f->n <= SUBTOPICS_MAX);
        for (size_t k = 0; k < f->n; k++) {
            assert_true(length(f->t[k].title) <= SUBTOPIC_TEXT_MAX);
            assert_true(length(f->t[k].text) <= SUBTOPIC_TEXT_MAX + 1 + 200);
            assert_true(length(f->t[k].targets) <= SUBTOPIC_TEXT_MAX);
        }
        assert_true((clock() - before) / CLOCKS_PER_SEC < 5);
        str_free(&text);
    }
}

static void test_an_embedder_may_fail(void **state)
{
    struct fixture *f = *state;
    struct fake_embedder *e = fake_embedder_new(16);
    struct record r = {.kind = KIND_NEED, .uid = "n", .id = "n"};
    struct err err = {0};
    r.value[FIELD_TITLE] = "电驱系统";
    r.value[FIELD_TEXT] = "1、研发高速电机；2、研制控制器。要求：温升≤40℃。";
    assert_int_equal(subtopics_split(&r, f->analyzer, &e->base, &f->arena, &f->t, &f->n, &err), 0);
    assert_int_equal(f->n, 2);
    atomic_store(&e->broken, true);
    assert_int_equal(subtopics_split(&r, f->analyzer, &e->base, &f->arena, &f->t, &f->n, &err), -1);
    assert_string_equal(err.code, "fake_broken");
    embedder_free(&e->base);
}

static void test_twice_the_same(void **state)
{
    struct fixture *f = *state;
    static const char text[] =
        "需求内容：\n1、研发高速电机，转速≥20000r/min；\n2、研制控制器，效率≥98%；";
    split_text(f, "电驱系统", text);
    struct subtopic *first = f->t;
    size_t n = f->n;
    split_text(f, "电驱系统", text);
    assert_int_equal(f->n, n);
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(f->t[i].title, first[i].title);
        assert_string_equal(f->t[i].text, first[i].text);
        assert_string_equal(f->t[i].targets, first[i].targets);
        assert_true(f->t[i].weight == first[i].weight);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_numbered_lists),
        TEST(test_the_outer_list_counts),
        TEST(test_sections),
        TEST(test_aspects_are_no_parts),
        TEST(test_tasks_in_a_row),
        TEST(test_enumerations),
        TEST(test_titles_alone),
        TEST(test_components_by_their_figures),
        TEST(test_sentences_are_grouped),
        TEST(test_english),
        TEST(test_key_technology_comes_first),
        TEST(test_figures_of_the_present_are_no_targets),
        TEST(test_a_subtopic_is_a_need),
        TEST(test_titles),
        TEST(test_nothing_to_split),
        TEST(test_many_items_are_merged),
        TEST(test_work_is_bounded),
        TEST(test_an_embedder_may_fail),
        TEST(test_twice_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
