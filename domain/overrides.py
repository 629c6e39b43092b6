"""What a request changes in the copied resources."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.secret_text import SecretText


@dataclass(frozen=True, kw_only=True)
class Overrides:
    """By object name, then by key; a value of None removes the key. Replicas are keyed as `Deployment/web`."""

    config_maps: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)
    secrets: Mapping[str, Mapping[str, SecretText | None]] = field(default_factory=dict)
    replicas: Mapping[str, int] = field(default_factory=dict)
    ingress_hosts: Mapping[str, str] = field(default_factory=dict)
    storage_classes: Mapping[str, str] = field(default_factory=dict)
    ingress_classes: Mapping[str, str] = field(default_factory=dict)
    suspend_cron_jobs: bool | None = None  # None: suspended, because the source keeps running
    only_keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by `ConfigMap/web`: the others stay
    leave_out: tuple[str, ...] = ()  # annotations and labels, by name; one may end in `*`
    namespace_labels: tuple[str, ...] = ()  # of the source's namespace, for one that the copy creates
    allow: tuple[str, ...] = ()  # consents, see services.planning.copying.consents
