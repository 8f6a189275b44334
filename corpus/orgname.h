/* orgname.h - when do two spellings name the same organisation?
 *
 * Files carry names, typed by many hands: full-width brackets, stray spaces, upper and lower case,
 * the long and the short form of "limited company". The normal form takes those away and nothing
 * else: a joint-stock company and a limited company of the same name stay two, and so do places in
 * brackets. Which words are equal, and which tell the kind, stands in orgname.def. Thread-safe. */
#ifndef HN_CORPUS_ORGNAME_H
#define HN_CORPUS_ORGNAME_H

#include "base/arena.h"

/* The letters and digits of a UTF-8 text, in arena: full-width ASCII to ASCII, Latin letters to
 * lower case, spaces, punctuation and invisible characters dropped. Column names are compared so
 * too. */
char *name_fold(const char *name, struct arena *arena);

/* The normal form of a UTF-8 name, in arena: folded, company suffixes in one form. Equal normal
 * forms mean the same organisation. A name of nothing but punctuation is kept as it is, so
 * that only an empty name has an empty normal form. */
char *org_name_normal(const char *name, struct arena *arena);

/* The organisation kind (a code: enterprise, university, institute, hospital, platform, other) that
 * the name tells: a company wins wherever it stands in the name, otherwise the last telling word
 * (a university's hospital is a hospital). norm is a normal form. A literal, never NULL. */
const char *org_name_kind(const char *norm);

#endif
