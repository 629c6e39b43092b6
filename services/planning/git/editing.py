"""The text of a file with a new image in one place: lines change, comments and format stay, and it is proven. Pure.

The proof: read again, the file differs from what it was in that image alone, and what was written there is text. So
an anchor that other places share, or a parser that reads more than was meant, is found before anything is committed.
"""

import difflib
from collections.abc import Sequence
from typing import assert_never

import yaml

from domain.image_references import ImageReference
from services.planning.git.image_edits import (
    ChangedLine,
    EditedFile,
    ImageEdit,
    KustomizationEdit,
    ManifestEdit,
    ValuesEdit,
)
from services.planning.git.places import Wanted, dotted, in_kustomization, in_manifest, in_values, kustomization_entry
from services.planning.git.scalar_text import replacing, written
from services.planning.git.yaml_places import EditRefusedError, Splice, documents, leaves, line_of, pairs, spliced

_TEXT = "tag:yaml.org,2002:str"


def edited(text: str, edit: ImageEdit, *, before: ImageReference, after: ImageReference) -> EditedFile:
    """The file with the image `after`, of which the workload now has `before`.

    Raises `EditRefusedError` where that cannot be done in lines of this image alone.
    """
    roots = documents(text)
    wanted = _wanted(roots, edit, before, after)
    changed = spliced(text, (splice for each in wanted for splice in _splices(text, each)))
    _prove(roots, documents(changed), wanted)
    return EditedFile(text=changed, lines=_changed_lines(text, changed))


def _wanted(
    roots: Sequence[yaml.Node], edit: ImageEdit, before: ImageReference, after: ImageReference
) -> tuple[Wanted, ...]:
    match edit:
        case ManifestEdit():
            return in_manifest(roots, edit, after)
        case ValuesEdit():
            return in_values(roots, edit, after, before.name)
        case KustomizationEdit(name=name):
            return in_kustomization(roots, name or kustomization_entry(roots, before.name), after)
        case _:
            assert_never(edit)


def _splices(source: str, wanted: Wanted) -> tuple[Splice, ...]:
    if wanted.node is None:
        return (_added(source, wanted),)
    if wanted.text is None:
        return (_removed(source, wanted),)
    if isinstance(wanted.node, yaml.ScalarNode) and (wanted.node.tag, wanted.node.value) == (_TEXT, wanted.text):
        return ()
    return (replacing(source, wanted.node, wanted.text),)


def _added(source: str, wanted: Wanted) -> Splice:
    """A member behind the first one of its mapping: `- name: …` in an entry of a list."""
    key, value = next(pairs(wanted.mapping))
    member = f"{wanted.path[-1]}: {written(wanted.text or '', style=None)}"
    if _in_flow(wanted.mapping):
        return Splice(start=value.end_mark.index, end=value.end_mark.index, text=f", {member}")
    end = source.find("\n", value.end_mark.index)
    end = len(source) if end < 0 else end
    line_break = "\n"
    if source[:end].endswith("\r"):
        end, line_break = end - 1, "\r\n"
    return Splice(start=end, end=end, text=f"{line_break}{' ' * key.start_mark.column}{member}")


def _in_flow(mapping: yaml.Node) -> bool:
    return isinstance(mapping, yaml.CollectionNode) and bool(mapping.flow_style)


def _removed(source: str, wanted: Wanted) -> Splice:
    """The whole line of a member. Raises `EditRefusedError` where something else is on it."""
    key, value = next(each for each in pairs(wanted.mapping) if each[0].value == wanted.path[-1])
    start = source.rfind("\n", 0, key.start_mark.index) + 1
    alone = not source[start : key.start_mark.index].strip() and key.start_mark.line == value.end_mark.line
    if _in_flow(wanted.mapping) or not alone:
        raise EditRefusedError(f"'{key.value}' has to go, and shares its line: remove it by hand.", line=line_of(key))
    end = source.find("\n", value.end_mark.index)
    return Splice(start=start, end=len(source) if end < 0 else end + 1, text="")


def _prove(before: Sequence[yaml.Node], after: Sequence[yaml.Node], wanted: Sequence[Wanted]) -> None:
    former, now = leaves(before), leaves(after)
    expected = {each.path: (_TEXT, each.text) if each.text is not None else None for each in wanted}
    for path in sorted(former.keys() | now.keys(), key=str):
        if former.get(path) != now.get(path) and path not in expected:
            raise EditRefusedError(
                f"The line would also change {dotted(path[1:])}, because both share one value: change it by hand."
            )
    if any(now.get(path) != value for path, value in expected.items()):
        raise EditRefusedError("The file would not say what was to be written: change it by hand.")


def _changed_lines(before: str, after: str) -> tuple[ChangedLine, ...]:
    old, new = before.split("\n"), after.split("\n")
    found: list[ChangedLine] = []
    matcher = difflib.SequenceMatcher(a=old, b=new, autojunk=False)
    for operation, start, end, start_after, end_after in matcher.get_opcodes():
        if operation == "equal":
            continue
        for offset in range(max(end - start, end_after - start_after)):
            former = old[start + offset].rstrip("\r") if start + offset < end else None
            now = new[start_after + offset].rstrip("\r") if start_after + offset < end_after else None
            number = start + offset if former is not None else start_after + offset
            found.append(ChangedLine(number=number + 1, before=former, after=now))
    return tuple(found)
