"""What the watcher of one cluster holds of it."""

from services.reading.live.holdings import Holdings
from tests.support.live import record_of, web


def test_an_object_that_has_changed_goes_on_with_the_key_that_is_held():
    former, later = record_of(web()), record_of(web(replicas=2))
    holdings = Holdings()
    holdings.take([former], [])
    (changed,) = holdings.changed([later])
    assert changed is later
    assert changed.key is former.key
