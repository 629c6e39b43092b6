"""Where the Argo CD of a cluster runs, if not on the cluster itself."""

from dataclasses import dataclass

from db.records.inventory import ClusterRecord


@dataclass(frozen=True, kw_only=True)
class ArgoCdRecord:
    """The Argo CD of `cluster` runs on `hub`, in `namespace`.

    `called` is the name or the server's address by which it knows the cluster; None: the address that Stagecoach uses,
    or what Argo CD's own list of clusters says.
    """

    cluster: ClusterRecord
    hub: ClusterRecord
    namespace: str
    called: str | None
