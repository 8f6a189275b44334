/* record.h - the kinds of record and the one table of their fields.
 *
 * A record is a set of named fields. Which fields a kind has, what type each is, what people call
 * its column and who may see it stands in one table (fields.def), from which import, storage,
 * export and the API all work. Nothing else lists fields. */
#ifndef HN_CORPUS_RECORD_H
#define HN_CORPUS_RECORD_H

#include "base/arena.h"
#include "base/err.h"

enum kind {
    KIND_ORG,
    KIND_NEED,
    KIND_CAPABILITY,
    KIND_BOTTLENECK,
    KIND_INTRODUCTION, /* a need's owner brought together with who may answer it, and what came of
                          it */
    KIND_PROPOSAL,     /* a consortium as it was proposed for a need or bottleneck item */
    KIND_CONSORTIUM,   /* organisations that solve it together, or did: what was agreed, and history
                          that was imported */
    KIND_COUNT
};

/* Every field of every kind; a kind uses some of them (field_of_kind). */
enum field {
#define FIELD(id, name, type, flags, kinds, required) FIELD_##id,
#include "corpus/fields.def"
#undef FIELD
    FIELD_COUNT
};

enum field_type {
    TYPE_TEXT, /* free text, trimmed, line breaks kept as \n */
    TYPE_CODE, /* one of a closed list of English codes (record_codes) */
    TYPE_INT,  /* canonical decimal, e.g. trl "6" */
    TYPE_REAL, /* canonical decimal, "%.15g" */
    TYPE_DATE, /* YYYY-MM-DD (also YYYY-MM, YYYY) */
    TYPE_JSON  /* one JSON object, without blanks; opaque to the database */
};

enum field_flag {
    FIELD_SEALED = 1,  /* contact data: never indexed, embedded, quoted, logged or shown unasked */
    FIELD_VIRTUAL = 2, /* read on import only (org_id, org_name: they become owners) */
    FIELD_PRIVATE = 4  /* for those who may write: never indexed, embedded or shown to readers */
};

struct field_info {
    const char *name; /* canonical name: import column, API member, SQL column */
    enum field_type type;
    unsigned flags;
    unsigned kinds;    /* bit 1 << enum kind */
    unsigned required; /* of these kinds a record is refused without it */
};

/* Immutable table; f < FIELD_COUNT. */
const struct field_info *field_info(enum field f);
bool field_of_kind(enum field f, enum kind kind);
bool field_required(enum field f, enum kind kind);
/* The field called name, or FIELD_COUNT. */
enum field field_by_name(const char *name);
/* The kind of record whose uid the field holds (need_id, capability_id, ...), or KIND_COUNT. */
enum kind field_refers(enum field f);
/* Do records of the kind belong to organisations (org_id, org_name)? */
bool kind_is_owned(enum kind kind);
/* May one record of the kind belong to several (a capability, a consortium)? */
bool kind_is_shared(enum kind kind);
/* Is the kind found by words and meaning? Introductions, proposals and consortia are kept by the
 * index to be looked up only. */
bool kind_is_searched(enum kind kind);

/* "org", "need", "capability", "bottleneck", "introduction", "proposal", "consortium": singular, in
 * change rows and uids of the API. */
const char *kind_name(enum kind kind);
/* "orgs", "needs", ...: plural, in the CLI's --kind and API paths. */
const char *kind_plural(enum kind kind);
/* The kind with that plural or singular name, or KIND_COUNT. */
enum kind kind_by_name(const char *name);

/* One record. All strings are UTF-8 and belong to the arena it was read into. */
struct record {
    enum kind kind;
    const char *uid;    /* primary key within the kind (record_uid) */
    const char *source; /* where it came from, "local" by default */
    const char *id;     /* external id, unique per kind within a source */
    int64_t rev;        /* 1 for the first version; 0 for a record that was not stored yet */
    bool deleted;
    const char *created_at, *updated_at; /* RFC 3339 UTC; NULL when not stored yet */
    const char *value[FIELD_COUNT];      /* NULL: absent; otherwise trimmed, not empty, canonical */
    const char *const *owners; /* uids of the organisations it belongs to, the main one first */
    size_t n_owners;           /* need: at most 1; capability: any; introduction: at most 1, who
                                  offers; consortium: its members, who leads first; others: 0 */
    const char *extra;         /* unknown columns as one JSON object with sorted keys, or NULL */
};

/* The name of an org, the need_id of an introduction, the title of everything else; never NULL for
 * a valid record. */
const char *record_title(const struct record *r);
/* The field to search and embed beside the title: org summary, else text; NULL when absent. */
const char *record_text(const struct record *r);
/* Is the free text open to everybody? Organisations and bottleneck items are; a need or capability
 * is when its visibility is "public"; a consortium is; an introduction or proposal never is. */
bool record_is_public(const struct record *r);
/* Numbers of a TYPE_INT or TYPE_REAL field; absent when absent. */
double record_number(const struct record *r, enum field f, double absent);

/* The primary key of an external id: the id itself for source "local", else "source:id". */
const char *record_uid(const char *source, const char *id, struct arena *arena);

/* A deep copy into arena; sealed == false leaves FIELD_SEALED and FIELD_PRIVATE fields out (what
 * the index keeps). */
struct record *record_copy(const struct record *r, struct arena *arena, bool sealed);
/* Do two records of one kind say the same: stored fields, owners and extra? Their uid, revision,
 * times and virtual fields do not count. */
bool record_same(const struct record *a, const struct record *b);

/* The closed list of codes of a TYPE_CODE field of a kind, NULL-terminated (organisation kind,
 * capability kind, tier, visibility, status, priority, state, reason); NULL for other fields.
 * Introductions, proposals and consortia have states of their own. */
const char *const *record_codes(enum kind kind, enum field f);

/* Checks and canonicalises len bytes (not terminated, any bytes) into r->value[f], in arena; an
 * empty value becomes NULL.
 *   text   trimmed (Unicode blanks too), line breaks \n, in names and titles a blank; other control
 *          characters become blanks; at most 1 MiB for descriptions, 64 KiB for the rest
 *   code   spellings of Chinese and English files are mapped (codes.def); an unknown kind or
 *          reason becomes "other" with a warning, any other unknown code is refused
 *   number full-width digits, thousands commas and units are understood ("1,200", "TRL6");
 *          trl 1-9, year 1900-2100, budget_wan 0 or more; words for "none" become NULL, with a
 *          warning
 *   date   also YYYY/M/D, YYYY.M.D, YYYYMMDD, the Chinese form, a time behind it
 *   json   one object, printed as cJSON prints it: equal objects with members in one order are
 *          equal text; at most 4 MiB
 *   credit_code  see credit_code.h: doubtful ones are kept with a warning, wrong ones refused
 * warn (may be NULL) is set when the value was understood only in part, and left alone otherwise.
 * 0, or -1 with err naming the field and r untouched. Thread-safe for different records. */
int record_set_value(struct record *r, enum field f, const char *value, size_t len,
                     struct arena *arena, struct err *warn, struct err *err);

/* Are all required fields there, has only an introduction that came to nothing a reason, and is a
 * proposal for one need or one bottleneck item? 0, or -1 with err naming the field. */
int record_check(const struct record *r, struct err *err);

#endif
