"""Which delivery tool a workload belongs to: a Helm release, an application of Argo CD, an object of Flux. Pure.

Marks that travel with a manifest prove little. `helm template` writes the labels of a release that does not exist, and
a person who copies an object copies its annotations. So a mark counts where the tool itself vouches for it:

* Helm: the annotations of a release (helm `pkg/action/validate.go`), and Helm among the field managers or the object
  in the release's record;
* Argo CD: a tracking id that names this very object
  (https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/), the instance label of its own, or its field
  manager;
* Flux: the labels of a HelmRelease or of a Kustomization, which its controllers write.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.hand_overs import OwnerAddress
from domain.resources import Kind, Manifest
from services.planning.objects.helm_records import HelmRelease, ReleaseName
from services.planning.objects.manager_entries import ManagerEntry, entries_of

RELEASE_NAME, RELEASE_NAMESPACE = "meta.helm.sh/release-name", "meta.helm.sh/release-namespace"
_TRACKING_ID = "argocd.argoproj.io/tracking-id"
_ARGO_INSTANCE, _INSTANCE = "argocd.argoproj.io/instance", "app.kubernetes.io/instance"
_ARGO_MANAGERS = frozenset({"argocd-controller", "argocd-application-controller"})
_HELM_OF_FLUX, _KUSTOMIZE_OF_FLUX = "helm.toolkit.fluxcd.io", "kustomize.toolkit.fluxcd.io"

# The labels and annotations whose values tell whose a workload is.
READ_ANNOTATIONS = frozenset({RELEASE_NAME, RELEASE_NAMESPACE, _TRACKING_ID})
READ_LABELS = frozenset(
    {_ARGO_INSTANCE, _INSTANCE}
    | {f"{prefix}/{name}" for prefix in (_HELM_OF_FLUX, _KUSTOMIZE_OF_FLUX) for name in ("name", "namespace")}
)


class Tool(StrEnum):
    HELM = "Helm"
    ARGO_CD = "Argo CD"
    FLUX = "Flux"


@dataclass(frozen=True, kw_only=True, order=True)
class OwnerObject:
    """An object whose controller writes others; `namespace` is None where a mark leaves it open."""

    kind: Kind
    namespace: str | None
    name: str


APPLICATION = Kind(group="argoproj.io", version="v1alpha1", name="Application")
HELM_RELEASE = Kind(group="helm.toolkit.fluxcd.io", version="v2", name="HelmRelease")
KUSTOMIZATION = Kind(group="kustomize.toolkit.fluxcd.io", version="v1", name="Kustomization")


@dataclass(frozen=True, kw_only=True)
class WorkloadOwner:
    """`name` is what the tool calls it, `returns` when its own image comes back, `manager` its field manager.

    `object` is where the tool keeps it, None for a release of Helm. `above` are the names of what owns that, the
    nearest first, up to the root; `unread` says why that may not be all. `yields`: it is told to leave an image alone
    that Stagecoach wrote; `rewritten_by`: what above it writes it again after a change.
    `address` is where what is handed over to it is written, None where nothing can be. `hub` is the cluster where it
    was looked for, None where that is the workload's own.
    """

    tool: Tool
    name: str
    returns: str
    manager: str
    address: OwnerAddress | None = None
    object: OwnerObject | None = None
    above: tuple[str, ...] = ()
    unread: str | None = None
    yields: bool = False
    rewritten_by: OwnerObject | None = None
    hub: str | None = None

    @property
    def full_name(self) -> str:
        """Its name with where it comes from."""
        return f"{self.name} (from {', from '.join(self.above)})" if self.above else self.name


def release_of(manifest: Manifest) -> ReleaseName | None:
    """The Helm release that the object's annotations name."""
    name = manifest.annotations.get(RELEASE_NAME)
    namespace = manifest.annotations.get(RELEASE_NAMESPACE) or manifest.namespace
    return ReleaseName(namespace=namespace, name=name) if name and namespace else None


def needs_release_record(manifest: Manifest) -> bool:
    """Whether only the record of the release that the annotations name tells whether Helm owns the object."""
    return _owner_but_helm(manifest) is None and release_of(manifest) is not None and _helms_entry(manifest) is None


def workload_owner(
    manifest: Manifest, releases: Mapping[ReleaseName, HelmRelease | None] | None = None
) -> WorkloadOwner | None:
    """The tool that delivers this workload; None where none is known to.

    `releases` are the records that were read (None: there is none). A release whose record could not be read is taken
    at its annotations' word: to ask in vain is better than to break it.
    """
    return _owner_but_helm(manifest) or _helm_owner(manifest, releases or {})


