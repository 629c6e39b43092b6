"""Asks the stored registries about the images of a plan, and tries the pull secrets of its targets. Reads only.

Nothing is read of a cluster where no registry is stored, and none is asked that is not. A registry that does not answer
is no error: the plan says so, and goes on. Credentials of pull secrets are shown to stored registries alone, through
the transport that vets addresses; they stay in memory, and one that was refused is not shown again soon.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from db.records.inventory import AppEnvironmentRecord, ClusterRecord
from db.records.registries import RegistryRecord
from db.transaction import Database
from domain.image_mappings import ImageMapping, mapped
from domain.image_references import ImageReference, try_parse_image
from domain.images import Image, ImageChange
from domain.resources import Kind, Manifest
from domain.words import Action, CredentialKind
from services.kube.deadline import Deadline
from services.kube.errors import ClusterError
from services.kube.gateway import ClusterGateway, Clusters
from services.planning.copying.placement import nodes_that_take
from services.planning.images.promotion_plan import PromotionPlan
from services.planning.images.running import ClusterFacts
from services.planning.objects.pull_secrets import PullCredential
from services.planning.preflight.registry_images import workload_key
from services.planning.preflight.registry_values import (
    ImageInRegistry,
    Node,
    PulledBy,
    PullProblem,
    RegistryAnswers,
    WorkloadKey,
)
from services.reading.credentials import credential_of
from services.reading.fan_out import fan_out
from services.reading.preflight.pull_secrets import PullCredentials, read_pull_credentials
from services.reading.registry_access import access_to
from services.registry.credentials import Anonymous, Basic, RegistryAccess
from services.registry.errors import RegistryDeniedError, RegistryError
from services.registry.oci import RegistryClients, Resolved

_NODES = Kind(group="", version="v1", name="Node")
_SECONDS = 5.0  # for all registries of a plan
_REFUSED_FOR = 600.0  # seconds in which a refused pull secret is not shown again: wrong passwords can lock an account
_MAX_REFUSED = 1024


@dataclass(frozen=True, kw_only=True)
class AtRegistries:
    """What was read of the targets for the registries' part, by cluster, and the stored registries by host."""

    known: Mapping[str, RegistryRecord] = field(default_factory=dict, repr=False)
    pulls: Mapping[str, PullCredentials] = field(default_factory=dict, repr=False)
    nodes: Mapping[str, tuple[Node, ...]] = field(default_factory=dict)


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
        """The nodes and pull secrets of target clusters, where an image may come from a stored registry."""
        if self._clients is None:
            return AtRegistries()
        async with self._db.read() as tx:
            known = await tx.registries.all()
        if not known:
            return AtRegistries()
        mappings = target.environment.image_mappings
        found = {one.cluster: one.manifests for one in running if one.manifests and _comes_from(known, one, mappings)}

        async def read(cluster: ClusterRecord) -> tuple[PullCredentials, tuple[Node, ...]]:
            gateway = await self._clusters.gateway(credential_of(cluster))
            workloads = found[cluster.name]
            return await asyncio.gather(
                read_pull_credentials(gateway, target.namespace or "", workloads, deadline=deadline),
                _nodes(gateway, workloads, deadline=deadline),
            )

        concerned = [each for each in target.environment.clusters if each.name in found]
        answers = await fan_out(concerned, read, deadline=deadline, name=lambda cluster: cluster.name)
        read_ = {answer.item.name: answer.result for answer in answers if answer.error is None}
        return AtRegistries(
            known=known,
            pulls={cluster: pulls for cluster, (pulls, _) in read_.items()},
            nodes={cluster: nodes for cluster, (_, nodes) in read_.items()},
        )

    async def answers(self, plan: PromotionPlan, targets: AtRegistries, *, deadline: Deadline) -> RegistryAnswers:
        """What the registries say of the images that the plan writes. Raises nothing for a registry."""
        changes = {
            one.cluster: [each for each in one.changes if each.action is Action.UPDATE and each.after.valid]
            for one in plan.clusters
        }
        written = [change for of_one in changes.values() for change in of_one]
        if not targets.known or not written:
            return RegistryAnswers()
        until = deadline.capped(_SECONDS)
        (images, silent), pulls = await asyncio.gather(
            self._images(written, targets.known, until), self._pulls(changes, targets, until)
        )
        return RegistryAnswers(images=images, pulls=pulls, nodes=targets.nodes, silent=silent)

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
        async with self._db.read() as tx:
            known = await tx.registries.all()
        asked = {name for name, of_one in changes.items() if any(_registry_of(each.after) in known for each in of_one)}
        workloads = {one.cluster: one.manifests for one in running if one.cluster in asked}

        async def read(cluster: ClusterRecord) -> tuple[Node, ...]:
            gateway = await self._clusters.gateway(credential_of(cluster))
            return await _nodes(gateway, workloads[cluster.name], deadline=deadline)

        concerned = [each for each in target.environment.clusters if each.name in workloads]
        (images, silent), nodes = await asyncio.gather(
            self._images(chain.from_iterable(changes.values()), known, deadline.capped(_SECONDS)),
            fan_out(concerned, read, deadline=deadline, name=lambda cluster: cluster.name),
        )
        read_ = {answer.item.name: answer.result for answer in nodes if answer.error is None}
        return RegistryAnswers(images=images, silent=silent, nodes=read_)

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
        self, changes: Mapping[str, Sequence[ImageChange]], targets: AtRegistries, deadline: Deadline
    ) -> dict[PulledBy, PullProblem]:
        """The pulls that would fail, as far as that is known."""
        tries: dict[PulledBy, tuple[ImageChange, tuple[PullCredential, ...]]] = {}
        for cluster, of_one in changes.items():
            for change in of_one:
                key = workload_key(change)
                record = targets.known.get(_registry_of(change.after))
                credentials = targets.pulls.get(cluster, {}).get(key)
                if record is not None and record.kind is not CredentialKind.ANONYMOUS and credentials is not None:
                    by = PulledBy(cluster=cluster, workload=key, reference=change.after.reference)
                    tries[by] = change, credentials
        verdicts = await asyncio.gather(*(self._pull(*each, targets.known, deadline) for each in tries.values()))
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
        if not fitting and _registry_of(change.before) == parsed.registry:
            return None  # what runs came from there without: the nodes have a credential of their own
        plain_http = known[parsed.registry].plain_http
        shown: list[Basic | Anonymous | None] = [_login_of(each) for each in fitting] if fitting else [Anonymous()]
        for credential in shown:
            if credential is None:  # of a kind that only its provider understands
                return None
            access = RegistryAccess(host=parsed.registry, plain_http=plain_http, credential=credential)
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


