"""What Prometheus is told, held against a small scene."""

from __future__ import annotations

import json
import re

import pytest

from tests.server.conftest import eventually


@pytest.fixture
def scrape(app, jp_fetch):
    """The value of a metric at Jupyter's `/metrics`; 0 for one that isn't there yet."""

    async def read(name):
        text = (await jp_fetch("metrics")).body.decode()
        found = re.search(rf"^{re.escape(name)} ([0-9.e+-]+)$", text, re.MULTILINE)
        return float(found[1]) if found else 0.0

    return read


async def test_towns_and_viewers_are_counted_as_they_come_and_go(api, dial, scrape, registry):
    assert await scrape("aitown_towns") == 0
    before = await scrape("aitown_viewers")
    await api.open()
    viewer = await dial(town="hamlet", v=1)
    await viewer.read("full_state")

    assert await scrape("aitown_towns") == 1
    assert await scrape("aitown_viewers") == before + 1
    viewer.connection.close()
    await eventually(lambda: not registry.viewers)
    assert await scrape("aitown_viewers") == before
    await api.towns("DELETE", "hamlet")
    assert await scrape("aitown_towns") == 0


async def test_frames_ticks_and_bytes_are_counted(api, dial, scrape):
    await api.open()
    viewer = await dial(town="hamlet", v=1)
    await viewer.read("full_state")
    names = ('aitown_frames_total{town="hamlet"}', "aitown_sent_bytes_total", "aitown_encoding_seconds_count")
    before = [await scrape(name) for name in names]
    await api.towns("POST", "hamlet", "control", body={"op": "step", "ticks": 5})
    await viewer.read("state_update")

    assert all([await scrape(name) > was for name, was in zip(names, before, strict=True)])
    assert await scrape('aitown_tick{town="hamlet"}') == 5


async def test_inputs_are_counted_by_what_became_of_them(api, dial, scrape):
    await api.open()
    viewer = await dial(town="hamlet", v=1)
    await viewer.read("full_state")
    names = ('aitown_inputs_total{result="accepted"}', 'aitown_inputs_total{result="rejected"}')
    before = [await scrape(name) for name in names]
    for text in ("Hello", ""):
        await viewer.connection.write_message(json.dumps({"type": "input", "kind": "say", "text": text}))
        await viewer.read("accepted", "rejected")
        await api.towns("POST", "hamlet", "input", body={"kind": "say", "text": text})

    assert [await scrape(name) for name in names] == [before[0] + 2, before[1] + 2]
