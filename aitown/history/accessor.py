"""`frame.town`: more ways to look at a DataFrame that came from a History.

It is there on DataFrames of `History.npcs` and `History.places`, and on what one cut or computed from them, as long as
the index still has the level `tick`. Loading a History makes it known to pandas.
"""

from __future__ import annotations

import importlib
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from aitown.errors import BadParameter
from aitown.history.asking import unknown
from aitown.history.frames import times
from aitown.history.times import Clock, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_PLOTS = "aitown.plot"
_KEYS = ("npc", "place", "row")
How = Literal["mean", "median", "min", "max", "std", "sum"]
_HOWS = ("mean", "median", "min", "max", "std", "sum")


class TownAccessor:
    """See the methods; each gives a new DataFrame and changes nothing.

    Raises:
        AttributeError: for a DataFrame without an index level `tick`.
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        if "tick" not in frame.index.names:
            raise AttributeError(
                "`.town` is for DataFrames with an index level `tick`, as History.npcs and History.places give them; "
                f"this one has the index {', '.join(map(str, frame.index.names))}."
            )
        self._frame = frame

    @property
    def units(self) -> dict[str, str]:
        """The unit of each column, as far as it is known."""
        known = self._frame.attrs.get("units", {})
        return {str(name): known.get(name, "") for name in self._frame.columns}

    @property
    def time(self) -> pd.Series[Any]:
        """The town's clock at each row: the column `time`, or computed from the tick.

        Raises:
            BadParameter: when the DataFrame has neither the column nor knows its run.
        """
        if "time" in self._frame.columns:
            return self._frame["time"]
        attrs = self._frame.attrs
        if not {"start", "tick_seconds"} <= set(attrs):
            raise BadParameter(
                "a DataFrame that has no column `time` and has forgotten its run.", 'Ask for it: run.npcs([…, "time"]).'
            )
        ticks = self._frame.index.get_level_values("tick").to_numpy()
        clock = Clock(attrs["start"], attrs["tick_seconds"])
        return pd.Series(times(clock, ticks), index=self._frame.index, name="time")

    def per_place(
        self,
        columns: str | Iterable[str] | None = None,
        by: Literal["day", "hour"] | None = None,
        how: How = "mean",
    ) -> pd.DataFrame:
        """Places beside one another: index `place`, or `(place, day)` or `(place, hour)`.

        `npcs` is the mean number of NPCs in the place at the ticks of the DataFrame; then come the columns, over those
        who were there. Who was between places counts nowhere.

        Args:
            columns: with numbers; None for all that are shares or in tiles.
            by: "day" (a date) or "hour" (of the day, 0 to 23) puts these beside one another, too.
            how: mean, median, min, max, std or sum of the columns.

        Raises:
            UnknownName: for a column that isn't there, `place` among them.
            BadParameter: for another `by` or `how`, and for columns without numbers.
        """
        self._needs("place")
        numbers = self._numbers(columns, how)
        frame = self._frame
        keys: list[Any] = [frame["place"]]
        ticks = pd.Series(frame.index.get_level_values("tick"), index=frame.index)
        if by is not None:
            keys.append(self._split(by))
        grouped = frame[numbers].groupby(keys, observed=True)
        out = getattr(grouped, how)()
        count = ticks.groupby(keys, observed=True).size()
        whole = ticks.nunique() if by is None else ticks.groupby(keys[1]).nunique()
        share = count / whole if by is None else count.div(whole, level=by)
        out.insert(0, "npcs", share.reindex(out.index))
        return self._from(out, {"npcs": "NPCs"})

    def per_npc(self, columns: str | Iterable[str] | None = None, how: How = "mean") -> pd.DataFrame:
        """Each NPC over the whole DataFrame; index `npc`. Arguments and errors as for `per_place`."""
        if "npc" not in self._frame.index.names:
            raise BadParameter("a DataFrame without the index level npc.", "Take one of History.npcs.")
        numbers = self._numbers(columns, how)
        return self._from(getattr(self._frame[numbers].groupby(level="npc"), how)())

    def resample(self, every: Span, how: How = "mean") -> pd.DataFrame:
        """Coarser in time: one row an NPC (or place) and step of the clock; the index is that of the DataFrame.

        A step's tick is its first one in the DataFrame; `time` is the beginning of the step. Numbers become their mean
        (or `how`), ids and labels what they were for most of the time.

        Args:
            every: "1h", "15min", a timedelta, or a number of ticks.
            how: mean, median, min, max, std or sum.
        """
        self._how(how)
        frame = self._frame
        key = self._key()
        step = self._step(every)
        ids = pd.Series(frame.index.get_level_values(key), index=frame.index, name=key)
        ticks = pd.Series(frame.index.get_level_values("tick"), index=frame.index, name="tick")
        groups: list[Any] = [step.rename("_step"), ids]
        first = ticks.groupby(step).transform("min")
        index = [first.rename("tick"), ids]
        done: dict[str, Any] = {}
        for name in frame.columns:
            column = frame[name]
            if name == "time":
                done["time"] = step.groupby(index).first()
            elif self._is_number(str(name)):
                done[str(name)] = getattr(column.groupby(index), how)()
            else:
                done[str(name)] = _mostly(column, index)
        out = pd.DataFrame(done) if done else pd.DataFrame(index=step.groupby(groups).first().index)
        return self._from(out)

    def activity_shares(
        self, column: str = "activity", by: Literal["hour", "time"] = "hour", minutes: int = 15
    ) -> pd.DataFrame:
        """The share of rows with each label, by time; rows of the result add up to 1.

        Args:
            column: a labelled column.
            by: "hour" for the time of day, in hours, all days together; "time" for the clock.
            minutes: width of a step of time.

        Raises:
            UnknownName: for a column that isn't there.
            BadParameter: for a column without labels, another `by`, or other minutes.
        """
        if by not in ("hour", "time"):
            raise BadParameter(f"by={by!r}.", 'Expected "hour" or "time".')
        if not 1 <= minutes <= 1440:  # noqa: PLR2004 (the minutes of a day)
            raise BadParameter(f"minutes={minutes!r}.", "Expected 1 to 1440.")
        self._labels(column)
        time = self.time
        if by == "time":
            when = time.dt.floor(f"{minutes}min")
        else:
            seconds = (time - time.dt.normalize()).dt.total_seconds()
            when = seconds // (60 * minutes) * (60 * minutes) / 3600
        grouped = self._frame.groupby([when.rename(by), self._frame[column]], observed=False)
        counts = grouped.size().unstack(column, fill_value=0)  # noqa: PD010 (counts of categories)
        return counts.div(counts.sum(axis=1).replace(0, np.nan), axis=0)

    def time_budget(self, column: str = "activity") -> pd.DataFrame:
        """Hours a day that each NPC spends on each label; index `npc`, rows add up to 24.

        Take whole days, or the hours that are missing are shared out like those that are there.
        """
        self._labels(column)
        ids = self._frame.index.get_level_values("npc")
        counts = self._frame.groupby([ids, self._frame[column]], observed=False).size().unstack(column, fill_value=0)  # noqa: PD010
        out = counts.div(counts.sum(axis=1).replace(0, np.nan), axis=0) * 24
        out.attrs = {**self._frame.attrs, "units": dict.fromkeys(map(str, out.columns), "h a day")}
        return out

    @property
    def plot(self) -> Plots:
        """The plots of `aitown.plot`, of this DataFrame: `frame.town.plot.timeline()`."""
        return Plots(self._frame)

    def _key(self) -> str:
        found = [name for name in _KEYS if name in self._frame.index.names]
        if not found:
            raise BadParameter("a DataFrame without an index level npc or place.", "Take one of History.npcs.")
        return found[0]

    def _needs(self, *columns: str) -> None:
        for name in columns:
            if name not in self._frame.columns:
                raise unknown("column", name, [str(there) for there in self._frame.columns])

    def _labels(self, column: str) -> None:
        self._needs(column)
        if not isinstance(self._frame[column].dtype, pd.CategoricalDtype):
            labelled = [str(n) for n in self._frame.columns if isinstance(self._frame[n].dtype, pd.CategoricalDtype)]
            raise BadParameter(
                f"column {column!r} has numbers; expected labels.", f"Labels have: {', '.join(labelled) or 'none'}."
            )

    def _is_number(self, name: str) -> bool:
        """Whether a mean of it means something: ids and labels are none."""
        return pd.api.types.is_numeric_dtype(self._frame[name].dtype) and self.units.get(name) != "id"

    def _numbers(self, columns: str | Iterable[str] | None, how: str) -> list[str]:
        self._how(how)
        if columns is None:
            return [str(name) for name in self._frame.columns if self._is_number(str(name))]
        asked = [columns] if isinstance(columns, str) else list(columns)
        self._needs(*asked)
        for name in asked:
            if not pd.api.types.is_numeric_dtype(self._frame[name].dtype):
                raise BadParameter(f"column {name!r} has no numbers.", "Count labels with activity_shares.")
        return asked

    def _how(self, how: str) -> None:
        if how not in _HOWS:
            raise BadParameter(f"how={how!r}.", f"Expected one of {', '.join(_HOWS)}.")

    def _split(self, by: str) -> pd.Series[Any]:
        if by == "day":
            day: pd.Series[Any] = self.time.dt.normalize().rename("day")
            return day
        if by == "hour":
            hour: pd.Series[Any] = self.time.dt.hour.rename("hour")
            return hour
        raise BadParameter(f"by={by!r}.", 'Expected "day", "hour" or nothing.')

    def _step(self, every: Span) -> pd.Series[Any]:
        """The beginning of the step of the clock that each row falls in."""
        seconds = self._frame.attrs.get("tick_seconds")
        if seconds is None:
            raise BadParameter("a DataFrame that has forgotten its run.", "Resample what a History gave first.")
        ticks = Clock(self._frame.attrs["start"], seconds).ticks(every)
        if isinstance(every, bool) or ticks < 1:
            raise BadParameter(f"every={every!r}.", 'Expected a number of ticks, 1 or more, or a time such as "1h".')
        floor: pd.Series[Any] = self.time.dt.floor(pd.Timedelta(seconds=ticks * seconds)).rename("time")
        return floor

    def _from(self, out: pd.DataFrame, more: dict[str, str] | None = None) -> pd.DataFrame:
        out.attrs = {**self._frame.attrs, "units": {**self._frame.attrs.get("units", {}), **(more or {})}}
        return out


def _mostly(column: pd.Series[Any], index: list[pd.Series[Any]]) -> pd.Series[Any]:
    """The value that each group has most often; of several the first in order. Missing when it mostly is."""
    labels = isinstance(column.dtype, pd.CategoricalDtype)
    codes = column.cat.codes if labels else column
    counts = codes.rename("code").groupby([*index, codes.rename("code")]).size().rename("n").reset_index()
    keys = [str(part.name) for part in index]
    counts = counts.sort_values([*keys, "n", "code"], ascending=[*(True for _ in keys), False, True])
    best = counts.drop_duplicates(keys).set_index(keys)["code"]
    if labels:
        from_codes: Any = pd.Categorical.from_codes
        return pd.Series(from_codes(best.to_numpy(), dtype=column.dtype), index=best.index)
    return best.astype(column.dtype)


@cache
def register() -> None:
    """Make `.town` known to pandas."""
    pd.api.extensions.register_dataframe_accessor("town")(TownAccessor)


class Plots:
    """The functions of `aitown.plot`, each with the DataFrame as its first argument."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame

    def __getattr__(self, name: str) -> Callable[..., Any]:
        # By its name, because this room doesn't know that one: whoever asks for pictures has matplotlib loaded.
        room = importlib.import_module(_PLOTS)
        if name not in room.__all__:
            raise AttributeError(f"no plot {name!r}; there is {', '.join(room.__all__)}.")
        return partial(getattr(room, name), self._frame)

    def __dir__(self) -> list[str]:
        return sorted(importlib.import_module(_PLOTS).__all__)
