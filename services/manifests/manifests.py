"""Manifests that people submit as YAML or JSON: read without harm, checked for shape, mistakes told with their lines.

The text is never given to a loader that builds what it describes: aliases are counted as what they expand to, repeated
keys and tags are mistakes, and size, depth and number of documents are bounded. What is said never quotes the text, for
it may be a Secret's.
"""

import base64
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from domain.resources import Manifest, ResourceId
from services.errors import InvalidRequestError
from services.manifests.yaml_reading import Document, YamlMistakeError, read_documents
from services.planning.configuring.structure_check import check_structure
from services.planning.objects.identity import ObjectKey


@dataclass(frozen=True, kw_only=True)
class ManifestMistake:
    """One thing that is wrong; lines, columns and documents count from 1."""

    code: str
    message: str
    line: int | None = None
    column: int | None = None
    document: int | None = None


@dataclass(frozen=True, kw_only=True)
class CheckedManifests:
    """What a text holds, and what is wrong with it. `manifests` are those without a mistake."""

    manifests: tuple[Manifest, ...]
    mistakes: tuple[ManifestMistake, ...]

    @property
    def valid(self) -> bool:
        return not self.mistakes

    @property
    def resources(self) -> tuple[ResourceId, ...]:
        return tuple(manifest.id for manifest in self.manifests)


class ManifestsRefusedError(InvalidRequestError):
    """Submitted manifests cannot be read; `mistakes` is everything that is wrong with them."""

    def __init__(self, detail: str, *, field: str, mistakes: tuple[ManifestMistake, ...]) -> None:
        super().__init__(detail, field=field)
        self.mistakes = mistakes

    def members(self) -> Mapping[str, object]:
        return {**super().members(), "mistakes": [asdict(mistake) for mistake in self.mistakes]}


def check_manifests(text: str) -> CheckedManifests:
    """Everything that is in the text; a mistake of the YAML itself ends the reading there."""
    mistakes: list[ManifestMistake] = []
    documents: tuple[Document, ...] = ()
    try:
        documents = read_documents(text)
    except YamlMistakeError as error:
        mistakes.append(
            ManifestMistake(
                code=error.code, message=error.message, line=error.line, column=error.column, document=error.document
            )
        )
    manifests: list[Manifest] = []
    seen: set[ObjectKey] = set()
    for document in documents:
        for body, path in _objects_in(document):
            wrong = _wrong_with(body, path, document)
            if not wrong:
                manifest = Manifest(_without_string_data(body))
                key = ObjectKey.of(manifest)
                if key in seen:
                    wrong = [_mistake("named-twice", f"{manifest.id.label} is there twice.", path, document)]
                else:
                    manifests.append(manifest)
                    seen.add(key)
            mistakes += wrong
    return CheckedManifests(manifests=tuple(manifests), mistakes=tuple(mistakes))


def read_manifests(text: str, *, field: str) -> tuple[Manifest, ...]:
    """The objects in a text; raises `ManifestsRefusedError` about `field` where anything is wrong."""
    checked = check_manifests(text)
    if checked.mistakes:
        first = checked.mistakes[0]
        where = f" (line {first.line})" if first.line else ""
        raise ManifestsRefusedError(
            f"The manifests cannot be read: {first.message}{where}", field=field, mistakes=checked.mistakes
        )
    return checked.manifests


def _objects_in(document: Document) -> list[tuple[Any, tuple[str | int, ...]]]:
    """A document's object, or those of a `List`; with their paths in the document."""
    value = document.value
    if isinstance(value, dict) and value.get("kind") == "List" and isinstance(value.get("items"), list):
        return [(item, ("items", index)) for index, item in enumerate(value["items"])]
    return [(value, ())]


def _wrong_with(body: Any, path: tuple[str | int, ...], document: Document) -> list[ManifestMistake]:
    if not isinstance(body, dict):
        return [_mistake("not-an-object", "An object is expected here.", path, document)]
    return [
        _mistake(
            "wrong-shape", f"{wrong.field} has to be {wrong.expected}.", (*path, *wrong.field.split(".")), document
        )
        for wrong in check_structure(body)
    ]


def _mistake(code: str, message: str, path: tuple[str | int, ...], document: Document) -> ManifestMistake:
    line, column = document.address_of(path)
    return ManifestMistake(code=code, message=message, line=line, column=column, document=document.number)


def _without_string_data(body: dict[str, Any]) -> dict[str, Any]:
    """A Secret's texts in base64 with the rest of its data, as the server would store them."""
    texts = body.get("stringData")
    if body.get("kind") != "Secret" or body.get("apiVersion") != "v1" or not texts:
        return body
    encoded = {key: base64.b64encode((text or "").encode()).decode() for key, text in texts.items()}
    rest = {key: value for key, value in body.items() if key != "stringData"}
    return {**rest, "data": {**(body.get("data") or {}), **encoded}}