async def _nodes(gateway: ClusterGateway, workloads: Sequence[Manifest], *, deadline: Deadline) -> tuple[Node, ...]:
    """The cluster's nodes, and which of the workloads each takes; none where the credential may not list them."""
    try:
        listed = (await gateway.list(_NODES, namespace=None, deadline=deadline)).items
    except ClusterError:  # a hint: without the nodes, nothing is said of platforms
        return ()
    takes: dict[str, set[WorkloadKey]] = {}
    for workload in workloads:
        for node in nodes_that_take(workload, listed):
            takes.setdefault(node.name, set()).add((*workload.id.group_kind, workload.name))
    return tuple(Node(platform=_platform(node), takes=frozenset(takes.get(node.name, ()))) for node in listed)


def _comes_from(known: Container[str], running: ClusterFacts, mappings: Sequence[ImageMapping]) -> bool:
    """Whether an image of the cluster's workloads comes from one of these registries, or would by a mapping."""
    images = [each.image for each in running.images]
    return any(_registry_of(each) in known for each in (*images, *(mapped(image, mappings) for image in images)))


def _platform(node: Manifest) -> str | None:
    """`linux/arm64`, as the kubelet reports it, or as the node's labels say."""
    info = node.status.get("nodeInfo") or {}
    system = info.get("operatingSystem") or node.labels.get("kubernetes.io/os")
    architecture = info.get("architecture") or node.labels.get("kubernetes.io/arch")
    return f"{system}/{architecture}" if system and architecture else None


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
