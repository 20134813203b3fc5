"""matplotlib pictures of a run. Each takes a History or a DataFrame of one, draws on `ax`, and returns the Axes."""

from aitown.plot.activity import activity_shares
from aitown.plot.diffusion import diffusion
from aitown.plot.knowing import knowledge
from aitown.plot.live import live
from aitown.plot.metric import compare, metric
from aitown.plot.needs import needs
from aitown.plot.network import network
from aitown.plot.occupancy import occupancy
from aitown.plot.timeline import timeline
from aitown.plot.trajectories import trajectories

__all__ = [
    "activity_shares",
    "compare",
    "diffusion",
    "knowledge",
    "live",
    "metric",
    "needs",
    "network",
    "occupancy",
    "timeline",
    "trajectories",
]
