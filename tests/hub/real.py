"""A JupyterHub as it is installed for a class, in processes of its own on loopback, and the browsers of its users."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import platformdirs
import psutil
from websockets.sync.client import connect

from tests.server.real import until

UNKEPT = httpx.Limits(max_keepalive_connections=0)
"""Connections are closed after each answer, so that none is left when a test ends."""

CONFIG = """
c = get_config()
given = {given!r}
c.JupyterHub.bind_url = given["url"]
c.JupyterHub.hub_port = given["hub_port"]
c.JupyterHub.db_url = "sqlite:///:memory:"
c.JupyterHub.cookie_secret_file = given["folder"] + "/cookie_secret"
c.ConfigurableHTTPProxy.command = given["proxy"]
c.ConfigurableHTTPProxy.api_url = given["proxy_api"]
c.ConfigurableHTTPProxy.pid_file = given["folder"] + "/proxy.pid"
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.DummyAuthenticator.password = "secret"
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = given["folder"] + "/homes/{{username}}"
c.Spawner.cmd = [given["python"], "-m", "jupyterhub.singleuser"]
c.Spawner.args = given["args"]
c.Spawner.environment = given["environment"]
c.Spawner.start_timeout = 120
c.Spawner.http_timeout = 120
c.JupyterHub.services = [{{"name": "tests", "api_token": given["token"]}}]
scopes = ["admin:users", "admin:servers", "tokens"]
c.JupyterHub.load_roles = [{{"name": "tests", "services": ["tests"], "scopes": scopes}}]
"""


class Hub:
    """A running JupyterHub. `url` ends in a slash; `folder` has its log and the homes of its users."""

    def __init__(self, process, url, token, folder):
        self.process = process
        self.url = url
        self.folder = folder
        headers = {"Authorization": f"token {token}"}
        self._api = httpx.Client(base_url=f"{url}hub/api", headers=headers, timeout=60, limits=UNKEPT)

    def api(self, method, path, **body):
        """A call of the Hub's own API as an administrator."""
        answer = self._api.request(method, path, json=body or None)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def start(self, user):
        """Have the user's server running."""
        with contextlib.suppress(AssertionError):  # there is one already
            self.api("POST", f"/users/{user}")
        if not self.ready(user):
            self.api("POST", f"/users/{user}/server")
            until(lambda: self.ready(user), 120)

    def stop(self, user):
        """Have the Hub stop the user's server, and wait until it has."""
        self.api("DELETE", f"/users/{user}/server")
        until(lambda: not self.api("GET", f"/users/{user}")["servers"], 120)

    def ready(self, user):
        return bool(self.api("GET", f"/users/{user}")["server"])

    def log_out(self, user):
        """Take back what lets the user's browsers in, as an administrator may; scripts keep their tokens."""
        while found := [one for one in self.api("GET", f"/users/{user}/tokens")["api_tokens"] if one.get("session_id")]:
            self.api("DELETE", f"/users/{user}/tokens/{found[0]['id']}")  # and all others of the same server

    def server(self, user):
        """The process of the user's server."""
        for child in psutil.Process(self.process.pid).children(recursive=True):
            if "jupyterhub.singleuser" in child.cmdline() and child.environ().get("JUPYTERHUB_USER") == user:
                return child
        return None

    def towns(self, user):
        """The processes of the towns of the user's server."""
        return [child for child in self.server(user).children(recursive=True) if "aitown.process" in child.cmdline()]

    @property
    def log(self):
        return (self.folder / "log").read_text()


