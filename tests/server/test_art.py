"""The pictures of a map, from the server's folder to whoever may see the town."""

import shutil
from pathlib import Path

import aitown
from aitown.sim.map import TownMap

RIVERBEND = Path(aitown.__file__).parent / "towns" / "riverbend"


async def village(api, jp_root_dir):
    """Open a town whose map lies in the server's folder; returns its art."""
    for name in ("riverbend.tmj", "riverbend.png"):
        shutil.copy(RIVERBEND / name, jp_root_dir)
    code, _ = await api.open(map="riverbend.tmj")
    assert code == 201, code
    return TownMap.from_tiled(jp_root_dir / "riverbend.tmj").art


async def said(api):
    _, state = await api.get("aitown", "state", params={"town": "hamlet"})
    return state["payload"]["map"].get("art")


async def test_the_state_names_them_and_the_server_gives_them(api, jp_fetch, jp_root_dir):
    art = await village(api, jp_root_dir)
    assert await said(api) == art.said

    answer = await jp_fetch("aitown", "api", "towns", "hamlet", "art", art.hash)

    assert answer.body == art.data
    assert answer.headers["Content-Type"] == "application/vnd.aitown.art"
    assert "immutable" in answer.headers["Cache-Control"]
    assert "private" in answer.headers["Cache-Control"]


async def test_by_another_name_there_are_none(api, jp_root_dir):
    await village(api, jp_root_dir)
    code, error = await api.towns("GET", "hamlet", "art", "0" * 32)
    assert (code, error["error"]) == (404, "UnknownName")


async def test_a_town_goes_on_with_them_when_its_map_has_gone(api, registry, jp_root_dir):
    art = await village(api, jp_root_dir)
    for name in ("riverbend.tmj", "riverbend.png"):
        (jp_root_dir / name).unlink()
    await registry._towns.pop("hamlet").stop()
    assert await said(api) == art.said


async def test_a_map_whose_image_is_missing_is_drawn_and_the_log_says_so(api, jp_root_dir):
    shutil.copy(RIVERBEND / "riverbend.tmj", jp_root_dir / "bare.tmj")
    await api.open(map="bare.tmj")
    assert await said(api) is None
    _, log = await api.towns("GET", "hamlet", "log")
    assert any("riverbend.png is not there" in line for line in log["lines"])
    code, error = await api.towns("GET", "hamlet", "art", "0" * 32)
    assert (code, error["remedy"]) == (404, "Its map has no pictures.")
