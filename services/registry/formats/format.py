"""The interface of a provider: how its reports are authenticated and read, and how people set it up."""

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from domain.stored.receivers import ReceiverSettings
from domain.words import Provider
from services.errors import InvalidRequestError
from services.registry.deliveries import FetchedKeys, KeyUrl, Parsed, Request
from services.registry.proof import ProofDescription, Prover

REPLAYABLE = "The secret authenticates the sender, not the content: a reader of one report can forge others."
CODE = " " * 4  # before each line of a step that people copy


def written(text: str) -> tuple[str, ...]:
    """The steps in a text: separated by blank lines, with lines to copy indented by four spaces."""
    return tuple(map(_step, textwrap.dedent(text).strip().split("\n\n")))


def _step(text: str) -> str:
    """The step with each run of prose on one line, and lines to copy on their own."""
    lines: list[str] = []
    for line in text.splitlines():
        if lines and not line.startswith(CODE) and not lines[-1].startswith(CODE):
            lines[-1] += f" {line}"
        else:
            lines.append(line)
    return "\n".join(lines)


@dataclass(frozen=True, kw_only=True)
class Format:
    """A provider. `setup` are its steps, ready to copy once `{address}` and `{secret}` are filled in.

    `headers_kept` are the headers that reading needs; they are stored with the body, and none contains a proof.
    """

    provider: Provider
    title: str
    proof: ProofDescription
    setup: tuple[str, ...]
    prover: Prover
    reader: Callable[[Request, ReceiverSettings], Parsed]
    settings: tuple[str, ...] = ()  # the names of the settings that it uses
    needs: tuple[tuple[str, ...], ...] = ()  # one setting of each of these is required
    headers_kept: frozenset[str] = field(default_factory=frozenset)
    allowed_origin: Callable[[str | None], str | None] = lambda _: None  # who may deliver, where a sender asks first

    def required_key(self, request: Request, settings: ReceiverSettings) -> KeyUrl | None:
        """The key that `verify` needs, or None. Raises `ProofRefusedError` where a key must not be fetched."""
        return self.prover.required_key(request, settings)

    def signed_content(self, request: Request, settings: ReceiverSettings) -> bytes | None:
        """The bytes that the proof of an authenticated request covers, without ids that a sender could make up.

        None where no signature covers the content, or an id that it covers makes each delivery its own.
        """
        return self.prover.signed_content(request, settings)

    def verify(
        self,
        request: Request,
        *,
        secrets: Sequence[str],
        settings: ReceiverSettings,
        keys: FetchedKeys | None,
        now: datetime,
    ) -> None:
        """Authenticate a request; any of the secrets may match. Raises `ProofRefusedError`."""
        self.prover.verify(request, secrets=secrets, settings=settings, keys=keys, now=now)

    def parse(self, request: Request, settings: ReceiverSettings) -> Parsed:
        """The events of an authenticated request. Raises `UnreadableDeliveryError` only."""
        return self.reader(request, settings)

    def kept(self, request: Request) -> dict[str, str]:
        """The headers to store with the body."""
        return {name: value for name, value in request.headers.items() if name in self.headers_kept}

    def steps(self, *, address: str, secret: str) -> tuple[str, ...]:
        """The steps of `setup`, filled in. `address` includes `?key=…` where the secret is in the address."""
        return tuple(step.replace("{address}", address).replace("{secret}", secret) for step in self.setup)

    def check(self, settings: ReceiverSettings) -> None:
        """Raises `InvalidRequestError` for settings that the provider does not use, and for missing required ones."""
        for name in sorted(settings.names - set(self.settings)):
            used = ", ".join(self.settings) or "none"
            raise InvalidRequestError(
                f"A receiver of {self.title} has no setting '{name}'. Its settings: {used}.", field=f"settings.{name}"
            )
        for choice in self.needs:
            if not settings.names & set(choice):
                raise InvalidRequestError(
                    f"A receiver of {self.title} needs the setting {' or '.join(choice)}.",
                    field=f"settings.{choice[0]}",
                )
