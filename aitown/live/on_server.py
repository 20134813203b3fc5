"""A town that a Jupyter server hosts."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aitown.errors import AitownError, BadParameter, InputRejected, TownEnded, UnknownRun
from aitown.live.outside import Outside

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from aitown.client import Client
    from aitown.history import History
    from aitown.widget import Recorded, TownView


_LOOK_SECONDS = 0.25


class ServerHost:
    """A town that a Jupyter server hosts."""

    def __init__(self, client: Client, name: str, run: str, folder: str) -> None:
        self._client = client
        self._name = name
        self._run = run
        self._folder = folder
        self._minds: list[Outside] = []

    def info(self) -> dict[str, Any]:
        """What the server says of the town.

        Raises:
            TownEnded: when the town has been begun afresh; it is not to be moved by who knows the old run.
        """
        found = self._client.town(self._name)
        if found["run"] != self._run:
            raise TownEnded(
                f"the run {self._run} of the town {self._name!r} has ended; it lives the run {found['run']} now.",
                f"aitown.open({self._name!r}) gives a handle to that one; `history` still reads the old one.",
            )
        return found

    def fork(self, name: str, tick: Any, *, replay: bool, play: bool) -> ServerHost:
        info = self.info()
        fork = {"town": self._name, "tick": tick, "replay": replay}
        opened = self._client.open(name, fork=fork, speed=info["speed"], play=play)
        return ServerHost(self._client, name, opened["run"], opened["folder"])

    def control(self, op: str, **fields: Any) -> dict[str, Any]:
        self.info()
        try:
            return self._client.control(self._name, op, **fields)
        except KeyboardInterrupt:
            if op == "step":  # else the town would go on as far as it was told to
                with contextlib.suppress(AitownError):
                    self._client.control(self._name, "pause")
            raise

    def input(self, given: dict[str, Any]) -> dict[str, int]:
        self._wait_until_it_lives()
        fields = {key: value for key, value in given.items() if key != "kind" and value is not None}
        done = self._client.input(self._name, given["kind"], **fields)
        return {name: int(done[name]) for name in ("id", "tick", "npc") if name in done}

    def mind(self, npcs: Any, mind: Any, mode: str | None, seconds: float | None) -> list[int]:
        named = mind is None or isinstance(mind, str)
        if named and (mode is not None or seconds is not None):
            raise BadParameter(
                "a mind that lives beside a hosted town has the default mode and deadline.",
                "Leave mode and seconds out, or give an object of this kernel.",
            )
        if not (named or callable(getattr(mind, "decide", None))):
            raise BadParameter(f"{mind!r:.80} is no mind: it has no method `decide`.", "See aitown.mind.")
        self.info()
        names = dict(self.npcs()["name"].astype(str).items())
        those = npcs if isinstance(npcs, list | tuple) else list(names) if npcs == "all" else [npcs]
        ids = tuple(find_npc(npc, names) for npc in those)
        self._take_back(ids)
        if named:
            self._client.input(self._name, "mind", npcs=list(ids), mind=mind)
            return list(ids)
        options = {key: value for key, value in (("mode", mode), ("seconds", seconds)) if value is not None}
        outside = Outside(self._client, self._name, mind, **options)
        try:
            outside.offer(ids)
        except AitownError:
            outside.close()
            raise
        self._minds.append(outside)
        return list(outside.npcs)

    def _take_back(self, npcs: tuple[int, ...]) -> None:
        """Minds of this kernel decide no longer for these."""
        for outside in tuple(self._minds):
            left = tuple(npc for npc in outside.npcs if npc not in npcs)
            if not left:
                outside.close()
                self._minds.remove(outside)
            elif left != outside.npcs:
                outside.offer(left)

    def npcs(self) -> pd.DataFrame:
        import numpy as np
        import pandas as pd

        self._wait_until_it_lives()
        state = self._client.state(self._name)
        places = [place["name"] for place in state["payload"]["places"]]
        table = pd.DataFrame.from_records(state["payload"]["npcs"], index="id").rename_axis("npc")
        table = table.drop(columns="saying")
        for column in state["schema"]["npcs"]:
            name = column["name"]
            kinds = column.get("labels") or (places if column.get("refers") == "places" else None)
            if kinds and name in table:
                table[name] = pd.Categorical(table[name], categories=kinds)
            elif column.get("refers") == "npcs":
                table[name] = table[name].fillna(-1).astype("int32")
            elif name in table and "per_unit" not in column:
                table[name] = table[name].astype(np.dtype(column["dtype"]))
            elif name not in table:
                table[name] = np.uint8(1)  # `alive`: only those who are so are shown
        table["name"] = pd.Categorical(table["name"], categories=list(table["name"]))
        return table

    def _wait_until_it_lives(self) -> None:
        """While the town starts or is compiled, as long as its server says that it does."""
        while self.info()["state"] == "starting":
            time.sleep(_LOOK_SECONDS)

    def history(self) -> History:
        import aitown.history
        from aitown.live.remote import ServerSource

        root = self._client.server.root
        if root is not None and (Path(root) / self._folder).is_dir():
            found = aitown.history.load(Path(root) / self._folder)
            if found.run_id == self._run:
                return found
        if root is not None and Path(root).is_dir():
            raise UnknownRun(
                f"{Path(root) / self._folder} is not there any more.", "Begin a new run: aitown.open(…, fresh=True)."
            )
        return ServerSource(self._client.server, self._name, self._run).history()

    def stop(self) -> None:
        for outside in self._minds:
            outside.close()
        self._minds.clear()
        with contextlib.suppress(TownEnded):
            self.info()
            self._client.stop(self._name)

    def view(self, record: Callable[[], Recorded]) -> TownView:
        from aitown.live.relay import Relay
        from aitown.widget import TownView

        relay = Relay(self._client, self._name, self.history)
        return TownView(town=self._name, run=self._run, record=record, relay=True, hear=relay.receive)


def find_npc(npc: Any, names: Mapping[Any, str]) -> int:
    """The id of an NPC that is given by id or name.

    Raises:
        InputRejected: for one that isn't there.
    """
    for one, name in names.items():
        if npc == name or (hasattr(npc, "__index__") and not isinstance(npc, bool) and npc == one):
            return int(one)
    raise InputRejected(f"there is no NPC {npc!r:.80}.", f"Give an id from 0 to {max(names, default=-1)}, or a name.")
