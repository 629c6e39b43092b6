"""The interface of a kind's rules for writes: one value for each kind, defined in the modules of this package."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sandbox.errors import Cause
from sandbox.kinds import formats
from sandbox.store import Object


def _nothing(_: Object) -> None:
    pass


def _nothing_over(_new: Object, _old: Object) -> None:
    pass


def _no_findings(_: Object) -> Iterator[Cause]:
    return iter(())


def _no_objections(_new: Object, _old: Object) -> Iterator[Cause]:
    return iter(())


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The rules of one kind. Functions that change an object get an unshared copy."""

    default: Callable[[Object], None] = _nothing
    """Fill in what a real server's defaults would; runs before ownership is recorded."""
    prepare: Callable[[Object], None] = _nothing
    """Fields that the server sets when an object is created; they have no owner."""
    validate: Callable[[Object], Iterator[Cause]] = _no_findings
    validate_new: Callable[[Object], Iterator[Cause]] = _no_findings
    """What holds of an object that is made, and is not asked again of one that is there."""
    validate_status: Callable[[Object], Iterator[Cause]] = _no_findings
    """Of what the subresource `status` writes."""
    forbid: Callable[[Object, Object], Iterator[Cause]] = _no_objections
    """What a change from the second to the first object may not do."""
    carry_over: Callable[[Object, Object], None] = _nothing_over
    """Take into the new object what the old one was given by the server and the new one leaves out."""
    empty: dict[str, Any] = field(default_factory=dict)
    """Parts that every object has, also when they were not sent; they have no owner."""
    status: Any = None
    """The status of a new object; None: the kind has none."""
    generation: bool = False
    """`metadata.generation` counts changes of the spec."""
    generation_counts_annotations: bool = False
    created_by_replacing: bool = False
    """A PUT creates what is not there."""
    replaced_by_version: bool = False
    """A PUT has to name the resourceVersion that it replaces."""
    name: Callable[[str], str] = formats.subdomain
