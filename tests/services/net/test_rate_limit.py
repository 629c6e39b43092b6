"""The rate limiter, on a clock that the test moves."""

from services.net.rate_limit import RateLimiter, sender_of


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_let_through_and_then_so_many_a_second():
    clock = Clock()
    limiter = RateLimiter(burst=3, per_second=2, clock=clock)
    assert [limiter.take("a") for _ in range(4)] == [None, None, None, 1]
    clock.now += 1
    assert [limiter.take("a") for _ in range(3)] == [None, None, 1]


def test_one_key_takes_nothing_from_another():
    limiter = RateLimiter(burst=1, per_second=1, clock=Clock())
    assert [limiter.take("a"), limiter.take("b"), limiter.take("a")] == [None, None, 1]


def test_a_caller_that_waits_as_long_as_was_asked_is_let_through():
    clock = Clock()
    limiter = RateLimiter(burst=1, per_second=0.3, clock=clock)
    limiter.take("a")
    wait = limiter.take("a")
    assert wait == 4
    clock.now += wait
    assert limiter.take("a") is None


def test_the_least_recently_used_key_is_forgotten_beyond_the_bound():
    limiter = RateLimiter(burst=1, per_second=1, max_keys=2, clock=Clock())
    for key in ("a", "b", "c"):
        limiter.take(key)
    assert [limiter.take("c"), limiter.take("b"), limiter.take("a")] == [1, 1, None]


def test_all_addresses_of_one_line_count_for_one_sender():
    one = sender_of("2001:db8:1:2:aaaa::1")
    assert one == sender_of("2001:db8:1:2:bbbb:cccc::2") == sender_of("2001:DB8:1:2::3%eth0")
    assert one != sender_of("2001:db8:1:3::1")
    assert sender_of("::ffff:192.0.2.7") == sender_of("192.0.2.7") != sender_of("192.0.2.8")
    assert (sender_of("testclient"), sender_of(None)) == ("testclient", "")
