"""Posts bodies to one address, each signed as Standard Webhooks says."""

from datetime import UTC, datetime

from domain.secret_text import SecretText
from services.notifying.http import HttpDoor, refused
from services.planning.notifications.cloud_events import headers_of


class SignedPosts:
    """The address may hold a token, so it is a secret, as the signing secret is."""

    def __init__(self, door: HttpDoor, *, url: SecretText, secret: SecretText) -> None:
        self._door = door
        self._url = url
        self._secret = secret

    async def post(self, body: bytes, *, event_id: str, content_type: str) -> None:
        """One try. Raises `SendError` unless the answer is 2xx."""
        headers = headers_of(
            body, event_id=event_id, at=datetime.now(UTC), secrets=[self._secret.value], content_type=content_type
        )
        answer = await self._door.post(self._url.value, body, headers)
        if not answer.good:
            raise refused(answer, "The receiver")
