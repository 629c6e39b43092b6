"""The settings of a receiver, as its row keeps them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from domain.stored.versions import check_version


@dataclass(frozen=True, kw_only=True)
class ReceiverSettings:
    """The provider-specific settings, all optional. `services.registry.formats` says which a provider uses.

    `registry` and `repositories` locate images that a report names without a host, or by an internal name.
    """

    VERSION: ClassVar[int] = 1

    registry: str | None = None  # the host in image names, in place of the reported one
    repositories: Mapping[str, str] = field(
        default_factory=dict
    )  # a repository's key → registry and path before images
    signed: bool = False  # reports are signed with the secret, instead of containing it
    header: str | None = None  # that contains the secret
    username: str | None = None  # of Basic authentication, with the secret as the password
    topics: tuple[str, ...] = ()  # of Amazon SNS that may report
    audience: str | None = None  # that Google's tokens must have
    service_account: str | None = None  # whose tokens are accepted

    def to_json(self) -> dict[str, Any]:
        """The settings that are set. Version 1 has no `version`, because the former release refuses the member."""
        values: dict[str, Any] = {
            "registry": self.registry,
            "repositories": dict(self.repositories),
            "signed": self.signed,
            "header": self.header,
            "username": self.username,
            "topics": list(self.topics),
            "audience": self.audience,
            "service_account": self.service_account,
        }
        return {name: value for name, value in values.items() if value}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """The settings that `to_json` wrote, not validated again. Raises `UnknownVersionError`."""
        check_version(stored, form="receiver's settings", newest=cls.VERSION)
        return cls(
            registry=stored.get("registry"),
            repositories=stored.get("repositories", {}),
            signed=stored.get("signed", False),
            header=stored.get("header"),
            username=stored.get("username"),
            topics=tuple(stored.get("topics", ())),
            audience=stored.get("audience"),
            service_account=stored.get("service_account"),
        )

    @property
    def names(self) -> frozenset[str]:
        """The names of the settings that are set."""
        return frozenset(self.to_json())
