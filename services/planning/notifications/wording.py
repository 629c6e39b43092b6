"""What a notification says, whatever channel it goes to: a title, facts, and the page of the console that it is about.

Names and texts are as they are stored; each channel's own module escapes them as that channel reads them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from urllib.parse import quote

from domain.notification_types import NotificationType
from domain.notification_values import Notification
from domain.notifications import (
    ApprovalWanted,
    AutomationBlocked,
    BreakGlassUsed,
    ClusterNotification,
    ClusterOutcome,
    DivergedFields,
    DivergedImage,
    DivergenceNotification,
    FreezeBegan,
    ImageOffered,
    OperationNotification,
    Trial,
)
from domain.words import OperationKind, Outcome, Reachability


class Tone(StrEnum):
    """How a notification is to be felt."""

    PLAIN = "plain"
    GOOD = "good"
    BAD = "bad"
    ASKING = "asking"


@dataclass(frozen=True, kw_only=True)
class Message:
    """`facts` are labels with texts; `path` is the page in the console, `link` what leads there is called."""

    title: str
    tone: Tone
    facts: tuple[tuple[str, str], ...]
    path: str
    link: str


def message_of(told: Notification) -> Message:  # noqa: PLR0911 - one return a type
    """The words of a notification."""
    match told:
        case OperationNotification():
            return _operation(told)
        case ApprovalWanted():
            return _approval(told)
        case ImageOffered():
            return _image(told)
        case AutomationBlocked():
            return _automation_blocked(told)
        case FreezeBegan():
            return _freeze(told)
        case BreakGlassUsed():
            return _break_glass(told)
        case ClusterNotification():
            return _cluster(told)
        case DivergenceNotification():
            return _divergence(told)
        case Trial():
            return Message(
                title=f"A test of the channel {told.channel}",
                tone=Tone.PLAIN,
                facts=(("Sent by", told.by),),
                path="/notifications",
                link="Open the notifications",
            )
        case _:
            raise TypeError(f"{type(told).__name__} has no wording.")


def address(public_url: str | None, path: str) -> str | None:
    """The address of a page; None where Stagecoach does not know its own."""
    return f"{public_url.rstrip('/')}{path}" if public_url else None


_KINDS = {
    OperationKind.ADOPT: "Adoption",
    OperationKind.CONFIGURE: "Configuration",
    OperationKind.IMPORT: "Import",
    OperationKind.PROMOTION: "Promotion",
    OperationKind.DEPLOY: "Deployment",
    OperationKind.ROLLBACK: "Rollback",
    OperationKind.RESTART: "Restart",
}
_INTO = frozenset({OperationKind.PROMOTION, OperationKind.IMPORT, OperationKind.DEPLOY})
_ENDS = {
    NotificationType.OPERATION_STARTED: ("started", Tone.PLAIN),
    NotificationType.OPERATION_SUCCEEDED: ("succeeded", Tone.GOOD),
    NotificationType.OPERATION_FAILED: ("failed", Tone.BAD),
    NotificationType.OPERATION_ROLLED_BACK: ("failed and was rolled back", Tone.BAD),
    NotificationType.OPERATION_CANCELLED: ("was cancelled", Tone.BAD),
}
_OUTCOMES = {
    Outcome.SUCCEEDED: "succeeded",
    Outcome.UNCHANGED: "unchanged",
    Outcome.FAILED: "failed",
    Outcome.ROLLED_BACK: "rolled back",
    Outcome.SKIPPED: "skipped",
    Outcome.UNREACHABLE: "unreachable",
}
_MOST_IMAGES = 5


def _operation(told: OperationNotification) -> Message:
    end, tone = _ENDS[told.event]
    facts = [
        ("Result", told.message),
        ("From", told.source_environment),
        ("Images", _listed(told.images)),
        ("Clusters", _clusters(told)),
        ("Attempt", str(told.attempt) if told.attempt > 1 else None),
        ("Catching up", _listed(told.catching_up)),
        ("By", told.by),
    ]
    return Message(
        title=f"{_what(told.kind, told.application, told.environment)} {end}",
        tone=tone,
        facts=_present(facts),
        path=f"/operations/{quote(told.operation)}",
        link="Open the operation",
    )


def _approval(told: ApprovalWanted) -> Message:
    approvals = "1 approval" if told.votes_needed == 1 else f"{told.votes_needed} approvals"
    facts = [
        ("Requested by", told.by),
        ("Reason", told.reason),
        ("Images", _listed(told.images)),
        ("Needs", f"{approvals} of {' or '.join(told.groups)}" if told.groups else approvals),
        ("Expires", _moment(told.expires_at)),
    ]
    others = "1 other application" if told.together_with == 1 else f"{told.together_with} other applications"
    together = f", together with {others}," if told.together_with else ""
    return Message(
        title=f"{_what(told.kind, told.application, told.environment)}{together} waits for approval",
        tone=Tone.ASKING,
        facts=_present(facts),
        path=f"/proposals/{quote(told.proposal)}",
        link="Open the proposal",
    )


def _image(told: ImageOffered) -> Message:
    return Message(
        title=f"A new image is offered for {told.application} in {told.environment}",
        tone=Tone.PLAIN,
        facts=_present([("Image", told.image), ("Digest", told.digest)]),
        path=f"/applications/{quote(told.application)}",
        link=f"Open {told.application}",
    )


def _automation_blocked(told: AutomationBlocked) -> Message:
    facts = [
        ("Problem", told.detail or told.code),
        ("Images", _listed(told.images)),
        ("Follows", told.source_environment),
        ("Then", "It is tried again by itself, until the problem is solved."),
    ]
    return Message(
        title=f"{told.application} in {told.environment} does not get its new images by itself",
        tone=Tone.BAD,
        facts=_present(facts),
        path=f"/applications/{quote(told.application)}",
        link=f"Open {told.application}",
    )


def _freeze(told: FreezeBegan) -> Message:
    facts = [
        ("Reason", told.reason),
        ("Applications", _listed(told.applications) or "all"),
        ("Environments", _listed(told.environments) or "all"),
        ("Until", _moment(told.until) or "somebody ends it"),
        ("Set by", told.by),
    ]
    return Message(
        title="A freeze began", tone=Tone.ASKING, facts=_present(facts), path="/freezes", link="Open the freezes"
    )


def _break_glass(told: BreakGlassUsed) -> Message:
    what = _what(told.kind, told.application, told.environment)
    return Message(
        title=f"{told.by} broke the glass: {what[0].lower()}{what[1:]}",
        tone=Tone.BAD,
        facts=_present([("Reason", told.reason), ("Passed", ", ".join(told.gates)), ("By", told.by)]),
        path=f"/operations/{quote(told.operation)}",
        link="Open the operation",
    )


def _cluster(told: ClusterNotification) -> Message:
    lost = told.event is NotificationType.CLUSTER_LOST
    how = "refuses Stagecoach" if told.reachability is Reachability.REFUSED else "does not answer"
    facts = [
        ("Error", told.detail),
        ("Environments", _listed(told.environments)),
        ("Since" if lost else "Lost since", _moment(told.since)),
    ]
    return Message(
        title=f"The cluster {told.cluster} {how if lost else 'is back'}",
        tone=Tone.BAD if lost else Tone.GOOD,
        facts=_present(facts),
        path="/clusters",
        link="Open the clusters",
    )


_DIVERGENCES = {
    NotificationType.DRIFT_OPENED: ("{} in {} differs from its last release", Tone.BAD),
    NotificationType.DRIFT_CLOSED: ("{} in {} is as its last release again", Tone.GOOD),
    NotificationType.SKEW_OPENED: ("Clusters of {} in {} run different images", Tone.BAD),
    NotificationType.SKEW_CLOSED: ("Clusters of {} in {} run the same images again", Tone.GOOD),
}


def _divergence(told: DivergenceNotification) -> Message:
    title, tone = _DIVERGENCES[told.event]
    of_object = not told.container
    facts = [
        ("Object" if of_object else "Container", told.workload if of_object else f"{told.workload}, {told.container}"),
        ("Found", "\n".join([*map(_diverged, told.found), *map(_diverged_fields, told.fields)])),
        ("Since", _moment(told.since)),
    ]
    return Message(
        title=title.format(told.application, told.environment),
        tone=tone,
        facts=_present(facts),
        path="/drift",
        link="Open the drift",
    )


def _diverged(found: DivergedImage) -> str:
    instead = f" instead of {found.expected}" if found.expected else ""
    by = f", written by {found.by}" if found.by else ""
    return f"{found.cluster}: {found.image}{instead}{by}"


def _diverged_fields(found: DivergedFields) -> str:
    more = f" and {found.more} more" if found.more else ""
    by = f", written by {', '.join(found.by)}" if found.by else ""
    return f"{found.cluster}: {', '.join(found.fields)}{more}{by}"


def _what(kind: OperationKind, application: str, environment: str) -> str:
    return f"{_KINDS[kind]} of {application} {'to' if kind in _INTO else 'in'} {environment}"


def _clusters(told: OperationNotification) -> str:
    named = [_cluster_outcome(each) for each in told.clusters]
    if told.more_clusters:
        named.append(f"and {told.more_clusters} more")
    return "\n".join(named) if any(each.outcome for each in told.clusters) else ", ".join(named)


def _cluster_outcome(cluster: ClusterOutcome) -> str:
    if cluster.outcome is None:
        return cluster.name
    sentence = f"{cluster.name}: {_OUTCOMES[cluster.outcome]}"
    return f"{sentence}. {cluster.detail}" if cluster.detail else sentence


def _listed(names: Sequence[str]) -> str | None:
    if len(names) > _MOST_IMAGES:
        return f"{', '.join(names[:_MOST_IMAGES])} and {len(names) - _MOST_IMAGES} more"
    return ", ".join(names) or None


def _moment(at: datetime | None) -> str | None:
    return None if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _present(facts: Sequence[tuple[str, str | None]]) -> tuple[tuple[str, str], ...]:
    return tuple((label, text) for label, text in facts if text)
