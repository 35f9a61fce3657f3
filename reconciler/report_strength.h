/* How much a permission lets people do, as far as the plan itself tells: reviewers look at gains of
 * administrator and write access first. Private to report_*.c. Pure.
 *
 * Told from, the strongest counts:
 *   - names: AWS's AdministratorAccess, IAMFullAccess, PowerUserAccess and *FullAccess; permission
 *     sets, roles and policies that have "admin", "poweruser", "fullaccess" or "write" in theirs
 *     (but for "readonly" and "viewonly");
 *   - "administrator access (...)", which the comparison of access found in a document, and
 *     "permissions beyond ..." a boundary;
 *   - what the plan gives to a set, role, user, group or policy: AWS's policies by name, documents
 *     by what they allow. All of IAM is administration; any action that is no Get, List, Describe
 *     or the like is writing, and so is NotAction.
 * What a set gives that the plan does not change is not in the plan: then its name alone counts. */
#ifndef CHARTER_RECONCILER_REPORT_STRENGTH_H
#define CHARTER_RECONCILER_REPORT_STRENGTH_H

#include "reconciler/report.h"

enum strength { STRENGTH_OTHER, STRENGTH_WRITE, STRENGTH_ADMINISTRATOR };

struct strengths;
struct strengths *strengths_new(const struct plan_doc *);
void strengths_free(struct strengths *);
enum strength strength_of(const struct strengths *, const struct doc_access *);

/* Of a policy's, set's or role's name alone, and of a document. */
enum strength strength_of_name(const char *);
enum strength strength_of_document(const char *json);

#endif
