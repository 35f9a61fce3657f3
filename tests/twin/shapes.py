"""Replies against AWS's own service models, as botocore carries them: required members, types,
enumerations, patterns, lengths; a member that the model does not know is an error too.

`reply_errors(service, operation, reply)` names what is wrong, an empty list if nothing is."""

from __future__ import annotations

import functools
import json
import xml.etree.ElementTree as ElementTree
from typing import Any, Iterator

import botocore.session
import regex
import seed

# Codes that any operation may answer with: "Common errors" of the services' API references, and for
# JSON services the protocol's own (Smithy, AWS JSON 1.1 and restJson1).
COMMON = {
    "json": {
        "AccessDeniedException",
        "ExpiredTokenException",
        "IncompleteSignatureException",
        "InternalFailure",
        "InternalServerException",
        "InvalidSignatureException",
        "MissingAuthenticationTokenException",
        "OptInRequired",
        "RequestEntityTooLargeException",
        "RequestExpired",
        "SerializationException",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "ThrottlingException",
        "TooManyRequestsException",
        "UnknownOperationException",
        "UnrecognizedClientException",
        "ValidationException",
    },
    "query": {
        "AccessDenied",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InternalFailure",
        "InvalidAction",
        "InvalidClientTokenId",
        "MalformedInput",
        "MalformedQueryString",
        "MissingAction",
        "MissingAuthenticationToken",
        "MissingParameter",
        "InvalidParameterValue",
        "OptInRequired",
        "RequestEntityTooLarge",
        "RequestExpired",
        "ServiceUnavailable",
        "SignatureDoesNotMatch",
        "Throttling",
        "ValidationError",
    },
}
# Values that AWS's manual names and its model does not: "This data type can only have a value of
# Policy" (IAM API reference, AttachedPermissionsBoundary; the model's text says so too).
ALSO = {"PermissionsBoundaryAttachmentType": {"Policy"}}
# A fingerprint of sixteen bytes with colons between has 47 characters, as in the model's own examples.
LENGTHS = {"publicKeyFingerprintType": (47, 47)}
# A permission set without an inline policy answers with an empty text, which its own model does not
# admit.
EMPTY = {"PermissionSetPolicyDocument"}
# Botocore's names of services by those that requests are signed for, where the two differ.
MODELS = {"sso": "sso-admin"}
CONTENT = {
    "json": "application/x-amz-json-1.1",
    "rest-json": "application/json",
    "query": "text/xml",
}


@functools.cache
def session() -> botocore.session.Session:
    return botocore.session.get_session()


@functools.cache
def service_model(service: str) -> Any:
    return session().get_service_model(service)


@functools.cache
def operations(service: str) -> frozenset[str]:
    return frozenset(service_model(service).operation_names)


@functools.cache
def modelled_errors(service: str, operation: str) -> dict[str, Any]:
    """The operation's errors by the code that stands on the wire."""
    model = service_model(service).operation_model(operation)
    return {shape.metadata.get("error", {}).get("code", shape.name): shape for shape in model.error_shapes}


@functools.cache
def compiled(pattern: str) -> regex.Pattern[str]:
    return regex.compile(pattern)


def text_errors(shape: Any, value: str, path: str) -> Iterator[str]:
    if value == "" and shape.name in EMPTY:
        return
    if shape.enum and value not in {*shape.enum, *ALSO.get(shape.name, ())}:
        yield f"{path}: {value!r} is not one of {shape.enum}"
    least, most = LENGTHS.get(shape.name, (shape.metadata.get("min"), shape.metadata.get("max")))
    if least is not None and len(value) < least:
        yield f"{path}: {len(value)} characters, fewer than {least}"
    if most is not None and len(value) > most:
        yield f"{path}: {len(value)} characters, more than {most}"
    pattern = shape.metadata.get("pattern")
    if pattern and not compiled(pattern).fullmatch(value):
        yield f"{path}: {value!r} does not match {pattern}"


def length_errors(shape: Any, count: int, path: str) -> Iterator[str]:
    least, most = shape.metadata.get("min", 0), shape.metadata.get("max")
    if count < least or (most is not None and count > most):
        yield f"{path}: {count} elements, not {least} to {most}"


def member_errors(shape: Any, names: set[str], path: str, of: dict[str, Any]) -> Iterator[str]:
    """What is missing of a structure or not known to it; `of`: its members by their wire names."""
    for name in sorted(names - of.keys()):
        yield f"{path}/{name}: not a member of {shape.name}"
    wire = {id(member): name for name, member in of.items()}
    for name in shape.required_members:
        if wire[id(shape.members[name])] not in names:
            yield f"{path}/{name}: required by {shape.name}, and not there"


