"""Builds TLS contexts, in threads: reading the system's authorities blocks for 30 to 40 ms.

OpenSSL loads a client certificate and key from a file only, so they are in a private temporary folder while it does.
"""

import asyncio
import ssl
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from services.kube.kubeconfig import ClusterTarget


def build_context(target: ClusterTarget) -> ssl.SSLContext:
    """A context that verifies the server against the target's authority, or the system's where it has none. Blocks."""
    context = ssl.create_default_context(cadata=target.authority)
    # Python 3.13 turned this flag on; the authorities of k3s and others lack the extensions that it requires.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if target.client_certificate is not None and target.client_key is not None:
        with tempfile.TemporaryDirectory(prefix="stagecoach-") as folder:  # 0700
            pair = Path(folder, "pair.pem")
            pair.touch(mode=0o600)
            pair.write_text(f"{target.client_certificate}\n{target.client_key}\n", encoding="ascii")
            # Without a password OpenSSL would prompt for one on the terminal where the key is encrypted.
            context.load_cert_chain(pair, password="")
    return context


class TlsContexts:
    """Contexts by target. A context takes 820 KB: targets without authority and certificate share one."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="kube-tls")
        self._shared: ssl.SSLContext | None = None
        self._building_shared = asyncio.Lock()

    async def get(self, target: ClusterTarget) -> ssl.SSLContext:
        if target.authority is not None or target.client_certificate is not None:
            return await self._build(target)
        async with self._building_shared:
            if self._shared is None:
                self._shared = await self._build(target)
            return self._shared

    async def _build(self, target: ClusterTarget) -> ssl.SSLContext:
        return await asyncio.get_running_loop().run_in_executor(self._threads, build_context, target)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
