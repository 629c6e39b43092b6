"""The consents by which a request accepts what would block its plan, and who may give each."""

from enum import StrEnum

from domain.dangers import Danger


class Consent(StrEnum):
    """The consents that a request may give in `overrides.allow`, by name.

    Those of `Danger` are an administrator's, for one request or for good in the environment's policy; the others are
    given by whoever may ask for the change.
    """

    FINISHED_JOBS = "finished-jobs"  # Jobs and other runs: creating them runs them again
    MISSING_REFERENCES = "missing-references"
    NODE_PORTS = "node-ports"
    OWNED_OBJECTS = "owned-objects"  # of Helm, Argo CD, Flux, or applied by somebody: their next run fails, or reverts
    REGISTRY_CREDENTIALS = Danger.REGISTRY_CREDENTIALS.value
    CERTIFICATE_KEYS = Danger.CERTIFICATE_KEYS.value  # private keys that cert-manager keeps
    SYSTEM_NAMESPACES = Danger.SYSTEM_NAMESPACES.value
    PRIVILEGED_PODS = Danger.PRIVILEGED_PODS.value
    SYSTEM_PRIORITY = Danger.SYSTEM_PRIORITY.value
    EXTERNAL_IPS = Danger.EXTERNAL_IPS.value
    SYSTEM_SUBJECTS = Danger.SYSTEM_SUBJECTS.value
    ESCALATING_ROLES = Danger.ESCALATING_ROLES.value


def is_administrators(consent: str) -> bool:
    """Whether only an administrator may give the consent."""
    return consent in frozenset(Danger)
