#include "base/base.h"

#include "base/file.h"
#include "corpus/jsonl.h"
#include "web/commands.h"
#include "web/messages.h"
#include "web/propose_input.h"
#include "web/serialise_proposal.h"
#include "web/study.h"
#include "web/table.h"

#include <stdlib.h>
#include <string.h>

enum { FILE_MAX_BYTES = 16 << 20 };

struct propose_args {
    const char *data, *need, *bottleneck, *subtopics, *region, *format, *model;
    struct strings lock, ban, apart;
    long max_members, load;
};

/* One run of the command. */
struct proposing {
    const struct cli *cli;
    struct study study;
    struct propose_request request;
    struct proposal proposal;
    struct arena arena;
    enum format format;
    struct str out;
};

/* ---- options --------------------------------------------------------------------------------- */

static int parse_args(struct propose_args *a, int argc, char **argv, struct err *err)
{
    const struct option options[] = {
        {.name = "data", .type = OPTION_STRING, .to = &a->data},
        {.name = "need", .type = OPTION_STRING, .to = &a->need},
        {.name = "bottleneck", .type = OPTION_STRING, .to = &a->bottleneck},
        {.name = "subtopics", .type = OPTION_STRING, .to = &a->subtopics},
        {.name = "lock", .type = OPTION_LIST, .to = &a->lock},
        {.name = "ban", .type = OPTION_LIST, .to = &a->ban},
        {.name = "apart", .type = OPTION_LIST, .to = &a->apart},
        {.name = "max-members",
         .type = OPTION_NUMBER,
         .to = &a->max_members,
         .min = 1,
         .max = COMPOSE_MEMBERS},
        {.name = "load", .type = OPTION_NUMBER, .to = &a->load, .min = 1, .max = COMPOSE_SUBTOPICS},
        {.name = "region", .type = OPTION_STRING, .to = &a->region},
        {.name = "format", .type = OPTION_STRING, .to = &a->format},
        {.name = "model", .type = OPTION_STRING, .to = &a->model},
    };
    if (cli_parse(options, ARRAY_LEN(options), argc, argv, NULL, err)) return -1;
    if (!a->need == !a->bottleneck) return err_set(err, ERR_USAGE, MSG_USAGE_CHALLENGE);
    return 0;
}

/* The organisation called id, as the snapshot calls it. */
static int find_org(struct proposing *x, const char *id, const char **uid, struct err *err)
{
    const struct record *org;
    if (backend_find(x->study.snapshot, KIND_ORG, id, &org, err)) return -1;
    *uid = org->uid;
    return 0;
}

static int find_orgs(struct proposing *x, const struct strings *ids, const char *const **out,
                     size_t *n, struct err *err)
{
    const char **uids = arena_alloc(&x->arena, ids->len, sizeof *uids);
    for (size_t i = 0; i < ids->len; i++)
        if (find_org(x, ids->at[i], &uids[i], err)) return -1;
    *out = uids;
    *n = ids->len;
    return 0;
}

/* "A,B": two organisations that may not both be members. */
static int find_pairs(struct proposing *x, const struct strings *pairs, struct err *err)
{
    const char *(*apart)[2] = arena_alloc(&x->arena, pairs->len, sizeof *apart);
    for (size_t i = 0; i < pairs->len; i++) {
        const char *comma = strchr(pairs->at[i], ',');
        if (!comma || comma == pairs->at[i] || !comma[1])
            return err_set(err, ERR_USAGE, MSG_USAGE_APART, pairs->at[i]);
        const char *a = arena_strndup(&x->arena, pairs->at[i], (size_t)(comma - pairs->at[i]));
        if (find_org(x, a, &apart[i][0], err) || find_org(x, comma + 1, &apart[i][1], err))
            return -1;
        if (strcmp(apart[i][0], apart[i][1]) == 0)
            return err_set(err, ERR_USAGE, MSG_USAGE_APART, pairs->at[i]);
    }
    x->request.apart = (const char *const(*)[2])apart;
    x->request.n_apart = pairs->len;
    return 0;
}

/* ---- subtopics out of a file ----------------------------------------------------------------- */

