"""A town, a link that does everything that links do, and a client: all of it without a socket or a clock.

The steps are what can happen; after each one `check` holds what must hold, and `quiet` lets the link be good for a
while and holds what must be true then.
"""

from __future__ import annotations

import json
import random
from collections import deque

import pytest

from aitown.wire import line as actions
from aitown.wire.dial import Dial, form_for
from aitown.wire.line import Line
from aitown.wire.mirror import read
from aitown.wire.position import HEARTBEAT, Need, Status
from aitown.wire.session import Session
from aitown.wire.stream import Stream
from tests.wire.helpers import any_frame, hello, said, with_one_more

MOST_NAMES = 6
CLOCK = "2025-03-03T06:00:00"
RETRY = (1000, 1001, 1006, 1011, 1012, 1013, 4408, 4429, 4500)
STEPS = (
    *("tick", "serve", "deliver") * 4,
    *("up", "advance") * 2,
    *("speak", "accept", "answer", "join"),
    *("drop", "double", "swap", "cut", "vanish", "revive", "restart", "refuse", "stale", "leap", "hide"),
)


def content(message):
    return read(message.data if message.opcode == 2 else message.data.decode())


class Link:
    """One socket: what is under way on it, both ways."""

    def __init__(self, session):
        self.session = session
        self.down = deque()
        self.up = deque()
        self.gone = False  # the server has lost it, and the client doesn't know