class Browser:
    """A browser: cookies, the headers that a browser adds by itself, and nothing else."""

    def __init__(self, hub, user):
        self.hub = hub
        self.user = user
        self.base = f"/user/{user}/"
        self.client = httpx.Client(base_url=hub.url, follow_redirects=True, timeout=120, limits=UNKEPT)

    def login(self):
        """Log in by the Hub's page, then open the user's server, which logs in there too."""
        self.client.get("/hub/login", headers=_navigates())
        form = {"username": self.user, "password": "secret", "_xsrf": self._cookie("/hub/")}
        done = self.client.post("/hub/login?next=/hub/home", data=form, headers=_navigates())
        assert done.status_code == 200, done.text
        self.visit()
        return self

    def visit(self, base=None):
        """Open a page of a server of the Hub; returns what the browser ends at."""
        return self.client.get(f"{base or self.base}lab", headers=_navigates())

    def logout(self):
        self.client.get("/hub/logout", headers=_navigates())

    def fetch(self, method, path, body=None, *, base=None, xsrf=True, **headers):
        """What `fetch()` does in a page of the user's server: widgets/src/page.ts adds the header."""
        headers = {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin", **headers}
        if xsrf:
            headers["X-XSRFToken"] = self._cookie(self.base)
        return self.client.request(method, f"{base or self.base}{path}", json=body, headers=headers)

    @contextlib.contextmanager
    def socket(self, path="aitown/ws?v=1", *, base=None, origin=None, site="same-origin"):
        """What `new WebSocket()` opens there, in a page of `origin`; browsers before 2023 don't tell its `site`."""
        address = f"{base or self.base}{path}"
        headers = {"Cookie": self._cookies(address), "Sec-Fetch-Mode": "websocket"}
        if site:
            headers["Sec-Fetch-Site"] = site
        url = f"{self.hub.url.rstrip('/')}{address}".replace("http", "ws", 1)
        origin = origin or self.hub.url.rstrip("/")
        with connect(url, origin=origin, additional_headers=headers, proxy=None, max_size=None) as socket:
            yield socket

    def _cookies(self, path):
        return self.client.build_request("GET", path).headers.get("Cookie", "")

    def _cookie(self, path):
        """The last `_xsrf` cookie that pages of this path see."""
        pairs = [pair.split("=", 1) for pair in self._cookies(path).split("; ") if pair]
        return next((value for name, value in reversed(pairs) if name == "_xsrf"), "")


def _navigates():
    return {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "same-origin"}


def read(socket, *kinds, where=lambda _: True, seconds=60):
    """The next message of these kinds that fits."""
    while True:
        message = json.loads(socket.recv(timeout=seconds))
        if (not kinds or message["type"] in kinds) and where(message):
            return message


@contextlib.contextmanager
def jupyterhub(folder, proxy, *args):
    """Start a JupyterHub below `folder`; `args` are for the servers of its users."""
    folder.mkdir(parents=True, exist_ok=True)
    url_port, hub_port, api_port = _free_ports(3)
    token = secrets.token_hex(16)
    url = f"http://127.0.0.1:{url_port}/"
    given = {
        "url": url,
        "hub_port": hub_port,
        "folder": str(folder),
        "proxy": proxy,
        "proxy_api": f"http://127.0.0.1:{api_port}",
        "python": sys.executable,
        "args": ["--allow-root", *args],
        "environment": {"XDG_CACHE_HOME": platformdirs.user_cache_dir(), "PYTHONPATH": str(Path.cwd())},
        "token": token,
    }
    (folder / "jupyterhub_config.py").write_text(CONFIG.format(given=given))
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("JUPYTER", "JPY"))}
    command = [sys.executable, "-m", "jupyterhub", "-f", "jupyterhub_config.py"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=environ, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    started = [psutil.Process(process.pid)]
    hub = Hub(process, url, token, folder)
    try:
        until(lambda: process.poll() is not None or _answers(url), 120)
        assert process.poll() is None, hub.log
        yield hub
    finally:
        with contextlib.suppress(psutil.NoSuchProcess):
            started += started[0].children(recursive=True)
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        _, alive = psutil.wait_procs(started, 15)
        for left in alive:
            left.kill()
        assert not alive, f"left behind: {alive}"


def _answers(url):
    try:
        return httpx.get(f"{url}hub/health", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def _free_ports(count):
    with contextlib.ExitStack() as stack:
        found = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in found:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in found]
