"""Finds the values of a Helm release that bring workloads their images, by trial renders. Reads only.

Nothing is believed of a chart: an upgrade that changes nothing has to render what is deployed, and the values that are
found have to render exactly the images that are asked for. What else changes is told.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from domain.hand_overs import OwnerEdit
from domain.images import ContainerKey, ImageChange, container_key
from services.concurrency import gather_settled
from services.helm.errors import HelmFailedError
from services.helm.releases import HelmReleases
from services.kube.deadline import Deadline
from services.planning.helm.charts import ChartNotRebuiltError
from services.planning.helm.records import Revision
from services.planning.helm.refusals import (
    chart_incomplete,
    container_not_rendered,
    refused_by_history,
    refused_by_render,
    rendered_already,
    value_not_found,
    values_tie,
)
from services.planning.helm.rendered import (
    Rendered,
    has_same_objects,
    has_valid_labels,
    hooks_that_run,
    other_changes,
    rendered,
    undone_beside,
)
from services.planning.helm.value_search import MOST_TRIALS, Edits, Tie, Trial, best, brought, candidates
from services.planning.helm.values import edited, effective
from services.planning.images.hand_overs import OwnerChanges, Refusal
from services.planning.objects.declared_images import runs_images
from services.planning.objects.helm_records import ReleaseName
from services.reading.credentials import credential_of
from services.reading.hand_overs.helm_history import read_history
from services.reading.hand_overs.planning import WorkloadPlace


@dataclass(frozen=True, kw_only=True)
class FoundValues:
    """The edits of values for each container, and sentences about what else they change or run."""

    edits: Mapping[ContainerKey, Edits]
    touches: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What holds for a release that something else upgrades than Stagecoach.

    `allows` says which edits can be made there, `bare` takes away from a render what that adds to it. `retried`: an
    upgrade that failed, or is under way, has the newest values, and is followed by another one with those that it is
    given (fluxcd/helm-controller internal/reconcile/atomic_release.go; what a killed controller left pending is freed
    first, by the `Unlock` there).
    """

    allows: Callable[[Edits], bool] = lambda _: True
    bare: Callable[[Rendered], Rendered] = lambda render: render
    retried: bool = False


ANY_VALUE = Rules()


async def trial_renders(
    releases: HelmReleases,
    release: ReleaseName,
    place: WorkloadPlace,
    *,
    rules: Rules = ANY_VALUE,
    deadline: Deadline,
) -> "TrialRenders | Refusal":
    """Those from the newest revision, or why nothing of it can be trusted.

    Raises `ClusterError`s, `HelmMissingError`, `HelmFailedError`.
    """
    history = await read_history(place.gateway, release, deadline=deadline)
    if refusal := refused_by_history(release, history, retried=rules.retried):
        return refusal
    assert history is not None
    renders = TrialRenders(releases, release, history.newest, place, rules=rules, deadline=deadline)
    try:
        unchanged = await renders.of(())
    except ChartNotRebuiltError as incomplete:
        return chart_incomplete(release, str(incomplete))
    return refused_by_render(release, renders.deployed, unchanged, pending=history.newest.pending) or renders


