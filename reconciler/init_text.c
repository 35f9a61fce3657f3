/* The texts of `charter init`: the first charter.yaml, and templates with our values in them. */
#include "reconciler/init_files.h"

#include "base/text.h"
#include "reconciler/template_files.h"

#include <string.h>

#define EXAMPLE_ACCOUNT      "111111111111"
#define EXAMPLE_ORGANIZATION "o-exampleorgid"
#define HEX                  "0123456789abcdef"

bool init_valid(const char *s)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._/-";

	return s && *s && *s != '-' && s[strspn(s, allowed)] == '\0';
}

/* charter.yaml. */

static const char config_head[] = "# Settings of charter. It reads every YAML file of this "
				  "directory; what stands in this one may\n"
				  "# stand only here. docs/configuration.md has every key.\n"
				  "charter: 1\n"
				  "\n";

static const char config_guards[] =
    "\n"
    "# What refuses a plan before its first change (docs/guards.md). A loosened limit counts only\n"
    "# once it was merged and applied.\n"
    "guards:\n"
    "  removals:                            # of one kind of thing by one plan\n"
    "    default: {floor: 2, share: 10%, count: 25}\n"
    "  # Never deleted, nor stripped of policies:\n"
    "  # protect: [unit/Security, account/security-*]\n"
    "  # Who gets in when all else is broken. charter never writes them:\n"
    "  # break_glass: [iam_user/management/emergency-*]\n"
    "  # How many besides the run must be left who administer the management account:\n"
    "  # administrators: {minimum: 2}\n";

static void config_organization(const struct init_facts *f, struct buf *out)
{
	if (!f->organization)
		buf_puts(
		    out,
		    "# FILL IN: these are example values. `aws organizations "
		    "describe-organization` tells both.\n"
		    "# Without an organization: `organization: none`, see docs/accounts.md.\n");
	else
		buf_puts(out, "# charter refuses to touch any other organization.\n");
	buf_printf(out, "organization:\n  id: %s\n  management_account: \"%s\"\n",
		   f->organization ? f->organization : EXAMPLE_ORGANIZATION,
		   f->management ? f->management : EXAMPLE_ACCOUNT);
}

static void config_without(const struct init_facts *f, struct buf *out)
{
	buf_printf(
	    out,
	    "# The account of the credentials is in no organization. To make one, write\n"
	    "# `organization: {create: true, management_account: \"%s\"}` and nothing else "
	    "here.\n"
	    "organization: none\n"
	    "\n"
	    "# What was applied last stands in two tags of this role. It must exist, and "
	    "nobody needs\n"
	    "# to be able to assume it.\n"
	    "record: {account: operations, role: charter-record}\n"
	    "\n"
	    "access:\n"
	    "  accounts:\n"
	    "    operations: {role: none}           # the credentials of the run belong to it\n"
	    "\n"
	    "accounts:\n"
	    "  operations: {id: \"%s\"}\n",
	    f->account, f->account);
}

void init_config(const struct init_facts *f, struct buf *out)
{
	buf_puts(out, config_head);
	if (f->no_organization)
		config_without(f, out);
	else
		config_organization(f, out);
	buf_puts(out, config_guards);
}

/* Templates. */

/* An example value between what stands before and after it. */
struct slot {
	const char *before, *example, *after;
	size_t value; /* offset in struct init_facts */
};
#define FACT(name) offsetof(struct init_facts, name)

static const struct slot slots[] = {
    {"", EXAMPLE_ACCOUNT, "", FACT(account)},
    {"", "us-east-1", "", FACT(region)},
    {"", TEMPLATE_COMMIT, "", FACT(commit)},
    {"branches: [", "main", "]", FACT(branch)},
    {"refs/heads/", "main", "", FACT(branch)},
    {"origin/", "main", "", FACT(branch)},
    {"the branch ", "main", "", FACT(branch)},
    {"Default: ", "main", "\n", FACT(branch)},
    {" path: '", "", "'\n", FACT(path)},
    {"CHARTER_PATH: '", "", "'\n", FACT(path)},
    {"  Path:\n    Type: String\n    Default: '", "", "'\n", FACT(path)},
    {"Default: ", "example", "\n", FACT(owner)},
    {"Default: ", "cloud", "\n", FACT(name)},
    {"Default: ", "example/cloud", "\n", FACT(project)},
};

static const char *slot_value(const struct slot *s, const struct init_facts *f)
{
	return *(const char *const *)((const char *)f + s->value);
}

static bool begins(const char *at, const char *end, const char *with)
{
	size_t n = strlen(with);

	return (size_t)(end - at) >= n && memcmp(at, with, n) == 0;
}

/* The bytes of what is before the value and of the example; 0: it is not here. */
static size_t slot_fits(const struct slot *s, const char *at, const char *end)
{
	size_t before = strlen(s->before), example = strlen(s->example);
	const char *next = at + before + example;

	if (!begins(at, end, s->before) || !begins(at + before, end, s->example) ||
	    !begins(next, end, s->after))
		return 0;
	/* The digest of a release begins as the commit does. */
	if (strcmp(s->example, TEMPLATE_COMMIT) == 0 && next < end && strchr(HEX, *next))
		return 0;
	return before + example;
}

void init_template(const struct init_facts *f, const char *data, const char *end, struct buf *out)
{
	while (data < end) {
		const char *value = NULL;
		size_t n = 0, i;

		for (i = 0; i < sizeof slots / sizeof *slots && !n; i++) {
			value = slot_value(&slots[i], f);
			n = value ? slot_fits(&slots[i], data, end) : 0;
		}
		if (!n) {
			buf_putc(out, *data++);
			continue;
		}
		buf_puts(out, slots[i - 1].before);
		buf_puts(out, value);
		data += n;
	}
}
