"""The image policies of an app environment, as its row keeps them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self


@dataclass(frozen=True, kw_only=True)
class StoredPolicies:
    """The document of the image policies, whole and not parsed; an empty one has no rules.

    People write the rules, and only the planner can tell whether it can still apply them
    (`services.planning.policies.parsing`). An app environment is read whether it can or not.
    """

    VERSION: ClassVar[int] = 1

    document: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The document. Version 1 has no `version`, because the former release refuses the member."""
        return dict(self.document)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Any document: parsing refuses what this release cannot read."""
        return cls(document=stored)
