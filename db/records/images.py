"""Image pushes, what becomes of them, and the images that containers have."""

from dataclasses import dataclass
from datetime import datetime

from domain.images import ContainerRef
from domain.resources import ResourceId
from domain.words import ImagePushOrigin, ImagePushState, Verdict


@dataclass(frozen=True, kw_only=True)
class ImagePushRecord:
    """An image push. `resolved`: its registry returned the digest. `repository` is normalised, with the registry."""

    push: int
    repository: str
    tag: str
    digest: str | None
    resolved: bool
    media_type: str | None
    platforms: tuple[str, ...]
    built_at: datetime | None
    origin: ImagePushOrigin
    application_id: str | None
    delivery_id: str | None
    state: ImagePushState
    code: str | None
    reason: str | None
    attempts: int
    next_try_at: datetime
    discovered_at: datetime

    @property
    def reference(self) -> str:
        return f"{self.repository}:{self.tag}"


@dataclass(frozen=True, kw_only=True)
class VerdictRecord:
    """What becomes of an image push in one app environment; `by_push` is the push that superseded it."""

    push: int
    app_environment_id: str
    verdict: Verdict
    code: str | None
    reason: str | None
    containers: tuple[ContainerRef, ...]
    by_push: int | None
    operation_id: str | None
    decided_at: datetime


@dataclass(frozen=True, kw_only=True)
class RunningImageRecord:
    """The image that a container was last known to have: `reference` in its template.

    `kept` are the images that its pods run, where these are not the template's alone (OnDelete, a partition).
    """

    app_environment_id: str
    resource: ResourceId
    container: str
    init: bool
    repository: str
    reference: str
    kept: tuple[str, ...] = ()
