"""What is seen in a page, held against what the town's state says."""

from __future__ import annotations

from tests.browser.conftest import wait_for


def tick_in(view):
    """The tick that a view, or the only view of a page, names; -1 for none."""
    return int("".join(filter(str.isdigit, view.locator(".aitown-tick").inner_text())) or -1)


def on_screen(page, npc):
    """Where the canvas draws an NPC, in CSS pixels of the page, from the camera that the canvas names."""
    canvas = page.locator(".aitown-canvas")
    left, top, scale = (float(part) for part in canvas.get_attribute("data-camera").split(","))
    box = canvas.bounding_box()
    return box["x"] + (npc["x"] - left) * scale, box["y"] + (npc["y"] - top) * scale


def all_stand_where(page, npcs, count=3):
    """Clicks where the state of a town that stands still has those who stand most alone: each is who is selected."""
    page.locator(".aitown-canvas").scroll_into_view_if_needed()

    def room(one):
        return min(abs(one["x"] - other["x"]) + abs(one["y"] - other["y"]) for other in npcs if other is not one)

    panel = page.locator(".aitown-person h3")
    for npc in sorted(npcs, key=room)[-count:]:
        page.mouse.click(*on_screen(page, npc))
        wait_for(lambda npc=npc: panel.inner_text() == npc["name"], f"{npc['name']} at {npc['x']}, {npc['y']}", 20)
        page.locator(".aitown-canvas").focus()
        page.keyboard.press("Escape")
        page.locator(".aitown-person").wait_for(state="hidden")
