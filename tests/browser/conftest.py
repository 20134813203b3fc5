"""A real JupyterLab and a real Chromium. Screenshots are kept under build/screenshots/."""

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.error import HTTPError

import pytest

import aitown

HOUSE = Path(__file__).parents[2]
SHOTS = HOUSE / "build" / "screenshots"
TICKS = 720
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--enable-unsafe-swiftshader",
]  # fmt: skip


def wait_for(condition, what, seconds=60.0):
    """The first true value of `condition()`; fails after `seconds`, saying what was waited for."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            pytest.fail(f"waited {seconds} s for {what}")
        time.sleep(0.05)


class Lab:
    """JupyterLab in a process of its own, with an empty home."""

    def __init__(self, home):
        self.root = home / "work"
        self.root.mkdir(parents=True)
        self.log = home / "server.log"
        self.runtime = home / "runtime"
        self.token = secrets.token_hex(8)
        settings = home / ".jupyter/lab/user-settings/@jupyterlab/apputils-extension"
        settings.mkdir(parents=True)
        (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}')
        cache = os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))
        gone = ("JUPYTER", "JPY", "AITOWN_RUNS")
        self.environment = {key: value for key, value in os.environ.items() if not key.startswith(gone)}
        self.environment |= {
            "HOME": str(home),
            "XDG_CACHE_HOME": cache,  # compiled systems are kept
            "JUPYTER_RUNTIME_DIR": str(self.runtime),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }
        self._start(port=0)

    def _start(self, port):
        command = [
            sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}", f"--ServerApp.root_dir={self.root}",
            f"--IdentityProvider.token={self.token}", "--ServerApp.port_retries=0", "--LabApp.expose_app_in_browser=True", "--JupyterNotebookApp.expose_app_in_browser=True",
            "--ServerApp.allow_unauthenticated_access=False",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        ]  # fmt: skip
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        record = wait_for(self._record, "the server's record", 90)
        self.url, self.port = record["url"], record["port"]
        wait_for(self._answers, "the server to answer", 60)

    def restart(self):
        """The server ends and another starts with the same files, address and token."""
        self.close()
        self._start(self.port)

    def _record(self):
        if self.process.poll() is not None:
            pytest.fail(f"JupyterLab ended:\n{self.log.read_text()[-3000:]}")
        path = self.runtime / f"jpserver-{self.process.pid}.json"
        try:
            return json.loads(path.read_text())
        except (OSError, json.JSONDecodeError):
            return None

    def _answers(self):
        try:
            return self.get("api/status")
        except OSError:
            return None

    def request(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, method=method)
        request.add_header("Authorization", f"token {self.token}")
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=60) as answer:
            content = answer.read()
        return json.loads(content) if content else None

    def get(self, path):
        return self.request("GET", path)

    def refusal(self, path):
        """Status and JSON of an answer that is an error."""
        with pytest.raises(HTTPError) as refused:
            self.get(path)
        return refused.value.code, json.loads(refused.value.read())

    def town(self, name="riverbend"):
        return self.get(f"aitown/api/towns/{name}")

    def put_notebook(self, path, *, name=None):
        target = self.root / (name or Path(path).name)
        shutil.copy(path, target)
        return target.name

    def write_notebook(self, name, *cells):
        import nbformat

        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(notebook, self.root / name)
        return name

    def close(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()


@pytest.fixture(scope="module")
def browser():
    """Chromium for one module only: Playwright keeps an event loop running, and other modules run their own."""
    executable = os.environ.get("AITOWN_BROWSER") or shutil.which("chromium") or shutil.which("google-chrome")
    if not executable:
        pytest.skip("no Chromium; `make test` gets one, or set AITOWN_BROWSER=/path/to/chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    server = Lab(tmp_path_factory.mktemp("lab"))
    yield server
    server.close()


@pytest.fixture
def page(browser, request):
    """A page that keeps a screenshot of how the test ended, and its console."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000}, device_scale_factor=1)
    page = context.new_page()
    page.messages = []
    page.on("console", lambda message: page.messages.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: page.messages.append(f"pageerror: {error}"))
    yield page
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{request.node.name}.png")
    context.close()


