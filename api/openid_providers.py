"""Builds what people sign in through: a client for each OpenID provider of the settings."""

from contextlib import AsyncExitStack
from datetime import timedelta

from api.settings import Settings
from db.transaction import Database
from services.net.addresses import AddressPolicy
from services.people.admin_groups import bind_admin_groups
from services.people.oidc.client import OpenIdClient
from services.people.oidc.transport import OpenIdTransport
from services.people.signing_in import SigningIn


async def open_signing_in(settings: Settings, database: Database, stack: AsyncExitStack) -> SigningIn:
    """The sign-in through all providers, whose connections the stack closes; binds their administrators' groups."""
    clients = []
    for name, chosen in settings.oidc.items():
        addresses = AddressPolicy(allow_loopback=chosen.allow_loopback, allow_private=chosen.allow_private_addresses)
        transport = OpenIdTransport(addresses=addresses)
        stack.push_async_callback(transport.close)
        clients.append(OpenIdClient(chosen.to_provider(name), transport))
    await bind_admin_groups(database, [each.provider for each in clients])
    return SigningIn(
        database,
        clients,
        public_url=settings.public_url,
        session_lifetime=timedelta(hours=settings.session_hours),
        loopback=frozenset(name for name, chosen in settings.oidc.items() if chosen.allow_loopback),
    )
