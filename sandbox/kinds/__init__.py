"""Validation, defaults and immutable fields of each kind: one module for a family, one `Rules` for a kind."""

from sandbox.kinds.autoscaling import AUTOSCALING
from sandbox.kinds.cluster import CLUSTER
from sandbox.kinds.config import CONFIG
from sandbox.kinds.custom import CUSTOM
from sandbox.kinds.jobs import JOBS
from sandbox.kinds.network import NETWORK
from sandbox.kinds.pods import PODS
from sandbox.kinds.policy import POLICY
from sandbox.kinds.quotas import QUOTAS
from sandbox.kinds.roles import ROLES
from sandbox.kinds.rules import Rules
from sandbox.kinds.services import SERVICES
from sandbox.kinds.storage import STORAGE
from sandbox.kinds.workloads import WORKLOADS

RULES: dict[tuple[str, str], Rules] = (
    AUTOSCALING
    | QUOTAS
    | CLUSTER
    | CONFIG
    | CUSTOM
    | JOBS
    | NETWORK
    | PODS
    | POLICY
    | ROLES
    | SERVICES
    | STORAGE
    | WORKLOADS
)
"""By group and plural; custom kinds bring their own (custom.py)."""
