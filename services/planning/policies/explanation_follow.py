"""Why a tag is not here yet where the app environment follows another one: the minutes, the check, the hold. Pure."""

import math
from datetime import datetime
from typing import Any

from domain.follows import FollowCode, FollowStanding
from services.planning.policies.explanation_facts import Answer, AnswerCode, FollowFact


def of_follow(follow: FollowFact, *, environment: str, tag: str) -> Answer:
    """The answer where the tag does not run here."""
    standing = follow.standing
    if not follow.runs_there:
        return Answer(
            code=AnswerCode.FOLLOWS,
            sentence=f"{environment} follows {follow.source}, and {tag} does not run there.",
            details={"environment": follow.source, "waits_for": None},
        )
    if standing is None:
        return Answer(
            code=AnswerCode.FOLLOWS,
            sentence=f"{environment} follows {follow.source}, which runs {tag}. It is looked at in a moment.",
            details={"environment": follow.source, "waits_for": None},
        )
    left = minutes_left(standing, follow.now)
    gates = () if standing.code is FollowCode.GATE_CLOSED else follow.gates
    also = f" Besides, {' '.join(map(str, gates))} {gates[0].opened_by}" if gates else ""
    return Answer(
        code=AnswerCode.FOLLOWS,
        sentence=f"{environment} follows {follow.source}, which runs {tag}. {_waits(standing, left)}{also}",
        details=_details(follow, standing, left),
    )


def minutes_left(standing: FollowStanding, now: datetime) -> int | None:
    """How many minutes the source still has to be healthy, rounded up; None where it is not that what is waited for."""
    if standing.code is not FollowCode.PROVING or standing.due_at is None:
        return None
    return max(0, math.ceil((standing.due_at - now).total_seconds() / 60))


def _waits(standing: FollowStanding, left: int | None) -> str:
    if left is None:
        return standing.detail
    if left == 0:
        return f"{standing.detail} That is over: it is promoted now."
    return f"{standing.detail} {left} {'minute is' if left == 1 else 'minutes are'} left."


def _details(follow: FollowFact, standing: FollowStanding, left: int | None) -> dict[str, Any]:
    return {
        "environment": follow.source,
        "waits_for": standing.code.value,
        "minutes_left": left,
        "due_at": standing.due_at.isoformat() if standing.due_at else None,
        "operation": standing.operation,
        "proposal": standing.proposal,
        "gates": [{"kind": each.kind.value, "id": each.id, "reason": each.reason} for each in follow.gates],
    }
