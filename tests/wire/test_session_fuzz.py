from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from aitown.errors import BadMessage
from tests.wire.test_session import asking, stream

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KINDS = ("ping", "resync", "visibility", "input", "control", "mind", "decide")
FIELDS = ("id", "epoch", "seq", "hidden", "ask", "inputs", "kind")


@given(st.sampled_from(KINDS) | st.text(), st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=5), json_values))
def test_anything_is_taken_or_is_a_bad_message(kind, fields):
    session = asking()
    try:
        session.receive(json.dumps({**fields, "type": kind}), 0.0)
    except BadMessage:
        return
    session.due(stream())
