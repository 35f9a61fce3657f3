/* Plans that lock somebody out, each beside a harmless neighbour: the same configuration before,
 * two different ones after it, through the whole way from YAML to ordered calls. */
#include "tests/unit/guard_trial.h"
#include "tests/unit/plan_case.h"
#include "tests/unit/sides.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* guard_trial.h has the run's own ARN under this name. */
#undef ADMIN

#define HEAD                                                                                       \
	"charter: 1\nscope: main\norganization:\n  id: o-exampleorgid\n"                           \
	"  policy_types: [SERVICE_CONTROL_POLICY, RESOURCE_CONTROL_POLICY]\n"
#define MANAGEMENT                                                                                 \
	"accounts:\n  management: {id: '111111111111', unit: /}\niam:\n  accounts:\n"              \
	"    management:\n"
#define ADMIN "      groups:\n        admins: {managed_policies: [aws/AdministratorAccess]}\n"
#define DOC(effect, action)                                                                        \
	"{Version: '2012-10-17', Statement: [{Effect: " effect ", Action: " action                 \
	", Resource: '*'}]}"
#define DENYING                                                                                    \
	"      groups:\n        no: {inline_policies: {no: " DOC(                                  \
	    "Deny", "'*'") "}}\n"                                                                  \
			   "        few: {inline_policies: {no: " DOC("Deny", "'s3:*'") "}}\n"
#define ALICE "      users:\n        alice: {managed_policies: [aws/AdministratorAccess]"
#define TRUST(action, principal)                                                                   \
	"{Version: '2012-10-17', Statement: [{Effect: Allow, Action: 'sts:" action                 \
	"', Principal: " principal "}]}"
#define ROOT "{AWS: 'arn:aws:iam::333333333333:root'}"
#define BY_A                                                                                       \
	"{Version: '2012-10-17', Statement: [{Effect: Allow, Action: "                             \
	"'sts:AssumeRoleWithWebIdentity', Principal: {Federated: "                                 \
	"'arn:aws:iam::111111111111:oidc-provider/a.example'}, Condition: {StringEquals: "         \
	"{'a.example:sub': 'x'}}}]}"
#define SERVICE "{Service: ec2.amazonaws.com}"

/* Enough of each kind that no other guard has anything to say of one more or less. */
struct lockout {
	const char *name;
	const char *before, *harmful, *harmless;
	const char *says; /* part of the refusal */
};

