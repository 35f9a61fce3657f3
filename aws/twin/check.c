/* Rules of inputs that operations share: lengths, characters, tags, policy documents. */
#include "aws/twin/twin_priv.h"

#include "base/text.h"

#include <string.h>
#include <strings.h>

#define TAG_KEY_MAX   128 /* characters */
#define TAG_VALUE_MAX 256

static bool refuse_value(struct twin_call *c, const char *reason, const char *member,
			 const char *rule)
{
	twin_refuse_as(c, REFUSAL_INVALID, reason,
		       "1 validation error detected: Value at '%s' failed to satisfy constraint: "
		       "Member must %s",
		       member, rule);
	return false;
}

/* Length in characters. */
static bool check_length(struct twin_call *c, const char *member, const char *value, size_t min,
			 size_t max)
{
	long n = utf8_count(value, strlen(value));
	auto_free char *rule = NULL;

	if (n >= 0 && (size_t)n >= min && (size_t)n <= max)
		return true;
	if (n < 0)
		return refuse_value(c, "INVALID_PATTERN", member, "be valid UTF-8");
	if ((size_t)n < min) {
		rule = xasprintf("have length greater than or equal to %zu", min);
		return refuse_value(c, "MIN_LENGTH_EXCEEDED", member, rule);
	}
	rule = xasprintf("have length less than or equal to %zu", max);
	return refuse_value(c, "MAX_LENGTH_EXCEEDED", member, rule);
}

bool check_text(struct twin_call *c, const char *member, size_t min, size_t max,
		bool (*valid)(unsigned char))
{
	const json_t *given = json_object_get(c->input, member);
	const char *s = json_string_value(given);

	if (given == NULL || json_is_null(given))
		return true;
	if (s == NULL)
		return refuse_value(c, "INVALID_PATTERN", member, "be text");
	if (!check_length(c, member, s, min, max))
		return false;
	for (; valid != NULL && *s != '\0'; s++) {
		if (!valid((unsigned char)*s))
			return refuse_value(c, "INVALID_PATTERN", member,
					    "satisfy regular expression pattern");
	}
	return true;
}

/* [\p{L}\p{Z}\p{N}_.:/=+\-@]: of what is not ASCII, the blocks of punctuation, arrows, symbols and
 * pictures are left out, and the controls. */
static bool tag_character(uint32_t code)
{
	static const struct {
		uint32_t from, to;
	} others[] = {{0x80, 0x9f},     {0x2010, 0x2027}, {0x202a, 0x202e},
		      {0x2030, 0x205e}, {0x2190, 0x245f}, {0x2500, 0x2bff},
		      {0xe000, 0xf8ff}, {0xfeff, 0xfeff}, {0x1f000, 0x1faff}};
	size_t i;

	if (code < 0x80)
		return code >= ' ' && code < 0x7f &&
		       strchr("!\"#$%&'()*,;<>?[\\]^`{|}~", (int)code) == NULL;
	for (i = 0; i < sizeof others / sizeof others[0]; i++) {
		if (code >= others[i].from && code <= others[i].to)
			return false;
	}
	return true;
}

static bool check_tag_text(struct twin_call *c, const char *what, const char *s, size_t min,
			   size_t max)
{
	size_t len = strlen(s), step;
	uint32_t code;

	if (!check_length(c, what, s, min, max))
		return false;
	for (; len > 0; s += step, len -= step) {
		step = utf8_next(s, len, &code);
		if (!tag_character(code))
			return refuse_value(
			    c, "INVALID_PATTERN", what,
			    "satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*");
	}
	return true;
}

/* IAM's codes for tags are not those of its other rules, and its keys differ in more than case. */
static bool tags_by_iam(const struct twin_call *c)
{
	return c->op->service == SERVICE_IAM;
}

static bool refuse_tags(struct twin_call *c, const char *reason, const char *why)
{
	if (tags_by_iam(c))
		twin_refuse(c, "InvalidInput", "%s", why);
	else
		twin_refuse_as(c, REFUSAL_INVALID, reason, "%s", why);
	return false;
}

static bool check_tag(struct twin_call *c, const json_t *tag)
{
	const char *key = json_string_value(json_object_get(tag, "Key"));
	const char *value = json_string_value(json_object_get(tag, "Value"));

	if (key == NULL || value == NULL)
		return refuse_value(c, "INPUT_REQUIRED", "tags", "hold a Key and a Value each");
	if (!check_tag_text(c, "tags.member.key", key, 1, TAG_KEY_MAX) ||
	    !check_tag_text(c, "tags.member.value", value, 0, TAG_VALUE_MAX))
		return false;
	if (strncasecmp(key, "aws:", 4) == 0)
		return refuse_tags(
		    c, "INVALID_SYSTEM_TAGS_PARAMETER",
		    "Tag keys that begin with \"aws:\" are reserved for system use.");
	return true;
}

static bool tag_is_among(const struct twin_call *c, const char *key, const json_t *present)
{
	const char *other;
	json_t *value;

	if (json_object_get(present, key) != NULL)
		return true;
	if (!tags_by_iam(c))
		return false;
	json_object_foreach((json_t *)present, other, value)
	{
		if (strcasecmp(key, other) == 0)
			return true;
	}
	return false;
}

static bool refuse_many(struct twin_call *c, size_t most)
{
	if (c->op->service == SERVICE_SSO_ADMIN)
		twin_refuse(c, "ServiceQuotaExceededException",
			    "You have exceeded the number of tags allowed: %zu", most);
	else if (tags_by_iam(c))
		twin_refuse(c, "LimitExceeded", "Cannot exceed quota for TagsPerResource: %zu",
			    most);
	else
		twin_refuse_reason(c, "ConstraintViolationException", "MAX_TAG_LIMIT_EXCEEDED",
				   "You have exceeded the number of tags allowed: %zu", most);
	return false;
}

bool check_tags(struct twin_call *c, const json_t *tags, const json_t *present, size_t most)
{
	json_auto_t *given = json_object();
	size_t i, total = json_object_size(present);
	const char *key;
	json_t *tag;

	if (tags != NULL && !json_is_null(tags) && !json_is_array(tags))
		return refuse_value(c, "INVALID_LIST_MEMBER", "tags", "be a list");
	json_array_foreach((json_t *)tags, i, tag)
	{
		if (!check_tag(c, tag))
			return false;
		key = json_string_value(json_object_get(tag, "Key"));
		if (tag_is_among(c, key, given))
			return refuse_tags(c, "DUPLICATE_TAG_KEY", "Duplicate tag keys found.");
		json_object_set_new(given, key, json_integer(1));
		total += !tag_is_among(c, key, present);
	}
	return total <= most || refuse_many(c, most);
}

bool check_policy_json(struct twin_call *c, const char *document, const char *code)
{
	json_error_t e;
	json_auto_t *policy =
	    document == NULL ? NULL : json_loads(document, JSON_REJECT_DUPLICATES, &e);

	if (json_is_object(policy) && json_object_size(policy) > 0)
		return true;
	twin_refuse(c, code, "%s",
		    policy == NULL ? "The provided policy document does not meet the requirements "
				     "of the specified policy type: it is not valid JSON."
				   : "Syntax errors in policy.");
	return false;
}
