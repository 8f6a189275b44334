/* background.h - ordinary technical titles in both languages: what any text of a language has in
 * common, and what a need owes to its length, is measured by them. */
#ifndef HN_INDEX_BACKGROUND_H
#define HN_INDEX_BACKGROUND_H

#include "base/base.h"

enum {
#define BACKGROUND(zh, en) +1
    BACKGROUND_TITLES = 0
#include "index/background.def"
#undef BACKGROUND
};

extern const char *const background_titles[BACKGROUND_TITLES][LANG_COUNT];

#endif
