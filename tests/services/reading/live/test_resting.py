"""What has not changed for a while is packed, and reads as before."""

from services.precedence import Precedence
from services.reading.live import resting as module
from services.reading.live.cache import LiveCache
from services.reading.live.changes import Changes
from services.reading.live.resting import Resting
from tests.support.live import record_of
from tests.support.pictures import pod_of, web

CLUSTER = "id-of-prod-eu"


def _pods(count, tag="1"):
    """As events of a watch tell of them."""
    return [record_of(pod_of(web(), name=f"web-abc-{number}", tag=tag).body) for number in range(count)]


async def _rounds(resting, count=2):
    for _ in range(count):
        await resting.round()


async def test_a_record_is_packed_after_two_rounds_and_reads_as_before():
    resting, (record,) = Resting(), _pods(1)
    before = record.as_manifest()
    resting.take(CLUSTER, [record])
    await _rounds(resting, 1)
    assert not record.is_packed
    await _rounds(resting, 1)
    assert record.is_packed
    assert (record.as_manifest(), resting.count) == (before, 0)


async def test_what_an_object_was_in_between_is_never_packed():
    resting, (first,), (second,) = Resting(), _pods(1), _pods(1, tag="2")
    resting.take(CLUSTER, [first])
    await _rounds(resting, 1)
    resting.take(CLUSTER, [second])
    await _rounds(resting)
    assert (first.is_packed, second.is_packed) == (False, True)


async def test_what_is_gone_is_not_packed():
    resting, (record,) = Resting(), _pods(1)
    resting.take(CLUSTER, [record])
    resting.drop(CLUSTER, [record.key])
    await _rounds(resting)
    assert (record.is_packed, resting.count) == (False, 0)


async def test_the_same_object_of_another_cluster_is_another_one():
    resting, (one,), (other,) = Resting(), _pods(1), _pods(1)
    resting.take(CLUSTER, [one])
    resting.take("id-of-prod-us", [other])
    await _rounds(resting)
    assert one.is_packed
    assert other.is_packed


def test_of_very_many_those_that_have_waited_for_longest_are_packed_at_once(monkeypatch):
    monkeypatch.setattr(module, "_MOST", 3)
    resting, records = Resting(), _pods(5)
    resting.take(CLUSTER, records)
    assert [each.is_packed for each in records] == [True, True, False, False, False]


async def test_a_round_gives_way_between_two_pieces_of_it(monkeypatch):
    ways = []

    class Noted(Precedence):
        async def give_way(self):
            ways.append(sum(each.is_packed for each in records))

    monkeypatch.setattr(module, "PRECEDENCE", Noted())
    resting, records = Resting(), _pods(120)
    resting.take(CLUSTER, records)
    await _rounds(resting)
    assert ways == [0, 50, 100]
    assert all(each.is_packed for each in records)


async def test_what_the_cache_keeps_rests_there():
    cache, (record, gone) = LiveCache(), _pods(2)
    cache.apply(Changes(cluster_id=CLUSTER, put=(record, gone)))
    cache.apply(Changes(cluster_id=CLUSTER, gone=(gone.key,)))
    await _rounds(cache.resting)
    assert (record.is_packed, gone.is_packed) == (True, False)
