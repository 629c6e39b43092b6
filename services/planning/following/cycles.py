"""Whether environments would follow each other round. Pure."""

from collections.abc import Mapping


def round_trip(follows: Mapping[str, str], *, follower: str, source: str) -> tuple[str, ...] | None:
    """The way from `source` back to `follower`, if there is one: then the follower may not follow it.

    `follows` has, by environment, the one that it follows now; that of the follower itself does not count.
    """
    way = [source]
    while way[-1] != follower:
        following = follows.get(way[-1])
        if following is None or following in way:
            return None
        way.append(following)
    return tuple(way)