static const struct lockout lockouts[] = {
    {"last member leaves the group",
     HEAD MANAGEMENT ADMIN "      users:\n        alice: {groups: [admins]}\n        bob: {}\n",
     HEAD MANAGEMENT ADMIN "      users:\n        alice: {groups: []}\n        bob: {}\n",
     HEAD MANAGEMENT ADMIN
     "      users:\n        alice: {groups: []}\n        bob: {groups: [admins]}\n",
     "RemoveUserFromGroup, takes administrator access to the management account "
     "(account/management) from iam_user/management/alice: left is nobody"},
    {"the group's policy is detached",
     HEAD MANAGEMENT ADMIN "      users:\n        alice: {groups: [admins]}\n",
     HEAD MANAGEMENT "      groups:\n        admins: {managed_policies: []}\n"
		     "      users:\n        alice: {groups: [admins]}\n",
     HEAD MANAGEMENT "      groups:\n        admins: {managed_policies: [all]}\n"
		     "      policies:\n        all: {document: " DOC(
			 "Allow", "'*'") "}\n"
					 "      users:\n        alice: {groups: [admins]}\n",
     "DetachGroupPolicy, takes"},
    {"the group is deleted",
     HEAD MANAGEMENT
     "      groups:\n        admins: {managed_policies: [aws/AdministratorAccess]}\n"
     "        a: {}\n        b: {}\n      users:\n        alice: {groups: [admins]}\n",
     HEAD MANAGEMENT "      groups:\n        a: {}\n        b: {}\n"
		     "      users:\n        alice: {groups: []}\n",
     HEAD MANAGEMENT
     "      groups:\n        admins: {managed_policies: [aws/AdministratorAccess]}\n"
     "        a: {}\n      users:\n        alice: {groups: [admins]}\n",
     "takes administrator access"},
    {"the policy's document narrows",
     HEAD MANAGEMENT "      policies:\n        all: {document: " DOC(
	 "Allow", "'*'") "}\n"
			 "      users:\n        alice: {managed_policies: [all]}\n",
     HEAD MANAGEMENT "      policies:\n        all: {document: " DOC(
	 "Allow", "'iam:*'") "}\n"
			     "      users:\n        alice: {managed_policies: [all]}\n",
     HEAD MANAGEMENT "      policies:\n        all: {document: " DOC(
	 "Allow", "'*:*'") "}\n"
			   "      users:\n        alice: {managed_policies: [all]}\n",
     "CreatePolicyVersion, takes"},
    {"a boundary",
     HEAD MANAGEMENT "      policies:\n        few: {document: " DOC(
	 "Allow",
	 "'s3:*'") "}\n"
		   "      users:\n        alice: {managed_policies: [aws/AdministratorAccess]}\n"
		   "        bob: {}\n",
     HEAD MANAGEMENT "      policies:\n        few: {document: " DOC(
	 "Allow",
	 "'s3:*'") "}\n"
		   "      users:\n        alice: {managed_policies: [aws/AdministratorAccess], "
		   "permissions_boundary: few}\n        bob: {}\n",
     HEAD MANAGEMENT "      policies:\n        few: {document: " DOC(
	 "Allow",
	 "'s3:*'") "}\n"
		   "      users:\n        alice: {managed_policies: [aws/AdministratorAccess], "
		   "permissions_boundary: aws/AdministratorAccess}\n"
		   "        bob: {permissions_boundary: few}\n",
     "PutUserPermissionsBoundary, takes"},
    {"the user is deleted",
     HEAD MANAGEMENT "      users:\n        alice: {managed_policies: [aws/AdministratorAccess]}\n"
		     "        bob: {}\n        carol: {}\n",
     HEAD MANAGEMENT "      users:\n        bob: {}\n        carol: {}\n",
     HEAD MANAGEMENT "      users:\n        alice: {managed_policies: [aws/AdministratorAccess]}\n"
		     "        bob: {}\n",
     "from iam_user/management/alice"},
    {"the user expires",
     HEAD MANAGEMENT "      users:\n        alice: {managed_policies: [aws/AdministratorAccess]}\n"
		     "        bob: {}\n        carol: {}\n",
     HEAD MANAGEMENT "      users:\n        alice: {managed_policies: [aws/AdministratorAccess], "
		     "expires: 2026-05-01}\n        bob: {}\n        carol: {}\n",
     HEAD MANAGEMENT
     "      users:\n        alice: {managed_policies: [aws/AdministratorAccess], "
     "expires: 2026-07-01}\n        bob: {expires: 2026-05-01}\n        carol: {}\n",
     "from iam_user/management/alice"},
    {"an inline policy goes",
     HEAD MANAGEMENT "      users:\n        alice: {inline_policies: {all: " DOC(
	 "Allow", "'*'") ", few: " DOC("Allow", "'s3:*'") "}}\n",
     HEAD MANAGEMENT
     "      users:\n        alice: {inline_policies: {few: " DOC("Allow", "'s3:*'") "}}\n",
     HEAD MANAGEMENT
     "      users:\n        alice: {inline_policies: {all: " DOC("Allow", "'*'") "}}\n",
     "DeleteUserPolicy, takes"},
    {"an inline policy that denies",
     HEAD MANAGEMENT
     "      users:\n        alice: {inline_policies: {all: " DOC("Allow", "'*'") "}}\n",
     HEAD MANAGEMENT
     "      users:\n        alice: {inline_policies: {all: {Version: '2012-10-17', Statement: "
     "[{Effect: Allow, Action: '*', Resource: '*'}, {Effect: Deny, Action: 'iam:*', Resource: "
     "'*'}]}}}\n",
     HEAD MANAGEMENT
     "      users:\n        alice: {inline_policies: {all: {Version: '2012-10-17', Statement: "
     "[{Effect: Allow, Action: '*', Resource: '*'}, {Effect: Deny, Action: 's3:*', Resource: "
     "'*'}]}}}\n",
     "PutUserPolicy, takes"},
    {"another inline policy denies",
     HEAD MANAGEMENT "      users:\n        alice: {managed_policies: [aws/AdministratorAccess]}\n",
     HEAD MANAGEMENT "      users:\n        alice: {managed_policies: [aws/AdministratorAccess], "
		     "inline_policies: {no: " DOC("Deny", "'iam:*'") "}}\n",
     HEAD MANAGEMENT "      users:\n        alice: {managed_policies: [aws/AdministratorAccess], "
		     "inline_policies: {no: " DOC("Deny", "'iam:Delete*'") "}}\n",
     "PutUserPolicy, takes administrator access"},
    {"a group denies", HEAD MANAGEMENT DENYING ALICE "}\n",
     HEAD MANAGEMENT DENYING ALICE ", groups: [no]}\n",
     HEAD MANAGEMENT DENYING ALICE ", groups: [few]}\n",
     "AddUserToGroup, takes administrator access"},
    {"AWS's own policy denies all",
     HEAD MANAGEMENT ADMIN "      users:\n        alice: {groups: [admins]}\n",
     HEAD MANAGEMENT "      groups:\n        admins: {managed_policies: "
		     "[aws/AdministratorAccess, aws/AWSDenyAll]}\n"
		     "      users:\n        alice: {groups: [admins]}\n",
     HEAD MANAGEMENT "      groups:\n        admins: {managed_policies: "
		     "[aws/AdministratorAccess, aws/ReadOnlyAccess]}\n"
		     "      users:\n        alice: {groups: [admins]}\n",
     "AttachGroupPolicy, takes administrator access"},
    {"the role's trust narrows",
     HEAD MANAGEMENT "      roles:\n        admin: {trust: " TRUST(
	 "AssumeRole", ROOT) ", "
			     "managed_policies: [aws/AdministratorAccess]}\n",
     HEAD MANAGEMENT "      roles:\n        admin: {trust: " TRUST(
	 "AssumeRole", SERVICE) ", "
				"managed_policies: [aws/AdministratorAccess]}\n",
     HEAD MANAGEMENT "      roles:\n        admin: {trust: " TRUST(
	 "AssumeRole", "{AWS: 'arn:aws:iam::444444444444:root'}") ", "
								  "managed_policies: "
								  "[aws/AdministratorAccess]}\n",
     "UpdateAssumeRolePolicy, takes"},
    {"the role's trust lets in the run alone",
     HEAD MANAGEMENT "      users: {ci: {}}\n      roles:\n        admin: {trust: " TRUST(
	 "AssumeRole", ROOT) ", managed_policies: [aws/AdministratorAccess]}\n",
     HEAD MANAGEMENT "      users: {ci: {}}\n      roles:\n        admin: {trust: " TRUST(
	 "AssumeRole", "{AWS: 'arn:aws:iam::111111111111:user/ci'}") ", "
								     "managed_policies: "
								     "[aws/AdministratorAccess]}\n",
     HEAD MANAGEMENT "      users: {ci: {}}\n      roles:\n        admin: {trust: " TRUST(
	 "AssumeRole",
	 "{AWS: ['arn:aws:iam::111111111111:user/ci', "
	 "'arn:aws:iam::333333333333:user/x']}") ", "
						 "managed_policies: [aws/AdministratorAccess]}\n",
     "UpdateAssumeRolePolicy, takes"},
    {"the provider that the role trusts goes",
     HEAD MANAGEMENT "      oidc_providers:\n        a.example: {client_ids: [c]}\n"
		     "        b.example: {client_ids: [c]}\n        c.example: {client_ids: [c]}\n"
		     "      roles:\n        admin: {trust: " BY_A
		     ", managed_policies: [aws/AdministratorAccess]}\n",
     HEAD MANAGEMENT "      oidc_providers:\n        b.example: {client_ids: [c]}\n"
		     "        c.example: {client_ids: [c]}\n"
		     "      roles:\n        admin: {trust: " BY_A
		     ", managed_policies: [aws/AdministratorAccess]}\n",
     HEAD MANAGEMENT "      oidc_providers:\n        a.example: {client_ids: [c]}\n"
		     "        c.example: {client_ids: [c]}\n"
		     "      roles:\n        admin: {trust: " BY_A
		     ", managed_policies: [aws/AdministratorAccess]}\n",
     "DeleteOpenIDConnectProvider, takes"},
    {"the last role goes",
     HEAD MANAGEMENT "      roles:\n        a: {trust: " TRUST(
	 "AssumeRole", ROOT) ", "
			     "managed_policies: [aws/AdministratorAccess]}\n"
			     "        b: {trust: " TRUST(
				 "AssumeRole", ROOT) "}\n"
						     "        c: {trust: " TRUST("AssumeRole",
										 ROOT) "}\n",
     HEAD MANAGEMENT "      roles:\n        b: {trust: " TRUST(
	 "AssumeRole", ROOT) "}\n"
			     "        c: {trust: " TRUST("AssumeRole", ROOT) "}\n",
     HEAD MANAGEMENT "      roles:\n        a: {trust: " TRUST(
	 "AssumeRole", ROOT) ", "
			     "managed_policies: [aws/AdministratorAccess]}\n"
			     "        c: {trust: " TRUST("AssumeRole", ROOT) "}\n",
     "from iam_role/management/a"},
    {"fewer than the minimum",
     HEAD "guards: {administrators: {minimum: 2, principals: [group/admins]}}\n" MANAGEMENT ADMIN
	  "      users:\n        alice: {groups: [admins]}\n        bob: {groups: [admins]}\n"
	  "        carol: {groups: [admins]}\n"
	  "        other: {managed_policies: [aws/AdministratorAccess]}\n",
     HEAD "guards: {administrators: {minimum: 2, principals: [group/admins]}}\n" MANAGEMENT ADMIN
	  "      users:\n        alice: {groups: [admins]}\n        bob: {groups: []}\n"
	  "        carol: {groups: []}\n"
	  "        other: {managed_policies: [aws/AdministratorAccess]}\n",
     HEAD "guards: {administrators: {minimum: 2, principals: [group/admins]}}\n" MANAGEMENT ADMIN
	  "      users:\n        alice: {groups: [admins]}\n        bob: {groups: []}\n"
	  "        carol: {groups: [admins]}\n        other: {managed_policies: []}\n",
     "left is iam_user/management/alice, and at least 2 must be"},
};

