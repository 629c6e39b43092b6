"""Settings from environment variables. No other module reads the environment; below `api` settings are plain arguments.

Every variable starts with `STAGECOACH_`; a member of a group is `STAGECOACH_<GROUP>__<MEMBER>`.
"""

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AliasChoices, BaseModel, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from domain.secret_text import SecretText
from services.limits import Limits
from services.planning.notifications.cloud_events import signs
from services.planning.people.groups import group_name
from services.planning.people.open_id import OpenIdProvider

_ADDRESS = r"^https?://[^\s/?#@]+(/[^\s?#]*)?$"
_WEBHOOK = re.compile(r"https?://[^\s/?#@]+([/?][^\s#]*)?")
_PROVIDER_NAME = re.compile(r"[a-z0-9][a-z0-9_]{0,31}")
_ORIGIN = re.compile(r"https?://[^\s/?#@*]+")
_CONSOLE = Path(__file__).resolve().parent.parent / "frontend" / "dist"


class ClusterSettings(BaseModel):
    """Which addresses a registered cluster may have. Link-local ones (cloud metadata) are always refused."""

    allow_private_addresses: bool = True
    allow_loopback: bool = False
    own_namespace: str | None = Field(
        None,
        description="The namespace that Stagecoach runs in, which it neither reads nor writes. By default that of its "
        "service account.",
    )


class RegistrySettings(BaseModel):
    """Which addresses an image registry may have. Link-local ones (cloud metadata) are always refused."""

    allow_private_addresses: bool = True
    allow_loopback: bool = False
    believed: str = Field(
        "",
        description="Hosts, separated by commas, of registries that are not asked whether a reported tag is an image, "
        "because this service cannot reach them and none is stored. Their reports are believed.",
    )

    @property
    def believed_hosts(self) -> frozenset[str]:
        return frozenset(filter(None, (host.strip().lower() for host in self.believed.split(","))))


class GitSettings(BaseModel):
    """Which addresses a Git server may have. Link-local ones (cloud metadata) are always refused."""

    allow_private_addresses: bool = True
    allow_loopback: bool = False


class IssuerSettings(BaseModel):
    """Which addresses the issuers of CI jobs' tokens may have. Link-local ones (cloud metadata) are always refused."""

    allow_private_addresses: bool = True
    allow_loopback: bool = False


class CheckSettings(BaseModel):
    """Which addresses checks may ask. Link-local ones (cloud metadata) are always refused."""

    allow_private_addresses: bool = True
    allow_loopback: bool = False


class NotificationSettings(BaseModel):
    """Which addresses channels may have. Link-local ones (cloud metadata) are always refused."""

    allow_private_addresses: bool = True
    allow_loopback: bool = False
    slack_api: str = Field(
        "https://slack.com/api", pattern=_ADDRESS, description="Slack's Web API; GovSlack has another address."
    )


class HelmSettings(BaseModel):
    """The program that the image delivery `helm` runs."""

    program: str = Field("helm", min_length=1, description="Helm 4: its name on the PATH, or its path.")


class OidcSettings(BaseModel):
    """An OpenID provider, `STAGECOACH_OIDC__<NAME>__…`; its name is in the redirect URI that the provider is told."""

    issuer: str = Field(pattern=_ADDRESS, description="As the provider writes it, up to a slash at its end.")
    client_id: str = Field(min_length=1)
    client_secret: SecretStr | None = Field(None, description="None for a client that has none (public).")
    display_name: str = Field("", description="On the sign-in page. Default: the name.")
    scopes: str = Field("openid profile email", description="Some providers need a further one for groups.")
    groups_claim: str = Field("groups", description="The claim that holds groups; empty: groups are not read.")
    tenants: str = Field("", description="Ids, separated by commas, of Entra's tenants whose people may sign in.")
    hosted_domain: str = Field("", description="Google's organisations (`hd`), separated by commas.")
    admin_group: str = Field("", description="A group whose members are administrators.")
    allow_private_addresses: bool = True
    allow_loopback: bool = False

    def to_provider(self, name: str) -> OpenIdProvider:
        return OpenIdProvider(
            name=name,
            display_name=self.display_name.strip() or name.replace("_", " ").capitalize(),
            issuer=self.issuer,
            client_id=self.client_id,
            client_secret=SecretText(self.client_secret.get_secret_value()) if self.client_secret else None,
            scopes=tuple(self.scopes.replace(",", " ").split()),
            groups_claim=self.groups_claim.strip() or None,
            tenants=_words(self.tenants),
            hosted_domains=_words(self.hosted_domain),
            admin_group=group_name(self.admin_group) or None,
        )


def _words(text: str) -> frozenset[str]:
    return frozenset(filter(None, (each.strip().lower() for each in text.split(","))))


class CallerSettings(BaseModel):
    """What one caller (a token with its sessions) may have under way at once, in one process."""

    cluster_reads: int = Field(4, gt=0, description="Requests that read clusters: previews, comparisons, resources.")
    at_once: int = Field(16, gt=0, description="Other requests.")
    waiting: int = Field(64, ge=0, description="Requests that wait for their turn; further ones are refused (429).")
    patience: float = Field(30.0, gt=0, description="Seconds that a request waits for its turn.")
    streams: int = Field(32, gt=0, description="Event streams.")
    all_streams: int = Field(512, gt=0, description="Event streams of all callers together.")


