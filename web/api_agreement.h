/* api_agreement.h - what is known of a proposal that became a consortium (api_agreement.c). */
#ifndef HN_WEB_API_AGREEMENT_H
#define HN_WEB_API_AGREEMENT_H

#include "corpus/record.h"

/* Is there, or was there, a consortium of it? Such a proposal is not changed any more. */
bool proposal_is_agreed(const struct record *proposal);

#endif
