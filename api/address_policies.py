"""Which addresses Stagecoach may connect to, by what it does there: clusters, registries, Git, issuers, checks, …"""

from api.settings import Settings
from services.kube.kubeconfig import KubeconfigRules
from services.net.addresses import AddressPolicy


def kubeconfig_rules(settings: Settings) -> KubeconfigRules:
    addresses = AddressPolicy(
        allow_loopback=settings.clusters.allow_loopback, allow_private=settings.clusters.allow_private_addresses
    )
    return KubeconfigRules(addresses=addresses, allow_http_to_loopback=settings.clusters.allow_loopback)


def issuer_addresses(settings: Settings) -> AddressPolicy:
    return AddressPolicy(
        allow_loopback=settings.issuers.allow_loopback, allow_private=settings.issuers.allow_private_addresses
    )


def registry_addresses(settings: Settings) -> AddressPolicy:
    return AddressPolicy(
        allow_loopback=settings.registries.allow_loopback, allow_private=settings.registries.allow_private_addresses
    )


def git_addresses(settings: Settings) -> AddressPolicy:
    return AddressPolicy(allow_loopback=settings.git.allow_loopback, allow_private=settings.git.allow_private_addresses)


def check_addresses(settings: Settings) -> AddressPolicy:
    return AddressPolicy(
        allow_loopback=settings.checks.allow_loopback, allow_private=settings.checks.allow_private_addresses
    )


def channel_addresses(settings: Settings) -> AddressPolicy:
    return AddressPolicy(
        allow_loopback=settings.notifications.allow_loopback,
        allow_private=settings.notifications.allow_private_addresses,
    )
