"""What a page asks its kernel beside the stream: who somebody is, what was recorded, and the map's pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from aitown.errors import AitownError

if TYPE_CHECKING:
    from collections.abc import Callable

    from aitown.history import History
    from aitown.wire.lanes import Send

Reply: TypeAlias = "Callable[[dict[str, Any] | AitownError], None]"


def is_question(content: Any) -> bool:
    """A page's message is one of these."""
    return isinstance(content, dict) and isinstance(content.get("ask"), dict)


def answer(
    content: dict[str, Any],
    send: Send,
    persona: Callable[[int], dict[str, Any]],
    replay: Callable[[int | None, int | None], bytes],
    art: Callable[[str], bytes],
    ties: Callable[[int, Reply], None],
) -> None:
    """Answer a question.

    Args:
        content: as the page sent it.
        send: to the page.
        persona: who an NPC is, by id; empty for one that isn't there.
        replay: a recorded stretch of the ticks from … up to …, as far as these are said.
        art: the pictures of the map, by their name; empty for none.
        ties: whom an NPC knows now, `{tick, ties}`; calls what it is given with them, perhaps later.
    """
    head, ask = {"aitown": content.get("aitown")}, content["ask"]
    npc = ask.get("npc")
    try:
        if npc is not None:
            send({**head, "persona": persona(npc) if _whole(npc) else {}}, [])
            return
        if _whole(ask.get("ties")):
            ties(ask["ties"], lambda got: send({**head, **_said(got)}, []))
            return
        if isinstance(ask.get("art"), str):
            pictures = art(ask["art"])
            send(head, [pictures] if pictures else [])
            return
        start, stop = (ask.get(end) if _whole(ask.get(end)) else None for end in ("start", "stop"))
        data = replay(start, stop)
    except AitownError as error:
        send({**head, "error": error.message}, [])
    else:
        send(head, [data])


def stretch_of(history: Callable[[], History]) -> Callable[[int | None, int | None], bytes]:
    """`replay` for `answer`, of a run that goes on."""

    def replay(start: int | None, stop: int | None) -> bytes:
        from aitown.history.replay import stretch

        whole = start is None and stop is None
        return stretch(history(), None if whole else slice(start, stop), ties=whole).data

    return replay


def _said(got: dict[str, Any] | AitownError) -> dict[str, Any]:
    return {"error": got.message} if isinstance(got, AitownError) else got


def _whole(given: Any) -> bool:
    return isinstance(given, int) and not isinstance(given, bool)
