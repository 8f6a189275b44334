#include "base/base.h"

#include "base/mem.h"
#include "base/str.h"
#include "corpus/orgname.h"
#include "corpus/record_json.h"
#include "corpus/store_db.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- a data directory of its own for every test ---------------------------------------------- */

struct fixture {
    char dir[64], path[96];
    struct store *store;
    struct arena arena;
    struct err err;
};

static void open_store(struct fixture *x)
{
    x->store = store_open(x->dir, STORE_WRITE, &x->err);
    if (!x->store) fail_msg("open: %s", err_text(&x->err, LANG_EN));
}

static int set_up(void **state)
{
    struct fixture *x = mem_zalloc(1, sizeof *x);
    snprintf(x->dir, sizeof x->dir, "/tmp/hongniang-store-XXXXXX");
    if (!mkdtemp(x->dir)) return -1;
    snprintf(x->path, sizeof x->path, "%s/hongniang.db", x->dir);
    arena_init(&x->arena);
    open_store(x);
    *state = x;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *x = *state;
    char name[128];
    store_close(x->store);
    arena_free(&x->arena);
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        snprintf(name, sizeof name, "%s%s", x->path, ends[i]);
        unlink(name);
    }
    rmdir(x->dir);
    free(x);
    return 0;
}

#define ok(x, call)                                                                                \
    do {                                                                                           \
        if ((call) != 0) fail_msg("%s: %s", #call, err_text(&(x)->err, LANG_EN));                  \
    } while (0)

#define fails(x, wanted, call)                                                                     \
    do {                                                                                           \
        (x)->err = (struct err){0};                                                                \
        assert_int_equal(call, -1);                                                                \
        assert_string_equal((x)->err.code ? (x)->err.code : "none", wanted);                       \
    } while (0)

/* ---- records to work with ------------------------------------------------------------------- */

static struct record org(const char *id, const char *name)
{
    struct record r = {.kind = KIND_ORG, .uid = id, .source = "local", .id = id};
    r.value[FIELD_NAME] = name;
    return r;
}

static struct record need(const char *id, const char *title, const char *const *owner)
{
    struct record r = {.kind = KIND_NEED, .uid = id, .source = "local", .id = id};
    r.value[FIELD_TITLE] = title;
    r.owners = owner;
    r.n_owners = owner ? 1 : 0;
    return r;
}

static enum put_outcome put(struct fixture *x, const struct record *r, int64_t *rev)
{
    enum put_outcome outcome;
    ok(x, store_put(x->store, "test", r, 0, &outcome, rev, &x->err));
    return outcome;
}

static struct record *get(struct fixture *x, enum kind kind, const char *uid)
{
    struct record *r;
    ok(x, store_get(x->store, kind, uid, &x->arena, &r, &x->err));
    return r;
}

/* ---- put and get ---------------------------------------------------------------------------- */

static void test_put_get(void **state)
{
    struct fixture *x = *state;
    int64_t rev;
    struct record o = org("o1", "示例材料（昆山）有限责任公司");
    o.value[FIELD_KIND] = "enterprise";
    o.value[FIELD_CONTACT_PHONE] = "0512-0000-0001";
    o.extra = "{\"a\":1,\"b\":[\"x\"]}";
    assert_int_equal(put(x, &o, &rev), PUT_CREATED);
    assert_int_equal(rev, 1);
    assert_int_equal(put(x, &o, &rev), PUT_UNCHANGED);
    assert_int_equal(rev, 1);

    const char *const owners[] = {"o1"};
    struct record n = need("n1", "轴承 'quoted' \"双引号\" \\ 反斜杠", owners);
    n.value[FIELD_TRL] = "6";
    n.value[FIELD_BUDGET_WAN] = "0.1";
    n.value[FIELD_DEADLINE] = "2027-06";
    assert_int_equal(put(x, &n, NULL), PUT_CREATED);

    struct record *r = get(x, KIND_NEED, "n1");
    assert_non_null(r);
    assert_true(record_same(r, &n));
    assert_string_equal(r->owners[0], "o1");
    assert_string_equal(r->value[FIELD_BUDGET_WAN], "0.1");
    assert_string_equal(r->source, "local");
    assert_int_equal(r->rev, 1);
    assert_string_equal(r->created_at, r->updated_at);
    assert_true(record_same(get(x, KIND_ORG, "o1"), &o));
    assert_null(get(x, KIND_ORG, "n1"));
    assert_null(get(x, KIND_NEED, "nothing"));
}

static void test_every_field(void **state)
{
    struct fixture *x = *state;
    for (int k = 0; k < KIND_COUNT; k++) {
        struct record r = {.kind = (enum kind)k, .uid = "s:1", .source = "s", .id = "1"};
        for (int f = 0; f < FIELD_COUNT; f++)
            if (field_of_kind((enum field)f, r.kind)) r.value[f] = field_info((enum field)f)->name;
        r.value[FIELD_TRL] = "9", r.value[FIELD_YEAR] = "2020";
        r.value[FIELD_BUDGET_WAN] = "123456789.125";
        static const char *const before[] = {"s:1"};
        for (int f = 0; f < FIELD_COUNT; f++)
            if (field_refers((enum field)f) != KIND_COUNT) r.value[f] = before[0];
        if (r.kind == KIND_PROPOSAL) r.value[FIELD_BOTTLENECK_ID] = NULL; /* or the need */
        if (r.kind == KIND_CONSORTIUM) r.owners = before, r.n_owners = 1;
        r.value[FIELD_STATE] = "failed";
        for (int f = 0; f < FIELD_COUNT; f++)
            if (!field_of_kind((enum field)f, r.kind)) r.value[f] = NULL;
        assert_int_equal(put(x, &r, NULL), PUT_CREATED);
        struct record *back = get(x, r.kind, "s:1");
        assert_true(record_same(back, &r));
        assert_null(back->value[FIELD_ORG_ID]); /* virtual: not kept */
        assert_int_equal(put(x, back, NULL), PUT_UNCHANGED);
    }
}

static void test_refusals(void **state)
{
    struct fixture *x = *state;
    struct record o = org("o1", "A"), nameless = org("o2", NULL), taken = org("o1", "B");
    put(x, &o, NULL);
    fails(x, "record_missing", store_put(x->store, "t", &nameless, 0, NULL, NULL, &x->err));
    taken.source = "other";
    fails(x, "store_taken", store_put(x->store, "t", &taken, 0, NULL, NULL, &x->err));
    assert_int_equal(x->err.kind, ERR_CONFLICT);
    const char *const nobody[] = {"o9"};
    struct record n = need("n1", "T", nobody);
    fails(x, "store_owner", store_put(x->store, "t", &n, 0, NULL, NULL, &x->err));
    assert_null(get(x, KIND_NEED, "n1")); /* the half-written change was undone */
    int64_t seq;
    ok(x, store_seq(x->store, &seq, &x->err));
    assert_int_equal(seq, 1);
}

static void test_expected_revision(void **state)
{
    struct fixture *x = *state;
    int64_t rev;
    struct record o = org("o1", "A");
    fails(x, "store_changed", store_put(x->store, "t", &o, 1, NULL, NULL, &x->err));
    put(x, &o, NULL);
    o.value[FIELD_TOWN] = "T";
    fails(x, "store_changed", store_put(x->store, "t", &o, 2, NULL, NULL, &x->err));
    assert_int_equal(x->err.kind, ERR_CONFLICT);
    ok(x, store_put(x->store, "t", &o, 1, NULL, &rev, &x->err));
    assert_int_equal(rev, 2);
    fails(x, "store_changed", store_delete(x->store, "t", KIND_ORG, "o1", 1, &x->err));
    ok(x, store_delete(x->store, "t", KIND_ORG, "o1", 2, &x->err));
    fails(x, "store_no_org", store_delete(x->store, "t", KIND_ORG, "o1", 0, &x->err));
    fails(x, "store_no_org", store_delete(x->store, "t", KIND_ORG, "o7", 0, &x->err));
    assert_null(get(x, KIND_ORG, "o1"));
    /* It comes to life again, as a creation with the next revision. */
    enum put_outcome outcome;
    ok(x, store_put(x->store, "t", &o, 0, &outcome, &rev, &x->err));
    assert_int_equal(outcome, PUT_CREATED);
    assert_int_equal(rev, 4);
}

static void test_owners(void **state)
{
    struct fixture *x = *state;
    const char *const ids[] = {"o3", "o1", "o3", "o2"};
    struct record a = org("o1", "A"), b = org("o2", "B"), c = org("o3", "C");
    put(x, &a, NULL), put(x, &b, NULL), put(x, &c, NULL);
    struct record r = {.kind = KIND_CAPABILITY, .uid = "c1", .source = "local", .id = "c1"};
    r.value[FIELD_TITLE] = "T";
    r.owners = ids;
    r.n_owners = 4;
    put(x, &r, NULL);
    struct record *back = get(x, KIND_CAPABILITY, "c1");
    assert_int_equal(back->n_owners, 3); /* each once, in order */
    assert_string_equal(back->owners[0], "o3");
    assert_string_equal(back->owners[1], "o1");
    assert_string_equal(back->owners[2], "o2");
    assert_int_equal(put(x, &r, NULL), PUT_UNCHANGED);
    r.owners = ids + 1;
    r.n_owners = 2;
    assert_int_equal(put(x, &r, NULL), PUT_UPDATED);
    assert_string_equal(get(x, KIND_CAPABILITY, "c1")->owners[0], "o1");
    ok(x, store_delete(x->store, "t", KIND_ORG, "o1", 0, &x->err)); /* links to it stay */
    assert_int_equal(get(x, KIND_CAPABILITY, "c1")->n_owners, 2);
    r.n_owners = 0;
    assert_int_equal(put(x, &r, NULL), PUT_UPDATED);
    assert_int_equal(get(x, KIND_CAPABILITY, "c1")->n_owners, 0);
    /* A bottleneck item has no owner, whatever is said. */
    struct record n = {.kind = KIND_BOTTLENECK, .uid = "b", .source = "local", .id = "b"};
    n.value[FIELD_TITLE] = "T";
    n.owners = ids;
    n.n_owners = 1;
    put(x, &n, NULL);
    assert_int_equal(put(x, &n, NULL), PUT_UNCHANGED);
    assert_int_equal(get(x, KIND_BOTTLENECK, "b")->n_owners, 0);
}

/* ---- lists ---------------------------------------------------------------------------------- */

struct listing {
    struct fixture *x;
    struct arena *arena;
    struct str uids;
    size_t stop_after;
    bool nested, fail;
};

static int list_uid(void *ctx, struct record *r, struct err *err)
{
    struct listing *l = ctx;
    str_addf(&l->uids, "%s ", r->uid);
    arena_reset(l->arena);
    if (l->fail) return err_set(err, ERR_INTERNAL, "test", "test", "test", "", "");
    if (l->nested) {
        struct listing inner = {.x = l->x, .arena = l->arena};
        struct store_query q = {.kind = KIND_ORG, .limit = 1};
        str_init(&inner.uids);
        ok(l->x, store_list(l->x->store, &q, l->arena, list_uid, &inner, err));
        str_addf(&l->uids, "(%s)", inner.uids.data);
        str_free(&inner.uids);
        get(l->x, KIND_ORG, "a");
    }
    return l->stop_after && --l->stop_after == 0 ? 1 : 0;
}

static void check_list(struct fixture *x, struct store_query q, struct listing l,
                       const char *wanted)
{
    struct arena arena;
    arena_init(&arena);
    l.x = x;
    l.arena = &arena;
    str_init(&l.uids);
    ok(x, store_list(x->store, &q, &arena, list_uid, &l, &x->err));
    assert_string_equal(l.uids.data, wanted);
    str_free(&l.uids);
    arena_free(&arena);
}

/* What an introduction names must be there; who offers is the capability's owner unless said. */
static void test_introductions(void **state)
{
    struct fixture *x = *state;
    struct record a = org("a", "A"), b = org("b", "B");
    const char *const by_a[] = {"a"}, *const by_b[] = {"b"};
    struct record n = need("n", "N", by_b);
    struct record c = {.kind = KIND_CAPABILITY, .uid = "c", .source = "local", .id = "c"};
    c.value[FIELD_TITLE] = "C";
    c.owners = by_a;
    c.n_owners = 1;
    put(x, &a, NULL);
    put(x, &b, NULL);
    put(x, &n, NULL);
    put(x, &c, NULL);

    struct record i = {.kind = KIND_INTRODUCTION, .uid = "i", .source = "local", .id = "i"};
    fails(x, "record_missing", store_put(x->store, "t", &i, 0, NULL, NULL, &x->err));
    i.value[FIELD_NEED_ID] = "n";
    fails(x, "record_missing", store_put(x->store, "t", &i, 0, NULL, NULL, &x->err));
    i.value[FIELD_STATE] = "met";
    fails(x, "store_supplier", store_put(x->store, "t", &i, 0, NULL, NULL, &x->err));
    i.value[FIELD_CAPABILITY_ID] = "nothing";
    fails(x, "store_reference", store_put(x->store, "t", &i, 0, NULL, NULL, &x->err));
    i.value[FIELD_CAPABILITY_ID] = "c";
    i.value[FIELD_REASON] = "price";
    fails(x, "record_reason", store_put(x->store, "t", &i, 0, NULL, NULL, &x->err));
    i.value[FIELD_REASON] = NULL;
    assert_int_equal(put(x, &i, NULL), PUT_CREATED);
    assert_int_equal(put(x, &i, NULL), PUT_UNCHANGED);
    assert_string_equal(get(x, KIND_INTRODUCTION, "i")->owners[0], "a");

    /* The capability changes hands; who was introduced stays. */
    ok(x, store_delete(x->store, "t", KIND_CAPABILITY, "c", 0, &x->err));
    assert_int_equal(put(x, get(x, KIND_INTRODUCTION, "i"), NULL), PUT_UNCHANGED);
    i.owners = by_b;
    i.n_owners = 1;
    i.value[FIELD_STATE] = "failed";
    i.value[FIELD_REASON] = "price";
    assert_int_equal(put(x, &i, NULL), PUT_UPDATED);
    assert_string_equal(get(x, KIND_INTRODUCTION, "i")->owners[0], "b");
    ok(x, store_undo(x->store, "t", KIND_INTRODUCTION, "i", 0, &x->err));
    assert_string_equal(get(x, KIND_INTRODUCTION, "i")->owners[0], "a");
    assert_string_equal(get(x, KIND_INTRODUCTION, "i")->value[FIELD_STATE], "met");
    ok(x, store_delete(x->store, "t", KIND_INTRODUCTION, "i", 0, &x->err));
    fails(x, "store_no_introduction",
          store_delete(x->store, "t", KIND_INTRODUCTION, "i", 0, &x->err));
    ok(x, store_check(x->store, &x->err));
}

/* A proposal is for one challenge; its request and plan are objects, kept as they are printed. */
static void test_proposals(void **state)
{
    struct fixture *x = *state;
    struct record a = org("a", "A");
    const char *const by_a[] = {"a"};
    struct record n = need("n", "N", by_a);
    struct record b = {.kind = KIND_BOTTLENECK, .uid = "b", .source = "local", .id = "b"};
    b.value[FIELD_TITLE] = "B";
    put(x, &a, NULL);
    put(x, &n, NULL);
    put(x, &b, NULL);

    struct record p = {.kind = KIND_PROPOSAL, .uid = "p", .source = "local", .id = "p"};
    p.value[FIELD_TITLE] = "P";
    fails(x, "record_challenge", store_put(x->store, "t", &p, 0, NULL, NULL, &x->err));
    p.value[FIELD_NEED_ID] = "nothing";
    fails(x, "store_reference", store_put(x->store, "t", &p, 0, NULL, NULL, &x->err));
    p.value[FIELD_NEED_ID] = "n";
    p.value[FIELD_BOTTLENECK_ID] = "b";
    fails(x, "record_challenge", store_put(x->store, "t", &p, 0, NULL, NULL, &x->err));
    p.value[FIELD_NEED_ID] = NULL;
    static const char spaced[] = " { \"a\" : [1, 2.50] } ", text[] = "[1]";
    fails(x, "record_no_json",
          record_set_value(&p, FIELD_PLAN, text, strlen(text), &x->arena, NULL, &x->err));
    ok(x, record_set_value(&p, FIELD_PLAN, spaced, strlen(spaced), &x->arena, NULL, &x->err));
    assert_int_equal(put(x, &p, NULL), PUT_CREATED);
    assert_string_equal(get(x, KIND_PROPOSAL, "p")->value[FIELD_PLAN], "{\"a\":[1,2.5]}");
    p.value[FIELD_STATE] = "agreed";
    p.value[FIELD_PLAN] = NULL;
    assert_int_equal(put(x, &p, NULL), PUT_UPDATED);
    ok(x, store_undo(x->store, "t", KIND_PROPOSAL, "p", 0, &x->err));
    assert_string_equal(get(x, KIND_PROPOSAL, "p")->value[FIELD_PLAN], "{\"a\":[1,2.5]}");
    ok(x, store_delete(x->store, "t", KIND_PROPOSAL, "p", 0, &x->err));
    fails(x, "store_no_proposal", store_delete(x->store, "t", KIND_PROPOSAL, "p", 0, &x->err));
    ok(x, store_check(x->store, &x->err));
}

/* A consortium has members, in their order, and may name what it is for. */
static void test_consortia(void **state)
{
    struct fixture *x = *state;
    struct record a = org("a", "A"), b = org("b", "B");
    const char *const members[] = {"b", "a", "b"}, *const by_a[] = {"a"};
    struct record n = need("n", "N", by_a);
    put(x, &a, NULL);
    put(x, &b, NULL);
    put(x, &n, NULL);

    struct record u = {.kind = KIND_CONSORTIUM, .uid = "u", .source = "local", .id = "u"};
    u.value[FIELD_TITLE] = "U";
    fails(x, "store_members", store_put(x->store, "t", &u, 0, NULL, NULL, &x->err));
    u.owners = members;
    u.n_owners = ARRAY_LEN(members);
    u.value[FIELD_PROPOSAL_ID] = "nothing";
    fails(x, "store_reference", store_put(x->store, "t", &u, 0, NULL, NULL, &x->err));
    u.value[FIELD_PROPOSAL_ID] = NULL;
    u.value[FIELD_NEED_ID] = "n";
    assert_int_equal(put(x, &u, NULL), PUT_CREATED);
    const struct record *stored = get(x, KIND_CONSORTIUM, "u");
    assert_int_equal(stored->n_owners, 2);
    assert_string_equal(stored->owners[0], "b");
    assert_string_equal(stored->owners[1], "a");
    ok(x, store_delete(x->store, "t", KIND_CONSORTIUM, "u", 0, &x->err));
    fails(x, "store_no_consortium", store_delete(x->store, "t", KIND_CONSORTIUM, "u", 0, &x->err));
    ok(x, store_check(x->store, &x->err));
}

static void test_list(void **state)
{
    struct fixture *x = *state;
    static const char *const ids[] = {"b", "a", "Z", "\xE4\xB8\xAD", "a1", "gone"};
    for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
        struct record o = org(ids[i], "N");
        put(x, &o, NULL);
    }
    ok(x, store_delete(x->store, "t", KIND_ORG, "gone", 0, &x->err));
    struct store_query all = {.kind = KIND_ORG};
    check_list(x, all, (struct listing){0}, "Z a a1 b 中 ");
    check_list(x, all, (struct listing){.stop_after = 2}, "Z a ");
    check_list(x, all, (struct listing){.nested = true, .stop_after = 2}, "Z (Z )a (Z )");
    check_list(x, (struct store_query){.kind = KIND_ORG, .limit = 2}, (struct listing){0}, "Z a ");
    check_list(x, (struct store_query){.kind = KIND_ORG, .after = "a", .limit = 2},
               (struct listing){0}, "a1 b ");
    check_list(x, (struct store_query){.kind = KIND_ORG, .after = "\xE4\xB8\xAD"},
               (struct listing){0}, "");
    check_list(x, (struct store_query){.kind = KIND_NEED}, (struct listing){0}, "");

    const char *const a[] = {"a"}, *const b[] = {"b"};
    struct record n1 = need("n1", "T", a), n2 = need("n2", "T", b), n3 = need("n3", "T", a);
    put(x, &n1, NULL), put(x, &n2, NULL), put(x, &n3, NULL);
    check_list(x, (struct store_query){.kind = KIND_NEED, .owner = "a"}, (struct listing){0},
               "n1 n3 ");
    check_list(x, (struct store_query){.kind = KIND_NEED, .owner = "a", .after = "n1"},
               (struct listing){0}, "n3 ");
    check_list(x, (struct store_query){.kind = KIND_CAPABILITY, .owner = "a"}, (struct listing){0},
               "");

    struct listing failing = {.x = x, .arena = &x->arena, .fail = true};
    str_init(&failing.uids);
    fails(x, "test", store_list(x->store, &all, &x->arena, list_uid, &failing, &x->err));
    str_free(&failing.uids);

    int64_t count;
    ok(x, store_count(x->store, KIND_ORG, &count, &x->err));
    assert_int_equal(count, 5);
}