class TrialRenders:
    """Renders of one release from one of its revisions; each set of edits is rendered once."""

    def __init__(
        self,
        releases: HelmReleases,
        release: ReleaseName,
        base: Revision,
        place: WorkloadPlace,
        *,
        rules: Rules,
        deadline: Deadline,
    ) -> None:
        self.release = release
        self._releases = releases
        self._base = base
        self._place = place
        self._credential = credential_of(place.cluster)
        self._rules = rules
        self._deadline = deadline
        self._known: dict[frozenset[OwnerEdit], Rendered] = {}

    @property
    def deployed(self) -> Rendered:
        """What the record says was rendered. Raises `HelmFailedError`."""
        return self._read(self._base)

    async def of(self, edits: Edits) -> Rendered:
        """Raises `HelmFailedError` (a chart may refuse values), `HelmMissingError`, `ChartNotRebuiltError`."""
        key = frozenset(edits)
        if key not in self._known:
            config = edited(self._base.config, edits)
            self._known[key] = self._read(
                await self._releases.render(self.release, self._base, config, self._credential, deadline=self._deadline)
            )
        return self._known[key]

    async def values_for(self, asked: OwnerChanges) -> FoundValues | Refusal:
        """One container after the other, and then all together: they may have values in common."""
        unchanged = await self.of(())
        wanted = {change.key: change.after.reference for change in asked.changes}
        edits: dict[ContainerKey, Edits] = {}
        for change in asked.changes:
            found = await self._search(change, unchanged, wanted)
            if isinstance(found, Refusal):
                return found
            edits[change.key] = found
        together = brought(edits.values())
        after = await self.of(together) if together is not None else None
        if after is None or any(after.images.get(key) != image for key, image in wanted.items()):
            return value_not_found(self.release, asked.changes[0], labelled=False)
        live = await _live_images(after, self._place, deadline=self._deadline)
        touches = (
            *other_changes(unchanged, after, wanted),
            *undone_beside(after, live.items(), wanted),
            *hooks_that_run(after),
        )
        return FoundValues(edits=edits, touches=touches)

    def _read(self, revision: Revision) -> Rendered:
        try:
            return self._rules.bare(rendered(revision, self._place.target.declared))
        except ValueError as unreadable:
            raise HelmFailedError(f"The render of the release {self.release.name}: {unreadable}") from None

    async def _search(
        self, change: ImageChange, unchanged: Rendered, wanted: Mapping[ContainerKey, str]
    ) -> Edits | Refusal:
        """The edits that bring one container its image."""
        now = unchanged.images.get(change.key)
        if now is None:
            return container_not_rendered(self.release, change)
        if now == change.after.reference:
            return rendered_already(self.release, change, pending=self._base.pending)
        config = self._base.config
        values = effective(self._base.chart.get("values") or {}, config)
        works, labelled = await self._tried(
            [each for each in candidates(now, change.after.reference, values, config) if self._rules.allows(each)],
            change,
            unchanged,
            wanted,
        )
        found = best(works)
        if isinstance(found, Tie):
            return values_tie(self.release, change, found.choices)
        return found.edits if found is not None else value_not_found(self.release, change, labelled=labelled)

    async def _tried(
        self,
        some: Sequence[Edits],
        change: ImageChange,
        unchanged: Rendered,
        wanted: Mapping[ContainerKey, str],
    ) -> tuple[list[Trial], bool]:
        """Those that bring the image; and whether one was left out for a label that no cluster would take."""
        works, labelled = [], False
        for edits in some[:MOST_TRIALS]:
            try:
                after = await self.of(edits)
            except HelmFailedError:
                if self._deadline.passed:
                    raise
                continue  # the chart refuses such a value
            if after.images.get(change.key) != change.after.reference or not has_same_objects(unchanged, after):
                continue
            if not has_valid_labels(after):
                labelled = True
                continue
            right = [key for key, image in wanted.items() if after.images.get(key) == image]
            works.append(Trial(edits=edits, others=other_changes(unchanged, after, right)))
        return works, labelled


async def _live_images(after: Rendered, place: WorkloadPlace, *, deadline: Deadline) -> Mapping[ContainerKey, str]:
    """What the release's workloads in the namespace have as their images now."""
    own = [
        each
        for each in after.objects.values()
        if runs_images(each.kind, after.declared) and (each.namespace or place.namespace) == place.namespace
    ]
    live = await gather_settled(
        [place.gateway.get(each.kind, each.name, namespace=place.namespace, deadline=deadline) for each in own]
    )
    return {
        container_key(manifest.id, container.name): container.image
        for manifest in live
        if manifest is not None
        for container in after.containers(manifest)
    }
