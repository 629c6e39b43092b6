"""What there is to know of a provider: how its reports are proved and read, and how people set it up."""

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from domain.words import Provider
from services.errors import InvalidRequestError
from services.registry.deliveries import FetchedKeys, KeyUrl, Parsed, Request
from services.registry.proof import ProofDescription, Prover
from services.registry.settings import ReceiverSettings

SEEN_IS_KNOWN = "The secret proves who sends, not what: whoever gets to see one report can send others."
CODE = " " * 4  # before each line of a step that is to be copied


def written(text: str) -> tuple[str, ...]:
    """Steps as they are written in a format: a blank line between two, and what is to be copied indented by four."""
    return tuple(map(_step, textwrap.dedent(text).strip().split("\n\n")))


def _step(text: str) -> str:
    """Each run of prose on one line; what is to be copied on lines of its own."""
    lines: list[str] = []
    for line in text.splitlines():
        if lines and not line.startswith(CODE) and not lines[-1].startswith(CODE):
            lines[-1] += f" {line}"
        else:
            lines.append(line)
    return "\n".join(lines)


@dataclass(frozen=True, kw_only=True)
class Format:
    """`setup` is steps for people, ready to copy once `{address}` and `{secret}` are filled in.

    `headers_kept` are those that reading needs: they may be stored with a body, to read it again. None is a proof.
    """

    provider: Provider
    title: str
    proof: ProofDescription
    setup: tuple[str, ...]
    prover: Prover
    reader: Callable[[Request, ReceiverSettings], Parsed]
    settings: tuple[str, ...] = ()  # the names of those it uses
    needs: tuple[tuple[str, ...], ...] = ()  # of each of these, one has to be set
    headers_kept: frozenset[str] = field(default_factory=frozenset)

    def key_wanted(self, request: Request, settings: ReceiverSettings) -> KeyUrl | None:
        """Which key `verify` needs, None for none. Raises `ProofRefusedError` where one should not even be fetched."""
        return self.prover.key_wanted(request, settings)

    def verify(
        self,
        request: Request,
        *,
        secrets: Sequence[str],
        settings: ReceiverSettings,
        keys: FetchedKeys | None,
        now: datetime,
    ) -> None:
        """Any of the secrets may match. Raises `ProofRefusedError`."""
        self.prover.verify(request, secrets=secrets, settings=settings, keys=keys, now=now)

    def parse(self, request: Request, settings: ReceiverSettings) -> Parsed:
        """Raises `UnreadableDeliveryError`, nothing else."""
        return self.reader(request, settings)

    def kept(self, request: Request) -> dict[str, str]:
        """The headers to store with the body."""
        return {name: value for name, value in request.headers.items() if name in self.headers_kept}

    def steps(self, *, address: str, secret: str) -> tuple[str, ...]:
        """`setup`, filled in. `address` comes with `?key=…` where the sender can prove itself in no other way."""
        return tuple(step.replace("{address}", address).replace("{secret}", secret) for step in self.setup)

    def check(self, settings: ReceiverSettings) -> None:
        """Raises `InvalidRequestError` for settings that it does not use, and for those that it cannot do without."""
        for name in sorted(settings.names - set(self.settings)):
            used = ", ".join(self.settings) or "none"
            raise InvalidRequestError(
                f"A receiver of {self.title} has no setting '{name}'. Those it has: {used}.", field=f"settings.{name}"
            )
        for choice in self.needs:
            if not settings.names & set(choice):
                raise InvalidRequestError(
                    f"A receiver of {self.title} needs the setting {' or '.join(choice)}.",
                    field=f"settings.{choice[0]}",
                )
