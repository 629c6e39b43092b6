"""Rows of pushed images as planning takes them, and what it decides as rows again.

Whoever decides does so inside one transaction: what it was decided by is what is there when it is written.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from db.records import AppEnvironmentRecord, ArrivalRecord, RunningImageRecord, VerdictRecord
from db.transaction import Transaction
from db.verdicts import NewVerdict
from domain.words import Pin, Verdict
from services.planning.policies.decision import after_switch, decide
from services.planning.policies.parsing import PolicyError, parse_policies
from services.planning.policies.values import (
    Arrived,
    Decision,
    Former,
    PlaceFacts,
    Running,
    container_keys,
    containers_json,
)
from services.reading.running_index import container_of

OPEN = (Verdict.OFFERED, Verdict.WANTED, Verdict.BLOCKED)
DIGEST_UNKNOWN = "digest-unknown"
_REMEMBERED = 200  # of what was deployed before, so many are looked at: the last ones are what counts

_WITHOUT_DIGEST = (
    "Its digest is unknown, and this environment pins images to digests: store a credential for the registry."
)


async def gather(tx: Transaction, place: AppEnvironmentRecord, arrivals: Iterable[ArrivalRecord] = ()) -> PlaceFacts:
    """What decides: what runs, what is new, what waits, what was taken before."""
    assert place.id is not None
    standing = await tx.verdicts.standing([place.id], OPEN)
    taken = await tx.verdicts.taken(place.id, limit=_REMEMBERED)
    former = [_former(place, *pair) for pair in (*standing.get(place.id, ()), *taken)]
    return PlaceFacts(
        mode=place.deploy_mode,
        policies=parse_policies(place.image_policies),
        running=running_of(await tx.running_images.of(place.id)),
        arrivals=tuple(arrived_of(each) for each in arrivals),
        former=tuple(former),
    )


async def judge_there(
    tx: Transaction, place_id: str, arrivals: Sequence[ArrivalRecord] = ()
) -> tuple[AppEnvironmentRecord, Decision] | None:
    """The same for an app environment by its id, as it is once nobody else can change its settings; None for none.

    Of the arrivals, only those that are for its application count.
    """
    await tx.app_environments.lock(place_id)
    place = await tx.app_environments.get(place_id)
    if place is None or not place.configured:
        return None
    mine = [each for each in arrivals if each.application_id in {None, place.application.id}]
    try:
        return place, await judge(tx, place, mine)
    except PolicyError as error:  # of an older version's making: it must not hold up what is decided elsewhere
        reason = f"The image policies here cannot be read, set them anew: {error.detail}"
        refused = [
            NewVerdict(push=each.push, verdict=Verdict.REFUSED, code="policies-unreadable", reason=reason)
            for each in mine
        ]
        await tx.verdicts.judge(place_id, refused)
        return None


async def judge(
    tx: Transaction,
    place: AppEnvironmentRecord,
    arrivals: Iterable[ArrivalRecord] = (),
    *,
    switching: bool = False,
) -> Decision:
    """Decide what becomes of these arrivals, and of those that wait, and write it.

    `switching`: it has just gone to auto, so that what was blocked is tried again.
    """
    assert place.id is not None
    facts, refused = without_unknown_digests(place, await gather(tx, place, arrivals))
    decision = after_switch(facts) if switching else decide(facts)
    judged = [
        NewVerdict(
            push=each.push,
            verdict=each.verdict,
            code=each.code,
            reason=each.reason,
            containers=containers_json(each.containers),
            by_push=each.by_push,
        )
        for each in decision.verdicts
    ]
    await tx.verdicts.judge(place.id, [*refused, *_gone(facts, decision), *judged])
    return decision


def _gone(facts: PlaceFacts, decision: Decision) -> list[NewVerdict]:
    """What waited for containers that are not there any more, or run another repository."""
    reason = "Nothing here runs its repository any more."
    waiting = {each.arrived.push for each in facts.former if each.verdict in OPEN}
    return [
        NewVerdict(push=push, verdict=Verdict.REFUSED, code="unmatched", reason=reason)
        for push in decision.unmatched
        if push in waiting
    ]


def without_unknown_digests(
    place: AppEnvironmentRecord, facts: PlaceFacts
) -> tuple[PlaceFacts, tuple[NewVerdict, ...]]:
    """The facts without what cannot be deployed here because nobody knows its digest, and what becomes of that."""
    if place.pin is Pin.TAG:
        return facts, ()
    waiting = [each.arrived for each in facts.former if each.verdict in OPEN]
    unknown = {each.push: each for each in (*facts.arrivals, *waiting) if each.digest is None}
    refused = tuple(
        NewVerdict(
            push=each.push,
            verdict=Verdict.REFUSED,
            code=DIGEST_UNKNOWN,
            reason=_WITHOUT_DIGEST,
            containers=containers_json(
                running.container for running in facts.running if running.repository == each.repository
            ),
        )
        for each in unknown.values()
    )
    known = replace(
        facts,
        arrivals=tuple(each for each in facts.arrivals if each.push not in unknown),
        former=tuple(each for each in facts.former if each.arrived.push not in unknown),
    )
    return known, refused


def running_of(rows: Sequence[RunningImageRecord]) -> tuple[Running, ...]:
    found = (Running.of(container_of(each), each.reference) for each in rows)
    return tuple(each for each in found if each is not None)


def arrived_of(record: ArrivalRecord) -> Arrived:
    return Arrived(
        push=record.push,
        repository=record.repository,
        tag=record.tag,
        digest=record.digest,
        built_at=record.built_at,
    )


def _former(place: AppEnvironmentRecord, arrival: ArrivalRecord, verdict: VerdictRecord) -> Former:
    under_way = verdict.operation_id is not None and verdict.operation_id == place.active_operation
    return Former(
        arrived=arrived_of(arrival),
        verdict=verdict.verdict,
        containers=container_keys(verdict.containers),
        under_way=under_way,
    )
