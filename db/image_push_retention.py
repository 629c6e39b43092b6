"""Which image pushes may be deleted. Every push is a row, and nothing but retention deletes rows."""

from datetime import datetime
from typing import Any

from sqlalchemy import and_, exists, or_
from sqlalchemy.orm import aliased

from db import models
from domain.words import ImagePushState, Verdict

_WAITING = (Verdict.OFFERED, Verdict.PENDING, Verdict.BLOCKED)
_DEPLOYED = (Verdict.DEPLOYING, Verdict.UNCHANGED)


def is_spent(before: datetime) -> Any:
    """Condition on image pushes: discovered before that moment, and not needed any more.

    Needed are a push that waits in an app environment and the one that was deployed there last. Where a repository is
    polled, the newest push of each tag is needed, too: without it the next poll would take the tag for a new one.
    """
    table, newer, poll = models.ImagePush, aliased(models.ImagePush), models.Poll
    return and_(
        table.discovered_at < before,
        table.state != ImagePushState.READY,
        or_(
            ~exists().where(poll.repository == table.repository),
            exists().where(newer.repository == table.repository, newer.tag == table.tag, newer.push > table.push),
        ),
        ~_is_needed_in_an_app_environment(),
    )


def _is_needed_in_an_app_environment() -> Any:
    table, verdict = models.ImagePush, models.ImagePushVerdict
    later, later_push = aliased(models.ImagePushVerdict), aliased(models.ImagePush)
    deployed_later = (
        exists()
        .where(
            later.app_environment_id == verdict.app_environment_id,
            later.push > verdict.push,
            later.verdict.in_(_DEPLOYED),
            later_push.push == later.push,
            later_push.repository == table.repository,
        )
        .correlate(table, verdict)
    )
    return exists().where(
        verdict.push == table.push,
        or_(verdict.verdict.in_(_WAITING), and_(verdict.verdict.in_(_DEPLOYED), ~deployed_later)),
    )
