/* In which order calls to Identity Center take effect within one run: nobody is let into an account
 * by a set that is not yet what it is to be, and whoever changes sets there gains before they lose.
 */
#include "reconciler/selftest.h"

#include <string.h>

static bool line_begins(const char *line, const char *call)
{
	return str_starts(line, "sso-admin:") && str_starts(line + strlen("sso-admin:"), call);
}

static bool changes_policies(const char *line)
{
	static const char *const calls[] = {"Attach", "Detach", "Put", "DeleteInline",
					    "DeletePermissionsBoundary"};

	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		if (line_begins(line, calls[i]))
			return true;
	return false;
}

static json_t *input_of(const char *line)
{
	const char *space = strchr(line, ' ');

	return space ? json_loads(space + 1, 0, NULL) : NULL;
}

static char *account_of(const json_t *input)
{
	return xasprintf("%s %s", member_text(input, "TargetId"),
			 member_text(input, "PrincipalId"));
}

/* `given`: sets, and accounts with their principals: those that were assigned, or taken away. */
static int line_check(json_t *given, const char *line, struct error *err)
{
	json_auto_t *input = input_of(line);
	auto_free char *who = account_of(input);
	const char *set = member_text(input, "PermissionSetArn");

	if (changes_policies(line) && json_object_get(given, set))
		return error_set(err, "order: somebody has the set already: %s", line);
	if (line_begins(line, "CreateAccountAssignment")) {
		if (json_object_get(given, who))
			return error_set(err, "order: they have lost another before: %s", line);
		json_object_set_new(given, set, json_true());
	}
	if (line_begins(line, "DeleteAccountAssignment"))
		json_object_set_new(given, who, json_true());
	return 0;
}

int order_check(const struct twin *twin, struct error *err)
{
	json_auto_t *log = twin_log(twin), *given = json_object();

	for (size_t i = 0; i < json_array_size(log); i++)
		if (line_check(given, json_string_value(json_array_get(log, i)), err) < 0)
			return -1;
	return 0;
}
