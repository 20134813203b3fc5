// One mirror that shows now this one and now that: scene and panels hold it and needn't know.

import { Mirror } from "../mirror";

/** A mirror whose every property is that of `current()`. */
export function lensOn(current: () => Mirror): Mirror {
  const lens = Object.create(Mirror.prototype) as Mirror;
  for (const name of Object.getOwnPropertyNames(new Mirror())) {
    Object.defineProperty(lens, name, {
      get: () => Reflect.get(current(), name),
      set: (value) => Reflect.set(current(), name, value),
    });
  }
  return lens;
}
