"""The one table of what tools write onto objects, and its questions. Pure.

Every rule about a name that a tool or controller writes stands here: what a copy leaves out, keeps or tells of, and by
what an owner is recognised. Whole objects that a copy refuses stand in `copying.refusal_rules`. From both,
docs/what-tools-write.md is written.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from services.planning.tools import clouds, delivery, images_and_secrets, kubernetes, namespaces, platforms
from services.planning.tools.rows import Place, Row, Tell

TABLE: tuple[Row, ...] = (
    *kubernetes.ROWS,
    *delivery.ROWS,
    *platforms.ROWS,
    *clouds.ROWS,
    *images_and_secrets.ROWS,
    *namespaces.ROWS,
)


def matches(pattern: str, name: str) -> bool:
    """Whether `name` is `pattern`, or begins with it where it ends in `*`."""
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern


@lru_cache(maxsize=8192)  # the same few names stand on object after object
def rows_on(place: Place, name: str) -> tuple[Row, ...]:
    """The rows about a name in this place, in the order of the table."""
    return tuple(row for row in TABLE if row.place is place and matches(row.name, name))


def told(place: Place, names: Mapping[str, str], tell: Tell) -> Iterator[tuple[str, Row]]:
    """The names of which a note of this code tells, with the row that says so."""
    for name in names:
        row = next((row for row in rows_on(place, name) if row.tell is tell), None)
        if row is not None:
            yield name, row
