"""The consents by which a request accepts what would block its plan."""

from enum import StrEnum


class Consent(StrEnum):
    """The consents that a request may give in `overrides.allow`, by name."""

    REGISTRY_CREDENTIALS = "registry-credentials"
    CERTIFICATE_KEYS = "certificate-keys"  # private keys that cert-manager keeps
    FINISHED_JOBS = "finished-jobs"  # Jobs and other runs: creating them runs them again
    SYSTEM_NAMESPACES = "system-namespaces"
    MISSING_REFERENCES = "missing-references"
    NODE_PORTS = "node-ports"
    OWNED_OBJECTS = "owned-objects"  # of Helm, Argo CD, Flux, or applied by somebody: their next run fails, or reverts
