"""Which pushed images count for nothing any more: every push is a row, and nobody else takes them away."""

from datetime import datetime
from typing import Any

from sqlalchemy import and_, exists, or_
from sqlalchemy.orm import aliased

from db import models
from domain.words import ImagePushState, Verdict

_OPEN = (Verdict.OFFERED, Verdict.PENDING, Verdict.BLOCKED)
_TAKEN = (Verdict.DEPLOYING, Verdict.UNCHANGED)


def is_spent(before: datetime) -> Any:
    """Whether an arrival came before that moment and may go.

    What waits in an app environment, or was the last to be taken there, may not; nor, where a repository is polled, the
    newest of a tag, which would be taken for new.
    """
    table, newer, poll = models.ImagePush, aliased(models.ImagePush), models.Poll
    return and_(
        table.discovered_at < before,
        table.state != ImagePushState.READY,
        or_(
            ~exists().where(poll.repository == table.repository),
            exists().where(newer.repository == table.repository, newer.tag == table.tag, newer.push > table.push),
        ),
        ~_counts_somewhere(),
    )


def _counts_somewhere() -> Any:
    table, verdict = models.ImagePush, models.ImagePushVerdict
    later, of_later = aliased(models.ImagePushVerdict), aliased(models.ImagePush)
    taken_later = (
        exists()
        .where(
            later.app_environment_id == verdict.app_environment_id,
            later.push > verdict.push,
            later.verdict.in_(_TAKEN),
            of_later.push == later.push,
            of_later.repository == table.repository,
        )
        .correlate(table, verdict)
    )
    return exists().where(
        verdict.push == table.push,
        or_(verdict.verdict.in_(_OPEN), and_(verdict.verdict.in_(_TAKEN), ~taken_later)),
    )