static int add_subtopic(struct proposing *x, const cJSON *object, struct subtopic *all,
                        struct err *err)
{
    size_t n = x->request.n_subtopics;
    if (n == COMPOSE_SUBTOPICS)
        return err_set(err, ERR_TOO_LARGE, MSG_PROPOSE_TOO_MANY, COMPOSE_SUBTOPICS);
    if (propose_read_subtopic(object, &x->arena, &all[n], err)) return -1;
    for (size_t i = 0; i < n; i++)
        if (all[i].id && all[n].id && strcmp(all[i].id, all[n].id) == 0)
            return err_set(err, ERR_INVALID, MSG_PROPOSE_ID_TWICE, all[n].id);
    x->request.n_subtopics++;
    return 0;
}

static int read_subtopics(struct proposing *x, const char *path, struct err *err)
{
    struct subtopic *all = arena_zalloc(&x->arena, COMPOSE_SUBTOPICS, sizeof *all);
    struct jsonl rows;
    struct jsonl_row row;
    struct str file;
    int rc = -1, got;
    str_init(&file);
    if (file_read(path, FILE_MAX_BYTES, &file, err)) goto out;
    jsonl_init(&rows, file.data, file.len);
    while ((got = jsonl_next(&rows, &row, err)) == 1)
        if (add_subtopic(x, row.object, all, err)) break;
    if (got) cli_at_line(path, row.line, err);
    jsonl_free(&rows);
    if (got) goto out;
    rc = x->request.n_subtopics ? 0 : err_set(err, ERR_INVALID, MSG_PROPOSE_NO_SUBTOPICS);
    propose_name_subtopics(all, x->request.n_subtopics, &x->arena);
    x->request.subtopics = all;
out:
    str_free(&file);
    return rc;
}

static int read_request(struct proposing *x, const struct propose_args *a, struct err *err)
{
    struct propose_request *q = &x->request;
    enum kind kind = a->need ? KIND_NEED : KIND_BOTTLENECK;
    const char *id = a->need ? a->need : a->bottleneck;
    q->max_members = (size_t)a->max_members;
    q->load = (size_t)a->load;
    q->see_all = true;
    if (propose_read_region(a->region, &x->arena, &q->region, err) ||
        backend_find(x->study.snapshot, kind, id, &q->challenge, err) ||
        find_orgs(x, &a->lock, &q->lock, &q->n_lock, err) ||
        find_orgs(x, &a->ban, &q->ban, &q->n_ban, err) || find_pairs(x, &a->apart, err))
        return -1;
    return 0;
}

/* ---- for people ------------------------------------------------------------------------------ */

static const char *in(const struct proposing *x, struct message m)
{
    return x->cli->lang == LANG_EN ? m.en : m.zh;
}

#define SAY(x, ...)                                                                                \
    do {                                                                                           \
        char text_[2048];                                                                          \
        str_addf(&(x)->out, "%s\n", msg_render(text_, sizeof text_, (x)->cli->lang, __VA_ARGS__)); \
    } while (0)

static const char *level_word(const struct proposing *x, enum match_level level)
{
    static const struct message words[] = {[LEVEL_NONE] = {MSG_LEVEL_NONE},
                                           [LEVEL_WEAK] = {MSG_LEVEL_WEAK},
                                           [LEVEL_GOOD] = {MSG_LEVEL_GOOD},
                                           [LEVEL_STRONG] = {MSG_LEVEL_STRONG}};
    return in(x, words[level]);
}

static void begin_table(struct proposing *x, struct table *t, const struct message *head, size_t n)
{
    const char *names[8];
    for (size_t i = 0; i < n; i++) names[i] = in(x, head[i]);
    table_init(t, names, n);
}

/* topic: its name on its first row, and whether it is covered; NULL on the others. */
static void seat_row(struct proposing *x, struct table *t, const struct proposal_subtopic *topic,
                     const char *place, const struct proposal_seat *seat)
{
    table_add(t, topic ? arena_printf(&x->arena, "%s %s", topic->subtopic.id, topic->subtopic.title)
                       : NULL);
    table_add(t, !topic           ? NULL
                 : topic->covered ? in(x, (struct message){MSG_PROPOSE_COVERED})
                                  : in(x, (struct message){MSG_PROPOSE_UNCOVERED}));
    table_add(t, place);
    table_add(t, seat ? record_title(seat->org) : NULL);
    table_add(t, seat ? level_word(x, seat->level) : NULL);
    table_add(t, seat && seat->capability ? record_title(seat->capability) : NULL);
}

