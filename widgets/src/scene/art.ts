// A map's own tiles (PROTOCOL.md, "The art of a map"): one picture a cell, copied from an atlas.

import { inflate } from "../replay/decode";

export interface Art {
  /** Pixels of a tile's side, in the atlas. */
  tile: number;
  columns: number;
  width: number;
  height: number;
  background: string | null;
  /** By cell: 0, or 1 and the number of its picture. */
  cells: Uint16Array;
  atlas: CanvasImageSource;
}

interface Header extends Omit<Art, "cells" | "atlas"> {
  art: number;
  tiles: number;
  type: string;
}

const VERSION = 1;
const SHARP = 1.5;

/** Reads the bytes that are before the image. Throws, in words for people, where they are no art that this page knows. */
export async function readArt(
  data: Uint8Array<ArrayBuffer>,
): Promise<{ header: Header; cells: Uint16Array; image: Uint8Array<ArrayBuffer> }> {
  const fault = new Error("The map's pictures are damaged.");
  const bytes = await inflate(data).catch(() => {
    throw fault;
  });
  const size = new DataView(bytes.buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + size))) as Header;
  if (header.art !== VERSION) throw new Error("The map's pictures are of another version of aitown.");
  const start = 4 + size;
  const stop = start + 2 * header.width * header.height;
  if (stop > bytes.length) throw fault;
  const view = new DataView(bytes.buffer, start);
  const cells = Uint16Array.from({ length: header.width * header.height }, (_, i) =>
    view.getUint16(2 * i, true),
  );
  return { header, cells, image: bytes.slice(stop) };
}

export async function openArt(data: Uint8Array<ArrayBuffer>): Promise<Art> {
  const { header, cells, image } = await readArt(data);
  const atlas = await createImageBitmap(new Blob([image], { type: header.type }));
  return { ...header, cells, atlas };
}

const blank = (width: number, height: number) => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  return canvas;
};

/** Paints `count` × `count` cells from (x0, y0) on over the whole of a canvas. */
export function paintTiles(
  c: CanvasRenderingContext2D,
  art: Art,
  x0: number,
  y0: number,
  count: number,
): void {
  const { tile, columns, width, height, cells } = art;
  // At their own size first: what is copied from an atlas and scaled at once bleeds into its neighbours.
  const plain = blank(count * tile, count * tile);
  const p = plain.getContext("2d")!;
  for (let y = Math.max(0, y0); y < Math.min(height, y0 + count); y++) {
    for (let x = Math.max(0, x0); x < Math.min(width, x0 + count); x++) {
      const n = cells[y * width + x]! - 1;
      if (n < 0) continue;
      const [sx, sy] = [(n % columns) * tile, Math.floor(n / columns) * tile];
      p.drawImage(art.atlas, sx, sy, tile, tile, (x - x0) * tile, (y - y0) * tile, tile, tile);
    }
  }
  const { width: w, height: h } = c.canvas;
  c.setTransform(1, 0, 0, 1, 0, 0);
  c.imageSmoothingEnabled = w < SHARP * plain.width;
  c.imageSmoothingQuality = "high";
  c.drawImage(plain, 0, 0, w, h);
}

/** The map with a pixel a tile, each of its tile's mean colour; clear where there is none. */
export function paintFar(art: Art): HTMLCanvasElement {
  const { tile, columns, width, height, cells } = art;
  const most = cells.reduce((a, b) => Math.max(a, b), 1);
  const rows = Math.ceil(most / columns);
  let small: CanvasImageSource = art.atlas;
  // Halved again and again: browsers take few samples when they make something much smaller.
  for (let size = tile; size > 1; ) {
    const next = Math.max(1, Math.floor(size / 2));
    const smaller = blank(columns * next, rows * next);
    const s = smaller.getContext("2d", { willReadFrequently: next === 1 })!;
    s.imageSmoothingQuality = "high";
    s.drawImage(small, 0, 0, columns * size, rows * size, 0, 0, columns * next, rows * next);
    [small, size] = [smaller, next];
  }
  const canvas = blank(width, height);
  const c = canvas.getContext("2d")!;
  const means = (small as HTMLCanvasElement).getContext("2d")!.getImageData(0, 0, columns, rows);
  const from = new Uint32Array(means.data.buffer);
  const image = c.createImageData(width, height);
  const to = new Uint32Array(image.data.buffer);
  for (let i = 0; i < cells.length; i++) if (cells[i]! > 0) to[i] = from[cells[i]! - 1]!;
  c.putImageData(image, 0, 0);
  return canvas;
}
