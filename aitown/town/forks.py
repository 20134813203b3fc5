"""Forking, as the methods of `Town`: the same run from a tick on, in which something may be changed."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from aitown.columns import schema_to_json
from aitown.errors import DamagedRun
from aitown.town import given, past
from aitown.town import systems as own
from aitown.town.basis import Basis
from aitown.town.minds import check_mode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from aitown.columns import Schema
    from aitown.history import History
    from aitown.sim.own import Declared
    from aitown.town.minds import Mode
    from aitown.town.past import Past
    from aitown.town.town import Town


class Forks:
    """How a town becomes two."""

    def _check_open(self) -> None:
        raise NotImplementedError

    def fork(
        self,
        tick: int | str | datetime | None = None,
        *,
        record: str | Path | None = None,
        replay: bool = True,
        systems: Iterable[Any] | None = None,
        minds: Mapping[Any, Any] | None = None,
        mode: Mode | None = None,
        name: str | None = None,
    ) -> Town:
        """Another town that has the past of this one up to a tick. This one goes on as if nothing had been.

        The fork is the same run, bit for bit, until something is changed in it. Its manifest names the run and the tick
        that it comes from; its history has the events of before too, its frames begin at the tick.

        Args:
            tick: where they part: a tick, or a time of the town ("day 2 08:00"); negative ticks count from the newest,
                None is the newest.
            record: folder for the fork's history, which must not exist; None records nothing until `run`.
            replay: whether the inputs that came after that tick, decisions of minds among them, come again at theirs;
                False: the fork has none of them.
            systems: systems of your own, see `Town`. Those that the town has go on, given or not; new ones begin at the
                tick.
            minds: who decides for whom in the fork, see `Town`. None: the same objects as here, which then decide for
                both; give new ones if they remember. An empty dict leaves everybody to the default.
            mode: as for `Town`; None: as here.
            name: of the fork; None: as here.

        Raises:
            BadParameter: for a tick outside the run.
            DamagedRun: when its past can't be made again.
            RunExists: if there is something in the folder `record`.
        """
        town = cast("Town", self)
        town._check_open()  # noqa: SLF001 (its own)
        found = past.of_town(town, tick, replay=replay)
        chosen = town._deciding.mode if mode is None else check_mode(mode)  # noqa: SLF001 (its own)
        mine = list(town.systems)
        said, names = [system.to_json() for system in mine], {system.name for system in mine}
        asked = list(systems or ())
        known = own.declared(asked, town.tick_seconds)
        new = [item for item, system in zip(asked, known, strict=True) if system.name not in names]
        both = own.again(said, [*(one.made_of for one in mine), *new], town.tick_seconds, found.tick)
        return _make(type(town), Basis.of(town), both, found, record, minds, chosen, name)

    @classmethod
    def from_run(
        cls,
        run: History | str | Path,
        tick: int | str | datetime | None = None,
        *,
        record: str | Path | None = None,
        replay: bool = True,
        systems: Iterable[Any] | None = None,
        minds: Mapping[Any, Any] | None = None,
        mode: Mode = "lockstep",
        name: str | None = None,
    ) -> Town:
        """A fork of a recorded run, finished or being written: a History, or its folder. See `fork`.

        Minds that were given by name are made again at the tick that the run had reached; others have to be in `minds`,
        or the default takes over then.

        Raises:
            UnknownRun, DamagedRun: if there is none, or its past can't be made again.
        """
        check_mode(mode)
        history = past.folder_of(run)
        found = past.of_run(history, tick, replay=replay)
        basis = Basis.read(history.folder, history.manifest)
        return _make(
            cast("type[Town]", cls),
            basis,
            own.again(history.manifest.get("systems", ()), systems, basis.tick_seconds, found.tick),
            found,
            record,
            minds,
            mode,
            name,
            history.manifest,
        )


def hosted(fork: Mapping[str, Any], systems: Iterable[Any], folder: str, name: str, run_id: str) -> Town:
    """A fork for a host, `{folder, tick, replay}`: its past is made again when it is prepared, not before.

    Raises:
        UnknownRun, DamagedRun, BadParameter: as `Town.from_run`.
    """
    from aitown.town.town import Town

    history = past.folder_of(fork["folder"])
    found = past.of_run(history, fork.get("tick"), replay=fork.get("replay", True))
    basis = Basis.read(history.folder, history.manifest)
    mine = own.again(history.manifest.get("systems", ()), systems, basis.tick_seconds, found.tick)
    return _make(Town, basis, mine, found, folder, None, "paced", name, history.manifest, run_id, eager=False)


def new_run_id() -> str:
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def made(
    basis: Basis,
    systems: tuple[Declared, ...],
    found: Past,
    mode: Mode = "lockstep",
    kind: type[Town] | None = None,
) -> Town:
    """A town with a past, which runs when its model is first needed."""
    from aitown.town.town import Town

    town = (kind or Town).__new__(kind or Town)
    basis.give(town)
    town.systems = systems
    town.run_id, town.created, town.parent = new_run_id(), now(), found.to_json()
    town._set_up(None, None, mode, found)  # noqa: SLF001 (its own)
    return town


def _differs(schema: Schema, said: Mapping[str, Any]) -> bool:
    """Whether a run has other columns than a town, beside those of new systems."""
    here = schema_to_json(schema)
    return any(columns != here.get(table, [])[: len(columns)] for table, columns in said.items())


def _make(
    kind: type[Town],
    basis: Basis,
    systems: tuple[Declared, ...],
    found: Past,
    record: str | Path | None,
    minds: Mapping[Any, Any] | None,
    mode: Mode,
    name: str | None,
    manifest: Mapping[str, Any] | None = None,
    run_id: str | None = None,
    *,
    eager: bool = True,
) -> Town:
    folder = None if record is None else given.folder(record)
    town = made(basis, systems, found, mode, kind)
    town.name, town.run_id = name or town.name, run_id or town.run_id
    if manifest is not None and _differs(town.schema, manifest["schema"]):
        raise DamagedRun(
            f"the run {found.run} has other columns than this version's towns.",
            f"Fork it with aitown {manifest.get('versions', {}).get('aitown', '?')}.",
        )
    if eager:
        town.prepare()
    if folder is not None:
        town._running.record(folder)  # noqa: SLF001
    if minds is None:
        town._deciding.offered = found.minds  # noqa: SLF001
    for npcs, mind in (minds or {}).items():
        town.mind(npcs, mind)
    town._deciding.remember()  # noqa: SLF001
    return town
