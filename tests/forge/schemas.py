"""Requests to a forge, and replies of the tests' own forge server, held against what the forges publish
(schemas/README.md says where each description comes from)."""

from __future__ import annotations

import functools
import json
import pathlib
import re
import urllib.parse
from typing import Any

import graphql
import jsonschema

SCHEMAS = pathlib.Path(__file__).parent / "schemas"
FORMATS = jsonschema.FormatChecker([])
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


@FORMATS.checks("date-time")
def is_time(value: Any) -> bool:
    return not isinstance(value, str) or bool(TIME.fullmatch(value))


@FORMATS.checks("uri")
def is_uri(value: Any) -> bool:
    return not isinstance(value, str) or bool(urllib.parse.urlsplit(value).scheme)


class Description:
    """An OpenAPI description: its operations by method and path, and what is wrong with a request
    or a reply."""

    def __init__(self, name: str):
        self.whole = json.loads((SCHEMAS / f"{name}.json").read_text())
        self.operations = []
        for template, methods in self.whole["paths"].items():
            pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template) + r"\Z")
            for method, operation in methods.items():
                self.operations.append((method.upper(), pattern, template, operation))

    def resolve(self, part: Any) -> Any:
        while isinstance(part, dict) and "$ref" in part:
            _, section, kind, name = part["$ref"].split("/")
            part = self.whole[section][kind][name]
        return part

    def find(self, method: str, path: str) -> tuple[str, dict[str, str], Any] | None:
        """The path is still percent-encoded: `%2F` is no separator. Template, parameters and
        operation."""
        for m, pattern, template, operation in self.operations:
            found = pattern.match(path)
            if m == method and found:
                parts = {k: urllib.parse.unquote(v) for k, v in found.groupdict().items()}
                return template, parts, operation
        return None

    @functools.cached_property
    def schemas(self) -> dict[str, Any]:
        return modern(self.whole["components"])

    def errors(self, schema: Any, value: Any, closed: bool = False) -> list[str]:
        schema = modern(schema)
        if closed and "properties" in schema:
            schema = {**schema, "additionalProperties": False}
        schema = {**schema, "components": self.schemas}
        checker = jsonschema.Draft202012Validator(schema, format_checker=FORMATS)
        return [f"{e.json_path}: {e.message[:300]}" for e in checker.iter_errors(value)]

    def request_errors(
        self, method: str, path: str, query: list[tuple[str, str]], body: Any, has_body: bool
    ) -> list[str]:
        found = self.find(method, path)
        if not found:
            return [f"{method} {path}: no such operation"]
        _, parts, operation = found
        parameters = [self.resolve(p) for p in operation.get("parameters", [])]
        schemas = {(p["in"], p["name"]): p["schema"] for p in parameters}
        given = [("path", k, v) for k, v in parts.items()] + [("query", k, v) for k, v in query]
        wrong = []
        for place, name, text in given:
            if (place, name) not in schemas:
                wrong.append(f"{place} parameter {name} is not known")
                continue
            schema = self.resolve(schemas[place, name])
            wrong += [f"parameter {name}{e[1:]}" for e in self.errors(schema, typed(schema, text))]
        wanted = {(p["in"], p["name"]) for p in parameters if p.get("required")}
        wrong += [f"{w} is missing" for w in sorted(wanted - {(p, n) for p, n, _ in given})]
        if len({n for n, _ in query}) != len(query):
            wrong.append("a query parameter is given twice")
        content = self.resolve(operation.get("requestBody"))
        if content:
            schema = self.resolve(content["content"]["application/json"]["schema"])
            wrong += self.errors(schema, body, closed=True) if has_body else ["the body is missing"]
        elif has_body:
            wrong.append("a body is sent that the operation does not take")
        return [f"{method} {path}: {w}" for w in wrong]

    def reply_schema(self, method: str, path: str, status: int) -> Any:
        found = self.find(method, path)
        reply = self.resolve(found[2]["responses"].get(str(status))) if found else None
        return reply and reply.get("content", {}).get("application/json", {}).get("schema")

    def reply_errors(self, method: str, path: str, status: int, body: Any) -> list[str]:
        """Statuses that a description does not name (GitHub's has no 401) are let pass."""
        schema = self.reply_schema(method, path, status)
        wrong = self.errors(schema, body) if schema else []
        return [f"reply {status} to {method} {path}: {w}" for w in wrong]

    def example(self, schema: Any, over: Any = None) -> Any:
        """The least value that the schema takes, with these members in it."""
        schema = self.resolve(schema)
        if isinstance(over, list):
            return [self.example(schema.get("items", {}), item) for item in over]
        if over is not None and not isinstance(over, dict):
            return over
        if over is None and schema.get("nullable"):
            return None
        for union in ("anyOf", "oneOf", "allOf"):
            if union in schema and "properties" not in schema:
                options = [self.resolve(o) for o in schema[union]]
                objects = [o for o in options if o.get("type") == "object"]
                fits = objects if isinstance(over, dict) and objects else options
                return self.example(fits[0], over)
        if "enum" in schema:
            return schema["enum"][0]
        kind = schema.get("type", "object")
        if kind == "object":
            properties = schema.get("properties", {})
            names = list(dict.fromkeys([*schema.get("required", []), *(over or {})]))
            unset = object()
            made = {}
            for name in names:
                value = (over or {}).get(name, unset)
                part = properties.get(name, {})
                explicit = value is None
                made[name] = None if explicit else self.example(part, None if value is unset else value)
            return made
        if kind == "string":
            form = schema.get("format")
            return {"date-time": "2026-01-01T00:00:00Z", "uri": "https://forge.example"}.get(form, "x")
        return {"integer": 1, "number": 1, "boolean": False, "array": []}[kind]


