"""matplotlib pictures of a run. Each takes a History or a DataFrame of one, draws on `ax`, and returns the Axes."""

from aitown.plot.activity import activity_shares
from aitown.plot.needs import needs
from aitown.plot.timeline import timeline

__all__ = ["activity_shares", "needs", "timeline"]