#define MEMBERS(units, accounts)                                                                   \
	"units: {" units "}\naccounts:\n  management: {id: '111111111111', unit: /}\n" accounts
#define IN(unit)        "  x: {id: '222222222222', unit: " unit "}\n"
#define POLICIES        "policies:\n"
#define POLICY(name, d) "  " name ": {document: " d "}\n"
#define RCP(name, d)    "  " name ": {type: RESOURCE_CONTROL_POLICY, document: " d "}\n"
#define JUMP            "jump: {account: x}\n"
#define STATEMENT(rest) "{Version: '2012-10-17', Statement: [{" rest "}]}"
#define ROOT_MAIN       "{AWS: 'arn:aws:iam::111111111111:root'}"
#define ENTERED(trust)                                                                             \
	"iam:\n  accounts:\n    x:\n      roles:\n        charter: {trust: " TRUST("AssumeRole",   \
										   trust) "}\n"
#define BUT_US                                                                                     \
	STATEMENT("Effect: Deny, Action: '*', Resource: '*', Condition: {ArnNotLike: "             \
		  "{'aws:PrincipalArn': 'arn:aws:iam::*:role/OrganizationAccountAccessRole'}}")
#define OUTSIDE(organization)                                                                      \
	STATEMENT("Effect: Deny, Principal: '*', Action: 'sts:AssumeRole', Resource: '*', "        \
		  "Condition: {StringNotEqualsIfExists: {'aws:PrincipalOrgID': '" organization     \
		  "'}, Bool: {'aws:PrincipalIsAWSService': 'false'}}")

