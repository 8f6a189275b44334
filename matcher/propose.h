/* propose.h - from a challenge to a proposed consortium: subtopics, members on seats, and what is
 * still missing (design §6).
 *
 *   subtopics -> match of each with all capabilities -> how organisations stand -> compose.h
 *
 * An organisation stands on a subtopic by its best capability there, judged together with how that
 * fits the whole challenge (propose_score.c says why and what was measured). Its score is
 * 1 / (1 + E), E being what level.h expects by chance: what stands for "this is no accident"; 0
 * where the level is none (but for who is locked and comes near), and little where a must is stated
 * otherwise. A subtopic is covered when who sits first on it is a good or strong match; coverage is
 * the share of covered subtopics by weight.
 *
 * Roles, by the city's paper on consortia ("a lead enterprise leads, small and medium ones take
 * part, universities and institutes help solve it"): a lead enterprise and a university or
 * institute there must be; an SME there is where one has something to give. Who fits no subtopic
 * joins for a role only when it is of the challenge's industry chain. propose_pool.c has the costs.
 *
 * Pure judgement: no HTTP, no JSON. */
#ifndef HN_MATCHER_PROPOSE_H
#define HN_MATCHER_PROPOSE_H

#include "matcher/compose.h"
#include "matcher/match.h"
#include "matcher/subtopic.h"

/* What a member is in the consortium (design §9): by the kind and tier of the organisation. */
enum member_role {
    MEMBER_LEAD, /* a lead enterprise; the one that leads is the first member */
    MEMBER_SME,
    MEMBER_UNIVERSITY,
    MEMBER_INSTITUTE,
    MEMBER_PLATFORM,
    MEMBER_OTHER,
    MEMBER_ROLES
};
const char *member_role_name(enum member_role role); /* "lead" "sme" "university" ... */

enum { PROPOSE_MEMBERS = 8, PROPOSE_LOAD = 3, PROPOSE_ALTERNATIVES = 3 };

/* What is asked for. Uids of organisations that the snapshot does not hold are an error. */
struct propose_request {
    const struct record *challenge;   /* need or bottleneck item, from the snapshot or the store */
    const struct subtopic *subtopics; /* NULL: split from the challenge */
    size_t n_subtopics;
    const char *const *lock, *const *ban; /* uids */
    size_t n_lock, n_ban;
    const char *const (*apart)[2]; /* pairs of uids that may not both be members: competitors */
    size_t n_apart;
    size_t max_members; /* 0: PROPOSE_MEMBERS */
    size_t load;        /* subtopics an organisation sits on at most; 0: PROPOSE_LOAD */
    const char
        *region;  /* organisations of it (region or town) are preferred; NULL: no preference */
    bool see_all; /* as in match_query */
    bool brief;   /* leave out evidence, alternatives and what-ifs: while somebody is moving
                     seats about */
};

struct proposal_seat {
    const struct record *org;
    double score, expected_by_chance;
    enum match_level level;
    const struct record *capability; /* of it, the best on this subtopic; NULL: none stands out */
    struct evidence *evidence;       /* from that capability; its need side quotes the subtopic */
    size_t n_evidence;
    struct indicator_row *indicators;
    size_t n_indicators;
};

struct proposal_subtopic {
    struct subtopic subtopic;
    bool covered;
    struct proposal_seat seats[COMPOSE_SEATS]; /* best first */
    size_t n_seats;
    struct proposal_seat next; /* who is the next best and no member; where nobody sits and nobody
                                  has a score, the nearest miss, of level none; org NULL: nobody */
};

struct proposal_member {
    const struct record *org;
    enum member_role role;
    bool locked, owner;  /* owner: of the need */
    uint32_t *subtopics; /* numbers of those it sits on */
    size_t n_subtopics;
    double marginal;    /* the objective less that of the best proposal without it, overstated
                           where that took too long to prove; INFINITY: there is none; NAN: not
                           asked for (brief) */
    bool irreplaceable; /* without it a subtopic that is covered would not be, or nothing is
                           feasible */
    uint32_t *lost;     /* numbers of the subtopics that are covered and would not be in the best
                           proposal without it; where there is none, those nobody else can cover */
    size_t n_lost;
    size_t joint; /* members it has worked with before (history.h) */
};

/* Two members that have worked together. */
struct proposal_tie {
    uint32_t a, b; /* numbers of members, a < b */
    size_t joint;  /* results, consortia and contracts they share */
};

/* A facility, database, pilot line or computing resource that a subtopic calls for. */
struct proposal_resource {
    const struct record *capability, *org; /* org NULL: unknown */
    uint32_t subtopic;
    enum match_level level;
    double expected_by_chance;
    bool of_member;
};

/* Another proposal that differs in at least a third of its members: two at least, or all that are
 * neither locked nor the owner. Worth half of the best at least. */
struct proposal_alternative {
    const struct record **members;
    size_t n_members;
    double objective, coverage;
    bool optimal;
};

/* What would have to be given up for a proposal to be possible; one step of several. Where all are
 * of the kind DEMAND the proposal shows the team that there is without these roles. */
struct proposal_relaxation {
    enum compose_block block;
    const struct record *a, *b; /* as in compose_relaxation, where it names organisations */
    unsigned roles; /* DEMAND: bits 1 << enum member_role of which one is missing; may be that the
                       pool has none */
    size_t most;    /* MOST: so many members would do */
};

struct proposal {
    const struct record *challenge;
    struct proposal_subtopic *subtopics;
    size_t n_subtopics;
    bool feasible; /* all that is asked for is met; members may be shown where it is not, see
                      proposal_relaxation */
    bool optimal;
    double objective, bound, coverage;
    size_t pool, candidates; /* organisations there are; of these, with a score on some subtopic */
    struct proposal_member *members; /* the lead first, then by role and seats */
    size_t n_members;
    struct proposal_tie *ties;
    size_t n_ties;
    struct proposal_resource *resources;
    size_t n_resources;
    struct proposal_alternative *alternatives;
    size_t n_alternatives;
    struct proposal_relaxation *relaxations; /* only of one that is not feasible */
    size_t n_relaxations;
    bool lexical_only;
    /* The subtopics were made of text that is not for this reader: show their ids and weights, not
     * their titles, texts and targets. Evidence quotes the challenge's title then. */
    bool sealed;
};

/* The result lives in arena and borrows from the snapshot and the request. The need's owner, where
 * it is known, is locked as a member unless banned. 0, or -1 with err: a uid is unknown, is both
 * locked and banned, subtopics are too many or empty, the embedder fails. No feasible proposal is a
 * result. The analyzer is the calling thread's own. */
int propose_run(struct matcher *m, const struct snapshot *s, struct analyzer *a,
                const struct propose_request *q, struct arena *arena, struct proposal *out,
                struct err *err);

#endif
