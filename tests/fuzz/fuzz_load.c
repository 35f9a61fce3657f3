/* A snapshot or a saved state from hostile bytes: what is taken is read, written and changed. */
#include "aws/twin/faults.h"
#include "aws/twin/transport.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *root_of(const struct twin *t)
{
	const char *id =
	    json_string_value(json_object_get(json_object_get(twin_state(t), "root"), "Id"));

	return id == NULL ? "r-none" : id;
}

static void call(struct twin *t, const char *service, const char *operation, json_t *input)
{
	char code[64];

	json_decref(twin_do(t, NULL, service, operation, input, code));
}

static void rows_use(struct twin *t)
{
	const char *id;
	json_t *row;

	json_object_foreach(json_object_get(twin_state(t), "policies"), id, row)
	{
		call(t, "organizations", "ListTargetsForPolicy",
		     json_pack("{s:s}", "PolicyId", id));
		call(t, "organizations", "AttachPolicy",
		     json_pack("{s:s, s:s}", "PolicyId", id, "TargetId", root_of(t)));
	}
	json_object_foreach(json_object_get(twin_state(t), "units"), id, row)
	{
		call(t, "organizations", "ListAccountsForParent",
		     json_pack("{s:s}", "ParentId", id));
		call(t, "organizations", "ListTagsForResource",
		     json_pack("{s:s}", "ResourceId", id));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const reads[][2] = {{"organizations", "ListAccounts"},
					       {"organizations", "ListRoots"},
					       {"organizations", "ListCreateAccountStatus"},
					       {"organizations", "ListDelegatedAdministrators"},
					       {"iam", "GetAccountAuthorizationDetails"},
					       {"iam", "GetAccountSummary"},
					       {"sts", "GetCallerIdentity"}};
	struct twin_clock clock;
	struct twin_options options = {.clock = &clock.clock, .seed = 1, .job_us = 1000000};
	auto_error err = {0};
	struct twin *t;

	twin_clock_init(&clock, 1795309323000000);
	if (twin_new(&t, &options, &err) != 0)
		abort();
	if (twin_load(t, (const char *)data, size, "fuzz", &err) == 0) {
		for (size_t i = 0; i < sizeof(reads) / sizeof(*reads); i++)
			call(t, reads[i][0], reads[i][1], json_object());
		call(t, "organizations", "CreateOrganizationalUnit",
		     json_pack("{s:s, s:s}", "ParentId", root_of(t), "Name", "new"));
		rows_use(t);
		for (uint64_t i = 0; i < 4; i++)
			faults_change(t, "any", i);
	}
	twin_free(t);
	return 0;
}
