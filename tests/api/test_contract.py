"""The committed contract is what the service publishes, and it says what clients need."""

import json

import jsonschema_rs

from api.main import described_app
from api.openapi import contract
from tests.support.service import CONTRACT, Json

_DOCUMENT = json.loads(CONTRACT.read_text())
_OPERATIONS = {
    operation["operationId"]: operation for path in _DOCUMENT["paths"].values() for operation in path.values()
}


def test_the_committed_contract_is_what_the_service_publishes():
    assert contract(described_app()) == _DOCUMENT


def test_operation_ids_are_unique():
    assert len(_OPERATIONS) == sum(len(path) for path in _DOCUMENT["paths"].values())


def test_every_error_is_a_problem_document():
    wrong = {}
    for name, operation in _OPERATIONS.items():
        errors = {status: answer for status, answer in operation["responses"].items() if int(status) >= 400}
        if name == "getReadiness":
            errors.pop("503")  # says which part is missing
        if name == "exchangeToken":
            errors.pop("400")  # RFC 6749 says how it looks
        types = {tuple(answer["content"]) for answer in errors.values()}
        if types != {("application/problem+json",)}:
            wrong[name] = types
    assert wrong == {}


def test_who_sends_a_body_may_hear_that_it_is_too_long_and_nobody_else():
    may = {name for name, operation in _OPERATIONS.items() if "413" in operation["responses"]}
    assert may == {name for name, operation in _OPERATIONS.items() if "requestBody" in operation}


def test_every_operation_has_a_summary():
    assert [name for name, operation in _OPERATIONS.items() if not operation["summary"]] == []


def test_every_response_says_what_it_holds():
    responses = [(name, answer) for name, each in _OPERATIONS.items() for answer in each["responses"].values()]
    assert [name for name, answer in responses if answer["description"] in {"", "Successful Response"}] == []


def test_every_tag_is_described_and_used():
    used = {tag for operation in _OPERATIONS.values() for tag in operation["tags"]}
    described = {tag["name"]: tag["description"] for tag in _DOCUMENT["tags"]}
    assert (set(described), [name for name, sentence in described.items() if not sentence]) == (used, [])


def test_no_two_types_share_a_name():
    """Else both are called by their modules, which renames what clients were generated from."""
    assert [name for name in _DOCUMENT["components"]["schemas"] if "__" in name or name.endswith("-Input")] == []


def test_every_type_is_described():
    schemas = _DOCUMENT["components"]["schemas"]
    assert [name for name, schema in schemas.items() if not schema.get("description")] == []


def test_every_operation_has_an_example_of_what_goes_in_and_out():
    wrong = {}
    for name, operation in _OPERATIONS.items():
        for content in _json_contents(operation):
            schema = {**content["schema"], "components": _DOCUMENT["components"]}
            try:
                jsonschema_rs.validate(schema, content["examples"]["usual"]["value"])
            except (KeyError, jsonschema_rs.ValidationError) as error:
                wrong[name] = repr(error)
    assert wrong == {}


def _json_contents(operation: Json) -> list[Json]:
    """What it is sent and what it answers where all is well."""
    bodies = [operation["requestBody"]] if "requestBody" in operation else []
    bodies += [answer for status, answer in operation["responses"].items() if status.startswith("2")]
    return [each["content"]["application/json"] for each in bodies if "application/json" in each.get("content", {})]


def test_what_is_answered_has_no_optional_members():
    problems = {each for each in _DOCUMENT["components"]["schemas"] if each.endswith("Problem")} | {"InvalidField"}
    asked = {name for name, schema in _DOCUMENT["components"]["schemas"].items() if _is_input(schema)}
    optional = {
        f"{name}.{member}"
        for name, schema in _DOCUMENT["components"]["schemas"].items()
        if name not in problems | asked
        for member in schema.get("properties", {})
        if member not in schema.get("required", [])
    }
    assert optional == set()


def _is_input(schema: Json) -> bool:
    return schema.get("additionalProperties") is False
