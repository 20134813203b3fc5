"""The Jupyter server extension `aitown`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from jupyter_server.extension.application import ExtensionApp
from traitlets import Float, Int, Unicode

from aitown.server.handlers import HANDLERS
from aitown.server.registry import Registry, Wish
from aitown.server.supervisor import Deadlines

STOP_SECONDS = 12.0


class AitownApp(ExtensionApp):
    """Towns beside the notebooks: `{base_url}aitown/ws`, `/state` and the REST calls of PROTOCOL.md."""

    name = "aitown"
    description = "A Jupyter server with aitown: simulated towns of NPCs, alive in notebooks."
    load_other_extensions = False
    extension_url = "/aitown/api/towns"
    serverapp_config: dict[str, Any] = {"open_browser": False}  # noqa: RUF012 (as ExtensionApp declares it)

    runs_folder = Unicode(
        "runs", config=True, help="Where new runs and the list of towns are kept, relative to the server's folder."
    )
    default_town = Unicode("riverbend", config=True, help="The town that answers when no name is given; also its map.")
    default_npcs = Int(25, config=True, help="How many NPCs the default town has.")
    max_towns = Int(20, config=True, help="How many towns may run at once.")
    max_viewers = Int(2000, config=True, help="How many viewers may watch towns at once.")
    beat_seconds = Float(
        15.0,
        config=True,
        help="A town without a sign of life for so long is started again. On Linux, what it waited for a processor "
        "does not count.",
    )
    recheck_seconds = Float(
        60.0, min=0.01, config=True, help="How often it is asked whether a viewer is still logged in and may read."
    )
    compiling_seconds = Float(120.0, config=True, help="How long a town may take to start and to compile.")

    registry: Registry

    def initialize_settings(self) -> None:
        assert self.serverapp is not None
        root = Path(self.serverapp.root_dir).resolve()
        self.registry = Registry(
            root,
            root / self.runs_folder,
            self.log,
            default=Wish(self.default_town, npcs=self.default_npcs),
            max_towns=self.max_towns,
            max_viewers=self.max_viewers,
            deadlines=Deadlines(hello=self.compiling_seconds, compiling=self.compiling_seconds, beat=self.beat_seconds),
        )
        self.settings["aitown_registry"] = self.registry
        self.settings["aitown_recheck_seconds"] = self.recheck_seconds

    def initialize_handlers(self) -> None:
        self.handlers.extend(HANDLERS)

    async def stop_extension(self) -> None:
        """End all towns, within a bounded time: what still runs then ends when this process does."""
        try:
            await asyncio.wait_for(self.registry.stop_all(), STOP_SECONDS)
        except Exception:  # an exception here could leave a server that can't be stopped
            self.log.exception("aitown | stopping the towns")


def main() -> None:
    """`jupyter aitown`: a Jupyter server with this extension."""
    AitownApp.launch_instance()  # type: ignore[no-untyped-call]
