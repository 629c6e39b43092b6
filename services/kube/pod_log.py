"""The request for a container's log."""

from domain.resources import Kind
from services.kube.names import vet_name, vet_namespace
from services.kube.requests import Repeat, Request

PODS = Kind(group="", version="v1", name="Pod")


def pod_log_request(cluster: str, pod: str, container: str, *, namespace: str, lines: int, most: int) -> Request:
    """Of the last lines at most so many bytes, from the first of these lines on.

    https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#get-read-log-of-the-specified-pod
    Raises `InvalidObjectError` for what cannot be the name of a pod or a namespace.
    """
    vet_namespace(namespace, PODS, cluster=cluster)
    vet_name(pod, PODS, cluster=cluster)
    return Request(
        verb="read the log of",
        method="GET",
        path=f"/api/v1/namespaces/{namespace}/pods/{pod}/log",
        query=(("container", container), ("tailLines", str(lines)), ("limitBytes", str(most))),
        accept="*/*",  # a log is text, a refusal is JSON
        repeat=Repeat.READ,
        kind=PODS,
        name=pod,
        namespace=namespace,
        sparse=True,
    )
