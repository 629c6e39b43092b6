"""The definition of CloneSets: names, version and subresources as in openkruise/kruise config/crd/bases."""

from sandbox.custom_definitions import ANY, FLAG, TEXT, WHOLE, WHOLE_OR_TEXT, definition, list_of, record
from sandbox.store import Object

GROUP, VERSION = "apps.kruise.io", "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"

_COUNTS = (
    *("observedGeneration", "replicas", "readyReplicas", "availableReplicas"),
    *("updatedReplicas", "updatedReadyReplicas", "expectedUpdatedReplicas"),
)
DEFINITION: Object = definition(
    GROUP,
    VERSION,
    "CloneSet",
    "clonesets",
    "clone",
    schema=record(
        spec=record(
            replicas=WHOLE,
            selector=ANY,
            template=ANY,
            minReadySeconds=WHOLE,
            revisionHistoryLimit=WHOLE,
            updateStrategy=record(type=TEXT, partition=WHOLE_OR_TEXT, maxUnavailable=WHOLE_OR_TEXT, paused=FLAG),
        ),
        status=record(
            **dict.fromkeys(_COUNTS, WHOLE),
            currentRevision=TEXT,
            updateRevision=TEXT,
            labelSelector=TEXT,
            conditions=list_of(ANY),
        ),
    ),
)
