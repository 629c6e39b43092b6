"""The dangers of one object, and those that a write would bring. Pure."""

from collections.abc import Iterator

from domain.dangers import Danger
from domain.resources import Manifest
from services.planning.dangers.access import dangers_of_access
from services.planning.dangers.found import FoundDanger
from services.planning.dangers.pod_security import dangers_of_pods


def dangers_of(manifest: Manifest, *, namespace: str) -> tuple[FoundDanger, ...]:
    """All dangers of the object in this namespace, in a fixed order.

    Logins of registries, keys of certificates and what belongs to the cluster (webhook configurations, APIServices,
    PriorityClasses …) are refused or asked for as whole objects, by `copying.refusal_rules`.
    """
    found = (*dangers_of_pods(manifest), *dangers_of_access(manifest, namespace), *_of_service(manifest))
    return tuple(sorted(set(found)))


def new_dangers(desired: Manifest, live: Manifest | None, *, namespace: str) -> tuple[FoundDanger, ...]:
    """The dangers that a write of `desired` brings: those that the live object does not hold already."""
    found = dangers_of(desired, namespace=namespace)
    if not found or live is None:
        return found
    held = frozenset(dangers_of(live, namespace=namespace))
    return tuple(each for each in found if each not in held)


def _of_service(manifest: Manifest) -> Iterator[FoundDanger]:
    """A Service with external IPs takes over traffic to these addresses from every node.

    https://github.com/kubernetes/kubernetes/issues/97076 (CVE-2020-8554)
    """
    addresses = manifest.spec.get("externalIPs")
    if manifest.id.group_kind == ("", "Service") and isinstance(addresses, list) and addresses:
        what = f"takes over the traffic to {', '.join(str(each) for each in addresses)}"
        yield FoundDanger(danger=Danger.EXTERNAL_IPS, path="spec.externalIPs", what=what)
