"""`python -m api.audit verify [--tip DIGEST]`: computes the audit's seals anew, and says what does not match.

`--tip` is the digest of a seal as it was logged: a chain that was replaced as a whole does not contain it. It needs the
database's address or the data folder, and no running service. It only reads: a database that another release has
migrated it refuses.
"""

import argparse
import asyncio
import sys
from contextlib import AsyncExitStack

from api.databases import database_to_read
from api.settings import Settings
from db.migrate import SchemaAge, schema_age
from services.people.audit_keeping import AuditKeeping, Verified


class _UnreadableError(Exception):
    """The audit cannot be read as it is; the text says why, and what to do."""


_AGES = {
    SchemaAge.OLDER: "The database is of an older release, or empty. Nothing was changed. Verify it with the release "
    "that uses it, or start this release on it first, which migrates it.",
    SchemaAge.NEWER: "A later release has migrated the database. Verify it with that release.",
}


async def _verify(settings: Settings, tip: str | None) -> Verified:
    async with AsyncExitStack() as stack:
        try:
            database = await database_to_read(settings, stack)
        except FileNotFoundError as missing:
            raise _UnreadableError(
                f"There is no database at {missing}. Set STAGECOACH_DATABASE_URL, or STAGECOACH_DATA to its folder."
            ) from None
        age = await schema_age(database.engine)
        if age is not SchemaAge.CURRENT:
            raise _UnreadableError(_AGES[age])
        return await AuditKeeping(database, days=settings.audit_days).verify(tip=tip)


def sentences(verified: Verified, tip: str | None) -> list[str]:
    """What a person reads of a verification."""
    told = [
        f"{verified.ranges} ranges match, with {verified.entries} entries in them.",
        f"Of these ranges, {verified.forgotten} were forgotten when their time had passed.",
        f"{verified.unsealed} entries are not sealed yet.",
    ]
    if verified.broken is not None:
        range_ = verified.broken
        told.append(
            f"Range {range_.number} (entries {range_.first_seq} to {range_.last_seq}) does not match its seal: "
            f"{range_.detail} What follows it was not looked at."
        )
    if verified.tip_found is False:
        told.append(f"No seal has the digest {tip}. The chain was replaced or cut, or ends before a broken range.")
    if verified.tip is not None:
        told.append(f"The newest digest is {verified.tip}.")
    return told


def main() -> int:
    """Print what was found; return 0 where everything matches, 1 where something does not, 2 where it is unreadable."""
    parser = argparse.ArgumentParser(prog="python -m api.audit", description=(__doc__ or "").partition("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    verify = commands.add_parser("verify", help="compare the audit with its seals")
    verify.add_argument("--tip", type=str.lower, help="the digest of a seal, as it was logged")
    chosen = parser.parse_args()
    try:
        verified = asyncio.run(_verify(Settings(), chosen.tip))
    except _UnreadableError as unreadable:
        print(unreadable, file=sys.stderr)  # noqa: T201
        return 2
    print("\n".join(sentences(verified, chosen.tip)))  # noqa: T201
    return 1 if verified.broken is not None or verified.tip_found is False else 0


if __name__ == "__main__":
    sys.exit(main())
