"""What people of a town say: phrases by part of a conversation, topic and closeness.

Fields in braces are filled by `lines.py`: `other` (first name of the hearer), `friend` (first name of somebody whom the
speaker knows), `place`, `part` (morning, afternoon, evening, night), `weekday`, `job` (the speaker's occupation),
`doing`.
"""

from __future__ import annotations

GREETINGS = {
    "friends": (
        "{other}! Good to see you.",
        "There you are, {other}.",
        "Hello {other}, sit with me a moment?",
        "{other}, I was just thinking of you.",
        "Hey {other}, how is your {part}?",
    ),
    "acquaintances": (
        "Good {greeting}, {other}.",
        "Hello {other}, how are you keeping?",
        "Oh, {other}. Nice to run into you.",
        "Hi {other}. Busy {weekday}?",
    ),
    "strangers": (
        "Good {greeting}. I don't think we've talked before.",
        "Hello. Lovely {part}, isn't it?",
        "Hi there. I'm {me}.",
        "Excuse me, is it always like this at {place}?",
    ),
}

GREETINGS_BACK = {
    "friends": (
        "{other}! All the better for seeing you.",
        "Hello you. I have a few minutes.",
        "Hey {other}. What's new?",
        "I hoped you'd be around.",
    ),
    "acquaintances": (
        "Good {greeting}, {other}. Can't complain.",
        "Hello {other}. Fine, thank you.",
        "Hi. Just {doing}, as you see.",
        "Nice to see you too.",
    ),
    "strangers": (
        "Hello. I'm {me}, I {live}.",
        "Good {greeting} to you.",
        "Hi. Yes, quite a nice {part}.",
        "Hello. Have we met?",
    ),
}

FAREWELLS = {
    "friends": (
        "I must be off. See you soon, {other}.",
        "Let's do this again tomorrow.",
        "Take care of yourself, {other}.",
        "Say hello at home from me.",
        "Right, back to it. Bye, {other}.",
    ),
    "acquaintances": (
        "Well, I should get on. Bye, {other}.",
        "Good talking to you.",
        "See you around, {other}.",
        "Have a good {part}.",
    ),
    "strangers": (
        "Nice to have met you.",
        "I won't keep you. Good {part}.",
        "See you again, maybe.",
        "Goodbye, then.",
    ),
}

REMARKS = {
    "day": (
        "What a {part}. I could stay like this for hours.",
        "This {weekday} is going by fast.",
        "The light is beautiful this {part}.",
        "I slept well for once.",
        "Did you hear the birds this morning?",
        "It smells like rain, don't you think?",
    ),
    "place": (
        "I always end up at {place}.",
        "It's busier than usual at {place} today.",
        "I like {place} best in the {part}.",
        "{place} needs more benches, if you ask me.",
        "Do you come to {place} often?",
    ),
    "food": (
        "I could eat that soup every day.",
        "They've got the good bread again.",
        "Did you bring something, or shall we share?",
        "I'm trying to cook more at home.",
        "The pie is better than it looks.",
    ),
    "work": (
        "Work never ends when you're a {job}.",
        "You'd be surprised what a {job} sees in a day.",
        "I've got a long list waiting for me.",
        "Things went well at work for a change.",
        "I might ask for a free day next week.",
    ),
    "people": (
        "Have you seen {friend} lately?",
        "{friend} told me the funniest story.",
        "I promised {friend} a visit.",
        "I think {friend} could use some company.",
        "{friend} and I go back a long way.",
    ),
    "plans": (
        "Any plans for the {later}?",
        "I want to be outside more this week.",
        "I still have to go to the shop.",
        "We should do something together on Sunday.",
        "I'm thinking of painting the kitchen.",
    ),
    "feeling": (
        "I'm a bit tired today, to be honest.",
        "I feel quite cheerful, no idea why.",
        "I've been restless all day.",
        "It does me good to talk.",
        "I could use a walk.",
    ),
    "pastime": (
        "I'm reading a book I can't put down.",
        "I've started drawing again.",
        "My tomatoes are coming up at last.",
        "I'm learning that old song by heart.",
        "I walked along the river yesterday.",
    ),
}

ANSWERS = {
    "day": (
        "Me too. It's a fine {part}.",
        "{weekday}s are always like that.",
        "I hadn't noticed, but you're right.",
        "Let's enjoy it while it lasts.",
    ),
    "place": (
        "It has something, doesn't it?",
        "I prefer it when it's quiet.",
        "There's nowhere else quite like it.",
        "I should come here more often.",
    ),
    "food": (
        "I'd share, gladly.",
        "Now you've made me hungry.",
        "My grandmother made it with apples.",
        "Try it with a little salt.",
    ),
    "work": (
        "Don't let them keep you too long.",
        "Somebody has to do it.",
        "You should take that day.",
        "I couldn't do what you do.",
    ),
    "people": (
        "Give them my best.",
        "Really? I hadn't heard.",
        "We should all meet up.",
        "They speak well of you, too.",
    ),
    "plans": (
        "Count me in.",
        "Nothing yet. You?",
        "That sounds like you.",
        "I'll think about it.",
    ),
    "feeling": (
        "I know what you mean.",
        "Then be kind to yourself today.",
        "You do look it, {other}.",
        "It comes and goes.",
    ),
    "pastime": (
        "You must show me some time.",
        "I wish I had the patience.",
        "How do you find the hours?",
        "That's wonderful, {other}.",
    ),
}

TELLINGS = (
    "Have you heard? {fact}",
    "{fact} That's what they say.",
    "Listen, {other}: {fact}",
    "By the way: {fact}",
    "I meant to tell you. {fact}",
)

REACTIONS = {
    "belief": (
        "You don't say!",
        "Well, well. Thanks for telling me.",
        "Good to know, {other}.",
        "I'm glad you told me.",
    ),
    "doubt": (
        "I don't know, {other}. Who says so?",
        "I'd be surprised.",
        "I'll believe it when I see it.",
        "Are you sure?",
    ),
    "known": (
        "So I've heard.",
        "I know, everybody talks about it.",
        "Yes, I was told.",
        "That's no news to me, {other}.",
    ),
}

REPLIES = (
    "I hear you.",
    "Is somebody there? I'm {doing}, as you can see.",
    "Thank you, that gives me something to think about.",
    "Good to know.",
    "I'll keep it in mind while I'm {doing}.",
    "A voice, at this hour of the {part}?",
)
