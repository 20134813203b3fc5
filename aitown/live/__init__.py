"""`aitown.open`: a town that goes on living while you look at it, behind one handle.

It is hosted by the Jupyter server that started this kernel; where there is none, by this kernel itself, in a thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aitown.acts import Acts
from aitown.errors import AitownError, NoServer
from aitown.live.wish import Wish

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    import pandas as pd

    from aitown.history import History
    from aitown.live.host import Host
    from aitown.live.wish import Personas
    from aitown.sim.map import TownMap
    from aitown.widget import TownView

__all__ = ["LiveTown", "open"]


class LiveTown(Acts):
    """A town that lives on its own. Displays as the live map.

    Made by `aitown.open`. The town goes on when this handle is gone; `stop` ends it.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._view: TownView | None = None
        info = host.info()
        self.name: str = info["name"]
        self.run_id: str = info["run"]
        self.seed: int = info["seed"]

    @property
    def tick(self) -> int:
        """The newest tick that ran."""
        return int(self._host.info()["tick"])

    @property
    def clock(self) -> datetime:
        """Date and time in the town."""
        from datetime import datetime

        return datetime.fromisoformat(self._host.info()["clock"])

    @property
    def npcs(self) -> pd.DataFrame:
        """The NPCs now: index `npc`, the columns that a History has."""
        return self._host.npcs()

    @property
    def history(self) -> History:
        """The history so far, read from the run's folder.

        Raises:
            UnknownRun: when that folder is on another machine.
        """
        return self._host.history()

    def play(self, speed: float | None = None) -> None:
        """Go on, at `speed` ticks a second; 0 is as fast as it goes, None as before."""
        self._host.control("play", **({} if speed is None else {"speed": speed}))

    def pause(self) -> None:
        """Stand still; returns when it does."""
        self._host.control("pause")

    def step(self, n: int = 1) -> int:
        """Run `n` ticks, then stand still; returns the tick when they are done."""
        return int(self._host.control("step", ticks=n)["tick"])

    def _take(self, given: dict[str, Any]) -> dict[str, int]:
        return self._host.input(given)

    def mind(self, npcs: Any, mind: Any, *, mode: str | None = None, seconds: float | None = None) -> list[int]:
        """Have a mind decide for some NPCs from now on, see `aitown.mind`. Returns their ids.

        Args:
            npcs: an id or a name, a list of them, or "all".
            mind: an object with a method `decide`, which stays in this kernel; the `"module:Class"` of one that lives
                beside the town; or None for the default.
            mode: "paced": the town goes on while a mind decides; "lockstep": it waits. None is paced.
            seconds: how long it may give no sign while it has to decide; then the default does. 10 by default.

        Raises:
            BadParameter: for what is no mind.
            InputRejected: for an NPC that isn't there.
        """
        return self._host.mind(npcs, mind, mode, seconds)

    def fork(self, name: str, tick: int | str | None = None, *, replay: bool = True, play: bool = False) -> LiveTown:
        """Another live town that has the past of this one up to a tick; see `Town.fork`. This one goes on.

        Args:
            name: of the fork.
            tick: a tick or a time of the town; None is the newest that is on the disk.
            replay: whether the inputs that came after that tick come again at theirs.
            play: whether it goes on at once; else it stands still, so that something can be changed first.

        Raises:
            TownDiffers: when a town of that name is there.
            BadParameter: for a tick outside the run.
        """
        return LiveTown(self._host.fork(name, tick, replay=replay, play=play))

    def stop(self) -> None:
        """End the town; its history stays."""
        self._host.stop()

    def __repr__(self) -> str:
        try:
            info = self._host.info()
        except AitownError as error:
            return f"<LiveTown {self.name}: {error.message}>"
        how = info["state"] if info["state"] != "running" else info["phase"]
        now = how if info["tick"] is None else f"tick {info['tick']}, {info['clock']}, {how}"
        return f"<LiveTown {self.name}: {info['npcs']} NPCs, {now}, run {self.run_id}>"

    @property
    def view(self) -> TownView:
        """The live map that this handle displays: one widget, whose `selected`, `tick` and so on can be observed."""
        if self._view is None:
            from aitown.display import recorded

            self._view = self._host.view(lambda: recorded(self.history))
        self._view.open()
        return self._view

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        return self.view._repr_mimebundle_(**kwargs)


def open(  # noqa: A001 (aitown.open is its public name)
    name: str = "riverbend",
    *,
    map: str | Path | TownMap | None = None,  # noqa: A002 (as in Town)
    npcs: int | None = None,
    seed: int | None = None,
    personas: Personas | None = None,
    systems: Sequence[Any] | None = None,
    fresh: bool = False,
    speed: float | None = None,
    play: bool | None = None,
    server: str | None = None,
    token: str | None = None,
) -> LiveTown:
    """The town called `name`; it is started if it isn't there yet.

    Args:
        name: its name on the server; also its map, unless `map` says otherwise.
        map: a built-in name ("riverbend", "city") or a Tiled file.
        npcs: how many; None takes what is there, or the map's own people.
        seed: 0 to 2⁶³ − 1; None takes what is there, or draws one, which is shown and kept.
        personas: who lives there: a sequence of `Persona`, a DataFrame, or a CSV or JSON file.
        systems: systems of your own by name, `"module:Class"` in the server's folder; see `aitown.system`.
        fresh: stop the one that is there and begin a new run.
        speed: ticks a second, 0 as fast as it goes; None leaves it, or takes 10.
        play: start at once; None leaves it, or starts.
        server: address of a Jupyter server, as the browser shows it; None takes the one that started this kernel.
        token: its token, if it isn't in the address.

    Raises:
        TownDiffers: when it is there with other parameters.
        MapError, BadParameter: for what can't be; nothing is created then.
        NotAllowed, NoAnswer: when the server doesn't let this process in, or doesn't answer.
    """
    from aitown.client import Client

    wish = Wish(name, map, npcs, seed, personas, systems, fresh, speed, play)
    try:
        client = Client.find(server, token)
        client.towns()
    except NoServer as missing:
        if server is not None:
            raise
        from aitown.live.in_kernel import open_here

        return LiveTown(open_here(wish, missing))
    from aitown.live.on_server import ServerHost

    opened = client.open(name, **wish.to_json())
    print(f"{name}: {opened['npcs']} NPCs, seed {opened['seed']}, run {opened['run']}")  # noqa: T201 (kept in the notebook)
    return LiveTown(ServerHost(client, name, opened["run"], opened["folder"]))
