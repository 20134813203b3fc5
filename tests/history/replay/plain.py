"""Reads a replay the slow way, from what PROTOCOL.md says, one number after another."""

import gzip
import json


def read(data):
    """The header, the ticks, and `tables[table][column]` as a list of rows, each a list along the ticks."""
    raw = gzip.decompress(data)
    size = int.from_bytes(raw[:4], "little")
    header = json.loads(raw[4 : 4 + size])
    at = 4 + size

    def column(width, rows, length):
        nonlocal at
        count = rows * length
        planes = [raw[at + plane * count : at + (plane + 1) * count] for plane in range(width)]
        at += width * count
        out = []
        for row in range(rows):
            value, series = 0, []
            for i in range(row * length, (row + 1) * length):
                zigzag = sum(planes[plane][i] << (8 * plane) for plane in range(width))
                step = zigzag // 2 if zigzag % 2 == 0 else -(zigzag + 1) // 2
                value = (value + step + 2**31) % 2**32 - 2**31
                series.append(value)
            out.append(series)
        return out

    (ticks,) = column(header["tick"], 1, header["frames"])
    tables = {
        table: {name: column(width, told["rows"], told["length"]) for name, width in told["columns"]}
        for table, told in header["tables"].items()
    }
    assert at + header.get("art", 0) == len(raw), "bytes are left over"
    return header, ticks, tables


def read_art(data):
    """The pictures of the map, which come last."""
    raw = gzip.decompress(data)
    size = int.from_bytes(raw[:4], "little")
    count = json.loads(raw[4 : 4 + size]).get("art", 0)
    return raw[len(raw) - count :]
