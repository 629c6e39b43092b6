"""Which gates are in the way of which change."""

from datetime import UTC, datetime, timedelta

from domain.actors import ActorKind, ActorRef
from domain.gates import Freeze, FreezeEffect, Gate, GateKind, Hold, Stop, Window
from domain.rights import ApplicationRef, EnvironmentRef
from domain.words import OperationKind
from services.planning.people.standing import Change, Standing, closed_for

NOON = datetime(2026, 6, 3, 12, tzinfo=UTC)
ADA = ActorRef(kind=ActorKind.PERSON, id="ada", name="Ada")
SHOP = ApplicationRef(id="shop", name="shop")
PRODUCTION = EnvironmentRef(id="production", name="Production")


def change(kind: OperationKind = OperationKind.DEPLOY, **more) -> Change:
    return Change(application=SHOP, environment=PRODUCTION, kind=kind, cluster_ids=("eu", "us"), **more)


def stop(*, environment: str | None = None, cluster: str | None = None) -> Stop:
    return Stop(id="s", environment_id=environment, cluster_id=cluster, reason="Restore.", by=ADA, created_at=NOON)


def hold(
    *,
    environment: str = "production",
    application: str | None = None,
    until: datetime | None = None,
    reason: str = "Look.",
) -> Hold:
    return Hold(
        id="h",
        environment_id=environment,
        application_id=application,
        reason=reason,
        by=ADA,
        created_at=NOON,
        until=until,
    )


def freeze() -> Freeze:
    window = Window(
        starts=datetime.fromisoformat("2026-06-03T11:00"), ends=datetime.fromisoformat("2026-06-03T14:00"), zone="UTC"
    )
    return Freeze(id="f", name="lunch", effect=FreezeEffect.DENY, window=window, reason="Lunch.")


def kinds(standing: Standing, asked: Change) -> list[GateKind]:
    return [each.kind for each in closed_for(asked, standing, NOON)]


def test_a_stop_concerns_everybody_where_it_is() -> None:
    for found, expected in (
        (stop(), [GateKind.STOP]),
        (stop(environment="production"), [GateKind.STOP]),
        (stop(cluster="us"), [GateKind.STOP]),
        (stop(environment="staging"), []),
        (stop(cluster="asia"), []),
    ):
        for asked in (change(), change(OperationKind.ROLLBACK, reason="Broken."), change(automation=True)):
            assert kinds(Standing(stops=[found]), asked) == expected, found


def test_a_stop_of_the_environment_concerns_it_though_it_has_no_cluster() -> None:
    nowhere = Change(application=SHOP, environment=PRODUCTION, kind=OperationKind.DEPLOY)
    assert kinds(Standing(stops=[stop(environment="production")]), nowhere) == [GateKind.STOP]


def test_only_a_roll_back_with_a_reason_passes_a_freeze() -> None:
    standing = Standing(freezes=[freeze()])
    assert kinds(standing, change(OperationKind.ROLLBACK, reason="Broken.")) == []
    assert kinds(standing, change(OperationKind.ROLLBACK)) == [GateKind.FREEZE]
    assert kinds(standing, change(OperationKind.PROMOTION, reason="I want to.")) == [GateKind.FREEZE]


def test_a_hold_concerns_automation_alone_and_only_until_it_ends() -> None:
    for found, expected in (
        (hold(), [GateKind.HOLD]),
        (hold(application="shop"), [GateKind.HOLD]),
        (hold(until=NOON + timedelta(seconds=1)), [GateKind.HOLD]),
        (hold(until=NOON), []),
        (hold(application="pay"), []),
        (hold(environment="staging"), []),
    ):
        assert kinds(Standing(holds=[found]), change(automation=True)) == expected, found
        assert kinds(Standing(holds=[found]), change()) == []


def test_all_gates_are_named_the_strictest_first() -> None:
    standing = Standing(stops=[stop()], freezes=[freeze()], holds=[hold()])
    assert kinds(standing, change(automation=True)) == [GateKind.STOP, GateKind.FREEZE, GateKind.HOLD]


def test_a_gate_reads_as_a_sentence() -> None:
    gate = Gate(kind=GateKind.FREEZE, id="f", reason="Black Friday", until=NOON, opened_by="Ada.")
    assert str(gate) == "Freeze until 2026-06-03 12:00 UTC: Black Friday."


def test_a_hold_reads_as_sentences_however_its_reason_ends() -> None:
    for reason in ("Orders are slow", "Orders are slow."):
        (gate,) = closed_for(change(automation=True), Standing(holds=[hold(reason=reason)]), NOON)
        assert str(gate) == "Hold: Orders are slow. Held by Ada."
