"""What a person should know about a source object, and which does not prevent its copy. Pure.

The notes on annotations, labels and containers come from the table of what tools write; those of single kinds stand in
`notes_of_kinds`.
"""

from collections.abc import Iterator

from domain.problems import Problem, Severity
from domain.resources import Manifest
from services.planning.copying.blank_images import is_blank
from services.planning.copying.generated_members import pod_selector
from services.planning.copying.notes_of_kinds import notes_of_kind
from services.planning.copying.notes_on_places import notes_on_places
from services.planning.copying.notes_on_starting import notes_on_starting
from services.planning.objects import paths
from services.planning.objects.identity import kind_name
from services.planning.objects.owners import owner_of
from services.planning.objects.workloads import containers, pod_template, template_path
from services.planning.tools.rows import Place, Row, Tell, Treatment
from services.planning.tools.table import rows_on


def notes_on(manifest: Manifest) -> Iterator[Problem]:
    """The warnings about a source object, all of severity `warns`, without a cluster."""
    owner = owner_of(manifest)
    if owner is not None and not owner.controller:
        yield _note(
            "source-managed",
            f"{manifest.id.label} is managed by {owner.tool} in the source; the copy has none of its marks.",
            manifest,
            "metadata",
        )
    for place, name, field in _names(manifest):
        row = next((row for row in rows_on(place, name) if _is_told(row, name, manifest)), None)
        if row is not None:
            yield _note(_code(row), _text(row, name, manifest), manifest, field)
    for container in containers(manifest):
        row = next(iter(rows_on(Place.CONTAINER, container.name)), None)
        if row is not None:
            yield _note(_code(row), _text(row, container.name, manifest), manifest, container.path)
        if is_blank(container):
            yield _on_blank_image(manifest, container.path)
    yield from notes_of_kind(manifest)
    yield from notes_on_places(manifest)
    yield from notes_on_starting(manifest)


def _names(manifest: Manifest) -> Iterator[tuple[Place, str, str]]:
    """Where tools write: the place, the name that stands there, and its path."""
    for name in manifest.annotations:
        yield Place.ANNOTATION, name, paths.below("metadata.annotations", name)
    for name in manifest.labels:
        yield Place.LABEL, name, paths.below("metadata.labels", name)
    steps = template_path(manifest.kind)
    if steps:  # a Pod is its own template
        prefix = ".".join(steps)
        for name in ((pod_template(manifest) or {}).get("metadata") or {}).get("annotations") or {}:
            yield Place.TEMPLATE_ANNOTATION, name, paths.below(f"{prefix}.metadata.annotations", name)
    path, selector = pod_selector(manifest)
    for name in selector:
        yield Place.SELECTOR, name, paths.below(path, name)


def _is_told(row: Row, name: str, manifest: Manifest) -> bool:
    if row.tell is Tell.INJECTED or (row.treatment is Treatment.KEEP and _is_left_out(row.place, name, manifest)):
        return False
    # A namespaced record of a delivery tool's own (an Argo CD Application) carries instructions to it on purpose.
    return row.tell is not None and not (row.tell is Tell.HOOK and manifest.kind.group == "argoproj.io")


def _is_left_out(place: Place, name: str, manifest: Manifest) -> bool:
    """Whether a rule about this very name leaves out what a wider one keeps, and the copy shares nothing by it."""
    kind = kind_name(manifest.kind)
    return any(
        row.treatment is Treatment.DROP and row.proof is None and (not row.kinds or kind in row.kinds)
        for row in rows_on(place, name)
    )


def _code(row: Row) -> str:
    assert row.tell is not None, "only rows that tell something are asked"
    return row.tell.value


def _text(row: Row, name: str, manifest: Manifest) -> str:
    label = manifest.id.label
    match row.tell:
        case Tell.OUTSIDE:
            return f"{label} names {row.why} outside the cluster ({name}), which the copy would share."
        case Tell.INJECTED:
            return (
                f"{label} has the injected container {name} in its template, which is tied to the service mesh or "
                "agent of the source."
            )
        case Tell.IMAGES:
            return (
                f"{label} has {name}: where {row.tool} runs in the target, it {row.why}, over every promotion and "
                "every undo. Name it in `overrides.leave_out` if Stagecoach shall decide about images."
            )
        case Tell.HOOK:
            return (
                f"{label} is a hook of {row.tool} ({name}): {row.why}. A copy is created at once, out of that order, "
                f"and without the annotations of {row.tool}'s hooks."
            )
        case Tell.REPLICATES:
            return (
                f"{label} has {name}: where {row.tool} runs in the target, it {row.why}, over objects of the same "
                "name there."
            )
        case Tell.HASH:
            return (
                f"{label} selects the pods of one revision by {name}, {row.why}. The copy selects without it, unless "
                "it has no other term."
            )
        case Tell.PRIVILEGED | Tell.NAMESPACE | None:
            raise AssertionError(f"{row.name} tells nothing of an object")


def _on_blank_image(manifest: Manifest, path: str) -> Problem:
    trigger = next((name for name in manifest.annotations if _writes_images(name)), None)
    until = f"until the tool that {trigger} speaks to writes one" if trigger else "until an image is set"
    return _note(
        "blank-image",
        f"{manifest.id.label} has a blank as its image in {path}: the cluster accepts it and refuses pods, {until}. "
        "An image that the target has already is kept.",
        manifest,
        path,
    )


def _writes_images(annotation: str) -> bool:
    return any(row.tell is Tell.IMAGES for row in rows_on(Place.ANNOTATION, annotation))


def _note(code: str, detail: str, manifest: Manifest, field: str) -> Problem:
    return Problem(code=code, severity=Severity.WARNS, detail=detail, resource=manifest.id, field=field)
