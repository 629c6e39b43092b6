"""Keeps the history of what is deleted: its operations and releases."""

from typing import Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


async def keep_history(session: AsyncSession, kind: Literal["application", "environment"], id_: str) -> None:
    """Let operations and releases hang on what stays when their application or environment is deleted.

    The app environments are locked first, so that none gets a new operation until then.
    """
    for statement in _STATEMENTS[kind]:
        await session.execute(statement, {"id": id_})


def _statements(column: str) -> tuple[str, ...]:
    gone = f"SELECT id FROM app_environments WHERE {column} = CAST(CAST(:id AS text) AS uuid)"  # noqa: S608 - a name of ours
    return (
        f"{gone} FOR UPDATE",
        f"""
            INSERT INTO former_app_environments
                (id, application_id, application_name, application_labels, environment_id, environment_name)
            SELECT place.id, application.id, application.name, application.labels, environment.id, environment.name
            FROM app_environments AS place
            JOIN applications AS application ON application.id = place.application_id
            JOIN environments AS environment ON environment.id = place.environment_id
            WHERE place.id IN ({gone})
        """,  # noqa: S608 - a name of ours
        *(
            f"""
                UPDATE {table} SET former_{former} = {former}, {former} = NULL WHERE {former} IN ({gone})
            """  # noqa: S608 - names of ours
            for table, former in (("operations", "app_environment_id"), ("releases", "app_environment_id"))
        ),
        f"""
            UPDATE operations
            SET former_source_app_environment_id = source_app_environment_id, source_app_environment_id = NULL
            WHERE source_app_environment_id IN ({gone})
        """,  # noqa: S608 - a name of ours
    )


_STATEMENTS = {
    "application": tuple(map(text, _statements("application_id"))),
    "environment": tuple(map(text, _statements("environment_id"))),
}
