"""The error of an object that another writer changed between the plan and the write."""

from domain.problems import CHANGED_MEANWHILE
from domain.resources import ResourceId
from services.kube.errors import ClusterError, PatchTestFailedError


class ChangedMeanwhileError(ClusterError):
    """The live object is neither as the plan read it nor as the plan leaves it. Nothing was overwritten."""

    code = CHANGED_MEANWHILE
    title = PatchTestFailedError.title

    def __init__(self, detail: str, *, resource: ResourceId, cluster: str) -> None:
        super().__init__(detail, cluster=cluster, resource=resource)
