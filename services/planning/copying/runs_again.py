"""A Job or another run that the app environment has had and that is gone: creating it would run it again. Pure.

Comparing desired with present state takes a run that its controller has deleted for drift
(argoproj/argo-cd#8586, vmware-tanzu/velero#8801).
"""

from collections.abc import Iterator
from dataclasses import replace

from domain.problems import Problem, Severity
from domain.resources import Manifest
from services.planning.copying.checks import CopyTarget, problem
from services.planning.copying.consents import Consent
from services.planning.copying.refused_runs import is_run
from services.planning.objects.identity import ObjectKey


def runs_again(target: CopyTarget, manifest: Manifest) -> Iterator[Problem]:
    """A problem that blocks, unless the request has the consent, where a recorded run would be created again."""
    key = ObjectKey.of(manifest)
    gone = key in target.recorded and key not in target.facts.live
    if gone and is_run(manifest) and Consent.FINISHED_JOBS not in target.consents:
        found = problem(
            target,
            manifest,
            "runs-again",
            Severity.BLOCKS,
            f"{manifest.id.label} is one of the app environment's resources and is no longer on cluster "
            f"{target.facts.cluster}: it has run there and was deleted, by its time to live or by somebody. A copy "
            f"runs it again. Leave it out, or allow it with the consent '{Consent.FINISHED_JOBS}'.",
        )
        yield replace(found, consent=Consent.FINISHED_JOBS)
