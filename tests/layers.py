#!/usr/bin/env python3
"""Reads every #include of the sources and checks the layers of the design.

reconciler may use aws, git, state and base; aws and git may use state and base, and do not know each
other; state may use base; base stands alone. Our own headers are included by their path from the
root, in quotes. Each offence is printed as file:line; the exit status is 1 if there is one.
"""

import pathlib
import re
import sys

MAY_USE = {
    "base": {"base"},
    "state": {"state", "base"},
    "git": {"git", "state", "base"},
    "aws": {"aws", "state", "base"},
    "reconciler": {"reconciler", "aws", "git", "state", "base"},
    "tests": {"tests", "reconciler", "aws", "git", "state", "base"},
}
# Libraries that have one place in the tree, so that replacing one touches one place.
ONE_LAYER = {
    "git2": {"git"},
    "curl": {"base"},
    "yaml": {"state"},
    "expat": {"base", "aws"},
    "openssl": {"base", "aws"},
    "microhttpd": {"aws"},
}
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]')


def check_file(root, path):
    layer = path.relative_to(root).parts[0]
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        found = INCLUDE.match(line)
        if not found:
            continue
        quote, name = found.groups()
        top = name.split("/")[0].removesuffix(".h")
        if quote == "<":
            if layer != "tests" and top in ONE_LAYER and layer not in ONE_LAYER[top]:
                yield number, f"<{name}> belongs in {' or '.join(sorted(ONE_LAYER[top]))} only"
            if (root / name).exists():
                yield number, f"<{name}> is ours: include it in quotes"
            continue
        if not (root / name).exists():
            yield number, f'"{name}" is no path from the root'
        elif top not in MAY_USE[layer]:
            yield number, f'{layer} may not include "{name}"'


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    files = offences = 0
    for layer in MAY_USE:
        for path in sorted((root / layer).rglob("*.[ch]")):
            files += 1
            for number, message in check_file(root, path):
                offences += 1
                print(f"{path.relative_to(root)}:{number}: {message}")
    print(f"layers: {files} files, {offences} offences", file=sys.stderr)
    return 1 if offences else 0


if __name__ == "__main__":
    sys.exit(main())
