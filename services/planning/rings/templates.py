"""What keeps the Jobs of a strategy's hooks and checks from being made, wherever that can be told beforehand. Pure."""

from collections.abc import Iterator

from domain.stored.checks import JobCheck
from domain.stored.hooks import JobTemplate
from domain.stored.strategies import Strategy
from services.planning.rings.job_template import faults_of


def template_faults(strategy: Strategy, *, namespace: str | None) -> tuple[str, ...]:
    """A sentence for each fault, which names the hook or check. `namespace` None: not known yet."""
    return tuple(
        f"'{name}': {fault}"
        for name, template in dict(_templates(strategy)).items()
        for fault in faults_of(template.manifest, namespace=namespace)
    )


def _templates(strategy: Strategy) -> Iterator[tuple[str, JobTemplate]]:
    for hook in strategy.hooks:
        yield hook.name, hook.job
    for ring in strategy.rings or ():
        for check in ring.checks:
            if isinstance(check.asks, JobCheck):
                yield check.name, check.asks.job
