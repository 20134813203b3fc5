"""The plain snippet of the front-end pattern, in a real Chromium: two types of message, one address, and no more.

It has the faults that such snippets have; what is held is that it shows the town all the same, and goes on after a
break, with nothing but the cookie of a login.
"""

from __future__ import annotations

import pytest

from tests.browser.conftest import wait_for
from tests.browser.proxy import Proxy

SNIPPET = """
class ReconnectClient {
    constructor({ wsUrl, stateUrl, onState, maxBackoff = 30000 }) {
        Object.assign(this, { wsUrl, stateUrl, onState, maxBackoff, delay: 1000, received: false });
        this.connect();
    }
    connect() {
        this.socket = new WebSocket(this.wsUrl);
        this.socket.onopen = () => {
            this.delay = 1000;
            if (!this.received) this.fetchState();
        };
        this.socket.onmessage = ({ data }) => {
            const message = JSON.parse(data);
            if (message.type !== "full_state" && message.type !== "state_update") return;
            this.received = true;
            this.onState(message.payload);
        };
        this.socket.onclose = () => {
            setTimeout(() => this.connect(), this.delay);
            this.delay = Math.min(this.delay * 2, this.maxBackoff);
        };
    }
    async fetchState() {
        const answer = await fetch(this.stateUrl, { credentials: "same-origin" });
        if (answer.ok) this.onState((await answer.json()).payload);
    }
}
window.shown = [];
window.client = new ReconnectClient({
    wsUrl: "ADDRESS".replace("http", "ws") + "ws",
    stateUrl: "ADDRESS" + "state",
    onState: (state) => window.shown.push([state.town, state.tick, state.npcs.length, state.map.rows.length]),
});
"""


@pytest.fixture
def proxy(lab):
    lab.request("POST", "aitown/api/towns", {"name": "riverbend", "npcs": 25, "seed": 7, "speed": 20})
    made = Proxy(lab.port, lab.token)
    yield made
    made.close()


def test_the_plain_snippet_follows_the_town(page, proxy, lab):
    address = f"http://127.0.0.1:{proxy.port}/"
    page.context.request.get(f"{address}api/status", headers={"Authorization": f"token {lab.token}"})
    page.goto(proxy.url("riverbend", views=0))
    page.evaluate(SNIPPET.replace("ADDRESS", address))
    newest = lambda: page.evaluate("window.shown.at(-1)?.[1] ?? -1")

    wait_for(lambda: newest() >= 0, "the first state")
    first = newest()
    wait_for(lambda: newest() > first + 20, "states to come")
    proxy.cut()
    page.wait_for_function("() => window.client.socket.readyState === WebSocket.OPEN && window.client.delay === 1000")
    back = newest()
    wait_for(lambda: newest() > back + 20, "it to come back")

    shown = page.evaluate("window.shown")
    assert {(town, npcs, rows > 0) for town, _, npcs, rows in shown} == {("riverbend", 25, True)}, "each is the whole"
    assert {"/ws", "/state"} <= set(proxy.asked)