class AuditSettings(BaseModel):
    """Where entries of the audit are streamed to: standard output, as lines of JSON, or a signed webhook, or both."""

    stream: Literal["none", "stdout"] = "none"
    webhook_url: SecretStr | None = Field(None, description="Where batches of entries are posted to.")
    webhook_secret: SecretStr | None = Field(
        None, description="The secret that signs them: `whsec_` and 24 to 64 bytes in base64."
    )
    allow_private_addresses: bool = True
    allow_loopback: bool = False

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """Without quoting either value: an address may hold a token."""
        url, secret = (each and each.get_secret_value() for each in (self.webhook_url, self.webhook_secret))
        if bool(url) != bool(secret):
            raise ValueError("webhook_url and webhook_secret are set together, or neither")
        if url and not _WEBHOOK.fullmatch(url):
            raise ValueError("webhook_url begins with https:// or http:// and a host, and holds no user or password")
        if secret and not signs(secret):
            raise ValueError("webhook_secret is 'whsec_' and 24 to 64 random bytes in base64")
        return self


class LogSettings(BaseModel):
    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["json", "console"] = "json"


class LimitSettings(BaseModel):
    """Seconds and counts; see `services.limits.Limits`."""

    plan: float = Field(20.0, gt=0)
    apply: float = Field(120.0, gt=0)
    silence: float = Field(90.0, gt=0)
    watch_cap: float = Field(900.0, gt=0)
    probe: float = Field(10.0, gt=0)
    # `rounds` is the former name; deployments that set it keep working.
    probe_interval: float = Field(60.0, gt=0, validation_alias=AliasChoices("probe_interval", "rounds"))
    overview: float = Field(4.0, gt=0)
    stale: float = Field(15.0, gt=0)
    per_cluster: int = Field(8, gt=0)
    overall: int = Field(200, gt=0)
    answer_memory: int = Field(256 * 1024 * 1024, ge=1024 * 1024)

    def to_limits(self) -> Limits:
        return Limits(**self.model_dump())


class Settings(BaseSettings):
    """The settings of this process."""

    model_config = SettingsConfigDict(
        env_prefix="STAGECOACH_",
        env_nested_delimiter="__",
        env_file=None,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    data: Path = Field(Path(".stagecoach"), description="The data folder: database, keys and tokens.")
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65_535, description="0 picks a free port.")
    database_url: SecretStr | None = Field(
        None, description="`postgresql+asyncpg://…`. Without it, the process starts its own PostgreSQL."
    )
    encryption_keys: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (),
        description="Base64 keys of 32 bytes, separated by commas; the first encrypts. Default: a 0600 file.",
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Origins, separated by commas, of consoles that are hosted elsewhere."
    )
    public_url: str | None = Field(
        None,
        pattern=_ADDRESS,
        description="The address at which people reach this service; with https, cookies are `Secure` and browsers "
        "keep to https.",
    )
    webhook_url: str | None = Field(
        None,
        pattern=_ADDRESS,
        description="The address at which registries reach this service, where it is not the public one.",
    )
    trusted_proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = Field(
        (),
        description="Addresses and networks, separated by commas, of proxies whose `X-Forwarded-*` headers count.",
    )
    console: Path | None = Field(_CONSOLE, description="The folder of the built console.")
    body_limit: int = Field(4 * 1024 * 1024, ge=1024, description="The largest request body in bytes.")
    webhook_body_limit: int = Field(1024 * 1024, ge=1024, description="The largest delivery of a registry in bytes.")
    clusters: ClusterSettings = ClusterSettings()
    registries: RegistrySettings = RegistrySettings()
    git: GitSettings = GitSettings()
    issuers: IssuerSettings = IssuerSettings()
    checks: CheckSettings = CheckSettings()
    helm: HelmSettings = HelmSettings()
    notifications: NotificationSettings = NotificationSettings()
    oidc: dict[str, OidcSettings] = Field({}, description="OpenID providers through which people sign in, by name.")
    session_hours: float = Field(8.0, gt=0, le=720, description="From sign-in to the end of a session, used or not.")
    callers: CallerSettings = CallerSettings()
    limits: LimitSettings = LimitSettings()
    log: LogSettings = LogSettings()
    audit: AuditSettings = AuditSettings()
    releases_kept_with_configuration: int = Field(
        10,
        ge=0,
        le=1000,
        description="How many releases of an app environment, the newest, hold its ConfigMaps and Secrets; 0: none.",
    )
    audit_days: int = Field(400, ge=30, description="For how many days entries of the audit are kept.")

    @field_validator("encryption_keys", "cors_origins", "trusted_proxies", mode="before")
    @classmethod
    def _separated(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        return tuple(ip_network(str(each), strict=False) for each in value) if isinstance(value, tuple) else value

    @field_validator("oidc")
    @classmethod
    def _provider_names(cls, providers: dict[str, OidcSettings]) -> dict[str, OidcSettings]:
        for name in providers:
            if not _PROVIDER_NAME.fullmatch(name):
                raise ValueError("a provider's name is up to 32 letters, digits and underscores, as in KEYCLOAK")
        return providers

    @field_validator("cors_origins")
    @classmethod
    def _origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        """Sessions are sent along with such requests, so each origin is trusted by name; `*` would be every site."""
        for origin in origins:
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(
                    "each origin is a scheme and a host, perhaps a port, as https://console.example; not *"
                )
        return origins

    @property
    def address_for_registries(self) -> str | None:
        """What the addresses of receivers begin with."""
        return self.webhook_url or self.public_url