static void test_names(void **state)
{
    struct fixture *x = *state;
    struct record a = org("2", "示例材料（昆山）有限责任公司"),
                  b = org("1", "示例材料(昆山) 有限公司"), c = org("3", "示例材料");
    put(x, &a, NULL), put(x, &b, NULL), put(x, &c, NULL);
    const char *const *uids;
    size_t n;
    const char *norm = org_name_normal(a.value[FIELD_NAME], &x->arena);
    ok(x, store_orgs_by_name(x->store, norm, &x->arena, &uids, &n, &x->err));
    assert_int_equal(n, 2);
    assert_string_equal(uids[0], "1");
    assert_string_equal(uids[1], "2");
    /* The normal form follows a change of name, and the deleted are not found. */
    b.value[FIELD_NAME] = "示例";
    put(x, &b, NULL);
    ok(x, store_delete(x->store, "t", KIND_ORG, "2", 0, &x->err));
    ok(x, store_orgs_by_name(x->store, norm, &x->arena, &uids, &n, &x->err));
    assert_int_equal(n, 0);
}

static void test_settings(void **state)
{
    struct fixture *x = *state;
    const char *value;
    ok(x, store_setting_get(x->store, "k", &x->arena, &value, &x->err));
    assert_null(value);
    ok(x, store_setting_set(x->store, "k", "v", &x->err));
    ok(x, store_setting_set(x->store, "k", "w", &x->err));
    ok(x, store_setting_get(x->store, "k", &x->arena, &value, &x->err));
    assert_string_equal(value, "w");
}

