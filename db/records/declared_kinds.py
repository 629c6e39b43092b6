"""Declared kinds, as queries return them."""

from dataclasses import dataclass
from datetime import datetime

from domain.declared_kinds import Declaration
from domain.rights import ApplicationRef, EnvironmentRef


@dataclass(frozen=True, kw_only=True)
class DeclaredKindRecord:
    """A group and a kind with what was declared of them."""

    id: str
    group: str
    kind: str
    declaration: Declaration
    created_at: datetime
    updated_at: datetime

    @property
    def name(self) -> str:
        """As kubectl takes it: `Database.db.example`."""
        return f"{self.kind}.{self.group}"


@dataclass(frozen=True, kw_only=True)
class KindUse:
    """An app environment that has resources of a kind."""

    application: ApplicationRef
    environment: EnvironmentRef
