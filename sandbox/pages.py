"""The non-resource paths: health, version, discovery, OpenAPI."""

from sandbox import answers, discovery, negotiation, openapi
from sandbox.answers import Answer, Request
from sandbox.cluster import Cluster


def answer(cluster: Cluster, request: Request, *, prefix: str) -> Answer:
    """`prefix` is what comes before the cluster's paths. Raises `StatusError` 405."""
    if request.method not in {"GET", "HEAD"}:
        raise answers.not_allowed()
    catalogue = cluster.resources
    parts = [p for p in request.target.path.split("/") if p]
    if parts and parts[0] in {"healthz", "livez", "readyz"}:
        return Answer(raw=b"ok", media_type="text/plain")
    if parts in (["api"], ["apis"]) and request.wanted.form == "APIGroupDiscoveryList":
        value = discovery.aggregated(catalogue, core=parts == ["api"])
        return Answer(value=value, media_type=discovery.AGGREGATED)
    if parts == ["openapi", "v2"]:
        return Answer(raw=openapi.document_v2(catalogue), media_type=openapi.V2_MEDIA_TYPE)
    if parts[:2] == ["openapi", "v3"]:
        found = openapi.at_path(cluster.definitions, catalogue, parts[2:], prefix)
    else:
        found = discovery.at_path(catalogue, parts, host=request.http.host)
    return answers.no_page() if found is None else Answer(value=found, media_type=negotiation.JSON)
