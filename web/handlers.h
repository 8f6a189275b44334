/* handlers.h - the handlers named in the route table (route.c says what each is for).
 *
 * A handler parses, calls corpus, index or matcher, and serialises; permission was checked before
 * it is called, and the response is sent after it returned. */
#ifndef HN_WEB_HANDLERS_H
#define HN_WEB_HANDLERS_H

#include "web/route.h"

/* api_records.c */
route_handler api_list, api_get, api_org_capabilities;
/* api_edit.c */
route_handler api_create, api_update, api_delete, api_undo, api_history;
/* api_match.c */
route_handler api_matches, api_match_text, api_match_body;
/* Answers a request for matches (GET) that was answered before, in microseconds and without a
 * worker; false: it was not, or it is for something else. Permission must have been checked. */
bool api_match_again(struct request *q, struct response *r);
/* api_proposal.c */
route_handler api_propose, api_proposal_save;
/* api_agreement.c */
route_handler api_proposal_agree, api_proposal_undo, api_proposal_delete;
/* api_improve.c */
route_handler api_improvement;
/* api_health.c */
route_handler api_diagnose, api_diagnose_draft;
/* api_partners.c */
route_handler api_partners;
/* api_coverage.c */
route_handler api_coverage, api_call_draft;
/* api_system.c */
route_handler api_state, api_openapi, api_health, api_ready, api_metrics;

#endif
