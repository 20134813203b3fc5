// What can be done to a town from the panel: for each act its fields, its buttons, and the inputs that come of them.

import type { Input } from "../page";

/** What the form says: a field that the act doesn't have is empty. */
export interface Form {
  words: string;
  place: number;
  at: string;
  minutes: number;
  whom: string;
  amount: number;
}

export type Field = keyof Form;

export interface Act {
  name: string;
  fields: Field[];
  /** At least somebody has to be selected. */
  someone: boolean;
  /** Only for towns where there is money. */
  money?: boolean;
  buttons: { label: string; inputs(form: Form, ids: readonly number[]): Input[] }[];
}

export const WHOM = {
  nobody: "nobody at first",
  selected: "the others selected",
  all: "everybody",
} as const;

/** Amounts are said as they are shown, in hundreds of what is counted. */
const cents = ({ amount }: Form) => Math.round(100 * amount);

function invited({ whom }: Form, others: readonly number[]): number[] | "all" {
  if (whom === "all") return "all";
  return whom === "selected" ? [...others] : [];
}

const doors = (["close", "open", "hours"] as const).map((kind, i) => ({
  label: ["Close", "Open", "Usual hours"][i]!,
  inputs: ({ place }: Form): Input[] => [{ kind, place }],
}));

export const ACTS: Act[] = [
  {
    name: "Say",
    fields: ["words"],
    someone: false,
    buttons: [
      {
        label: "Say",
        inputs: ({ words: text }, ids) =>
          ids.length > 0 ? ids.map((to) => ({ kind: "say", text, to })) : [{ kind: "say", text }],
      },
    ],
  },
  {
    name: "Tell a fact",
    fields: ["words"],
    someone: true,
    buttons: [
      {
        label: "Tell",
        inputs: ({ words: fact }, ids) => ids.map((to) => ({ kind: "tell", fact, to })),
      },
    ],
  },
  {
    name: "Invite",
    fields: ["place", "at", "minutes", "whom", "words"],
    someone: true,
    buttons: [
      {
        label: "Invite",
        inputs(form, ids) {
          const [by = 0, ...others] = [...ids].reverse();
          const { place, at, minutes, words: text } = form;
          const more = text ? { text } : {};
          return [{ kind: "invite", by, place, at, minutes, to: invited(form, others), ...more }];
        },
      },
    ],
  },
  {
    name: "Send somewhere",
    fields: ["place"],
    someone: true,
    buttons: [
      { label: "Send", inputs: ({ place }, ids) => ids.map((npc) => ({ kind: "move", npc, place })) },
    ],
  },
  { name: "Open or close", fields: ["place"], someone: false, buttons: doors },
  {
    name: "Give money",
    fields: ["amount"],
    someone: true,
    money: true,
    buttons: [
      { label: "Give", inputs: (form, ids) => ids.map((to) => ({ kind: "give", cents: cents(form), to })) },
      { label: "Take", inputs: (form, ids) => ids.map((by) => ({ kind: "give", cents: cents(form), by })) },
    ],
  },
  {
    name: "Set a price or wage",
    fields: ["place", "amount"],
    someone: false,
    money: true,
    buttons: [
      { label: "Price", inputs: (form) => [{ kind: "price", place: form.place, cents: cents(form) }] },
      { label: "Wage", inputs: (form) => [{ kind: "wage", place: form.place, cents: cents(form) }] },
    ],
  },
];
