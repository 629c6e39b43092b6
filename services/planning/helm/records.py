"""A Helm release as its records say it is: the revision that is deployed, with its chart, and what came after. Pure.

Helm keeps a record for each revision (`services.planning.objects.helm_records`). The chart is in it, but for the charts
that it depends on: those are not exported (helm `pkg/chart/v2/chart.go`), so a chart that has any cannot be rebuilt.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import yaml

from domain.resources import Manifest
from services.planning.objects.helm_records import LOADER, MOST_TEXT, ReleaseName, revision_of, unpacked

DEPLOYED, FAILED = "deployed", "failed"
_DOCUMENTS = re.compile(r"(?:^|\n)---[ \t]*\n")
_HOOK = "helm.sh/hook"
OPERATION_LABEL = "stagecoach-operation"
_PENDING, _GOES_BACK = "pending-", "pending-rollback"


@dataclass(frozen=True, kw_only=True)
class Hook:
    """An object that Helm makes at certain moments of an upgrade, as `pre-upgrade`."""

    kind: str
    name: str
    manifest: str = field(repr=False)
    events: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Revision:
    """One revision. Its values and texts may hold passwords, so that `repr` leaves them out.

    `config` are the values that people gave, over those of the `chart`. `operation` is ours that made it, `began` when.
    """

    number: int
    status: str
    operation: str | None
    chart: Mapping[str, Any] = field(repr=False)
    config: Mapping[str, Any] = field(repr=False)
    manifest: str = field(repr=False)
    hooks: tuple[Hook, ...] = ()
    began: datetime | None = None

    @property
    def pending(self) -> bool:
        """Whether Helm is at work on it, or was killed over it: nothing else can be done to the release then."""
        return self.status.startswith(_PENDING)

    @property
    def goes_back(self) -> bool:
        """Whether Helm is at work on the way back to a former revision, whose values it has."""
        return self.status == _GOES_BACK

    @property
    def metadata(self) -> Mapping[str, Any]:
        return self.chart.get("metadata") or {}


@dataclass(frozen=True, kw_only=True)
class HelmHistory:
    """The newest revision of a release, and the newest one that was deployed; they are the same as a rule."""

    release: ReleaseName
    newest: Revision
    deployed: Revision | None


def history_of(release: ReleaseName, records: Iterable[Manifest]) -> HelmHistory | None:
    """None where there is no record. Raises `ValueError` where one that counts cannot be read."""
    newest: Revision | None = None
    for record in sorted(records, key=revision_of, reverse=True):
        revision = _revision(record)
        newest = newest or revision
        if revision.status == DEPLOYED:
            return HelmHistory(release=release, newest=newest, deployed=revision)
    return HelmHistory(release=release, newest=newest, deployed=None) if newest is not None else None


def revision_in(document: Mapping[str, Any], *, operation: str | None = None) -> Revision:
    """A revision as Helm writes it, in records as in its answers. Raises `ValueError` where it is none."""
    try:
        return Revision(
            number=int(document["version"]),
            status=str(document["info"]["status"]),
            operation=operation,
            chart=document.get("chart") or {},
            config=document.get("config") or {},
            manifest=document.get("manifest") or "",
            hooks=tuple(
                Hook(
                    kind=str(each["kind"]),
                    name=str(each["name"]),
                    manifest=str(each.get("manifest") or ""),
                    events=tuple(map(str, each.get("events") or ())),
                )
                for each in document.get("hooks") or ()
            ),
            began=datetime.fromisoformat(document["info"]["last_deployed"]),
        )
    except (KeyError, TypeError, ValueError):
        raise ValueError("It is no revision of a Helm release.") from None


def templated(text: str, base: Revision, config: Mapping[str, Any]) -> Revision:
    """The revision after `base`, of what `helm template` prints: the manifest, and then each hook.

    They are told apart by the mark of a hook (helm pkg/cmd/template.go). Raises `ValueError` where it cannot be read.
    """
    manifests, hooks = [], []
    for document in _DOCUMENTS.split(text):
        found = _hook(document)
        if found is not None:
            hooks.append(found)
        elif document.strip():
            manifests.append(document)
    return replace(base, number=base.number + 1, config=config, manifest="\n---\n".join(manifests), hooks=tuple(hooks))


def _hook(document: str) -> Hook | None:
    """None where it is an object of the manifest. Raises `ValueError` where it cannot be read."""
    if _HOOK not in document:
        return None
    if len(document) > MOST_TEXT:
        raise ValueError("The hook is too long.")
    try:
        body = yaml.load(document, Loader=LOADER)  # noqa: S506  # a safe one
    except yaml.YAMLError:
        raise ValueError("The hook is no YAML.") from None
    metadata = body.get("metadata") if isinstance(body, dict) else None
    events = (metadata.get("annotations") or {}).get(_HOOK) if isinstance(metadata, dict) else None
    if not isinstance(metadata, dict) or not events:
        return None
    return Hook(
        kind=str(body.get("kind")),
        name=str(metadata.get("name")),
        manifest=document,
        events=tuple(each.strip() for each in str(events).split(",")),
    )


def _revision(record: Manifest) -> Revision:
    return revision_in(unpacked(record), operation=record.labels.get(OPERATION_LABEL))
