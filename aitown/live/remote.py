"""The history of a town whose folder isn't at hand: rows come over HTTP, and the same `History` answers."""

from __future__ import annotations

import contextlib
import http.client
import json
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING, Any

from aitown.errors import AitownError, DamagedRun, NoServer, from_json
from aitown.history import History
from aitown.history.answering import tables
from aitown.history.kept import Kept
from aitown.history.progress import reaching
from aitown.history.source import Look
from aitown.history.store import Selection

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pyarrow as pa

    from aitown.client import Server

_FRESH_SECONDS = 0.5
_IDS = 1_000
"""More ids than that are not sent: all rows come, and are chosen here."""


class ServerSource:
    """A run that is read through its server.

    Args:
        server: where it is.
        town: its name there.
        run: its run; another run of the same town is an error.
    """

    def __init__(self, server: Server, town: str, run: str) -> None:
        self._server = server
        self._town = town
        self._run = run
        self._looked: tuple[float, dict[str, Any]] = (0.0, {})

    def look(self) -> Look:
        found = self._fresh()
        bounds = found["bounds"]
        return Look(tuple(bounds) if bounds else None, int(found["stop"]), tuple(found["damaged"]))

    def pieces(self, look: Look, table: str, columns: Sequence[str], chosen: Selection) -> Iterator[pa.Table]:
        ids = chosen.ids if chosen.ids is None or len(chosen.ids) <= _IDS else None
        question = {
            "op": "rows",
            "table": table,
            "columns": list(columns),
            "start": chosen.start,
            "stop": min(chosen.stop, look.stop),
            "step": chosen.step,
            "every": chosen.every,
            **({} if ids is None else {"ids": list(ids)}),
        }
        ticks = range(max(chosen.start, look.bounds[0] if look.bounds else 0), min(chosen.stop, look.stop))
        with self._ask(question) as answer:
            for piece in reaching(tables(answer), ticks, f"reading {table}"):
                yield piece if ids == chosen.ids else chosen.of_ids(piece)

    def raw(self, look: Look, table: str) -> tuple[list[Path], pa.Table]:
        import pyarrow as pa

        from aitown.history.rows import arrow_schemas

        schema = arrow_schemas(self.history().schema)[table]
        pieces = self.pieces(look, table, schema.names, Selection(0, look.stop))
        return [], pa.concat_tables(piece.select(schema.names) for piece in pieces)

    def state(self) -> str:
        return str(self._fresh()["state"])

    def expected_tick(self) -> int:
        return int(self._json({"op": "run"}).get("last_tick", -1)) if self.state() == "finished" else -1

    def inputs(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._json({"op": "inputs"})
        return found

    def newcomers(self) -> Sequence[tuple[int, str]]:
        found = self._looked[1] or self._fresh()
        return [(int(npc), str(name)) for npc, name in found["newcomers"]]

    def kept(self) -> list[Kept]:
        return [Kept.from_json(one) for one in self._json({"op": "metrics"})]

    def document(self, name: str) -> Any:
        return self._json({"op": "document", "name": name})

    @property
    def nbytes(self) -> int:
        return int(self._fresh()["nbytes"])

    def history(self) -> History:
        """The History of the run.

        Raises:
            NoServer, NotAllowed, UnknownTown: as the server answers.
        """
        return History(self, self._json({"op": "run"}))

    def __str__(self) -> str:
        return f"{self._server.url}aitown/api/towns/{self._town}"

    def _fresh(self) -> dict[str, Any]:
        when, found = self._looked
        if not found or time.monotonic() - when > _FRESH_SECONDS:
            found = self._json({"op": "look"})
            self._looked = (time.monotonic(), found)
        return found

    def _json(self, question: dict[str, Any]) -> Any:
        with self._ask(question) as answer:
            return json.loads(answer.read())

    @contextlib.contextmanager
    def _ask(self, question: dict[str, Any]) -> Iterator[Any]:
        asked = json.dumps({**question, "run": self._run})
        path = f"aitown/api/towns/{urllib.parse.quote(self._town, safe='')}/history"
        url = f"{self._server.url}{path}?{urllib.parse.urlencode({'ask': asked})}"
        request = urllib.request.Request(url)  # noqa: S310 (the server's own address)
        if self._server.token:
            request.add_header("Authorization", f"token {self._server.token}")
        try:
            with self._opener().open(request, timeout=300) as answer:
                yield answer
        except urllib.error.HTTPError as error:
            raise _refusal(error, self._server.url) from None
        except urllib.error.URLError as error:
            raise NoServer(f"no server answers at {self._server.url}: {error.reason}.", "Is Jupyter running?") from None
        except (OSError, http.client.HTTPException) as error:
            raise DamagedRun(f"the answer of the server broke off: {error}.", "Ask again.") from error

    def _opener(self) -> urllib.request.OpenerDirector:
        if not self._server.local:
            return urllib.request.build_opener()
        lenient = ssl.create_default_context()  # the certificate of a server on this machine is often its own
        lenient.check_hostname = False
        lenient.verify_mode = ssl.CERT_NONE
        return urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=lenient)
        )


def _refusal(error: urllib.error.HTTPError, url: str) -> AitownError:
    try:
        return from_json(json.loads(error.read()))
    except (ValueError, OSError):
        return AitownError(f"{url} answered {error.code}.", "See the server's log.")
