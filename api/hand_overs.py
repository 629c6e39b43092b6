"""All that hands images over to owners of workloads: a planner and a deliverer for each delivery that does."""

from db.transaction import Database
from domain.words import ImageDelivery
from services.execution.argocd_overrides import ApplicationDeliverer
from services.execution.flux_changes import FluxDeliverer
from services.execution.git_changes import GitChanges
from services.execution.git_commits import GitDeliverer
from services.execution.git_reviews import GitReviews
from services.execution.handing_over import Deliveries
from services.execution.helm_upgrades import HelmDeliverer
from services.git.pull_requests import PullRequests
from services.git.repositories import GitRepositories
from services.helm.program import HelmProgram
from services.helm.releases import HelmReleases
from services.kube.gateway import Clusters
from services.reading.control_planes import StoredControlPlanes
from services.reading.hand_overs.argocd import ApplicationPlanner
from services.reading.hand_overs.flux import FluxPlanner
from services.reading.hand_overs.git import GitPlanner
from services.reading.hand_overs.helm import HelmPlanner
from services.reading.hand_overs.planning import HandOverReader


def git_changes_by(*, db: Database, git: GitRepositories, pulls: PullRequests, ask_every: float = 30.0) -> GitChanges:
    """`ask_every`: how often, in seconds, open pull requests are looked at."""
    return GitChanges(db, git, GitReviews(git, pulls, ask_every=ask_every))


def deliveries_by(
    *, helm_program: str, db: Database, clusters: Clusters, git: GitRepositories, changes: GitChanges
) -> Deliveries:
    """Nothing of it is looked for before it is needed. `changes` are made to Git repositories."""
    helm = HelmReleases(HelmProgram(helm_program))
    control_planes = StoredControlPlanes(db=db, clusters=clusters)
    return Deliveries(
        reader=HandOverReader(
            {
                ImageDelivery.HELM: HelmPlanner(helm),
                ImageDelivery.ARGOCD: ApplicationPlanner(control_planes),
                ImageDelivery.FLUX: FluxPlanner(helm),
                ImageDelivery.GIT: GitPlanner(db, git),
            },
            control_planes=control_planes,
        ),
        deliverers={
            ImageDelivery.HELM: HelmDeliverer(helm),
            ImageDelivery.ARGOCD: ApplicationDeliverer(control_planes),
            ImageDelivery.FLUX: FluxDeliverer(),
            ImageDelivery.GIT: GitDeliverer(changes),
        },
    )
