"""What a cluster can answer with, as errors of our own: kubernetes_asyncio's and aiohttp's never leave this package.

A `ClusterError` says which cluster, and where it is about an object, which one. Its `detail` is safe to show and to
store: messages of an API server are kept only where they cannot quote a Secret's value. "not found" on a read is
`None`, not an error.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.resources import ResourceId
from services.errors import Category, InvalidRequestError, StagecoachError


@dataclass(frozen=True, kw_only=True)
class Cause:
    """One entry of `details.causes` of a Status: which field, why, and what the server said of it."""

    field: str
    reason: str
    message: str


class ClusterError(StagecoachError):
    """Something that a cluster, or the way to it, answered.

    `terminal` is False where the same call may succeed later without anybody changing anything.
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
        return {"cluster": self.cluster, **({"resource": str(self.resource)} if self.resource else {})}


class ClusterUnreachableError(ClusterError):
    """No connection: refused, timed out, no such host, or the breaker is open."""

    code = "cluster-unreachable"
    title = "The cluster cannot be reached"
    terminal = False


class ClusterNotConnectedError(ClusterUnreachableError):
    """No connection was made, so the request cannot have had an effect: even a write may be sent again."""


class AddressRefusedError(ClusterError):
    """The server's name leads to an address that Stagecoach does not connect to (metadata services, link-local, …)."""

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
    """403 for want of rights; `detail` names the verb and the resource."""

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
    title = "A quota of the namespace is used up"


class NamespaceMissingError(ClusterError):
    """A write, or a dry run of one, into a namespace that does not exist."""

    code = "cluster-namespace-missing"
    title = "The namespace does not exist"


class NamespaceTerminatingError(ClusterError):
    code = "cluster-namespace-terminating"
    title = "The namespace is being deleted"


class ResourceGoneError(ClusterError):
    """404 on a write to an object that was expected to be there, or a kind that is not served."""

    code = "cluster-resource-gone"
    title = "The object is not there"


class KindNotServedError(ClusterError):
    """The cluster serves no such group, version and kind."""

    code = "cluster-kind-not-served"
    title = "The cluster does not serve this kind"


class FieldConflictError(ClusterError):
    """409 of an apply: other managers own fields that we would set. `causes` names each field and its owner."""

    code = "cluster-field-conflict"
    title = "Another manager owns fields of the object"


class WriteConflictError(ClusterError):
    """409: the object changed since it was read (or a JSON patch's `test` does not hold, `PatchTestFailedError`)."""

    code = "cluster-write-conflict"
    title = "The object changed meanwhile"


class PatchTestFailedError(WriteConflictError):
    """A JSON patch's `test` did not hold: what the plan saw is not there any more."""

    code = "cluster-changed-meanwhile"
    title = "The object is not as the plan saw it"


class AlreadyExistsError(ClusterError):
    code = "cluster-already-exists"
    title = "The object exists already"


class InvalidObjectError(ClusterError):
    """400/422 (and apply's 500 for undeclared or repeated fields): the object is refused. `causes` names the fields."""

    code = "cluster-invalid-object"
    title = "The cluster refuses the object"


class AdmissionDeniedError(ClusterError):
    """An admission webhook or policy refused the object."""

    code = "cluster-admission-denied"
    title = "An admission policy refuses the object"


class WatchExpiredError(ClusterError):
    """410: the version to watch from is too old; list again."""

    code = "cluster-watch-expired"
    title = "The watch has expired"
    terminal = False


class ClusterBusyError(ClusterError):
    """429, or 5xx that did not go away within the budget. A write that met a 5xx may have been carried out."""

    code = "cluster-busy"
    title = "The cluster is busy or broken"
    terminal = False


class BudgetExceededError(ClusterError):
    """Our own time for this was used up before the cluster answered."""

    code = "cluster-budget"
    title = "The cluster did not answer in time"
    terminal = False


@dataclass(frozen=True, kw_only=True)
class KubeconfigProblem:
    """One thing that is wrong with a submitted kubeconfig: where (a JSON path and a line, from 1), and why."""

    field: str
    line: int | None
    reason: str

    def __str__(self) -> str:
        return f"{self.field}{f' (line {self.line})' if self.line else ''}: {self.reason}"


class KubeconfigRefusedError(InvalidRequestError):
    """A submitted kubeconfig cannot be taken; `problems` names everything that is wrong with it, values never."""

    code = "kubeconfig-refused"
    title = "The kubeconfig cannot be taken"

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
