"""Every rate and time of the model, with its unit and where it comes from.

The needs are the toy physiology that such towns have had since The Sims: one number each, most of them linear. Energy
is the exception: it is the sleep pressure of the two-process model. Lengths marked as fitted were set so that the hours
a day of sleep, meals, housekeeping and shopping are those of a survey (docs/time-use.md). Those marked "assumption"
were chosen so that an ordinary day comes out: meals when one gets hungry, an hour or two of talk.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from aitown.errors import BadParameter

ASSUMPTION = "assumption"
SPENT = "chosen for the shares of spending of the Consumer Expenditure Survey of 2022, see docs/budgets.md"
FITTED = "fitted to the American Time Use Survey of 2018, see docs/time-use.md"


def _number(
    default: float, unit: str, doc: str, source: str = ASSUMPTION, low: float = 0.0, high: float = 1e6, *,
    whole: bool = False,
) -> Any:  # fmt: skip
    said = {"unit": unit, "doc": doc, "source": source, "low": low, "high": high, "whole": whole}
    return field(default=default, metadata=said)


def _rate(default: float, doc: str, source: str = ASSUMPTION) -> Any:
    return _number(default, "1/h", doc, source, -100, 100)


@dataclass(frozen=True)
class Parameters:
    """What the systems' rules are made of. Immutable; `to_json` and `from_json` are exact.

    Raises:
        BadParameter: for a number outside what its declaration allows.
    """

    walking_speed: float = _number(
        6.0, "tile/min", "Walking speed; 1 tile in a tick of 10 s.",
        "assumption: tiles are symbols of about 10 m, walked at 1 m/s", 0.1, 600,
    )  # fmt: skip

    hunger_awake: float = _rate(0.1, "Hunger while awake.", "assumption: 0.5 about 5 h after a meal")
    hunger_asleep: float = _rate(0.03, "Hunger while asleep.")
    hunger_eating: float = _rate(-2.2, "Hunger while eating.", "assumption: a meal takes about 20 min")
    energy_awake: float = _number(
        -0.055, "1/h", "Energy while awake, as a share of what is left.",
        "1/18.2 h, by which sleep pressure rises in the two-process model: Borbély (1982); Daan, Beersma and Borbély "
        "(1984), Am. J. Physiol. 246, R161-R183", -1, 0,
    )  # fmt: skip
    energy_asleep: float = _number(
        0.238, "1/h", "Energy while asleep, as a share of what is lacking.",
        "1/4.2 h, by which it falls: as above", 0, 1,
    )  # fmt: skip
    energy_resting: float = _number(
        -0.045, "1/h", "Energy while relaxing or at home, as a share of what is left.", ASSUMPTION, -1, 0,
    )  # fmt: skip
    social_alone: float = _rate(-0.08, "Company, while nobody talks with the NPC.")
    social_company: float = _rate(0.12, "Company, while socialising without talking.")
    social_talking: float = _rate(0.7, "Company, while talking.")
    social_heard: float = _number(0.05, "1", "Company gained when somebody speaks to the NPC from outside.", high=1)
    fun_duty: float = _rate(-0.08, "Fun while working, studying or shopping.")
    fun_idle: float = _rate(-0.08, "Fun otherwise.")
    fun_relaxing: float = _rate(0.4, "Fun while relaxing.")
    fun_socialising: float = _rate(0.2, "Fun while socialising.")
    fun_talking: float = _rate(0.2, "Fun while talking, beside that of what one does meanwhile.")
    comfort_busy: float = _rate(-0.06, "Comfort while working, studying, shopping, keeping house or caring.")
    comfort_abroad: float = _rate(-0.12, "Comfort while walking or getting ready.")
    comfort_queueing: float = _rate(-0.6, "Comfort while standing in a queue.")
    comfort_seated: float = _rate(0.1, "Comfort while eating, relaxing or socialising.")
    comfort_home: float = _rate(0.35, "Comfort while at home or asleep.")

    mood_hunger: float = _number(0.25, "1", "Weight of being fed in the mood.")
    mood_energy: float = _number(0.3, "1", "Weight of rest in the mood.")
    mood_social: float = _number(0.2, "1", "Weight of company in the mood.")
    mood_fun: float = _number(0.25, "1", "Weight of pleasure in the mood.")
    mood_comfort: float = _number(0.15, "1", "Weight of comfort in the mood.")

    routine_jitter: float = _number(12.0, "min", "How far a day is shifted at most, drawn per NPC and day.", high=120)
    lie_in: float = _number(90.0, "min", "How much later workers and pupils get up on days off.", high=300)
    late_night: float = _number(15.0, "min", "How much later they go to bed before a day off.", high=300)
    waking_minutes: float = _number(40.0, "min", "From getting up to being ready.", low=1, high=120)
    breakfast_minutes: float = _number(15.0, "min", "Length of breakfast.", FITTED, low=1, high=240)
    lunch_minutes: float = _number(28.0, "min", "Length of the lunch break, the way included.", FITTED, low=1, high=240)
    dinner_minutes: float = _number(25.0, "min", "Length of dinner.", FITTED, low=1, high=240)
    lunch_out: float = _number(0.2, "1", "Share of lunches at a café; pupils have theirs at school.", SPENT, high=1)
    dinner_out: float = _number(0.05, "1", "Share of dinners that are had at a café.", SPENT, high=1)

    hungry: float = _number(0.8, "1", "Hunger at which an NPC eats between meals.", high=1)
    tired: float = _number(
        0.2, "1", "Energy at which it lies down by day.", "assumption: after some 27 h awake", high=1
    )
    nap_minutes: float = _number(60.0, "min", "Length of such a rest.", low=1, high=600)
    snack_minutes: float = _number(20.0, "min", "Length of a meal that the routine didn't plan.", low=1, high=240)
    queue_minutes: float = _number(12.0, "min", "How long an NPC stands in line before it gives up.", low=1, high=240)
    queue_longest: float = _number(6.0, "1", "The longest line, in people, that one still joins.", high=1000)
    queue_cost: float = _number(8.0, "tile", "How much farther a full place seems, for each who waits and oneself.")
    heeding: float = _number(
        1.0, "1", "How much choices heed needs: at 0 each counts as half lacking, and none presses.", high=1,
    )  # fmt: skip
    noise: float = _number(0.35, "1", "Span of the noise on the usefulness of each option.", high=10)
    walk_cost: float = _number(0.01, "1/min", "Usefulness lost for each minute of the way.", high=1)
    home_comfort: float = _number(0.25, "1", "Usefulness of staying at home.", high=2)
    home_ease: float = _number(0.3, "1", "Usefulness that lacking comfort adds to it.", high=2)
    errand_hours: float = _number(
        16.0, "h", "After how long shopping is as useful as can be.", FITTED, low=1, high=1000
    )
    shop_minutes: float = _number(34.0, "min", "Length of shopping, without the way.", FITTED, low=1, high=240)
    chore_hours: float = _number(
        10.0, "h", "After how long keeping house is as useful as can be, for a grown-up.", FITTED, low=1, high=1000,
    )  # fmt: skip
    chore_use: float = _number(0.9, "1", "How useful that is.", high=2)
    child_chores: float = _number(0.25, "1", "Part of a child in the chores.", high=1)
    care_hours: float = _number(
        4.0, "h", "After how long caring for a child of the household is as useful as can be.",
        low=1, high=1000,
    )  # fmt: skip
    care_use: float = _number(1.0, "1", "How useful that is.", high=2)
    stay_least: float = _number(25.0, "min", "Shortest stay for leisure.", low=1, high=600)
    stay_most: float = _number(75.0, "min", "Longest stay for leisure.", low=1, high=600)
    stay_off: float = _number(1.5, "1", "How much longer such stays are on a day off.", low=0.1, high=10)
    mind_minutes: float = _number(
        30.0, "min", "How long an NPC waits for its mind; then the default decides.", low=1, high=1440,
    )  # fmt: skip
    asked_minutes: float = _number(30.0, "min", "Stay at a place to which an NPC was sent.", low=1, high=1440)

    meet_rate: float = _number(4.0, "1/h", "How often a free, open and lonely NPC looks for company.", high=100)
    talk_least: float = _number(3.0, "min", "Shortest conversation.", low=0.5, high=240)
    talk_most: float = _number(16.0, "min", "Longest conversation, of close friends.", low=0.5, high=240)
    quiet_least: float = _number(8.0, "min", "Shortest silence after a conversation.", high=1440)
    quiet_most: float = _number(50.0, "min", "Longest silence after a conversation.", high=1440)
    group_most: float = _number(
        4.0, "NPCs", "How many talk together at most; 2 for pairs alone.",
        "Dunbar, Duncan and Nettle (1995), Hum. Nat. 6, 67-78: an upper limit of about four", 2, 16, whole=True,
    )  # fmt: skip
    join_ease: float = _number(
        0.4, "1", "How readily somebody joins those who talk, beside turning to one who is free.", high=1,
    )  # fmt: skip

    tie_first: float = _number(0.05, "1", "Tie to somebody after the first words.", high=1)
    tie_hours: float = _number(
        90.0, "h", "Talk that takes a tie half of the way to 1, so that strangers are friends.",
        "Hall (2019), J. Soc. Pers. Relat. 36: 80 to 100 h together make a friend; here only talk counts", 0.1, 10_000,
    )  # fmt: skip
    tie_half_life: float = _number(
        110.0, "d", "After how long without contact a tie is half as strong.",
        "chosen so that a tenth is left after a year, as of the ties between otherwise unconnected bankers in Burt "
        "(2002), Bridge decay, Social Networks 24; other ties may last longer", 0.1, 100_000,
    )  # fmt: skip
    kin_half_life: float = _number(
        3600.0, "d", "The same of a tie to kin.",
        "chosen so that nine tenths are left after 18 months: in Roberts and Dunbar (2011), Evol. Hum. Behav. 32, "
        "186-197, closeness to friends fell with contact over that time and closeness to kin hardly", 0.1, 1e6,
    )  # fmt: skip
    acquaintances: float = _number(
        50.0, "NPCs", "How many ties an NPC keeps at most.",
        "chosen: about the third of the circles of 3-5, 9-15, 30-45 people in Zhou, Sornette, Hill and Dunbar (2005), "
        "Proc. R. Soc. B 272, 439-444", 1, 1000, whole=True,
    )  # fmt: skip

    turn_least: float = _number(40.0, "s", "Shortest time between two lines.", low=1, high=3600)
    turn_most: float = _number(80.0, "s", "Longest time between two lines.", low=1, high=3600)

    tell_chance: float = _number(
        0.6, "1", "Chance that somebody with news tells it when it is its turn to talk, to a close friend.", high=1,
    )  # fmt: skip
    tell_stranger: float = _number(0.4, "1", "Share of that chance towards a stranger; between them, by tie.", high=1)
    tell_half_life: float = _number(24.0, "h", "After how long news is half as new.", low=0.1, high=10_000)
    tell_stale: float = _number(
        0.5, "1", "What is left of the wish to tell after each telling to somebody who knew it.",
        "assumption; 0 makes the stiflers of Daley and Kendall (1965) and Maki and Thompson (1973)",
        high=1,
    )  # fmt: skip
    believe_friend: float = _number(0.95, "1", "Chance to believe what a close friend tells.", high=1)
    believe_stranger: float = _number(
        0.6, "1", "Chance to believe what a stranger tells; between them, by tie.", high=1
    )
    accept_friend: float = _number(
        0.9, "1", "Chance to accept the invitation of a close friend, for somebody of middling sociability.", high=1,
    )  # fmt: skip
    accept_stranger: float = _number(
        0.4, "1", "The same of a stranger; between them, by tie; times 0.5 + sociability.", high=1,
    )  # fmt: skip
    forget_half_life: float = _number(
        240.0, "h", "After how long half of those who were told a fact once have forgotten it.",
        "assumption: slower than the nonsense syllables of Ebbinghaus (1885), as it concerns one", 0.1, 100_000,
    )  # fmt: skip

    wage: float = _number(
        1250, "cent/h", "What employers pay for an hour of work.",
        "Eurostat, Wages and labour costs: a single worker without children had 26,136 € net in the EU in 2022, "
        "12.57 an hour over 52 weeks of 40 hours", high=1e6,
    )  # fmt: skip
    rent: float = _number(
        11_800, "cent/week", "Rent of an adult, for all that housing costs.", SPENT, high=1e7,
    )  # fmt: skip
    rent_day: float = _number(4, "1", "Day of the week that begins with the rent; 0 is Monday.", high=6, whole=True)
    meal_price: float = _number(900, "cent", "A meal in a café.", SPENT, high=1e6)
    drink_share: float = _number(
        0.15, "1", "Price of a drink for those who come to a café for company, in meals.", SPENT
    )
    basket_price: float = _number(
        600, "cent", "What a shopper takes home: food, drink, clothes, what is on shelves.", SPENT, high=1e6,
    )  # fmt: skip
    wholesale: float = _number(0.4, "1", "What a place pays for what it sells, in first prices.", high=10)
    shelf: float = _number(30.0, "1", "Stock after a delivery, for each unit of a place's capacity.", high=1000)
    margin: float = _number(0.1, "1", "What employers of kind work sell for, beyond the wages.", high=10)
    pension: float = _number(
        29_000, "cent/week", "What the town pays those without work from 65 on.",
        "58 % of a full-time wage: the aggregate replacement ratio of the EU in 2023 (Eurostat: median pension at 65 "
        "to 74 by median earnings at 50 to 59)", high=1e7,
    )  # fmt: skip
    allowance: float = _number(20_000, "cent/week", "The same for younger adults without a wage.", high=1e7)
    pocket_money: float = _number(1500, "cent/week", "The same for those below 18.", high=1e7)
    savings: float = _number(
        40_000, "cent", "What an adult has at first, on average; exponentially distributed. A child has a tenth.",
        high=1e7,
    )  # fmt: skip
    till: float = _number(200_000, "cent", "What a place has at first; what is above goes to the town.", high=1e8)
    funds: float = _number(
        200_000, "cent", "What the town has at first for each NPC; once a week the world beyond makes it that again.",
        "assumption; that others pay for what a town can't is usual: of the revenue of regions and towns in the OECD "
        "37 % were grants in 2017 (OECD, Regions and Cities at a Glance)", high=1e9,
    )  # fmt: skip
    pooling: float = _number(
        0.7, "1", "Share of the households of several adults who pool their money.",
        "Ponthieux (2015), France, portrait social, Insee: of couples of working age 70 to 75 % pool all they get in "
        "most countries of the EU, from 53 % in Finland to about 90 % in Spain", high=1,
    )  # fmt: skip
    cushion: float = _number(
        40_000, "cent", "What an adult keeps of its money when it spends beyond the town. A child keeps a tenth.",
        "chosen as large as the mean of the savings; a target of this kind is the buffer stock of Carroll (1997), Q. "
        "J. Econ. 112, 1-55", high=1e7,
    )  # fmt: skip
    spending: float = _number(
        0.5, "1/week", "Share of what is above the cushion that is spent beyond the town, when rents are paid.",
        "chosen so that savings come to rest within a month; 0 lets them grow for ever", high=1,
    )  # fmt: skip
    thrift: float = _number(
        8.0, "1", "Usefulness lost by paying: this × −ln(1 − price / money).",
        "the logarithmic utility of money of Bernoulli (1738); the weight is chosen so that people shop as long as in "
        "docs/time-use.md", high=100,
    )  # fmt: skip

    def __post_init__(self) -> None:
        for item in fields(self):
            value, low, high = getattr(self, item.name), item.metadata["low"], item.metadata["high"]
            number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
            if not number or not low <= value <= high or (item.metadata["whole"] and value % 1):
                kind = "a whole number" if item.metadata["whole"] else "a number"
                raise BadParameter(
                    f"{item.name} is {value!r:.80}; expected {kind} from {low:g} to {high:g} "
                    f"({item.metadata['unit']}).",
                    f"The default is {item.default:g}.",
                )
            object.__setattr__(self, item.name, float(value))
        for least, most in (("stay_least", "stay_most"), ("talk_least", "talk_most"),
                            ("quiet_least", "quiet_most"), ("turn_least", "turn_most")):  # fmt: skip
            if getattr(self, least) > getattr(self, most):
                raise BadParameter(
                    f"{least} is {getattr(self, least):g} and {most} {getattr(self, most):g}; expected no more in "
                    "the first.",
                    "Give both, or the smaller of the two as the least.",
                )

    def to_json(self) -> dict[str, float]:
        """Every parameter by name."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Parameters:
        """The parameters that `to_json` wrote; those that are missing have their defaults.

        Raises:
            BadParameter: for an unknown name or a number out of range.
        """
        if not isinstance(data, Mapping):
            raise BadParameter(f"parameters={data!r:.80}; expected names and numbers.", 'As in {"walking_speed": 6}.')
        names = [item.name for item in fields(cls)]
        unknown = sorted({str(name) for name in data} - set(names))
        if unknown:
            near = difflib.get_close_matches(unknown[0], names, 3)
            raise BadParameter(
                f"unknown parameters {', '.join(unknown):.200}.",
                f"Did you mean {', '.join(near)}?" if near else f"All of them: {', '.join(names)}.",
            )
        return cls(**data)
