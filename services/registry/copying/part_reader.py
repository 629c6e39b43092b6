"""Takes a part out of a blob's bytes as they arrive, and keeps nothing else."""


class PartReader:
    """Keeps `length` bytes after the first `skipped` ones; the rest is not received.

    Registries should send a part where one is asked for (Range), but may send the whole blob.
    """

    def __init__(self, *, skipped: int, length: int) -> None:
        self._left_out = skipped
        self._length = length
        self._kept = bytearray()

    @property
    def done(self) -> bool:
        return len(self._kept) >= self._length

    @property
    def part(self) -> bytes:
        """What was kept so far."""
        return bytes(self._kept)

    def feed(self, chunk: bytes) -> None:
        left_out = min(self._left_out, len(chunk))
        self._left_out -= left_out
        self._kept += chunk[left_out : left_out + self._length - len(self._kept)]
