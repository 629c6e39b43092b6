"""An object without what belongs to its place, so that it can be compared with one of another place. Pure.

It is what a copy would write elsewhere (`copying.normalize`, `copying.rewrite`): without identity, status, and what
servers and tools write. Where it names its own namespace, and where it names hosts, tokens stand for them: an object
that does the same in another namespace, under other hosts, is the same. `Neutral.shown` puts the names back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.declared_kinds import Declaration
from domain.overrides import Overrides
from domain.resources import Manifest
from services.planning.copying.normalize import normalize
from services.planning.copying.notes_of_kinds import SUSPENDED_BY_RULE
from services.planning.copying.rewrite import Move, rewritten_manifest
from services.planning.objects.autoscalers import autoscaler_of
from services.planning.objects.declared_images import leave_images_out
from services.planning.objects.hosts import hosts_in, map_hosts
from services.planning.objects.identity import kind_name
from services.planning.objects.redact import Fingerprints, is_secret
from services.planning.objects.stored_values import with_filled_limits
from services.planning.objects.workloads import pod_spec

# Of Unicode's private use area: no object of a cluster has them in a name.
_MARK = "\ue000"
_OWN_NAMESPACE = f"{_MARK}namespace{_MARK}"


@dataclass(frozen=True, kw_only=True)
class Neutral:
    """`manifest` has tokens in place of `names`; `source` is the object as it was read."""

    source: Manifest
    manifest: Manifest
    names: Mapping[str, str]
    hosts: tuple[str, ...]

    def shown(self, value: Any) -> Any:
        """A value of `manifest` with the names in it again."""
        if isinstance(value, str):
            if _MARK in value:
                for token, name in self.names.items():
                    value = value.replace(token, name)
            return value
        if isinstance(value, dict):
            return {self.shown(key): self.shown(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.shown(item) for item in value]
        return value


def neutral(
    manifest: Manifest,
    *,
    namespace: str,
    autoscalers: tuple[Manifest, ...],
    fingerprints: Fingerprints,
    declaration: Declaration | None = None,
) -> Neutral:
    """The object of `namespace` made comparable. Values of a Secret become fingerprints, and images are left out.

    Images are compared by what runs, not by what is written. `declaration` is what is declared of a custom kind.
    """
    elsewhere = rewritten_manifest(
        normalize(manifest).manifest,
        move=Move(source=namespace, target=_OWN_NAMESPACE),
        overrides=Overrides(suspend_cron_jobs=_is_suspended(manifest)),
    )
    body = with_filled_limits(elsewhere.kind, elsewhere.body)
    hosts = hosts_in(Manifest(body))
    tokens = {host: f"{_MARK}host {number}{_MARK}" for number, host in enumerate(hosts)}
    map_hosts(body, tokens)
    _leave_images_out(body)
    if declaration is not None:
        leave_images_out(body, declaration)
    autoscaler = autoscaler_of(manifest, manifest, autoscalers)
    if autoscaler is not None and "replicas" in elsewhere.spec:
        body["spec"]["replicas"] = f"set by {autoscaler}"
    if is_secret(manifest.kind):
        body["data"] = {key: fingerprints.of(value) for key, value in (body.get("data") or {}).items()}
    names = {token: host for host, token in tokens.items()} | {_OWN_NAMESPACE: namespace}
    return Neutral(source=manifest, manifest=Manifest(body), names=names, hosts=hosts)


def _is_suspended(manifest: Manifest) -> bool | None:
    """As it is: what is rewritten is suspended by default."""
    member = SUSPENDED_BY_RULE.get(kind_name(manifest.kind))
    return None if member is None else bool(manifest.spec.get(member))


def _leave_images_out(body: dict[str, Any]) -> None:
    spec = pod_spec(Manifest(body)) or {}
    for field in ("initContainers", "containers"):
        for container in spec.get(field) or ():
            if isinstance(container, dict):
                container.pop("image", None)
