"""What the new images of workloads change in the files that name them. Pure.

One file may name the images of several workloads: it is changed once, for all of them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from domain.hand_overs import OwnerEdit
from domain.image_references import ImageReference, InvalidImageError, parse_image
from domain.images import ContainerKey, ImageChange
from domain.stored.git_files import GitFile
from domain.words import FileForm
from services.planning.git.editing import edited
from services.planning.git.image_edits import ImageEdit, KustomizationEdit, ManifestEdit, ValuesEdit
from services.planning.git.line_edits import line_edits
from services.planning.git.places import kustomization_entry
from services.planning.git.yaml_places import EditRefusedError, documents
from services.planning.images.hand_overs import Refusal
from services.planning.images.one_name import reaches
from services.planning.images.owner_refusals import not_reached


@dataclass(frozen=True, kw_only=True)
class NamedImage:
    """A container whose image is to change, and the file that names it for its cluster."""

    change: ImageChange
    file: GitFile
    path: str

    @property
    def label(self) -> str:
        return f"container {self.change.container} of {self.change.workload.label}"


@dataclass(frozen=True, kw_only=True)
class FileEdits:
    """The edits by container, and sentences about what else they change."""

    edits: Mapping[ContainerKey, tuple[OwnerEdit, ...]]
    touches: tuple[str, ...]


class _RefusedError(Exception):
    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


def planned_files(texts: Mapping[str, str], named: Sequence[NamedImage]) -> FileEdits | Refusal:
    """The lines that change in these files, by their paths, to bring all of these images."""
    edits: dict[ContainerKey, tuple[OwnerEdit, ...]] = {}
    touches: list[str] = []
    try:
        for path in dict.fromkeys(each.path for each in named):
            own = [each for each in named if each.path == path]
            text, told = _changed(texts[path], own)
            touches += told
            found = line_edits(path, texts[path], text)
            edits.update({each.change.key: found for each in own})
    except _RefusedError as refused:
        return refused.refusal
    except InvalidImageError as invalid:
        return Refusal(code="image-edit-refused", detail=f"The image of a container is not valid: {invalid}")
    return FileEdits(edits=edits, touches=tuple(dict.fromkeys(touches)))


def _changed(text: str, named: Iterable[NamedImage]) -> tuple[str, list[str]]:
    """The text of one file with all of its new images, and what is told of it."""
    once = tuple((each, _place(text, each)) for each in named)
    told: list[str] = []
    changed = text
    for each, place in once:
        former = _edited(changed, each, place)
        if former == changed and _edited(text, each, place) == text:
            raise _RefusedError(_there_already(each))
        told += _told(text, each, place)
        changed = former
    for each, place in once:
        if _edited(changed, each, place) != changed:
            raise _RefusedError(
                Refusal(
                    code="git-file-shared",
                    detail=f"{each.path} names the image of {each.label} and that of another container in one place, "
                    "and they are to get different images. Give each a place of its own in the file.",
                )
            )
    return changed, told


def _place(text: str, named: NamedImage) -> ImageEdit:
    """Where the file names the container's image."""
    change = named.change
    match named.file.form:
        case FileForm.MANIFEST:
            kind = change.workload.kind
            return ManifestEdit(
                group=kind.group,
                kind=kind.name,
                name=change.workload.name,
                container=change.container,
                declared=change.declared,
            )
        case FileForm.KUSTOMIZATION:
            try:
                image = parse_image(change.before.reference).name
                place = KustomizationEdit(name=kustomization_entry(documents(text), image))
            except EditRefusedError as refused:
                raise _RefusedError(_cannot_change(named, refused)) from None
            given = change.before.reference if _names(text, named, place) else None
            if not reaches(change, gives=given):
                raise _RefusedError(not_reached(named.path, change, "'images'", "name a file of another form"))
            return place
        case FileForm.VALUES:
            return _values(named)
        case _:
            assert_never(named.file.form)


def _values(named: NamedImage) -> ValuesEdit:
    for each in named.file.values:
        if each.container == named.change.container:
            return ValuesEdit(**each.paths)
    raise _RefusedError(
        Refusal(
            code="git-value-unset",
            detail=f"It is not set where {named.path} has the image of {named.label}. An administrator sets it with "
            "the delivery of the workload.",
        )
    )


def _edited(text: str, named: NamedImage, place: ImageEdit, *, image: ImageReference | None = None) -> str:
    """The text with the container's new image, or with this one."""
    before, after = parse_image(named.change.before.reference), parse_image(named.change.after.reference)
    try:
        return edited(text, place, before=before, after=image or after).text
    except EditRefusedError as refused:
        raise _RefusedError(_cannot_change(named, refused)) from None


def _told(text: str, named: NamedImage, place: ImageEdit) -> Iterator[str]:
    if isinstance(place, KustomizationEdit):
        yield (
            f"In {named.path}, the entry {place.name} stands for every container with that image in its kustomization."
        )
    if not _names(text, named, place):
        yield f"{named.path} names another image now than {named.label} runs, which it replaces as well."


def _names(text: str, named: NamedImage, place: ImageEdit) -> bool:
    """Whether the file names the image that the container has, with its digest or without."""
    runs = parse_image(named.change.before.reference)
    choices = [runs] if runs.tag is None else [runs, replace(runs, digest=None)]
    return any(_edited(text, named, place, image=each) == text for each in choices)


def _there_already(named: NamedImage) -> Refusal:
    return Refusal(
        code="git-image-there",
        detail=f"{named.path} names the new image of {named.label} already, and the container does not run it. Look "
        "why whoever delivers it from there has not applied it, or whether this is its file.",
    )


def _cannot_change(named: NamedImage, refused: EditRefusedError) -> Refusal:
    where = f", line {refused.line}" if refused.line is not None else ""
    return Refusal(code="image-edit-refused", detail=f"{named.path}{where}, for {named.label}: {refused.reason}")
