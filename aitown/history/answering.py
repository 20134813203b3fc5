"""One question to a run in a folder, as plain data in and bytes out: what the `reader` process does for a server.

Small answers are JSON. Rows are one Arrow stream of frozen integers, as they are stored; any Arrow tool reads it. Its
last batch is empty and carries `aitown: end`, or an error that came up on the way: without it the answer is not whole,
since Arrow itself takes a stream that breaks off between two batches for a whole one.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pyarrow as pa

from aitown.errors import AitownError, BadParameter, DamagedRun, TownEnded, from_json
from aitown.history import layout
from aitown.history.manifest import read_manifest
from aitown.history.reader import History
from aitown.history.store import Selection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

JSON, ARROW = "application/json", "application/vnd.apache.arrow.stream"
REPLAY = "application/vnd.aitown.replay"
MARK = b"aitown"
END = b"end"
_ROWS = 65_536
_OPTIONS = pa.ipc.IpcWriteOptions(compression="zstd")


def answer(folder: str, ask: Mapping[str, Any], say: Callable[[str, bytes], None]) -> None:
    """Answer one question by calls of `say(type, bytes)`, all of one type.

    Args:
        folder: of the run.
        ask: `{"op": "run" | "look" | "inputs" | "metrics" | "document" | "rows" | "replay", "run": id, …}`;
            PROTOCOL.md says what goes with each.
        say: takes a piece of the answer.

    Raises:
        AitownError: before the first piece; later ones travel in the last batch.
    """
    history = History.load(folder)
    if ask.get("run") not in (None, history.run_id):
        raise TownEnded(
            f"the run {ask['run']} has ended; the town lives the run {history.run_id} now.", "Open its history anew."
        )
    op = ask.get("op")
    if op == "rows":
        _rows(history, ask, lambda data: say(ARROW, data))
        return
    if op == "replay":
        say(REPLAY, _replay(history, ask))
        return
    found: Any
    if op == "run":
        found = read_manifest(Path(folder))
    elif op == "look":
        look = history.look()
        found = {
            "bounds": look.bounds,
            "stop": look.stop,
            "damaged": look.damaged,
            "state": history.state,
            "nbytes": history.nbytes,
            "newcomers": history.newcomers,
        }
    elif op == "inputs":
        found = history.inputs().to_dict("records")
    elif op == "metrics":
        found = [one.to_json() for one in history.kept()]
    elif op == "document" and ask.get("name") in (layout.MAP, layout.PERSONAS):
        found = history.document(ask["name"])
    else:
        raise BadParameter(
            f"a question {dict(ask)!r:.100}.", "Expected run, look, inputs, metrics, document, rows or replay."
        )
    say(JSON, orjson.dumps(found, option=orjson.OPT_SERIALIZE_NUMPY))


def _replay(history: History, ask: Mapping[str, Any]) -> bytes:
    """A recorded stretch, at the finest rhythm that keeps it small."""
    from aitown.history.replay import stretch

    ends = [ask.get(name) for name in ("start", "stop")]
    if any(end is not None and (isinstance(end, bool) or not isinstance(end, int)) for end in ends):
        raise BadParameter(f"a replay of ticks {ends}.", "Expected whole numbers for start and stop, or none.")
    whole = ends == [None, None]
    return stretch(history, None if whole else slice(*ends), ties=whole).data


def _rows(history: History, ask: Mapping[str, Any], say: Callable[[bytes], None]) -> None:
    try:
        ids = ask.get("ids")
        chosen = Selection(
            int(ask["start"]),
            int(ask["stop"]),
            int(ask.get("step", 1)),
            int(ask.get("every", 1)),
            None if ids is None else tuple(map(int, ids)),
        )
        table, columns = str(ask["table"]), [str(name) for name in ask["columns"]]
    except (KeyError, TypeError, ValueError) as error:
        raise BadParameter(f"a question for rows that lacks something: {error!r}.", "See PROTOCOL.md.") from error
    if chosen.step < 1 or chosen.every < 1:
        raise BadParameter("a step below 1.", "Expected 1 or more.")
    pieces = history.frozen_pieces(table, columns, chosen)
    first = next(pieces)
    sink = _Sink(say)
    end: dict[bytes, bytes] = {MARK: END}
    with pa.ipc.new_stream(sink, first.schema, options=_OPTIONS) as stream:
        try:
            stream.write_table(first, max_chunksize=_ROWS)
            for piece in pieces:
                stream.write_table(piece, max_chunksize=_ROWS)
        except AitownError as error:
            end = {MARK: orjson.dumps(error.to_json())}
        empty = pa.RecordBatch.from_pylist([], schema=first.schema)
        stream.write_batch(empty, custom_metadata=end)


class _Sink:
    """A file for Arrow that hands on what is written."""

    def __init__(self, say: Callable[[bytes], None]) -> None:
        self._say = say
        self.closed = False

    def write(self, data: Any) -> int:
        self._say(bytes(data))
        return len(data)

    def flush(self) -> None:
        pass

    def writable(self) -> bool:
        return True


def tables(stream: Any) -> Iterator[pa.Table]:
    """The batches of an answer's Arrow stream, from a file-like object.

    Raises:
        DamagedRun: when the answer breaks off.
        AitownError: that came up on the other side.
    """
    broken = DamagedRun("the answer of the server broke off.", "Ask again; the server's log may say why.")
    try:
        with pa.ipc.open_stream(stream) as batches:
            yield batches.schema.empty_table()
            while True:
                batch, metadata = batches.read_next_batch_with_custom_metadata()
                said = (metadata or {}).get(MARK)
                if said == END:
                    return
                if said is not None:
                    raise from_json(orjson.loads(said))
                yield pa.Table.from_batches([batch])
    except StopIteration:
        raise broken from None
    except (pa.ArrowException, OSError, EOFError) as error:
        raise broken from error


__all__ = ["ARROW", "JSON", "REPLAY", "answer", "tables"]
