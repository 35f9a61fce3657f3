"""differences.txt: where the two simulated AWS differ, with the reason. Sections:

    [FILE::TEST]  or  [FILE::TEST PATTERN]    of the scenarios; PATTERN is of the test's parameters
    only: moto     the test is about moto itself, and is not run on the other
    fails: twin    it fails there, and must: once it passes, the line has to go
    [behaviour: NAME]                         of test_differences.py: what each answers
    moto: ...      twin: ...
    why: ...       always: what AWS does, by its service model or manual
"""

from __future__ import annotations

import configparser
import fnmatch
import pathlib
from typing import Any

import pytest

FILE = pathlib.Path(__file__).resolve().parents[1] / "differences.txt"
BEHAVIOUR = "behaviour: "


def read() -> dict[str, dict[str, str]]:
    parser = configparser.ConfigParser(
        delimiters=(":",), comment_prefixes=("#",), interpolation=None, strict=True
    )
    parser.read_string(FILE.read_text())
    found = {name: dict(parser[name]) for name in parser.sections()}
    for name, section in found.items():
        assert section.get("why"), f"{FILE.name}: [{name}] says no reason"
    return found


SECTIONS = read()
TESTS = {name: s for name, s in SECTIONS.items() if not name.startswith(BEHAVIOUR)}
BEHAVIOURS = {
    name.removeprefix(BEHAVIOUR): s for name, s in SECTIONS.items() if name.startswith(BEHAVIOUR)
}


def section_of(item: Any) -> dict[str, str] | None:
    name = f"{item.path.name}::{getattr(item, 'originalname', item.name)}"
    callspec = getattr(item, "callspec", None)
    for listed, section in TESTS.items():
        test, _, pattern = listed.partition(" ")
        if test == name and fnmatch.fnmatchcase(callspec.id if callspec else "", pattern or "*"):
            return section
    return None


def mark(item: Any) -> bool:
    """Whether the test is to run; it is marked as failing where it is listed as such."""
    callspec = getattr(item, "callspec", None)
    simulator = callspec.params.get("simulator_name") if callspec else None
    section = section_of(item) if simulator else None
    if section is None:
        return True
    if section.get("fails") == simulator:
        item.add_marker(pytest.mark.xfail(reason=section["why"], strict=True))
    return section.get("only", simulator) == simulator
