"""Services with node ports: chosen, allocated, and sent back as `kubectl get` gave them."""

import copy
import json

from services.planning.copying.node_ports import LAST_APPLIED
from tests.support.two_clusters import resource_of


def edge(**metadata):
    ports = [
        {"name": "http", "port": 80, "targetPort": 8080, "nodePort": 30080},
        {"name": "https", "port": 443, "targetPort": 8443},
    ]
    return service("edge", {"type": "NodePort", "ports": ports}, **metadata)


def public(**spec):
    ports = [{"name": "http", "port": 80, "targetPort": 8080}]
    return service("public", {"type": "LoadBalancer", "externalTrafficPolicy": "Local", "ports": ports, **spec})


def service(name, spec, **metadata):
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, **metadata},
        "spec": {"selector": {"app": "edge"}, **spec},
    }


def desired_spec(plan, name):
    desired = resource_of(plan, f"Service {name}").desired
    assert desired is not None
    return desired.spec


def exported(body):
    """As `kubectl get -o yaml | kubectl apply -f -` leaves it: the annotation holds what the server had allocated."""
    sent = copy.deepcopy(body)
    sent["metadata"].pop("managedFields", None)
    annotations = {LAST_APPLIED: json.dumps(sent)}
    return {**sent, "metadata": {**sent["metadata"], "annotations": annotations}}
