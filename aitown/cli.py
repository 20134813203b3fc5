"""The `aitown` command: run a town in a shell, say what a run is, list runs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aitown
from aitown.errors import AitownError

if TYPE_CHECKING:
    from collections.abc import Sequence

_FAULT = 2
_INTERRUPTED = 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="aitown", description="Simulated towns of NPCs, with their whole history.")
    parser.add_argument("--version", action="version", version=f"aitown {aitown.__version__}")
    commands = parser.add_subparsers(dest="command", metavar="command", required=True)

    run = commands.add_parser("run", help="run a town and record its history")
    run.add_argument("--map", default="riverbend", help="a built-in name or a Tiled file (default: riverbend)")
    run.add_argument("--npcs", type=int, default=25, help="how many NPCs (default: 25)")
    run.add_argument("--personas", type=Path, help="a CSV or JSON file that says who lives there, instead of --npcs")
    run.add_argument("--days", type=float, default=1.0, help="simulated days (default: 1)")
    run.add_argument("--seed", type=int, help="default: one is drawn, and printed")
    run.add_argument(
        "--system",
        action="append",
        default=[],
        metavar="MODULE:CLASS",
        help="a system of your own; as often as you like",
    )
    run.add_argument("--record-every", type=int, metavar="TICKS", help="ticks from frame to frame (default: by size)")
    run.add_argument("--out", type=Path, required=True, help="folder of the history; it must not exist")
    run.set_defaults(work=_run)

    fork = commands.add_parser("fork", help="go on from a tick of a run, in a run of its own")
    fork.add_argument("folder", type=Path, help="of the run")
    fork.add_argument("--tick", type=_moment, help='a tick or a time, as "day 2 08:00" (default: the newest)')
    fork.add_argument("--days", type=float, help="simulated days to run (default: to where the run is)")
    fork.add_argument("--no-replay", action="store_true", help="without the inputs that the run had after that tick")
    fork.add_argument("--out", type=Path, required=True, help="folder of the fork's history; it must not exist")
    fork.set_defaults(work=_fork)

    verify = commands.add_parser("verify", help="run a run again and compare it bit for bit (1: it differs, 2: can't)")
    verify.add_argument("folder", type=Path)
    verify.add_argument(
        "--system", action="append", default=[], metavar="MODULE:CLASS", help="one that it was made with"
    )
    verify.set_defaults(work=_verify)

    compare = commands.add_parser("compare", help="say where two runs part (1: they do)")
    compare.add_argument("folder", type=Path)
    compare.add_argument("other", type=Path)
    compare.set_defaults(work=_compare)

    odd = commands.add_parser("odd", help="describe the model by the ODD protocol, as Markdown")
    odd.add_argument("folder", type=Path, nargs="?", help="of a run: with its own parameters and systems")
    odd.set_defaults(work=_odd)

    info = commands.add_parser("info", help="say what a run is")
    info.add_argument("folder", type=Path)
    info.set_defaults(work=_info)

    runs = commands.add_parser("runs", help="list runs")
    runs.add_argument("folder", type=Path, nargs="?", help="default: $AITOWN_RUNS, else ./runs")
    runs.add_argument("--delete", metavar="NAME", help="delete this run, for good")
    runs.set_defaults(work=_runs)
    return parser


def _run(asked: argparse.Namespace) -> int:
    people: dict[str, Any] = {"personas": asked.personas} if asked.personas else {"npcs": asked.npcs}
    if asked.record_every is not None:
        people["record_every"] = asked.record_every
    with aitown.Town(asked.map, seed=asked.seed, systems=asked.system, **people) as town:
        try:
            town.run(days=asked.days, record=asked.out)
        except KeyboardInterrupt:
            print(f"stopped at tick {town.tick}; the history up to there is kept", file=sys.stderr)
            return _INTERRUPTED
    print(aitown.load(asked.out))
    return 0


def _fork(asked: argparse.Namespace) -> int:
    run = aitown.load(asked.folder)
    with aitown.Town.from_run(run, asked.tick, record=asked.out, replay=not asked.no_replay) as town:
        ticks = (run.last_tick or 0) - town.tick if asked.days is None else 0
        try:
            if ticks > 0 or asked.days:
                town.run(days=asked.days or 0, ticks=max(ticks, 0))
        except KeyboardInterrupt:
            print(f"stopped at tick {town.tick}; the history up to there is kept", file=sys.stderr)
            return _INTERRUPTED
    print(aitown.load(asked.out))
    return 0


def _verify(asked: argparse.Namespace) -> int:
    verdict = aitown.load(asked.folder).verify(systems=asked.system)
    print(verdict)
    return {"same": 0, "differs": 1}.get(verdict.state, _FAULT)


def _compare(asked: argparse.Namespace) -> int:
    found = aitown.compare(asked.folder, asked.other)
    print(found)
    return 0 if found.same else 1


def _odd(asked: argparse.Namespace) -> int:
    from aitown.sim.odd import describe

    print(describe(aitown.load(asked.folder).manifest if asked.folder else None), end="")
    return 0


def _moment(text: str) -> int | str:
    return int(text) if text.lstrip("-").isdecimal() else text


def _info(asked: argparse.Namespace) -> int:
    run = aitown.load(asked.folder)
    manifest = run.manifest
    last = run.last_tick or 0
    a_day = f"{run.nbytes / last * 86_400 / run.tick_seconds / 1e6:,.2f} MB a simulated day" if last else "nothing yet"
    facts = {
        "run": run.run_id,
        **run.summary(),
        **({"parent": "{run} at tick {tick}".format(**manifest["parent"])} if "parent" in manifest else {}),
        "clock": f"from {run.start}, {run.tick_seconds:g} s a tick",
        "recorded": f"each {run.record_every}. tick: {a_day}" if run.record_every > 1 else f"every tick: {a_day}",
        "events": f"{len(run.events()):,}",
        "inputs": f"{len(run.inputs()):,}",
        "map": f"{manifest.get('map', '?')} {str(manifest.get('map_hash', ''))[:12]}",
        "versions": ", ".join(f"{name} {number}" for name, number in manifest.get("versions", {}).items()),
        "columns": ", ".join(column.name for column in run.schema["npcs"]),
        "folder": str(run.folder),
    }
    for name, fact in facts.items():
        print(f"{name:>9}  {fact}")
    return 0


def _runs(asked: argparse.Namespace) -> int:
    found = aitown.runs(asked.folder)
    if asked.delete:
        found.delete(asked.delete)
    print(found)
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. 0: done; 2: a mistake, said on stderr; 130: stopped by Ctrl-C."""
    asked = _parser().parse_args(arguments)
    try:
        return int(asked.work(asked))
    except AitownError as error:
        print(f"aitown: {error}", file=sys.stderr)
        return _FAULT
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:  # `aitown runs | head`
        sys.stderr.close()
        return 0


if __name__ == "__main__":
    sys.exit(main())
