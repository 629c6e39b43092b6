"""When an operation may be executed again."""

from collections.abc import Mapping

from db.errors import ActiveOperationError
from db.records.operations import OperationRecord
from db.transaction import Transaction
from domain.secret_text import SecretValues, names_of_values
from domain.stored.plans import StoredImagePlan
from domain.stored.requests import RollbackRequest
from domain.stored.spec import OperationSpec
from domain.words import OperationKind
from services.errors import Category, OtherOperationError, StagecoachError

_COPIES = frozenset({OperationKind.IMPORT, OperationKind.CONFIGURE})


class ValuesErasedError(StagecoachError):
    """A retry needs values that a person typed in and that were erased at the operation's end; `values` names them."""

    code = "values-erased"
    title = "Values have to be sent again"
    category = Category.CONFLICT

    def __init__(self, detail: str, *, values: tuple[str, ...]) -> None:
        super().__init__(detail)
        self.values = values

    def members(self) -> Mapping[str, object]:
        return {"values": list(self.values)}


class NothingToRetryError(StagecoachError):
    """The operation succeeded on every cluster."""

    code = "nothing-to-retry"
    title = "There is nothing to retry"
    category = Category.CONFLICT


class SupersededError(OtherOperationError):
    """A retry would bring older images than the later operation `operation` brought."""

    code = "operation-superseded"
    title = "A later operation has changed the app environment"


def takes_maintainer(kind: OperationKind, spec: OperationSpec | None) -> bool:
    """Whether who decides about an operation has to maintain its app environment: it writes more than images."""
    restores = spec is not None and isinstance(spec.request, RollbackRequest) and spec.request.with_configuration
    return restores or reads_source(kind, spec)


def reads_source(kind: OperationKind, spec: OperationSpec | None) -> bool:
    """Whether it copies from its source, with Secrets: a copy, and a change of images that brings keys first."""
    brings = spec is not None and isinstance(spec.plan, StoredImagePlan) and spec.plan.brings is not None
    return kind in _COPIES or brings


def check_retryable(operation: OperationRecord, secrets: SecretValues) -> None:
    """Raises `ActiveOperationError`, `NothingToRetryError`, `ValuesErasedError`."""
    if not operation.state.ended:
        raise ActiveOperationError(operation.id)
    if all(each.outcome and each.outcome.good for each in operation.clusters):
        raise NothingToRetryError("The operation succeeded on every cluster.")
    missing = sorted(set(operation.secret_names) - set(names_of_values(secrets)))
    if missing:
        raise ValuesErasedError(
            f"The values of {', '.join(missing)} were erased when the operation ended. Send them again.",
            values=tuple(missing),
        )


async def check_up_to_date(tx: Transaction, operation: OperationRecord) -> None:
    """Raises `SupersededError` where a retry could replace newer images by the operation's older ones.

    Copies need no such check: they stop at objects that have changed since the plan.
    """
    if operation.kind in _COPIES:
        return
    later = await tx.operations.superseded_by(operation.id)
    if later is not None:
        detail = "A later operation has changed this app environment. Make a new plan instead of a retry."
        raise SupersededError(detail, operation=later)
