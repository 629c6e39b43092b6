"""The errors that this package raises; those of kubernetes_asyncio and aiohttp never leave it.

A `ClusterError` names the cluster, and the object where it concerns one. Its `detail` is safe to show and to store:
messages of an API server are kept only where they cannot quote a Secret's value. A read of an absent object returns
None and raises nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.resources import ResourceId
from services.errors import Category, InvalidRequestError, StagecoachError


@dataclass(frozen=True, kw_only=True)
class Cause:
    """One entry of `details.causes` of a Status: the field, the reason code, and the server's message (redacted)."""

    field: str
    reason: str
    message: str


class ClusterError(StagecoachError):
    """A request to a cluster failed.

    `terminal` is False where the same request may succeed later although nothing is changed.
    """

    code = "cluster-error"
    title = "The cluster answered with an error"
    category = Category.UPSTREAM
    terminal = True

    def __init__(
        self,
        detail: str,
        *,
        cluster: str,
        resource: ResourceId | None = None,
        status: int | None = None,
        reason: str | None = None,
        causes: tuple[Cause, ...] = (),
    ) -> None:
        super().__init__(detail)
        self.cluster = cluster
        self.resource = resource
        self.status = status
        self.reason = reason
        self.causes = causes

    def members(self) -> Mapping[str, object]:
        members: dict[str, object] = {"cluster": self.cluster}
        if self.resource is not None:
            members |= {"resource": str(self.resource), "resource_ref": self.resource.to_json()}
        return members


class ClusterUnreachableError(ClusterError):
    """No connection: refused, timed out, no such host, or the breaker is open."""

    code = "cluster-unreachable"
    title = "The cluster cannot be reached"
    terminal = False


class ClusterNotConnectedError(ClusterUnreachableError):
    """No connection was made, so the request cannot have had an effect: even a write may be sent again."""


class AddressRefusedError(ClusterError):
    """The server's address is one that Stagecoach does not connect to (metadata services, link-local, …)."""

    code = "cluster-address-refused"
    title = "The cluster's address is not allowed"


class CertificateError(ClusterError):
    """The server's certificate is not signed by the given authority, or is not for this name."""

    code = "cluster-certificate"
    title = "The cluster's certificate is not trusted"


class CredentialRefusedError(ClusterError):
    """401: the token or client certificate is not accepted."""

    code = "cluster-credential"
    title = "The cluster refuses the credential"


class AccessDeniedError(ClusterError):
    """403: the credential lacks a right; `detail` names the verb and the resource."""

    code = "cluster-access-denied"
    title = "The credential lacks a right on the cluster"


class RightsMissingError(AccessDeniedError):
    """A probe found that the credential lacks rights; `missing_rights` names all, as "patch deployments.apps"."""

    def __init__(self, missing_rights: tuple[str, ...], *, cluster: str) -> None:
        super().__init__(f"The credential may not {', '.join(missing_rights)}.", cluster=cluster)
        self.missing_rights = missing_rights

    def members(self) -> Mapping[str, object]:
        return {**super().members(), "missing_rights": list(self.missing_rights)}


class QuotaExceededError(ClusterError):
    code = "cluster-quota"
    title = "A quota of the namespace is exhausted"


class NamespaceMissingError(ClusterError):
    """A write, or a dry run of one, into a namespace that does not exist."""

    code = "cluster-namespace-missing"
    title = "The namespace does not exist"


class NamespaceTerminatingError(ClusterError):
    code = "cluster-namespace-terminating"
    title = "The namespace is being deleted"


class ResourceGoneError(ClusterError):
    """404 on a write to an object."""

    code = "cluster-resource-gone"
    title = "The object does not exist"


class KindNotServedError(ClusterError):
    """The cluster serves no such group, version and kind."""

    code = "cluster-kind-not-served"
    title = "The cluster does not serve this kind"


class FieldConflictError(ClusterError):
    """409 of an apply: other managers own fields that the apply would set. `causes` names each field and its owner."""

    code = "cluster-field-conflict"
    title = "Another manager owns fields of the object"


class WriteConflictError(ClusterError):
    """409: the object changed since it was read (or a JSON patch's `test` does not hold, `PatchTestFailedError`)."""

    code = "cluster-write-conflict"
    title = "The object was changed meanwhile"


class PatchTestFailedError(WriteConflictError):
    """A `test` of a JSON patch failed: the object is no longer as the plan read it."""

    code = "cluster-changed-meanwhile"
    title = "The object is not as the plan read it"


class AlreadyExistsError(ClusterError):
    code = "cluster-already-exists"
    title = "The object already exists"


class InvalidObjectError(ClusterError):
    """400/422 (and apply's 500 for undeclared or repeated fields): the object is refused. `causes` names the fields."""

    code = "cluster-invalid-object"
    title = "The cluster refuses the object"


class AdmissionDeniedError(ClusterError):
    """An admission webhook or policy refused the object."""

    code = "cluster-admission-denied"
    title = "An admission policy refuses the object"


class WatchExpiredError(ClusterError):
    """410: the version to watch from, or to continue a list at, is too old; list again."""

    code = "cluster-watch-expired"
    title = "The watch has expired"
    terminal = False


class ClusterBusyError(ClusterError):
    """429, or 5xx after all attempts. A write that was answered with a 5xx may have been executed."""

    code = "cluster-busy"
    title = "The cluster is overloaded or failing"
    terminal = False


class AnswersTooLargeError(ClusterError):
    """What was read of the cluster takes more memory than there is for it."""

    code = "cluster-answers-too-large"
    title = "The cluster's answers are too large"


class AnswerTooLongError(AnswersTooLargeError):
    """A single answer is larger than the most that is read."""


class BudgetExceededError(ClusterError):
    """The caller's deadline passed before the cluster answered."""

    code = "cluster-budget"
    title = "The cluster did not answer in time"
    terminal = False


@dataclass(frozen=True, kw_only=True)
class KubeconfigProblem:
    """One problem of a submitted kubeconfig: its JSON path, its line (from 1), and the reason."""

    field: str
    line: int | None
    reason: str

    def __str__(self) -> str:
        return f"{self.field}{f' (line {self.line})' if self.line else ''}: {self.reason}"


class KubeconfigRefusedError(InvalidRequestError):
    """A submitted kubeconfig is refused; `problems` lists every problem, and quotes no value."""

    code = "kubeconfig-refused"
    title = "The kubeconfig is not acceptable"

    def __init__(self, problems: tuple[KubeconfigProblem, ...]) -> None:
        super().__init__(
            "; ".join(str(problem) for problem in problems),
            field=problems[0].field,
        )
        self.problems = problems

    def members(self) -> Mapping[str, object]:
        """All problems, each with its line, in the form of other malformed input."""
        return {
            **super().members(),
            "line": self.problems[0].line,
            "errors": [
                {"field": problem.field, "code": self.code, "message": problem.reason, "line": problem.line}
                for problem in self.problems
            ],
        }
