"""The panels of a real town, over a comm: acts are accepted or refused with the town's own reason, and ties are its own."""

from __future__ import annotations

import pytest

import aitown
from tests.browser.host import CommHost


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("JPY_PARENT_PID", raising=False)
        patch.chdir(tmp_path_factory.mktemp("kernel"))
        town = aitown.open("hamlet", map="riverbend", seed=7, play=False, fresh=True)
        town.step(360)
        yield town
        town.stop()


@pytest.fixture
def host(page, live):
    made = CommHost(page, live._host.comm.receive, run=live.run_id)
    made.until(lambda: page.locator("canvas[data-camera]").count(), "the picture")
    made.set("selected", [3])
    made.press("Act")
    made.act = page.get_by_role("region", name="Act", exact=True)
    return made


def do(host, what, button, place=None, **fields):
    """Fill the form in, send it, and return what was answered."""
    host.act.get_by_label("What to do").select_option(label=what)
    host.until(lambda: host.act.get_by_role("button", name=button).is_enabled(), "the button")
    if place:
        host.act.get_by_label("Place").select_option(label=place)
    for label, value in fields.items():
        field = host.act.get_by_label(label.title(), exact=True)
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(label=value)
        else:
            field.fill(value)
    host.act.get_by_role("button", name=button).click()
    answer = host.act.get_by_role("status")
    host.until(lambda: answer.inner_text() not in ("", "…"), "an answer")
    return answer.inner_text()


def test_an_invitation_to_the_others_selected(host, live):
    host.set("selected", [5, 4, 3])
    said = do(host, "Invite", "Invite", place="Mill Café", at="17:00", minutes="90", words="Cake at five")
    assert said.startswith("Accepted, for tick")
    live.step(1)
    given = live.history.inputs().query("kind == 'invite'").iloc[-1]
    assert (given["by"], sorted(given["to"]), given["minutes"]) == (3, [4, 5], 90)
    (place,) = [place for place in live.history.map["places"] if place["name"] == "Mill Café"]
    assert live.history.map["places"].index(place) == given["place"]
    assert "Cake at five" in live.history.invitations()["text"].tolist()


def test_a_fact_money_and_a_price(host, live):
    before = live.npcs["money"][3]
    assert do(host, "Tell a fact", "Tell", words="The bridge is closed").startswith("Accepted")
    assert do(host, "Give money", "Give", amount="12.50").startswith("Accepted")
    assert do(host, "Set a price or wage", "Price", place="Mill Café", amount="3.20").startswith("Accepted")
    live.step(1)
    journal = live.history.inputs()
    told = journal.query("kind == 'tell'").iloc[-1]
    assert (told["fact"], told["to"]) == ("The bridge is closed", 3)
    assert journal.query("kind == 'give'").iloc[-1]["cents"] == 1250
    assert journal.query("kind == 'price'").iloc[-1]["cents"] == 320
    assert live.npcs["money"][3] == before + 1250
    assert do(host, "Give money", "Take", amount="1.00").startswith("Accepted")
    live.step(1)
    assert live.npcs["money"][3] == before + 1150


def test_what_cannot_be_is_refused_with_the_towns_reason(host, live):
    before = live.history.inputs()
    said = do(host, "Give money", "Take", amount="900000")
    assert said.startswith("Refused: NPC 3 has ")
    said = do(host, "Tell a fact", "Tell", words="x" * 300)
    assert said == "Refused: the fact has 300 characters; expected at most 200. Shorten it."
    said = do(host, "Set a price or wage", "Price", place="Market Square", amount="1.00")
    assert said == "Refused: a place of kind square has no price. Cafés, shops and homes have one."
    assert len(live.history.inputs()) == len(before)
    host.act.get_by_label("What to do").select_option(label="Invite")
    assert host.act.get_by_label("Tells").locator("option").nth(1).get_attribute("disabled") is not None


def closest(run, npc, tick):
    ties = run.relationships(tick).loc[npc].reset_index().sort_values(["strength", "other"], ascending=[False, True])
    return [
        (name, f"{round(100 * strength)} %")
        for name, strength in zip(ties["other_name"], ties["strength"], strict=True)
    ]


def listed(page):
    rows = page.get_by_role("region", name="Close to").locator("li")
    return [tuple(text.split("\n")) for text in rows.all_inner_texts()]


def test_ties_are_listed_and_drawn_now_and_then(host, live, page):
    host.set("selected", [2])
    live.step(1440)
    now = closest(live.history, 2, live.tick)
    host.until(lambda: listed(page) == now[:6], "the ties of now")

    def picture():
        return page.evaluate(
            """() => {
                const { width, height } = document.querySelector('.aitown-canvas');
                const c = document.querySelector('.aitown-canvas').getContext('2d');
                return [...c.getImageData(0, 0, width, height).data];
            }"""
        )

    host.until(lambda: page.get_by_text("Close to").is_visible(), "the panel")
    drawn = picture()
    page.get_by_role("button", name="Ties of the selected").click()
    host.until(lambda: sum(a != b for a, b in zip(drawn, picture(), strict=True)) > 3_000, "the lines to go")
    page.get_by_role("button", name="Ties of the selected").click()

    page.get_by_role("slider").focus()
    page.get_by_role("slider").press("Home")
    then = closest(live.history, 2, 0)
    assert then != now
    host.until(lambda: listed(page) == then[:6], "the ties of the beginning")
    host.press("Back to live")
    host.until(lambda: listed(page) == now[:6], "now again")
