/* The rules that AWS publishes for names and texts: the patterns of the service models. */
#include "state/valid.h"

#include "base/text.h"
#include "state/kind.h"

#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool all_of(const char *s, size_t len, const char *others)
{
	for (size_t i = 0; i < len; i++) {
		if (!is_alnum(s[i]) && (s[i] == '\0' || strchr(others, s[i]) == NULL))
			return false;
	}
	return true;
}

/* PutAccountName's [ -;=?-~]+, which is narrower than CreateAccount's. */
const char *valid_account_name(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (s[i] < ' ' || s[i] > '~' || s[i] == '<' || s[i] == '>')
			return "may hold only printable ASCII characters, without `<` and `>`";
	}
	return NULL;
}

/* [^\s@]+@[^\s@]+\.[^\s@]+ */
const char *valid_email(const char *s, size_t len)
{
	const char *at = memchr(s, '@', len), *end = s + len, *dot;
	static const char rule[] = "is not an e-mail address";

	if (at == NULL || at == s || memchr(at + 1, '@', (size_t)(end - at - 1)) != NULL)
		return rule;
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)s[i] <= ' ')
			return rule;
	}
	dot = memrchr(at + 1, '.', (size_t)(end - at - 1));
	return dot == NULL || dot == at + 1 || dot + 1 == end ? rule : NULL;
}

/* [\w+=,.@-]+ of users, groups, policies, roles. */
const char *valid_iam_name(const char *s, size_t len)
{
	return all_of(s, len, "_+=,.@-") ? NULL : "may hold only letters, digits and _+=,.@-";
}

/* "/" or "/" [\x21-\x7e]+ "/". */
const char *valid_iam_path(const char *s, size_t len)
{
	if (len == 0 || s[0] != '/' || s[len - 1] != '/')
		return "must begin and end with `/`";
	for (size_t i = 0; i < len; i++) {
		if (s[i] < '!' || s[i] > '~')
			return "may hold only printable ASCII characters without spaces";
	}
	if (memmem(s, len, "//", 2) != NULL)
		return "may hold no `//`";
	return NULL;
}

/* ((/[A-Za-z0-9.,+@=_-]+)*)/ */
const char *valid_policy_path(const char *s, size_t len)
{
	const char *rule = valid_iam_path(s, len);

	if (rule == NULL && !all_of(s, len, "/.,+@=_-"))
		rule = "may hold only letters, digits and /.,+@=_-";
	return rule;
}

const char *valid_feature_set(const char *s, size_t len)
{
	(void)len;
	return strcmp(s, "ALL") == 0 || strcmp(s, "CONSOLIDATED_BILLING") == 0
		   ? NULL
		   : "must be ALL or CONSOLIDATED_BILLING";
}

const char *valid_policy_type(const char *s, size_t len)
{
	(void)len;
	return policy_type_find(s) != NULL ? NULL : "is no policy type";
}

/* A service principal: sso.amazonaws.com, member.org.stacksets.cloudformation.amazonaws.com. */
const char *valid_service(const char *s, size_t len)
{
	if (!all_of(s, len, "_+=,.@-"))
		return "may hold only letters, digits and _+=,.@-";
	return memchr(s, '.', len) == NULL ? "is no service principal such as sso.amazonaws.com"
					   : NULL;
}

/* Without Unicode's tables: the blocks of punctuation and symbols, outside [\p{L}\p{Z}\p{N}]. */
static bool code_is_symbol(uint32_t code)
{
	static const struct {
		uint32_t first, last;
	} symbols[] = {
	    {0x00a1, 0x00a9},   {0x00ab, 0x00b1}, {0x00b4, 0x00b4}, {0x00b6, 0x00b8},
	    {0x00bb, 0x00bb},   {0x00bf, 0x00bf}, {0x00d7, 0x00d7}, {0x00f7, 0x00f7},
	    {0x2010, 0x2027},   {0x2030, 0x205e}, {0x20a0, 0x20cf}, {0x2190, 0x23ff},
	    {0x2500, 0x2bff},   {0x3001, 0x3004}, {0x3008, 0x3020}, {0xe000, 0xf8ff},
	    {0x1f000, 0x1faff},
	};

	for (size_t i = 0; i < COUNT(symbols); i++) {
		if (code >= symbols[i].first && code <= symbols[i].last)
			return true;
	}
	return false;
}

