// The golden art of tests/vectors, which the Python side writes; pixels are looked at in a real browser.

import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { decodeReplay, fromBase64 } from "../../src/replay/decode";
import { readArt } from "../../src/scene/art";

const file = new URL("../../../tests/vectors/art.json", import.meta.url);
const golden = JSON.parse(readFileSync(file, "utf8")) as { data: string; header: object; cells: number[] };

const packed = (header: object, ...parts: Uint8Array[]) => {
  const text = Buffer.from(JSON.stringify(header));
  const size = Buffer.alloc(4);
  size.writeUInt32LE(text.length);
  return new Uint8Array(gzipSync(Buffer.concat([size, text, ...parts])));
};

test("cells, header and image come out as they went in", async () => {
  const { header, cells, image } = await readArt(fromBase64(golden.data));
  expect(header).toEqual(golden.header);
  expect([...cells]).toEqual(golden.cells);
  expect(Buffer.from(image.subarray(0, 4)).toString()).toBe("RIFF");
  expect(Buffer.from(image.subarray(8, 12)).toString()).toBe("WEBP");
});

test("damage and other versions are said in words", async () => {
  const bytes = fromBase64(golden.data);
  await expect(readArt(bytes.slice(0, 30))).rejects.toThrow("damaged");
  await expect(readArt(packed({ art: 1, width: 9, height: 9 }, new Uint8Array(8)))).rejects.toThrow(
    "damaged",
  );
  await expect(readArt(packed({ art: 2 }))).rejects.toThrow("another version");
});

test("a stretch has its map's pictures last, and is damaged without them", async () => {
  const header = { replay: 1, frames: 0, tick: 0, tables: {}, art: 3 };
  const replay = await decodeReplay(packed(header, new Uint8Array([7, 8, 9])));
  expect([...replay.art!]).toEqual([7, 8, 9]);
  await expect(decodeReplay(packed(header, new Uint8Array([7, 8])))).rejects.toThrow("damaged");
});
