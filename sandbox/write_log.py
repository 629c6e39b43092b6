"""Records the writes to a cluster over HTTP, for tests that check what a client did."""

from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

LIMIT = 20_000


@dataclass(frozen=True, kw_only=True, slots=True)
class WriteRecord:
    """One write request and its outcome."""

    time: str
    user: str
    user_agent: str
    verb: str
    """create, update, patch, delete or deletecollection."""
    path: str
    """With its query."""
    content_type: str
    dry_run: bool
    content: str
    """The first 16 digits of the SHA-256 of the body: says whether two requests wrote the same, and not what."""
    changed: bool
    """Whether it changed an object: an apply of what is there already does not."""
    status: int


class WriteLog:
    """The last writes to one cluster, oldest first."""

    def __init__(self) -> None:
        self._records: deque[WriteRecord] = deque(maxlen=LIMIT)
        self.under_way = 0
        """Write requests that the cluster has received and not answered yet."""

    def add(self, record: WriteRecord) -> None:
        self._records.append(record)

    def __iter__(self) -> Iterator[WriteRecord]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)

    def clear(self) -> None:
        self._records.clear()

    def as_json(self) -> list[dict[str, Any]]:
        return [asdict(record) for record in self._records]
