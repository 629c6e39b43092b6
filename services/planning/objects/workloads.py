"""Where each kind of workload keeps its pod template, and which containers the template has.

Pure. This is the one table of kinds that run pods; references, copies, image matching and image patches all use it.
Ephemeral containers belong to a running pod, not to a template, and are left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.declared_kinds import Declaration
from domain.resources import Kind, Manifest
from services.planning.objects.built_in import is_built_in

# (group, kind) → the keys that lead from the object to its pod template; a Pod is its own template.
_TEMPLATE_PATHS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("apps", "Deployment"): ("spec", "template"),
    ("apps", "StatefulSet"): ("spec", "template"),
    ("apps", "DaemonSet"): ("spec", "template"),
    ("apps", "ReplicaSet"): ("spec", "template"),
    ("", "ReplicationController"): ("spec", "template"),
    ("batch", "Job"): ("spec", "template"),
    ("batch", "CronJob"): ("spec", "jobTemplate", "spec", "template"),
    ("", "Pod"): (),
    ("argoproj.io", "Rollout"): ("spec", "template"),
    ("apps.kruise.io", "CloneSet"): ("spec", "template"),
    ("serving.knative.dev", "Service"): ("spec", "template"),
}


@dataclass(frozen=True, kw_only=True, repr=False)
class Container:
    """A container of a pod template.

    `pointer` is the RFC 6901 JSON pointer to it in its object, as `/spec/template/spec/containers/0`; `path` is the
    same for people, as `spec.template.spec.containers[web]`. `body` is raw JSON; its `env` may hold secret values,
    so `repr` leaves it out. `declared` says how an object of a declared kind spells the image at `pointer`.
    """

    name: str
    init: bool
    image: str
    pointer: str
    path: str
    body: Mapping[str, Any]
    declared: Declaration | None = None

    def __repr__(self) -> str:
        return f"Container({self.path}, image={self.image!r})"


def template_path(kind: Kind) -> tuple[str, ...] | None:
    """The keys that lead to the pod template in an object of this kind; None where the kind runs no pods."""
    return _TEMPLATE_PATHS.get((kind.group, kind.name))


def is_workload(kind: Kind) -> bool:
    """Whether objects of this kind run pods."""
    return template_path(kind) is not None


def is_custom(kind: Kind) -> bool:
    """Whether objects of this kind are custom resources that are no workloads."""
    return not is_built_in(kind) and not is_workload(kind)


def pod_template(manifest: Manifest) -> dict[str, Any] | None:
    """The pod template (`metadata` and `spec`) inside `manifest`, not a copy; None where it has none.

    A caller that changes it takes it from `Manifest(manifest.edited())`.
    """
    path = template_path(manifest.kind)
    if path is None:
        return None
    template: Any = manifest.body
    for key in path:
        template = template.get(key) if isinstance(template, dict) else None
    return template if isinstance(template, dict) else None


def pod_spec(manifest: Manifest) -> dict[str, Any] | None:
    """The `spec` of the pod template inside `manifest`, not a copy; None where there is none."""
    template = pod_template(manifest)
    spec = template.get("spec") if template is not None else None
    return spec if isinstance(spec, dict) else None


def containers(manifest: Manifest) -> tuple[Container, ...]:
    """Init containers, then containers, in the order in which the template lists them."""
    spec = pod_spec(manifest)
    if spec is None:
        return ()
    steps = (*(template_path(manifest.kind) or ()), "spec")
    listed = []
    for field in ("initContainers", "containers"):
        for index, body in enumerate(spec.get(field) or ()):
            if not isinstance(body, dict):
                continue
            name = str(body.get("name", ""))
            listed.append(
                Container(
                    name=name,
                    init=field == "initContainers",
                    image=str(body.get("image", "")),
                    pointer="/" + "/".join((*steps, field, str(index))),
                    path=".".join((*steps, field)) + f"[{name}]",
                    body=body,
                ),
            )
    return tuple(listed)


def image_volumes(manifest: Manifest) -> tuple[tuple[str, str], ...]:
    """The volumes of the pod template whose content is an image (`volumes[].image`): name and reference of each."""
    volumes = (pod_spec(manifest) or {}).get("volumes") or ()
    return tuple(
        (str(volume.get("name", "")), str(volume["image"].get("reference", "")))
        for volume in volumes
        if isinstance(volume, dict) and isinstance(volume.get("image"), dict)
    )
