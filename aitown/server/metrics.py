"""What Prometheus is told at Jupyter's `/metrics`. One set a process: a second would be refused."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

TOWNS = Gauge("aitown_towns", "Towns whose process runs.")
VIEWERS = Gauge("aitown_viewers", "Open sockets of viewers.")
FRAMES = Counter("aitown_frames_total", "Frames that towns have published.", ["town"])
TICK = Gauge("aitown_tick", "The newest tick.", ["town"])
SENT = Counter("aitown_sent_total", "Batches of messages that were written to viewers.")
SENT_BYTES = Counter("aitown_sent_bytes_total", "Bytes that were written to viewers.")
SKIPPED = Counter("aitown_skipped_total", "Times that a viewer was passed over, as its socket was still writing.")
SLOW = Counter("aitown_slow_viewers_total", "Viewers that were dropped because they took nothing.")
ENCODING = Histogram(
    "aitown_encoding_seconds",
    "Seconds for making the messages of one state.",
    buckets=(0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0),
)
INPUTS = Counter("aitown_inputs_total", "Inputs that were given over sockets and REST.", ["result"])
RESTARTS = Counter("aitown_restarts_total", "Starts of a town's process after it had died.", ["town"])