def modern(value: Any) -> Any:
    """OpenAPI 3.0's `nullable` in the words of JSON Schema."""
    if isinstance(value, list):
        return [modern(v) for v in value]
    if not isinstance(value, dict):
        return value
    made = {k: modern(v) for k, v in value.items() if k != "nullable"}
    return {"anyOf": [made, {"type": "null"}]} if value.get("nullable") is True else made


def typed(schema: Any, text: str) -> Any:
    """What a path or a query says, as the type that it should be: else as text, which is wrong."""
    kind = schema.get("type")
    if kind in ("integer", "number") and re.fullmatch(r"-?\d+", text):
        return int(text)
    if kind == "boolean" and text in ("true", "false"):
        return text == "true"
    return text


@functools.cache
def description(name: str) -> Description:
    return Description(name)


@functools.cache
def graph() -> graphql.GraphQLSchema:
    return graphql.build_schema((SCHEMAS / "github.graphql").read_text())


def graph_errors(body: Any) -> list[str]:
    """Of a GraphQL request: document, operation and variables."""
    if not isinstance(body, dict) or not isinstance(body.get("query"), str):
        return ["graphql: the body has no query"]
    wrong = [f"graphql: member {m}" for m in set(body) - {"query", "variables", "operationName"}]
    try:
        document = graphql.parse(body["query"])
    except graphql.GraphQLError as error:
        return [*wrong, f"graphql: {error.message}"]
    return wrong + [f"graphql: {e.message}" for e in graphql.validate(graph(), document)]


@functools.cache
def codecommit() -> Any:
    import botocore.session

    return botocore.session.get_session().get_service_model("codecommit")


def aws_errors(shape: Any, value: Any, where: str = "$") -> list[str]:
    """A value of JSON 1.1 beside its shape in botocore's model."""
    kind = shape.type_name
    if kind == "structure":
        if not isinstance(value, dict):
            return [f"{where}: not an object"]
        wrong = [f"{where}.{n} is missing" for n in shape.required_members if n not in value]
        for name, part in value.items():
            if name not in shape.members:
                wrong.append(f"{where}.{name} is not known")
            else:
                wrong += aws_errors(shape.members[name], part, f"{where}.{name}")
        return wrong
    if kind == "list":
        if not isinstance(value, list):
            return [f"{where}: not a list"]
        return [e for i, v in enumerate(value) for e in aws_errors(shape.member, v, f"{where}[{i}]")]
    if kind == "map":
        if not isinstance(value, dict):
            return [f"{where}: not a map"]
        return [e for k, v in value.items() for e in aws_errors(shape.value, v, f"{where}.{k}")]
    types = {"blob": str, "string": str, "boolean": bool, "integer": int, "long": int, "timestamp": (int, float)}
    if not isinstance(value, types[kind]):
        return [f"{where}: {value!r} is no {kind}"]
    if kind == "string" and shape.enum and value not in shape.enum:
        return [f"{where}: {value!r} is none of {shape.enum}"]
    return []
