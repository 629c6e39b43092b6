"""The manifests in deploy/: what they run meets the standard that their namespace enforces, and they fit each other."""

from pathlib import Path
from typing import Any

import yaml

DEPLOY = Path(__file__).parents[2] / "deploy"


def documents(name: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((DEPLOY / name).read_text()))


def one(name: str, kind: str) -> dict[str, Any]:
    (found,) = [each for each in documents(name) if each["kind"] == kind]
    return found


def test_the_namespace_enforces_the_restricted_standard_and_the_pod_meets_it():
    labels = one("rbac.yaml", "Namespace")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    pod = one("stagecoach.yaml", "Deployment")["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys()
    assert all(set(volume) - {"name"} == {"emptyDir"} for volume in pod["volumes"])
    for container in pod["containers"]:
        context = container["securityContext"]
        assert context["allowPrivilegeEscalation"] is False
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert not any("hostPort" in port for port in container["ports"])


def test_the_policy_and_the_ingress_are_for_what_runs():
    deployment = one("stagecoach.yaml", "Deployment")
    policy = one("network-policy.yaml", "NetworkPolicy")["spec"]
    assert policy["podSelector"] == deployment["spec"]["selector"]
    assert set(policy["policyTypes"]) == {"Ingress", "Egress"}
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    ports = {port["name"] for port in container["ports"]}
    assert {port["port"] for rule in policy["ingress"] for port in rule["ports"]} == ports
    service = one("stagecoach.yaml", "Service")
    (rule,) = one("ingress.yaml", "Ingress")["spec"]["rules"]
    backend = rule["http"]["paths"][0]["backend"]["service"]
    assert backend == {"name": service["metadata"]["name"], "port": {"name": service["spec"]["ports"][0]["name"]}}


def test_metadata_services_are_out_of_reach():
    rules = one("network-policy.yaml", "NetworkPolicy")["spec"]["egress"]
    blocks = [peer["ipBlock"] for rule in rules for peer in rule["to"] if "ipBlock" in peer]
    excepted = {address for block in blocks for address in block["except"]}
    assert {"169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128"} <= excepted


def test_people_reach_it_by_the_https_address_that_it_is_told():
    (container,) = one("stagecoach.yaml", "Deployment")["spec"]["template"]["spec"]["containers"]
    settings = {each["name"]: each.get("value") for each in container["env"]}
    (hosts,) = one("ingress.yaml", "Ingress")["spec"]["tls"]
    assert settings["STAGECOACH_PUBLIC_URL"] == f"https://{hosts['hosts'][0]}"
    assert "STAGECOACH_TRUSTED_PROXIES" in settings
