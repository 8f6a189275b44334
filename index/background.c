#include "base/base.h"

#include "index/background.h"

const char *const background_titles[BACKGROUND_TITLES][LANG_COUNT] = {
#define BACKGROUND(zh, en) {zh, en},
#include "index/background.def"
#undef BACKGROUND
};
