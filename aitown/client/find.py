"""Where the Jupyter server is that a kernel or a script talks to."""

from __future__ import annotations

import json
import os
import re
import urllib.parse
from dataclasses import dataclass, field
from pathlib import Path

from aitown.errors import NoServer

_PAGE = re.compile(r"/(lab|tree|notebooks)(/.*)?$")
"""The part of an address that names a page of Jupyter and not the server."""
_LOOPBACK = {"localhost", "127.0.0.1", "::1", "[::1]"}


@dataclass(frozen=True)
class Server:
    """Where a Jupyter server is: its base URL, ending in a slash, its token, and its root folder if that is known."""

    url: str
    token: str = field(default="", repr=False)
    root: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "url", urllib.parse.quote(self.url, safe=":/%@[]"))

    @property
    def local(self) -> bool:
        """It runs on this machine, so that no proxy stands between and its certificate may be its own."""
        return urllib.parse.urlsplit(self.url).hostname in _LOOPBACK


def find_server(url: str | None = None, token: str | None = None) -> Server:
    """The Jupyter server to talk to.

    Args:
        url: the server's address as the browser shows it; a `?token=` in it is used. Without it, the server that
            started this kernel.
        token: its token.

    Raises:
        NoServer: when this process was not started by one and no `url` is given.
    """
    if url is not None:
        parts = urllib.parse.urlsplit(url)
        asked = urllib.parse.parse_qs(parts.query).get("token", [""])[0]
        path = _PAGE.sub("", parts.path).rstrip("/") + "/"
        return Server(urllib.parse.urlunsplit((parts.scheme, parts.netloc, path, "", "")), token or asked)
    found = _parent_server() or _hub_server()
    if found is None:
        raise NoServer(
            "this process was not started by a Jupyter server.", 'Give its address: url="http://…:8888/?token=…".'
        )
    return found


def _parent_server() -> Server | None:
    """The server whose child this kernel is: it left a note with its address."""
    parent = os.environ.get("JPY_PARENT_PID", "")
    if not parent.isdigit():
        return None
    from jupyter_core.paths import jupyter_runtime_dir

    try:
        note = json.loads((Path(jupyter_runtime_dir()) / f"jpserver-{parent}.json").read_text())
        if note.get("pid") != int(parent) or note.get("sock"):
            return None
        url = str(note["url"])
        return Server(url if url.endswith("/") else url + "/", note.get("token", ""), note.get("root_dir"))
    except (OSError, ValueError, KeyError, AttributeError):
        return None


def _hub_server() -> Server | None:
    """The single-user server of a JupyterHub."""
    service, prefix = os.environ.get("JUPYTERHUB_SERVICE_URL"), os.environ.get("JUPYTERHUB_SERVICE_PREFIX")
    token = os.environ.get("JUPYTERHUB_API_TOKEN")
    if not service or not prefix or not token:
        return None
    parts = urllib.parse.urlsplit(service)
    host = parts.netloc.replace("0.0.0.0", "127.0.0.1")  # noqa: S104 (it listens everywhere; we are on its machine)
    return Server(f"{parts.scheme}://{host}{prefix}", token)
