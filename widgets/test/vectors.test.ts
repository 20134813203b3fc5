// The golden bytes of tests/vectors, which the Python side writes and reads too.

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "../src/decode";
import { Mirror } from "../src/mirror";
import type { Message, NpcRow, PlaceRow } from "../src/types";

const folder = new URL("../../tests/vectors/", import.meta.url);
const read = <T>(name: string) => JSON.parse(readFileSync(new URL(name, folder), "utf8")) as T;

type Form = "rows" | "cols" | "bin";
type Forms = Record<Form, string>;
interface Case {
  name: string;
  full: Forms;
  updates: (Forms & { whole: NpcRow[]; places: PlaceRow[] })[];
}

const bytes = (base64: string) => new Uint8Array(Buffer.from(base64, "base64")).buffer;
const message = (said: Forms, form: Form) =>
  parse(form === "bin" ? bytes(said.bin) : said[form]) as Message & { payload: object };

function take(mirror: Mirror, said: Message): void {
  mirror.state(said.payload!, said, 0);
}
const npcs = (mirror: Mirror) => [...mirror.npcs.values()].map(({ row }) => row).sort((a, b) => a.id - b.id);
const places = (mirror: Mirror) => [...mirror.places.values()].sort((a, b) => a.id - b.id);

const { cases } = read<{ cases: Case[] }>("messages.json");
const forms: Form[] = ["rows", "cols", "bin"];

describe.each(cases)("messages.json: $name", ({ full, updates }) => {
  test.each(forms)("%s, one after the other", (form) => {
    const mirror = new Mirror();
    take(mirror, message(full, form));
    for (const update of updates) {
      const said = message(update, form);
      take(mirror, said);
      expect(npcs(mirror)).toEqual(update.whole);
      expect(places(mirror)).toEqual(update.places);
      expect(mirror.moment).toMatchObject({ tick: said.payload!.tick, clock: said.payload!.clock });
    }
  });

  test("the first state is the same in all three", () => {
    const [rows, cols, bin] = forms.map((form) => {
      const mirror = new Mirror();
      take(mirror, message(full, form));
      const { moment, map, schema, status, start } = mirror;
      return { npcs: npcs(mirror), places: places(mirror), moment, map, schema, status, start };
    });
    expect(cols).toEqual(rows);
    expect(bin).toEqual(rows);
  });

  test("a town may change its form on the way", () => {
    const mirror = new Mirror();
    take(mirror, message(full, "bin"));
    for (const [i, update] of updates.entries()) {
      take(mirror, message(update, forms[i % 3]!));
      expect(npcs(mirror)).toEqual(update.whole);
    }
  });
});

test("payload.json is a state that a simple client sees", () => {
  const mirror = new Mirror();
  const payload = read<Message["payload"] & { npcs: NpcRow[] }>("payload.json");
  mirror.state(payload, { type: "full_state" }, 0);
  expect(npcs(mirror)).toEqual(payload.npcs);
  expect(mirror.map).toEqual(payload.map);
});

test("no vector is left unread", () => {
  const pipe = ["frame.json", "framing.json"]; // between the server and its town: nothing of it reaches a page
  expect(readdirSync(folder).sort()).toEqual(
    [...pipe, "art.json", "messages.json", "payload.json", "replay.json"].sort(),
  );
});