class World:
    """`seed` decides the towns; the steps are the caller's."""

    def __init__(self, seed, query=None):
        self.chance = random.Random(seed)
        self.now = 1000.0
        self.states = {}
        self.dialled = None
        self.link = None
        self.asked = None
        self.stale = None
        self.seen = None
        self.applied = []
        self.dials = []
        self.told = []
        self.missed = 0
        self.lives = 0
        self.tick = 0
        self.frame = None
        self.names = ["Ada", "Ben"]
        self.history = []
        self.sent_at = self.now
        self.hidden = False
        self.stream = Stream()
        self.begin()
        self.line = Line(self.chance.random, query=query or {"delta": "1", "fmt": "auto"})
        self.do(self.line.start(self.now))

    # the town

    def begin(self):
        self.lives += 1
        self.stream.begin(f"e{self.lives}", hello(tick=self.tick, names=list(self.names)))
        self.show()

    def step_join(self):
        """Somebody moves in, and shows at once or with the next frame."""
        if len(self.names) < MOST_NAMES:
            self.names.append(f"New {len(self.names)}")
            self.stream.join([{"npc": len(self.names) - 1, "persona": {"name": self.names[-1]}}])
            self.frame = with_one_more(self.frame)
            if self.chance.random() < 0.5:
                self.step_tick()

    def show(self):
        self.frame = any_frame(self.chance, self.tick, self.frame)
        self.stream.show(self.frame, CLOCK)
        state = self.stream.state()
        self.states[state.position] = json.loads(state.get(Need("plain state_update")).data)["payload"]

    def step_tick(self):
        self.tick += 1
        self.show()

    def step_speak(self):
        self.tick += 1
        event = said(self.chance.choice((-1, 0, 1)), f"{self.lives}/{self.tick}", self.tick, len(self.history))
        self.history.append(event)
        self.stream.tell([event])
        self.show()

    def step_revive(self):
        """The town's process dies and goes on from an earlier tick; its server and the sockets live."""
        self.tick = max(0, self.tick - self.chance.randrange(6))
        while self.history and self.history[-1]["tick"] > self.tick:
            self.history.pop()
        self.begin()

    def step_restart(self):
        """The server itself dies, with all sockets; nothing is kept but the run."""
        self.step_cut(1001)
        self.stream = Stream()
        self.stream.next_event = len(self.history)
        self.lives += 1
        self.stream.begin(f"e{self.lives}", hello(tick=self.tick, names=list(self.names)))
        self.show()

    # the link

    def step_accept(self):
        if self.dialled is not None and self.link is None:
            self.link = Link(Session(Dial.parse(self.dialled)))
            self.dialled = None
            self.sent_at = self.now
            self.do(self.line.opened(self.now))

    def step_refuse(self):
        if self.dialled is not None and self.link is None:
            self.dialled = None
            self.do(self.line.closed(1006, "refused", self.now))

    def step_serve(self):
        link = self.link
        if link is not None and not link.gone:
            due = link.session.due(self.stream)
            if not due and link.session.wants_beat and self.now - self.sent_at >= HEARTBEAT:
                due = [link.session.mark("hb")]
            if due:
                self.sent_at = self.now
            link.down.extend(due)

    def step_deliver(self):
        if self.link is not None and self.link.down:
            self.do(self.line.heard(content(self.link.down.popleft()), self.now))

    def step_up(self):
        link = self.link
        if link is not None and link.up and not link.gone:
            link.session.receive(link.up.popleft(), self.now)

    def step_drop(self):
        self._disturb(lambda down, at: down.__delitem__(at))

    def step_double(self):
        self._disturb(lambda down, at: down.insert(at, down[at]))

    def step_swap(self):
        self._disturb(lambda down, at: down.rotate(1) if at else None)

    def _disturb(self, how):
        if self.link is not None and self.link.down:
            how(self.link.down, self.chance.randrange(len(self.link.down)))

    def step_cut(self, code=None):
        if self.link is not None:
            self.link = None
            self.do(self.line.closed(code or self.chance.choice(RETRY), "cut", self.now))
        elif self.dialled is not None and code:
            self.dialled = None
            self.do(self.line.closed(code, "cut", self.now))

    def step_vanish(self):
        """A zombie: the server has forgotten the socket, the client has not."""
        if self.link is not None:
            self.link.gone = True

    def step_hide(self):
        """Nobody looks, or somebody again."""
        if self.link is not None and not self.link.gone:
            self.hidden = not self.hidden
            self.link.session.receive(json.dumps({"type": "visibility", "hidden": self.hidden}), self.now)

    # `/state`

    def step_answer(self):
        if self.asked is None:
            return
        self.asked = None
        self.do(self.line.answered(self.whole() if self.chance.random() < 0.8 else None, self.now))

    def step_stale(self):
        """An answer that was read when it was asked, and comes late."""
        if self.asked is not None:
            message, self.asked = self.asked, None
            self.do(self.line.answered(message, self.now))

    def whole(self):
        form = form_for(self.chance.choice(("rows", "cols", "bin")), 2)
        return content(self.stream.state().get(Need("full_state", form, status=Status())))

    # time

    def step_advance(self, seconds=None):
        until = self.now + (seconds or self.chance.choice((0.1, 1.0, 3.0, 12.0)))
        for _ in range(1000):
            due = self.line.due()
            if due is None or due > until:
                break
            self.now = max(self.now, due)
            self.do(self.line.wake(self.now))
        else:
            pytest.fail("the line never rests")
        self.now = until

    def step_leap(self):
        """The laptop slept: the clock is far ahead before anything is woken."""
        self.now += self.chance.choice((60, 3600, 100_000))
        self.do(self.line.wake(self.now))

    # what the line wants

    def do(self, wanted):
        for action in wanted:
            if isinstance(action, actions.Dial):
                assert self.dialled is None, "one pending dial"
                assert self.link is None, "one live socket"
                self.dialled = dict(action.query)
                self.dials.append(self.now)
            elif isinstance(action, actions.Send):
                if self.link is not None:
                    self.link.up.append(action.text)
            elif isinstance(action, actions.Ask):
                assert self.asked is None, "one request at a time"
                self.asked = self.whole()
            elif isinstance(action, actions.Hang):
                self.link = self.dialled = self.asked = None
            elif isinstance(action, actions.Show):
                self.shown(action.payload)
            elif isinstance(action, actions.Tell):
                self.heard(action.message)
            else:
                pytest.fail(f"{action} after nothing that is permanent")
        if not self.line._asking:
            self.asked = None

    def shown(self, payload):
        position = self.line.mirror.position
        if self.seen is not None and self.seen.epoch == position.epoch:
            assert position.seq > self.seen.seq, "G1"
        self.seen = position
        assert payload == self.states[position], "G2: a state that the town was never in"

    def heard(self, message):
        if message["type"] == "event":
            self.told += message["events"]
            self.missed += message["missed"]

    def check(self):
        due = self.line.due()
        assert self.line.stopped or due is not None or self.link is not None or self.dialled is not None, (
            "it rests for ever"
        )

    def quiet(self):
        """The link is good from now on: after a while the client has the newest state."""
        if self.hidden and self.link is not None and not self.link.gone:
            self.step_hide()
        self.hidden = False
        self.step_serve()
        if self.link is not None and self.chance.random() < 0.5:
            self.link.down.clear()
        for _ in range(400):
            self.step_accept()
            for _ in range(20):
                self.step_up()
                self.step_serve()
                self.step_deliver()
            if self.asked is not None:
                self.asked = None
                self.do(self.line.answered(self.whole(), self.now))
            self.step_advance(0.25)
        assert self.link is not None
        assert not self.link.gone, "G8: the zombie was replaced"
        while self.link.down:
            self.step_deliver()
        assert self.line.mirror.position == self.stream.position, "G2: after quiet the newest"
        assert self.line.mirror.payload == self.states[self.stream.position]

    def run(self, steps):
        for step in steps:
            getattr(self, f"step_{step}")()
            self.check()
