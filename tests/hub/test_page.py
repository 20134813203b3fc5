"""The widget's own way to its server, in a real browser that has logged in by JupyterHub's page.

Beside the cookie of the user's server there may be one that another server of the same host has left for all paths.
JupyterHub goes by the cookie that it has signed, in whatever place it stands.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from hatch_build import npm_command
from tests.browser.conftest import browser  # noqa: F401 (a fixture)

WIDGETS = Path(__file__).parents[2] / "widgets"
ESBUILD = WIDGETS / "node_modules" / ".bin" / "esbuild"

CALLS = """
async ([town, byToken]) => {
    const found = PAGE.findServer(document, location);
    const server = byToken ? found : { ...found, token: "" };
    const { wsUrl, stateUrl } = PAGE.addresses(server, town, document.cookie);
    const told = async (asked) => {
        const answer = await asked;
        return [answer.status, await answer.json()];
    };
    const ask = (url, init = {}) => told(DOOR.knock(server, document.cookie, url, init));
    const bare = (url, init = {}) => told(fetch(url, { credentials: "same-origin", ...init }));
    const first = await new Promise((resolve, reject) => {
        const socket = new WebSocket(wsUrl);
        socket.onclose = ({ code }) => reject(new Error(`closed with ${code}`));
        socket.onmessage = ({ data }) => {
            const message = JSON.parse(data);
            if (message.type !== "full_state") return;
            socket.onclose = null;
            socket.close();
            resolve(message);
        };
    });
    const input = `${server.baseUrl}aitown/api/towns/${town}/input`;
    const say = { method: "POST", body: JSON.stringify({ kind: "say", text: "Hello", by: 0 }) };
    return {
        token: Boolean(found.token),
        inAddress: wsUrl.includes("token="),
        socket: first.payload.npcs.length,
        state: await ask(stateUrl),
        bare: await bare(stateUrl),
        input: await ask(input, say),
        again: await ask(input, say),
        bareInput: await bare(input, say),
    };
}
"""


@pytest.fixture(scope="module")
def script():
    """`widgets/src/page.ts` and `door.ts` as a script that a page can run."""
    npm = npm_command()
    if npm is None or not ESBUILD.exists():
        pytest.skip("no esbuild: widgets/node_modules is made with the front end")
    path = os.pathsep.join([str(Path(npm[0]).parent), os.environ.get("PATH", os.defpath)])
    modules = {"PAGE": "src/page.ts", "DOOR": "src/door.ts"}
    return "".join(
        subprocess.run(
            [str(ESBUILD), source, "--bundle", "--format=iife", f"--global-name={name}"],
            cwd=WIDGETS,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        + f"; window.{name} = {name};"
        for name, source in modules.items()
    )


@pytest.fixture
def page(browser, hub):  # noqa: F811
    """A page of the user's own server."""
    hub.start("ada")
    context = browser.new_context()
    page = context.new_page()
    page.route("**/static/**", lambda route: route.abort())  # JupyterLab itself is not what is looked at
    page.goto(f"{hub.url}hub/login?next=/user/ada/lab", wait_until="domcontentloaded")
    page.fill("#username_input", "ada")
    page.fill("#password_input", "secret")
    with page.expect_navigation(url="**/user/ada/lab**", wait_until="domcontentloaded"):
        page.click("#login_submit")
    yield page
    context.close()


@pytest.mark.parametrize("by_token", [False, True])
@pytest.mark.parametrize("left", [None, "of-another-server"])
def test_the_widgets_calls_work(page, hub, hamlet, script, by_token, left):
    if left is not None:
        page.context.add_cookies([{"name": "_xsrf", "value": left, "url": hub.url}])
    page.evaluate(script)

    said = page.evaluate(CALLS, ["hamlet", by_token])

    assert said["token"], "JupyterLab's page has a token on a JupyterHub"
    assert not said["inAddress"]
    assert said["socket"] == 3
    assert (said["state"][0], len(said["state"][1]["payload"]["npcs"])) == (200, 3)
    assert [(status, answer["id"]) for status, answer in (said["input"], said["again"])] == [(200, 0), (200, 1)]
    for status, answer in (said["bare"], said["bareInput"]):
        assert (status, answer["error"]) == (403, "NotAllowed")
