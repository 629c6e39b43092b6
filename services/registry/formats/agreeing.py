"""Checks that a report which names its repository twice means one repository.

Senders give the path and its last component apart (Artifactory, Quay), or a whole reference beside its parts (GitHub,
Harbor, Google). Two repositories may end in the same word, so a part never stands for the whole; and where both cannot
be true, the report is unreadable: an image that was not pushed must not be deployed.
"""

from services.registry.deliveries import UnreadableDeliveryError
from services.registry.formats.reading import Node
from services.registry.names import is_artefact_tag, looks_like_digest


def check_end(whole: Node, part: Node) -> None:
    """Raises `UnreadableDeliveryError` where `part` is given and is not the end of `whole`, by whole components."""
    written = _folded(part.text_or_none())
    if written and not f"/{_folded(whole.text())}".endswith(f"/{written}"):
        raise _contradicts(part, whole)


def check_same(one: Node, other: Node) -> None:
    """Raises `UnreadableDeliveryError` where both are given and differ, in whichever case they are written."""
    first, second = _folded(one.text_or_none()), _folded(other.text_or_none())
    if first and second and first != second:
        raise _contradicts(other, one)


def check_tag(one: Node, other: Node) -> None:
    """Raises `UnreadableDeliveryError` where both are given and differ; the case of a tag counts.

    What is ignored by its tag (a signature, a platform by its digest) is ignored, whatever the other says.
    """
    written = one.text_or_none()
    if written and (looks_like_digest(written) or is_artefact_tag(written)):
        return
    if written and other.text_or_none() and written != other.value:
        raise _contradicts(other, one)


def check_url(repository: Node, url: Node) -> None:
    """Raises `UnreadableDeliveryError` where the API's URL of the pushed manifest is of another repository."""
    address = url.value if isinstance(url.value, str) else ""
    if "/v2/" in address and f"/v2/{_folded(repository.text())}/" not in address.lower():
        raise _contradicts(url, repository)


def without_scheme(url: Node) -> Node:
    """The text behind `https://`, which some senders write before an image's name."""
    return Node(url.text().partition("://")[2] or url.text(), url.path)


def _folded(text: str | None) -> str:
    return (text or "").strip("/").lower()


def _contradicts(node: Node, other: Node) -> UnreadableDeliveryError:
    return UnreadableDeliveryError(
        f"{node.path} and {other.path} contradict each other: they name different images.", field=node.path
    )
