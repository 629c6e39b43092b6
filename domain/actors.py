"""Who does something, and by what means. A name is decoration: two actors may bear the same one."""

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    """What kind of thing acts; with its id it identifies the actor."""

    PERSON = "person"  # signed in through an OpenID provider
    SERVICE_ACCOUNT = "service-account"
    CI_JOB = "ci-job"  # its id is the id of the trust that admitted it
    TOKEN = "token"  # noqa: S105 - a token that stands for nobody else: it acts as itself
    AUTOMATION = "automation"  # Stagecoach by itself: automatic deploys, polls, catching up
    SYSTEM = "system"  # a person who has a shell on the machine: the command line, `make run`


class Via(StrEnum):
    """How the actor's request came in."""

    TOKEN = "token"  # noqa: S105 - a word, not a secret
    SESSION = "session"
    EXCHANGE = "exchange"  # a CI job's token was exchanged
    WEBHOOK = "webhook"
    AUTOMATION = "automation"
    COMMAND_LINE = "command-line"


@dataclass(frozen=True, kw_only=True)
class ActorRef:
    """An actor as rows and logs name it. `id` is unique within `kind`."""

    kind: ActorKind
    id: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a request came from: the caller's address, as far as trusted proxies tell it, and the request's id.

    Both are None for what Stagecoach does by itself.
    """

    via: Via
    address: str | None = None
    request_id: str | None = None
