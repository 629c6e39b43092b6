"""How entries of a timeline read, in what order they come, and where a page ends."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.divergences import Divergence, DivergenceKind, FoundField, FoundFields, FoundImage
from domain.gates import Freeze, FreezeEffect, Window
from domain.images import ContainerImage, Image
from domain.resources import ResourceId
from domain.rights import EnvironmentRef
from domain.timeline import EventDetail, EventKind, ImageChange, RecordedEvent, RolloutResult
from domain.timeline_facts import DivergenceFact, FreezeFact, GateChange, GateFact, Mark, OperationFact, ReleaseFact
from domain.words import OperationKind, OperationState
from services.planning.timeline.cursors import cursor_of, mark_of
from services.planning.timeline.entries import (
    EntryKind,
    EntryTone,
    TimelineEntry,
    audited,
    divergence_kinds,
    is_after,
    newest_first,
)
from services.planning.timeline.event_sentences import duration, of_event
from services.planning.timeline.sentences import of_divergence, of_freezes, of_gate, of_operation, of_release
from tests.support.rollouts import START, at

WEB = ResourceId.of("apps/v1", "Deployment", "web")
ID = "0192f0c1-7a5e-7cc3-98c4-dc0c0c0739a7"
TAGS = (ImageChange(container="app", before="shop/web:1", after="shop/web:2"),)
AWAY = EventDetail(reason="cluster-unreachable", message="The cluster does not answer.")
KILLED = EventDetail(reason="OOMKilled", exit_code=137)
FAILED = EventDetail(reason="CrashLoopBackOff", message="Container app crashes", severe=True)
BACK = "What happened there in the meantime was not seen."


def event(kind: EventKind, detail: EventDetail | None = None, *, lasts: float | None = 0, **more: Any):
    until = at(lasts) if lasts is not None else None
    return RecordedEvent(
        id=ID,
        kind=kind,
        at=at(0),
        until=until,
        detail=detail or EventDetail(),
        **{"cluster": "eu", "workload": WEB, **more},
    )


@pytest.mark.parametrize(
    ("happened", "tone", "text"),
    [
        (
            event(EventKind.ROLLOUT, EventDetail(images=TAGS), lasts=None),
            EntryTone.PLAIN,
            "Deployment web on eu is rolling out: app 2 instead of 1.",
        ),
        (
            event(EventKind.ROLLOUT, EventDetail(images=TAGS, result=RolloutResult.DONE), lasts=80),
            EntryTone.GOOD,
            "Deployment web on eu was rolled out in 1 min 20 s: app 2 instead of 1.",
        ),
        (
            event(EventKind.ROLLOUT, EventDetail(result=RolloutResult.DONE), lasts=9),
            EntryTone.GOOD,
            "Deployment web on eu was rolled out in 9 s: its pods, with the same images.",
        ),
        (
            event(EventKind.ROLLOUT, replace(FAILED, images=TAGS, result=RolloutResult.FAILED), lasts=120),
            EntryTone.BAD,
            "The rollout of Deployment web on eu failed after 2 min 00 s: app 2 instead of 1. Container app crashes.",
        ),
        (
            event(EventKind.ROLLOUT, EventDetail(images=TAGS, result=RolloutResult.REPLACED), lasts=4),
            EntryTone.PLAIN,
            "The rollout of Deployment web on eu was replaced by the next one after 4 s: app 2 instead of 1.",
        ),
        (
            event(EventKind.HEALTH, FAILED, lasts=None),
            EntryTone.BAD,
            "Deployment web on eu has failed. Container app crashes.",
        ),
        (
            event(EventKind.HEALTH, FAILED, lasts=720, count=3),
            EntryTone.WARN,
            ("Deployment web on eu had failed for 12 min 00 s, and is well again. Container app crashes. "
             "That happened 3 times."),
        ),
        (
            event(EventKind.HEALTH, EventDetail(message="1 of 2 pods are ready."), lasts=None),
            EntryTone.WARN,
            "Deployment web on eu is not fully ready. 1 of 2 pods are ready.",
        ),
        (
            event(EventKind.RESTART, KILLED, container="app", count=14, lasts=1821),
            EntryTone.BAD,
            "Container app of Deployment web on eu was restarted 14 times in 30 min 21 s: OOMKilled (exit code 137).",
        ),
        (
            event(EventKind.RESTART, container="app"),
            EntryTone.WARN,
            "Container app of Deployment web on eu was restarted once: the reason is not known.",
        ),
        (
            event(EventKind.SCALING, EventDetail(before=3, after=1, by="kubectl")),
            EntryTone.PLAIN,
            "Deployment web on eu was scaled from 3 to 1 pod by kubectl.",
        ),
        (
            event(EventKind.SCALING, EventDetail(before=3, after=8, by="kube-controller-manager"), count=5),
            EntryTone.PLAIN,
            "Deployment web on eu was scaled from 3 to 8 pods by an autoscaler (kube-controller-manager) in 5 steps.",
        ),
        (
            event(EventKind.SCALING, EventDetail(before=3, after=3), count=2),
            EntryTone.PLAIN,
            "Deployment web on eu was scaled in 2 steps, and has 3 pods again.",
        ),
        (
            event(EventKind.CLUSTER, AWAY, lasts=None, workload=None),
            EntryTone.BAD,
            "eu cannot be read. The cluster does not answer.",
        ),
        (
            event(EventKind.CLUSTER, AWAY, lasts=300, workload=None, count=2),
            EntryTone.WARN,
            f"eu could not be read for 5 min 00 s. The cluster does not answer. {BACK} That happened 2 times.",
        ),
        (
            event(EventKind.CLUSTER, EventDetail(reason="cluster-unwatched"), lasts=60, workload=None),
            EntryTone.WARN,
            f"Stagecoach did not watch eu for 1 min 00 s. {BACK}",
        ),
        (
            event(EventKind.OMITTED, cluster=None, workload=None, count=37),
            EntryTone.WARN,
            "37 further events within this hour were not recorded: an app environment has 300 an hour at most.",
        ),
    ],
)  # fmt: skip
def test_what_was_recorded_reads_as_a_sentence(happened: RecordedEvent, tone: EntryTone, text: str):
    entry = of_event(happened)
    assert (entry.tone, entry.text) == (tone, text)
    assert (entry.kind.value, entry.at, entry.until, entry.id) == (
        happened.kind.value, happened.at, happened.until, f"event-{ID}",
    )  # fmt: skip


def test_a_result_of_the_next_release_is_left_out():
    detail = EventDetail.from_json({"result": "of-the-next-release", "images": []})
    entry = of_event(event(EventKind.ROLLOUT, detail, lasts=9))
    assert entry.text == "Deployment web on eu was rolling out for 9 s: its pods, with the same images."


def operation(state: OperationState, **more: Any) -> OperationFact:
    values: dict[str, Any] = {
        "id": ID,
        "kind": OperationKind.PROMOTION,
        "state": state,
        "actor": "ada",
        "at": at(0),
        "ended_at": at(9) if state.ended else None,
        "message": None,
        "cancelled_by": None,
        "source": EnvironmentRef(id="s", name="Staging"),
    }
    return OperationFact(**{**values, **more})


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        (operation(OperationState.QUEUED), "Promotion from Staging by ada is queued."),
        (operation(OperationState.RUNNING), "Promotion from Staging by ada is under way."),
        (
            operation(OperationState.RUNNING, paused_by=("Freeze: Black Friday.",)),
            "Promotion from Staging by ada is paused. Freeze: Black Friday.",
        ),
        (operation(OperationState.SUCCEEDED), "Promotion from Staging by ada succeeded."),
        (
            operation(OperationState.FAILED, message="Failed on us."),
            "Promotion from Staging by ada failed. Failed on us.",
        ),
        (
            operation(OperationState.CANCELLED, message="Cancelled. Skipped us.", cancelled_by="ben", source=None),
            "Promotion by ada was cancelled by ben. Skipped us.",
        ),
    ],
)  # fmt: skip
def test_an_operation_says_what_who_and_how_it_ended(fact: OperationFact, text: str):
    entry = of_operation(fact, sees=lambda _: True)
    assert (entry.text, entry.operation, entry.until) == (text, ID, fact.ended_at)


def test_an_environment_that_the_reader_does_not_see_is_not_named():
    entry = of_operation(operation(OperationState.SUCCEEDED), sees=lambda _: False)
    assert entry.text == "Promotion by ada succeeded."


def test_a_release_says_its_images_once_and_who_adopted_or_accepted_it():
    images = tuple(
        ContainerImage(workload=WEB, container=name, image=Image.of(f"shop/{name}:{tag}"), cluster=cluster)
        for name, tag in (("app", "2"), ("proxy", "1"))
        for cluster in ("eu", "us")
    )
    release = ReleaseFact(id=ID, number=8, actor="ada", at=at(0), operation=ID, images=images)
    assert of_release(release).text == "Release 8: app 2, proxy 1."
    by_hand = replace(release, operation=None)
    assert of_release(by_hand).text == "ada accepted what ran, as release 8: app 2, proxy 1."
    assert of_release(replace(by_hand, number=1)).text == "ada adopted what ran, as release 1: app 2, proxy 1."
    many = tuple(replace(images[0], container=f"c{number}") for number in range(9))
    assert of_release(replace(release, images=many)).text.endswith("c5 2, 3 more.")


def drifted(kind: DivergenceKind, *, closed: float | None = None, **more: Any) -> DivergenceFact:
    what = Divergence(kind=kind, workload=WEB, container="app", init=False, release=7)
    return DivergenceFact(
        id=ID,
        divergence=replace(what, **more),
        since=at(0),
        closed_at=at(closed) if closed is not None else None,
    )


def test_drift_and_skew_say_where_what_instead_of_what_and_lead_to_what_is_open():
    one, two = Image.of("shop/web:1"), Image.of("shop/web:2")
    found = (FoundImage(cluster="eu", image=two, expected=one, manager="kubectl-edit"),)
    drift = of_divergence(drifted(DivergenceKind.IMAGE_DRIFT, found=found))
    assert drift.text == "Deployment web, app drifts from release 7: 2 instead of 1 on eu, written by kubectl-edit."
    assert (drift.divergence, drift.kind) == (ID, EntryKind.DRIFT)
    both = (FoundImage(cluster="eu", image=one), FoundImage(cluster="us", image=two))
    skew = of_divergence(drifted(DivergenceKind.SKEW, found=both, closed=60))
    assert skew.text == "Clusters ran different images of Deployment web, app: shop/web:1 on eu; shop/web:2 on us."
    assert (skew.divergence, skew.kind, skew.until) == (None, EntryKind.SKEW, at(60))


def test_drift_of_keys_names_keys_and_never_values():
    fields = (FoundField(path="data[color]", manager="kubectl"), FoundField(path="data[size]", removed=True))
    many = (*fields, *(FoundField(path=f"data[k{number}]") for number in range(9)))
    named = ResourceId.of("v1", "ConfigMap", "settings")
    fact = drifted(DivergenceKind.KEY_DRIFT, workload=named, container="")
    few = replace(fact, divergence=replace(fact.divergence, fields=(FoundFields(cluster="eu", fields=fields),)))
    assert of_divergence(few).text == (
        "ConfigMap settings is not as Stagecoach wrote it: data[color], data[size] removed on eu, written by kubectl."
    )
    more = replace(fact, divergence=replace(fact.divergence, fields=(FoundFields(cluster="eu", fields=many),)))
    assert "5 more on eu" in of_divergence(more).text


@pytest.mark.parametrize(
    ("fact", "kind", "text"),
    [
        (
            GateFact(key=1, change=GateChange.HOLD_SET, at=at(0), actor="ada", reason="It pages us"),
            EntryKind.HOLD,
            "ada set a hold: automation leaves this application alone. Reason: It pages us.",
        ),
        (
            GateFact(key=2, change=GateChange.HOLD_LIFTED, at=at(0), actor="ben", reason="Over", everywhere=True),
            EntryKind.HOLD,
            "ben lifted the hold of the whole environment.",
        ),
        (
            GateFact(key=ID, change=GateChange.HOLD_EXPIRED, at=at(0), actor="ada", reason=None),
            EntryKind.HOLD,
            "The hold that ada had set on this application ended, as its time was over.",
        ),
        (
            GateFact(key=3, change=GateChange.STOP_SET, at=at(0), actor="ada", reason="Fire!", cluster="eu"),
            EntryKind.STOP,
            "ada stopped all writes to cluster eu. Reason: Fire!",
        ),
        (
            GateFact(key=4, change=GateChange.STOP_LIFTED, at=at(0), actor="ada", reason=None, everywhere=True),
            EntryKind.STOP,
            "ada lifted the stop of this environment.",
        ),
    ],
)  # fmt: skip
def test_holds_and_stops_say_who_and_why(fact: GateFact, kind: EntryKind, text: str):
    entry = of_gate(fact)
    assert (entry.kind, entry.text, entry.until) == (kind, text, at(0))


WALL = datetime.fromisoformat("2026-01-01T22:00")  # of a clock on the wall, without a zone
NIGHTS = Freeze(
    id=ID,
    name="Nights",
    effect=FreezeEffect.DENY,
    window=Window(
        starts=WALL, ends=WALL + timedelta(hours=8), zone="UTC", rrule="FREQ=DAILY"
    ),
    reason="Nobody is awake",
)  # fmt: skip


def nights(*, since: datetime, after: Mark | None = None, now: datetime) -> list[TimelineEntry]:
    facts = [FreezeFact(freeze=NIGHTS, since=START)]
    return list(of_freezes(facts, since=since, until=now, after=after, now=now))


def test_a_freeze_has_an_entry_for_each_time_that_it_was_open():
    now = datetime(2026, 1, 4, 1, tzinfo=START.tzinfo)
    found = nights(since=START, now=now)
    assert [(each.at.day, each.until.day if each.until else None) for each in found] == [(1, 2), (2, 3), (3, None)]
    assert found[0].text == "The freeze Nights was in force: Nobody is awake."
    assert found[2].text == "The freeze Nights is in force: Nobody is awake."
    assert len({each.id for each in found}) == 3
    assert [each.at.day for each in nights(since=START, now=now, after=found[1].mark)] == [1]
    allowing = replace(NIGHTS, effect=FreezeEffect.ALLOW)
    (entry,) = of_freezes(
        [FreezeFact(freeze=allowing, since=now - timedelta(hours=1))], since=START, until=now, after=None, now=now
    )
    assert entry.at == now - timedelta(hours=1)  # since it was changed: before, it may have been another window
    assert entry.text == "The window Nights, outside of which nothing is deployed, is open: Nobody is awake."


def test_pages_are_in_one_order_and_each_entry_is_on_one_of_them():
    entries = [
        TimelineEntry(
            mark=Mark(at=at(moment), source=source, key=f"{number}"),
            kind=EntryKind.HEALTH,
            tone=EntryTone.PLAIN,
            until=None,
            text="",
        )
        for moment in (1, 2)
        for source in ("event", "release")
        for number in (1, 2, 3)
    ]
    seen: list[Mark] = []
    last: Mark | None = None
    while True:
        page, last = newest_first([each for each in entries if is_after(each.mark, last or _first())], limit=5)
        seen += [each.mark for each in page]
        if last is None:
            break
    assert len(seen) == len(entries) == len(set(seen))
    assert seen == sorted(seen, key=lambda mark: (mark.at, mark.source, mark.key), reverse=True)


def _first() -> Mark:
    return Mark(at=at(99), source="release", key="9")


def test_a_cursor_says_where_a_page_ended_and_nothing_else_is_one():
    for mark in (Mark(at=at(1), source="event", key=ID), Mark(at=at(2), source="gate", key=17)):
        assert mark_of(cursor_of(mark)) == mark
    good = cursor_of(Mark(at=at(1), source="event", key=ID))
    naive = good.replace("+00:00", "")
    for text in ("", "x", good.replace("event", "other"), naive, good[:-1], "2026-01-01T00:00:00+00:00|gate|-1"):
        assert mark_of(text) is None
    assert mark_of(f"2026-01-01T00:00:00+00:00|gate|{2**63}") is None


def test_kinds_of_entries_are_looked_for_where_they_are():
    assert divergence_kinds({EntryKind.SKEW}) == (DivergenceKind.SKEW,)
    assert DivergenceKind.KEY_DRIFT in divergence_kinds({EntryKind.DRIFT})
    assert audited({EntryKind.STOP, EntryKind.HEALTH}) == (GateChange.STOP_SET, GateChange.STOP_LIFTED)
    assert {each for each in EntryKind if each.recorded is not None} == {EntryKind(each.value) for each in EventKind}


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.6, "1 min 00 s"), (125, "2 min 05 s"), (7260, "2 h 01 min"), (273600, "3 d 4 h")],
)
def test_durations_are_written_as_the_console_does(seconds: float, text: str):
    assert duration(timedelta(seconds=seconds)) == text
