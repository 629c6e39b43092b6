"""One repository of a registry, as copying reads and writes it: the calls of the distribution API, one by one.

https://github.com/opencontainers/distribution-spec/blob/main/spec.md. Raises `RegistryError`s only.
"""

from dataclasses import dataclass
from typing import Any, Literal

from yarl import URL

from services.registry.budget import MAX_MANIFEST_BYTES, Budget
from services.registry.caller import RegistryCaller
from services.registry.copying.manifest_parts import MOST_CHILDREN, Blob, Manifest, read_attached, read_parts
from services.registry.copying.part_reader import PartReader
from services.registry.copying.refusals import refusal_of
from services.registry.copying.upload import Upload, upload_of
from services.registry.credentials import RegistryAccess
from services.registry.errors import RegistryMalformedError, RepositoryUnknownError, Subject
from services.registry.manifests import ACCEPT, digest_of
from services.registry.names import is_digest
from services.registry.tag_pages import next_page
from services.registry.transport import Answer, Content, RegistryRequest

_SECONDS = 300.0  # for one call: a registry may move a whole layer before it confirms it
_MAX_REFUSAL_BYTES = 64 * 1024
_ANYTHING = "*/*"
_BYTES = {"Content-Type": "application/octet-stream"}
_MOST_PAGES = 20


