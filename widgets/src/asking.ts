// What was asked over the socket and waits for its answer, by id.

import type { Message } from "./types";

const ANSWERS = ["accepted", "done", "minding", "rejected"];
const UNKNOWN =
  "The connection broke before the server answered: this was perhaps done, perhaps not. Look at the town before you try again.";

interface Pending {
  resolve: (answer: Message) => void;
  reject: (fault: Error) => void;
}

export class Asking {
  private readonly pending = new Map<number, Pending>();
  private last = 0;

  /** `send` says whether the message went out. */
  constructor(private readonly send: (message: object) => boolean) {}

  /**
   * The answer to a message of the client's, `accepted`, `done` or `minding`.
   * Undefined when no socket takes it, so that nothing was asked; a rejection is an error in words for people.
   */
  ask(message: { type: "input" | "control" | "mind" }): Promise<Message> | undefined {
    const id = this.last + 1;
    if (!this.send({ ...message, id })) return undefined;
    this.last = id;
    return new Promise((resolve, reject) => this.pending.set(id, { resolve, reject }));
  }

  /** Takes an answer in; false when the message is none. */
  heard(message: Message): boolean {
    if (!ANSWERS.includes(message.type)) return false;
    const { id } = message;
    const one = this.pending.get(id as number);
    this.pending.delete(id as number);
    if (message.type !== "rejected") one?.resolve(message);
    else one?.reject(new Error([message.message, message.remedy].filter(Boolean).join(" ") || "Refused."));
    return true;
  }

  /** The socket is gone, and with it whatever it would have answered. */
  lost(): void {
    const all = [...this.pending.values()];
    this.pending.clear();
    for (const { reject } of all) reject(new Error(UNKNOWN));
  }
}