def wait_for_kernel(page):
    """Wait until the notebook that is open has a kernel that answers."""
    page.evaluate(
        """async () => {
            await window.jupyterapp.restored;
            const context = window.jupyterapp.shell.currentWidget.sessionContext;
            await context.ready;
            await context.session.kernel.info;
        }"""
    )


class Notebook:
    """A notebook open in Lab."""

    def __init__(self, page, lab, name):
        self.page, self.lab = page, lab
        page.goto(f"{lab.url}lab/workspaces/{name.removesuffix('.ipynb')}/tree/{name}?token={lab.token}&reset")
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=90_000)
        wait_for_kernel(page)

    def run_cell(self, index):
        """Run one cell without waiting for its end."""
        self.page.evaluate(
            """index => {
                window.jupyterapp.shell.currentWidget.content.activeCellIndex = index;
                window.jupyterapp.commands.execute('notebook:run-cell');
            }""",
            index,
        )

    def run_all(self):
        """Run all cells without waiting for their end."""
        self.page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")

    def wait_until_run(self, count=1, seconds=180):
        """Wait until every code cell has run or failed, as the kernel's run number `count` or later."""
        self.page.wait_for_function(
            """count => {
                const cells = window.jupyterapp.shell.currentWidget.content.widgets;
                return cells.filter(c => c.model.type === 'code').every(c => c.model.executionCount >= count);
            }""",
            arg=count,
            timeout=seconds * 1000,
        )

    def restart(self):
        """Restart the kernel as the menu does, without the dialog's question."""
        return self.page.evaluate(
            """async () => {
                const panel = window.jupyterapp.shell.currentWidget;
                await panel.sessionContext.session.kernel.restart();
            }"""
        )

    @property
    def errors(self):
        """The outputs that are errors, from the model: Lab draws them as it draws any text on stderr."""
        return self.page.evaluate(
            """() => window.jupyterapp.shell.currentWidget.content.model.toJSON().cells
                .flatMap(cell => cell.outputs ?? [])
                .filter(output => output.output_type === 'error')
                .map(output => `${output.ename}: ${output.evalue}`)"""
        )


@pytest.fixture
def open_notebook(page, lab):
    return lambda name: Notebook(page, lab, name)


@pytest.fixture(scope="module")
def address():
    command = [sys.executable, "-u", "widgets/dev/serve.py", "0"]
    with subprocess.Popen(command, cwd=HOUSE, stdout=subprocess.PIPE, text=True) as server:
        yield server.stdout.readline().strip()
        server.terminate()


@pytest.fixture
def show(browser, address):
    """Opens the page of a town; fails the test when the page reports an error of its own."""
    faults, contexts = [], []

    def open_page(town, width=900, query="", live=True, before=""):
        context = browser.new_context(viewport={"width": width, "height": 640})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda line: faults.append(line.text) if "aitown:" in line.text else None)
        if before:
            page.add_init_script(before)
        page.goto(f"{address}?town={town}&{query}")
        if live:
            page.wait_for_selector(".aitown-root[data-link='live'] canvas[data-camera]")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    with aitown.Town(map="riverbend", seed=7, record=tmp_path_factory.mktemp("runs") / "base") as town:
        town.step(TICKS)
        yield town.history


@pytest.fixture(scope="module")
def exported(run, tmp_path_factory):
    return aitown.show(run).export_html(tmp_path_factory.mktemp("export") / "town.html")


@pytest.fixture
def offline(browser):
    """Opens a page without a network; fails the test for a request, a fault, or what the page's policy stopped."""
    wrong, contexts = [], []

    def open_page(address=None, content=None, width=1000, scheme="light"):
        context = browser.new_context(
            viewport={"width": width, "height": 640}, color_scheme=scheme, offline=True, reduced_motion="reduce"
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda line: wrong.append(line.text) if line.type in ("error", "warning") else None)
        page.on(
            "request",
            lambda request: (
                wrong.append(request.url) if not request.url.startswith(("file:", "blob:", "about:")) else 0
            ),
        )
        if content is None:
            page.goto(address)
        else:
            page.set_content(content)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []
