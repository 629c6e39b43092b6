"""Which objects of a namespace controllers create, with an owner reference or without. Pure."""

import re
from collections.abc import Iterable

from domain.resources import Manifest
from services.planning.copying.refusals import refusal_of
from services.planning.objects import paths
from services.planning.objects.identity import kind_name
from services.planning.rings.job_template import JOB, OPERATION_LABEL

_CONTROLLER_OWNED_RULES = frozenset(
    {"owned", "runtime-data", "endpoints", "endpoints-of-pods", "endpoint-slice", "endpoint-slice-mirrored"}
)


def without_controller_owned(manifests: Iterable[Manifest]) -> tuple[Manifest, ...]:
    """The manifests without those that a controller created from others, and without Jobs of Stagecoach's own hooks.

    Claims from a StatefulSet's `volumeClaimTemplates` have no owner reference unless
    `persistentVolumeClaimRetentionPolicy` sets one; their names, `<template>-<StatefulSet>-<ordinal>`, identify them.
    Endpoints are a person's own where the Service of their name has no selector.
    """
    candidates = tuple(manifests)
    claims = _claim_names(candidates)
    unselecting = frozenset(m.name for m in candidates if m.id.group_kind == ("", "Service") and not selects_pods(m))
    return tuple(
        manifest
        for manifest in candidates
        if not _is_controller_owned(manifest, claims)
        and (manifest.id.group_kind != ("", "Endpoints") or manifest.name in unselecting)
    )


def selects_pods(service: Manifest) -> bool:
    """Whether a controller fills in where the Service leads; a name outside the cluster leads nowhere else."""
    return bool(service.spec.get("selector")) or service.spec.get("type") == "ExternalName"


def _is_controller_owned(manifest: Manifest, claims: tuple[re.Pattern[str], ...]) -> bool:
    if manifest.kind == JOB and OPERATION_LABEL in manifest.labels:
        return True
    refusal = refusal_of(manifest)
    if refusal is not None and refusal.rule in _CONTROLLER_OWNED_RULES:
        return True
    return kind_name(manifest.kind) == "PersistentVolumeClaim" and any(p.fullmatch(manifest.name) for p in claims)


def _claim_names(manifests: tuple[Manifest, ...]) -> tuple[re.Pattern[str], ...]:
    return tuple(
        re.compile(rf"{re.escape(str(template))}-{re.escape(manifest.name)}-[0-9]+")
        for manifest in manifests
        if kind_name(manifest.kind) == "StatefulSet.apps"
        for template in paths.values(manifest.body, "spec.volumeClaimTemplates[].metadata.name")
    )