static const struct lockout locked[] = {
    {"an SCP that denies IAM is attached",
     HEAD MEMBERS("A: {}", IN("A")) POLICIES POLICY("no", DOC("Deny", "'iam:*'"))
	 POLICY("but-us", BUT_US),
     HEAD MEMBERS("A: {policies: [no]}", IN("A")) POLICIES POLICY("no", DOC("Deny", "'iam:*'"))
	 POLICY("but-us", BUT_US),
     HEAD MEMBERS("A: {policies: [but-us]}", IN("A")) POLICIES POLICY("no", DOC("Deny", "'iam:*'"))
	 POLICY("but-us", BUT_US),
     "AttachPolicy, would lock account/x: policy/no denies iam:GetAccountAuthorizationDetails to "
     "the access role arn:aws:iam::222222222222:role/OrganizationAccountAccessRole"},
    {"an account is moved below an SCP",
     HEAD MEMBERS("A: {}, B: {policies: [no]}, B/C: {}, D: {policies: [but-us]}", IN("A"))
	 POLICIES POLICY("no", DOC("Deny", "'iam:*'")) POLICY("but-us", BUT_US),
     HEAD MEMBERS("A: {}, B: {policies: [no]}, B/C: {}, D: {policies: [but-us]}", IN("B/C"))
	 POLICIES POLICY("no", DOC("Deny", "'iam:*'")) POLICY("but-us", BUT_US),
     HEAD MEMBERS("A: {}, B: {policies: [no]}, B/C: {}, D: {policies: [but-us]}", IN("D"))
	 POLICIES POLICY("no", DOC("Deny", "'iam:*'")) POLICY("but-us", BUT_US),
     "MoveAccount, would lock account/x: policy/no denies"},
    {"an SCP's document changes",
     HEAD MEMBERS("A: {policies: [no]}", IN("A")) POLICIES POLICY("no", DOC("Deny", "'s3:*'")),
     HEAD MEMBERS("A: {policies: [no]}", IN("A"))
	 POLICIES POLICY("no", DOC("Deny", "['iam:Attach*', 's3:*']")),
     HEAD MEMBERS("A: {policies: [no]}", IN("A"))
	 POLICIES POLICY("no", DOC("Deny", "['iam:Create*', 's3:*']")),
     "UpdatePolicy, would lock account/x: policy/no denies iam:AttachRolePolicy"},
    {"an SCP that names the access role",
     HEAD MEMBERS("A: {}", IN("A")) POLICIES POLICY("z", DOC("Deny", "'s3:*'")),
     HEAD MEMBERS("A: {policies: [no]}", IN("A")) POLICIES POLICY("z", DOC("Deny", "'s3:*'"))
	 POLICY("no", STATEMENT("Effect: Deny, Action: '*', Resource: "
				"'arn:aws:iam::*:role/Organization*'")),
     HEAD MEMBERS("A: {policies: [no]}", IN("A")) POLICIES POLICY("z", DOC("Deny", "'s3:*'"))
	 POLICY("no", STATEMENT("Effect: Deny, Action: '*', Resource: 'arn:aws:iam::*:role/Z*'")),
     "policy/no denies iam:UpdateAssumeRolePolicy"},
    {"an allow list without IAM",
     HEAD MEMBERS("A: {}", IN("A")) POLICIES POLICY("few", DOC("Allow", "'s3:*'"))
	 POLICY("some", DOC("Allow", "['iam:*', 's3:*']")),
     HEAD MEMBERS("A: {}, B: {policies: [few], allow_list: true}", IN("B")) POLICIES POLICY(
	 "few", DOC("Allow", "'s3:*'")) POLICY("some", DOC("Allow", "['iam:*', 's3:*']")),
     HEAD MEMBERS("A: {}, B: {policies: [some], allow_list: true}", IN("B")) POLICIES POLICY(
	 "few", DOC("Allow", "'s3:*'")) POLICY("some", DOC("Allow", "['iam:*', 's3:*']")),
     "would lock account/x: no policy left there allows"},
    {"an SCP at the root",
     HEAD "  root: {policies: []}\n" MEMBERS("A: {}", IN("/"))
	 POLICIES POLICY("no", DOC("Deny", "'*'")) POLICY("s3", DOC("Deny", "'s3:*'")),
     HEAD "  root: {policies: [no]}\n" MEMBERS("A: {}", IN("/"))
	 POLICIES POLICY("no", DOC("Deny", "'*'")) POLICY("s3", DOC("Deny", "'s3:*'")),
     HEAD "  root: {policies: [s3]}\n" MEMBERS("A: {}", IN("/"))
	 POLICIES POLICY("no", DOC("Deny", "'*'")) POLICY("s3", DOC("Deny", "'s3:*'")),
     "AttachPolicy, would lock account/x: policy/no denies"},
    {"an RCP over the access role",
     HEAD MEMBERS("A: {}", IN("A")) POLICIES RCP("ours", OUTSIDE("o-exampleorgid"))
	 RCP("theirs", OUTSIDE("o-another")),
     HEAD MEMBERS("A: {policies: [theirs]}", IN("A"))
	 POLICIES RCP("ours", OUTSIDE("o-exampleorgid")) RCP("theirs", OUTSIDE("o-another")),
     HEAD MEMBERS("A: {policies: [ours]}", IN("A")) POLICIES RCP("ours", OUTSIDE("o-exampleorgid"))
	 RCP("theirs", OUTSIDE("o-another")),
     "AttachPolicy, would lock account/x: policy/theirs denies sts:AssumeRole"},
    {"everything denied to an account that the run does not enter",
     HEAD "access: {accounts: {x: {skip: true, reason: r, until: 2026-12-31}}}\n" MEMBERS("A: {}",
											  IN("A"))
	 POLICIES POLICY("no", DOC("Deny", "'*'")) POLICY("iam", DOC("Deny", "'iam:*'")),
     HEAD "access: {accounts: {x: {skip: true, reason: r, until: 2026-12-31}}}\n" MEMBERS(
	 "A: {policies: [no]}", IN("A")) POLICIES POLICY("no", DOC("Deny", "'*'"))
	 POLICY("iam", DOC("Deny", "'iam:*'")),
     HEAD "access: {accounts: {x: {skip: true, reason: r, until: 2026-12-31}}}\n" MEMBERS(
	 "A: {policies: [iam]}", IN("A")) POLICIES POLICY("no", DOC("Deny", "'*'"))
	 POLICY("iam", DOC("Deny", "'iam:*'")),
     "account/x: policy/no denies everything"},
    {"a unit moves below an SCP",
     HEAD MEMBERS("A: {}, A/C: {}, B: {policies: [no]}, D: {}", IN("A/C"))
	 POLICIES POLICY("no", DOC("Deny", "'iam:*'")),
     HEAD MEMBERS("A: {}, B: {policies: [no]}, B/C: {previously: A/C, move: true}, D: {}",
		  IN("B/C")) POLICIES POLICY("no", DOC("Deny", "'iam:*'")),
     HEAD MEMBERS("A: {}, B: {policies: [no]}, D: {}, D/C: {previously: A/C, move: true}",
		  IN("D/C")) POLICIES POLICY("no", DOC("Deny", "'iam:*'")),
     "MoveAccount, would lock account/x: policy/no denies"},
    {"an account moves to the suspended unit",
     HEAD "guards: {suspended_unit: S}\n" MEMBERS("A: {}, S: {policies: [no]}, T: {policies: [no]}",
						  IN("A"))
	 POLICIES POLICY("no", DOC("Deny", "'*'")),
     HEAD "guards: {suspended_unit: S}\n" MEMBERS("A: {}, S: {policies: [no]}, T: {policies: [no]}",
						  IN("T"))
	 POLICIES POLICY("no", DOC("Deny", "'*'")),
     HEAD "guards: {suspended_unit: S}\n" MEMBERS("A: {}, S: {policies: [no]}, T: {policies: [no]}",
						  IN("S"))
	 POLICIES POLICY("no", DOC("Deny", "'*'")),
     "MoveAccount, would lock"},
    {"accounts are to be entered by a role that is not there",
     HEAD MEMBERS("A: {}", IN("A")) ENTERED(ROOT_MAIN),
     HEAD "access: {role: chartre}\n" MEMBERS("A: {tags: {a: b}}", IN("A")) ENTERED(ROOT_MAIN),
     HEAD "access: {role: charter}\n" MEMBERS("A: {tags: {a: b}}", IN("A")) ENTERED(ROOT_MAIN),
     "account/x is to be entered by arn:aws:iam::222222222222:role/chartre, which is not there"},
    {"accounts are to be entered by a role that trusts others",
     HEAD MEMBERS("A: {}", IN("A")) ENTERED(ROOT),
     HEAD "access: {role: charter}\n" MEMBERS("A: {tags: {a: b}}", IN("A")) ENTERED(ROOT),
     HEAD "access: {role: charter}\n" MEMBERS("A: {tags: {a: b}}", IN("A")) ENTERED(ROOT_MAIN),
     "which would not let this run in"},
    {"a new account is made where all is denied",
     HEAD MEMBERS("A: {}, B: {policies: [no]}", IN("A")) POLICIES POLICY("no", DOC("Deny", "'*'")),
     HEAD MEMBERS("A: {}, B: {policies: [no]}", IN("A") "  y: {email: y@example.com, unit: B}\n")
	 POLICIES POLICY("no", DOC("Deny", "'*'")),
     HEAD MEMBERS("A: {}, B: {policies: [no]}", IN("A") "  y: {email: y@example.com, unit: A}\n")
	 POLICIES POLICY("no", DOC("Deny", "'*'")),
     "MoveAccount, would lock account/y: policy/no denies"},
};

