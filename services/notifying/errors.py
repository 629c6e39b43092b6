"""Why a notification could not be sent. The texts are written for people and never quote an address or a secret."""

from datetime import timedelta


class SendError(Exception):
    """A try failed. `status` is the other side's, `asked` how long it asked to wait; `gone`: it wants no more."""

    def __init__(
        self, detail: str, *, status: int | None = None, asked: timedelta | None = None, gone: bool = False
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.status = status
        self.asked = asked
        self.gone = gone
