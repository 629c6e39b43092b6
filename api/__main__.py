"""`python -m api` runs the service with the settings of the environment."""

import sys
from functools import partial

import uvicorn
from pydantic import ValidationError

from api import allocator, interpreter, logs, starting
from api.container import open_container
from api.main import create_app
from api.server import server_config
from api.settings import Settings


def main() -> None:
    try:
        settings = Settings()
    except ValidationError as error:
        sys.exit(f"Stagecoach cannot start. {starting.wrong_settings(error)}")
    logs.configure(settings.log)
    app = create_app(settings, opened=partial(open_container, settled=interpreter.keep))
    interpreter.settle()
    allocator.settle()
    uvicorn.Server(server_config(app, settings)).run()


if __name__ == "__main__":
    main()
