/* The samples of every-call: written by hand, each about one thing. */
#include "reconciler/selftest.h"

#define SCP(action)                                                                                \
	"{'Version': '2012-10-17', 'Statement': {'Effect': 'Deny', 'Action': '" action             \
	"', 'Resource': '*'}}"
#define TRUST(account)                                                                             \
	"{'Version': '2012-10-17', 'Statement': {'Effect': 'Allow', 'Action': 'sts:AssumeRole', "  \
	"'Principal': {'AWS': 'arn:aws:iam::${accounts." account ".id}:root'}}}"
#define BEGIN                                                                                      \
	"'charter': 1, 'scope': 'main', 'organization': {'create': true, 'feature_set': 'ALL', "   \
	"'policy_types': ['SERVICE_CONTROL_POLICY'], 'trusted_services': "                         \
	"['account.amazonaws.com']}, 'guards': {'removals': {'default': {'floor': 99, 'share': "   \
	"'100%', 'count': 99}}}, "
#define SELF "'management': {'id': '111111111111', 'unit': '/'}"
#define PERSON(name)                                                                               \
	"{'given_name': 'A', 'family_name': 'B', 'display_name': 'A B', 'email': '" name           \
	"@people.example.com'}"
#define KEEP "'keep': {'document': " SCP("s3:DeleteBucket") ", 'tags': {'a': '1'}}"

