"""The definition of Rollouts: names, version and subresources as in argoproj/argo-rollouts manifests/crds."""

from sandbox.custom_definitions import ANY, definition
from sandbox.store import Object

GROUP, VERSION = "argoproj.io", "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"

DEFINITION: Object = definition(GROUP, VERSION, "Rollout", "rollouts", "ro", schema=ANY)
