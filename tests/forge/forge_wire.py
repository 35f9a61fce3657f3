"""A request and a reply, as the server and its adapters of each forge pass them on."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Request:
    method: str
    path: str  # still percent-encoded; without the API's prefix, once routed
    query: list[tuple[str, str]]
    headers: dict[str, str]  # names in lower case
    data: bytes
    origin: str
    operation: str = "unknown"
    parts: dict[str, str] = field(default_factory=dict)  # of the path, by the template's names
    template: str = ""

    @property
    def body(self) -> Any:
        if not self.data:
            return None
        try:
            return json.loads(self.data)
        except ValueError:
            return self.data.decode(errors="replace")

    def asked(self, name: str, default: str) -> str:
        return dict(self.query).get(name, default)


@dataclass
class Reply:
    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    type: str = "application/json; charset=utf-8"


class Adapter:
    """What the forges with an OpenAPI description have alike."""

    prefix = ""
    description: Any = None
    words: dict[tuple[str, str], str] = {}  # (method, template) -> the model's operation

    def __init__(self, forge: Any):
        self.forge = forge

    def route(self, request: Request) -> None:
        if self.prefix and request.path.startswith(self.prefix + "/"):
            request.path = request.path[len(self.prefix) :]
        elif self.prefix:
            self.forge.wrong.append(f"{request.path} is not below {self.prefix}")
        found = self.description.find(request.method, request.path)
        if found:
            request.template, request.parts, _ = found
            request.operation = self.words.get((request.method, request.template), "unknown")

    def request_errors(self, request: Request) -> list[str]:
        wrong = self.description.request_errors(
            request.method, request.path, request.query, request.body, bool(request.data)
        )
        wrong += self.header_errors(request)
        if request.data and not request.headers.get("content-type", "").startswith(
            "application/json"
        ):
            wrong.append(f"{request.path}: a body that is not said to be JSON")
        if request.data and not isinstance(request.body, dict):
            wrong.append(f"{request.path}: a body that is no JSON object")
        return wrong

    def header_errors(self, request: Request) -> list[str]:
        wrong = [] if request.headers.get("user-agent") else ["no User-Agent"]
        text = request.headers.get("accept", "*/*")
        return wrong + ([] if "json" in text or "*/*" in text else [f"Accept: {text}"])

    def reply_errors(self, request: Request, reply: Reply) -> list[str]:
        return self.description.reply_errors(
            request.method, request.path, reply.status, reply.body
        )

    def made(self, request: Request, status: int, over: Any) -> Reply:
        """A reply of the published shape that says this."""
        schema = self.description.reply_schema(request.method, request.path, status)
        return Reply(status, self.description.example(schema, over))

    def failure(self, what: str, status: int, seconds: float) -> Reply:
        if what == "status":
            return Reply(status, {"message": "Server Error"})
        return Reply(429, {"message": "Too Many Requests"}, {"Retry-After": str(int(seconds))})

    def invalid(self) -> Reply:
        return Reply(422, {"message": "Validation Failed"})

    def answer(self, request: Request, user: Any) -> Reply:
        if user is None:
            return self.unknown_user(request)
        if not user.may_read or not self.is_ours(request):
            return self.not_found(request)
        do = getattr(self, f"do_{request.operation}", None)
        if do is None:
            return self.not_found(request)
        return do(request, user)

    def is_ours(self, request: Request) -> bool:
        raise NotImplementedError

    def unknown_user(self, request: Request) -> Reply:
        return Reply(401, {"message": "401 Unauthorized"})

    def not_found(self, request: Request) -> Reply:
        return Reply(404, {"message": "404 Not Found"})

    def pull(self, text: str) -> Any:
        return self.forge.pulls.get(int(text)) if text.isdigit() else None

    def comment(self, text: str) -> Any:
        return self.forge.find(int(text)) if text.isdigit() else None


def page(items: list[Any], number: int, size: int) -> tuple[list[Any], bool]:
    """A page, counted from 1, and whether there is another."""
    return items[(number - 1) * size : number * size], number * size < len(items)