static void seats_table(struct proposing *x)
{
    static const struct message head[] = {{MSG_COLUMN_SUBTOPIC}, {MSG_COLUMN_COVERED},
                                          {MSG_COLUMN_SEAT},     {MSG_COLUMN_ORG},
                                          {MSG_COLUMN_LEVEL},    {MSG_COLUMN_BASIS}};
    struct table t;
    begin_table(x, &t, head, ARRAY_LEN(head));
    for (size_t i = 0; i < x->proposal.n_subtopics; i++) {
        const struct proposal_subtopic *topic = &x->proposal.subtopics[i];
        for (size_t k = 0; k < topic->n_seats; k++)
            seat_row(x, &t, k ? NULL : topic, arena_printf(&x->arena, "%zu", k + 1),
                     &topic->seats[k]);
        if (!topic->n_seats) seat_row(x, &t, topic, "-", NULL);
        if (topic->next.org)
            seat_row(x, &t, NULL, in(x, (struct message){MSG_PROPOSE_NEXT}), &topic->next);
    }
    table_print(&t, &x->out);
    table_free(&t);
}

/* Ids of subtopics, with blanks between them. */
static const char *list_ids(struct proposing *x, const uint32_t *numbers, size_t n)
{
    const char *list = "";
    for (size_t i = 0; i < n; i++)
        list = arena_printf(&x->arena, "%s%s%s", list, i ? " " : "",
                            x->proposal.subtopics[numbers[i]].subtopic.id);
    return list;
}

static const char *remarks(struct proposing *x, const struct proposal_member *m)
{
    const char *list = "";
    const struct {
        bool said;
        struct message word;
    } words[] = {{m->owner, {MSG_PROPOSE_OWNER}},
                 {m->locked, {MSG_PROPOSE_LOCKED}},
                 {m->irreplaceable, {MSG_PROPOSE_IRREPLACEABLE}}};
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (words[i].said)
            list = arena_printf(&x->arena, "%s%s%s", list, *list ? " " : "", in(x, words[i].word));
    return list;
}

static void members_table(struct proposing *x)
{
    static const struct message head[] = {{MSG_COLUMN_MEMBER},    {MSG_COLUMN_ROLE},
                                          {MSG_COLUMN_SUBTOPICS}, {MSG_COLUMN_MARGINAL},
                                          {MSG_COLUMN_JOINT},     {MSG_COLUMN_REMARK}};
    struct table t;
    begin_table(x, &t, head, ARRAY_LEN(head));
    for (size_t i = 0; i < x->proposal.n_members; i++) {
        const struct proposal_member *m = &x->proposal.members[i];
        table_add(&t, record_title(m->org));
        table_add(&t, serialise_role(m->role, x->cli->lang, &x->arena));
        table_add(&t, list_ids(x, m->subtopics, m->n_subtopics));
        if (m->marginal < 1e9)
            table_addf(&t, "%.3f", m->marginal);
        else
            table_add(&t, in(x, (struct message){MSG_PROPOSE_NEEDED}));
        table_addf(&t, "%zu", m->joint);
        table_add(&t, remarks(x, m));
    }
    table_print(&t, &x->out);
    table_free(&t);
}

static void summary(struct proposing *x)
{
    const struct proposal *p = &x->proposal;
    uint32_t *open = arena_alloc(&x->arena, p->n_subtopics, sizeof *open);
    size_t n = 0;
    for (uint32_t i = 0; i < p->n_subtopics; i++)
        if (!p->subtopics[i].covered) open[n++] = i;
    if (!p->feasible) {
        SAY(x, MSG_PROPOSE_INFEASIBLE);
        for (size_t i = 0; i < p->n_relaxations; i++)
            str_addf(&x->out, "  %s\n",
                     serialise_relaxation(p, &p->relaxations[i], x->cli->lang, &x->arena));
        if (!p->n_members) return;
    }
    SAY(x, MSG_PROPOSE_SUMMARY, p->n_members, p->candidates, p->pool, p->n_subtopics - n,
        p->n_subtopics, p->coverage * 100);
    if (n) SAY(x, MSG_PROPOSE_GAPS, list_ids(x, open, n));
    if (p->optimal)
        SAY(x, MSG_PROPOSE_OPTIMAL, p->objective);
    else
        SAY(x, MSG_PROPOSE_GAP, p->objective, p->bound - p->objective);
    for (size_t i = 0; i < p->n_resources; i++)
        SAY(x, MSG_PROPOSE_RESOURCE, p->subtopics[p->resources[i].subtopic].subtopic.id,
            record_title(p->resources[i].capability),
            p->resources[i].org ? record_title(p->resources[i].org) : "-");
}

