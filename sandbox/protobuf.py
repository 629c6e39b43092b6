"""Reads bodies in Kubernetes' protobuf form, which kubectl's `create TYPE` and `auth can-i` send.

Only the messages that those commands write are known; anything else is refused as a media type that is not read.
Field numbers are those of the `generated.proto` files of k8s.io/api and apimachinery, which never change.
"""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sandbox.errors import StatusError, bad_request

MEDIA_TYPE = "application/vnd.kubernetes.protobuf"
_MAGIC = b"k8s\x00"

INLINE = ""
"""The name of a field whose own fields stand beside its siblings."""

# A message: number → (name, type). Types: a message's name, or str, int, bool, bytes, quantity, int-or-string, time;
# with [] in front a list, with {} in front a map from text.
_MESSAGES: dict[str, dict[int, tuple[str, str]]] = {
    "Unknown": {1: ("typeMeta", "TypeMeta"), 2: ("raw", "raw")},
    "TypeMeta": {1: ("apiVersion", "str"), 2: ("kind", "str")},
    "ObjectMeta": {
        1: ("name", "str"),
        2: ("generateName", "str"),
        3: ("namespace", "str"),
        5: ("uid", "str"),
        6: ("resourceVersion", "str"),
        8: ("creationTimestamp", "time"),
        11: ("labels", "{}str"),
        12: ("annotations", "{}str"),
        13: ("ownerReferences", "[]OwnerReference"),
        14: ("finalizers", "[]str"),
    },
    "OwnerReference": {
        1: ("kind", "str"),
        3: ("name", "str"),
        4: ("uid", "str"),
        5: ("apiVersion", "str"),
        6: ("controller", "bool"),
        7: ("blockOwnerDeletion", "bool"),
    },
    "ConfigMap": {
        1: ("metadata", "ObjectMeta"),
        2: ("data", "{}str"),
        3: ("binaryData", "{}bytes"),
        4: ("immutable", "bool"),
    },
    "Secret": {
        1: ("metadata", "ObjectMeta"),
        2: ("data", "{}bytes"),
        3: ("type", "str"),
        4: ("stringData", "{}str"),
        5: ("immutable", "bool"),
    },
    "Namespace": {1: ("metadata", "ObjectMeta")},
    "ServiceAccount": {1: ("metadata", "ObjectMeta")},
    "PriorityClass": {
        1: ("metadata", "ObjectMeta"),
        2: ("value", "int"),
        3: ("globalDefault", "bool"),
        4: ("description", "str"),
        5: ("preemptionPolicy", "str"),
    },
    "PolicyRule": {
        1: ("verbs", "[]str"),
        2: ("apiGroups", "[]str"),
        3: ("resources", "[]str"),
        4: ("resourceNames", "[]str"),
        5: ("nonResourceURLs", "[]str"),
    },
    "Role": {1: ("metadata", "ObjectMeta"), 2: ("rules", "[]PolicyRule")},
    "Subject": {1: ("kind", "str"), 2: ("apiGroup", "str"), 3: ("name", "str"), 4: ("namespace", "str")},
    "RoleRef": {1: ("apiGroup", "str"), 2: ("kind", "str"), 3: ("name", "str")},
    "RoleBinding": {
        1: ("metadata", "ObjectMeta"),
        2: ("subjects", "[]Subject"),
        3: ("roleRef", "RoleRef"),
    },
    "LabelSelector": {1: ("matchLabels", "{}str"), 2: ("matchExpressions", "[]LabelSelectorRequirement")},
    "LabelSelectorRequirement": {1: ("key", "str"), 2: ("operator", "str"), 3: ("values", "[]str")},
    "ResourceQuota": {1: ("metadata", "ObjectMeta"), 2: ("spec", "ResourceQuotaSpec")},
    "ResourceQuotaSpec": {1: ("hard", "{}quantity"), 2: ("scopes", "[]str")},
    "PodDisruptionBudget": {1: ("metadata", "ObjectMeta"), 2: ("spec", "PodDisruptionBudgetSpec")},
    "PodDisruptionBudgetSpec": {
        1: ("minAvailable", "int-or-string"),
        2: ("selector", "LabelSelector"),
        3: ("maxUnavailable", "int-or-string"),
    },
    "Service": {1: ("metadata", "ObjectMeta"), 2: ("spec", "ServiceSpec")},
    "ServiceSpec": {
        1: ("ports", "[]ServicePort"),
        2: ("selector", "{}str"),
        3: ("clusterIP", "str"),
        4: ("type", "str"),
        10: ("externalName", "str"),
    },
    "ServicePort": {
        1: ("name", "str"),
        2: ("protocol", "str"),
        3: ("port", "int"),
        4: ("targetPort", "int-or-string"),
        5: ("nodePort", "int"),
    },
    "Deployment": {1: ("metadata", "ObjectMeta"), 2: ("spec", "DeploymentSpec")},
    "DeploymentSpec": {
        1: ("replicas", "int"),
        2: ("selector", "LabelSelector"),
        3: ("template", "PodTemplateSpec"),
    },
    "Job": {1: ("metadata", "ObjectMeta"), 2: ("spec", "JobSpec")},
    "JobSpec": {
        1: ("parallelism", "int"),
        2: ("completions", "int"),
        6: ("template", "PodTemplateSpec"),
        7: ("backoffLimit", "int"),
    },
    "CronJob": {1: ("metadata", "ObjectMeta"), 2: ("spec", "CronJobSpec")},
    "CronJobSpec": {1: ("schedule", "str"), 5: ("jobTemplate", "JobTemplateSpec")},
    "JobTemplateSpec": {1: ("metadata", "ObjectMeta"), 2: ("spec", "JobSpec")},
    "PodTemplateSpec": {1: ("metadata", "ObjectMeta"), 2: ("spec", "PodSpec")},
    "PodSpec": {
        2: ("containers", "[]Container"),
        3: ("restartPolicy", "str"),
        4: ("terminationGracePeriodSeconds", "int"),
        6: ("dnsPolicy", "str"),
        7: ("nodeSelector", "{}str"),
        8: ("serviceAccountName", "str"),
        9: ("serviceAccount", "str"),
        19: ("schedulerName", "str"),
        20: ("initContainers", "[]Container"),
    },
    "ResourceRequirements": {1: ("limits", "{}quantity"), 2: ("requests", "{}quantity")},
    "Container": {
        1: ("name", "str"),
        2: ("image", "str"),
        3: ("command", "[]str"),
        4: ("args", "[]str"),
        6: ("ports", "[]ContainerPort"),
        7: ("env", "[]EnvVar"),
        8: ("resources", "ResourceRequirements"),
        13: ("terminationMessagePath", "str"),
        14: ("imagePullPolicy", "str"),
        20: ("terminationMessagePolicy", "str"),
    },
    "ContainerPort": {
        1: ("name", "str"),
        2: ("hostPort", "int"),
        3: ("containerPort", "int"),
        4: ("protocol", "str"),
    },
    "EnvVar": {1: ("name", "str"), 2: ("value", "str")},
    "Eviction": {1: ("metadata", "ObjectMeta"), 2: ("deleteOptions", "DeleteOptions")},
    "DeleteOptions": {1: ("gracePeriodSeconds", "int"), 4: ("propagationPolicy", "str"), 5: ("dryRun", "[]str")},
    "HorizontalPodAutoscaler": {1: ("metadata", "ObjectMeta"), 2: ("spec", "HorizontalPodAutoscalerSpec")},
    "HorizontalPodAutoscalerSpec": {
        1: ("scaleTargetRef", "CrossVersionObjectReference"),
        2: ("minReplicas", "int"),
        3: ("maxReplicas", "int"),
        4: ("metrics", "[]MetricSpec"),
    },
    "CrossVersionObjectReference": {1: ("kind", "str"), 2: ("name", "str"), 3: ("apiVersion", "str")},
    "MetricSpec": {1: ("type", "str"), 4: ("resource", "ResourceMetricSource")},
    "ResourceMetricSource": {1: ("name", "str"), 2: ("target", "MetricTarget")},
    "MetricTarget": {
        1: ("type", "str"),
        2: ("value", "quantity"),
        3: ("averageValue", "quantity"),
        4: ("averageUtilization", "int"),
    },
    "Ingress": {1: ("metadata", "ObjectMeta"), 2: ("spec", "IngressSpec")},
    "IngressSpec": {
        1: ("defaultBackend", "IngressBackend"),
        2: ("tls", "[]IngressTLS"),
        3: ("rules", "[]IngressRule"),
        4: ("ingressClassName", "str"),
    },
    "IngressTLS": {1: ("hosts", "[]str"), 2: ("secretName", "str")},
    "IngressRule": {1: ("host", "str"), 2: (INLINE, "IngressRuleValue")},
    "IngressRuleValue": {1: ("http", "HTTPIngressRuleValue")},
    "HTTPIngressRuleValue": {1: ("paths", "[]HTTPIngressPath")},
    "HTTPIngressPath": {1: ("path", "str"), 2: ("backend", "IngressBackend"), 3: ("pathType", "str")},
    "IngressBackend": {4: ("service", "IngressServiceBackend")},
    "IngressServiceBackend": {1: ("name", "str"), 2: ("port", "ServiceBackendPort")},
    "ServiceBackendPort": {1: ("name", "str"), 2: ("number", "int")},
    "SelfSubjectAccessReview": {1: ("metadata", "ObjectMeta"), 2: ("spec", "SelfSubjectAccessReviewSpec")},
    "SelfSubjectAccessReviewSpec": {
        1: ("resourceAttributes", "ResourceAttributes"),
        2: ("nonResourceAttributes", "NonResourceAttributes"),
    },
    "ResourceAttributes": {
        1: ("namespace", "str"),
        2: ("verb", "str"),
        3: ("group", "str"),
        4: ("version", "str"),
        5: ("resource", "str"),
        6: ("subresource", "str"),
        7: ("name", "str"),
    },
    "NonResourceAttributes": {1: ("path", "str"), 2: ("verb", "str")},
    "SelfSubjectRulesReview": {1: ("metadata", "ObjectMeta"), 2: ("spec", "SelfSubjectRulesReviewSpec")},
    "SelfSubjectRulesReviewSpec": {1: ("namespace", "str")},
    "SelfSubjectReview": {1: ("metadata", "ObjectMeta")},
}
_MESSAGES["ClusterRole"] = _MESSAGES["Role"]
_MESSAGES["ClusterRoleBinding"] = _MESSAGES["RoleBinding"]


