"""What a pod needs besides its images: ConfigMaps, Secrets and claims, and the events for missing ones."""

from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.controllers.world import Topic, World
from sandbox.store import Object

_PLURALS = {"configMap": "configmaps", "secret": "secrets"}


@dataclass(frozen=True, kw_only=True)
class Missing:
    """Something that is not there: what the kubelet says about it, and what to wait for."""

    message: str
    topic: Topic


def missing_for_container(world: World, container: Object, namespace: str) -> Missing | None:
    """The first ConfigMap, Secret or key of a container's environment that is missing and not optional."""
    for source in container.get("envFrom") or []:
        for field, kind in (("configMapRef", "configMap"), ("secretRef", "secret")):
            if field in source and (gap := _missing_whole(world, kind, source[field], namespace)):
                return gap
    for variable in container.get("env") or []:
        origin = variable.get("valueFrom") or {}
        for field, kind in (("configMapKeyRef", "configMap"), ("secretKeyRef", "secret")):
            if field in origin and (gap := _missing_key(world, kind, origin[field], namespace)):
                return gap
    return None


def missing_for_volumes(world: World, pod: Object) -> Missing | None:
    """The first ConfigMap, Secret or key that a volume is made of and that is missing and not optional."""
    namespace = pod["metadata"]["namespace"]
    for volume in pod["spec"].get("volumes") or []:
        for kind, name_field, source in _volume_sources(volume):
            reference = {**source, "name": source.get(name_field, "")}
            gap = _missing_whole(world, kind, reference, namespace) or _missing_items(world, kind, reference, namespace)
            if gap:
                words = f'MountVolume.SetUp failed for volume "{volume["name"]}" : {gap.message}'
                return Missing(message=words, topic=gap.topic)
    return None


def claims_of(pod: Object) -> list[str]:
    """Names of the claims that a pod mounts."""
    volumes = pod["spec"].get("volumes") or []
    return [v["persistentVolumeClaim"]["claimName"] for v in volumes if "persistentVolumeClaim" in v]


def _volume_sources(volume: Object) -> Iterator[tuple[str, str, Object]]:
    if "configMap" in volume:
        yield "configMap", "name", volume["configMap"]
    if "secret" in volume:
        yield "secret", "secretName", volume["secret"]
    for source in (volume.get("projected") or {}).get("sources") or []:
        for kind in ("configMap", "secret"):
            # The one that carries the API server's certificate is there on any real cluster.
            if kind in source and source[kind].get("name") != "kube-root-ca.crt":
                yield kind, "name", source[kind]


def _missing_whole(world: World, kind: str, reference: Object, namespace: str) -> Missing | None:
    plural, name = _PLURALS[kind], reference.get("name", "")
    if reference.get("optional") or world.get(plural, name, namespace) is not None:
        return None
    return Missing(message=f'{kind.lower()} "{name}" not found', topic=Topic(plural, namespace, name))


def _missing_key(world: World, kind: str, reference: Object, namespace: str) -> Missing | None:
    gap = _missing_whole(world, kind, reference, namespace)
    if gap or reference.get("optional"):
        return gap
    plural, name, key = _PLURALS[kind], reference["name"], reference["key"]
    if key in _keys(world, plural, name, namespace):
        return None
    title = "ConfigMap" if kind == "configMap" else "Secret"
    message = f"couldn't find key {key} in {title} {namespace}/{name}"
    return Missing(message=message, topic=Topic(plural, namespace, name))


def _missing_items(world: World, kind: str, reference: Object, namespace: str) -> Missing | None:
    plural, name = _PLURALS[kind], reference["name"]
    if reference.get("optional"):
        return None
    present = _keys(world, plural, name, namespace)
    for item in reference.get("items") or []:
        if item["key"] not in present:
            message = f"references non-existent {'config' if kind == 'configMap' else 'secret'} key: {item['key']}"
            return Missing(message=message, topic=Topic(plural, namespace, name))
    return None


def _keys(world: World, plural: str, name: str, namespace: str) -> set[str]:
    holder = world.get(plural, name, namespace) or {}
    return {*(holder.get("data") or {}), *(holder.get("binaryData") or {})}
