"""Maps an API server's error answers to `ClusterError`s. Pure.

The status code alone does not say what happened: a 403 may be a missing right, an exhausted quota, a terminating
namespace or an admission policy; a 500 of an apply may be the object's fault. The shapes below are those of Kubernetes
1.36 (recorded in tests/conformance/tapes) and of servers some years older. Texts pass through `safe_text`.
"""

import re
from dataclasses import dataclass
from typing import Any

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
from services.kube.requests import Answer, BodyType, Request
from services.kube.safe_text import field_cause, redacted, safe_field, safe_reason, secret_cause

_SECRET = Kind(group="", version="v1", name="Secret")

_WEBHOOK_DENIED = re.compile(r'admission webhook "([^"]{1,253})" (denied the request|does not support dry run)')
_WEBHOOK_FAILED = re.compile(r'failed calling webhook "([^"]{1,253})"')
_POLICY_DENIED = re.compile(r"ValidatingAdmissionPolicy '([^']{1,253})'.{0,300}denied request", re.DOTALL)
_QUOTA = re.compile(r"(exceeded|failed) quota: .*", re.DOTALL)
_RIGHT = re.compile(
    r'User "[^"]*" cannot (\S+) resource "([^"]+)" in API group "([^"]*)"'
    r'( in the namespace "[^"]+"| at the cluster scope)?'
)
_CONFLICT_OWNER = re.compile(r'conflict with "([^"]{1,200})"')
# What may be quoted of decoding errors and of apply's 500s: names of fields and types, never values.
_DECODING = (
    re.compile(r'unknown field "[^"]{1,300}"'),
    re.compile(r'duplicate field "[^"]{1,300}"'),
    re.compile(r"cannot unmarshal \w+ into Go (?:struct field|value) [\w.\[\]*/]+ of type [\w.\[\]*/]+"),
    re.compile(r"illegal base64 data at input byte \d+"),
    re.compile(r"metadata\.managedFields must be nil"),
    re.compile(r"the name of the object \([^)\s]{0,253}\) does not match the name on the URL \([^)\s]{0,253}\)"),
    re.compile(r"the namespace of the provided object does not match the namespace sent on the request"),
)
# A number that does not fit its field may be a password that somebody wrote without quotes.
_NUMBER = re.compile(r"(?<=cannot unmarshal )number \S+(?= into )")
_PREFIX = re.compile(r'^.{0,300}? in version "[^"]{1,100}" cannot be handled as an? \w{1,100}: ', re.DOTALL)
# Where decoders begin to quote the body: a piece of it, which no search for whole values finds.
_QUOTED_PIECE = re.compile(
    r"error found in #|, ?bigger context|found in #\d|invalid character|parsing time|looking for"
)
_TYPED_PATCH = re.compile(
    r"(?P<field>\.[\w.\-/\[\]=\"~]{1,300}?): "
    r"(?P<why>field not declared in schema|duplicate entries for key|expected \w+(?: \([^)]{1,60}\))?)"
)


@dataclass(frozen=True, kw_only=True)
class _Status:
    """The parts of a `Status` object; all empty where the body is not one."""

    code: int
    reason: str | None
    message: str
    kind: str
    name: str
    causes: tuple[dict[str, Any], ...]
    is_status: bool


def error_of_answer(answer: Answer, request: Request, *, cluster: str) -> ClusterError:
    """The error for an answer whose status is not 2xx."""
    return error_of_status(answer.status, answer.json_object(), request, cluster=cluster)


def error_of_status(code: int, body: dict[str, Any] | None, request: Request, *, cluster: str) -> ClusterError:
    """As `error_of_answer`, for a `Status` inside another object (a watch's ERROR event)."""
    return _Refusal(_status(code, body), request, cluster).error()


def warnings_of(answer: Answer, request: Request) -> tuple[str, ...]:
    """The warnings of a successful answer, with secrets redacted; none for a Secret."""
    if request.kind == _SECRET:
        return ()
    return tuple(redacted(text, sent=request.body) for text in answer.warnings)


def not_an_api_server(request: Request, *, cluster: str, status: int) -> ClusterError:
    """The error for a 2xx whose body is not a JSON object."""
    return ClusterError(
        f"The answer to the request to {_what(request)} is not an API server's, or is nested too deeply. Check for a "
        "proxy in between.",
        cluster=cluster,
        resource=request.resource,
        status=status,
    )


def _status(code: int, body: dict[str, Any] | None) -> _Status:
    is_status = body is not None and body.get("kind") == "Status"
    found = body if body is not None and is_status else {}
    details = found.get("details")
    details = details if isinstance(details, dict) else {}
    causes = details.get("causes")
    return _Status(
        code=code,
        reason=safe_reason(found.get("reason")),
        message=str(found.get("message") or ""),
        kind=str(details.get("kind") or ""),
        name=str(details.get("name") or ""),
        causes=tuple(c for c in causes if isinstance(c, dict)) if isinstance(causes, list) else (),
        is_status=is_status,
    )


