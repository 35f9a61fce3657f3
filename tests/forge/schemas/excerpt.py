"""Makes the excerpts in this directory from published descriptions of the forges' APIs:

    npm pack @octokit/openapi@23.0.2 @octokit/graphql-schema@15.26.1 gitea-js@1.23.0
    python3 tests/forge/schemas/excerpt.py DIRECTORY-WITH-THE-PACKAGES

Kept are the operations that charter uses with all that they refer to; descriptions and examples are
left out. README.md says where each comes from."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import re
import sys
import tarfile
from typing import Any

import graphql
from graphql.language import ast

HERE = pathlib.Path(__file__).parent
PACKAGES = {
    "openapi": "octokit-openapi-23.0.2.tgz",
    "graphql": "octokit-graphql-schema-15.26.1.tgz",
    "gitea": "gitea-js-1.23.0.tgz",
}
GITHUB = {
    "/user": ["get"],
    "/repos/{owner}/{repo}": ["get"],
    "/repos/{owner}/{repo}/pulls/{pull_number}": ["get"],
    "/repos/{owner}/{repo}/commits/{commit_sha}/pulls": ["get"],
    "/repos/{owner}/{repo}/issues/{issue_number}/comments": ["get", "post"],
    "/repos/{owner}/{repo}/issues/comments/{comment_id}": ["get", "patch"],
    "/repos/{owner}/{repo}/issues": ["get", "post"],
    "/repos/{owner}/{repo}/issues/{issue_number}": ["get", "patch"],
    "/repos/{owner}/{repo}/branches/{branch}": ["get"],
    "/repos/{owner}/{repo}/git/commits/{commit_sha}": ["get"],
    "/repos/{owner}/{repo}/git/commits": ["post"],
    "/repos/{owner}/{repo}/git/trees/{tree_sha}": ["get"],
    "/repos/{owner}/{repo}/git/trees": ["post"],
    "/repos/{owner}/{repo}/git/blobs": ["post"],
    "/repos/{owner}/{repo}/git/refs": ["post"],
    "/repos/{owner}/{repo}/pulls": ["get", "post"],
}
GITEA = [
    "userGetCurrent",
    "repoGet",
    "repoGetPullRequest",
    "repoGetCommitPullRequest",
    "issueGetComments",
    "issueGetComment",
    "issueCreateComment",
    "issueEditComment",
    "issueListIssues",
    "issueCreateIssue",
    "issueGetIssue",
    "issueEditIssue",
    "issueListLabels",
    "issueCreateLabel",
    "repoGetBranch",
    "repoCreateBranch",
    "repoChangeFiles",
    "getTree",
    "repoCreatePullRequest",
    "repoGetPullRequestByBaseHead",
]
# A type, and which of its fields are kept beside those of scalar type; None: it goes whole.
GRAPHQL = {
    "Query": ["node", "nodes", "viewer"],
    "Mutation": ["minimizeComment"],
    "Node": [],
    "Actor": [],
    "Comment": ["author", "editor"],
    "Minimizable": [],
    "Issue": ["author", "editor"],
    "IssueComment": ["author", "editor"],
    "User": [],
    "Bot": [],
    "Mannequin": [],
    "EnterpriseUserAccount": [],
    "Organization": [],
    "MinimizeCommentInput": None,
    "MinimizeCommentPayload": None,
    "ReportedContentClassifiers": None,
}
SILENT = {"description", "example", "examples", "summary", "externalDocs", "tags", "title"}


def member(directory: pathlib.Path, package: str, path: str) -> str:
    with tarfile.open(directory / PACKAGES[package]) as archive:
        found = archive.extractfile(f"package/{path}")
        assert found is not None
        return found.read().decode()


def silent(value: Any, names: bool = False) -> Any:
    """Without what only people read. `names`: the keys are names of properties, not keywords."""
    if isinstance(value, dict):
        return {
            k: silent(v, not names and k == "properties")
            for k, v in value.items()
            if names or (k not in SILENT and not k.startswith("x-"))
        }
    return [silent(v) for v in value] if isinstance(value, list) else value


def write(name: str, paths: dict[str, Any], components: dict[str, Any]) -> None:
    """Lines short enough to be compared: one for each operation's part and each property."""
    text = json.dumps({"components": components, "paths": paths}, indent=1, sort_keys=True)
    flat = re.compile(r"([\[{])\n\s+([^\[\]{}]{0,88}?)\n\s+([\]}])")
    before = ""
    while before != text:
        before = text
        text = flat.sub(lambda m: m[1] + re.sub(r"\n\s+", " ", m[2]) + m[3], text)
    (HERE / name).write_text(text + "\n")


def github(directory: pathlib.Path) -> None:
    whole = json.loads(member(directory, "openapi", "generated/api.github.com.json"))
    paths: dict[str, Any] = {}
    for path, methods in GITHUB.items():
        paths[path] = {m: silent(whole["paths"][path][m]) for m in methods}
    kept: dict[str, Any] = {}

    def follow(value: Any) -> None:
        if isinstance(value, dict):
            reference = value.get("$ref")
            if isinstance(reference, str):
                _, _, section, name = reference.split("/")
                if name not in kept.setdefault(section, {}):
                    kept[section][name] = silent(whole["components"][section][name])
                    follow(kept[section][name])
            for part in value.values():
                follow(part)
        elif isinstance(value, list):
            for part in value:
                follow(part)

    follow(paths)
    write("github.json", paths, kept)