/* Whether the guard refuses; plans with errors are a fault of the test. */
static void lockout_try(const struct lockout *l, bool harmful)
{
	auto_buf out = BUF_INIT(1 << 20);
	const char *refusal;

	case_plan_text(l->before, l->before, harmful ? l->harmful : l->harmless, &out);
	refusal = strstr(buf_str(&out), "lockout: ");
	if (strstr(buf_str(&out), "error ") || strstr(buf_str(&out), "nothing\n"))
		fail_msg("%s: %s", l->name, buf_str(&out));
	if (!harmful && refusal)
		fail_msg("%s: the neighbour is refused:\n%s", l->name, buf_str(&out));
	if (harmful && (!refusal || !strstr(refusal, l->says)))
		fail_msg("%s: not refused with `%s`:\n%s", l->name, l->says, buf_str(&out));
}

static void test_administrators_that_go(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof lockouts / sizeof *lockouts; i++) {
		lockout_try(&lockouts[i], true);
		lockout_try(&lockouts[i], false);
	}
}

static void test_members_that_are_locked(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof locked / sizeof *locked; i++) {
		lockout_try(&locked[i], true);
		lockout_try(&locked[i], false);
	}
}

#define CALLER        "arn:aws:sts::111111111111:assumed-role/ci/run-7"
#define ACCESS        "iam_role/x/OrganizationAccountAccessRole"
#define ADMINISTRATOR "arn:aws:iam::aws:policy/AdministratorAccess"
#define MAIN_TRUST                                                                                 \
	"{\"Statement\":[{\"Action\":\"sts:AssumeRole\",\"Effect\":\"Allow\",\"Principal\":{"      \
	"\"AWS\":"                                                                                 \
	"\"arn:aws:iam::111111111111:root\"}}],\"Version\":\"2012-10-17\"}"
