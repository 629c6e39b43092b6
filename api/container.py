"""The composition root: everything that lives as long as the process, built once and handed to the routes."""

from dataclasses import dataclass

from services.adopting import Adopting
from services.applications import Applications
from services.clusters import ClusterRegistry
from services.configuring import Configuring
from services.environments import Environments
from services.importing import Importing
from services.matrix import MatrixReader
from services.operations import Operations
from services.overview import Overview
from services.promoting import Promoting
from services.releases import Releases
from services.resources import ResourceBrowser
from services.rolling_back import RollingBack

from services.access import Access


@dataclass(frozen=True, kw_only=True)
class Container:
    """What routes ask for, by name."""

    access: Access
    clusters: ClusterRegistry
    environments: Environments
    applications: Applications
    overview: Overview
    matrix: MatrixReader
    adopting: Adopting
    configuring: Configuring
    importing: Importing
    resources: ResourceBrowser
    promoting: Promoting
    rolling_back: RollingBack
    releases: Releases
    operations: Operations