/* ---- the change log ------------------------------------------------------------------------- */

static int add_change(void *ctx, const struct change *c, struct err *err)
{
    (void)err;
    struct str *log = ctx;
    assert_int_equal(strlen(c->at), 20);
    str_addf(log, "%lld:%s %s %s/%s@%lld %s>%s\n", (long long)c->seq, c->actor, c->action,
             kind_name(c->kind), c->uid, (long long)c->rev, c->before ? c->before : "-",
             c->after ? c->after : "-");
    return 0;
}

/* The content of record o1 with a name, as the log keeps it. */
#define O1(name) "{\"uid\":\"o1\",\"source\":\"local\",\"id\":\"o1\",\"name\":\"" name "\"}"

static void test_changes(void **state)
{
    struct fixture *x = *state;
    struct record o = org("o1", "A");
    put(x, &o, NULL);
    put(x, &o, NULL);
    o.value[FIELD_NAME] = "B";
    put(x, &o, NULL);
    ok(x, store_delete(x->store, "eve", KIND_ORG, "o1", 0, &x->err));
    struct record p = org("o2", "P");
    put(x, &p, NULL);

    struct str log;
    str_init(&log);
    ok(x, store_changes(x->store, 0, 3, &x->arena, add_change, &log, &x->err));
    assert_string_equal(log.data, "1:test create org/o1@1 ->" O1(
                                      "A") "\n"
                                           "2:test update org/o1@2 " O1("A") ">" O1(
                                               "B") "\n"
                                                    "3:eve delete org/o1@3 " O1("B") ">-\n");
    str_clear(&log);
    ok(x, store_changes(x->store, 3, 0, &x->arena, add_change, &log, &x->err));
    assert_string_equal(log.data, "4:test create org/o2@1 ->{\"uid\":\"o2\",\"source\":\"local\","
                                  "\"id\":\"o2\",\"name\":\"P\"}\n");
    str_clear(&log);
    ok(x, store_history(x->store, KIND_ORG, "o1", 2, &x->arena, add_change, &log, &x->err));
    assert_string_equal(log.data, "3:eve delete org/o1@3 " O1("B") ">-\n"
                                                                   "2:test update org/o1@2 " O1(
                                                                       "A") ">" O1("B") "\n");
    str_clear(&log);
    ok(x, store_history(x->store, KIND_NEED, "o1", 0, &x->arena, add_change, &log, &x->err));
    assert_string_equal(log.data, "");
    str_free(&log);
    int64_t seq;
    ok(x, store_seq(x->store, &seq, &x->err));
    assert_int_equal(seq, 4);
}

