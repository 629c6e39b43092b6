"""Copies one blob: a part at a time, so that memory is bounded, and on from where it was after a broken connection."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable

from services.registry.copying.manifest_parts import Blob
from services.registry.copying.patience import patiently
from services.registry.copying.refusals import refusal_of
from services.registry.copying.repository import Repository
from services.registry.copying.upload import Upload, upload_of
from services.registry.errors import RegistryError, RegistryMalformedError
from services.registry.transport import Answer, Content

PART_BYTES = 8 * 1024 * 1024
_MOST_PART_BYTES = 64 * 1024 * 1024  # of a registry that wants larger parts
_TAKEN = frozenset({201, 202, 204})
_PARTS_UNKNOWN = frozenset({400, 404, 405, 411, 416, 501})
_MOST_BEGINNINGS = 5  # of the upload of one blob
_MOST_RESUMPTIONS = 10  # of one part

Told = Callable[[int], None]  # how many more bytes have come, or fewer where an upload is begun again


class _PartsUnknownError(Exception):
    """The registry takes a blob as a whole only."""


class _LostError(Exception):
    """The registry does not have what it had received of an upload: it is begun again, or fails with `error`."""

    def __init__(self, error: RegistryError) -> None:
        super().__init__()
        self.error = error


async def copy_blob(source: Repository, target: Repository, blob: Blob, *, told: Told) -> None:
    """Copy a blob that the target does not have. Raises `RegistryError`s; half of one counts as none."""
    mounted_from = source.name if target.shares_registry_with(source) and target.name != source.name else None
    upload_bytes = _by_parts if blob.size > PART_BYTES else _at_once
    for left in reversed(range(_MOST_BEGINNINGS)):
        upload = await patiently(lambda: target.begin_upload(blob, mounted_from=mounted_from))
        if upload is None:
            told(blob.size)
            return
        came = _Came(told)
        try:
            await upload_bytes(source, target, blob, upload, came)
        except _PartsUnknownError:
            upload_bytes = _streamed
        except _LostError as lost:
            came.withdraw()
            if not left:
                raise lost.error from None
        except BaseException:
            came.withdraw()
            raise
        else:
            return


class _Came:
    """What was told of one beginning of an upload, to be taken back where it comes to nothing."""

    def __init__(self, told: Told) -> None:
        self._told = told
        self._bytes = 0

    def add(self, count: int) -> None:
        self._bytes += count
        self._told(count)

    def withdraw(self) -> None:
        self._told(-self._bytes)
        self._bytes = 0


async def _by_parts(source: Repository, target: Repository, blob: Blob, upload: Upload, came: _Came) -> None:
    size = min(max(PART_BYTES, upload.least), _MOST_PART_BYTES)
    start = 0
    async for part in _checked_parts(source, blob, size):
        upload = await _append(target, upload, part, start=start)
        start += len(part)
        came.add(len(part))
    await _finish(target, blob, upload)


async def _at_once(source: Repository, target: Repository, blob: Blob, upload: Upload, came: _Came) -> None:
    body = b"".join([part async for part in _checked_parts(source, blob, PART_BYTES)])
    await _finish(target, blob, upload, content=body, size=blob.size)
    came.add(blob.size)


async def _streamed(source: Repository, target: Repository, blob: Blob, upload: Upload, came: _Came) -> None:
    """In one request, whose bytes are read from the source as they are sent."""
    failed: list[RegistryError] = []

    async def parts() -> AsyncIterator[bytes]:
        try:
            async for part in _checked_parts(source, blob, PART_BYTES):
                yield part
                came.add(len(part))
        except RegistryError as error:
            failed.append(error)  # the request knows only that it was given up
            raise

    try:
        await _finish(target, blob, upload, content=parts, size=blob.size)
    except _LostError:
        if failed:
            raise failed[0] from None
        raise


async def _checked_parts(source: Repository, blob: Blob, size: int) -> AsyncIterator[bytes]:
    """The bytes of a blob in order. The last part is given only where all of them match the digest."""
    algorithm, _, expected = blob.digest.partition(":")
    checked = hashlib.new(algorithm)
    for start in range(0, blob.size, size):
        length = min(size, blob.size - start)
        part = await _part(source, blob, start, length)
        await asyncio.to_thread(checked.update, part)
        if start + length == blob.size and checked.hexdigest() != expected:
            raise RegistryMalformedError(source.subject(blob.digest), "the bytes of the blob do not match its digest.")
        yield part


async def _part(source: Repository, blob: Blob, start: int, length: int) -> bytes:
    return await patiently(lambda: source.blob_part(blob, start=start, length=length))


async def _append(target: Repository, upload: Upload, part: bytes, *, start: int) -> Upload:
    """Append a part, or what of it is not there. Raises `_PartsUnknownError`, `_LostError`, and `RegistryError`s."""
    end = start + len(part)
    upload = upload.at(start)
    for left in reversed(range(_MOST_RESUMPTIONS)):
        try:
            answer = await target.upload_part(upload, part[upload.received - start :], start=upload.received)
        except RegistryError as error:
            if error.terminal or not left:
                raise
            upload = await _resumed(target, upload, start=start, end=end, error=error)
        else:
            if answer.status in _TAKEN:
                return upload_of(answer, after=upload.url, subject=upload.subject, before=upload).at(end)
            if start == 0 and upload.received == 0 and answer.status in _PARTS_UNKNOWN:
                raise _PartsUnknownError
            upload = await _resumed(target, upload, start=start, end=end, error=_refusal(target, upload, answer))
        if upload.received == end:
            return upload
    raise _LostError(RegistryMalformedError(upload.subject, "the registry takes no further part of the blob."))


async def _resumed(target: Repository, upload: Upload, *, start: int, end: int, error: RegistryError) -> Upload:
    """The upload with what the registry has by now, which holds only the part in hand at most. Raises `_LostError`."""
    now = await patiently(lambda: target.received(upload))
    if now is None or not start <= now.received <= end or (error.terminal and now.received == upload.received):
        raise _LostError(error)
    return now


async def _finish(target: Repository, blob: Blob, upload: Upload, *, content: Content = b"", size: int = 0) -> None:
    """End the upload. Where the answer is lost, the blob itself says whether it came. Raises `_LostError`."""
    try:
        answer = await target.finish(upload, blob, content=content, size=size)
    except RegistryError as error:
        if error.terminal:
            raise
        if not await patiently(lambda: target.has_blob(blob.digest)):
            raise _LostError(error) from None
    else:
        if answer.status in {404, 416}:
            raise _LostError(_refusal(target, upload, answer))
        if answer.status not in _TAKEN:
            raise _refusal(target, upload, answer)


def _refusal(target: Repository, upload: Upload, answer: Answer) -> RegistryError:
    return refusal_of(target.access, answer, upload.subject)
