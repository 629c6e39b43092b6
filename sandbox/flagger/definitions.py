"""The definition of Canaries: names, version and subresources as in fluxcd/flagger artifacts/flagger/crd.yaml."""

from sandbox.custom_definitions import ANY, FLAG, TEXT, WHOLE, definition, list_of, record
from sandbox.store import Object

GROUP, VERSION = "flagger.app", "v1beta1"
API_VERSION = f"{GROUP}/{VERSION}"

DEFINITION: Object = definition(
    GROUP,
    VERSION,
    "Canary",
    "canaries",
    "cd",
    schema=record(
        spec=record(
            provider=TEXT,
            targetRef=record(apiVersion=TEXT, kind=TEXT, name=TEXT),
            progressDeadlineSeconds=WHOLE,
            skipAnalysis=FLAG,
            suspend=FLAG,
            analysis=record(
                interval=TEXT,
                iterations=WHOLE,
                threshold=WHOLE,
                webhooks=list_of(record(name=TEXT, type=TEXT, url=TEXT)),
            ),
        ),
        status=record(
            phase=TEXT,
            failedChecks=WHOLE,
            canaryWeight=WHOLE,
            iterations=WHOLE,
            lastAppliedSpec=TEXT,
            lastPromotedSpec=TEXT,
            lastTransitionTime=TEXT,
            conditions=list_of(ANY),
        ),
    ),
)
