/* pages.h - the built pages: from the program itself, or from a folder (--ui DIR). */
#ifndef HN_WEB_PAGES_H
#define HN_WEB_PAGES_H

#include "web/http.h"

/* Answers a GET that is no API: a file of the pages, or index.html for an address that the page
 * itself routes. ui_dir NULL: the pages in the program. -1: there is no such file. */
int pages_get(const char *ui_dir, struct request *q, struct response *r, struct err *err);

#endif
