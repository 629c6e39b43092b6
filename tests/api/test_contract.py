"""The committed contract is what the service publishes, and it says what clients need."""

import json

import jsonschema_rs
import pytest

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


@pytest.mark.parametrize("name", _OPERATIONS)
def test_every_error_is_a_problem_document(name: str):
    answers = _OPERATIONS[name]["responses"].items()
    errors = {status: answer for status, answer in answers if int(status) >= 400}
    if name == "getReadiness":
        errors.pop("503")  # says which part is missing
    assert errors
    assert {tuple(answer["content"]) for answer in errors.values()} == {("application/problem+json",)}


@pytest.mark.parametrize("name", _OPERATIONS)
def test_every_operation_has_a_summary(name: str):
    assert _OPERATIONS[name]["summary"]


@pytest.mark.parametrize("name", _OPERATIONS)
def test_every_operation_has_an_example_of_what_goes_in_and_out(name: str):
    operation = _OPERATIONS[name]
    bodies = [operation["requestBody"]] if "requestBody" in operation else []
    bodies += [answer for status, answer in operation["responses"].items() if status.startswith("2")]
    contents = [each["content"]["application/json"] for each in bodies if "application/json" in each.get("content", {})]
    for content in contents:
        schema = {**content["schema"], "components": _DOCUMENT["components"]}
        jsonschema_rs.validate(schema, content["examples"]["usual"]["value"])


def test_what_is_answered_has_no_optional_members():
    problems = {"Problem", "CopyProblem", "PromotionProblem", "InvalidField"}
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
