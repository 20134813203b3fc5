"""A process that writes a run and says after each `sync` which tick it has promised. It is there to be killed."""

# ruff: noqa: T201
import itertools
import os
import signal
import sys

from aitown.history import History, Pace, RunWriter, metric
from tests.history.run_model import DOCUMENTS, WITH_ACCOUNTS, block, block_with_accounts, events, manifest, record


@metric(columns="money", unit="cent", table="accounts", whole=True)
def richest(accounts):
    """What the fullest account has."""
    return accounts["money"].groupby(level="tick").max()


def die_at(number):
    """Die at this call to the disk: before it, or when half of it is written."""
    calls = itertools.count(1)

    def deadly(name, call):
        def called(first, *more, **named):
            if next(calls) == number:
                if name == "write":
                    call(first, more[0][: len(more[0]) // 2])
                os.kill(os.getpid(), signal.SIGKILL)
            return call(first, *more, **named)

        return called

    for name in ("write", "fsync", "ftruncate", "rename", "replace", "unlink"):
        setattr(os, name, deadly(name, getattr(os, name)))


def main(folder, ticks):
    pace = Pace(flush_seconds=0.01, seal_rows=200)
    try:
        writer = RunWriter.resume(folder, pace)
    except Exception:  # noqa: BLE001 (the first time there is nothing to resume)
        writer = RunWriter.create(folder, manifest(), WITH_ACCOUNTS, DOCUMENTS, pace)
    tick, event, inputs = writer.last_tick + 1, writer.event_count, len(writer.inputs())
    print("from", tick, event, flush=True)
    while tick < ticks:
        span = range(tick, min(tick + 4, ticks))
        writer.write(block_with_accounts(span), events(event, span))
        tick, event = span[-1] + 1, event + len(span)
        if tick % 20 == 0:
            writer.write_input(record(inputs, tick))
            inputs += 1
            print("input", inputs, flush=True)
            writer.write_checkpoint(span[-1], block([span[-1]]).tables["npcs"])
            writer.sync()
            print("tick", span[-1], flush=True)
        if tick % 300 == 0:
            print("metric", History.load(folder).record_metrics(richest, every=20).index[-1], flush=True)
    writer.close()
    print("closed", flush=True)


if __name__ == "__main__":
    die_at(int(sys.argv[3]))
    main(sys.argv[1], int(sys.argv[2]))