/* a and b, with ' for ". */
static const struct {
	const char *about, *a, *b;
} fixed[] = {
    {"an organization from nothing", NULL,
     "{" BEGIN "'units': {'U': {'policies': ['keep'], 'tags': {'t': '1'}}, 'U/V': {}}, "
     "'accounts': {" SELF ", 'x': {'email': 'x@example.com', 'unit': 'U/V'}}, "
     "'policies': {" KEEP "}}"},
    {"units, accounts and policies",
     "{" BEGIN "'units': {'U': {}}, 'accounts': {" SELF ", 'x': {'email': 'x@example.com', "
     "'unit': 'U'}}, 'policies': {" KEEP "}}",
     "{" BEGIN "'units': {'U': {'policies': ['keep', 'p']}, 'U/V': {'policies': ['p'], "
     "'tags': {'t': '1'}}}, 'accounts': {" SELF ", 'x': {'email': 'x@example.com', 'unit': 'U/V', "
     "'policies': ['p']}, 'y': {'email': 'y@example.com', 'unit': 'U', 'tags': {'t': '2'}}, "
     "'z': {'email': 'z@example.com', 'unit': '/'}}, 'policies': {" KEEP
     ", 'p': {'description': 'about p', 'document': " SCP("s3:PutObject") "}}}"},
    {"renames and moves",
     "{" BEGIN "'units': {'U': {'policies': ['keep', 'p']}, 'U/V': {'policies': ['p'], 'tags': "
     "{'t': '1'}}, 'W': {}}, 'accounts': {" SELF ", 'x': {'email': 'x@example.com', 'unit': "
     "'U/V'}, 'y': {'email': 'y@example.com', 'unit': 'W'}}, 'policies': {" KEEP
     ", 'p': {'document': " SCP("s3:PutObject") "}}}",
     "{" BEGIN "'units': {'U2': {'policies': ['keep', 'p2'], 'previously': 'U'}, 'W': {}, "
     "'W/V': {'policies': ['p2'], 'tags': {'t': '1'}, 'previously': 'U/V', 'move': true}}, "
     "'accounts': {" SELF ", 'x2': {'email': 'x@example.com', 'unit': 'W/V'}, 'y': {'email': "
     "'y@example.com', 'unit': 'U2'}}, 'policies': {" KEEP
     ", 'p2': {'document': " SCP("s3:GetObject") ", 'previously': 'p'}}}"},
    {"removals",
     "{" BEGIN "'units': {'U': {'policies': ['keep', 'p']}, 'U/V': {'policies': ['p', 'q']}, "
     "'U/W': {}, 'K': {'policies': ['keep'], 'tags': {'t': '1', 'u': '2'}}}, 'accounts': {" SELF
     ", 'x': {'email': 'x@example.com', 'unit': 'U/V', 'policies': ['q']}}, 'policies': {" KEEP
     ", 'p': {'document': " SCP("s3:PutObject") "}, 'q': {'document': " SCP("s3:GetObject") "}}}",
     "{" BEGIN "'units': {'U': {'policies': ['keep']}, 'K': {'policies': ['keep'], 'tags': "
     "{'u': '2'}}}, 'accounts': {" SELF ", 'x': {'email': 'x@example.com', 'unit': 'U', "
     "'policies': []}}, 'policies': {" KEEP "}}"},
    {"IAM",
     "{" BEGIN "'accounts': {" SELF "}, 'iam': {'accounts': {'management': {'users': {'ada': "
     "{'groups': ['g', 'h'], 'managed_policies': ['ip'], 'inline_policies': {'i': " SCP(
	 "s3:*") "}, 'permissions_boundary': 'ip', 'tags': {'t': '1'}}, 'bob': {'groups': "
		 "['g']}, 'eve': "
		 "{'groups': ['h']}}, 'groups': {'g': {'managed_policies': ['ip', "
		 "'aws/ReadOnlyAccess']}, "
		 "'h': {'inline_policies': {'i': " SCP(
		     "ec2:*") "}}}, 'policies': {'ip': "
			      "{'document': " SCP("iam:*") "}, 'jp': "
							   "{'document':"
							   " " SCP("sts:*") "}}}}}}",
     "{" BEGIN "'accounts': {" SELF "}, 'iam': {'accounts': {'management': {'users': {'ada': "
     "{'groups': ['g2'], 'managed_policies': ['jp', 'aws/ReadOnlyAccess'], 'inline_policies': "
     "{'i': " SCP(
	 "s3:Get*") "}, 'permissions_boundary': [], 'tags': {'t': '2', 'u': '1'}}, "
		    "'bob2': {'groups': ['g2'], 'previously': 'bob', 'path': '/people/'}, "
		    "'new': {'groups': "
		    "['g2'], 'permissions_boundary': 'jp'}}, 'groups': {'g2': "
		    "{'managed_policies': ['ip'], "
		    "'previously': 'g'}}, 'policies': {'ip': {'document': " SCP(
			"iam:Get*") "}, 'jp': {'document': " SCP("sts:*") ", 'tags': {'a': "
									  "'b'}}}}}}}"},
    {"tags",
     "{" BEGIN "'units': {'U': {'tags': {'a': '1', 'b': '2'}}}, 'accounts': {" SELF
     ", 'x': {'email': 'x@example.com', 'unit': 'U', 'tags': {'a': '1', 'c': '3'}}}, "
     "'policies': "
     "{" KEEP ", 'p': {'document': " SCP("s3:PutObject") ", 'tags': {'a': '1', 'd': '4'}}}}",
     "{" BEGIN "'units': {'U': {'tags': {'a': '2', 'n': ''}}}, 'accounts': {" SELF
     ", 'x': {'email': 'x@example.com', 'unit': 'U', 'tags': {'c': '4'}}}, 'policies': {" KEEP
     ", 'p': {'document': " SCP("s3:PutObject") ", 'tags': {}}}}"},
    {"IAM of a member account",
     "{" BEGIN "'accounts': {" SELF ", 'x': {'email': 'x@example.com', 'unit': '/'}}, 'iam': "
     "{'accounts': {'x': {'users': {'ada': {'groups': ['g']}}, 'groups': {'g': {}}, 'roles': "
     "{'keep': {'trust': " TRUST("management") "}, 'r': {'trust': " TRUST(
	 "x") ", 'description': "
	      "'about r', 'managed_policies': ['ip']}, 'old': {'trust': " TRUST(
		  "x") "}}, 'policies': "
		       "{'ip': {'document': " SCP("iam:*") "}}, 'alias': 'the-old-alias'}}}}",
     "{" BEGIN "'accounts': {" SELF ", 'x': {'email': 'x@example.com', 'unit': '/'}}, 'iam': "
     "{'accounts': {'x': {'users': {'eve': {'groups': ['g']}}, 'groups': {'g': {}}, 'roles': "
     "{'keep': {'trust': " TRUST("management") "}, 'r': {'trust': " TRUST(
	 "management") ", "
		       "'max_session_duration': '4h', 'managed_policies': ['aws/ReadOnlyAccess'], "
		       "'inline_policies': {'i': " SCP(
			   "s3:*") "}, 'tags': {'t': '1'}}}, 'policies': "
				   "{'ip': {'document': " SCP(
				       "iam:Get*") "}}, 'oidc_providers': {'id.example.com': "
						   "{'client_ids': ['c']}}, 'alias': "
						   "'the-new-alias', 'password_policy': "
						   "{'minimum_length': 20}}}}}"},
    {"a new account, a baseline and a team",
     "{" BEGIN "'accounts': {" SELF
     "}, 'iam': {'accounts': {'management': {'users': {'ada': {}}}}}}",
     "{" BEGIN "'accounts': {" SELF ", 'x': {'email': 'x@example.com', 'unit': '/'}}, 'iam': "
     "{'accounts': {'management': {'users': {'ada': {}}}}, 'baselines': {'b': {'accounts': ['x'], "
     "'groups': {'g': {}}}}}, 'jump': {'account': 'management', 'roles': {'reader': "
     "{'managed_policies': ['aws/ReadOnlyAccess']}}, 'teams': {'crm': {'members': ['ada'], "
     "'access': [{'role': 'reader', 'accounts': ['x']}]}}}}"},
    {"Identity Center from nothing",
     "{" BEGIN "'accounts': {" SELF ", 'x': {'email': 'x@example.com', 'unit': '/'}}}",
     "{" BEGIN "'accounts': {" SELF ", 'x': {'email': 'x@example.com', 'unit': '/'}}, "
     "'identity_center': {'region': 'eu-central-1', 'users': {'ada': " PERSON(
	 "ada") "}, "
		"'groups': {'g': {'members': ['ada']}}, 'permission_sets': {'S': "
		"{'aws_managed_policies': "
		"['aws/ReadOnlyAccess'], 'inline_policy': " SCP(
		    "s3:*") ", 'permissions_boundary': "
			    "{'aws_managed_policy': 'aws/SecurityAudit'}, 'tags': {'t': '1'}}}, "
			    "'assignments': "
			    "[{'permission_sets': ['S'], 'groups': ['g'], 'units': ['/']}]}}"},
    {"who has what in Identity Center",
     "{" BEGIN "'accounts': {" SELF ", 'x': {'email': 'x@example.com', 'unit': '/'}}, "
     "'identity_center': {'region': 'eu-central-1', 'users': {'ada': " PERSON(
	 "ada") ", 'bob': " PERSON("bob") "}, 'groups': {'g': {'members': ['ada']}, 'h': "
					  "{'members': ['bob']}}, "
					  "'permission_sets': {'S': {'aws_managed_policies': "
					  "['aws/ReadOnlyAccess']}, 'T': "
					  "{'inline_policy': " SCP(
					      "s3:*") "}, 'K': {}}, 'assignments': "
						      "[{'permission_sets': ['S'], "
						      "'groups': ['g'], 'users': ['bob'], 'units': "
						      "['/']}, {'permission_sets': ['T'], "
						      "'groups': "
						      "['h'], 'accounts': ['x']}]}}",
     "{" BEGIN "'accounts': {" SELF ", 'x': {'email': 'x@example.com', 'unit': '/'}}, "
     "'identity_center': {'region': 'eu-central-1', 'users': {'ada2': {'given_name': 'A', "
     "'family_name': 'B', 'display_name': 'A B', 'email': 'ada@people.example.com', 'previously': "
     "'ada'}}, "
     "'groups': {'g2': {'members': [], 'description': 'about g', 'previously': 'g'}, 'n': "
     "{'members': ['ada2']}}, 'permission_sets': {'S': {'aws_managed_policies': "
     "['aws/SecurityAudit'], 'session_duration': '4h'}, 'K': {}}, 'assignments': "
     "[{'permission_sets': ['S'], 'groups': ['g2'], 'units': ['/']}, {'permission_sets': ['K'], "
     "'users': ['ada2'], 'accounts': ['x']}]}}"},
};
_Static_assert(sizeof fixed / sizeof *fixed == EVERY_CALL_SAMPLES, "the header says how many");

static json_t *draft_of(const char *text)
{
	auto_free char *json = xstrdup(text);
	json_error_t error;
	json_t *draft;

	for (char *p = json; *p; p++)
		if (*p == '\'')
			*p = '"';
	draft = json_loads(json, 0, &error);
	charter_assert(draft);
	return draft;
}

/* The seed says which: 1 is the first. */
json_t *every_call_sample(uint64_t seed)
{
	size_t i = (size_t)((seed + EVERY_CALL_SAMPLES - 1) % EVERY_CALL_SAMPLES);
	json_t *sample = json_pack("{s:{s:i}, s:o, s:b, s:s}", "twin", "job_us", 3000000, "b",
				   draft_of(fixed[i].b), "all", 1, "about", fixed[i].about);

	if (fixed[i].a)
		json_object_set_new(sample, "a", draft_of(fixed[i].a));
	return sample;
}
