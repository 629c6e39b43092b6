"""Clusters in the contract. A credential goes in and never comes out."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from api.schemas.base import Input, Labels, Moment, Name, Output, PageRead
from domain.words import Reachability
from services.inventory.clusters import ClusterChanges, NewCredential, Registration


class KubeconfigCredential(Input):
    """A self-contained kubeconfig: no commands, file names, proxy or impersonation."""

    type: Literal["kubeconfig"]
    kubeconfig: SecretStr = Field(
        min_length=1, max_length=262_144, description="The YAML text; its current context is used."
    )

    def to_credential(self) -> NewCredential:
        return NewCredential(kubeconfig=self.kubeconfig.get_secret_value())


class InClusterCredential(Input):
    """The cluster that Stagecoach itself runs in, by its own service account."""

    type: Literal["in-cluster"]

    def to_credential(self) -> NewCredential:
        return NewCredential(kubeconfig=None)


Credential = Annotated[KubeconfigCredential | InClusterCredential, Field(discriminator="type")]


class ClusterCreate(Input):
    """A cluster to register, if a probe finds it reachable and the credential's rights sufficient."""

    name: Name = Field(examples=["prod-eu"])
    labels: Labels = Field(default_factory=dict)
    credential: Credential

    def to_registration(self) -> Registration:
        return Registration(name=self.name, labels=self.labels, credential=self.credential.to_credential())


class ClusterUpdate(Input):
    """Members to change; the others keep their values. A new credential is probed first."""

    name: Name | None = None
    labels: Labels | None = None
    credential: Credential | None = None

    def to_changes(self) -> ClusterChanges:
        credential = self.credential.to_credential() if self.credential else None
        return ClusterChanges(name=self.name, labels=self.labels, credential=credential)


class LastError(Output):
    """Why a cluster's probe failed."""

    code: str = Field(examples=["cluster-unreachable"])
    detail: str


class ClusterRead(Output):
    """A registered cluster and its last probe."""

    id: str
    name: str = Field(examples=["prod-eu"])
    labels: dict[str, str]
    server: str | None = Field(
        description="The API server's address; null for the cluster that Stagecoach runs in.",
        examples=["https://10.0.0.1:6443"],
    )
    in_cluster: bool = Field(description="Whether it is the cluster that Stagecoach itself runs in.")
    credential_version: int = Field(description="Rises whenever the credential is replaced.")
    reachability: Reachability
    server_version: str | None = Field(examples=["v1.36.2"])
    last_seen_at: Moment | None
    last_error: str | None = Field(description="Why its last probe failed.")
    environments: list[str] = Field(description="The environments that use it.")
    left_out: list[str] = Field(
        description="In the answer to a request with a kubeconfig: its entries that the current context does not use. "
        "They are not stored.",
        examples=[['context "staging"', 'user "old"']],
    )
    created_at: Moment
    updated_at: Moment


class ClusterPage(PageRead[ClusterRead]):
    """Clusters, by name."""


class ProbeRead(Output):
    """The result of a probe."""

    cluster: str
    reachability: Reachability
    server_version: str | None
    error: LastError | None = Field(description="Null if the probe succeeded.")
    missing_rights: list[str] = Field(
        description="The rights that Stagecoach needs and the credential lacks.", examples=[["patch deployments.apps"]]
    )
    probed_at: Moment


class NamespaceRead(Output):
    """A namespace of a cluster."""

    name: str = Field(examples=["shop"])
    phase: str = Field(examples=["Active"])


class ClusterNamespacesRead(Output):
    """The namespaces of one cluster, by name."""

    cluster: str
    namespaces: list[NamespaceRead]
