/* What is wrong in a configuration is said at its line: golden messages, and a heap of broken
 * input. */
#include "tests/unit/config_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* clang-format off */
static const struct printed_case golden[] = {
    {"no charter.yaml",
     {{"a.yaml", "units: {}\n"}},
     "charter.yaml:1:1: error: no charter.yaml in the configuration directory\n"},
    {"unknown keys, with the nearest",
     {{"charter.yaml", "charter: 1\n"
		"acounts: {}\n"
		"guards: {removal: {}}\n"},
      {"more.yaml", "accounts:\n"
		"  a:\n"
		"    emial: a@example.com\n"
		"    unit: /\n"
		"    zzz: 1\n"}},
     "charter.yaml:2:1: error: unknown key `acounts`; did you mean `accounts`?\n"
	"    2 | acounts: {}\n"
	"      | ^~~~~~~\n"
	"charter.yaml:3:10: error: unknown key `removal`; did you mean `removals`?\n"
	"    3 | guards: {removal: {}}\n"
	"      |          ^~~~~~~\n"
	"more.yaml:2:3: error: account `a` has no `email`\n"
	"    2 |   a:\n"
	"      |   ^\n"
	"more.yaml:3:5: error: unknown key `emial`; did you mean `email`?\n"
	"    3 |     emial: a@example.com\n"
	"      |     ^~~~~\n"
	"more.yaml:5:5: error: unknown key `zzz`\n"
	"    5 |     zzz: 1\n"
	"      |     ^~~\n"},
    {"account ids are quoted",
     {{"charter.yaml", "charter: 1\n"
		"organization: {management_account: 111111111111}\n"},
      {"accounts.yaml", "accounts:\n"
		"  a: {id: 012345678901, email: a@example.com, unit: /}\n"}},
     "accounts.yaml:2:11: error: account ids are quoted: write \"012345678901\" (a plain number may lose its zeros)\n"
	"    2 |   a: {id: 012345678901, email: a@example.com, unit: /}\n"
	"      |           ^~~~~~~~~~~~\n"
	"charter.yaml:2:36: error: account ids are quoted: write \"111111111111\" (a plain number may lose its zeros)\n"
	"    2 | organization: {management_account: 111111111111}\n"
	"      |                                    ^~~~~~~~~~~~\n"},
    {"a name in two files",
     {{"charter.yaml", "charter: 1\n"},
      {"a.yaml", "units: {Dev: {}}\n"},
      {"b/c.yml", "# another team\n"
		"units:\n"
		"  Dev: {}\n"}},
     "b/c.yml:3:3: error: organizational unit `Dev` is declared twice; first at a.yaml:1\n"
	"    3 |   Dev: {}\n"
	"      |   ^~~\n"},
    {"keys of charter.yaml only",
     {{"charter.yaml", "charter: 1\n"},
      {"team.yaml", "guards: {}\n"
		"lock: x\n"
		"unmanaged: ignore\n"}},
     "team.yaml:1:1: error: `guards` stands in charter.yaml only\n"
	"    1 | guards: {}\n"
	"      | ^~~~~~\n"
	"team.yaml:2:1: error: `lock` stands in charter.yaml only\n"
	"    2 | lock: x\n"
	"      | ^~~~\n"
	"team.yaml:3:1: error: `unmanaged` stands in charter.yaml only\n"
	"    3 | unmanaged: ignore\n"
	"      | ^~~~~~~~~\n"},
    {"references to what is not declared",
     {{"charter.yaml", "charter: 1\n"
		"units:\n"
		"  Security: {policies: [deny-leav, FullAWSAccess]}\n"
		"  Work/Deep: {}\n"
		"policies:\n"
		"  deny-leave: {document: p.json}\n"
		"accounts:\n"
		"  a: {email: a@example.com, unit: Securty}\n"},
      {"p.json", "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"s3:*\",\"Resource\":\"*\"}}\n"}},
     "charter.yaml:3:25: error: policy `deny-leav` is not declared; did you mean `deny-leave`?\n"
	"    3 |   Security: {policies: [deny-leav, FullAWSAccess]}\n"
	"      |                         ^~~~~~~~~\n"
	"charter.yaml:3:36: error: `FullAWSAccess` is AWS's own: it is never written here, and never detached unless the target says `allow_list: true`\n"
	"    3 |   Security: {policies: [deny-leav, FullAWSAccess]}\n"
	"      |                                    ^~~~~~~~~~~~~\n"
	"charter.yaml:4:3: error: the unit above, `Work`, is not declared\n"
	"    4 |   Work/Deep: {}\n"
	"      |   ^~~~~~~~~\n"
	"charter.yaml:8:35: error: unit `Securty` is not declared; did you mean `Security`?\n"
	"    8 |   a: {email: a@example.com, unit: Securty}\n"
	"      |                                   ^~~~~~~\n"},
    {"AWS's own policies by bare name",
     {{"charter.yaml", "charter: 1\n"
		"accounts:\n"
		"  id: {email: a@example.com, unit: /}\n"
		"iam:\n"
		"  accounts:\n"
		"    id:\n"
		"      users:\n"
		"        alice:\n"
		"          groups: [developer]\n"
		"          managed_policies: [ReadOnlyAccess, aws/ViewOnlyAccess, own]\n"
		"          permissions_boundary: nope\n"
		"      groups: {developers: {}}\n"}},
     "charter.yaml:9:20: error: IAM group `developer` is not declared in account `id`; did you mean `developers`?\n"
	"    9 |           groups: [developer]\n"
	"      |                    ^~~~~~~~~\n"
	"charter.yaml:10:30: error: IAM policy `ReadOnlyAccess` is not declared in account `id`; did you mean AWS's own, `aws/ReadOnlyAccess`?\n"
	"   10 |           managed_policies: [ReadOnlyAccess, aws/ViewOnlyAccess, own]\n"
	"      |                              ^~~~~~~~~~~~~~\n"
	"charter.yaml:10:46: error: AWS has this policy under a path: write `aws/job-function/ViewOnlyAccess`\n"
	"   10 |           managed_policies: [ReadOnlyAccess, aws/ViewOnlyAccess, own]\n"
	"      |                                              ^~~~~~~~~~~~~~~~~~\n"
	"charter.yaml:10:66: error: IAM policy `own` is not declared in account `id`\n"
	"   10 |           managed_policies: [ReadOnlyAccess, aws/ViewOnlyAccess, own]\n"
	"      |                                                                  ^~~\n"
	"charter.yaml:11:33: error: IAM policy `nope` is not declared in account `id`\n"
	"   11 |           permissions_boundary: nope\n"
	"      |                                 ^~~~\n"},
    {"IAM of an account that is not declared, and paths",
     {{"charter.yaml", "charter: 1\n"
		"accounts:\n"
		"  id: {email: a@example.com, unit: /}\n"
		"iam:\n"
		"  accounts:\n"
		"    nowhere: {users: {}}\n"
		"    idd: {}\n"
		"    id: {users: {alice: {path: people}, bob: {path: /a//b/}}}\n"}},
     "charter.yaml:6:5: error: account `nowhere` is not declared\n"
	"    6 |     nowhere: {users: {}}\n"
	"      |     ^~~~~~~\n"
	"charter.yaml:7:5: error: account `idd` is not declared; did you mean `id`?\n"
	"    7 |     idd: {}\n"
	"      |     ^~~\n"
	"charter.yaml:8:32: error: `people` must begin and end with `/`: write `path: /people/`\n"
	"    8 |     id: {users: {alice: {path: people}, bob: {path: /a//b/}}}\n"
	"      |                                ^~~~~~\n"
	"charter.yaml:8:53: error: `/a//b/` may hold no `//`\n"
	"    8 |     id: {users: {alice: {path: people}, bob: {path: /a//b/}}}\n"
	"      |                                                     ^~~~~~\n"},
    {"former names in a circle",
     {{"charter.yaml", "charter: 1\n"
		"units:\n"
		"  a: {previously: b}\n"
		"  b: {previously: [a]}\n"
		"  c: {previously: c}\n"}},
     "charter.yaml:3:3: error: former names form a circle: `a` is also the former name of `b`, at charter.yaml:4; names can't be swapped in one step\n"
	"    3 |   a: {previously: b}\n"
	"      |   ^\n"
	"charter.yaml:4:3: error: former names form a circle: `b` is also the former name of `a`, at charter.yaml:3; names can't be swapped in one step\n"
	"    4 |   b: {previously: [a]}\n"
	"      |   ^\n"
	"charter.yaml:5:19: error: `c` can't be its own former name\n"
	"    5 |   c: {previously: c}\n"
	"      |                   ^\n"},
    {"documents",
     {{"charter.yaml", "charter: 1\n"
		"policies:\n"
		"  a: {document: nope.json}\n"
		"  b: {document: ../x.json}\n"
		"  c: {document: c.json}\n"
		"  d: {document: d.json}\n"
		"  e: {document: e.yaml}\n"
		"  f: {document: f.json}\n"
		"  g:\n"
		"    document:\n"
		"      Statement:\n"
		"        - {Effect: Deny, Action: 's3:*', Resource: '*', Principal: '*'}\n"},
      {"c.json", "{\n"
		"  \"Statement\": [\n"
		"    ]\n"},
      {"d.json", "{\n"
		"  \"Statement\": [{\n"
		"    \"Effect\": \"Deny\",\n"
		"    \"Action\": \"s3\",\n"
		"    \"Resource\": \"*\"}]\n"
		"}\n"},
      {"e.yaml", "Statement:\n"
		"  - Effect: Dney\n"
		"    Action: s3:*\n"
		"    Resource: 012\n"},
      {"f.json", "{\"Statement\": {\"Effect\": \"Deny\", \"Action\": \"s3:*\",\n"
		" \"Resource\": \"arn:${partitoin}:s3:::x\"}}\n"}},
     "c.json:4:1: error: `c` is not valid JSON: '}' expected near end of file\n"
	"    4 | \n"
	"      | ^\n"
	"charter.yaml:3:17: error: there is no file `nope.json`\n"
	"    3 |   a: {document: nope.json}\n"
	"      |                 ^~~~~~~~~\n"
	"charter.yaml:4:17: error: document `../x.json` may not hold `..`\n"
	"    4 |   b: {document: ../x.json}\n"
	"      |                 ^~~~~~~~~\n"
	"charter.yaml:12:57: error: `g`: statement 1: such a policy has no Principal: it holds for what it is attached to\n"
	"   12 |         - {Effect: Deny, Action: 's3:*', Resource: '*', Principal: '*'}\n"
	"      |                                                         ^~~~~~~~~\n"
	"d.json:4:5: error: `d` is no policy document: statement 1: Action: \"s3\" has no colon: write SERVICE:NAME, or \"*\"\n"
	"    4 |     \"Action\": \"s3\",\n"
	"      |     ^~~~~~~~\n"
	"e.yaml:4:15: error: a number loses its zeros at the front: quote it, \"012\"\n"
	"    4 |     Resource: 012\n"
	"      |               ^~~\n"
	"f.json:2:14: error: `f`: unknown variable `${partitoin}`; did you mean `partition`?\n"
	"    2 |  \"Resource\": \"arn:${partitoin}:s3:::x\"}}\n"
	"      |              ^~~~~~~~~~~~~~~~~~~~~~~~~\n"},
    {"not supported yet",
     {{"charter.yaml", "charter: 1\n"
		"rosters: {a: 1}\n"
		"guards: {close_accounts: {after: 7d}}\n"}},
     "charter.yaml:2:1: error: `rosters` is not supported yet\n"
	"    2 | rosters: {a: 1}\n"
	"      | ^~~~~~~\n"
	"charter.yaml:3:10: warning: `close_accounts` is not supported yet and has no effect: no "
	"account is closed\n"
	"    3 | guards: {close_accounts: {after: 7d}}\n"
	"      |          ^~~~~~~~~~~~~~\n"},
    {"no organization",
     {{"charter.yaml", "charter: 1\n"
		"units: {a: {}}\n"
		"record: {account: b}\n"
		"organization: none\n"
		"accounts:\n"
		"  a: {id: \"222222222222\", unit: /}\n"
		"  c: {tags: {k: v}}\n"}},
     "charter.yaml:2:1: error: `units` needs an organization, and charter.yaml says "
	"`organization: none`\n"
	"    2 | units: {a: {}}\n"
	"      | ^~~~~\n"
	"charter.yaml:3:1: error: `record` has no `role`\n"
	"    3 | record: {account: b}\n"
	"      | ^~~~~~\n"
	"charter.yaml:3:1: error: account `b` is not declared; did you mean `a`?\n"
	"    3 | record: {account: b}\n"
	"      | ^~~~~~\n"
	"charter.yaml:6:27: error: `unit` needs an organization, and charter.yaml says "
	"`organization: none`\n"
	"    6 |   a: {id: \"222222222222\", unit: /}\n"
	"      |                           ^~~~\n"
	"charter.yaml:7:3: error: account `c` has no `id`: with `organization: none` each needs "
	"one\n"
	"    7 |   c: {tags: {k: v}}\n"
	"      |   ^\n"},
    {"values of the wrong type",
     {{"charter.yaml", "charter: 1\n"
		"units:\n"
		"  a:\n"
		"  b: {policies: x, tags: {k: true, l: , m: [1]}}\n"
		"  c: {move: yes}\n"
		"policies: []\n"
		"accounts:\n"
		"  d: {email: yes, unit: 1.0, tags: {n: 1.0, o: 0x1F, p: yes}}\n"}},
     "charter.yaml:3:5: error: `a` has no value: write {} for an empty one\n"
	"    3 |   a:\n"
	"      |     ^\n"
	"charter.yaml:4:17: error: `policies` must be a list: write [x]\n"
	"    4 |   b: {policies: x, tags: {k: true, l: , m: [1]}}\n"
	"      |                 ^\n"
	"charter.yaml:4:30: error: `k` must be text, not a boolean: quote it, \"true\"\n"
	"    4 |   b: {policies: x, tags: {k: true, l: , m: [1]}}\n"
	"      |                              ^~~~\n"
	"charter.yaml:4:39: error: `l` has no value: write it, or leave the key out\n"
	"    4 |   b: {policies: x, tags: {k: true, l: , m: [1]}}\n"
	"      |                                       ^\n"
	"charter.yaml:4:44: error: `m` must be text, not a list\n"
	"    4 |   b: {policies: x, tags: {k: true, l: , m: [1]}}\n"
	"      |                                            ^~\n"
	"charter.yaml:5:13: error: `move` must be true or false\n"
	"    5 |   c: {move: yes}\n"
	"      |             ^~~\n"
	"charter.yaml:6:11: error: `policies` must be a map, not a list\n"
	"    6 | policies: []\n"
	"      |           ^\n"
	"charter.yaml:8:14: error: `yes` must have at least 6 characters\n"
	"    8 |   d: {email: yes, unit: 1.0, tags: {n: 1.0, o: 0x1F, p: yes}}\n"
	"      |              ^~~\n"
	"charter.yaml:8:25: error: unit `1.0` is not declared\n"
	"    8 |   d: {email: yes, unit: 1.0, tags: {n: 1.0, o: 0x1F, p: yes}}\n"
	"      |                         ^~~\n"},
    {"limits",
     {{"charter.yaml", "charter: 1\n"
		"units: {a: {}, a/b: {}, a/b/c: {}, a/b/c/d: {}, a/b/c/d/e: {}, a/b/c/d/e/f: {}}\n"
		"accounts:\n"
		"  xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx: {email: a@example.com, unit: /}\n"
		"  b: {email: A@example.com, unit: /, tags: {'a!': b, c: 'vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv'}}\n"}},
     "charter.yaml:2:64: error: unit `a/b/c/d/e/f` lies 6 levels below the root; AWS allows 5\n"
	"    2 | units: {a: {}, a/b: {}, a/b/c: {}, a/b/c/d: {}, a/b/c/d/e: {}, a/b/c/d/e/f: {}}\n"
	"      |                                                                ^~~~~~~~~~~\n"
	"charter.yaml:4:3: error: `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx` has 51 characters, above the limit of 50\n"
	"    4 |   xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx: {email: a@example.com, unit: /}\n"
	"      |   ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n"
	"charter.yaml:5:3: error: `b` and `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx` have the same e-mail a@example.com; the first is at charter.yaml:4\n"
	"    5 |   b: {email: A@example.com, unit: /, tags: {'a!': b, c: 'vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv...\n"
	"      |   ^\n"
	"charter.yaml:5:45: error: `a!` may hold only letters, digits, spaces and _.:/=+-@\n"
	"    5 |   b: {email: A@example.com, unit: /, tags: {'a!': b, c: 'vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv...\n"
	"      |                                             ^~~~\n"
	"charter.yaml:5:57: error: the value of tag `c` is longer than 256 characters\n"
	"    5 |   b: {email: A@example.com, unit: /, tags: {'a!': b, c: 'vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv...\n"
	"      |                                                         ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n"},
    {"YAML that is broken",
     {{"charter.yaml", "charter: 1\n"},
      {"a.yaml", "units: [1\n"},
      {"b.yaml", "units:\n"
		"\ta: {}\n"},
      {"c.yaml", "units: {a: \342\200\256}\n"},
      {"d.yaml", "units: &u {a: *u}\n"}},
     "a.yaml:2:1: error: not valid YAML: did not find expected ',' or ']' (while parsing a flow sequence at line 1)\n"
	"    2 | \n"
	"      | ^\n"
	"b.yaml:2:1: error: a tab cannot indent YAML: write spaces\n"
	"    2 |  a: {}\n"
	"      | ^~\n"
	"c.yaml:1:12: error: a character that changes the direction of the text shown (U+202E) is not allowed\n"
	"    1 | units: {a: \\u{202E}}\n"
	"      |            ^\n"
	"d.yaml:1:8: error: anchors are not allowed: write the value where it is used\n"
	"    1 | units: &u {a: *u}\n"
	"      |        ^~\n"
	"d.yaml:1:15: error: aliases are not allowed: write the value itself\n"
	"    1 | units: &u {a: *u}\n"
	"      |               ^~\n"},
    {"rules and guards",
     {{"charter.yaml", "charter: 1\n"
		"ignore:\n"
		"  - {resource: acount/x, reason: r, until: 2027-01-01}\n"
		"  - {resource: account/x, until: 2027-01-01}\n"
		"  - {resource: account/x, reason: r, until: soon, attributes: [emial]}\n"
		"  - {resource: account/x, reason: r, until: 2027-01-01, attributes: [emial]}\n"
		"guards:\n"
		"  removals: {unti: {}, unit: {share: 10}}\n"
		"  allow: [{removals: unit, count: 3, until: 2026-12-01}]\n"
		"  protect: [account]\n"}},
     "charter.yaml:3:16: error: `acount/x` is no pattern of addresses: there is no kind `acount`; did you mean `account`?\n"
	"    3 |   - {resource: acount/x, reason: r, until: 2027-01-01}\n"
	"      |                ^~~~~~~~\n"
	"charter.yaml:4:5: error: an `ignore` rule has no `reason`\n"
	"    4 |   - {resource: account/x, until: 2027-01-01}\n"
	"      |     ^~~~~~~~~\n"
	"charter.yaml:5:45: error: `until` must be a date such as 2026-12-31 or 2026-12-31T12:00:00Z\n"
	"    5 |   - {resource: account/x, reason: r, until: soon, attributes: [emial]}\n"
	"      |                                             ^~~~\n"
	"charter.yaml:6:70: error: `emial` is no attribute of `account/x`; did you mean `email`?\n"
	"    6 |   - {resource: account/x, reason: r, until: 2027-01-01, attributes: [emial]}\n"
	"      |                                                                      ^~~~~\n"
	"charter.yaml:8:14: error: `unti` is no kind or relation; did you mean `unit`?\n"
	"    8 |   removals: {unti: {}, unit: {share: 10}}\n"
	"      |              ^~~~\n"
	"charter.yaml:8:38: error: `share` must be a whole number from 0% to 100%\n"
	"    8 |   removals: {unti: {}, unit: {share: 10}}\n"
	"      |                                      ^~\n"
	"charter.yaml:9:11: error: an allowed removal has no `reason`\n"
	"    9 |   allow: [{removals: unit, count: 3, until: 2026-12-01}]\n"
	"      |           ^~~~~~~~~\n"
	"charter.yaml:10:13: error: `account` is no pattern of addresses: write account/NAME or account/*\n"
	"   10 |   protect: [account]\n"
	"      |             ^~~~~~~\n"},
    {"a document that is a section",
     {{"charter.yaml", "charter: 1\n"
		"policies: {t: {type: TAG_POLICY, document: t.yaml}}\n"},
      {"t.yaml", "units: {}\n"}},
     "t.yaml:1:1: error: section `units` in a file that is used as a document at charter.yaml:2\n"
	"    1 | units: {}\n"
	"      | ^~~~~\n"},
};
/* clang-format on */