def _what(request: Request) -> str:
    """`apply Secret db in shop`: the request, for the texts of errors."""
    words = [request.verb, request.kind.name if request.kind else request.path]
    if request.name:
        words.append(request.name)
    if request.namespace:
        words.append(f"in {request.namespace}")
    return " ".join(words)


class _Refusal:
    """Builds the error for one refused request."""

    def __init__(self, status: _Status, request: Request, cluster: str) -> None:
        self.status = status
        self.request = request
        self.cluster = cluster
        self.secret = request.kind is not None and (request.kind.group, request.kind.name) == ("", _SECRET.name)
        self.what = _what(request)

    def error(self) -> ClusterError:
        denied = self._admission()
        if denied is not None:
            return denied
        code = self.status.code
        make = {
            400: self._refused_object,
            401: self._unauthorized,
            403: self._forbidden,
            404: self._not_found,
            405: self._not_allowed,
            406: self._refused_object,
            409: self._conflict,
            410: self._expired,
            413: self._refused_object,
            415: self._refused_object,
            422: self._refused_object,
            429: self._busy,
        }.get(code)
        if make is not None:
            return make()
        if code >= 500:
            return self._broken()
        redirect = ": a redirect, which Stagecoach does not follow." if 300 <= code <= 399 else "."
        return self._make(ClusterError, f"The API server answered {code} to the request to {self.what}{redirect}")

    def _unauthorized(self) -> ClusterError:
        return self._make(CredentialRefusedError, "The API server does not accept the credential.")

    def _not_allowed(self) -> ClusterError:
        return self._make(KindNotServedError, f"The cluster does not support to {self.what} (405).")

    def _expired(self) -> ClusterError:
        return self._make(WatchExpiredError, "The resource version to continue from is too old.")

    def _busy(self) -> ClusterError:
        return self._make(ClusterBusyError, "The API server is overloaded and asks to retry later (429).")

    def _make(self, kind: type[ClusterError], detail: str, *, causes: tuple[Cause, ...] = ()) -> ClusterError:
        return kind(
            detail,
            cluster=self.cluster,
            resource=self.request.resource,
            status=self.status.code,
            reason=self.status.reason,
            causes=causes,
        )

    def _text(self, message: str) -> str:
        return redacted(message, sent=self.request.body)

    def _admission(self) -> ClusterError | None:
        """The refusal of an admission webhook or policy, which may answer with any code; None where it is none."""
        message = self.status.message
        webhook = _WEBHOOK_DENIED.search(message)
        denied = webhook or _POLICY_DENIED.search(message)
        if denied is None or self.status.code >= 500:
            return None
        admission = f"The admission {'webhook' if webhook else 'policy'} '{denied.group(1)}'"
        if webhook is not None and webhook.group(2) == "does not support dry run":
            return self._make(
                AdmissionDeniedError, f"{admission} does not support dry runs, so the API server refuses the request."
            )
        said = "" if self.secret else self._text(message[denied.end() :].removeprefix(": "))
        return self._make(AdmissionDeniedError, f"{admission} refused to {self.what}{f': {said}' if said else '.'}")

    def _refused_object(self) -> ClusterError:
        if self.status.code == 422 and self.request.body_type is BodyType.JSON_PATCH and not self.status.causes:
            return self._make(
                PatchTestFailedError,
                f"The cluster refused to {self.what}: the object is no longer as the plan read it.",
            )
        if self.status.causes:
            causes = tuple(self._cause(cause) for cause in self.status.causes)
            listed = "; ".join(f"{c.field or 'object'}: {c.message}" for c in causes)
            return self._make(InvalidObjectError, f"The cluster refused to {self.what}: {listed}", causes=causes)
        if self.status.code == 413:
            return self._make(InvalidObjectError, f"The cluster refused to {self.what}: it is too large.")
        return self._make(InvalidObjectError, f"The cluster refused to {self.what}: {self._decoding().rstrip('.')}.")

    def _decoding(self) -> str:
        """What the server says of a body that it cannot read: known texts, or its own without what it quotes."""
        message = _NUMBER.sub("number", self.status.message)
        known = [match.group(0) for pattern in _DECODING for match in pattern.finditer(message)]
        if known:
            return "; ".join(dict.fromkeys(known))
        unknown = f"{self.status.reason or 'BadRequest'} ({self.status.code})"
        if self.secret:
            return unknown
        said = _QUOTED_PIECE.split(_PREFIX.sub("", message), maxsplit=1)[0].strip(" :,")
        return f"{unknown}: {self._text(said)}" if said else unknown

    def _cause(self, cause: dict[str, Any]) -> Cause:
        reason = safe_reason(cause.get("reason")) or ""
        message = str(cause.get("message") or "")
        said = secret_cause(message, reason) if self.secret else field_cause(message, sent=self.request.body)
        return Cause(field=safe_field(cause.get("field")), reason=reason, message=said)

    def _forbidden(self) -> ClusterError:  # noqa: PLR0911  one guard after the other reads best
        message = self.status.message
        if any(cause.get("reason") == "NamespaceTerminating" for cause in self.status.causes):
            return self._make(NamespaceTerminatingError, f"The namespace {self.request.namespace} is being deleted.")
        right = _RIGHT.search(message)
        if right is not None:
            if 'User "system:anonymous"' in message:
                return self._make(
                    CredentialRefusedError,
                    "The API server does not know the credential: it treats the request as anonymous.",
                )
            verb, resource, group, place = right.groups()
            thing = f"{resource}.{group}" if group else resource
            return self._make(AccessDeniedError, f"The credential may not {verb} {thing}{place or ''}.")
        quota = _QUOTA.search(message)
        if quota is not None:
            said = "" if self.secret else f": {self._text(quota.group(0))}"
            name = re.search(r"quota: ([a-z0-9.-]{1,253})", message)
            return self._make(
                QuotaExceededError, f"The quota '{name.group(1) if name else '?'}' leaves no room to {self.what}{said}."
            )
        if "attempting to grant RBAC permissions" in message:
            return self._make(
                AccessDeniedError,
                f"The credential may not {self.what}: that would grant rights that the credential does not have.",
            )
        if not self.status.is_status or self.status.reason != "Forbidden" or " is forbidden: " not in message:
            return self._make(AccessDeniedError, f"The API server forbade the credential to {self.what}.")
        said = "" if self.secret else f": {self._text(message.partition(' is forbidden: ')[2])}"
        return self._make(AdmissionDeniedError, f"The cluster's admission refused to {self.what}{said}")

    def _not_found(self) -> ClusterError:
        if self.status.kind == "namespaces" and self.status.name and self.request.namespace == self.status.name:
            return self._make(
                NamespaceMissingError, f"Namespace {self.request.namespace} does not exist on the cluster."
            )
        if not self.status.is_status or not self.status.name:
            name = f"{self.request.kind}" if self.request.kind else self.request.path
            return self._make(KindNotServedError, f"The cluster does not serve {name}.")
        return self._make(ResourceGoneError, f"The cluster cannot {self.what}: the object does not exist.")

    def _conflict(self) -> ClusterError:
        owned = [cause for cause in self.status.causes if cause.get("reason") == "FieldManagerConflict"]
        if owned:
            causes = tuple(self._ownership(cause) for cause in owned)
            listed = "; ".join(f"{cause.field}: {cause.message}" for cause in causes)
            return self._make(
                FieldConflictError,
                f"The cluster refused to {self.what}, other managers own fields: {listed}",
                causes=causes,
            )
        if self.status.reason == "AlreadyExists":
            return self._make(AlreadyExistsError, f"The cluster cannot {self.what}: the object exists already.")
        return self._make(
            WriteConflictError, f"The cluster refused to {self.what}: another writer changed the object meanwhile."
        )

    def _ownership(self, cause: dict[str, Any]) -> Cause:
        owner = _CONFLICT_OWNER.search(str(cause.get("message") or ""))
        said = f'conflict with "{owner.group(1)}"' if owner else "conflict with another manager"
        return Cause(field=safe_field(cause.get("field")), reason="FieldManagerConflict", message=said)

    def _broken(self) -> ClusterError:
        """5xx. An apply of an object that does not match its schema is answered with a 500 and a plain message."""
        message = self.status.message
        if self.status.code == 500 and self.request.body_type is BodyType.APPLY and "typed patch" in message:
            found = _TYPED_PATCH.findall(message)
            causes = tuple(Cause(field=field, reason="FieldValueInvalid", message=why) for field, why in found)
            listed = (
                "; ".join(f"{cause.field}: {cause.message}" for cause in causes)
                or "the object does not match its schema"
            )
            return self._make(InvalidObjectError, f"The cluster refused to {self.what}: {listed}", causes=causes)
        webhook = _WEBHOOK_FAILED.search(message)
        if webhook is not None:
            return self._make(
                ClusterBusyError,
                f"The cluster cannot {self.what}: its admission webhook '{webhook.group(1)}' does not answer.",
            )
        return self._make(ClusterBusyError, f"The API server, or a proxy in front of it, answered {self.status.code}.")
