"""What is let through, against a clock of its own."""

from services.net.rate_limit import Buckets


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_let_through_and_then_so_many_a_second():
    clock = Clock()
    buckets = Buckets(burst=3, a_second=2, clock=clock)
    assert [buckets.take("a") for _ in range(4)] == [None, None, None, 1]
    clock.now += 1
    assert [buckets.take("a") for _ in range(3)] == [None, None, 1]


def test_one_key_takes_nothing_from_another():
    buckets = Buckets(burst=1, a_second=1, clock=Clock())
    assert [buckets.take("a"), buckets.take("b"), buckets.take("a")] == [None, None, 1]


def test_who_waits_as_long_as_was_said_is_let_through():
    clock = Clock()
    buckets = Buckets(burst=1, a_second=0.3, clock=clock)
    buckets.take("a")
    wait = buckets.take("a")
    assert wait == 4
    clock.now += wait
    assert buckets.take("a") is None


def test_no_more_keys_are_remembered_than_there_is_room_for():
    buckets = Buckets(burst=1, a_second=1, most=2, clock=Clock())
    for key in ("a", "b", "c"):
        buckets.take(key)
    assert [buckets.take("c"), buckets.take("b"), buckets.take("a")] == [1, 1, None]