static const char *undone(struct fixture *x)
{
    ok(x, store_undo(x->store, "u", KIND_ORG, "o1", 0, &x->err));
    struct record *r = get(x, KIND_ORG, "o1");
    return r ? record_title(r) : "-";
}

static void test_undo(void **state)
{
    struct fixture *x = *state;
    fails(x, "store_no_org", store_undo(x->store, "u", KIND_ORG, "o1", 0, &x->err));
    struct record o = org("o1", "A");
    put(x, &o, NULL);
    assert_string_equal(undone(x), "-"); /* the creation */
    assert_string_equal(undone(x), "A"); /* redo */
    o.value[FIELD_NAME] = "B";
    put(x, &o, NULL);
    assert_string_equal(undone(x), "A");
    assert_string_equal(undone(x), "B");
    fails(x, "store_changed", store_undo(x->store, "u", KIND_ORG, "o1", 1, &x->err));
    ok(x, store_delete(x->store, "t", KIND_ORG, "o1", 0, &x->err));
    assert_string_equal(undone(x), "B");
    assert_int_equal(get(x, KIND_ORG, "o1")->rev, 8);

    /* Numbers, owners and extra come back as they were. */
    const char *const owner[] = {"o1"};
    struct record n = need("n1", "T", owner), old;
    n.value[FIELD_BUDGET_WAN] = "0.1";
    n.value[FIELD_TRL] = "3";
    n.extra = "{\"a\":1.25}";
    put(x, &n, NULL);
    old = n;
    n.value[FIELD_BUDGET_WAN] = NULL;
    n.n_owners = 0;
    n.extra = NULL;
    put(x, &n, NULL);
    ok(x, store_undo(x->store, "u", KIND_NEED, "n1", 2, &x->err));
    assert_true(record_same(get(x, KIND_NEED, "n1"), &old));
    ok(x, store_check(x->store, &x->err));
}

