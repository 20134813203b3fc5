"""The whole history of a run in one folder: written by `RunWriter`, read by `History`."""

from aitown.history.comparing import Comparison, compare
from aitown.history.listing import Runs, runs
from aitown.history.metrics import Metric, metric
from aitown.history.opening import load
from aitown.history.reader import History
from aitown.history.tables import Pace
from aitown.history.writer import RunWriter

__all__ = ["Comparison", "History", "Metric", "Pace", "RunWriter", "Runs", "compare", "load", "metric", "runs"]
