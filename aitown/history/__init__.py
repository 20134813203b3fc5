"""The whole history of a run in one folder: written by `RunWriter`, read by `History`."""

from aitown.history.listing import Runs, runs
from aitown.history.reader import History
from aitown.history.tables import Pace
from aitown.history.writer import RunWriter

load = History.load

__all__ = ["History", "Pace", "RunWriter", "Runs", "load", "runs"]
