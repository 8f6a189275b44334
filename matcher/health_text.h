/* health_text.h - a text as folded code points, and the words of health_words.def and
 * subtopic_words.def in it. Private to matcher/. */
#ifndef HN_MATCHER_HEALTH_TEXT_H
#define HN_MATCHER_HEALTH_TEXT_H

#include "index/text.h"

enum health_class {
    CLASS_MATERIAL, /* the five elements, in the order of enum element */
    CLASS_METHOD,
    CLASS_EFFICACY,
    CLASS_PRODUCT,
    CLASS_APPLICATION,
    CLASS_PROGRAM,
    CLASS_GOAL_HEAD,
    CLASS_BASE_HEAD,
    CLASS_INTRO_HEAD,
    CLASS_GOAL,
    CLASS_BASE,
    CLASS_BACKGROUND,
    CLASS_DELIVERABLE,
    CLASS_CHANGE,
    CLASS_PROBLEM,
    CLASS_PRESCRIBE,
    CLASS_BASIC,
    CLASS_BASIC_STRONG,
    CLASS_OFFER,
    CLASS_GENERIC,
    CLASS_BIDDING,
    CLASS_SAYS_GOAL,
    CLASS_SAYS_TERM,
    CLASS_SAYS_IP,
    CLASS_SAYS_MONEY,
    CLASS_SAYS_SOLVER,
    CLASS_PHONE,
    CLASS_NUMBERED,
    CLASS_ACCOUNT,
    CLASS_QQ,
    CLASS_WECHAT,
    CLASS_SECRECY,
    CLASS_MARK,
    CLASS_CONTACT,
    CLASS_TITLE,
    CLASS_STRONG_TITLE,
    CLASS_SURNAME,
    CLASS_NOT_NAME,
    /* of subtopic_words.def */
    CLASS_HEAD_CONTENT,
    CLASS_HEAD_PROBLEM,
    CLASS_HEAD_TARGET,
    CLASS_HEAD_BASE,
    CLASS_HEAD_ADMIN,
    CLASS_HEAD_REST,
    CLASS_ASPECT,
    CLASS_ASPECT_END,
    CLASS_LISTS_FACTS,
    CLASS_FIRST,
    CLASS_NEXT,
    CLASS_LAST,
    CLASS_LABEL,
    CLASS_LEAD,
    CLASS_PREAMBLE,
    CLASS_PREAMBLE_END,
    CLASS_MEANS,
    CLASS_PURPOSE,
    CLASS_NOUN,
    CLASS_THING,
    CLASS_DO,
    CLASS_DO_WEAK,
    CLASS_DO_RESULT,
    CLASS_DO_BEHIND,
    CLASS_DO_OMIT,
    CLASS_MEASURE,
    CLASS_DONE,
    CLASS_VAGUE,
    CLASS_DO_NOUN,
    CLASS_DO_GENERAL,
    CLASS_JOIN,
    CLASS_ENUM_HEAD,
    CLASS_ENUM_NOT,
    CLASS_ENUM_END,
    CLASS_ENUM_COLON,
    CLASS_AND,
    CLASS_SKIP,
    CLASS_TAIL,
    HEALTH_CLASSES
};

/* Folded one to one, so that places stay what they were: half width, lower case, one kind of blank
 * and of dash. Bytes that are not UTF-8 are U+FFFD each. */
struct folded {
    uint32_t *c; /* in the arena */
    size_t n;
};

struct folded folded_text(const char *text, size_t len, struct arena *arena);

/* The length of the longest word of the class that begins at i, 0: none. Latin words must stand
 * alone. Thread-safe. */
size_t word_begins(const struct folded *t, size_t i, enum health_class class);
/* The same for a word that ends at `end` (exclusive) and begins at or behind `least`. */
size_t word_ends(const struct folded *t, size_t end, size_t least, enum health_class class);
/* The first word of the class within s, as a span; an empty one at s.end when there is none. */
struct span word_within(const struct folded *t, struct span s, enum health_class class);

bool is_latin_letter(uint32_t c);
bool is_ascii_digit(uint32_t c);

#endif
