"""Asks the stored registries about the images of a plan, and tries the pull secrets of its targets. Reads only.

No registry is asked that is not stored; where images are to be copied to such a one, the plan says so. Nodes and pull
secrets are read of a cluster where an image comes from a stored registry, or is to come from another registry than
before. A registry that does not answer is no error: the plan says so, and goes on. Credentials of pull secrets are
shown to stored registries alone, through the transport that vets addresses; they stay in memory, and one that was
refused is not shown again soon.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from db.records.inventory import AppEnvironmentRecord
from db.records.registries import RegistryRecord
from db.transaction import Database
from domain.image_mappings import ImageMapping, mapped, origin_of
from domain.image_references import ImageReference, try_parse_image
from domain.images import Image, ImageChange
from domain.words import Action, CredentialKind
from services.kube.deadline import Deadline
from services.kube.gateway import Clusters
from services.planning.images.promotion_plan import PromotionPlan
from services.planning.images.running import ClusterFacts
from services.planning.objects.pull_secrets import PullCredential
from services.planning.preflight.registry_images import workload_key
from services.planning.preflight.registry_values import (
    ImageInRegistry,
    PulledBy,
    PullProblem,
    RegistryAnswers,
)
from services.reading.preflight.image_copies import read_copies
from services.reading.preflight.pulling import Pulling, PullingCluster, read_nodes, read_pulling
from services.reading.registry_access import access_to
from services.registry.credentials import Anonymous, Basic, RegistryAccess
from services.registry.errors import RegistryDeniedError, RegistryError
from services.registry.oci import RegistryClients, Resolved

_SECONDS = 5.0  # for all registries of a plan
_REFUSED_FOR = 600.0  # seconds in which a refused pull secret is not shown again: wrong passwords can lock an account
_MAX_REFUSED = 1024
_NOT_REGISTERED = "It is not registered. Register it under Registries, with a credential that may push."


@dataclass(frozen=True, kw_only=True)
class AtRegistries:
    """What was read of the targets for the registries' part, by cluster, and the stored registries by host.

    `others` are the clusters of which nothing was read, because no image there comes from a stored registry yet.
    """

    namespace: str = ""
    known: Mapping[str, RegistryRecord] = field(default_factory=dict, repr=False)
    pulling: Mapping[str, Pulling] = field(default_factory=dict, repr=False)
    others: tuple[PullingCluster, ...] = ()
    mappings: tuple[ImageMapping, ...] = ()


class ImageRegistries:
    """The stored registries, asked for plans. `clients` is None where none are asked."""

    def __init__(
        self,
        db: Database,
        clusters: Clusters,
        clients: RegistryClients | None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._db = db
        self._clusters = clusters
        self._clients = clients
        self._clock = clock
        self._refused: OrderedDict[tuple[RegistryAccess, str], float] = OrderedDict()

    async def read(
        self, target: AppEnvironmentRecord, running: Sequence[ClusterFacts], *, deadline: Deadline
    ) -> AtRegistries:
        """The nodes and pull secrets of target clusters, where an image comes from a stored registry."""
        if self._clients is None:
            return AtRegistries()
        async with self._db.autocommit_read() as tx:
            known = await tx.registries.all()
        mappings = target.environment.image_mappings
        found = {one.cluster: one for one in running if one.manifests}
        concerned: list[PullingCluster] = []
        others: list[PullingCluster] = []
        for cluster in target.environment.clusters:
            if cluster.name in found:
                facts = found[cluster.name]
                now = _comes_from(known, facts, mappings)
                (concerned if now else others).append(PullingCluster(cluster=cluster, workloads=facts.manifests))
        namespace = target.namespace or ""
        return AtRegistries(
            namespace=namespace,
            known=known,
            pulling=await read_pulling(self._clusters, concerned, namespace, deadline=deadline),
            others=tuple(others),
            mappings=tuple(mappings),
        )

    async def answers(self, plan: PromotionPlan, targets: AtRegistries, *, deadline: Deadline) -> RegistryAnswers:
        """What the registries say of the images that the plan writes. Raises nothing for a registry."""
        written = {one.cluster: one.changes for one in plan.clusters}
        return await self._answers(written, targets, deadline=deadline)

    async def of_copy(
        self,
        images: Mapping[str, Sequence[ImageChange]],
        targets: Sequence[PullingCluster],
        *,
        namespace: str,
        mappings: Sequence[ImageMapping],
        deadline: Deadline,
    ) -> RegistryAnswers:
        """What the registries say of `images` that a copy brings, by cluster. Raises nothing for a registry."""
        if self._clients is None or not any(images.values()):
            return RegistryAnswers()
        async with self._db.autocommit_read() as tx:
            known = await tx.registries.all()
        asked = {name for name, of_one in images.items() if any(_registry_of(each.after) in known for each in of_one)}
        concerned = [each for each in targets if each.cluster.name in asked]
        read = AtRegistries(
            namespace=namespace,
            known=known,
            pulling=await read_pulling(self._clusters, concerned, namespace, deadline=deadline),
            others=tuple(each for each in targets if each.cluster.name not in asked),
            mappings=tuple(mappings),
        )
        return await self._answers(images, read, deadline=deadline)

    async def _answers(
        self, planned: Mapping[str, Sequence[ImageChange]], targets: AtRegistries, *, deadline: Deadline
    ) -> RegistryAnswers:
        changes = {
            cluster: [each for each in of_one if each.action is Action.UPDATE and each.after.valid]
            for cluster, of_one in planned.items()
        }
        written = [change for of_one in changes.values() for change in of_one]
        if not written:
            return RegistryAnswers()
        until = deadline.capped(_SECONDS)
        moved = [one for one in targets.others if any(map(_moves, changes.get(one.cluster.name, ())))]
        late = await read_pulling(self._clusters, moved, targets.namespace, deadline=until)
        pulling = {**targets.pulling, **late}
        (images, silent), pulls = await asyncio.gather(
            self._images(written, targets.known, until), self._pulls(changes, pulling, targets.known, until)
        )
        nodes = {cluster: one.nodes for cluster, one in pulling.items()}
        after = {change.after.reference: change.after for change in written}
        missing = [image for key, image in after.items() if key in images and images[key].digest is None]
        copies = {}
        if self._clients is not None and missing:
            copies = await read_copies(
                self._clients, missing, targets.mappings, targets.known, deadline=deadline.capped(_SECONDS)
            )
        copied_to = frozenset(_registry_of(each) for each in after.values() if origin_of(each, targets.mappings))
        unknown = {host: _NOT_REGISTERED for host in copied_to if host not in targets.known}
        return RegistryAnswers(
            images=images, pulls=pulls, nodes=nodes, silent=silent | unknown, copies=copies, copied_to=copied_to
        )

    async def again(
        self,
        target: AppEnvironmentRecord,
        written: Mapping[str, Sequence[ImageChange]],
        running: Sequence[ClusterFacts],
        *,
        deadline: Deadline,
    ) -> RegistryAnswers:
        """What the registries have by now of images that are to be written, by cluster, and the nodes they are for.

        No pull secret is tried: what is found about one blocks nothing. Raises nothing for a registry or a cluster.
        """
        changes = {
            cluster: [each for each in of_one if each.action is Action.UPDATE and each.after.valid]
            for cluster, of_one in written.items()
        }
        if self._clients is None or not any(changes.values()):
            return RegistryAnswers()
        async with self._db.autocommit_read() as tx:
            known = await tx.registries.all()
        asked = {name for name, of_one in changes.items() if any(_registry_of(each.after) in known for each in of_one)}
        workloads = {one.cluster: one.manifests for one in running if one.cluster in asked}
        concerned = [
            PullingCluster(cluster=each, workloads=workloads[each.name])
            for each in target.environment.clusters
            if each.name in workloads
        ]
        (images, silent), nodes = await asyncio.gather(
            self._images(chain.from_iterable(changes.values()), known, deadline.capped(_SECONDS)),
            read_nodes(self._clusters, concerned, deadline=deadline),
        )
        return RegistryAnswers(images=images, silent=silent, nodes=nodes)

    async def _images(
        self, written: Iterable[ImageChange], known: Mapping[str, RegistryRecord], deadline: Deadline
    ) -> tuple[dict[str, ImageInRegistry], dict[str, str]]:
        """The answers by reference, and the registries that could not be asked for what is to be written."""
        written = tuple(written)
        after = {change.after.reference: change.after for change in written}
        before = {change.before.reference: change.before for change in written if change.before.digest is not None}
        asked = {key: image for key, image in (before | after).items() if _registry_of(image) in known}

        async def ask(reference: str, image: Image) -> ImageInRegistry | RegistryError:
            access = access_to(_registry_of(image), known[_registry_of(image)])
            digest = _parsed(image).digest if reference in after else image.digest
            try:
                found = await self._ask(access, _parsed(image), digest, deadline)
            except RegistryError as error:
                return error
            if found is None:
                return ImageInRegistry(digest=None)
            return ImageInRegistry(digest=found.digest, platforms=found.platforms, built_at=found.built_at)

        answers = dict(zip(asked, await asyncio.gather(*(ask(*each) for each in asked.items())), strict=True))
        silent = {
            error.subject.host: error.detail
            for reference, error in answers.items()
            if isinstance(error, RegistryError) and reference in after
        }
        return {key: answer for key, answer in answers.items() if isinstance(answer, ImageInRegistry)}, silent

    async def _ask(
        self, access: RegistryAccess, parsed: ImageReference, digest: str | None, deadline: Deadline
    ) -> Resolved | None:
        """By the digest, or by the tag where there is none, as a node asks. Raises `RegistryError`s."""
        assert self._clients is not None
        if digest is not None:
            return await self._clients.image(access, parsed.repository, digest, deadline_seconds=deadline.left())
        tag = parsed.effective_tag or ""
        return await self._clients.resolve(access, parsed.repository, tag, deadline_seconds=deadline.left())

    async def _pulls(
        self,
        changes: Mapping[str, Sequence[ImageChange]],
        pulling: Mapping[str, Pulling],
        known: Mapping[str, RegistryRecord],
        deadline: Deadline,
    ) -> dict[PulledBy, PullProblem]:
        """The pulls that would fail, as far as that is known."""
        tries: dict[PulledBy, tuple[ImageChange, tuple[PullCredential, ...]]] = {}
        for cluster, of_one in changes.items():
            for change in of_one:
                key = workload_key(change)
                credentials = pulling[cluster].credentials.get(key) if cluster in pulling else None
                if credentials is not None:
                    by = PulledBy(cluster=cluster, workload=key, reference=change.after.reference)
                    tries[by] = change, credentials
        verdicts = await asyncio.gather(*(self._pull(*each, known, deadline) for each in tries.values()))
        return {by: verdict for by, verdict in zip(tries, verdicts, strict=True) if verdict is not None}

    async def _pull(
        self,
        change: ImageChange,
        credentials: Sequence[PullCredential],
        known: Mapping[str, RegistryRecord],
        deadline: Deadline,
    ) -> PullProblem | None:
        parsed = _parsed(change.after)
        fitting = [each for each in credentials if each.covers(parsed.registry, parsed.repository)]
        if not fitting and not _moves(change):
            return None  # what runs came from there without: the nodes have a credential of their own
        record = known.get(parsed.registry)
        if record is None:
            return PullProblem.ELSEWHERE if not fitting and _pulled_with(credentials, change.before) else None
        if record.kind is CredentialKind.ANONYMOUS:
            return None
        shown: list[Basic | Anonymous | None] = [_login_of(each) for each in fitting] if fitting else [Anonymous()]
        for credential in shown:
            if credential is None:  # of a kind that only its provider understands
                return None
            access = RegistryAccess(host=parsed.registry, plain_http=record.plain_http, credential=credential)
            if not await self._refuses(access, parsed, deadline):
                return None
        return PullProblem.REFUSED if fitting else PullProblem.MISSING

    async def _refuses(self, access: RegistryAccess, parsed: ImageReference, deadline: Deadline) -> bool:
        """Whether the registry refuses the credential. Not where it says something else, or nothing."""
        key = access, parsed.repository
        if self._refused.get(key, 0.0) > self._clock():
            return True
        try:
            await self._ask(access, parsed, parsed.digest, deadline)
        except RegistryDeniedError:
            self._refused[key] = self._clock() + _REFUSED_FOR
            while len(self._refused) > _MAX_REFUSED:
                self._refused.popitem(last=False)
            return True
        except RegistryError:
            return False
        return False


def _comes_from(known: Container[str], running: ClusterFacts, mappings: Sequence[ImageMapping]) -> bool:
    """Whether an image of the cluster's workloads comes from one of these registries, or would by a mapping."""
    images = [each.image for each in running.images]
    return any(_registry_of(each) in known for each in (*images, *(mapped(image, mappings) for image in images)))


def _moves(change: ImageChange) -> bool:
    """Whether the new image comes from another registry than what runs."""
    return _registry_of(change.before) != _registry_of(change.after)


def _pulled_with(credentials: Iterable[PullCredential], image: Image) -> bool:
    """Whether one of these is for the image."""
    parsed = try_parse_image(image.reference)
    return parsed is not None and any(each.covers(parsed.registry, parsed.repository) for each in credentials)


def _login_of(credential: PullCredential) -> Basic | None:
    if credential.username is None or credential.password is None:
        return None
    return Basic(username=credential.username, password=credential.password)


def _parsed(image: Image) -> ImageReference:
    parsed = try_parse_image(image.reference)
    assert parsed is not None, "only valid references are asked for"
    return parsed


def _registry_of(image: Image) -> str:
    parsed = try_parse_image(image.reference)
    return parsed.registry if parsed is not None else ""
