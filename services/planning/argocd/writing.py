"""The guarded JSON patch that gives an application its overrides and asks for a sync. Pure.

One write, so that nobody sees half of it. Its tests make the API server refuse it where somebody else was faster: at
the source, at its overrides, or with a sync. A `resourceVersion` is no possible precondition: the controller writes the
status all the time, and it has no subresource of its own.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from domain.cluster_api import JsonPatchOperation
from domain.hand_overs import OwnerEdit
from domain.resources import Manifest
from services.planning.argocd.sources import IDENTITY, Field, Source, edited, entries_of, override_at, sources_of

REFRESH = "argocd.argoproj.io/refresh"
_USER = "stagecoach"


def has(application: Manifest, edits: Iterable[OwnerEdit]) -> bool:
    """Whether all of these edits are made."""
    return all(_value(application, edit) == (True, edit.after) for edit in edits)


def changed_at(application: Manifest, edits: Iterable[OwnerEdit]) -> str | None:
    """Where the application is neither as the plan read it nor as the edits leave it; None where it is either."""
    return next(
        (edit.where for edit in edits if _value(application, edit) not in {(True, edit.before), (True, edit.after)}),
        None,
    )


def _value(application: Manifest, edit: OwnerEdit) -> tuple[bool, str | None]:
    """Whether its source is there, and the value."""
    override = override_at(application, edit.where)
    return (True, override.value) if override is not None else (False, None)


def is_asked_for(operation: Any, wanted: Sequence[Mapping[str, str]]) -> bool:
    """Whether an operation, requested or done, is the one that `sync_patch` wrote with this information."""
    given = (operation.get("info") if isinstance(operation, dict) else None) or ()
    return all(each in given for each in wanted)


def information(operation: str, edits: Iterable[OwnerEdit]) -> list[dict[str, str]]:
    """What Argo CD shows with the sync, by which it is found again: the way back has the same operation."""
    overrides = [(edit.where.partition(" of ")[0], edit.after or "taken away") for edit in edits]
    return [{"name": name, "value": value} for name, value in (("Stagecoach operation", operation), *overrides)]


def sync_patch(
    application: Manifest, edits: Sequence[OwnerEdit], info: Sequence[Mapping[str, str]]
) -> tuple[JsonPatchOperation, ...]:
    """Tests first, then the overrides that are not there yet, and the request to sync them."""
    tests: list[JsonPatchOperation] = [JsonPatchOperation(op="test", path="/operation", value=None)]
    changes: list[JsonPatchOperation] = []
    for source, field, entries in _lists(application, edits):
        tests += _tests(source, field)
        changes += _changes(source, field, entries)
    return (*tests, *changes, *_request(application, info))


def _lists(application: Manifest, edits: Iterable[OwnerEdit]) -> Iterator[tuple[Source, Field, list[Any]]]:
    """The overrides of each source as the edits leave them."""
    found: dict[tuple[str, Field], tuple[Source, list[Any]]] = {}
    for edit in edits:
        override = override_at(application, edit.where)
        assert override is not None, "else the application has changed"
        key = override.source.pointer, override.field
        _, entries = found.get(key, (override.source, [*entries_of(override.source, override.field)]))
        found[key] = override.source, edited(entries, override, edit.after)
    for (_, field), (source, entries) in found.items():
        yield source, field, entries


def _tests(source: Source, field: Field) -> Iterator[JsonPatchOperation]:
    """That the source and its overrides are as they were read. What is absent is null."""
    for key in IDENTITY:
        yield JsonPatchOperation(op="test", path=f"{source.pointer}/{key}", value=source.body.get(key))
    tool, name = field.keys
    settings = source.body.get(tool)
    if isinstance(settings, dict):
        yield JsonPatchOperation(op="test", path=f"{source.pointer}/{tool}/{name}", value=settings.get(name))
    else:
        yield JsonPatchOperation(op="test", path=f"{source.pointer}/{tool}", value=settings)


def _changes(source: Source, field: Field, entries: list[Any]) -> Iterator[JsonPatchOperation]:
    """What is empty then is taken away, so that nothing of an override is left by the way back."""
    tool, name = field.keys
    where, settings = f"{source.pointer}/{tool}", source.body.get(tool)
    if not isinstance(settings, dict):
        if entries:
            yield JsonPatchOperation(op="add", path=where, value={name: entries})
    elif entries:
        yield JsonPatchOperation(op="add", path=f"{where}/{name}", value=entries)
    elif set(settings) <= {name}:
        yield JsonPatchOperation(op="remove", path=where)
    elif name in settings:
        yield JsonPatchOperation(op="remove", path=f"{where}/{name}")


def _request(application: Manifest, info: Sequence[Mapping[str, str]]) -> Iterator[JsonPatchOperation]:
    """A refresh and a sync, as Argo CD's own API server writes them (util/argo/argo.go, `SetAppOperation`)."""
    if application.metadata.get("annotations"):
        escaped = REFRESH.replace("/", "~1")
        yield JsonPatchOperation(op="add", path=f"/metadata/annotations/{escaped}", value="hard")
    else:
        yield JsonPatchOperation(op="add", path="/metadata/annotations", value={REFRESH: "hard"})
    # The result of the sync before would be taken for that of this one.
    if "operationState" in application.status:
        yield JsonPatchOperation(op="remove", path="/status/operationState")
    yield JsonPatchOperation(op="add", path="/operation", value=_operation(application, info))


def _operation(application: Manifest, info: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """A sync of everything, without pruning, with the options that the application has for its own."""
    policy = application.spec.get("syncPolicy")
    policy = policy if isinstance(policy, dict) else {}
    revisions = [str(each.body.get("targetRevision") or "HEAD") for each in sources_of(application)]
    sync: dict[str, Any] = {"revisions": revisions} if application.spec.get("sources") else {"revision": revisions[0]}
    if policy.get("syncOptions"):
        sync["syncOptions"] = policy["syncOptions"]
    operation: dict[str, Any] = {"initiatedBy": {"username": _USER}, "info": [*info], "sync": sync}
    if policy.get("retry"):
        operation["retry"] = policy["retry"]
    return operation