/* ---- transactions --------------------------------------------------------------------------- */

static void test_transactions(void **state)
{
    struct fixture *x = *state;
    struct record a = org("a", "A"), b = org("b", "B");
    const char *const nobody[] = {"nobody"};
    struct record n = need("n", "N", nobody);
    ok(x, store_begin(x->store, &x->err));
    put(x, &a, NULL);
    store_rollback(x->store);
    assert_null(get(x, KIND_ORG, "a"));

    /* A write that fails leaves the rest of the transaction alone. */
    ok(x, store_begin(x->store, &x->err));
    put(x, &a, NULL);
    fails(x, "store_owner", store_put(x->store, "t", &n, 0, NULL, NULL, &x->err));
    put(x, &b, NULL);
    ok(x, store_commit(x->store, &x->err));
    assert_non_null(get(x, KIND_ORG, "a"));
    assert_non_null(get(x, KIND_ORG, "b"));
    assert_null(get(x, KIND_NEED, "n"));
    fails(x, "store_lost", store_commit(x->store, &x->err));
    store_rollback(x->store); /* nothing open: nothing happens */
}

static void test_reader_beside_writer(void **state)
{
    struct fixture *x = *state;
    struct record a = org("a", "A"), b = org("b", "B");
    put(x, &a, NULL);
    struct store *writer = x->store, *reader = store_open(x->dir, STORE_READ, &x->err);
    assert_non_null(reader);
    int64_t count;
    ok(x, store_begin(writer, &x->err));
    put(x, &b, NULL);
    ok(x, store_count(reader, KIND_ORG, &count, &x->err)); /* does not wait */
    assert_int_equal(count, 1);
    ok(x, store_begin(reader, &x->err)); /* fixes what it sees */
    ok(x, store_commit(writer, &x->err));
    ok(x, store_count(reader, KIND_ORG, &count, &x->err));
    assert_int_equal(count, 1);
    ok(x, store_commit(reader, &x->err));
    ok(x, store_count(reader, KIND_ORG, &count, &x->err));
    assert_int_equal(count, 2);
    fails(x, "store_read_only", store_put(reader, "t", &a, 5, NULL, NULL, &x->err));
    fails(x, "store_read_only", store_setting_set(reader, "k", "v", &x->err));
    store_close(reader);
}