def wire_members(shape: Any) -> dict[str, Any]:
    return {m.serialization.get("name", name): m for name, m in shape.members.items()}


# JSON


def json_errors(shape: Any, value: Any, path: str = "") -> Iterator[str]:
    check = JSON_CHECKS.get(shape.type_name)
    if check is None:
        yield f"{path}: no check for the type {shape.type_name}"
    else:
        yield from check(shape, value, path)


def json_structure(shape: Any, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path}: {value!r} is no object"
        return
    members = wire_members(shape)
    yield from member_errors(shape, set(value), path, members)
    for name, item in value.items():
        if name in members:
            yield from json_errors(members[name], item, f"{path}/{name}")


def json_list(shape: Any, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{path}: {value!r} is no list"
        return
    yield from length_errors(shape, len(value), path)
    for k, item in enumerate(value):
        yield from json_errors(shape.member, item, f"{path}/{k}")


def json_map(shape: Any, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path}: {value!r} is no map"
        return
    for name, item in value.items():
        yield from json_errors(shape.key, name, f"{path}/{name}")
        yield from json_errors(shape.value, item, f"{path}/{name}")


def json_string(shape: Any, value: Any, path: str) -> Iterator[str]:
    if isinstance(value, str):
        yield from text_errors(shape, value, path)
    else:
        yield f"{path}: {value!r} is no string"


def json_number(shape: Any, value: Any, path: str) -> Iterator[str]:
    whole = shape.type_name in ("integer", "long")
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
        yield f"{path}: {value!r} is no {shape.type_name}"


def json_boolean(shape: Any, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, bool):
        yield f"{path}: {value!r} is no boolean"


def json_timestamp(shape: Any, value: Any, path: str) -> Iterator[str]:
    if shape.serialization.get("timestampFormat") != "iso8601":
        yield from json_number(shape, value, path)
    elif not isinstance(value, str) or not compiled(SCALARS["timestamp"]).fullmatch(value):
        yield f"{path}: {value!r} is no {shape.type_name}"


JSON_CHECKS = {
    "structure": json_structure,
    "list": json_list,
    "map": json_map,
    "string": json_string,
    "integer": json_number,
    "long": json_number,
    "timestamp": json_timestamp,
    "boolean": json_boolean,
}


# XML of the Query protocol


def local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def xml_errors(shape: Any, element: ElementTree.Element, path: str = "") -> Iterator[str]:
    if shape.type_name == "structure":
        yield from xml_structure(shape, list(element), path)
    elif shape.type_name == "list":
        yield from xml_list(shape, element, path)
    elif shape.type_name == "map":
        yield from xml_map(shape, element, path)
    elif len(element):
        yield f"{path}: elements where a {shape.type_name} belongs"
    else:
        yield from xml_scalar(shape, element.text or "", path)


def xml_structure(shape: Any, children: list[ElementTree.Element], path: str) -> Iterator[str]:
    members = wire_members(shape)
    names = [local(child) for child in children]
    for name in sorted({n for n in names if names.count(n) > 1}):
        yield f"{path}/{name}: more than once"
    yield from member_errors(shape, set(names), path, members)
    for child in children:
        if local(child) in members:
            yield from xml_errors(members[local(child)], child, f"{path}/{local(child)}")


def xml_list(shape: Any, element: ElementTree.Element, path: str) -> Iterator[str]:
    name = shape.member.serialization.get("name", "member")
    yield from length_errors(shape, len(element), path)
    for k, child in enumerate(element):
        if local(child) != name:
            yield f"{path}/{k}: {local(child)} in place of {name}"
        yield from xml_errors(shape.member, child, f"{path}/{k}")


def xml_map(shape: Any, element: ElementTree.Element, path: str) -> Iterator[str]:
    key, value = (s.serialization.get("name", n) for s, n in ((shape.key, "key"), (shape.value, "value")))
    for k, entry in enumerate(element):
        if local(entry) != "entry" or [local(child) for child in entry] != [key, value]:
            yield f"{path}/{k}: no entry of {key} and {value}"
            continue
        yield from xml_errors(shape.key, entry[0], f"{path}/{k}/{key}")
        yield from xml_errors(shape.value, entry[1], f"{path}/{k}/{value}")


SCALARS = {
    "blob": r"[A-Za-z0-9+/]*={0,2}",
    "boolean": r"true|false",
    "integer": r"-?\d+",
    "long": r"-?\d+",
    "timestamp": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z",
}


def xml_scalar(shape: Any, text: str, path: str) -> Iterator[str]:
    if shape.type_name == "string":
        yield from text_errors(shape, text, path)
    elif not compiled(SCALARS[shape.type_name]).fullmatch(text):
        yield f"{path}: {text!r} is no {shape.type_name}"


# Whole replies


def header(reply: Any, name: str) -> str:
    return next((v for k, v in reply.headers if k.lower() == name), "")


def query_errors(model: Any, reply: Any) -> Iterator[str]:
    root = ElementTree.fromstring(reply.body)
    space = model.service_model.metadata["xmlNamespace"]
    if root.tag != f"{{{space}}}{model.name}Response":
        yield f"the reply is {root.tag}, not {model.name}Response of {space}"
    names = [local(child) for child in root]
    output = model.output_shape
    wanted = [output.serialization["resultWrapper"]] if output else []
    if names != [*wanted, "ResponseMetadata"]:
        yield f"{model.name}Response holds {names}"
    elif not root[-1].findtext(f"{{{space}}}RequestId"):
        yield "ResponseMetadata without RequestId"
    elif output:
        yield from xml_structure(output, list(root[0]), "")


def success_errors(model: Any, protocol: str, reply: Any) -> Iterator[str]:
    if protocol == "query":
        yield from query_errors(model, reply)
    elif model.output_shape is not None:
        yield from json_errors(model.output_shape, json.loads(reply.body))
    elif reply.body not in (b"", b"{}"):
        yield f"a body where the model has none: {reply.body[:200]!r}"


def refusal_of(protocol: str, reply: Any) -> tuple[str, dict[str, Any]]:
    """The code and what else the error says."""
    if protocol == "query":
        root = ElementTree.fromstring(reply.body)
        if [local(child) for child in root] != ["Error", "RequestId"]:
            raise ValueError(f"{local(root)} holds {[local(child) for child in root]}")
        said = {local(child): child.text or "" for child in root[0]}
        if said.pop("Type", "") not in ("Sender", "Receiver"):
            raise ValueError("neither the sender's fault nor the receiver's")
        return said.pop("Code"), said
    said = json.loads(reply.body)
    code = str(said.pop("__type", "") or header(reply, "x-amzn-errortype"))
    return code.partition(":")[0].rpartition("#")[2], said


def error_errors(model: Any, protocol: str, reply: Any) -> Iterator[str]:
    service = model.service_model.service_name
    code, said = refusal_of(protocol, reply)
    modelled = modelled_errors(service, model.name)
    common = COMMON["query" if protocol == "query" else "json"]
    if code not in modelled and code not in common:
        yield f"{code}: not an error of {model.name}"
    shown = header(reply, "x-amzn-errortype").partition(":")[0]
    if protocol != "query" and shown != code:
        yield f"{code}: the header x-amzn-ErrorType says {shown!r}"
    if not 400 <= reply.status < 600:
        yield f"{code}: status {reply.status}"
    shape = modelled.get(code)
    # CloudTrail's model has errors without a member, for the message neither.
    if shape is None or not shape.members:
        if {name.lower() for name in said} - {"message"}:
            yield f"{code}: {sorted(said)} in an error that has a message only"
        return
    if protocol == "query":
        yield from member_errors(shape, set(said) - {"Message"}, code, wire_members(shape))
    else:
        yield from json_errors(shape, said, code)
    status = shape.metadata.get("error", {}).get("httpStatusCode")
    if status is not None and status != reply.status:
        yield f"{code}: status {reply.status}, where the model says {status}"


def reply_errors(service: str, operation: str, reply: Any) -> list[str]:
    """`reply`: status, headers (pairs), body. Unknown operations: the form of the error alone."""
    service = MODELS.get(service, service)
    if service not in seed.SERVICES or operation not in operations(service):
        return []
    model = service_model(service).operation_model(operation)
    protocol = model.service_model.metadata["protocol"]
    found = []
    try:
        if reply.status == 200:
            found += success_errors(model, protocol, reply)
        else:
            found += error_errors(model, protocol, reply)
    except (ValueError, KeyError, ElementTree.ParseError) as error:
        found.append(f"status {reply.status}: {error!r} in {reply.body[:200]!r}")
    kind = header(reply, "content-type").partition(";")[0]
    if reply.body and kind != CONTENT[protocol]:
        found.append(f"content type {kind!r}, not {CONTENT[protocol]}")
    if not header(reply, "x-amzn-requestid"):
        found.append("no x-amzn-RequestId")
    return found
