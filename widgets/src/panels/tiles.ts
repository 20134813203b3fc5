// A map that brings pictures of its own is shown in them, once they are there, as long as nobody would rather have it drawn.

import type { Mirror } from "../mirror";
import type { Api } from "../page";
import { type Art, openArt } from "../scene/art";
import { button } from "./dom";

export class Tiles {
  readonly element = button("tiles", "The map's own tiles", () => this.toggle());
  private readonly end = new AbortController();
  private known: string | undefined;
  private art: Art | undefined;
  private wanted = true;

  constructor(
    private readonly mirror: Mirror,
    private readonly api: Api,
    private readonly dress: (art: Art | undefined) => void,
  ) {
    this.element.hidden = true;
  }

  update(): void {
    const { map } = this.mirror;
    const hash = map?.art?.hash;
    if (!map || hash === this.known) return;
    this.known = hash;
    this.art = undefined;
    this.show();
    this.element.hidden = !hash;
    this.element.disabled = true;
    if (hash) void this.ask(hash);
  }

  close(): void {
    this.end.abort();
  }

  private async ask(hash: string): Promise<void> {
    try {
      const art = await openArt(await this.api.art(hash, this.end.signal));
      if (hash !== this.known || this.end.signal.aborted) return;
      this.art = art;
      this.element.disabled = false;
      this.show();
    } catch (fault) {
      if (hash === this.known) this.element.title = fault instanceof Error ? fault.message : String(fault);
    }
  }

  private toggle(): void {
    this.wanted = !this.wanted;
    this.show();
  }

  private show(): void {
    const shown = this.wanted ? this.art : undefined;
    this.element.setAttribute("aria-pressed", String(shown !== undefined));
    this.dress(shown);
  }
}
