"""The first start on a machine, with nothing compiled: the page says what it waits for, and goes on by itself."""

import pytest

from tests.browser.conftest import Lab, wait_for

CELL = 'import aitown\nlive = aitown.open("hamlet", map="riverbend", npcs=5, seed=7)\nlive'
ASKS = (
    "from aitown import plot\nfigure = plot.live(live, seconds=0.2)\n\n"
    "class Idle:\n    def decide(self, seen):\n        return None\n\n"
    "live.say('Hello', to=0)\nprint(figure.drawn, 'pictures,', len(live.npcs), 'people,', live.mind('all', Idle()), 'have a mind')"
)


@pytest.fixture
def lab(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    server = Lab(tmp_path / "home")
    yield server
    server.close()


@pytest.mark.timeout(400)
def test_a_page_says_that_its_town_is_compiled_and_goes_on_by_itself(page, lab, open_notebook):
    refused = []
    page.on("response", lambda answer: refused.append(answer.url) if answer.status >= 500 else None)
    notebook = open_notebook(lab.write_notebook("first.ipynb", CELL, ASKS))
    notebook.run_all()
    page.get_by_text("The town is being compiled, this once, which takes about 25 s.").wait_for(timeout=120_000)
    code, body = lab.refusal("aitown/state?town=hamlet")
    assert code == 504
    assert body["status"] == {"state": "starting", "phase": "compiling", "speed": 10.0, "reason": "", "expects": 25.0}
    assert "is being compiled, this once, which takes about 25 s" in body["message"]
    page.wait_for_selector(".aitown-root[data-link='live'] canvas[data-camera]", timeout=240_000)
    wait_for(lambda: not page.get_by_text("being compiled").is_visible(), "the words to go")
    assert lab.get("aitown/state?town=hamlet")["payload"]["tick"] >= 0
    page.get_by_text("5 people, [0, 1, 2, 3, 4] have a mind").wait_for()
    notebook.page.locator(".jp-OutputArea img").first.wait_for()
    assert refused == [], "the page asked for a state that couldn't be there"
    assert notebook.errors == []
