// The past of a town of a server, and what can be asked where there is only a past.

import { knock } from "../door";
import { Api, type Control, type ControlAnswer, NOWHERE, type Person, type Server } from "../page";
import type { Tie } from "../scene/ties";
import type { Stream } from "../share";
import type { Fetch } from "../timeline/dock";
import { askKernel, bytesOf, type Carrier, NO_KERNEL } from "../transport/comm";
import { decodeReplay, type Replay } from "./decode";

/** Asks the server for stretches of the run that a stream shows. */
export function pastOf(server: Server, town: string, stream: Stream): Fetch {
  const url = `${server.baseUrl}aitown/api/towns/${encodeURIComponent(town)}/history`;
  return async (signal, start, stop) => {
    const question = { op: "replay", run: stream.mirror.moment?.run, start, stop };
    const address = `${url}?ask=${encodeURIComponent(JSON.stringify(question))}`;
    const answer = await knock(server, document.cookie, address, { signal }).catch((fault: unknown) => {
      if (signal.aborted) throw fault;
      throw new Error("The server can't be reached.");
    });
    if (answer.ok) return decodeReplay(new Uint8Array(await answer.arrayBuffer()));
    const said = (await answer.json().catch(() => ({}))) as { message?: string };
    throw new Error(said.message ?? `The server answered with ${answer.status}.`);
  };
}

/** Knows what travelled with the stretch, and does nothing. */
export class RecordedApi extends Api {
  constructor(private readonly replay: Replay) {
    super(NOWHERE, "");
  }

  override control(): Promise<never> {
    return Promise.reject(new Error("This was recorded: nothing of it can be changed."));
  }

  override input(): Promise<never> {
    return this.control();
  }

  override person(id: number): Promise<Person> {
    const persona = this.replay.header.personas[id] ?? {};
    return Promise.resolve({ persona, npc: { id, name: this.replay.header.names[id] ?? "", x: 0, y: 0 } });
  }

  override ties(): Promise<never> {
    return Promise.reject(new Error("No ties were recorded with this."));
  }

  override art(): Promise<Uint8Array<ArrayBuffer>> {
    const { art } = this.replay;
    return art ? Promise.resolve(art) : Promise.reject(new Error("The map's pictures didn't travel along."));
  }

  override log(): Promise<{ lines: string[] }> {
    return Promise.resolve({ lines: [] });
  }
}

/** Acts and asks over the comm alone. */
export class KernelApi extends Api {
  constructor(
    private readonly model: Carrier,
    private readonly over: Stream["ask"],
  ) {
    super(NOWHERE, "", over);
  }

  override control(what: Control): Promise<ControlAnswer> {
    const asked = this.over({ type: "control", ...what }) as Promise<ControlAnswer> | undefined;
    return asked ?? Promise.reject(new Error(NO_KERNEL));
  }

  override async person(id: number, signal: AbortSignal): Promise<Person> {
    const [said] = await askKernel(this.model, { npc: id }, signal);
    return { persona: said.persona ?? {}, npc: { id, name: "", x: 0, y: 0 } };
  }

  override async ties(id: number, signal: AbortSignal): Promise<Tie[]> {
    const [said] = await askKernel(this.model, { ties: id }, signal);
    return said.ties ?? [];
  }

  override async art(name: string, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    const [, [data]] = await askKernel(this.model, { art: name }, signal);
    if (!data) throw new Error("The kernel has no pictures of this map.");
    return new Uint8Array(bytesOf(data));
  }

  override log(): Promise<{ lines: string[] }> {
    return Promise.resolve({ lines: [] });
  }
}
