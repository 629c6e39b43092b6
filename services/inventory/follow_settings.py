"""What an app environment may follow: its application in another environment that has clusters, never in a circle."""

from dataclasses import dataclass
from datetime import UTC, datetime

from db.app_environments import FollowSetting
from db.records.inventory import AppEnvironmentRecord
from db.transaction import Transaction
from domain.follows import FollowTerms
from domain.grants import ViewGrant
from domain.words import DeployMode
from services.errors import Category, InvalidRequestError, StagecoachError
from services.planning.following.cycles import round_trip
from services.reading.app_environments import app_environment


@dataclass(frozen=True, kw_only=True)
class FollowRequest:
    """The name of the environment to follow, and the terms (`domain.follows.FollowTerms`)."""

    environment: str
    healthy_minutes: int
    checks: tuple[str, ...] = ()


class FollowsItselfError(StagecoachError):
    """An environment cannot follow itself."""

    code = "follows-itself"
    title = "An environment cannot follow itself"
    category = Category.CONFLICT


class FollowCycleError(StagecoachError):
    """The environments would follow each other round."""

    code = "follow-cycle"
    title = "The environments would follow each other"
    category = Category.CONFLICT


class FollowedWithoutClustersError(StagecoachError):
    """The environment to follow has no clusters, so nothing can be healthy there."""

    code = "followed-without-clusters"
    title = "The environment has no clusters"
    category = Category.CONFLICT


def require_consistent(mode: DeployMode | None, follow: FollowRequest | None, record: AppEnvironmentRecord) -> None:
    """Raises `InvalidRequestError` where mode and `follow` contradict each other, or where `follow` is missing."""
    resulting = mode or record.deploy_mode
    if follow is not None and resulting is not DeployMode.FOLLOW:
        raise InvalidRequestError(
            f"Only the deploy mode 'follow' follows an environment, and this one is '{resulting}'.", field="follow"
        )
    if follow is None and mode is DeployMode.FOLLOW and record.follow is None:
        raise InvalidRequestError("Name the environment to follow, and how long it has to be healthy.", field="follow")


async def follow_setting(
    tx: Transaction, record: AppEnvironmentRecord, request: FollowRequest | None, source: ViewGrant | None
) -> FollowSetting:
    """The setting to store; without a request, the former one, set now. `source` is the right to see the environment.

    The application stays locked until the transaction ends, so that two changes cannot close a circle together.

    Raises `FollowsItselfError`, `FollowCycleError`, `FollowedWithoutClustersError`, `NotFoundError`.
    """
    now = datetime.now(UTC)
    if request is None or source is None:
        assert record.follow is not None, "checked before"
        terms = record.follow.terms
        again = FollowTerms(healthy_minutes=terms.healthy_minutes, set_at=now, checks=terms.checks)
        return FollowSetting(environment_id=record.follow.source.id, terms=again)
    await tx.applications.lock(record.application.id)
    followed = await app_environment(tx, source)
    here, there = record.environment, followed.environment
    if there.id == here.id:
        raise FollowsItselfError(f"'{here.name}' cannot follow itself. Name the environment before it.")
    if not there.clusters:
        raise FollowedWithoutClustersError(
            f"'{there.name}' has no clusters, so '{record.application.name}' cannot be healthy there. Give it one."
        )
    follows = await tx.app_environments.followed_in(record.application.id)
    way = round_trip(follows, follower=here.id, source=there.id)
    if way is not None:
        through = "" if len(way) == 2 else " by way of others"
        raise FollowCycleError(
            f"'{there.name}' follows '{here.name}'{through} for '{record.application.name}', so '{here.name}' cannot "
            f"follow it. Set the deploy mode of '{there.name}' to manual first."
        )
    terms = FollowTerms(healthy_minutes=request.healthy_minutes, set_at=now, checks=request.checks)
    return FollowSetting(environment_id=there.id, terms=terms)