static void test_golden(void **state)
{
	(void)state;
	run_printed(golden, sizeof(golden) / sizeof(*golden));
}

#define DENY "{\"Statement\": {\"Effect\": \"Deny\", \"Action\": [\"s3:*\"], \"Resource\": \"*\"}}"

/* Each fragment makes a configuration that is refused, with a line. */
/* clang-format off */
static const char *const malformed[] = {
    "",
    "charter: 2\n",
    "charter: '1'\n",
    "charter: 1.0\n",
    "charter:\n",
    "- a\n",
    "foo\n",
    "charter: 1\n"
     "---\n"
     "a: 1\n",
    "charter: &a 1\n",
    "charter: *a\n",
    "charter: !!int 1\n",
    "charter: 1\n"
     "charter: 1\n",
    "\tcharter: 1\n",
    "charter: 1\n"
     "  x: 2\n",
    "charter: [1\n",
    "charter: \"1\n",
    "{charter: 1, units: {a: {}}\n",
    "charter: 1\n"
     "acounts: {}\n",
    "charter: 1\n"
     "units:\n",
    "charter: 1\n"
     "units: []\n",
    "charter: 1\n"
     "units: x\n",
    "charter: 1\n"
     "units: {a: null}\n",
    "charter: 1\n"
     "units: {a: x}\n",
    "charter: 1\n"
     "units: {a: {polices: []}}\n",
    "charter: 1\n"
     "units: {a: {policies: x}}\n",
    "charter: 1\n"
     "units: {a: {policies: [x]}}\n",
    "charter: 1\n"
     "units: {a: {policies: }}\n",
    "charter: 1\n"
     "units: {a: {policies: {only: x}}}\n",
    "charter: 1\n"
     "units: {a: {policies: {onyl: []}}}\n",
    "charter: 1\n"
     "units: {a: {policies: [[x]]}}\n",
    "charter: 1\n"
     "units: {a: {tags: []}}\n",
    "charter: 1\n"
     "units: {a: {tags: {k: true}}}\n",
    "charter: 1\n"
     "units: {a: {tags: {k: }}}\n",
    "charter: 1\n"
     "units: {a: {tags: {k: [1]}}}\n",
    "charter: 1\n"
     "units: {a: {tags: {'k!': v}}}\n",
    "charter: 1\n"
     "units: {a: {tags: {'aws:k': v}}}\n",
    "charter: 1\n"
     "units: {a: {tags: {k: 'v;'}}}\n",
    "charter: 1\n"
     "units: {a/b: {}}\n",
    "charter: 1\n"
     "units: {/: {}}\n",
    "charter: 1\n"
     "units: {a//b: {}}\n",
    "charter: 1\n"
     "units: {/a: {}}\n",
    "charter: 1\n"
     "units: {a: {}, a/b: {}, a/b/c: {}, a/b/c/d: {}, a/b/c/d/e: {}, a/b/c/d/e/f: {}}\n",
    "charter: 1\n"
     "units: {a: {move: yes}}\n",
    "charter: 1\n"
     "units: {a: {id: x}}\n",
    "charter: 1\n"
     "units: {a: {previously: a}}\n",
    "charter: 1\n"
     "units:\n"
     "  a: {previously: b}\n"
     "  b: {previously: a}\n",
    "charter: 1\n"
     "units:\n"
     "  a: {previously: c}\n"
     "  b: {previously: c}\n",
    "charter: 1\n"
     "units: {a: {previously: {x: y}}}\n",
    "charter: 1\n"
     "units: {a: {external: maybe}}\n",
    "charter: 1\n"
     "? [a]\n"
     ": b\n",
    "charter: 1\n"
     "? {a: b}\n"
     ": b\n",
    "charter: 1\n"
     "'': x\n",
    "charter: 1\n"
     "units: {'': {}}\n",
    "charter: 1\n"
     "units: {a: {}, a: {}}\n",
    "charter: 1\n"
     "units: {a%2Fb: {}, a%2fb: {}}\n",
    "charter: 1\n"
     "accounts: {x: {}}\n",
    "charter: 1\n"
     "accounts: {x: {email: a@example.com}}\n",
    "charter: 1\n"
     "accounts: {x: {email: nope, unit: /}}\n",
    "charter: 1\n"
     "accounts: {x: {email: a@example.com, unit: Nope}}\n",
    "charter: 1\n"
     "units:\n"
     "  Security: {}\n"
     "accounts:\n"
     "  audit: {email: a@example.com, unit: Securty}\n"
     "policies:\n"
     "  deny: {document: deny.json}\n",
    "charter: 1\n"
     "accounts: {x: {id: 222222222222, email: a@example.com, unit: /}}\n",
    "charter: 1\n"
     "accounts: {x: {id: 012345678901, email: a@example.com, unit: /}}\n",
    "charter: 1\n"
     "accounts: {x: {id: '1234', email: a@example.com, unit: /}}\n",
    "charter: 1\n"
     "accounts:\n"
     "  x: {email: a@example.com, unit: /}\n"
     "  y: {email: A@example.com, unit: /}\n",
    "charter: 1\n"
     "accounts:\n"
     "  x: {id: '222222222222', email: a@example.com, unit: /}\n"
     "  y: {id: '222222222222', email: b@example.com, unit: /}\n",
    "charter: 1\n"
     "accounts: {'a<b': {email: a@example.com, unit: /}}\n",
    "charter: 1\n"
     "accounts: {x: {email: a@example.com, unit: /, state: closed}}\n",
    "charter: 1\n"
     "accounts: {x: {email: a@example.com, unit: /, state: shut}}\n",
    "charter: 1\n"
     "accounts: {x: {email: a@example.com, unit: /, contacts: {}}}\n",
    "charter: 1\n"
     "accounts: {x: {email: a@example.com, unit: /, budget: {monthly: 5}}}\n",
    "charter: 1\n"
     "accounts: {x: {email: a@example.com, unit: /, emial: b}}\n",
    "charter: 1\n"
     "accounts: {x: {email: '${account.id}@example.com', unit: /}}\n",
    "charter: 1\n"
     "accounts: {x: {email: '${foo}@example.com', unit: /}}\n",
    "charter: 1\n"
     "accounts: {x: {email: '${account.name@example.com', unit: /}}\n",
    "charter: 1\n"
     "accounts: {x: {email: '${accounts.x.id}@example.com', unit: /}}\n",
    "charter: 1\n"
     "accounts: {x: {email: true, unit: /}}\n",
    "charter: 1\n"
     "accounts: {x: {email: [a], unit: /}}\n",
    "charter: 1\n"
     "accounts: {xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx: {email: a@example.com, unit: /}}\n",
    "charter: 1\n"
     "policies: {p: {}}\n",
    "charter: 1\n"
     "policies: {p: {document: x.json}}\n",
    "charter: 1\n"
     "policies: {p: {document: /etc/passwd}}\n",
    "charter: 1\n"
     "policies: {p: {document: ../x.json}}\n",
    "charter: 1\n"
     "policies: {p: {document: x.txt}}\n",
    "charter: 1\n"
     "policies: {p: {document: [a]}}\n",
    "charter: 1\n"
     "policies: {p: {document: {}}}\n",
    "charter: 1\n"
     "policies: {p: {document: {Statement: []}}}\n",
    "charter: 1\n"
     "policies: {p: {document: {Statement: [{Effect: Maybe, Action: s3:*, Resource: '*'}]}}}\n",
    "charter: 1\n"
     "policies:\n"
     "  p:\n"
     "    document:\n"
     "      Statement:\n"
     "        - Effect: Deny\n"
     "          Acton: s3:*\n"
     "          Resource: '*'\n",
    "charter: 1\n"
     "policies: {p: {type: SCP, document: {}}}\n",
    "charter: 1\n"
     "policies: {p: {type: TAG_POLCY, document: {}}}\n",
    "charter: 1\n"
     "policies: {FullAWSAccess: {document: deny.json}}\n",
    "charter: 1\n"
     "policies: {p: {document: {Statement: {Effect: Deny, Action: 's3:*', Resource: '*', Principal: '*'}}}}\n",
    "charter: 1\n"
     "policies: {p: {type: RESOURCE_CONTROL_POLICY, document: {Statement: {Effect: Deny, Action: 's3:*', Resource: '*'}}}}\n",
    "charter: 1\n"
     "policies: {p: {document: {Statement: {Effect: Deny, Action: 's3:*', Resource: '${account.id}'}}}}\n",
    "charter: 1\n"
     "policies: {p: {document: {Statement: {Effect: Deny, Action: 's3:*', Resource: '${accounts.nope.id}'}}}}\n",
    "charter: 1\n"
     "accounts:\n"
     "  id: {email: a@example.com, unit: /}\n"
     "iam:\n"
     "  accounts:\n"
     "    id:\n"
     "      users: {alice: {groups: [nope]}}\n",
    "charter: 1\n"
     "accounts:\n"
     "  id: {email: a@example.com, unit: /}\n"
     "iam:\n"
     "  accounts:\n"
     "    id:\n"
     "      users: {alice: {groups: [devs]}}\n"
     "      groups: {dev: {}}\n",
    "charter: 1\n"
     "accounts:\n"
     "  id: {email: a@example.com, unit: /}\n"
     "iam:\n"
     "  accounts:\n"
     "    id:\n"
     "      users: {alice: {managed_policies: [ReadOnlyAccess]}}\n",
    "charter: 1\n"
     "accounts:\n"
     "  id: {email: a@example.com, unit: /}\n"
     "iam:\n"
     "  accounts:\n"
     "    id:\n"
     "      users: {alice: {managed_policies: [ViewOnlyAccess]}}\n",
    "charter: 1\n"
     "accounts:\n"
     "  id: {email: a@example.com, unit: /}\n"
     "iam:\n"
     "  accounts:\n"
     "    id:\n"
     "      users: {alice: {managed_policies: [aws/ViewOnlyAccess]}}\n",
    "charter: 1\n"
     "accounts:\n"
     "  id: {email: a@example.com, unit: /}\n"
     "iam:\n"
     "  accounts:\n"
     "    id:\n"
     "      users: {alice: {managed_policies: ['arn:aws:s3:::x']}}\n",
    "charter: 1\n"
     "accounts:\n"
     "  id: {email: a@example.com, unit: /}\n"
     "iam:\n"
     "  accounts:\n"
     "    id:\n"
     "      users: {alice: {managed_policies: ['aws/a b']}}\n",
    "charter: 1\n"
     "accounts:\n"
     "  id: {email: a@example.com, unit: /}\n"
     "iam:\n"
     "  accounts:\n"
     "    id:\n"
     "      users: {alice: {permissions_boundary: nope}}\n",
    "charter: 1\n"
     "accounts:\n"
     "  id: {email: a@example.com, unit: /}\n"
     "iam:\n"
     "  accounts:\n"
     "    id:\n"
     "      users: {alice: {inline_policies: [a]}}\n",
    "charter: 1\n"
     "accounts:\n"
     "  id: {email: a@example.com, unit: /}\n"
     "iam:\n"
     "  accounts:\n"
     "    id:\n"
     "      users: {alice: {inline_policies: {a: nope.json}}}\n",
    "charter: 1\n"
     "accounts:\n"
     "  id: {email: a@example.com, unit: /}\n"
     "iam:\n"
     "  accounts:\n"
     "    id:\n"
     "      users: {alice: {inline_policies: {'a b': deny.json}}}\n",
    "charter: 1\n"
     "accounts:\n"
     "  id: {email: a@example.com, unit: /}\n"
     "iam:\n"
     "  accounts:\n"
     "    id:\n"
     "      users: {'al ice': {}}\n",
    "charter: 1\n"
     "accounts:\n"
     "  id: {email: a@example.com, unit: /}\n"
     "iam:\n"
     "  accounts:\n"
     "    id:\n"
     "      users: {alice: {}, ALICE: {}}\n",
    "charter: 1\n"
     "accounts:\n"
     "  id: {email: a@example.com, unit: /}\n"
     "iam:\n"
     "  accounts:\n"
     "    id:\n"
     "      users: {alice: {path: 'a b'}}\n",
    "charter: 1\n"
     "accounts:\n"
     "  id: {email: a@example.com, unit: /}\n"
     "iam:\n"
     "  accounts:\n"
     "    id:\n"
     "      users: {alice: {login: {console: true}}}\n",
    "charter: 1\n"
     "accounts:\n"
     "  id: {email: a@example.com, unit: /}\n"
     "iam:\n"
     "  accounts:\n"
     "    id:\n"
     "      users: {alice: {expires: soon}}\n",
    "charter: 1\n"
     "accounts:\n"
     "  id: {email: a@example.com, unit: /}\n"
     "iam:\n"
     "  accounts:\n"
     "    id:\n"
     "      users: {alice: {tags: {a: b}, tag: {}}}\n",
    "charter: 1\n"
     "accounts:\n"
     "  id: {email: a@example.com, unit: /}\n"
     "iam:\n"
     "  accounts:\n"
     "    id:\n"
     "      roles: {r: {}}\n",
    "charter: 1\n"
     "accounts:\n"
     "  id: {email: a@example.com, unit: /}\n"
     "iam:\n"
     "  accounts:\n"
     "    id:\n"
     "      alias: x\n",
    "charter: 1\n"
     "accounts:\n"
     "  id: {email: a@example.com, unit: /}\n"
     "iam:\n"
     "  accounts:\n"
     "    id:\n"
     "      user: {}\n",
    "charter: 1\n"
     "accounts:\n"
     "  id: {email: a@example.com, unit: /}\n"
     "iam:\n"
     "  accounts:\n"
     "    id:\n"
     "      users: {alice: {path: /aws-reserved/}}\n",
    "charter: 1\n"
     "accounts:\n"
     "  id: {email: a@example.com, unit: /}\n"
     "iam:\n"
     "  accounts:\n"
     "    id:\n"
     "      users: {aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: {}}\n",
    "charter: 1\n"
     "accounts:\n"
     "  id: {email: a@example.com, unit: /}\n"
     "iam:\n"
     "  accounts:\n"
     "    id:\n"
     "      users: {alice: {groups: [g0,g1,g2,g3,g4,g5,g6,g7,g8,g9,g10]}}\n"
     "      groups: {g0: {},g1: {},g2: {},g3: {},g4: {},g5: {},g6: {},g7: {},g8: {},g9: {},g10: {}}\n",
    "charter: 1\n"
     "iam: {accounts: {nope: {users: {a: {}, b: {}}}}}\n",
    "charter: 1\n"
     "iam: {baselines: []}\n",
    "charter: 1\n"
     "iam: []\n",
    "charter: 1\n"
     "scope: 'a b'\n",
    "charter: 1\n"
     "scope: []\n",
    "charter: 1\n"
     "organization: nope\n",
    "charter: 1\n"
     "organization: x\n",
    "charter: 1\n"
     "organization: {id: x}\n",
    "charter: 1\n"
     "organization: {management_account: 111111111111}\n",
    "charter: 1\n"
     "organization: {feature_set: SOME}\n",
    "charter: 1\n"
     "organization: {create: x}\n",
    "charter: 1\n"
     "organization: {policy_types: [SCP]}\n",
    "charter: 1\n"
     "organization: {policy_types: [TAG_POLICY, TAG_POLICY]}\n",
    "charter: 1\n"
     "organization: {trusted_services: [sso]}\n",
    "charter: 1\n"
     "organization: {delegated_administrators: {config.amazonaws.com: [nope]}}\n",
    "charter: 1\n"
     "organization: {delegated_administrators: {config.amazonaws.com: audit}}\n",
    "charter: 1\n"
     "organization: {root: {policies: [nope]}}\n",
    "charter: 1\n"
     "organization: {root: {polices: []}}\n",
    "charter: 1\n"
     "organization: {nope: 1}\n",
    "charter: 1\n"
     "record: {account: a}\n",
    "charter: 1\n"
     "lock: s3://a/b\n",
    "charter: 1\n"
     "access: {role: [x]}\n",
    "charter: 1\n"
     "access: {accounts: {x: {role: none}}}\n",
    "charter: 1\n"
     "access: {accounts: {x: {skip: maybe}}}\n",
    "charter: 1\n"
     "access: {acounts: {}}\n",
    "charter: 1\n"
     "unmanaged: x\n",
    "charter: 1\n"
     "unmanaged: {iam: x}\n",
    "charter: 1\n"
     "unmanaged: {iamm: ignore}\n",
    "charter: 1\n"
     "ignore: {}\n",
    "charter: 1\n"
     "ignore: [x]\n",
    "charter: 1\n"
     "ignore: [{resource: a/b}]\n",
    "charter: 1\n"
     "ignore: [{resource: acount/x, reason: x, until: 2027-01-01}]\n",
    "charter: 1\n"
     "ignore: [{resource: account/x, reason: x, until: soon}]\n",
    "charter: 1\n"
     "ignore: [{resource: account/x, reason: x, until: 2027-01-01, attributes: [emial]}]\n",
    "charter: 1\n"
     "release: [{resource: account/x, reason: x, until: 2027-01-01, attributes: [email]}]\n",
    "charter: 1\n"
     "ignore: [{resource: account, reason: x, until: 2027-01-01}]\n",
    "charter: 1\n"
     "guards: {removals: {unti: {}}}\n",
    "charter: 1\n"
     "guards: {removals: {unit: {share: 10}}}\n",
    "charter: 1\n"
     "guards: {removals: {unit: {floor: -1}}}\n",
    "charter: 1\n"
     "guards: {removals: {unit: {floor: 5, count: 2}}}\n",
    "charter: 1\n"
     "guards: {allow: [{removals: unit}]}\n",
    "charter: 1\n"
     "guards: {allow: [{removals: unit, count: 0, reason: x, until: 2026-12-01}]}\n",
    "charter: 1\n"
     "guards: {protect: [x]}\n",
    "charter: 1\n"
     "guards: {protect: x}\n",
    "charter: 1\n"
     "guards: {administrators: {minimum: 0}}\n",
    "charter: 1\n"
     "guards: {nope: 1}\n",
    "charter: 1\n"
     "jump: []\n",
    "charter: 1\n"
     "identity_center: {}\n",
    "charter: 1\n"
     "pools: {p: {accounts: [nope], credit: 5 USD}}\n",
    "charter: 1\n"
     "stack_sets: {}\n",
    "charter: 1\n"
     "organization: {policy_types: [SERVICE_CONTROL_POLICY], root: {policies: [t]}}\n"
     "policies: {t: {type: TAG_POLICY, document: {tags: {}}}}\n",
};
/* clang-format on */

static void refused_check(const struct run *run, const char *what)
{
	if (run->diagnostics.errors == 0)
		fail_msg("accepted: %s", what);
	for (size_t i = 0; i < run->diagnostics.list.n; i++) {
		assert_non_null(run->diagnostics.list.at[i].where.file);
		assert_true(run->diagnostics.list.at[i].where.line >= 1);
		assert_true(run->diagnostics.list.at[i].where.column >= 1);
	}
}

static void test_malformed(void **state)
{
	struct run run;

	(void)state;
	for (size_t i = 0; i < sizeof(malformed) / sizeof(*malformed); i++) {
		const struct test_file files[] = {
		    {"charter.yaml", malformed[i]}, {"deny.json", DENY}, {NULL, NULL}};

		run_files(&run, files, false, NULL);
		refused_check(&run, malformed[i]);
		run_end(&run);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_golden),
	    cmocka_unit_test(test_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