@dataclass(frozen=True, kw_only=True)
class Repository:
    """A repository, and by what it is reached."""

    caller: RegistryCaller
    access: RegistryAccess
    name: str

    def shares_registry_with(self, other: "Repository") -> bool:
        """Whether a blob of the other one can be mounted here."""
        return self.access.origin == other.access.origin

    async def digest_of(self, reference: str) -> str | None:
        """The digest of a tag or digest that is there; None where it is not."""
        answer = await self._ask("HEAD", "manifests", reference, accept=ACCEPT)
        if answer.status == 404:
            return None
        self._expect(answer, reference, 200)
        if is_digest(reference):
            return reference
        digest = answer.headers.get("Docker-Content-Digest")
        if is_digest(digest):
            return digest
        found = await self.manifest(reference)
        return found.digest if found is not None else None

    async def manifest(self, reference: str) -> Manifest | None:
        """The manifest of a tag or digest, checked against its digest; None where it is not there."""
        answer = await self._ask("GET", "manifests", reference, accept=ACCEPT, limit=MAX_MANIFEST_BYTES)
        if answer.status == 404:
            return None
        self._expect(answer, reference, 200)
        claimed = reference if is_digest(reference) else answer.headers.get("Docker-Content-Digest")
        digest = digest_of(answer.body, like=claimed if is_digest(claimed) else None)
        if is_digest(claimed) and claimed != digest:
            raise RegistryMalformedError(self.subject(reference), "the bytes of the manifest do not match its digest.")
        return read_parts(answer.body, digest=digest, content_type=answer.media_type, subject=self.subject(reference))

    async def put_manifest(self, reference: str, *, body: bytes, media_type: str) -> None:
        """Store it under a tag or its digest."""
        answer = await self._ask(
            "PUT", "manifests", reference, pushes=True, content=body, headers={"Content-Type": media_type}
        )
        if answer.status != 201:
            raise refusal_of(self.access, answer, self.subject(reference))

    async def attached(self, digest: str) -> list[dict[str, Any]] | None:
        """The descriptors of what is attached to a manifest; None where the registry keeps none by itself."""
        url: URL | None = self._url("referrers", digest)
        subject = self.subject(digest)
        found: list[dict[str, Any]] = []
        for _ in range(_MOST_PAGES):
            if url is None or len(found) > MOST_CHILDREN:
                break
            request = RegistryRequest(subject=subject, url=url, accept=ACCEPT, limit=MAX_MANIFEST_BYTES, of_tag=True)
            answer = await self._send(request)
            if answer.status != 200:  # 404 by the specification; others say 400 or 405 to a path that they do not know
                return None
            found += read_attached(answer.body, subject=subject)
            url = next_page(answer.headers.getall("Link", []), current=url, subject=subject)
        return found[:MOST_CHILDREN]

    async def has_blob(self, digest: str) -> bool:
        """Whether the blob is there."""
        answer = await self._ask("HEAD", "blobs", digest, accept=_ANYTHING)
        if answer.status == 404:
            return False
        self._expect(answer, digest, 200)
        return True

    async def blob_part(self, blob: Blob, *, start: int, length: int) -> bytes:
        """`length` bytes of a blob from `start` on."""
        whole = start == 0 and length == blob.size
        if not length:
            return b""

        def reader(status: int) -> PartReader:
            return PartReader(skipped=start if status == 200 else 0, length=length)

        request = RegistryRequest(
            subject=self.subject(blob.digest),
            url=self._url("blobs", blob.digest),
            accept=_ANYTHING,
            headers={} if whole else {"Range": f"bytes={start}-{start + length - 1}"},
            limit=blob.size,
            reader=reader,
            of_tag=True,
        )
        answer = await self._send(request)
        if answer.status == 404:
            raise RepositoryUnknownError(
                self.subject(blob.digest), "the registry does not have this part of the image any more. Push it again."
            )
        self._expect(answer, blob.digest, 200, 206)
        assert isinstance(answer.read, PartReader)
        if not answer.read.done:
            raise RegistryMalformedError(self.subject(blob.digest), "the blob is shorter than its manifest says.")
        return answer.read.part

    async def begin_upload(self, blob: Blob, *, mounted_from: str | None = None) -> Upload | None:
        """Begin to upload a blob. None where it is there already, from another repository of the registry."""
        query = {"mount": blob.digest, "from": mounted_from} if mounted_from else {}
        request = RegistryRequest(
            subject=self.subject(blob.digest),
            url=(self.access.repository_url(self.name) / "blobs" / "uploads" / "").with_query(query),
            method="POST",
            limit=_MAX_REFUSAL_BYTES,
            pushes=True,
            mounted_from=mounted_from,
            content=b"",
        )
        answer = await self._send(request)
        if answer.status == 201:
            return None
        if answer.status != 202:
            raise refusal_of(self.access, answer, request.subject)
        return upload_of(answer, after=request.url, subject=request.subject)

    async def upload_part(self, upload: Upload, part: bytes, *, start: int) -> Answer:
        """Append to an upload; the answer is for the caller to judge."""
        headers = {**_BYTES, "Content-Range": f"{start}-{start + len(part) - 1}"}
        return await self._send(self._of_upload(upload, "PATCH", content=part, headers=headers))

    async def received(self, upload: Upload) -> Upload | None:
        """How far an upload has come; None where the registry does not know it any more."""
        answer = await self._send(self._of_upload(upload, "GET"))
        if answer.status != 204:
            return None
        return upload_of(answer, after=upload.url, subject=upload.subject, before=upload)

    async def finish(self, upload: Upload, blob: Blob, *, content: Content, size: int) -> Answer:
        """End an upload, with its last `size` bytes: the registry checks the digest. The answer is the caller's."""
        url = upload.url.update_query(digest=blob.digest)
        headers = {**_BYTES, "Content-Length": str(size)}
        return await self._send(self._of_upload(upload, "PUT", content=content, headers=headers, url=url))

    async def cancel(self, upload: Upload) -> None:
        """Have the registry forget an upload. One that cannot do so forgets it in time."""
        await self._send(self._of_upload(upload, "DELETE"))

    def subject(self, reference: str) -> Subject:
        """What an error is about."""
        return Subject(host=self.access.host, repository=self.name, tag=reference)

    def _of_upload(
        self,
        upload: Upload,
        method: Literal["GET", "PATCH", "PUT", "DELETE"],
        *,
        content: Content | None = None,
        headers: dict[str, str] | None = None,
        url: URL | None = None,
    ) -> RegistryRequest:
        return RegistryRequest(
            subject=upload.subject,
            url=url or upload.url,
            method=method,
            limit=_MAX_REFUSAL_BYTES,
            pushes=True,
            content=content,
            headers=headers or {},
            follow=False,
            of_tag=True,
            repeatable=method in {"GET", "DELETE"},  # a part that is sent twice is there twice
        )

    async def _ask(
        self,
        method: Literal["GET", "HEAD", "PUT"],
        kind: Literal["manifests", "blobs"],
        reference: str,
        *,
        accept: str = "application/json",
        limit: int = _MAX_REFUSAL_BYTES,
        pushes: bool = False,
        content: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        return await self._send(
            RegistryRequest(
                subject=self.subject(reference),
                url=self._url(kind, reference),
                method=method,
                accept=accept,
                limit=limit,
                pushes=pushes,
                content=content,
                headers=headers or {},
                of_tag=True,
            )
        )

    async def _send(self, request: RegistryRequest) -> Answer:
        return await self.caller.send(self.access, request, Budget.of(_SECONDS))

    def _url(self, kind: str, reference: str) -> URL:
        return self.access.repository_url(self.name) / kind / reference

    def _expect(self, answer: Answer, reference: str, *statuses: int) -> None:
        if answer.status not in statuses:
            raise RegistryMalformedError(self.subject(reference), f"the registry answered {answer.status}.")
