"""What a release holds of the ConfigMaps and Secrets that were read on one cluster. Pure.

Values of a Secret only where the environment keeps them. An object is held as a whole or by fingerprints: a part of it
could not be put back.
"""

from collections.abc import Iterable

from domain.held_configuration import Held, HeldConfiguration, HeldContent, HeldObject
from domain.resources import Manifest
from services.planning.drift.configuration import key_prints
from services.planning.objects.field_prints import FieldPrints
from services.planning.objects.redact import is_secret

LARGEST_OBJECT = 256 * 1024  # characters of an object's values; an API server takes a mebibyte
LARGEST_CLUSTER = 2 * 1024 * 1024  # of all objects that a release holds for one cluster

# Made by a cluster for itself: their values mean nothing after it has made others.
_OF_THE_CLUSTER = frozenset({"kubernetes.io/service-account-token", "bootstrap.kubernetes.io/token"})


def held_configuration(
    manifests: Iterable[Manifest], prints: FieldPrints, *, place: str, keep_secrets: bool, unread: Iterable[str] = ()
) -> HeldConfiguration:
    """`place` is the id of the app environment; `unread` are kinds that could not be read."""
    left, objects = LARGEST_CLUSTER, list[HeldObject]()
    for manifest in sorted(manifests, key=lambda each: (each.kind.name, each.name)):
        content = HeldContent.of(manifest)
        text = content.to_text()
        held = _how(manifest, len(text.value), left, keep_secrets=keep_secrets)
        if held is Held.VALUES:
            left -= len(text.value)
        objects.append(
            HeldObject(
                kind=manifest.kind.name,
                name=manifest.name,
                prints=key_prints(manifest, prints, place=place),
                print=prints.of(place, manifest.id, (), text.value),
                held=held,
                content=content if held is Held.VALUES else None,
            )
        )
    return HeldConfiguration(objects=tuple(objects), unread=tuple(sorted(unread)))


def _how(manifest: Manifest, size: int, left: int, *, keep_secrets: bool) -> Held:
    if is_secret(manifest.kind) and (not keep_secrets or manifest.body.get("type") in _OF_THE_CLUSTER):
        return Held.FINGERPRINTS
    return Held.VALUES if size <= min(LARGEST_OBJECT, left) else Held.TOO_LARGE
