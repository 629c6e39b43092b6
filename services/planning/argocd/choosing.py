"""Which override brings a container its new image. Pure.

What a source renders is not known here: only the application, and the image that runs. So an override counts as
*certain* where the application names the running image in its own overrides or values, and as a guess where only the
rule of the tool says what would match: kustomize changes every container whose image has exactly the name. Whether it
was right is seen in the end by the live image.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from domain.hand_overs import OwnerEdit
from domain.image_references import ImageReference, try_parse_image
from services.planning.argocd.sources import (
    HELM,
    KUSTOMIZE,
    Field,
    Override,
    Source,
    entries_of,
    given_by,
    name_of,
)
from services.planning.git import yaml_places
from services.planning.helm.values import ValuePath, leaves, path_of, spelled
from services.planning.images.one_name import without_version

_NAMES = ("repository", "name", "image")


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The edits of one source that would bring an image."""

    edits: tuple[OwnerEdit, ...]
    certain: bool

    @property
    def label(self) -> str:
        return " and ".join(edit.where for edit in self.edits)


def choices(source: Source, running: str, wanted: str) -> tuple[Choice, ...]:
    """What this source offers for a container that runs one image and is to run another."""
    before, after = try_parse_image(running), try_parse_image(wanted)
    if before is None or after is None:
        return ()
    match source.tool:
        case tool if tool == KUSTOMIZE:
            return tuple(_of_kustomize(source, running, before, wanted))
        case tool if tool == HELM:
            return tuple(dict.fromkeys(_of_helm(source, running, before, after, wanted)))
        case _:
            return ()


def _of_kustomize(source: Source, running: str, before: ImageReference, wanted: str) -> Iterator[Choice]:
    """The name that the source has is the one that an entry gives this image; else, it has the image's own."""
    entries = [each for each in entries_of(source, Field.IMAGES) if isinstance(each, str)]
    named = {name_of(each): each for each in entries if without_version(given_by(each)) == before.name}
    exact = [name for name, entry in named.items() if given_by(entry) == running]
    for name in exact if len(exact) == 1 else named or [before.name]:
        override = Override(source=source, field=Field.IMAGES, name=name)
        edit = OwnerEdit(where=override.where, before=override.value, after=f"{name}={wanted}")
        yield Choice(edits=(edit,), certain=name in named)


# Helm -----------------------------------------------------------------------------------------------------------


def _of_helm(
    source: Source, running: str, before: ImageReference, after: ImageReference, wanted: str
) -> Iterator[Choice]:
    """Values that spell the running image, as a whole or in parts that lie side by side."""
    visible = {path: text for path, text in _visible(source).items() if path and _is_plain(path)}
    yield from (_choice(source, {path: wanted}) for path, text in visible.items() if text == running)
    for parent in dict.fromkeys(path[:-1] for path in visible):
        beside = {str(path[-1]): text for path, text in visible.items() if path[:-1] == parent}
        name, version = _name(beside, before, after), _version(beside, before, after)
        if name is not None and version:
            yield _choice(source, {(*parent, key): text for key, text in (name | version).items()})


def _visible(source: Source) -> Mapping[ValuePath, str]:
    """The values that the application itself gives: parameters over `valuesObject`, or without one over `values`.

    https://argo-cd.readthedocs.io/en/stable/user-guide/helm/#helm-value-precedence
    """
    helm = source.body.get("helm") or {}
    given = helm.get("valuesObject")
    values = {path: str(value) for path, value in leaves(given)} if given else _parsed(str(helm.get("values") or ""))
    parameters = (each for each in helm.get("parameters") or () if isinstance(each, dict))
    return {**values, **{path_of(str(each.get("name"))): str(each.get("value", "")) for each in parameters}}


def _parsed(text: str) -> Mapping[ValuePath, str]:
    """Each scalar as it is written: a tag `1.10` is no number here. Nothing of a text that is too deep or too long."""
    try:
        found = yaml_places.leaves(yaml_places.documents(text))
    except yaml_places.EditRefusedError:
        return {}
    return {path[1:]: written for path, (_, written) in found.items()}


def _is_plain(path: ValuePath) -> bool:
    """Not within a list, of which a parameter would replace the rest."""
    return all(isinstance(part, str) for part in path)


def _name(beside: Mapping[str, str], before: ImageReference, after: ImageReference) -> dict[str, str] | None:
    """The edits that bring the new name; None where the values do not spell the running one."""
    registry, _, rest = before.name.partition("/")
    for key in _NAMES:
        if beside.get(key) == before.name:
            return {} if before.name == after.name else {key: after.name}
        if rest and beside.get("registry") == registry and beside.get(key) == rest:
            new_registry, _, new_rest = after.name.partition("/")
            wanted = {"registry": new_registry, key: new_rest}
            return {part: text for part, text in wanted.items() if beside[part] != text}
    return None


def _version(beside: Mapping[str, str], before: ImageReference, after: ImageReference) -> dict[str, str]:
    """The edits that bring the new version; empty where the values do not spell the running one."""
    tag, digest = after.tag or "", after.digest or ""
    if not tag:
        return {}  # a chart writes the tag behind a colon, where a digest would make no reference
    if "digest" in beside and beside["digest"] == (before.digest or "") and beside.get("tag") == (before.tag or ""):
        return {"tag": tag, "digest": digest}
    if beside.get("tag") in {before.tag, f"{before.tag}@{before.digest}"}:
        return {"tag": f"{tag}@{digest}" if digest else tag}
    return {}


def _choice(source: Source, values: Mapping[ValuePath, str]) -> Choice:
    edits = []
    for path, text in values.items():
        override = Override(source=source, field=Field.PARAMETERS, name=spelled(path))
        edits.append(OwnerEdit(where=override.where, before=override.value, after=text))
    return Choice(edits=tuple(edits), certain=True)
