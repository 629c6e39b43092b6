"""A Git server on loopback: `git http-backend`, which every Git server that is not one of the large providers runs."""

import asyncio
import base64
import os
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

_ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Somebody",
    "GIT_AUTHOR_EMAIL": "somebody@example.com",
    "GIT_COMMITTER_NAME": "Somebody",
    "GIT_COMMITTER_EMAIL": "somebody@example.com",
}


@dataclass
class GitServer:
    """Serves the bare repositories of a folder to whoever shows the name and the password."""

    folder: Path
    port: int = 0
    username: str = "stagecoach"
    password: str = "pAssw0rd-of-git"
    knows_versions: bool = True  # of the protocol
    asked: list[str] = field(default_factory=list)
    sent: int = 0  # bytes of answers
    before: Callable[[str], None] = lambda _: None  # called with each request, as `asked` has it, before it is answered

    def address(self, name: str) -> str:
        return f"http://127.0.0.1:{self.port}/{name}.git"

    def git(self, name: str, *arguments: str, text: str | None = None) -> str:
        """What `git` answers in a bare repository."""
        environment = {**os.environ, **_ENVIRONMENT, "HOME": str(self.folder)}
        command = ["git", "-C", str(self.folder / f"{name}.git"), *arguments]
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True, input=text).stdout

    def create(self, name: str, files: Mapping[str, str], *, branch: str = "main") -> None:
        """A repository with one commit."""
        path = self.folder / f"{name}.git"
        subprocess.run(["git", "init", "--quiet", "--bare", f"--initial-branch={branch}", path], check=True)
        self.git(name, "config", "http.receivepack", "true")
        self.git(name, "config", "uploadpack.allowfilter", "true")
        if files:
            self.commit(name, files, branch=branch, message="Begin")

    def commit(self, name: str, files: Mapping[str, str], *, branch: str = "main", message: str = "Change") -> str:
        """A commit of somebody else on top of the branch."""
        ref = f"refs/heads/{branch}"
        stream = [
            f"commit {ref}",
            "committer Somebody <somebody@example.com> now",
            f"data {len(message.encode())}",
            message,
        ]
        if self.head(name, branch):
            stream.append(f"from {ref}^0")
        for path, text in files.items():
            stream += [f"M 100644 inline {path}", f"data {len(text.encode())}", text]
        self.git(name, "fast-import", "--quiet", "--date-format=now", text="\n".join(stream) + "\n")
        return self.head(name, branch)

    def head(self, name: str, branch: str = "main") -> str:
        return self.git(name, "for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}").strip()

    def file(self, name: str, path: str, branch: str = "main") -> str:
        return self.git(name, "show", f"{branch}:{path}")

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.path}")
        self.before(self.asked[-1])
        proof = "Basic " + base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
        if request.headers.get("Authorization") != proof:
            return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="git"'})
        environment = {
            **os.environ,
            **_ENVIRONMENT,
            "GIT_PROJECT_ROOT": str(self.folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROTOCOL": request.headers.get("Git-Protocol", "") if self.knows_versions else "",
            "REQUEST_METHOD": request.method,
            "PATH_INFO": request.path,
            "QUERY_STRING": request.query_string,
            "CONTENT_TYPE": request.headers.get("Content-Type", ""),
            "REMOTE_USER": self.username,
        }
        body = await request.read()
        backend = await asyncio.create_subprocess_exec(
            "git", "http-backend", env=environment, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        out, _ = await backend.communicate(body)
        head, _, content = out.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        self.sent += len(content)
        status = int(headers.pop("Status", "200").split()[0])
        return web.Response(status=status, headers=headers, body=content)


@asynccontextmanager
async def git_server(folder: Path) -> AsyncIterator[GitServer]:
    """A server for the repositories that are created in the folder."""
    server = GitServer(folder=folder)
    async with served(server.answer) as server.port:
        yield server


@asynccontextmanager
async def served(answer: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncIterator[int]:
    """The port on loopback at which every request is answered so."""
    application = web.Application(client_max_size=0)
    application.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
