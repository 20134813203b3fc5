"""For everybody: axe-core finds nothing serious, the keyboard reaches everything, and who wants no motion gets none."""

import pytest

from tests.browser.conftest import HOUSE, wait_for

AXE = HOUSE / "widgets/node_modules/axe-core/axe.min.js"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1600])
def test_axe_finds_nothing_serious(show, width, theme):
    page = show("night", width, query=f"theme={theme}")
    page.locator(".aitown-canvas").focus()
    page.keyboard.press("Enter")
    page.get_by_role("region", name="Person").locator(".aitown-bar").first.wait_for()
    page.get_by_label("Colour by").select_option("mood")
    page.get_by_role("button", name="Act").click()
    page.get_by_role("button", name="Legend").click()
    page.add_script_tag(path=AXE)
    found = page.evaluate("async () => (await axe.run('.aitown-root')).violations")
    serious = [
        f"{one['id']}: {one['help']} {[node['html'][:160] for node in one['nodes']]}"
        for one in found
        if one["impact"] in {"serious", "critical"}
    ]
    assert serious == []


def test_the_keyboard_reaches_every_control_and_picks_people(show):
    page = show("night", 1200)
    page.get_by_role("button", name="Act").click()
    wanted = page.evaluate(
        """() => [...document.querySelectorAll('.aitown-root button, .aitown-root select, .aitown-root input, .aitown-root canvas')]
            .filter(one => one.offsetParent !== null && !one.disabled && one.tabIndex >= 0).length"""
    )
    reached = set()
    for _ in range(wanted + 5):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate(
                """() => {
                    const all = [...document.querySelectorAll('.aitown-root button, .aitown-root select, .aitown-root input, .aitown-root canvas')];
                    return all.indexOf(document.activeElement);
                }"""
            )
        )
    assert len(reached - {-1}) >= wanted


def test_who_wants_no_motion_gets_none(show):
    page = show("crowd-500-paused", 1200)
    page.emulate_media(reduced_motion="reduce")
    canvas = page.locator(".aitown-canvas")
    before = canvas.get_attribute("data-camera")
    seen = """async () => {
        const canvas = document.querySelector('.aitown-canvas');
        const cameras = new Set([canvas.dataset.camera]);
        const watch = new MutationObserver(() => cameras.add(canvas.dataset.camera));
        watch.observe(canvas, { attributes: true });
        document.querySelector('[aria-label="Zoom in"]').click();
        await new Promise(done => setTimeout(done, 600));
        watch.disconnect();
        return cameras.size;
    }"""
    assert page.evaluate(seen) == 2
    wait_for(lambda: canvas.get_attribute("data-camera") != before, "the zoom")
