"""Parses and matches label and field selectors."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.errors import bad_request
from sandbox.kinds import formats
from sandbox.resources import Resource
from sandbox.store import Object

Matches = Callable[[Object], bool]

_TOKEN = re.compile(r"\s*(==|!=|=|!|\(|\)|,|<|>|[^\s=!(),<>]+)")
_LABEL_OPERATORS = {"=", "==", "!=", "in", "notin", ">", "<"}

_FIELDS: Mapping[tuple[str, str], frozenset[str]] = {
    ("", "pods"): frozenset(
        {
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "status.phase",
            "status.podIP",
        }
    ),
    ("", "events"): frozenset(
        {
            f"involvedObject.{p}"
            for p in ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")
        }
        | {"reason", "reportingComponent", "source", "type"}
    ),
    ("", "secrets"): frozenset({"type"}),
    ("", "namespaces"): frozenset({"status.phase"}),
    ("", "nodes"): frozenset({"spec.unschedulable"}),
    ("apps", "replicasets"): frozenset({"status.replicas"}),
    ("batch", "jobs"): frozenset({"status.successful"}),
}


def everything(_: Object) -> bool:
    return True


def compile_selectors(resource: Resource, labels: str, fields: str) -> Matches:
    """One test for both selectors of a request. Raises `StatusError` 400."""
    tests: list[Matches] = []
    if labels.strip():
        tests += [_on_labels(requirement) for requirement in _requirements(labels)]
    if fields.strip():
        tests += _field_tests(resource, fields)
    if not tests:
        return everything
    return tests[0] if len(tests) == 1 else lambda obj: all(test(obj) for test in tests)


# Labels -------------------------------------------------------------------------------------------------------


def _expected(found: str, expected: str) -> Exception:
    return bad_request(f"unable to parse requirement: found '{found}', expected: {expected}")


def _requirements(text: str) -> list[tuple[str, str, frozenset[str]]]:
    """Key, operator (in, notin, exists, absent, >, <) and values of each part of a selector."""
    tokens = _TOKEN.findall(text)
    out: list[tuple[str, str, frozenset[str]]] = []
    at = 0

    def peek() -> str:
        return tokens[at] if at < len(tokens) else ""

    while at < len(tokens):
        negated = peek() == "!"
        at += negated
        key = peek()
        if not key or not re.match(r"[^=!(),<>]", key):
            raise _expected(key, "identifier")
        if problem := formats.qualified_name(key):
            raise bad_request(f'unable to parse requirement: <nil>: Invalid value: "{key}": {problem}')
        at += 1
        operator = peek()
        if negated or operator in {"", ","}:
            out.append((key, "absent" if negated else "exists", frozenset()))
        elif operator in _LABEL_OPERATORS:
            at += 1
            values, used = _values(tokens[at:], in_parentheses=operator in {"in", "notin"})
            if operator in {">", "<"} and not next(iter(values)).lstrip("+-").isdecimal():
                raise bad_request("unable to parse requirement: for 'Gt', 'Lt' operators, the value must be an integer")
            at += used
            out.append((key, {"=": "in", "==": "in", "!=": "notin"}.get(operator, operator), values))
        else:
            raise _expected(operator, "in, notin, =, ==, !=, gt, lt")
        if peek() not in {"", ","}:
            raise _expected(peek(), "',' or 'end of string'")
        if peek() == "," and at == len(tokens) - 1:
            raise _expected("", "identifier after ','")
        at += 1
    return out


def _values(tokens: list[str], *, in_parentheses: bool) -> tuple[frozenset[str], int]:
    """The values that follow an operator and how many tokens they took."""
    first = tokens[0] if tokens else ""
    if not in_parentheses:
        if first in {"", ","}:
            return frozenset({""}), 0
        if not re.match(r"[^=!(),<>]", first):
            raise _expected(first, "identifier")
        _check_value(first)
        return frozenset({first}), 1
    if first != "(":
        raise _expected(first, "'('")
    if ")" not in tokens:
        raise _expected("", "',', ')' or identifier")
    end = tokens.index(")")
    values = frozenset(t for t in tokens[1:end] if t != ",") or frozenset({""})
    for value in values:
        _check_value(value)
    return values, end + 1


def _check_value(value: str) -> None:
    if problem := formats.label_value(value):
        raise bad_request(f'unable to parse requirement: values[0][]: Invalid value: "{value}": {problem}')


def _on_labels(requirement: tuple[str, str, frozenset[str]]) -> Matches:
    key, operator, values = requirement

    def test(obj: Object) -> bool:
        value = (obj["metadata"].get("labels") or {}).get(key)
        match operator:
            case "in":
                return value in values
            case "notin":
                return value not in values
            case "exists":
                return value is not None
            case "absent":
                return value is None
            case _:
                bound = next(iter(values))
                if value is None or not value.lstrip("-").isdecimal() or not bound.lstrip("-").isdecimal():
                    return False
                return int(value) > int(bound) if operator == ">" else int(value) < int(bound)

    return test


# Fields -------------------------------------------------------------------------------------------------------


def _field_tests(resource: Resource, text: str) -> list[Matches]:
    allowed = _FIELDS.get((resource.group, resource.plural), frozenset()) | {"metadata.name", "metadata.namespace"}
    tests: list[Matches] = []
    for part in text.split(","):
        match = re.fullmatch(r"([^=!]+)(==|!=|=)(.*)", part.strip())
        if not match:
            raise bad_request(f"invalid selector: '{text}'; can't understand '{part}'")
        path, operator, value = match[1], match[2], match[3]
        if path not in allowed:
            raise bad_request(
                f'Unable to find "{resource.group}/{resource.version}, Resource={resource.plural}" that match label '
                f'selector "", field selector "{text}": field label not supported: {path}'
            )
        tests.append(_on_field(path, value, negated=operator == "!="))
    return tests


def _on_field(path: str, value: str, *, negated: bool) -> Matches:
    steps = {"status.successful": ["status", "succeeded"], "source": ["source", "component"]}.get(path, path.split("."))

    def test(obj: Object) -> bool:
        found: Any = obj
        for step in steps:
            found = found.get(step) if isinstance(found, dict) else None
        text = "" if found is None else str(found).lower() if isinstance(found, bool) else str(found)
        if path in {"status.replicas", "status.successful"}:
            text = text or "0"
        return (text == value) is not negated

    return test