/* ---- statements ----------------------------------------------------------------------------- */

/* To SQLite "$2" is a name, numbered by where it first occurs: here $2 would be 1. */
static void test_parameters_by_number(void **state)
{
    struct fixture *x = *state;
    struct statement *st = db_prepare(x->store, "SELECT $2, $1, $3, $2, $11", &x->err);
    assert_non_null(st);
    assert_int_equal(sqlite3_bind_parameter_index(st->handle, "$2"), 1);
    db_bind_text(st, 1, "one");
    db_bind_text(st, 2, "two");
    db_bind_int(st, 3, 3);
    db_bind_real(st, 11, 1.5);
    assert_int_equal(db_step(x->store, st, &x->err), 1);
    assert_string_equal(db_text(st, 0, &x->arena), "two");
    assert_string_equal(db_text(st, 1, &x->arena), "one");
    assert_int_equal(db_int(st, 2), 3);
    assert_string_equal(db_text(st, 3, &x->arena), "two");
    assert_float_equal(db_real(st, 4), 1.5, 0);
    db_release(st);
    /* Binding what is not there is reported, not ignored. */
    st = db_prepare(x->store, "SELECT $1", &x->err);
    db_bind_text(st, 2, "x");
    fails(x, "store_database", db_step(x->store, st, &x->err));
    db_release(st);
    /* One that the store uses has $3 and $4 before $2; another $2 before $1. */
    char *sql = store_sql(SQL_LIST_OWNED, KIND_NEED);
    assert_true(strstr(sql, "$4") < strstr(sql, "$2"));
    free(sql);
    sql = store_sql(SQL_HISTORY, KIND_ORG);
    assert_true(strstr(sql, "$2") < strstr(sql, "$1"));
    free(sql);
}

