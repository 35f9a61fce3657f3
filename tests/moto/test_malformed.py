"""Malformed configurations: each is answered with exit 1 and file:line:column, and never with a
crash (run it with CHARTER_BIN set to the sanitizer build)."""

import json
import random
import re

import pytest
import seed

PLACE = re.compile(r"^[^\s:]+\.(?:ya?ml|json):[1-9]\d*:[1-9]\d*:", re.MULTILINE)
KEY = re.compile(r"^(\s*)([\w./'-]+):(.*)$")


def good() -> dict[str, str]:
    model = seed.small_model()
    model["charter"]["organization"]["id"] = "o-exampleorgid"
    return seed.config(model)


def edit_line(text: str, k: int, *new: str) -> str:
    lines = text.split("\n")
    lines[k : k + 1] = new
    return "\n".join(lines)


# Each takes a line with a key, and gives lines that are wrong wherever they stand.
MUTATORS = {
    "duplicate key": lambda line, m: (line, f"{m[1]}{m[2]}: 1"),
    "anchor": lambda line, m: (f"{m[1]}{m[2]}: &anchor{m[3]}",),
    "alias": lambda line, m: (f"{m[1]}{m[2]}: *anchor",),
    "tag": lambda line, m: (f"{m[1]}{m[2]}: !!python/object{m[3]}",),
    "open list": lambda line, m: (f"{m[1]}{m[2]}: [a, b",),
    "open quote": lambda line, m: (f'{m[1]}{m[2]}: "a',),
    "tab": lambda line, m: (f"\t{m[1]}{m[2]}:{m[3]}",),
    "control character": lambda line, m: (f"{m[1]}{m[2]}: \x07",),
    "escaped control character": lambda line, m: (f'{m[1]}{m[2]}: "\\u0007"',),
    "bidirectional override": lambda line, m: (f"{m[1]}{m[2]}: a\u202eb",),
    "escaped override": lambda line, m: (f'{m[1]}{m[2]}: "\\u202e"',),
    "second document": lambda line, m: (line, "---", "a: b"),
    "merge key": lambda line, m: (f"{m[1]}<<: {{a: b}}", line),
    "list as key": lambda line, m: (f"{m[1]}[a]: b", line),
    "no colon": lambda line, m: (f"{m[1]}{m[2]}", line),
}


def generated() -> list[tuple[str, dict[str, str]]]:
    """A seeded choice of lines for each mutator."""
    files = good()
    lines = [
        (path, k)
        for path, text in sorted(files.items())
        if path.endswith(".yaml")
        for k, line in enumerate(text.split("\n"))
        if KEY.match(line)
    ]
    cases = []
    for name, mutate in MUTATORS.items():
        for path, k in random.Random(name).sample(lines, 9):
            line = files[path].split("\n")[k]
            changed = edit_line(files[path], k, *mutate(line, KEY.match(line)))
            cases.append((f"{name} {path}:{k + 1}", {**files, path: changed}))
    return cases


def nested(depth: int, opening: str, closing: str) -> str:
    return opening * depth + closing * depth


ACCOUNT = "email: a@example.com, unit: Security"
DENY = '"Effect": "Deny", "Action": "s3:*", "Resource": "*"'

