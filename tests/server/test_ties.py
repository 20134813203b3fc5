"""Whom somebody knows, asked of a town while it lives."""

from aitown.history import History


async def test_they_are_those_of_the_history(api, jp_root_dir):
    _, town = await api.open(npcs=8)
    await api.towns("POST", "hamlet", "control", body={"op": "step", "ticks": 1800})

    code, said = await api.towns("GET", "hamlet", "npcs", "2", "ties")

    expected = History.load(jp_root_dir / town["folder"]).relationships(1800).loc[2]
    assert (code, said["tick"]) == (200, 1800)
    assert {tie["other"]: tie["strength"] for tie in said["ties"]} == expected["strength"].round(4).to_dict()
    strengths = [tie["strength"] for tie in said["ties"]]
    assert strengths == sorted(strengths, reverse=True)


async def test_of_somebody_who_is_not_there_it_is_said(api):
    await api.open()
    code, error = await api.towns("GET", "hamlet", "npcs", "3", "ties")
    assert (code, error["error"], error["remedy"]) == (404, "UnknownName", "Ids go from 0 to 2.")