/* The rules of docs for SQL that two databases share: bound values, a total order, no LIKE. */
static void test_statements(void **state)
{
    struct fixture *x = *state;
    for (int id = 0; id < SQL_COUNT; id++)
        for (int k = 0; k < (id < SQL_BY_KIND ? KIND_COUNT : 1); k++) {
            char *sql = store_sql((enum sql)id, (enum kind)k);
            assert_null(strpbrk(sql, "'@?:")); /* names of columns alone stand in quotes */
            assert_null(strstr(sql, "LIKE"));
            struct statement *st = db_prepare(x->store, sql, &x->err);
            if (!st) fail_msg("%s: %s", sql, err_text(&x->err, LANG_EN));
            /* $1 to $n without a hole, and within what is indexed. */
            int n = sqlite3_bind_parameter_count(st->handle);
            assert_true(n < PARAMETERS_MAX);
            for (int i = 1; i <= n; i++) assert_true(st->index[i] > 0);
            db_release(st);
            free(sql);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(test_put_get),
        TEST(test_every_field),
        TEST(test_refusals),
        TEST(test_expected_revision),
        TEST(test_owners),
        TEST(test_introductions),
        TEST(test_proposals),
        TEST(test_consortia),
        TEST(test_list),
        TEST(test_names),
        TEST(test_settings),
        TEST(test_changes),
        TEST(test_undo),
        TEST(test_transactions),
        TEST(test_reader_beside_writer),
        TEST(test_parameters_by_number),
        TEST(test_statements),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
