"""The chain of seals over the audit. Pure.

A seal's digest is the SHA-256 of the former seal's digest and of the lines of its entries, each with a line feed.
Whoever changes, removes or inserts an entry changes the digest of its range, and with it all later ones.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from domain.audit import FORM, AuditRecord, Seal

BEGINNING = bytes(32)  # in place of the digest before the first


@dataclass(frozen=True, kw_only=True)
class Broken:
    """The first range that does not match its seal, and how a person recognises it."""

    number: int
    first_seq: int
    last_seq: int
    detail: str


def digest_of(former: bytes, entries: Iterable[AuditRecord]) -> bytes:
    """The digest of a range: what anybody can compute from an export."""
    chain = sha256(former)
    for each in entries:
        chain.update(each.line() + b"\n")
    return chain.digest()


def seal_of(former: Seal | None, entries: Sequence[AuditRecord]) -> Seal:
    """The seal that follows, over entries that are complete up to the last of them. There has to be one at least."""
    return Seal(
        number=1 if former is None else former.number + 1,
        first_seq=1 if former is None else former.last_seq + 1,
        last_seq=entries[-1].seq,
        entries=len(entries),
        form=FORM,
        digest=digest_of(BEGINNING if former is None else former.digest, entries),
        newest_at=max(each.at for each in entries),
        forgotten=False,
    )


def fault_of(former: Seal | None, seal: Seal, entries: Sequence[AuditRecord]) -> Broken | None:
    """What is wrong with a range, given the seal before it and all entries that are in it now."""

    def broken(detail: str) -> Broken:
        return Broken(number=seal.number, first_seq=seal.first_seq, last_seq=seal.last_seq, detail=detail)

    expected = (1, 1) if former is None else (former.number + 1, former.last_seq + 1)
    if (seal.number, seal.first_seq) != expected:
        return broken("The seal before it is missing.")
    if seal.forgotten:
        return broken("Its entries were forgotten, but there are some.") if entries else None
    if seal.form != FORM:
        return broken("A newer release sealed it. Verify with that release.")
    if len(entries) != seal.entries:
        return broken(f"It was sealed with {seal.entries} entries and has {len(entries)} now.")
    if digest_of(BEGINNING if former is None else former.digest, entries) != seal.digest:
        return broken("An entry of it, or a seal before it, was changed.")
    return None