static void as_table(struct proposing *x)
{
    seats_table(x);
    str_addc(&x->out, '\n');
    if (x->proposal.n_members) {
        members_table(x);
        str_addc(&x->out, '\n');
    }
    summary(x);
}

/* ---- for programs ---------------------------------------------------------------------------- */

static const struct proposal_member *member_of(const struct proposal *p, const struct record *org)
{
    for (size_t i = 0; i < p->n_members; i++)
        if (p->members[i].org == org) return &p->members[i];
    return NULL;
}

static void csv_seat(struct proposing *x, const struct proposal_subtopic *t, size_t number)
{
    const struct proposal_seat *seat = number < t->n_seats ? &t->seats[number] : NULL;
    const struct proposal_member *m = seat ? member_of(&x->proposal, seat->org) : NULL;
    const struct record *c = seat ? seat->capability : NULL;
    const char *cells[] = {
        t->subtopic.id,
        t->subtopic.title,
        arena_printf(&x->arena, "%.6g", t->subtopic.weight),
        t->covered ? "true" : "false",
        seat ? arena_printf(&x->arena, "%zu", number + 1) : NULL,
        seat ? seat->org->uid : NULL,
        seat ? record_title(seat->org) : NULL,
        m ? member_role_name(m->role) : NULL,
        seat ? match_level_name(seat->level) : NULL,
        seat ? arena_printf(&x->arena, "%.3g", seat->expected_by_chance) : NULL,
        c ? c->uid : NULL,
        c ? record_title(c) : NULL,
    };
    csv_row(&x->out, cells, ARRAY_LEN(cells));
}

static void as_csv(struct proposing *x)
{
    static const char *const head[] = {
        "subtopic",      "title",     "weight", "covered", "seat",
        "org_id",        "org",       "role",   "level",   "expected_by_chance",
        "capability_id", "capability"};
    csv_row(&x->out, head, ARRAY_LEN(head));
    for (size_t i = 0; i < x->proposal.n_subtopics; i++) {
        const struct proposal_subtopic *t = &x->proposal.subtopics[i];
        for (size_t k = 0; k < MAX(t->n_seats, (size_t)1); k++) csv_seat(x, t, k);
    }
}

static void as_json(struct proposing *x)
{
    struct serialiser s = {
        .rights = rights_owner, .lang = x->cli->lang, .store = x->study.store, .arena = &x->arena};
    struct json j;
    json_init(&j, &x->out);
    serialise_proposal(&j, &s, &x->request, &x->proposal);
    str_addc(&x->out, '\n');
}

static int write_out(struct proposing *x, struct err *err)
{
    switch (x->format) {
    case FORMAT_TABLE: as_table(x); break;
    case FORMAT_CSV: as_csv(x); break;
    default: as_json(x);
    }
    return cli_write(&x->out, err) || cli_flush(err) ? -1 : 0;
}

int cmd_propose(const struct cli *cli, int argc, char **argv)
{
    struct propose_args a = {.data = "data"};
    struct proposing x = {.cli = cli};
    struct strings none = {0};
    struct err err = {0};
    int rc = -1;
    arena_init(&x.arena);
    str_init(&x.out);

    if (parse_args(&a, argc, argv, &err) || cli_format(a.format, &x.format, &err)) goto out;
    /* What is wrong with a file is said before minutes go into vectors. */
    if (a.subtopics && read_subtopics(&x, a.subtopics, &err)) goto out;
    if (study_open(&x.study, cli, a.data, a.model, &none, INTRODUCTIONS_NONE, &err)) goto out;
    if (read_request(&x, &a, &err)) goto out;
    rc = propose_run(x.study.backend.matcher, x.study.snapshot, x.study.analyzer, &x.request,
                     &x.arena, &x.proposal, &err);
    if (rc == 0) rc = write_out(&x, &err);
out:
    study_close(&x.study);
    vec_free(&a.lock);
    vec_free(&a.ban);
    vec_free(&a.apart);
    str_free(&x.out);
    arena_free(&x.arena);
    return rc ? cli_fail(cli, &err) : EXIT_DONE;
}
