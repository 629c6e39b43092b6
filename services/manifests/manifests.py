"""Reads manifests that people submit as YAML or JSON, checks their structure, and reports mistakes with their lines.

The text never reaches a loader that constructs objects: aliases count as what they expand to, repeated keys and tags
are mistakes, and size, depth and number of documents are bounded. Messages never quote the text: it may be a Secret.
"""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from domain.resources import Manifest, ResourceId
from services.errors import InvalidRequestError
from services.manifests.scalars import Path, Plain, typed_object
from services.manifests.yaml_reading import Document, YamlMistakeError, read_documents
from services.planning.configuring.structure_check import check_structure
from services.planning.objects.identity import ObjectKey


@dataclass(frozen=True, kw_only=True)
class ManifestMistake:
    """One mistake; lines, columns and documents count from 1."""

    code: str
    message: str
    line: int | None = None
    column: int | None = None
    document: int | None = None


@dataclass(frozen=True, kw_only=True)
class CheckedManifests:
    """The manifests in a text that have no mistake, and the mistakes of the others."""

    manifests: tuple[Manifest, ...]
    mistakes: tuple[ManifestMistake, ...]

    @property
    def valid(self) -> bool:
        return not self.mistakes

    @property
    def resources(self) -> tuple[ResourceId, ...]:
        return tuple(manifest.id for manifest in self.manifests)


class ManifestsRefusedError(InvalidRequestError):
    """Submitted manifests cannot be read; `mistakes` lists every mistake."""

    def __init__(self, detail: str, *, field: str, mistakes: tuple[ManifestMistake, ...]) -> None:
        super().__init__(detail, field=field)
        self.mistakes = mistakes

    def members(self) -> Mapping[str, object]:
        return {**super().members(), "mistakes": [asdict(mistake) for mistake in self.mistakes]}


def check_manifests(text: str) -> CheckedManifests:
    """The manifests and mistakes in the text; reading ends at a mistake in the YAML itself. Raises nothing."""
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
        for listed in _objects_in(document.value, (), "", ""):
            typed = typed_object(listed.value, api_version=listed.api_version, kind=listed.kind)
            path, body = listed.path, typed.body
            found = [_mistake(each.code, each.message, (*path, *each.path), document) for each in typed.mistakes]
            found = found or _mistakes_of(body, path, document)
            if not found:
                manifest = Manifest(_without_string_data(body))
                key = ObjectKey.of(manifest)
                if key in seen:
                    found = [_mistake("named-twice", f"{manifest.id.label} is there twice.", path, document)]
                else:
                    manifests.append(manifest)
                    seen.add(key)
            mistakes += found
    return CheckedManifests(manifests=tuple(manifests), mistakes=tuple(mistakes))


def read_manifests(text: str, *, field: str) -> tuple[Manifest, ...]:
    """The objects in a text. Raises `ManifestsRefusedError` on `field` where there is any mistake."""
    checked = check_manifests(text)
    if checked.mistakes:
        first = checked.mistakes[0]
        where = f" (line {first.line})" if first.line else ""
        raise ManifestsRefusedError(
            f"The manifests cannot be read: {first.message}{where}", field=field, mistakes=checked.mistakes
        )
    return checked.manifests


@dataclass(frozen=True, kw_only=True, repr=False)
class _Listed:
    """An object, its path in the document, and the identity that the list around it gives it; empty: none."""

    value: Any
    path: Path
    api_version: str = ""
    kind: str = ""


def _objects_in(value: Any, path: Path, api_version: str, kind: str) -> Iterator[_Listed]:
    """The object, or the items of a list: any kind that ends in `List`, as servers answer lists.

    Items of a `ConfigMapList` need not say what they are (apimachinery, unstructured.UnstructuredList).
    """
    inner = _items_of(value)
    if inner is None:
        yield _Listed(value=value, path=path, api_version=api_version, kind=kind)
        return
    items, kind = inner
    api_version = _word(value.get("apiVersion")) if kind else ""
    for index, item in enumerate(items):
        yield from _objects_in(item, (*path, "items", index), api_version, kind)


def _items_of(value: Any) -> tuple[list[Any], str] | None:
    """The items of a list and their kind, empty for a `List` of any kinds; None where the value is no list."""
    if not isinstance(value, dict) or "items" not in value:
        return None
    kind, items = _word(value.get("kind")), value["items"]
    if isinstance(items, Plain) and items.is_null:
        items = []
    if not kind.endswith("List") or not isinstance(items, list):
        return None
    return items, kind.removesuffix("List")


def _word(value: Any) -> str:
    return value.text if isinstance(value, Plain) else value if isinstance(value, str) else ""


def _mistakes_of(body: Any, path: Path, document: Document) -> list[ManifestMistake]:
    if not isinstance(body, dict):
        return [_mistake("not-an-object", "An object is required here.", path, document)]
    return [
        _mistake("wrong-shape", f"{wrong.field} must be {wrong.expected}.", (*path, *wrong.field.split(".")), document)
        for wrong in check_structure(body)
    ]


def _mistake(code: str, message: str, path: Path, document: Document) -> ManifestMistake:
    line, column = document.position_of(path)
    return ManifestMistake(code=code, message=message, line=line, column=column, document=document.number)


def _without_string_data(body: dict[str, Any]) -> dict[str, Any]:
    """A Secret with `stringData` moved to `data` in base64, as the API server stores it."""
    texts = body.get("stringData")
    if body.get("kind") != "Secret" or body.get("apiVersion") != "v1" or not texts:
        return body
    encoded = {key: base64.b64encode((text or "").encode()).decode() for key, text in texts.items()}
    rest = {key: value for key, value in body.items() if key != "stringData"}
    return {**rest, "data": {**(body.get("data") or {}), **encoded}}
