"""Runs practice clusters from the command line.

    python -m sandbox --cluster NAME… [--port P] --out FOLDER [--empty] [--token USER=TOKEN…]
                      [--data FOLDER] [--no-controllers] [--root-certificates] [--until-eof]

Writes `FOLDER/NAME.kubeconfig` for the administrator and `FOLDER/NAME.viewer.kubeconfig` for a user who may only
read ConfigMaps, prints the address and `READY`, and runs until SIGTERM or SIGINT.
"""

import argparse
import asyncio
import logging
import re
import signal
import sys
from pathlib import Path

from sandbox import kubeconfig
from sandbox.access import VIEWER
from sandbox.server import Sandbox

_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")


def _cluster_name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no cluster name: lower case letters, digits and '-'")
    return text


def _token(text: str) -> tuple[str, str]:
    user, _, token = text.partition("=")
    if not user or not token:
        raise argparse.ArgumentTypeError("a token is given as USER=TOKEN")
    return user, token


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="sandbox", description="Practice clusters that speak the Kubernetes API.")
    parser.add_argument("--cluster", metavar="NAME", nargs="+", action="extend", type=_cluster_name, required=True)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one (default)")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="where kubeconfigs are written")
    parser.add_argument("--empty", action="store_true", help="leave the example application out")
    parser.add_argument("--token", metavar="USER=TOKEN", action="append", type=_token, default=[])
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="keep the clusters there over restarts")
    parser.add_argument("--no-controllers", action="store_true", help="nothing happens by itself")
    parser.add_argument("--root-certificates", action="store_true", help="publish kube-root-ca.crt in each namespace")
    parser.add_argument("--until-eof", action="store_true", help="stop when standard input ends, too")
    parser.add_argument("--speed", type=float, default=1.0, help="how many times as fast pods start (default 1)")
    return parser.parse_args(arguments)


async def serve(options: argparse.Namespace) -> None:
    """Run until a signal says stop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in _STOP_SIGNALS:
        loop.add_signal_handler(number, stop.set)
    if options.until_eof:  # the parent process has ended when the pipe closes, even if it was killed
        asyncio.get_running_loop().add_reader(sys.stdin.fileno(), stop.set)
    async with Sandbox(
        options.cluster,
        port=options.port,
        example=not options.empty,
        controllers=not options.no_controllers,
        root_certificates=options.root_certificates,
        speed=options.speed,
        tokens=dict(options.token),
        data=options.data,
    ) as sandbox:
        options.out.mkdir(parents=True, exist_ok=True)
        for name in sandbox.names:
            kubeconfig.write_private(options.out / f"{name}.kubeconfig", sandbox.kubeconfig(name))
            viewer = sandbox.kubeconfig(name, user=VIEWER)
            kubeconfig.write_private(options.out / f"{name}.viewer.kubeconfig", viewer)
        print(sandbox.address, "READY", sep="\n", flush=True)
        await stop.wait()
    for number in _STOP_SIGNALS:  # a second one, of an impatient caller, finds everything put away already
        loop.remove_signal_handler(number)
        signal.signal(number, signal.SIG_IGN)


def main() -> None:
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    asyncio.run(serve(parse_arguments(sys.argv[1:])))


if __name__ == "__main__":
    main()