# name, file, its text: put in place of the file, or beside the others.
CENTER = """identity_center:
  region: us-east-1
  groups: {g: {}}
  permission_sets: {A: {aws_managed_policies: [aws/ReadOnlyAccess]}}
"""
BY_HAND = [
    ("unknown section", "x.yaml", "accountz: {}\n"),
    ("root is a list", "x.yaml", "- a\n- b\n"),
    ("root is a text", "x.yaml", "only words\n"),
    ("not yet supported", "x.yaml", "rosters: {a: {unit: Security}}\n"),
    ("jump into nowhere", "x.yaml", "jump: {account: nobody}\n"),
    ("identity center without a region", "x.yaml", "identity_center: {source: internal}\n"),
    ("identity center in no region", "x.yaml", "identity_center: {region: everywhere}\n"),
    ("identity center of no source", "x.yaml", "identity_center: {region: us-east-1, source: okta}\n"),
    ("assignment of nobody", "x.yaml", CENTER + "  assignments: [{permission_sets: [A], accounts: [dev-1]}]\n"),
    ("assignment nowhere", "x.yaml", CENTER + "  assignments: [{permission_sets: [A], groups: [g]}]\n"),
    ("assignment of no such set", "x.yaml", CENTER + "  assignments: [{permission_sets: [B], groups: [g], accounts: [dev-1]}]\n"),
    ("assignment as text", "x.yaml", CENTER + "  assignments: everything\n"),
    ("member who is not declared", "x.yaml", CENTER.replace("{}", "{members: [eve]}")),
    ("session of a day", "x.yaml", CENTER.replace("A: {", "A: {session_duration: 24h, ")),
    ("boundary of two sorts", "x.yaml", CENTER.replace("A: {", "A: {permissions_boundary: {aws_managed_policy: aws/ReadOnlyAccess, customer_managed_policy: {name: b}}, ")),
    ("guards elsewhere", "x.yaml", "guards: {}\n"),
    ("access elsewhere", "x.yaml", "access: {role: x}\n"),
    ("scope elsewhere", "x.yaml", "scope: other\n"),
    ("ignore elsewhere", "x.yaml", "ignore: []\n"),
    ("name in two files", "x.yaml", "units: {Security: {}}\n"),
    ("account in two files", "x.yaml", "accounts: {dev-1: {%s}}\n" % ACCOUNT),
    ("policy in two files", "x.yaml", "policies: {deny-leave: {document: policies/freeze.json}}\n"),
    ("unit without a parent", "x.yaml", "units: {Nowhere/Below: {}}\n"),
    ("unit too deep", "x.yaml", "units: {A: {}, A/B: {}, A/B/C: {}, A/B/C/D: {}, A/B/C/D/E: {}, A/B/C/D/E/F: {}}\n"),
    ("unit with an empty part", "x.yaml", "units: {Security//X: {}}\n"),
    ("unit name too long", "x.yaml", "units: {%s: {}}\n" % ("x" * 129)),
    ("unit of unknown key", "x.yaml", "units: {X: {polices: []}}\n"),
    ("unit with a list of tags", "x.yaml", "units: {X: {tags: [a]}}\n"),
    ("tag without a value", "x.yaml", "units: {X: {tags: {a: [b]}}}\n"),
    ("tag of aws", "x.yaml", "units: {X: {tags: {'aws:x': b}}}\n"),
    ("tag key too long", "x.yaml", "units: {X: {tags: {%s: b}}}\n" % ("k" * 129)),
    ("tag value too long", "x.yaml", "units: {X: {tags: {k: %s}}}\n" % ("v" * 257)),
    ("unknown policy", "x.yaml", "units: {X: {policies: [no-such]}}\n"),
    ("policy twice", "x.yaml", "units: {X: {policies: [deny-leave, deny-leave]}}\n"),
    ("policies as text", "x.yaml", "units: {X: {policies: deny-leave}}\n"),
    ("account without e-mail", "x.yaml", "accounts: {x: {unit: Security}}\n"),
    ("account without unit", "x.yaml", "accounts: {x: {email: x@example.com}}\n"),
    ("account in no unit", "x.yaml", "accounts: {x: {email: x@example.com, unit: Secruity}}\n"),
    ("account of number id", "x.yaml", "accounts: {x: {id: 222222222222, %s}}\n" % ACCOUNT),
    ("account of short id", "x.yaml", 'accounts: {x: {id: "2222", %s}}\n' % ACCOUNT),
    ("account of bad e-mail", "x.yaml", "accounts: {x: {email: nobody, unit: Security}}\n"),
    ("account of two ids", "x.yaml", 'accounts: {x: {id: "123456789012", %s}}\n' % ACCOUNT),
    ("account of a used e-mail", "x.yaml", "accounts: {x: {email: aws+dev-1@example.com, unit: Security}}\n"),
    ("account name too long", "x.yaml", "accounts: {%s: {%s}}\n" % ("n" * 51, ACCOUNT)),
    ("account name with a bracket", "x.yaml", "accounts: {'a<b': {%s}}\n" % ACCOUNT),
    ("account that is a list", "x.yaml", "accounts: {x: [a]}\n"),
    ("accounts that are a list", "x.yaml", "accounts: [x]\n"),
    ("account of no such state", "x.yaml", "accounts: {x: {%s, state: gone}}\n" % ACCOUNT),
    ("policy without document", "x.yaml", "policies: {x: {description: y}}\n"),
    ("policy of a missing file", "x.yaml", "policies: {x: {document: policies/none.json}}\n"),
    ("policy of a file above", "x.yaml", "policies: {x: {document: ../outside.json}}\n"),
    ("policy of an absolute file", "x.yaml", "policies: {x: {document: /etc/passwd}}\n"),
    ("policy of no such type", "x.yaml", "policies: {x: {type: SCP, document: policies/freeze.json}}\n"),
    ("policy that is a number", "x.yaml", "policies: {x: {document: 5}}\n"),
    ("policy inline without statement", "x.yaml", "policies: {x: {document: {Version: '2012-10-17'}}}\n"),
    ("policy too long", "x.yaml", "policies: {x: {document: {Version: '2012-10-17', Statement: [{Effect: Deny, Action: 's3:%s', Resource: '*'}]}}}\n" % ("x" * 20000)),
    ("iam of no such account", "x.yaml", "iam: {accounts: {nowhere: {users: {}}}}\n"),
    ("iam with an unknown key", "x.yaml", "iam: {accounts: {security-1: {userz: {}}}}\n"),
    ("iam user twice by case", "x.yaml", "iam: {accounts: {master: {users: {ALICE: {}}}}}\n"),
    ("iam user of bad name", "x.yaml", "iam: {accounts: {master: {users: {'a b': {}}}}}\n"),
    ("iam user of bad path", "x.yaml", "iam: {accounts: {master: {users: {x: {path: people}}}}}\n"),
    ("iam user of no such group", "x.yaml", "iam: {accounts: {master: {users: {x: {groups: [none]}}}}}\n"),
    ("iam user of no such policy", "x.yaml", "iam: {accounts: {master: {users: {x: {managed_policies: [none]}}}}}\n"),
    ("iam user of bad inline policy", "x.yaml", "iam: {accounts: {master: {users: {x: {inline_policies: [a]}}}}}\n"),
    ("iam user of no such boundary", "x.yaml", "iam: {accounts: {master: {users: {x: {permissions_boundary: none}}}}}\n"),
    ("iam group name too long", "x.yaml", "iam: {accounts: {master: {groups: {%s: {}}}}}\n" % ("g" * 129)),
    ("iam in eleven groups", "x.yaml", "iam: {accounts: {master: {groups: {%s}, users: {x: {groups: [%s]}}}}}\n" % (", ".join(f"g{k}: {{}}" for k in range(11)), ", ".join(f"g{k}" for k in range(11)))),
    ("role without a trustee", "x.yaml", "iam: {accounts: {master: {roles: {x: {trust: policies/freeze.json}}}}}\n"),
    ("baseline over no unit", "x.yaml", "iam: {baselines: {x: {units: [Nowhere]}}}\n"),
    ("unknown variable", "x.yaml", "accounts: {x: {email: '${account.nmae}@example.com', unit: Security}}\n"),
    ("open variable", "x.yaml", "accounts: {x: {email: '${account.name@example.com', unit: Security}}\n"),
    ("nested flow", "x.yaml", "units: %s\n" % nested(40, "[", "]")),
    ("very deep flow", "x.yaml", "units: %s\n" % nested(3000, "[", "]")),
    ("very deep maps", "x.yaml", "units: %s\n" % nested(3000, "{a: ", "}")),
    ("bomb", "x.yaml", "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"),
    ("directive", "x.yaml", "%YAML 1.1\n---\nunits: {}\n...\n---\nunits: {}\n"),
    ("unknown directive tag", "x.yaml", "units: !foo {}\n"),
    ("bad escape", "x.yaml", 'units: {"\\q": {}}\n'),
    ("mapping in a text", "x.yaml", "units: a: b\n"),
    ("wrong indentation", "x.yaml", "units:\n  A: {}\n B: {}\n"),
    ("complex key", "x.yaml", "? [a, b]\n: c\n"),
    ("null section", "x.yaml", "units: 7\n"),
    ("boolean section", "x.yaml", "accounts: true\n"),
    ("format of the future", "charter.yaml", "charter: 2\n"),
    ("format that is a word", "charter.yaml", "charter: one\n"),
    ("no format", "charter.yaml", "scope: main\n"),
    ("unknown setting", "charter.yaml", "charter: 1\nscop: main\n"),
    ("bad organization", "charter.yaml", "charter: 1\norganization: [a]\n"),
    ("bad organization id", "charter.yaml", "charter: 1\norganization: {id: exampleorgid}\n"),
    ("number for an account", "charter.yaml", "charter: 1\norganization: {management_account: 123456789012}\n"),
    ("unknown organization key", "charter.yaml", "charter: 1\norganization: {policytypes: []}\n"),
    ("unknown policy type", "charter.yaml", "charter: 1\norganization: {policy_types: [SCP]}\n"),
    ("create as a word", "charter.yaml", "charter: 1\norganization: {create: maybe}\n"),
    ("ignore without a reason", "charter.yaml", "charter: 1\nignore: [{resource: account/*, until: 2027-01-01}]\n"),
    ("ignore without an end", "charter.yaml", "charter: 1\nignore: [{resource: account/*, reason: x}]\n"),
    ("ignore until no date", "charter.yaml", "charter: 1\nignore: [{resource: account/*, reason: x, until: soon}]\n"),
    ("ignore until no day", "charter.yaml", "charter: 1\nignore: [{resource: account/*, reason: x, until: 2026-02-30}]\n"),
    ("release without a resource", "charter.yaml", "charter: 1\nrelease: [{reason: x, until: 2027-01-01}]\n"),
    ("unknown guard", "charter.yaml", "charter: 1\nguards: {removal: {}}\n"),
    ("guard of bad share", "charter.yaml", "charter: 1\nguards: {removals: {default: {share: lots}}}\n"),
    ("guard of bad floor", "charter.yaml", "charter: 1\nguards: {removals: {default: {floor: -1}}}\n"),
    ("allow without an end", "charter.yaml", "charter: 1\nguards: {allow: [{removals: unit, count: 3, reason: x}]}\n"),
    ("protect as text", "charter.yaml", "charter: 1\nguards: {protect: account/x}\n"),
    ("unmanaged of no such word", "charter.yaml", "charter: 1\nunmanaged: hide\n"),
    ("document is no object", "policies/deny-leave.json", "[1, 2]\n"),
    ("document is cut", "policies/deny-leave.json", '{"Version": "2012-10-17", "Statement": [\n'),
    ("document is empty", "policies/deny-leave.json", ""),
    ("document is no JSON", "policies/deny-leave.json", "not json\n"),
    ("document with a duplicate key", "policies/deny-leave.json", '{"Version": "2012-10-17",\n "Version": "2012-10-17", "Statement": []}\n'),
    ("document of no effect", "policies/deny-leave.json", '{"Version": "2012-10-17", "Statement": [{"Action": "s3:*", "Resource": "*"}]}\n'),
    ("document of bad effect", "policies/deny-leave.json", '{"Version": "2012-10-17", "Statement": [{"Effect": "Forbid", "Action": "s3:*", "Resource": "*"}]}\n'),
    ("document of action and not", "policies/deny-leave.json", '{"Version": "2012-10-17", "Statement": [{%s, "NotAction": "s3:*"}]}\n' % DENY),
    ("document of unknown element", "policies/deny-leave.json", '{"Version": "2012-10-17", "Statement": [{%s, "Resorce": "*"}]}\n' % DENY),
    ("document of bad action", "policies/deny-leave.json", '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "everything", "Resource": "*"}]}\n'),
    ("document too deep", "policies/deny-leave.json", nested(3000, "[", "]")),
    ("document of bad bytes", "policies/deny-leave.json", '{"Version": "\udcff"}\n'),
    ("yaml of bad bytes", "x.yaml", "units: {\udcff: {}}\n"),
    ("null byte", "x.yaml", "units: {a\x00b: {}}\n"),
]  # fmt: skip


