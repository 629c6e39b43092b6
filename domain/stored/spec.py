"""An operation's spec: its request and its plan, by its kind."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from domain.stored.plans import StoredCopyPlan, StoredImagePlan, StoredPlan
from domain.stored.requests import CopyRequest, DeployRequest, PromotionRequest, RollbackRequest, StoredRequest
from domain.stored.restarts import RestartRequest
from domain.words import OperationKind


@dataclass(frozen=True, kw_only=True)
class OperationSpec:
    """Request and plan of one operation. Neither holds a Secret's value."""

    request: StoredRequest
    plan: StoredPlan

    @classmethod
    def from_json(cls, kind: OperationKind, *, request: Mapping[str, Any], plan: Mapping[str, Any]) -> Self:
        """Raises `UnknownVersionError` for a document that a newer release wrote.

        Raises `ValueError` for adopting, which has no operation.
        """
        match kind:
            case OperationKind.PROMOTION:
                return cls(request=PromotionRequest.from_json(request), plan=StoredImagePlan.from_json(plan))
            case OperationKind.ROLLBACK:
                return cls(request=RollbackRequest.from_json(request), plan=StoredImagePlan.from_json(plan))
            case OperationKind.RESTART:
                return cls(request=RestartRequest.from_json(request), plan=StoredImagePlan.from_json(plan))
            case OperationKind.DEPLOY:
                return cls(request=DeployRequest.from_json(request), plan=StoredImagePlan.from_json(plan))
            case OperationKind.CONFIGURE | OperationKind.IMPORT:
                return cls(request=CopyRequest.from_json(request), plan=StoredCopyPlan.from_json(plan))
            case OperationKind.ADOPT:
                raise ValueError("Adopting has no operation, and so no spec.")
