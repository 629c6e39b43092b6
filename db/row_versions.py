"""Versions of rows that are kept in memory, by which those are found that have to be read again.

A row's version is the number of the transaction that wrote it (`xmin`, which stays when a row is frozen): an update
makes a row anew. It is nothing to keep beyond this process: a restored backup counts on its own.
"""

from typing import Final

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

Version = str
"""Another one than before where any of the rows is another one. Compare it with nothing but a former one."""


class RowVersions:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def app_environments(self) -> dict[str, Version]:
        """Of the app environments of each application with their resources, by its id; where it has none, nothing."""
        return await self._found(_APP_ENVIRONMENTS)

    async def configuration(self) -> dict[str, Version]:
        """Of what was read of ConfigMaps and Secrets, and differs from what was written, by app environment."""
        return await self._found(_CONFIGURATION)

    async def divergences(self) -> dict[str, Version]:
        """Of the divergences that are open, by app environment; where none is, nothing."""
        return await self._found(_DIVERGENCES)

    async def _found(self, query: TextClause) -> dict[str, Version]:
        connection = await self._session.connection()
        return {str(row.id): row.version for row in await connection.execute(query)}


def _versions(table: str, *, where: str = "true") -> str:
    """Of a table's rows of each app environment: which transactions wrote them, and how many each of them."""
    return f"""
        SELECT app_environment_id, string_agg(part, ' ' ORDER BY part) AS version FROM (
            SELECT app_environment_id, concat(CAST(xmin AS text), '*', count(*)) AS part
            FROM {table} WHERE {where} GROUP BY app_environment_id, CAST(xmin AS text)
        ) AS parts GROUP BY app_environment_id
    """  # noqa: S608 - a table's name


_APP_ENVIRONMENTS: Final = text(f"""
    SELECT application_id AS id, string_agg(concat_ws(' ', id, CAST(place.xmin AS text), version), ', ' ORDER BY id)
        AS version
    FROM app_environments AS place
    LEFT JOIN ({_versions("app_environment_resources")}) AS resources ON resources.app_environment_id = place.id
    GROUP BY application_id
""")  # noqa: S608
_DIVERGENCES: Final = text(f"""
    SELECT app_environment_id AS id, version FROM ({_versions("divergences", where="closed_at IS NULL")}) AS open
""")  # noqa: S608
_CONFIGURATION: Final = text(f"""
    SELECT app_environment_id AS id, string_agg(concat(name, ' ', version), ', ' ORDER BY name) AS version FROM (
        SELECT 'reads' AS name, * FROM ({_versions("configuration_reads")}) AS reads
        UNION ALL SELECT 'objects' AS name, * FROM ({_versions("configuration_readings")}) AS readings
        UNION ALL SELECT 'fields' AS name, * FROM ({_versions("field_differences")}) AS differences
    ) AS read GROUP BY app_environment_id
""")  # noqa: S608
