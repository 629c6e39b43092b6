"""`python -m api.token --name NAME --role ROLE`: creates a token in the database and prints it once.

For the first administrator, and after the last token was lost. It needs the database's address or the data folder, and
no running service.
"""

import argparse
import asyncio
import sys
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

from api.databases import open_database
from api.settings import Settings
from domain.words import Role
from services.errors import StagecoachError
from services.people.access import Access, system_actor


async def _issue(settings: Settings, name: str, role: Role, days: int | None) -> str:
    async with AsyncExitStack() as stack:
        database, _ = await open_database(settings, stack)
        expires_at = datetime.now(UTC) + timedelta(days=days) if days is not None else None
        actor = system_actor("command line")
        return (await Access(database).issue(name=name, role=role, expires_at=expires_at, actor=actor)).secret


def main() -> int:
    """Print the token and return 0; return 1 after a reason on standard error."""
    parser = argparse.ArgumentParser(prog="python -m api.token", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--name", required=True, help="what it is for; unique")
    parser.add_argument("--role", type=Role, choices=list(Role), default=Role.ADMIN)
    parser.add_argument("--days", type=int, help="until it expires; the default is never")
    chosen = parser.parse_args()
    try:
        secret = asyncio.run(_issue(Settings(), chosen.name, chosen.role, chosen.days))
    except StagecoachError as error:
        print(error.detail, file=sys.stderr)  # noqa: T201
        return 1
    print(secret)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