static const char *tag_text(const char *s, size_t len)
{
	uint32_t code;
	int bytes;

	for (size_t i = 0; i < len; i += (size_t)bytes) {
		bytes = utf8_next(s + i, len - i, &code);
		if (bytes == 0 || code_is_symbol(code) ||
		    (code < 0x80 && !all_of(s + i, 1, " _.:/=+-@")))
			return "may hold only letters, digits, spaces and _.:/=+-@";
	}
	return NULL;
}

const char *valid_tag_key(const char *s, size_t len)
{
	if (len >= 4 && strncasecmp(s, "aws:", 4) == 0)
		return "begins with `aws:`, which AWS keeps for itself";
	if (str_starts(s, "charter:"))
		return "begins with `charter:`, which charter keeps for its own record";
	return tag_text(s, len);
}

const char *valid_tag_value(const char *s, size_t len)
{
	return tag_text(s, len);
}

const char *valid_line(const char *s, size_t len)
{
	return memchr(s, '\n', len) != NULL || memchr(s, '\r', len) != NULL ||
		       memchr(s, '\t', len) != NULL
		   ? "may hold no line break or tab"
		   : NULL;
}

/* ([a-z]+-){2,3}\d, of IAM Identity Center's RegionName. */
const char *valid_region(const char *s, size_t len)
{
	static const char rule[] = "must be a region such as us-east-1";
	unsigned words = 0;

	for (size_t i = 0; i < len; words++) {
		size_t letters = strspn(s + i, "abcdefghijklmnopqrstuvwxyz");

		if (letters == 0 || s[i + letters] != '-')
			return words >= 2 && words <= 3 && len - i <= 2 &&
				       strspn(s + i, "0123456789") == len - i
				   ? NULL
				   : rule;
		i += letters + 1;
	}
	return rule;
}

/* API reference of CreateUser and CreateGroup. */
static const char *identity_name(const char *s)
{
	return strcmp(s, "Administrator") == 0 || strcmp(s, "AWSAdministrators") == 0
		   ? "is a name that AWS keeps for itself"
		   : NULL;
}

/* [\p{L}\p{M}\p{S}\p{N}\p{P}]+: no white space. */
const char *valid_identity_user(const char *s, size_t len)
{
	uint32_t code;
	int bytes;

	for (size_t i = 0; i < len; i += (size_t)bytes) {
		bytes = utf8_next(s + i, len - i, &code);
		if (bytes == 0 || code <= ' ' || code == 0xa0 || code == 0x3000 ||
		    (code >= 0x2000 && code <= 0x200f))
			return "may hold no white space";
	}
	return identity_name(s);
}

const char *valid_identity_group(const char *s, size_t len)
{
	const char *rule = valid_line(s, len);

	return rule != NULL ? rule : identity_name(s);
}

const char *valid_relay_state(const char *s, size_t len)
{
	return all_of(s, len, "&$@#\\/%?=~-_'\"|!:,.;*+[] (){}")
		   ? NULL
		   : "may hold only what stands in URLs, without `<`, `>`, `^` and backquotes";
}

/* [\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]* */
const char *valid_set_description(const char *s, size_t len)
{
	uint32_t code;
	int bytes;

	for (size_t i = 0; i < len; i += (size_t)bytes) {
		bytes = utf8_next(s + i, len - i, &code);
		if (bytes == 0 || code > 0xff || code == 0xa0)
			return "may hold only Latin letters and ASCII characters";
	}
	return NULL;
}

bool is_account_id(const char *s, size_t len)
{
	return len == 12 && strspn(s, "0123456789") >= 12;
}

const char *arn_field(const char *arn, unsigned n, size_t *len)
{
	for (; n > 0; n--) {
		arn = strchr(arn, ':');
		if (arn == NULL)
			return NULL;
		arn++;
	}
	*len = strcspn(arn, ":");
	return arn;
}

/* arn : partition : iam : : account-id or "aws" : policy/[path/]name */
bool is_policy_arn(const char *s)
{
	const char *field[6], *p = s;

	for (size_t i = 0; i < COUNT(field); i++) {
		field[i] = p;
		if (i == 5)
			break;
		p = strchr(p, ':');
		if (p == NULL)
			return false;
		p++;
	}
	return str_starts(field[0], "arn:") && str_starts(field[1], "aws") &&
	       str_starts(field[2], "iam:") && field[3][0] == ':' &&
	       (str_starts(field[4], "aws:") ||
		is_account_id(field[4], (size_t)(field[5] - field[4] - 1))) &&
	       str_starts(field[5], "policy/") && field[5][7] != '\0' &&
	       all_of(field[5], strlen(field[5]), "/_+=,.@-") && s[strlen(s) - 1] != '/';
}
