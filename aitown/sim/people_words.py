"""Words from which `people` makes names, traits, pastimes and jobs; of our own making."""

GIVEN = (
    "Abel", "Ada", "Alba", "Alma", "Amos", "Anouk", "Anton", "Ari", "Asa", "Astrid", "Aya", "Basil", "Bea",
    "Birgit", "Bram", "Cala", "Caleb", "Cleo", "Cyra", "Dagny", "Dara", "Dina", "Edda", "Eli", "Ella", "Elio",
    "Emre", "Enzo", "Esme", "Ezra", "Fay", "Fenna", "Finn", "Flora", "Gil", "Greta", "Gwen", "Hana", "Hugo", "Ida",
    "Ilse", "Imre", "Ina", "Ira", "Isak", "Ivo", "Jana", "Jem", "Jonas", "Juno", "Kai", "Kaja", "Karim", "Kira",
    "Lars", "Lea", "Leif", "Lila", "Linus", "Lior", "Luca", "Lux", "Mads", "Mae", "Malik", "Mara", "Marlo", "Mila",
    "Mina", "Mona", "Nadia", "Naoki", "Nell", "Nils", "Noor", "Nora", "Odin", "Ola", "Olga", "Omar", "Orla",
    "Oskar", "Otis", "Paz", "Perla", "Petra", "Quinn", "Rafi", "Rana", "Remy", "Rhea", "Rika", "Roan", "Rosa",
    "Rune", "Sami", "Selma", "Sol", "Stig", "Suri", "Tamar", "Tara", "Theo", "Tilda", "Timo", "Tova", "Ulla", "Uma",
    "Vera", "Viggo", "Vita", "Wanda", "Wim", "Xeno", "Yael", "Yann", "Yuki", "Zane", "Zita", "Zora",
)  # fmt: skip

HEADS = (
    "Ald", "Ash", "Bar", "Bel", "Birk", "Bram", "Cal", "Car", "Cor", "Dal", "Dan", "Del", "Eld", "Ever", "Fal",
    "Fen", "Gar", "Glen", "Hal", "Hart", "Hol", "Kel", "Kes", "Lan", "Lin", "Mar", "Mel", "Mor", "Nor", "Oak", "Or",
    "Pen", "Pol", "Quin", "Ran", "Ros", "Sal", "Sel", "Stan", "Tal", "Tam", "Thorn", "Tor", "Val", "Ver", "Wal",
    "Wen", "Wes", "Wil", "Yar",
)  # fmt: skip

TAILS = (
    "bank", "beck", "berg", "bourne", "bury", "by", "combe", "dale", "den", "field", "ford", "gate", "grove", "ham",
    "hurst", "ing", "ley", "low", "man", "mere", "mond", "more", "ner", "ney", "ridge", "rose", "sen", "shaw",
    "sky", "son", "stead", "stone", "ström", "ten", "ton", "vale", "vik", "ward", "way", "well", "wick", "win",
    "wood", "worth",
)  # fmt: skip

TRAITS = (
    "calm", "cheerful", "clever", "curious", "daring", "dreamy", "dry", "easygoing", "forgetful", "frank",
    "friendly", "funny", "gentle", "generous", "hopeful", "inventive", "kind", "lively", "loyal", "modest",
    "musical", "orderly", "patient", "playful", "precise", "proud", "quiet", "restless", "sharp", "shy", "sporty",
    "steady", "stubborn", "tactful", "thoughtful", "thrifty", "warm", "witty",
)  # fmt: skip

LOVES = (
    "the first coffee of the day", "long walks", "a good argument", "old maps", "singing", "gardening", "card games",
    "the smell of bread", "football", "repairing things", "birds", "reading late", "cooking for others", "the river",
    "dancing", "quiet mornings",
)  # fmt: skip

NO_WORK = ("between jobs", "a carer at home", "a student at home", "busy at home")

OCCUPATIONS = {
    "Office": ("clerk", "accountant", "planner", "designer", "engineer"),
    "Works": ("mechanic", "welder", "carpenter", "machinist"),
    "Clinic": ("nurse", "doctor", "carer"),
    "Library": ("librarian",),
    "work": ("worker", "craftsperson", "assistant"),
    "shop": ("shop assistant", "shopkeeper"),
    "cafe": ("barista", "cook", "waiter"),
    "school": ("teacher", "caretaker"),
    "other": ("attendant",),
}
"""By a word in the name of the place of work, else by its kind."""
