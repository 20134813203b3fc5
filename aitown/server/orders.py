"""Inputs and controls as plain data from outside, checked before they go down the pipe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aitown.errors import BadParameter

if TYPE_CHECKING:
    from collections.abc import Mapping

OPS = ("play", "pause", "step")
_ORDER = ("op", "speed", "ticks")
_PIPE = frozenset({"type", "id", "op"})
"""Names that mean something on the pipe."""
_MOST_FIELDS = 50


def check_order(fields: Mapping[str, Any]) -> dict[str, Any]:
    """A control: `op` and what belongs to it. The town itself checks the numbers.

    Raises:
        BadParameter: for another op or an unknown field.
    """
    order = {key: value for key, value in fields.items() if value is not None}
    if unknown := sorted(set(order) - set(_ORDER)):
        raise BadParameter(f"unknown fields {', '.join(unknown):.200}.", f"Known fields: {', '.join(_ORDER)}.")
    if order.get("op") not in OPS:
        raise BadParameter(f"unknown op {order.get('op')!r:.80}.", 'Expected "play", "pause" or "step".')
    return order


def check_input(fields: Mapping[str, Any]) -> dict[str, Any]:
    """An input: a `kind` and its fields, which the town itself checks.

    Raises:
        BadParameter: when there is no kind, or what can't be fields.
    """
    given = {key: value for key, value in fields.items() if value is not None}
    if not isinstance(given.get("kind"), str):
        raise BadParameter("an input without a kind.", 'Send {"kind": "say", "text": …}.')
    wrong = sorted(key for key in given if key in _PIPE or not key.isidentifier())
    if wrong or len(given) > _MOST_FIELDS:
        raise BadParameter(f"fields that no input has: {', '.join(wrong) or len(given)!s:.200}.", "See PROTOCOL.md.")
    return given