def sdl(directory: pathlib.Path) -> None:
    document = graphql.parse(member(directory, "graphql", "schema.graphql"), no_location=True)
    by_name = {d.name.value: d for d in document.definitions if hasattr(d, "name")}
    scalars = {n for n, d in by_name.items() if isinstance(d, ast.ScalarTypeDefinitionNode)}
    standard = {"ID", "String", "Int", "Float", "Boolean"}
    scalars |= standard

    def named(node: Any) -> str:
        while not isinstance(node, ast.NamedTypeNode):
            node = node.type
        return node.name.value

    def bare(node: Any, **changes: Any) -> Any:
        """Without description and directives."""
        fields = {f.name for f in dataclasses.fields(node)}
        silenced = {"description": None, "directives": ()}
        silenced = {k: v for k, v in silenced.items() if k in fields}
        return dataclasses.replace(node, **{**silenced, **changes})

    def bare_field(field: Any) -> Any:
        if not getattr(field, "arguments", None):
            return bare(field)
        return bare(field, arguments=tuple(bare(a) for a in field.arguments))

    kept = []
    used: set[str] = set()
    for name, more in GRAPHQL.items():
        node = by_name[name]
        changes: dict[str, Any] = {}
        if getattr(node, "interfaces", None):
            changes["interfaces"] = tuple(i for i in node.interfaces if i.name.value in GRAPHQL)
        if isinstance(node, ast.EnumTypeDefinitionNode):
            changes["values"] = tuple(bare(v) for v in node.values)
        else:
            fields = tuple(
                bare_field(f)
                for f in node.fields
                if more is None
                or f.name.value in more
                or (named(f.type) in scalars and not getattr(f, "arguments", None))
            )
            changes["fields"] = fields
            used |= {named(f.type) for f in fields}
            used |= {named(a.type) for f in fields for a in getattr(f, "arguments", None) or ()}
        kept.append(bare(node, **changes))
    kept += [bare(by_name[n]) for n in sorted(used & scalars - standard)]
    kept.sort(key=lambda d: d.name.value)
    text = graphql.print_ast(ast.DocumentNode(definitions=tuple(kept)))
    graphql.build_schema(text)
    (HERE / "github.graphql").write_text(text + "\n")


class Types:
    """The interfaces of gitea-js, which swagger-typescript-api made from Gitea's own swagger."""

    def __init__(self, text: str):
        self.text = text
        self.kept: dict[str, Any] = {}

    def schema(self, written: str, form: str = "") -> Any:
        written = written.strip()
        if written.endswith("[]"):
            return {"type": "array", "items": self.schema(written[:-2].strip("()"))}
        if "|" in written:
            return {"anyOf": [self.schema(w.strip(), form) for w in written.split("|")]}
        if written[0] in "'\"":
            return {"const": written[1:-1]}
        if written == "number":
            return {"type": "integer" if form in ("int64", "int32", "uint64") else "number"}
        if written in ("string", "boolean"):
            return {"type": written, **({"format": form} if form == "date-time" else {})}
        if written in ("any", "object") or written.startswith("Record<"):
            return {} if written == "any" else {"type": "object"}
        self.keep(written)
        return {"$ref": f"#/components/schemas/{written}"}

    def keep(self, name: str) -> None:
        if name in self.kept:
            return
        alias = re.search(rf"^type {name} = (.*);$", self.text, re.M)
        if alias:
            self.kept[name] = self.schema(alias[1])
            return
        found = re.search(rf"^interface {name} {{\n(.*?)^}}", self.text, re.M | re.S)
        assert found, name
        self.kept[name] = {}
        self.kept[name].update(self.members(found[1]))

    def members(self, text: str, null: bool = True) -> dict[str, Any]:
        """`null`: what may be left out is often sent as null, as Go does of pointers."""
        properties: dict[str, Any] = {}
        required = []
        form = ""
        for line in text.split("\n"):
            said = re.search(r"@format ([\w-]+)", line)
            if said:
                form = said[1]
            found = re.match(r"\s+(\w+)(\??): (.*);$", line)
            if found:
                properties[found[1]] = self.schema(found[3], form)
                if found[2] and null:
                    properties[found[1]]["nullable"] = True
                required += [] if found[2] else [found[1]]
                form = ""
        made: dict[str, Any] = {"type": "object", "properties": properties}
        return {**made, "required": required} if required else made


def gitea(directory: pathlib.Path) -> None:
    text = member(directory, "gitea", "dist/index.d.ts")
    types = Types(text)
    paths: dict[str, Any] = {}
    for name in GITEA:
        found = re.search(
            r"@request (\w+):(\S+)\n(?:(?!\*/).)*\*/\s+" + name + r": \((.*?)\) => "
            r"Promise<HttpResponse<([^,]+), (?:any|void)>>;",
            text,
            re.S,
        )
        assert found, name
        method, path, arguments, reply = found.groups()
        parameters = [
            {
                "in": "path",
                "name": p,
                "required": True,
                "schema": {"type": "integer" if f"{p}: number" in arguments else "string"},
            }
            for p in re.findall(r"{(\w+)}", path)
        ]
        query = re.search(r"query\?: {\n(.*?)^\s+}", arguments, re.S | re.M)
        if query:
            parameters += [
                {"in": "query", "name": n, "schema": s}
                for n, s in types.members(query[1], False)["properties"].items()
            ]
        operation: dict[str, Any] = {"operationId": name, "parameters": parameters}
        body = re.search(r"body: (\w+)", arguments)
        if body:
            content = {"application/json": {"schema": types.schema(body[1])}}
            operation["requestBody"] = {"required": True, "content": content}
        status = "201" if method == "POST" else "200"
        content = {"application/json": {"schema": types.schema(reply)}}
        operation["responses"] = {status: {"content": content}}
        paths.setdefault(path, {})[method.lower()] = operation
    write("gitea.json", paths, {"schemas": types.kept})


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    for make in (github, sdl, gitea):
        make(pathlib.Path(sys.argv[1]))