def decode_object(body: bytes) -> dict[str, Any]:
    """An object as its JSON form. Raises `StatusError`: 400 for broken bytes, 415 for a kind that is not known."""
    if not body.startswith(_MAGIC):
        raise bad_request("the body does not begin as Kubernetes protobuf does")
    try:
        envelope = _message("Unknown", body[len(_MAGIC) :])
        head: dict[str, Any] = envelope["typeMeta"]
        if head.get("kind") not in _MESSAGES:
            raise _unread(str(head.get("kind")))
        return head | _message(head["kind"], envelope.get("raw", b""))
    except (KeyError, IndexError, ValueError):
        raise bad_request("the body is not well formed") from None


def _unread(what: str) -> StatusError:
    return StatusError(
        415,
        "UnsupportedMediaType",
        f"{what} is not read as protobuf - accepted media types include: application/json",
    )


def _says_nothing(raw: bytes | int) -> bool:
    """Whether an unknown field has only zeros, as unset fields do."""
    if not raw:
        return True
    if isinstance(raw, int):
        return False
    try:
        return all(_says_nothing(inner) for _, inner in _wire(raw))
    except (IndexError, ValueError):
        return False


def _message(name: str, data: bytes) -> dict[str, Any]:
    fields = _MESSAGES[name]
    out: dict[str, Any] = {}
    for number, raw in _wire(data):
        if number not in fields:
            if not _says_nothing(raw):
                raise _unread(f"field {number} of {name}")
            continue
        field, kind = fields[number]
        if kind.startswith("[]"):
            out.setdefault(field, []).append(_value(kind[2:], raw))
        elif kind.startswith("{}"):
            entry = dict(_wire(_bytes(raw)))
            out.setdefault(field, {})[_bytes(entry.get(1, b"")).decode()] = _value(kind[2:], entry.get(2, b""))
        elif field == INLINE:
            out |= _value(kind, raw)
        elif (value := _value(kind, raw)) not in ("", None):
            out[field] = value
    return out


