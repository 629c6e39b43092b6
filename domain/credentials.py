"""A credential for a registry or a Git server, as a person entered it."""

from dataclasses import dataclass, field

from domain.words import CredentialKind


@dataclass(frozen=True, kw_only=True)
class EnteredCredential:
    """`secret` is a password or a token; None for nobody in particular."""

    kind: CredentialKind
    username: str | None = None
    secret: str | None = field(default=None, repr=False)
