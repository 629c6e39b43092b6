"""Keys of others are kept for a while, and fetched again when a signature names one that is not among them."""

import asyncio

import pytest

from services.net.key_cache import KeyCache, NotFetchedError


class Source:
    """Publishes keys, unless it is down; counts how often it is asked."""

    def __init__(self) -> None:
        self.body = b"k1"
        self.down = False
        self.asked = 0

    async def fetch(self) -> bytes:
        self.asked += 1
        await asyncio.sleep(0)
        if self.down:
            raise NotFetchedError("it is down")
        return self.body


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cache(clock: Clock) -> KeyCache:
    return KeyCache(most=2, clock=clock)


async def test_many_callers_at_once_cause_one_fetch(cache: KeyCache):
    source = Source()
    found = await asyncio.gather(*(cache.keys("a", source.fetch, key=b"k1") for _ in range(20)))
    assert (set(found), source.asked) == ({b"k1"}, 1)


async def test_a_key_that_is_missing_renews_the_keys_at_most_once_a_minute(cache: KeyCache, clock: Clock):
    source = Source()
    await cache.keys("a", source.fetch, key=None)
    source.body = b"k1 k2"
    assert await cache.keys("a", source.fetch, key=b"k2") == b"k1"
    clock.now = 61
    assert await cache.keys("a", source.fetch, key=b"k2") == b"k1 k2"
    assert source.asked == 2


async def test_keys_from_before_serve_while_their_source_is_down(cache: KeyCache, clock: Clock):
    source = Source()
    await cache.keys("a", source.fetch, key=None)
    source.down, clock.now = True, 4000
    assert await cache.keys("a", source.fetch, key=None) == b"k1"


async def test_a_failure_is_kept_for_a_moment_with_its_reason(cache: KeyCache, clock: Clock):
    source = Source()
    source.down = True
    for _ in range(3):
        with pytest.raises(NotFetchedError, match="it is down"):
            await cache.keys("a", source.fetch, key=None)
    source.down, clock.now = False, 16
    assert await cache.keys("a", source.fetch, key=None) == b"k1"
    assert source.asked == 2


async def test_of_more_sources_than_it_keeps_the_oldest_is_forgotten(cache: KeyCache):
    source = Source()
    for name in ("a", "b", "c", "c", "a"):
        await cache.keys(name, source.fetch, key=None)
    assert source.asked == 4
