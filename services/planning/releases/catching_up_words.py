"""What is said of an operation that clusters missed: which, and whether they get it by themselves. Pure."""

from collections.abc import Sequence

from domain.words import OperationKind
from services.planning.releases.catching_up import CAUGHT_UP_FOR, CatchUpHindrance, Missed

_KINDS = {
    OperationKind.ADOPT: "adoption",
    OperationKind.CONFIGURE: "configuration",
    OperationKind.IMPORT: "import",
    OperationKind.PROMOTION: "promotion",
    OperationKind.DEPLOY: "deployment",
    OperationKind.ROLLBACK: "rollback",
    OperationKind.RESTART: "restart",
}


def sentence_of(missed: Missed, hindrance: CatchUpHindrance | None, *, environment: str, why: str | None = None) -> str:
    """`why` is what more there is to say of a gate, or of a right that is lacking."""
    names = _joined([each.name for each in missed.clusters])
    ended = f" that ended at {missed.operation.ended_at:%Y-%m-%d %H:%M} UTC" if missed.operation.ended_at else ""
    what = _KINDS[missed.operation.kind]
    several = len(missed.clusters) > 1
    gets = f"{'They get' if several else 'It gets'} it when {'they answer' if several else 'it answers'}"
    return f"{names} missed the {what}{ended}. {_then(hindrance, gets, environment=environment, why=why)}"


def _then(hindrance: CatchUpHindrance | None, gets: str, *, environment: str, why: str | None) -> str:
    if hindrance is None:
        return f"{gets}."
    return {
        CatchUpHindrance.SWITCHED_OFF: (
            f"In '{environment}' no cluster catches up by itself: retry the operation when the cluster answers."
        ),
        CatchUpHindrance.FAILED_ELSEWHERE: (
            "It failed on other clusters as well, so nothing happens by itself: retry it, or roll back."
        ),
        CatchUpHindrance.VALUES_ERASED: (
            "Values that were typed in have been erased since: retry the operation and send them again."
        ),
        CatchUpHindrance.TOO_LONG_AGO: (
            f"That is more than {CAUGHT_UP_FOR.days} days ago, so nothing happens by itself: retry it if it is still "
            "wanted."
        ),
        CatchUpHindrance.WITHOUT_RIGHT: f"Nothing happens by itself: {why} Somebody who has the right can retry it.",
        CatchUpHindrance.GATE_CLOSED: f"{gets} and no gate is closed. {why}",
        CatchUpHindrance.UNDER_WAY: f"{gets} and the operation under way has ended.",
        CatchUpHindrance.NEWER_IMAGE: "A newer image is deployed before.",
    }[hindrance]


def _joined(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)
