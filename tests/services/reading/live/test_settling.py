"""What is to stay is told once for what has come to stand, and not for what comes and goes."""

import pytest

from services.reading.live.settling import Settling


@pytest.mark.parametrize(
    ("standing", "told"),
    [
        ([0, 0, 0], 0),
        ([4, 4, 4, 4], 1),
        ([4, 400, 2000, 2000], 3),
        ([2000, 1000, 2000, 1999, 2000], 1),
        ([2000, 0, 2001], 2),
    ],
    ids=["nothing stands", "all at once", "one after the other", "some come and go", "one more than ever"],
)
def test_it_is_told_when_more_streams_stand_than_ever_before(standing, told):
    calls: list[None] = []
    settling = Settling(lambda: calls.append(None))
    for each in standing:
        settling.look(each)
    assert len(calls) == told
