"""Trees of written fields: from paths and fingerprints, and back. Pure."""

from collections.abc import Iterable, Iterator
from typing import Any

from domain.written import FieldTree
from services.planning.objects.field_ownership import FieldPath

_ITSELF = "."  # an item of a list beside the fields in it, as in FieldsV1


def tree_of(leaves: Iterable[tuple[FieldPath, str]]) -> dict[str, Any]:
    """The tree of these fields, each with its fingerprint."""
    tree: dict[str, Any] = {}
    for path, print_ in leaves:
        node = tree
        steps = (*path, _ITSELF) if path[-1].startswith("k:") else path
        for step in steps[:-1]:
            node = node.setdefault(step, {})
        node[steps[-1]] = print_
    return tree


def leaves_of(tree: FieldTree, path: FieldPath = ()) -> Iterator[tuple[FieldPath, str]]:
    """What the tree was made of."""
    for step, inner in tree.items():
        if isinstance(inner, str):
            yield (path if step == _ITSELF else (*path, step)), inner
        else:
            yield from leaves_of(inner, (*path, step))
