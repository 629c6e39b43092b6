"""The definitions of Knative Serving: names, version and subresources as in knative/serving config/core."""

from sandbox.custom_definitions import ANY, FLAG, TEXT, WHOLE, definition, list_of, record
from sandbox.store import Object

GROUP, VERSION = "serving.knative.dev", "v1"
API_VERSION = f"{GROUP}/{VERSION}"

SERVICES, CONFIGURATIONS, REVISIONS, ROUTES = (
    f"{plural}.{GROUP}" for plural in ("services", "configurations", "revisions", "routes")
)

_TRAFFIC = list_of(record(revisionName=TEXT, configurationName=TEXT, latestRevision=FLAG, percent=WHOLE, tag=TEXT))
_REVISION_NAMES: Object = {"latestCreatedRevisionName": TEXT, "latestReadyRevisionName": TEXT}
_STATUS: Object = {"observedGeneration": WHOLE, "conditions": list_of(ANY)}

DEFINITIONS: tuple[Object, ...] = (
    definition(
        GROUP,
        VERSION,
        "Service",
        "services",
        "kservice",
        "ksvc",
        schema=record(
            spec=record(template=ANY, traffic=_TRAFFIC),
            status=record(**_STATUS, **_REVISION_NAMES, traffic=_TRAFFIC),
        ),
    ),
    definition(
        GROUP,
        VERSION,
        "Configuration",
        "configurations",
        "config",
        "cfg",
        schema=record(spec=record(template=ANY), status=record(**_STATUS, **_REVISION_NAMES)),
    ),
    definition(
        GROUP, VERSION, "Revision", "revisions", "rev", schema=record(spec=ANY, status=record(**_STATUS, logUrl=TEXT))
    ),
    definition(
        GROUP,
        VERSION,
        "Route",
        "routes",
        "rt",
        schema=record(spec=record(traffic=_TRAFFIC), status=record(**_STATUS, traffic=_TRAFFIC)),
    ),
)