def cases() -> list[tuple[str, dict[str, str]]]:
    hand = [(name, {**good(), path: text}) for name, path, text in BY_HAND]
    return generated() + hand


def test_there_are_enough():
    assert len(cases()) >= 200
    assert len({name for name, _ in cases()}) == len(cases())


def write_raw(files: dict[str, str], directory) -> None:
    for path, text in files.items():
        target = directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode("utf-8", "surrogateescape"))


@pytest.fixture
def validator(binary, tmp_path):
    """The program without a server: validation sends nothing."""
    from conftest import Charter

    return Charter(binary, tmp_path / "home", "http://127.0.0.1:9")


def test_the_good_one_is_good(validator, tmp_path):
    write_raw(good(), tmp_path / "config")
    validator("validate", repo=tmp_path / "config").expect(0)


@pytest.mark.exhaustive
@pytest.mark.parametrize("name, files", cases(), ids=[name for name, _ in cases()])
def test_malformed(validator, tmp_path, name, files):
    write_raw(files, tmp_path / "config")
    result = validator("validate", repo=tmp_path / "config", timeout=30).expect(1)
    assert PLACE.search(result.err), result.err[:2000]
    assert "\x1b" not in result.err and "\u202e" not in result.err and "\x07" not in result.err


def test_errors_come_together_and_in_order(validator, tmp_path):
    files = {**good(), "a.yaml": "unitz: {}\n", "z.yaml": "units: {X: {polices: []}}\nfoo: 1\n"}
    write_raw(files, tmp_path / "config")
    result = validator("validate", repo=tmp_path / "config").expect(1)
    places = [line.split(":")[:2] for line in result.err.splitlines() if PLACE.match(line)]
    assert places == [["a.yaml", "1"], ["z.yaml", "1"], ["z.yaml", "2"]]
    assert "units" in result.err and "policies" in result.err


def test_no_request_is_sent(charter, proxy, tmp_path):
    write_raw({**good(), "x.yaml": "unitz: {}\n"}, tmp_path / "config")
    for command in ("plan", "apply", "drift"):
        charter(command, repo=tmp_path / "config").expect(1)
    assert proxy.requests == []


def test_special_files_are_refused(validator, tmp_path):
    root = tmp_path / "config"
    write_raw(good(), root)
    (root / "link.yaml").symlink_to("units.yaml")
    result = validator("validate", repo=root).expect(1)
    assert "link.yaml" in result.err
    (root / "link.yaml").unlink()
    (root / "big.yaml").write_text("# " + "x" * (1 << 20) + "\n")
    result = validator("validate", repo=root).expect(1)
    assert "big.yaml" in result.err


def test_json_is_yaml(validator, tmp_path):
    files = good()
    model = seed.small_model()
    files["units.yaml"] = json.dumps({"units": model["units"]}, indent=2)
    write_raw(files, tmp_path / "config")
    validator("validate", repo=tmp_path / "config").expect(0)
