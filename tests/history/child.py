"""A process that writes a run and says after each `sync` which tick it has promised. It is there to be killed."""

# ruff: noqa: T201
import sys

from aitown.history import Pace, RunWriter
from tests.history.run_model import DOCUMENTS, SCHEMA, block, events, manifest


def main(folder, ticks):
    pace = Pace(flush_seconds=0.01, seal_rows=200)
    try:
        writer = RunWriter.resume(folder, pace)
    except Exception:  # noqa: BLE001 (the first time there is nothing to resume)
        writer = RunWriter.create(folder, manifest(), SCHEMA, DOCUMENTS, pace)
    tick, event, inputs = writer.last_tick + 1, writer.event_count, len(writer.inputs())
    print("from", tick, event, flush=True)
    while tick < ticks:
        span = range(tick, min(tick + 4, ticks))
        writer.write(block(span), events(event, span))
        tick, event = span[-1] + 1, event + len(span)
        if tick % 20 == 0:
            writer.write_input({"id": inputs, "tick": tick})
            inputs += 1
            print("input", inputs, flush=True)
            writer.write_checkpoint(span[-1], block([span[-1]]).tables["npcs"])
            writer.sync()
            print("tick", span[-1], flush=True)
    writer.close()
    print("closed", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
