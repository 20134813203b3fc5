"""What the ODD description says that no declaration holds: purpose, concepts, and the sentences between the tables."""

from __future__ import annotations

HEAD = """\
After the ODD protocol (Overview, Design concepts, Details) in its second update: Grimm et al. (2020), JASSS 23(2) 7,
<https://doi.org/10.18564/jasss.4259>. This page is written by `aitown odd` from the code that runs: every variable, parameter,
default and rule is the declared one. `aitown odd RUN` describes the model of a run, with its own values and systems."""

PURPOSE = """\
The model is a laboratory for questions about small societies: who meets whom and why, how something spreads, what a change of
hours, places or habits does to a town. It is meant for comparing treatments of the same town under the same noise, for teaching,
and as the ground on which minds of other kinds (scripts, a researcher's rules, language models) are set beside a plain default.
It is not meant for forecasting a real town.

The patterns by which it is judged: nobody stands in a wall, places hold no more visitors than they have room; over two days
everybody sleeps at night, eats, and works or studies; the shares of a day that go into sleep, work, meals, leisure and ways are those
of time-use surveys, as far as they were fitted, and the others are the test of it; rent, cafés and shops take the shares of spending of a survey, for
which rents and prices were set; conversations begin, have turns and end; facts
spread by telling alone, so that who knows something has met somebody who knew it."""

ENTITIES = """\
A town consists of people (NPCs), places ({kinds}) and the tiles of a map, on which people walk. A tile is a symbol of about 10 m;
a tick is 10 simulated seconds unless said otherwise, so a day has 8,640. Runs take days to weeks, 25 to a million people. All
state is in the tables below; there is none beside them. A person's constant traits (name, age, background, ties) are its persona."""

SCHEDULING = """\
Time goes in ticks. At the beginning of a tick the inputs that are due are written into columns that inputs own; somebody who moves in
or out is put into the town or taken from it whole. No rule of the model has anybody come or go. Then the systems run in this order, each over all NPCs or places in the order of their ids; each writes the columns that it owns and no other. What a
system writes is seen by those after it in the same tick. Slow processes (choosing among them) look around once a simulated minute."""

AFTER = """\
After the last system the published columns are quantised into the frame of the tick, which is what is recorded and shown. What happens
within a tick is written to the log of events as it happens: {events}."""

CONCEPTS = {
    "Basic principles": "Routine plus deviation: a persona's day says what is asked for at which hour, needs that drift with what one does "
    "make people leave it. Needs are linear or exponential in time, after the toy physiology of such towns and the two-process model of sleep.",
    "Emergence": "Who meets whom, how full places are, who is friends with whom, how far a fact gets and how fast are not laid down; they "
    "come from where routines and needs bring people at the same time. That people work and sleep at certain hours is imposed by personas.",
    "Adaptation": "In free time an NPC chooses among places and pastimes by how useful they are to its needs now, less the way there. Work, "
    "sleep and meals follow the routine unless hunger or exhaustion press.",
    "Objectives": "The usefulness of an option: the sum of the needs that it serves, weighted by how much each lacks, plus noise (`choosing`).",
    "Learning": "None in the default. Ties grow and fade with contact; facts are learnt and forgotten. Minds of one's own may learn.",
    "Prediction": "None, but that people leave home early enough for work by the length of the way.",
    "Sensing": "An NPC knows its own state, its ties, the places near it and whether they let visitors in, and who is in the same place. It "
    "knows facts that it was told.",
    "Interaction": "Direct: conversations between people in the same place, in which facts are told. Indirect: places have room for so many; "
    "who comes late finds them full.",
    "Collectives": "None beside households (a shared home and strong ties; most share their money) and the graph of ties.",
    "Observation": "Everything published is recorded at every tick (or every `record_every`), all events and inputs always. What is recorded is "
    "the frame, never the state within a tick.",
}

STOCHASTICITY = """\
Where the rules leave something open it is drawn: jitter of days, noise on choices, who speaks to whom, what is told and believed. Two runs
that differ in a treatment share the draws of everybody whom it doesn't touch (common random numbers)."""

INITIALISATION = """\
A town begins at its `start`, a Monday at 6:00 unless said otherwise, with everybody where the routine has them at that hour. Map and people
depend on the map's name and the number of people alone, never on the seed; the seed is that of the behaviour."""

INPUT_DATA = """\
The model reads no time series. A map and personas are given at the beginning. What comes from outside later are inputs; each is checked,
written to the journal with its tick, and applied at the beginning of that tick, so that a run can be repeated from its journal:"""

SUBMODELS = """\
One for each system, in the order in which they run; the text is that of the file that implements it (`aitown/sim/systems/`)."""