#define OTHER_TRUST                                                                                \
	"{\"Statement\":[{\"Action\":\"sts:AssumeRole\",\"Effect\":\"Allow\",\"Principal\":{"      \
	"\"AWS\":"                                                                                 \
	"\"arn:aws:iam::333333333333:root\"}}],\"Version\":\"2012-10-17\"}"

/* The management account, a member, and the role by which the run enters it. */
static struct resource *access_add(struct trial *t)
{
	static const char *const policies[] = {ADMINISTRATOR, "iam_policy/x/extra", NULL};
	struct resource *role;

	scope_whole(t->live, 0, "iam/222222222222");
	t->live->world.caller_arn = txt(t, CALLER);
	managed(t, KIND_ACCOUNT, "account/main", "111111111111");
	managed(t, KIND_ACCOUNT, "account/x", "222222222222");
	managed(t, KIND_IAM_POLICY, "iam_policy/x/extra", "arn:extra")->v[1] =
	    value_str(t->arena, "account/x");
	managed(t, KIND_IAM_POLICY, "iam_policy/x/other", "arn:other")->v[1] =
	    value_str(t->arena, "account/x");
	role = managed(t, KIND_IAM_ROLE, ACCESS,
		       "arn:aws:iam::222222222222:role/OrganizationAccountAccessRole");
	role->v[1] = value_str(t->arena, "account/x");
	role->v[ROLE_TRUST] = value_str(t->arena, MAIN_TRUST);
	known_set(t, role, ROLE_MANAGED, policies);
	return role;
}

static void call_with(struct trial *t, enum op_id op, struct fact fact)
{
	struct call *call = call_add(t, &ops[op]);
	struct fact *one = arena_alloc(t->arena, sizeof *one);

	*one = fact;
	call->fact = one;
	call->facts = 1;
}

