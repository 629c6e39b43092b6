"""All that hands images over to owners of workloads: a planner and a deliverer for each delivery that does."""

from domain.words import ImageDelivery
from services.execution.argocd_overrides import ApplicationDeliverer
from services.execution.handing_over import Deliveries
from services.execution.helm_upgrades import HelmDeliverer
from services.helm.program import HelmProgram
from services.helm.releases import HelmReleases
from services.reading.hand_overs.argocd import ApplicationPlanner
from services.reading.hand_overs.helm import HelmPlanner
from services.reading.hand_overs.planning import HandOverReader


def deliveries_by(*, helm_program: str) -> Deliveries:
    """Nothing of it is looked for before it is needed."""
    helm = HelmReleases(HelmProgram(helm_program))
    return Deliveries(
        reader=HandOverReader({ImageDelivery.HELM: HelmPlanner(helm), ImageDelivery.ARGOCD: ApplicationPlanner()}),
        deliverers={ImageDelivery.HELM: HelmDeliverer(helm), ImageDelivery.ARGOCD: ApplicationDeliverer()},
    )
