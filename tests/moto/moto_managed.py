"""moto with those of AWS's managed policies that the tests and examples name: with all of them, 1,500
in each account, most of a run's time is moto's."""

import json
import pathlib
import re
import sys

from moto.iam import models
from moto.server import main

ROOT = pathlib.Path(__file__).resolve().parents[2]


def words() -> set[str]:
    files = [f for d in ("examples", "tests/moto") for f in (ROOT / d).rglob("*") if f.is_file()]
    texts = (f.read_text() for f in files if f.suffix in (".json", ".py", ".yaml"))
    return {word for text in texts for word in re.findall(r"[\w-]+", text)}


if __name__ == "__main__":
    named = words()
    policies = json.loads(models.aws_managed_policies_data)
    kept = {name: policy for name, policy in policies.items() if name in named}
    models.aws_managed_policies_data = json.dumps(kept)
    main(sys.argv[1:])
