"""The objects that the files of a folder hold, one a document. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from domain.resources import Manifest
from services.planning.git.node_values import value_of
from services.planning.git.yaml_places import EditRefusedError, child, documents, items, text_of
from services.planning.objects.identity import ObjectKey

# What a kustomization takes whole objects from.
_LISTS = ("resources", "bases", "components")
KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")


@dataclass(frozen=True, kw_only=True)
class FiledObject:
    """An object, the path of its file, and which of the file's documents it is (from 0)."""

    path: str
    number: int
    manifest: Manifest


@dataclass(frozen=True, kw_only=True)
class Kustomization:
    """The kustomization of a folder: the files of the folder that it lists, and what it brings from elsewhere."""

    path: str
    files: frozenset[str]
    elsewhere: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class FiledFolder:
    """The files of a folder, by their paths, and the objects that are delivered from there to one namespace.

    Where a kustomization is there, these are the objects of the files that it lists: others may be patches.
    """

    path: str
    texts: Mapping[str, str]
    objects: tuple[FiledObject, ...]
    kustomization: Kustomization | None = None

    def find(self, key: ObjectKey) -> tuple[FiledObject, ...]:
        return tuple(each for each in self.objects if ObjectKey.of(each.manifest) == key)


class UnreadableFileError(Exception):
    """A file of the folder holds no objects that can be read: `reason` is for people."""

    def __init__(self, path: str, refused: EditRefusedError) -> None:
        super().__init__(path)
        where = f", line {refused.line}" if refused.line is not None else ""
        self.reason = f"{path}{where}: {refused.reason}"


def filed_folder(path: str, texts: Mapping[str, str], *, namespace: str) -> FiledFolder:
    """Raises `UnreadableFileError`."""
    own = {each: text for each, text in texts.items() if each.rpartition("/")[0] == path}
    kustomization = next(
        (_kustomization(each, text) for each, text in own.items() if _name(each) in KUSTOMIZATIONS), None
    )
    delivered = [each for each in own if kustomization is None or each in kustomization.files]
    found = [one for each in delivered for one in _read(each, own[each]) if one.manifest.namespace in {None, namespace}]
    return FiledFolder(path=path, texts=own, objects=tuple(found), kustomization=kustomization)


def object_of(text: str, path: str, key: ObjectKey) -> Manifest | None:
    """The object in the text of one file. Raises `UnreadableFileError`."""
    found = (each.manifest for each in _read(path, text))
    return next((each for each in found if ObjectKey.of(each) == key), None)


def _read(path: str, text: str) -> tuple[FiledObject, ...]:
    try:
        return tuple(_objects(path, text))
    except EditRefusedError as refused:
        raise UnreadableFileError(path, refused) from None


def _objects(path: str, text: str) -> Iterator[FiledObject]:
    for number, root in enumerate(documents(text)):
        value = value_of(root)
        if isinstance(value, dict) and value.get("apiVersion") and value.get("kind"):
            yield FiledObject(path=path, number=number, manifest=Manifest(value))


def _kustomization(path: str, text: str) -> Kustomization:
    folder = path.rpartition("/")[0]
    try:
        (root,) = documents(text)
        listed = [name for key in _LISTS for each in items(child(root, key)) if (name := text_of(each))]
        charts = ["helmCharts"] if child(root, "helmCharts") is not None else []
    except ValueError:
        raise UnreadableFileError(path, EditRefusedError("A kustomization is one document.")) from None
    except EditRefusedError as refused:
        raise UnreadableFileError(path, refused) from None
    here = {name: f"{folder}/{name.removeprefix('./')}" for name in listed if _is_file_here(name)}
    elsewhere = (*(name for name in listed if name not in here), *charts)
    return Kustomization(path=path, files=frozenset(here.values()), elsewhere=elsewhere)


def _is_file_here(name: str) -> bool:
    return name.endswith((".yaml", ".yml")) and "/" not in name.removeprefix("./")


def _name(path: str) -> str:
    return path.rpartition("/")[2]
