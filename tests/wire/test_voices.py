from __future__ import annotations

from aitown.wire.voices import HEARD_SECONDS, Voices
from tests.wire.helpers import said


def test_an_utterance_is_heard_and_fades():
    voices = Voices(tick_seconds=10)
    voices.hear([said(0, "Morning", tick=5), said(-1, "A voice", tick=5), {**said(1, "", tick=5), "kind": "met"}])
    last = 5 + HEARD_SECONDS // 10 - 1

    assert voices.at(5) == {0: "Morning"}
    assert voices.at(last) == {0: "Morning"}
    assert voices.at(last + 1) == {}


def test_the_newer_utterance_of_an_npc_wins():
    voices = Voices(tick_seconds=10)
    voices.hear([said(0, "Morning", tick=5), said(0, "Evening", tick=6)])

    assert voices.at(6) == {0: "Evening"}