def _value(kind: str, raw: bytes | int) -> Any:
    match kind:
        case "str":
            return _bytes(raw).decode()
        case "raw":
            return raw
        case "int":
            return raw - (1 << 64) if isinstance(raw, int) and raw >> 63 else raw
        case "bool":
            return bool(raw)
        case "bytes":
            return base64.b64encode(_bytes(raw)).decode()
        case "quantity":
            return _bytes(dict(_wire(_bytes(raw))).get(1, b"")).decode()
        case "int-or-string":
            parts = dict(_wire(_bytes(raw)))
            return _bytes(parts.get(3, b"")).decode() if parts.get(1) == 1 else parts.get(2, 0)
        case "time":
            seconds = dict(_wire(_bytes(raw))).get(1)
            return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if seconds else None
        case _:
            return _message(kind, _bytes(raw))


def _bytes(raw: bytes | int) -> bytes:
    if isinstance(raw, int):
        raise ValueError("a number where bytes belong")  # noqa: TRY004 - the bytes are wrong, not the call
    return raw


def _wire(data: bytes) -> Iterator[tuple[int, bytes | int]]:
    """Field numbers and values as they stand on the wire."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        number, wire_type = tag >> 3, tag & 7
        if wire_type == 0:
            value, at = _varint(data, at)
            yield number, value
        elif wire_type == 2:
            length, at = _varint(data, at)
            if at + length > len(data):
                raise ValueError("cut off")
            yield number, data[at : at + length]
            at += length
        elif wire_type in {1, 5}:
            size = 8 if wire_type == 1 else 4
            yield number, int.from_bytes(data[at : at + size], "little")
            at += size
        else:
            raise ValueError("unknown wire type")


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError("a number that is too long")