def _owner_but_helm(manifest: Manifest) -> WorkloadOwner | None:
    # Flux comes first: its HelmReleases carry the annotations of Helm as well, and the person changes the HelmRelease.
    return _flux_owner(manifest) or _argo_owner(manifest)


def _flux_owner(manifest: Manifest) -> WorkloadOwner | None:
    for prefix, kind, returns, manager in (
        (_HELM_OF_FLUX, HELM_RELEASE, "whose next upgrade brings the chart's image back", "helm-controller"),
        (
            _KUSTOMIZE_OF_FLUX,
            KUSTOMIZATION,
            "whose next reconciliation brings the image of its source back",
            "kustomize-controller",
        ),
    ):
        name = manifest.labels.get(f"{prefix}/name")
        if name:
            given = manifest.labels.get(f"{prefix}/namespace")
            title = f"the {kind.name} {f'{given}/{name}' if given else name} of Flux"
            namespace = given or manifest.namespace
            return WorkloadOwner(
                tool=Tool.FLUX,
                name=title,
                returns=returns,
                manager=manager,
                address=OwnerAddress(title=title, kind=kind.name, namespace=namespace or "", name=name),
                object=OwnerObject(kind=kind, namespace=namespace, name=name),
            )
    return None


def _argo_owner(manifest: Manifest) -> WorkloadOwner | None:
    application = _tracked_by(manifest)
    if application is None and _TRACKING_ID not in manifest.annotations:
        # It writes the status of each application, so that on these its manager says nothing.
        itself = manifest.kind == APPLICATION
        managed = not itself and any(entry.manager in _ARGO_MANAGERS for entry in entries_of(manifest))
        application = manifest.labels.get(_ARGO_INSTANCE)
        if application is None and managed:
            # Most charts write this label too: without Argo CD's manager it says nothing.
            application = manifest.labels.get(_INSTANCE, "")
    if application is None:
        return None
    return WorkloadOwner(
        tool=Tool.ARGO_CD,
        name=f"the application {application} of Argo CD" if application else "an application of Argo CD",
        returns="whose next sync brings the image of its source back",
        manager="argocd-controller",
        object=_application_called(application) if application else None,
    )


def _application_called(instance: str) -> OwnerObject:
    """The application with this instance name: `NAMESPACE_NAME` outside Argo CD's own namespace, else its name.

    argoproj/argo-cd pkg/apis/application/v1alpha1/types.go, `InstanceName`.
    """
    namespace, underscore, name = instance.partition("_")
    if not underscore:
        return OwnerObject(kind=APPLICATION, namespace=None, name=instance)
    return OwnerObject(kind=APPLICATION, namespace=namespace, name=name)


def _tracked_by(manifest: Manifest) -> str | None:
    """The application in the tracking id `APP:GROUP/Kind:NAMESPACE/NAME`, if that names this object and not another."""
    application, _, tracked = (manifest.annotations.get(_TRACKING_ID) or "").partition(":")
    kind, _, name = tracked.partition(":")
    itself = f"{manifest.kind.group}/{manifest.kind.name}", f"{manifest.namespace or ''}/{manifest.name}"
    return application if application and (kind, name) == itself else None


def _helm_owner(manifest: Manifest, releases: Mapping[ReleaseName, HelmRelease | None]) -> WorkloadOwner | None:
    release, entry = release_of(manifest), _helms_entry(manifest)
    if release is None or (entry is None and release in releases and not _is_in(releases[release], manifest)):
        return None
    name = f"the Helm release {release.name} in namespace {release.namespace}"
    return WorkloadOwner(
        tool=Tool.HELM,
        name=name,
        returns="whose next upgrade brings the chart's image back",
        manager=entry.manager if entry is not None else "helm",
        address=OwnerAddress(title=name, namespace=release.namespace, name=release.name),
    )


def _is_in(release: HelmRelease | None, manifest: Manifest) -> bool:
    return release is not None and release.holds(manifest.id, manifest.namespace)


def _helms_entry(manifest: Manifest) -> ManagerEntry | None:
    """Helm's own entry: `helm`, or a program that has Helm in it, as `terraform-provider-helm_v2.17.0_x5`."""
    ours = [entry for entry in entries_of(manifest) if "helm" in entry.manager.lower()]
    return max(ours, key=lambda entry: (entry.applies, entry.time), default=None)
