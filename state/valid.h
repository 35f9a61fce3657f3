/* The rules that AWS publishes for names and texts. Each returns NULL when the text is fine, else
 * the rule broken, fit to stand after "`NAME`: ". Lengths are the attribute table's. Pure. */
#ifndef CHARTER_STATE_VALID_H
#define CHARTER_STATE_VALID_H

#include <stdbool.h>
#include <stddef.h>

const char *valid_account_name(const char *s, size_t len);
const char *valid_email(const char *s, size_t len);
const char *valid_iam_name(const char *s, size_t len);
const char *valid_iam_path(const char *s, size_t len);
const char *valid_policy_path(const char *s, size_t len);
const char *valid_feature_set(const char *s, size_t len);
const char *valid_policy_type(const char *s, size_t len);
const char *valid_service(const char *s, size_t len);
const char *valid_tag_key(const char *s, size_t len);
const char *valid_tag_value(const char *s, size_t len);
const char *valid_region(const char *s, size_t len);
/* Of IAM Identity Center. */
const char *valid_identity_user(const char *s, size_t len);
const char *valid_identity_group(const char *s, size_t len);
const char *valid_relay_state(const char *s, size_t len);
const char *valid_set_description(const char *s, size_t len);
const char *valid_line(const char *s, size_t len); /* no line breaks */

/* Twelve digits. */
bool is_account_id(const char *s, size_t len);
/* The n-th field of an ARN, from 0, and its length; NULL: there are fewer. 4: the account. */
const char *arn_field(const char *arn, unsigned n, size_t *len);
/* "arn:PARTITION:iam::ACCOUNT or aws:policy/..." */
bool is_policy_arn(const char *s);

#define TAGS_MAX        50
#define TAG_KEY_MAX     128
#define TAG_VALUE_MAX   256
#define POLICY_PATH_MAX 512
#define UNIT_DEPTH_MAX  5
#define UNITS_MAX       2000
#define ROLE_NAME_MAX   64

/* Characters without white space: of one managed policy; of all inline policies of a group. */
#define IAM_POLICY_CHARACTERS   6144
#define GROUP_INLINE_CHARACTERS 5120

#endif
