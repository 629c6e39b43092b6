"""The console's files under `/`. Every other path that a browser opens gets index.html, which routes in the browser."""

from pathlib import Path

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

_NOTICE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Stagecoach</title>
<style>
  :root { color-scheme: light dark }
  body { font: 1rem/1.6 system-ui, sans-serif; max-width: 38rem; margin: 12vh auto; padding: 0 1.25rem }
  code { font-family: ui-monospace, monospace }
</style>
<main>
  <h1>Stagecoach is running</h1>
  <p>Its console is not built yet. Start again with <code>make run</code>, which builds it.
     The container image always holds the console.</p>
  <p>The API is available all the same, under <code>/api/v1</code>.</p>
</main>
</html>
"""


def install(app: FastAPI, folder: Path | None) -> None:
    """Serve the built console from `folder`; without a build, a notice that says how to get it."""
    if folder is not None and (folder / "index.html").is_file():
        app.mount("/", _SinglePage(directory=folder, html=True), name="console")
    else:
        app.add_route("/", _notice, include_in_schema=False)


async def _notice(_: object) -> Response:
    return HTMLResponse(_NOTICE)


class _SinglePage(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Response:
        if path.startswith("api/") or "text/html" not in Headers(scope=scope).get("accept", ""):
            response = await super().get_response(path, scope)
        else:
            response = await self._page(path, scope)
        # Files under assets/ carry a hash of their content in their names.
        kept = "public, max-age=31536000, immutable" if path.startswith("assets/") else "no-cache"
        response.headers["Cache-Control"] = kept
        return response

    async def _page(self, path: str, scope: Scope) -> Response:
        try:
            return await super().get_response(path, scope)
        except HTTPException as error:
            if error.status_code != 404:
                raise
            return await super().get_response("index.html", scope)
