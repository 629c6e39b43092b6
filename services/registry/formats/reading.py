"""Reads the JSON of a report: an absent member is None, a member of the wrong type raises.

Errors name the path, as `$.target.repository`, and repeat no value.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from services.json_bounds import TooDeepError, parse
from services.registry.deliveries import IgnoredEvent, Parsed, PushedImage, UnreadableDeliveryError
from services.registry.formats import ignored
from services.registry.names import (
    fold_host,
    fold_repository,
    is_artefact_tag,
    is_digest,
    is_repository,
    is_tag,
    looks_like_digest,
    names_registry,
)

MAX_BODY_BYTES = 1024 * 1024
_MAX_IMAGES = 100  # in one report; each is stored as a row
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}", re.IGNORECASE)
_DELIVERY_ID = re.compile(r"[!-~]{1,128}")
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)  # senders write year 1 or 1970 for an unknown time
_Event = PushedImage | IgnoredEvent


@dataclass(frozen=True)
class Node:
    """A value in a JSON document, and its path."""

    value: Any
    path: str = "$"

    def at(self, *names: str) -> "Node":
        """The nested member; its value is None where a member on the way is missing or null."""
        node = self
        for name in names:
            if node.value is None:
                return Node(None, f"{node.path}.{name}")
            if not isinstance(node.value, dict):
                raise node.wrong("an object")
            node = Node(node.value.get(name), f"{node.path}.{name}")
        return node

    def items(self) -> Iterator["Node"]:
        """The items of a list; none where it is missing."""
        if self.value is None:
            return
        if not isinstance(self.value, list):
            raise self.wrong("a list")
        for number, value in enumerate(self.value):
            yield Node(value, f"{self.path}[{number}]")

    def text(self) -> str:
        """The non-empty string. Raises `UnreadableDeliveryError` where there is none."""
        text = self.text_or_none()
        if text is None:
            raise self.wrong("a string")
        return text

    def text_or_none(self) -> str | None:
        """The string, or None where it is missing or empty. Raises `UnreadableDeliveryError` for another type."""
        if self.value is not None and not isinstance(self.value, str):
            raise self.wrong("a string")
        return self.value or None

    def wrong(self, expected: str) -> UnreadableDeliveryError:
        """The error that this value is not what was expected."""
        return UnreadableDeliveryError(f"{self.path} must be {expected}.", field=self.path)


def read_json(body: bytes, *, path: str = "$") -> Node:
    """The document, an object or a list. Raises `UnreadableDeliveryError`."""
    if len(body) > MAX_BODY_BYTES:
        raise UnreadableDeliveryError(
            f"The delivery is larger than {MAX_BODY_BYTES // 1024} KiB, the most that is read."
        )
    try:
        value = parse(body.removeprefix(b"\xef\xbb\xbf"))  # a byte order mark
    except TooDeepError:
        raise UnreadableDeliveryError(f"{path} is nested too deeply.", field=path) from None
    except ValueError:
        raise UnreadableDeliveryError(
            f"{path} is not JSON. Choose application/json at the sender.", field=path
        ) from None
    node = Node(value, path)
    if not isinstance(value, dict | list):
        raise node.wrong("an object")
    return node


def image(
    *,
    registry: Node | str,
    repository: Node | str,
    tag: Node,
    digest: Node | str | None = None,
    media_type: Node | None = None,
    pushed_at: Node | None = None,
) -> _Event:
    """The image push, with normalised names, or why it is ignored. Raises `UnreadableDeliveryError` for invalid names.

    Digest, media type and time are hints: invalid ones are left out.
    """
    written = tag.text_or_none()
    if written is None:
        return ignored.UNTAGGED
    if looks_like_digest(written):
        return ignored.BY_DIGEST
    if is_artefact_tag(written):
        return ignored.ARTEFACT_TAG
    kind = media_type.value if media_type else None
    if kind in ignored.CHART_MEDIA_TYPES:
        return ignored.CHART
    if not is_tag(written):
        raise tag.wrong("a tag: 1 to 128 letters, digits, '_', '.' or '-'")
    host, path = _name(registry, repository)
    hint = digest.value if isinstance(digest, Node) else digest
    return PushedImage(
        registry=host,
        repository=path,
        tag=written,
        digest=hint if is_digest(hint) else None,
        media_type=kind if isinstance(kind, str) and _MEDIA_TYPE.fullmatch(kind) else None,
        pushed_at=moment(pushed_at.value) if pushed_at else None,
    )


def parsed(events: Iterable[_Event], *, delivery_id: str | None = None) -> Parsed:
    """The distinct events. Raises `UnreadableDeliveryError` for more than 100 images."""
    distinct = tuple(dict.fromkeys(events)) or (ignored.NOTHING,)
    found = Parsed(delivery_id=delivery_id, events=distinct)
    if len(found.pushed) > _MAX_IMAGES:
        raise UnreadableDeliveryError(f"The delivery reports more than {_MAX_IMAGES} images.")
    return found


def read_each(nodes: Sequence[Node], read: Callable[[Node], _Event]) -> list[_Event]:
    """The event of each node. Beside a readable image push, an unreadable event costs itself alone.

    Raises the first `UnreadableDeliveryError` where no image push is left.
    """
    events: list[_Event] = []
    errors: list[UnreadableDeliveryError] = []
    for node in nodes:
        try:
            events.append(read(node))
        except UnreadableDeliveryError as error:
            errors.append(error)
            events.append(IgnoredEvent(code="unreadable", reason=error.detail))
    if errors and not any(isinstance(event, PushedImage) for event in events):
        raise errors[0]
    return events


def identity(*parts: str | None) -> str | None:
    """The sender's id of a delivery, hashed where it is long or unusual; None where a part is missing."""
    given = [part for part in parts if part]
    if not given or len(given) < len(parts):
        return None
    if len(given) == 1 and _DELIVERY_ID.fullmatch(given[0]):
        return given[0]
    return hashlib.sha256(repr(given).encode("utf-8", "backslashreplace")).hexdigest()


def moment(value: object) -> datetime | None:
    """The UTC time of an RFC 3339 text or Unix seconds; None where invalid, or before the year 2000."""
    try:
        if isinstance(value, str):
            read = datetime.fromisoformat(value)
            found = read.replace(tzinfo=read.tzinfo or UTC).astimezone(UTC)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found = datetime.fromtimestamp(value, UTC)
        else:
            return None
    except (ValueError, OverflowError, OSError):
        return None
    return found if found >= _EARLIEST else None


def _name(registry: Node | str, repository: Node | str) -> tuple[str, str]:
    host, path = _text(registry), _text(repository)
    if not names_registry(host):
        raise _wrong(registry, "the host of a registry, with a dot or a port in it")
    folded = fold_host(host)
    first, _, rest = path.partition("/")
    path = fold_repository(folded, rest if rest and fold_host(first) == folded else path)
    if not is_repository(path):
        raise _wrong(repository, "a repository: path components as in team/app")
    return folded, path


def _text(value: Node | str) -> str:
    return value.text() if isinstance(value, Node) else value


def _wrong(value: Node | str, expected: str) -> UnreadableDeliveryError:
    return value.wrong(expected) if isinstance(value, Node) else UnreadableDeliveryError(f"It must name {expected}.")
