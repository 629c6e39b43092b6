"""The use cases of the inventory, on the emptied tables and practice clusters."""

import pytest

from db.transaction import Database
from domain.words import DeployMode, Pin
from sandbox.server import Sandbox
from services.inventory.clusters import ClusterRegistry, NewCredential, Registration
from services.inventory.environments import Environments, NewEnvironment
from services.kube.pool import ClusterPool
from services.limits import Limits
from services.pushes.judging import judge_after_mapping
from tests.support.clusters import EVERYWHERE

LIMITS = Limits(probe=3.0, overview=3.0)


@pytest.fixture
def registry(database: Database, cluster_pool: ClusterPool) -> ClusterRegistry:
    return ClusterRegistry(database, cluster_pool, rules=EVERYWHERE, limits=LIMITS)


@pytest.fixture
def environments(database: Database, cluster_pool: ClusterPool) -> Environments:
    return Environments(database, cluster_pool, limits=LIMITS, judge_pushes=judge_after_mapping)


def registration(sandbox: Sandbox, cluster: str, *, name: str | None = None, user: str = "admin") -> Registration:
    """The registration of a practice cluster, by default under its own name and by its administrator."""
    credential = NewCredential(kubeconfig=sandbox.kubeconfig(cluster, user=user))
    return Registration(name=name or cluster, labels={}, credential=credential)


def new_environment(name: str, *clusters: str) -> NewEnvironment:
    return NewEnvironment(
        name=name, clusters=clusters, default_namespace=None, deploy_mode=DeployMode.MANUAL, pin=Pin.DIGEST
    )
