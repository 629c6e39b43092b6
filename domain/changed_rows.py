"""Rows that changed, by ids, and the places that the ids stand for. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.rights import ApplicationRef, EnvironmentRef, Scope


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangedRow:
    """A row that was added, changed or deleted: the ids that are told of its table; None where the row names none.

    `subject` is of the person, token or service account that a token or session stands for, and `owner` of who answers
    for a service account.
    """

    table: str
    application: str | None = None
    environment: str | None = None
    app_environment: str | None = None
    cluster: str | None = None
    id: str | None = None
    subject: str | None = None
    owner: str | None = None


@dataclass(frozen=True, kw_only=True)
class KnownPlaces:
    """Everything that a changed row can name, by its id, at one moment.

    `app_environments` are the ids of their application and environment; `holders` of a cluster are the ids of the
    environments that have it.
    """

    applications: Mapping[str, ApplicationRef] = field(default_factory=dict)
    environments: Mapping[str, EnvironmentRef] = field(default_factory=dict)
    app_environments: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    clusters: Mapping[str, str] = field(default_factory=dict)
    holders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    freezes: Mapping[str, Scope] = field(default_factory=dict)
