"""The least that a page can cost: a FastAPI application whose one route answers bytes that it has.

python -m trials.bench.screens_floor PORT FILE
"""

import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Response


def application(body: bytes) -> FastAPI:
    app = FastAPI(openapi_url=None)

    @app.get("/page")
    async def page() -> Response:
        return Response(body, media_type="application/json")

    return app


if __name__ == "__main__":
    uvicorn.run(
        application(Path(sys.argv[2]).read_bytes()),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        log_level="error",
        access_log=False,
    )
