"""Unwraps exceptions: HTTP clients wrap those of the operating system and OpenSSL, each in its own way."""

from collections.abc import Iterator


def causes(error: BaseException) -> Iterator[BaseException]:
    """The exception itself, then all that it wraps or was raised from, each once."""
    seen: set[int] = set()
    queue: list[BaseException | None] = [error]
    while queue:
        current = queue.pop(0)
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        queue += [
            getattr(current, "os_error", None),
            getattr(current, "certificate_error", None),
            current.__cause__,
            current.__context__,
        ]
