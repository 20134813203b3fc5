from aitown.sim import codes
from aitown.sim.map import PLACE_KINDS
from aitown.sim.npcs import (
    FACT_COLUMNS,
    GATE_COLUMNS,
    GIFT_COLUMNS,
    KNOWLEDGE_COLUMNS,
    NPC_COLUMNS,
    PLACE_COLUMNS,
    PURSE_COLUMNS,
    TIE_COLUMNS,
    TILE_COLUMNS,
)
from aitown.sim.schedule import SYSTEMS

OWNERS = {system.__name__ for system in SYSTEMS} | {"inputs", "setup"}


def test_each_column_has_an_owner_a_unit_and_a_sentence():
    inside = (*TILE_COLUMNS, *TIE_COLUMNS, *FACT_COLUMNS, *KNOWLEDGE_COLUMNS, *PURSE_COLUMNS, *GIFT_COLUMNS)
    for column in (*NPC_COLUMNS, *PLACE_COLUMNS, *GATE_COLUMNS, *inside):
        assert column.owner in OWNERS, column.name
        assert column.unit, column.name
        assert column.doc.endswith("."), column.name


def test_the_published_columns_are_those_of_the_protocol():
    assert [column.name for column in NPC_COLUMNS if column.frozen] == [
        "x", "y", "heading", "place", "activity", "why", "target", "partner",
        "mood", "hunger", "energy", "social", "fun", "comfort", "money", "arrears", "alive",
    ]  # fmt: skip
    assert [column.name for column in PLACE_COLUMNS if column.frozen] == [
        "open", "occupants", "queue", "till", "stock", "price", "wage",
    ]  # fmt: skip


def test_the_kinds_of_places_are_numbered_as_the_map_has_them():
    numbered = {kind: int(getattr(codes, kind.upper())) for kind in PLACE_KINDS}
    assert numbered == {kind: number for number, kind in enumerate(PLACE_KINDS)}