static void access_call(struct trial *t, enum op_id op, uint16_t attr, const char *key,
			const char *after)
{
	t->calls.n = 0;
	call_with(t, op,
		  (struct fact){.address = txt(t, ACCESS),
				.kind = KIND_IAM_ROLE,
				.attr = attr,
				.key = key ? txt(t, key) : NULL,
				.after = after ? value_str(t->arena, after) : VALUE_EMPTY});
	trial_again(t);
}

/* Its own changes are the guard of self's; these are what other changes do to it. */
static void test_access_role_stays(void **state)
{
	struct trial *t = *state;

	access_add(t);
	assert_passed(t, "lockout", "nothing that could");
	access_call(t, OP_IAM_DetachRolePolicy, ROLE_MANAGED, "iam_policy/x/extra", NULL);
	assert_passed(t, "lockout", "nothing that could");
	access_call(t, OP_IAM_DetachRolePolicy, ROLE_MANAGED, ADMINISTRATOR, NULL);
	assert_refused(t, "lockout", "would lose administrator access");
	access_call(t, OP_IAM_UpdateAssumeRolePolicy, ROLE_TRUST, NULL, OTHER_TRUST);
	assert_refused(t, "lockout",
		       "UpdateAssumeRolePolicy, would lock account/x: charter could not assume");
	access_call(t, OP_IAM_UpdateAssumeRolePolicy, ROLE_TRUST, NULL, MAIN_TRUST);
	assert_passed(t, "lockout", "nothing that could");
	access_call(t, OP_IAM_PutRolePermissionsBoundary, ROLE_BOUNDARY, NULL,
		    "arn:aws:iam::aws:policy/ReadOnlyAccess");
	assert_refused(t, "lockout", "would lose administrator access");
	access_call(t, OP_IAM_PutRolePermissionsBoundary, ROLE_BOUNDARY, NULL, ADMINISTRATOR);
	assert_passed(t, "lockout", "nothing that could");
	t->calls.n = 0;
	call_add(t, &ops[OP_IAM_DeleteRole])->ends = txt(t, ACCESS);
	trial_again(t);
	assert_refused(t, "lockout", "could not assume " ACCESS " any more");
}

static void test_access_role_is_self(void **state)
{
	static const char *const own[] = {ACCESS, "iam_policy/x/extra"};
	struct trial *t = *state;

	access_add(t);
	change_add(t, ACTION_DELETE, "iam_policy/x/other");
	assert_passed(t, "self", "not touched");
	for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
		t->changes.n = 0;
		change_add(t, ACTION_DELETE, own[i]);
		trial_again(t);
		assert_refused(t, "self", "this run lives by it as " ACCESS);
		assert_true(guard_self_matches(&t->in, &t->changes.at[0]));
	}
	/* The account is entered by another role. */
	vec_push(&t->base_config.settings.access,
		 ((struct access_rule){.account = txt(t, "x"), .role = txt(t, "path/charter")}));
	trial_again(t);
	assert_passed(t, "self", "not touched");
}

static void test_role_of_the_run_is_self(void **state)
{
	static const char *const own[] = {"iam_role/main/ci", "iam_policy/main/ci",
					  "iam_oidc_provider/main/issuer"};
	static const char *const policies[] = {"iam_policy/main/ci", NULL};
	struct trial *t = *state;
	struct resource *role;

	t->live->world.caller_arn = txt(t, CALLER);
	managed(t, KIND_ACCOUNT, "account/main", "111111111111");
	managed(t, KIND_IAM_POLICY, "iam_policy/main/ci", "arn:ci");
	managed(t, KIND_IAM_OIDC_PROVIDER, "iam_oidc_provider/main/issuer",
		"arn:aws:iam::111111111111:oidc-provider/issuer");
	managed(t, KIND_IAM_OIDC_PROVIDER, "iam_oidc_provider/main/other",
		"arn:aws:iam::111111111111:oidc-provider/other");
	managed(t, KIND_IAM_ROLE, "iam_role/main/cia", "arn:aws:iam::111111111111:role/cia");
	role = managed(t, KIND_IAM_ROLE, "iam_role/main/ci", "arn:aws:iam::111111111111:role/p/ci");
	role->v[ROLE_TRUST] = value_str(
	    t->arena, "{\"Principal\":\"arn:aws:iam::111111111111:oidc-provider/issuer\"}");
	known_set(t, role, ROLE_MANAGED, policies);
	change_add(t, ACTION_DELETE, "iam_role/main/cia");
	assert_passed(t, "self", "not touched");
	t->changes.n = 0;
	change_add(t, ACTION_DELETE, "iam_oidc_provider/main/other");
	trial_again(t);
	assert_passed(t, "self", "not touched");
	for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
		t->changes.n = 0;
		change_add(t, ACTION_DELETE, own[i]);
		trial_again(t);
		assert_refused(t, "self", "this run lives by it as iam_role/main/ci");
	}
}

