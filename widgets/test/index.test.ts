// What the module does for its host beside showing a view.

import type { AnyModel } from "@anywidget/types";
import { expect, test } from "vitest";
import widget from "../src/index";

test("the model of a widget that was closed holds nothing large, as its host keeps it", () => {
  const traits: Record<string, unknown> = {
    town: "day",
    _esm: "code",
    _css: "style",
    replay: new DataView(new ArrayBuffer(9)),
  };
  const heard = new Map<string, () => void>();
  const model = {
    set: (name: string, value: unknown) => (traits[name] = value),
    on: (name: string, run: () => void) => heard.set(name, run),
  } as unknown as AnyModel;
  widget.initialize({ model } as never);
  expect(traits).toMatchObject({ _esm: "code", _css: "style" });
  heard.get("destroy")!();
  expect(traits).toEqual({ town: "day", _esm: "", _css: "", replay: undefined });
});
