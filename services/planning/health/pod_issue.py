"""What keeps a pod from running, as a value. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from domain.resources import Manifest
from services.planning.health.restarts import Restarts
from services.planning.health.values import Obstacle, moment


class PodIssueClass(StrEnum):
    """The class of an issue; it determines how long the issue may last before it is final."""

    CERTAIN = "certain"  # waiting does not help
    UNFIT = "unfit"  # the image does not run on this platform: certain once the registry has said so again
    ABSENT = "absent"  # the registry does not know the image, or does not know it yet
    CONFIGURATION = "configuration"
    LACKING = "lacking"  # a Secret, a ConfigMap or a key is not there, or not yet: another controller may create it
    PULL = "pull"
    CRASH = "crash"
    SCHEDULING = "scheduling"  # an autoscaler may add nodes, a disk may still be detaching: never final


@dataclass(frozen=True, kw_only=True)
class PodIssue:
    """Something that keeps a pod from running; `container` is None where it concerns the whole pod.

    `proven`: a registry or a running pod has reported the image's digest, so it is in its repository. `runs_elsewhere`:
    another pod of the same template has pulled the image. `blameless`: the image cannot have caused it.
    """

    kind: PodIssueClass
    reason: str
    message: str
    pod: str
    pod_uid: str
    pod_version: str | None
    pod_created: datetime | None
    container: str | None = None
    init: bool = False
    restarts: Restarts | None = None
    running: bool = False
    proven: bool = False
    runs_elsewhere: bool = False
    blameless: bool = False

    @property
    def key(self) -> tuple[str, str, str]:
        """The key of its observation. ErrImagePull and ImagePullBackOff alternate, so they share one key."""
        alternates = {PodIssueClass.ABSENT: "pull", PodIssueClass.PULL: "pull", PodIssueClass.UNFIT: "unfit"}
        crash = "crash" if self.kind is PodIssueClass.CRASH else self.reason
        return (self.pod_uid, self.container or "", alternates.get(self.kind, crash))

    @property
    def expected_to_arrive(self) -> bool:
        """Whether what cannot be pulled is known to be there.

        "Not found" is what one replica of the registry knows. Where another pod has pulled the image, the node has a
        trouble of its own: its name server, its credential, its share of pulls.
        """
        return self.runs_elsewhere or (self.proven and self.kind is PodIssueClass.ABSENT)

    @property
    def sentence(self) -> str:
        where = f"Pod {self.pod}" + (f", container {self.container}" if self.container else "")
        return f"{where}: {self.reason}" + (f" ({self.message})" if self.message else "") + "."

    @property
    def obstacle(self) -> Obstacle:
        return Obstacle(
            reason=self.reason,
            sentence=self.sentence,
            pod=self.pod,
            container=self.container,
            blameless=self.blameless,
        )


def issue_of(pod: Manifest, kind: PodIssueClass, reason: str, message: str, **more: Any) -> PodIssue:
    """An issue of this pod; `more` are the other members of `PodIssue`."""
    return PodIssue(
        kind=kind,
        reason=reason,
        message=message,
        pod=pod.name,
        pod_uid=pod.uid or pod.name,
        pod_version=pod.resource_version,
        pod_created=moment(pod.metadata.get("creationTimestamp")),
        **more,
    )
