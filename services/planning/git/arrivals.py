"""Whether a cluster has what was committed for it: by the objects that are there, and by the fields that changed. Pure.

A kustomization may change an object on its way, an admission webhook what is written, so that the object on the cluster
need not be the one of the file. What the edits have changed in the file has to be changed on the cluster.
"""

from collections.abc import Iterator, Mapping, Sequence

from domain.hand_overs import OwnerEdit
from domain.resources import Manifest, ResourceId
from services.planning.git.filed_objects import object_of
from services.planning.git.line_edits import by_file, edited_lines
from services.planning.objects.diff import diff
from services.planning.objects.identity import ObjectKey

_MOST_NAMED = 3


def lacking_of(
    edits: Sequence[OwnerEdit], texts: Mapping[str, str], live: Mapping[ResourceId, Manifest | None]
) -> dict[ResourceId, str]:
    """What each of these objects lacks, as a clause for people; `texts` are the files with the edits.

    Raises `UnreadableFileError`.
    """
    files = tuple(_files(edits, texts))
    return {resource: lack for resource, found in live.items() if (lack := _lack(resource, found, files)) is not None}


def _files(edits: Sequence[OwnerEdit], texts: Mapping[str, str]) -> Iterator[tuple[str, str | None, str]]:
    """Path, text before the edits (None: a new file), and the text now."""
    for path, own in by_file(edits).items():
        added = own[0].before is None
        yield path, None if added else edited_lines(texts[path], [each.reversed() for each in own]), texts[path]


def _lack(resource: ResourceId, live: Manifest | None, files: Sequence[tuple[str, str | None, str]]) -> str | None:
    if live is None:
        return "is not there"
    key = ObjectKey.of_resource(resource)
    for path, before, now in files:
        filed, former = object_of(now, path, key), object_of(before, path, key) if before is not None else None
        if filed is None or former is None:
            continue
        changed = {change.path for change in diff(former, filed)}
        late = [change.path for change in diff(live, filed) if change.path in changed]
        if late:
            more = f" and {len(late) - _MOST_NAMED} more" if len(late) > _MOST_NAMED else ""
            return f"has not {', '.join(late[:_MOST_NAMED])}{more} of its file"
    return None