/* Where FullAWSAccess is attached was read; and a condition that nobody can know. */
static void test_full_access_goes(void **state)
{
	static const char *const full[] = {"policy/FullAWSAccess", "policy/allow", NULL};
	struct trial *t = *state;
	struct resource *policy, *account;

	t->live->world.caller_arn = txt(t, CALLER);
	managed(t, KIND_ACCOUNT, "account/main", "111111111111");
	account = managed(t, KIND_ACCOUNT, "account/x", "222222222222");
	known_set(t, account, ACCOUNT_POLICIES, full);
	policy = managed(t, KIND_POLICY, "policy/allow", "p-1");
	policy->v[POLICY_TYPE] = value_str(t->arena, "SERVICE_CONTROL_POLICY");
	policy->v[POLICY_DOCUMENT] = value_str(
	    t->arena, "{\"Statement\":[{\"Action\":\"*\",\"Effect\":\"Allow\",\"Resource\":\"*\"}],"
		      "\"Version\":\"2012-10-17\"}");
	call_with(t, OP_ORGANIZATIONS_DetachPolicy,
		  (struct fact){.address = txt(t, "account/x"),
				.kind = KIND_ACCOUNT,
				.attr = ACCOUNT_POLICIES,
				.key = txt(t, "policy/FullAWSAccess"),
				.after = VALUE_EMPTY});
	assert_passed(t, "lockout", "nothing that could");
	call_with(t, OP_ORGANIZATIONS_UpdatePolicy,
		  (struct fact){.address = txt(t, "policy/allow"),
				.kind = KIND_POLICY,
				.attr = POLICY_DOCUMENT,
				.after = value_str(
				    t->arena, "{\"Statement\":[{\"Action\":\"s3:*\",\"Effect\":"
					      "\"Allow\",\"Resource\":\"*\"}],\"Version\":"
					      "\"2012-10-17\"}")});
	trial_again(t);
	assert_refused(t, "lockout", "call 2, UpdatePolicy, would lock account/x: no policy left");
	t->calls.n = 0;
	call_with(
	    t, OP_ORGANIZATIONS_UpdatePolicy,
	    (struct fact){.address = txt(t, "policy/allow"),
			  .kind = KIND_POLICY,
			  .attr = POLICY_DOCUMENT,
			  .after = value_str(t->arena,
					     "{\"Statement\":[{\"Action\":\"*\",\"Condition\":{"
					     "\"StringEquals\":{\"aws:PrincipalTag/x\":\"y\"}},"
					     "\"Effect\":\"Deny\",\"Resource\":\"*\"}],\"Version\":"
					     "\"2012-10-17\"}")});
	trial_again(t);
	assert_passed(t, "lockout",
		      "nothing that could; 1 accounts may be locked, by conditions that charter "
		      "cannot know");
}

#define BY_ALICE                                                                                   \
	"iam:\n  accounts:\n    management:\n      roles:\n        admin: {trust: " TRUST(         \
	    "AssumeRole", "{AWS: 'arn:aws:iam::222222222222:user/alice'}") ", managed_policies: "  \
									   "[aws/"                 \
									   "AdministratorAccess]"  \
									   "}\n"

/* People live in another account than that of the run. */
static void test_identity_account(void **state)
{
	static const struct lockout jump = {
	    "the jump account's last administrator",
	    HEAD MEMBERS("A: {}", IN("A")) "iam:\n  accounts:\n    x:\n" ADMIN
					   "      users:\n        alice: {groups: [admins]}\n"
					   "        bob: {}\n" JUMP,
	    HEAD MEMBERS("A: {}", IN("A")) "iam:\n  accounts:\n    x:\n" ADMIN
					   "      users:\n        alice: {groups: []}\n"
					   "        bob: {}\n" JUMP,
	    HEAD MEMBERS("A: {}", IN("A")) "iam:\n  accounts:\n    x:\n" ADMIN
					   "      users:\n        alice: {groups: []}\n"
					   "        bob: {groups: [admins]}\n" JUMP,
	    "takes administrator access to the identity account (account/x) from iam_user/x/alice"};

	static const struct lockout trusted = {
	    "who alone may assume the administrators' role goes, in another account",
	    HEAD MEMBERS("A: {}", IN("A")) BY_ALICE
	    "    x: {users: {alice: {}, bob: {}, carol: {}}}\n",
	    HEAD MEMBERS("A: {}", IN("A")) BY_ALICE "    x: {users: {bob: {}, carol: {}}}\n",
	    HEAD MEMBERS("A: {}", IN("A")) BY_ALICE "    x: {users: {alice: {}, bob: {}}}\n",
	    "DeleteUser, takes administrator access to the management account"};

	(void)state;
	lockout_try(&jump, true);
	lockout_try(&jump, false);
	lockout_try(&trusted, true);
	lockout_try(&trusted, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_administrators_that_go),
	    cmocka_unit_test(test_members_that_are_locked),
	    cmocka_unit_test(test_identity_account),
	    GUARD_TEST(test_access_role_stays),
	    GUARD_TEST(test_access_role_is_self),
	    GUARD_TEST(test_role_of_the_run_is_self),
	    GUARD_TEST(test_full_access_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
