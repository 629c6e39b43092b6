"""Mapping error answers to errors, without secrets in their texts."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from domain.resources import Kind
from services.kube.errors import (
    AccessDeniedError,
    AdmissionDeniedError,
    AlreadyExistsError,
    Cause,
    ClusterBusyError,
    ClusterError,
    CredentialRefusedError,
    FieldConflictError,
    InvalidObjectError,
    KindNotServedError,
    NamespaceMissingError,
    NamespaceTerminatingError,
    PatchTestFailedError,
    QuotaExceededError,
    ResourceGoneError,
    WatchExpiredError,
    WriteConflictError,
)
from services.kube.requests import Answer, BodyType, Repeat, Request
from services.kube.responses import error_of_answer
from tests.support.fake_api_server import status

TAPES = Path(__file__).parents[2] / "conformance" / "tapes"
SECRET = Kind.of("v1", "Secret")
DEPLOYMENT = Kind.of("apps/v1", "Deployment")
CANARY = "hunter2-canary"


def asked(kind: Kind | None = DEPLOYMENT, **more: Any) -> Request:
    given = {"verb": "apply", "method": "PATCH", "path": "/x", "repeat": Repeat.IDEMPOTENT, "name": "web"}
    return Request(**{**given, "namespace": "shop", "body_type": BodyType.APPLY, "kind": kind, **more})


def error_for(code: int, body: Any, request: Request | None = None) -> ClusterError:
    raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return error_of_answer(Answer(status=code, headers={}, body=raw), request or asked(), cluster="dev")


def recorded(tape: str, word: str) -> tuple[int, Any, Request]:
    """The first refusal on a tape whose message has the word, with the request that it was given to."""
    for step in json.loads((TAPES / f"{tape}.json").read_text())["steps"]:
        response = step.get("response") or {}
        body = response.get("body")
        if response.get("status", 0) >= 400 and word in json.dumps(body, ensure_ascii=False):
            request = step["request"]
            parts = request["path"].split("?")[0].split("/")
            namespace = parts[parts.index("namespaces") + 1] if "namespaces" in parts[:-1] else None
            types = {t.value: t for t in BodyType}
            body_type = types.get(request.get("content_type") or "", BodyType.JSON)
            kind = {"secrets": SECRET}.get(parts[-1] if parts[-1] == "secrets" else parts[-2], DEPLOYMENT)
            return (
                response["status"],
                body,
                asked(kind, namespace=namespace, body=request.get("body"), body_type=body_type),
            )
    raise LookupError(word)


@pytest.mark.parametrize(
    ("tape", "word", "kind"),
    [
        ("access", "system:anonymous", CredentialRefusedError),
        ("access", "Unauthorized", CredentialRefusedError),
        ("access", "limited", AccessDeniedError),
        ("access", "404 page not found", KindNotServedError),
        ("access", "could not find the requested resource", KindNotServedError),
        ("access", "MethodNotAllowed", KindNotServedError),
        ("configmaps", "AlreadyExists", AlreadyExistsError),
        ("configmaps", 'configmaps \\"zz\\" not found', ResourceGoneError),
        ("configmaps", "has been modified", WriteConflictError),
        ("configmaps", "does not match the name on the URL", InvalidObjectError),
        ("configmaps", "Bad_Name", InvalidObjectError),
        ("configmaps", "cannot unmarshal number", InvalidObjectError),
        ("configmaps", "unknown field", InvalidObjectError),
        ("configmaps", 'namespaces \\"nope\\" not found', NamespaceMissingError),
        ("configmaps", "field is immutable when", InvalidObjectError),
        ("image-patches", "error in our request", PatchTestFailedError),
        ("limits-live", "exceeded quota", QuotaExceededError),
        ("limits-live", "being terminated", NamespaceTerminatingError),
        ("limits-live", "cannot patch resource", AccessDeniedError),
        ("secrets", "illegal base64", InvalidObjectError),
        ("server-side-apply", "Apply failed with 1 conflict", FieldConflictError),
        ("server-side-apply", "field not declared in schema", InvalidObjectError),
        ("server-side-apply", "duplicate entries", InvalidObjectError),
        ("server-side-apply", "expected numeric", InvalidObjectError),
    ],
)
def test_a_recorded_refusal_is_told_from_the_others(tape: str, word: str, kind: type[ClusterError]):
    code, body, request = recorded(tape, word)
    assert type(error_for(code, body, request)) is kind


@pytest.mark.parametrize(
    ("code", "body", "kind"),
    [
        (410, status(410, "Expired", "too old resource version"), WatchExpiredError),
        (429, status(429, "TooManyRequests", "slow down"), ClusterBusyError),
        (502, "<html>Bad Gateway</html>", ClusterBusyError),
        (504, status(504, "Timeout"), ClusterBusyError),
        (500, status(500, "InternalError", 'failed calling webhook "a.example": timeout'), ClusterBusyError),
        (403, "<html>Forbidden by the proxy</html>", AccessDeniedError),
        (413, "too large", InvalidObjectError),
        (415, status(415, "UnsupportedMediaType", "in an unknown format"), InvalidObjectError),
        (302, "", ClusterError),
        (418, "", ClusterError),
        (403, status(403, "Forbidden", 'pods "x" is forbidden: violates PodSecurity "r": no'), AdmissionDeniedError),
        (400, status(400, "BadRequest", 'admission webhook "a.example" denied the request: no'), AdmissionDeniedError),
        (
            400,
            status(400, "BadRequest", 'admission webhook "a.example" does not support dry run'),
            AdmissionDeniedError,
        ),
        (
            422,
            status(422, "Invalid", "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no"),
            AdmissionDeniedError,
        ),
        (403, status(403, "Forbidden", "user is attempting to grant RBAC permissions not held"), AccessDeniedError),
        (403, status(403, "Forbidden", "x is forbidden: failed quota: q: must specify cpu"), QuotaExceededError),
    ],
)
def test_a_refusal_of_other_servers_is_told_too(code: int, body: Any, kind: type[ClusterError]):
    assert type(error_for(code, body)) is kind


def test_a_missing_right_is_named():
    code, body, request = recorded("access", "limited")
    assert error_for(code, body, request).detail == 'The credential may not list secrets in the namespace "default".'


def test_a_conflict_names_each_field_and_its_owner():
    code, body, request = recorded("server-side-apply", "Apply failed with 1 conflict")
    assert error_for(code, body, request).causes == (
        Cause(
            field='.spec.template.spec.containers[name="web"].image',
            reason="FieldManagerConflict",
            message='conflict with "stagecoach"',
        ),
    )


def test_an_undeclared_field_is_named():
    code, body, request = recorded("server-side-apply", "field not declared")
    assert error_for(code, body, request).causes[0].field == ".spec.replica"


def test_an_invalid_field_is_named_with_its_reason():
    code, body, request = recorded("workload-kinds", "whenever")
    causes = error_for(code, body, request).causes
    assert causes[0].field == "spec.schedule"
    assert causes[0].message.startswith("expected exactly 5 fields")


def test_a_used_up_quota_is_described():
    code, body, request = recorded("limits-live", "exceeded quota")
    assert "used: configmaps=2, limited: configmaps=2" in error_for(code, body, request).detail


def test_a_denying_webhook_is_quoted():
    error = error_for(403, status(403, "Forbidden", 'admission webhook "a.example" denied the request: no latest tag'))
    assert error.detail == "The admission webhook 'a.example' refused to apply Deployment web in shop: no latest tag"


def said(error: ClusterError) -> str:
    """Everything that could be shown, logged or stored of an error."""
    return f"{error!r} {error} {error.detail} {error.members()} {error.causes} {error.reason}"


ENCODED = base64.b64encode(CANARY.encode()).decode()
OF_A_SECRET = [
    status(422, "Invalid", f'Secret "s" is invalid: data[k]: Invalid value: "{CANARY}": bad', causes=[
        {"reason": "FieldValueInvalid", "field": "data[k]", "message": f'Invalid value: "{CANARY}": bad {CANARY[:5]}'}
    ]),
    status(400, "BadRequest", f'found in #10 byte of ...|:{{"k":"{CANARY[:9]}|..., bigger context ...|{ENCODED}|'),
    status(400, "BadRequest", f"invalid character 'h' in {CANARY}"),
    status(403, "Forbidden", f'admission webhook "a.example" denied the request: found {CANARY[:6]}'),
    status(403, "Forbidden", f'secrets "s" is forbidden: {CANARY}'),
    status(403, "Forbidden", f'secrets "s" is forbidden: exceeded quota: q, {CANARY}'),
    status(409, "Conflict", f"Apply failed: {CANARY}", causes=[
        {"reason": "FieldManagerConflict", "field": ".data.k", "message": f'conflict with "kubectl": {CANARY}'}
    ]),
    status(500, "", f"failed to create typed patch object: .data.k: expected string, got &value{{Value:{CANARY}}}"),
    status(500, "InternalError", f'failed calling webhook "a.example": {CANARY}'),
    status(422, f"Reason {CANARY}", CANARY),
]  # fmt: skip


@pytest.mark.parametrize("body", OF_A_SECRET)
def test_nothing_of_a_secret_is_passed_on(body: dict[str, Any]):
    request = asked(SECRET, name="s", body={"data": {"k": ENCODED}, "stringData": {"k": CANARY}})
    shown = said(error_for(body["code"], body, request))
    assert CANARY[:5] not in shown
    assert ENCODED not in shown


def test_a_secrets_field_is_named_all_the_same():
    error = error_for(422, OF_A_SECRET[0], asked(SECRET, name="s"))
    assert error.causes == (Cause(field="data[k]", reason="FieldValueInvalid", message="the value is not valid"),)


def test_a_fixed_text_is_kept_for_a_secret_too():
    code, body, request = recorded("secrets", "field is immutable")
    assert error_for(code, body, request).causes[0].message == "field is immutable"


def environment(value: Any) -> dict[str, Any]:
    container = {"name": "c", "env": [{"name": "PASSWORD", "value": value}], "args": [f"--password={value}"]}
    return {"metadata": {"annotations": {"note": value}}, "spec": {"template": {"spec": {"containers": [container]}}}}


OF_A_WORKLOAD = [
    status(422, "Invalid", f"Deployment is invalid: {CANARY}", causes=[
        {"reason": "FieldValueInvalid", "field": "spec.x", "message": f'Invalid value: "{CANARY}": not {CANARY}'}
    ]),
    status(422, "Invalid", "Deployment is invalid", causes=[
        {"reason": "FieldValueDuplicate", "field": "spec.x", "message": f'Duplicate value: {{"value":"{CANARY}"}}'}
    ]),
    status(422, "Invalid", "Deployment is invalid", causes=[
        {"reason": "FieldValueInvalid", "field": "spec.x", "message": f"Invalid value: v1.EnvVar{{Value:{CANARY}}}"}
    ]),
    status(403, "Forbidden", f'admission webhook "a.example" denied the request: PASSWORD={CANARY} is weak'),
    status(403, "Forbidden", f'admission webhook "a.example" denied the request: {ENCODED}'),
    status(403, "Forbidden", f'pods "x" is forbidden: {CANARY}'),
    status(400, "BadRequest", f'error found in #10 byte of ...|"value":"{CANARY[:9]}|...'),
    status(500, "", f'failed to create typed patch object: .spec.env[name="P"].value: expected string, got {CANARY}'),
]  # fmt: skip


@pytest.mark.parametrize("body", OF_A_WORKLOAD)
def test_a_workloads_environment_is_not_passed_on(body: dict[str, Any]):
    shown = said(error_for(body["code"], body, asked(body=environment(CANARY))))
    assert CANARY[:9] not in shown
    assert ENCODED not in shown


def test_a_number_in_the_environment_is_not_passed_on():
    message = (
        'failed to create typed patch object (shop/web; apps/v1, Kind=Deployment): .spec.env[name="PIN"].value: '
        "expected string, got &value.valueUnstructured{Value:90210}"
    )
    error = error_for(500, status(500, "", message), asked(body=environment(90210)))
    assert "90210" not in said(error)
    assert error.causes[0] == Cause(
        field='.spec.env[name="PIN"].value', reason="FieldValueInvalid", message="expected string"
    )


_RUN_AS_USER = "PodSecurityContext.spec.template.spec.securityContext.runAsUser"
_UNREADABLE = 'Deployment in version "v1" cannot be handled as a Deployment: '


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (
            f"{_UNREADABLE}json: cannot unmarshal number 1000660.0 into Go struct field {_RUN_AS_USER} of type int64",
            f"cannot unmarshal number into Go struct field {_RUN_AS_USER} of type int64.",
        ),
        (
            _UNREADABLE + "quantities must match the regular expression '^([+-]?[0-9.]+)'",
            "BadRequest (400): quantities must match the regular expression '^([+-]?[0-9.]+)'.",
        ),
        (_UNREADABLE + "no kind is registered", "BadRequest (400): no kind is registered."),
        ("unable to parse requirement", "BadRequest (400): unable to parse requirement."),
        ("", "BadRequest (400)."),
    ],
)
def test_a_refusal_of_what_cannot_be_read_has_the_servers_reason(message: str, reason: str):
    error = error_for(400, status(400, "BadRequest", message), asked(body=environment(CANARY)))
    assert error.detail == f"The cluster refused to apply Deployment web in shop: {reason}"


@pytest.mark.parametrize(
    "message",
    [
        f"json: cannot unmarshal number {CANARY} into Go struct field EnvVar.value of type string",
        f'odd; error found in #10 byte of ...|"value":"{CANARY[:9]}|..., bigger context ...|{CANARY[:9]}',
        f'parsing time "{CANARY[:9]}" as "2006"',
        f"the value {CANARY} is odd",
    ],
)
def test_the_reason_of_what_cannot_be_read_quotes_nothing(message: str):
    shown = said(error_for(400, status(400, "BadRequest", message), asked(body=environment(CANARY))))
    assert CANARY[:9] not in shown


def test_a_short_value_is_hidden_as_a_word_and_not_inside_other_words():
    denied = status(403, "Forbidden", 'admission webhook "a.example" denied the request: no, PIN=no is not enough')
    assert error_for(403, denied, asked(body=environment("no"))).detail.endswith(
        ": [hidden], PIN=[hidden] is not enough"
    )


def test_the_object_of_an_error_enters_the_problem_document_under_the_contracts_names():
    error = error_for(403, status(403, "Forbidden", "deployments.apps is forbidden"))
    assert error.members() == {
        "cluster": error.cluster,
        "resource": "apps/v1/Deployment/web",
        "resource_ref": {"api_version": "apps/v1", "kind": "Deployment", "name": "web"},
    }
    assert ClusterError("It is away.", cluster="eu").members() == {"cluster": "eu"}
