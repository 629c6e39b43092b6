"""What a copy changes in a folder of a Git repository: a file for each object, and the kustomization that lists them.

Pure. An object that a file of the folder holds is changed there, in as few lines as it takes; another one gets a file
of its own. Values of Secrets are never written to Git.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from domain.hand_overs import OwnerEdit
from domain.resources import Manifest, ResourceId
from services.planning.copying.plan import PlannedResource
from services.planning.git.filed_objects import FiledFolder, Kustomization
from services.planning.git.line_edits import line_edits
from services.planning.git.merged_values import merged
from services.planning.git.node_values import value_of
from services.planning.git.value_edits import with_value
from services.planning.git.yaml_places import EditRefusedError, documents
from services.planning.git.yaml_writing import manifest_text
from services.planning.objects.identity import ObjectKey
from services.planning.objects.redact import is_secret


@dataclass(frozen=True, kw_only=True)
class Unwritable:
    """Why an object is not written to the folder: `code` is for programs, `detail` for people, with the way out."""

    code: str
    detail: str
    resource: ResourceId | None = None


@dataclass(frozen=True, kw_only=True)
class CopiedFiles:
    """The edits of a folder, and what could not be written to it."""

    edits: tuple[OwnerEdit, ...]
    unwritable: tuple[Unwritable, ...]


def copied_files(resources: Iterable[PlannedResource], folder: FiledFolder, *, namespace: str) -> CopiedFiles:
    """The edits that bring what the plan writes."""
    if folder.kustomization is not None and folder.kustomization.elsewhere:
        return CopiedFiles(edits=(), unwritable=(_brings_more(folder.kustomization),))
    texts = dict(folder.texts)
    added: list[str] = []
    unwritable: list[Unwritable] = []
    for planned in resources:
        if planned.desired is None or not (planned.writes or is_secret(planned.resource.kind)):
            continue
        if is_secret(planned.resource.kind):
            unwritable.append(_secret(planned.resource, folder))
            continue
        found = folder.find(ObjectKey.of(planned.desired))
        try:
            if not found:
                path = _new_path(folder.path, planned.resource, texts)
                texts[path] = manifest_text(_placed(planned.desired, namespace))
                added.append(path)
            elif len(found) > 1:
                unwritable.append(_twice(planned.resource, [each.path for each in found]))
            else:
                (filed,) = found
                whole = merged(filed.manifest, planned.desired)
                texts[filed.path] = with_value(texts[filed.path], filed.number, whole)
        except EditRefusedError as refused:
            unwritable.append(_by_hand(planned.resource, found[0].path, refused))
    if folder.kustomization is not None and added:
        try:
            texts[folder.kustomization.path] = _listing(texts[folder.kustomization.path], added)
        except EditRefusedError as refused:
            unwritable.append(_by_hand(None, folder.kustomization.path, refused))
    return CopiedFiles(edits=tuple(_edits(folder, texts)), unwritable=tuple(unwritable))


def _edits(folder: FiledFolder, texts: dict[str, str]) -> Iterator[OwnerEdit]:
    for path, text in texts.items():
        before = folder.texts.get(path)
        if before is None:
            yield OwnerEdit(where=f"{path}:1", before=None, after=text)
        elif before != text:
            yield from line_edits(path, before, text)


def _placed(desired: Manifest, namespace: str) -> dict[str, object]:
    """The object with its namespace behind its name."""
    metadata = dict(desired.metadata)
    return {**desired.body, "metadata": {"name": metadata.pop("name"), "namespace": namespace, **metadata}}


def _new_path(folder: str, resource: ResourceId, texts: dict[str, str]) -> str:
    kind = resource.kind
    short = f"{folder}/{kind.name.lower()}-{resource.name}.yaml"
    return short if short not in texts else f"{folder}/{kind.name.lower()}.{kind.group or 'core'}-{resource.name}.yaml"


def _listing(text: str, added: list[str]) -> str:
    """The kustomization with the new files. Raises `EditRefusedError`."""
    value = value_of(documents(text)[0])
    names = [path.rpartition("/")[2] for path in added]
    return with_value(text, 0, {**value, "resources": [*(value.get("resources") or ()), *names]})


def _secret(resource: ResourceId, folder: FiledFolder) -> Unwritable:
    return Unwritable(
        code="git-secret",
        detail=f"{resource.label} is not written to {folder.path}: whoever reads the repository would read its values. "
        "Leave it out, and copy it to the clusters in an import of its own (`delivery`: `cluster`), or copy what makes "
        "it instead: an ExternalSecret, a SealedSecret or a SecretProviderClass.",
        resource=resource,
    )


def _brings_more(kustomization: Kustomization) -> Unwritable:
    return Unwritable(
        code="git-folder-brings-more",
        detail=f"{kustomization.path} brings more than the files of its folder: {', '.join(kustomization.elsewhere)}. "
        "Whether that has the same objects is not known. Name a folder that holds the objects themselves.",
    )


def _twice(resource: ResourceId, paths: list[str]) -> Unwritable:
    return Unwritable(
        code="git-object-twice",
        detail=f"{resource.label} is in {' and in '.join(paths)}. Leave one of them, so that it is known which is "
        "delivered.",
        resource=resource,
    )


def _by_hand(resource: ResourceId | None, path: str, refused: EditRefusedError) -> Unwritable:
    where = f", line {refused.line}" if refused.line is not None else ""
    of = f", for {resource.label}" if resource is not None else ""
    return Unwritable(code="git-file-by-hand", detail=f"{path}{where}{of}: {refused.reason}", resource=resource)
