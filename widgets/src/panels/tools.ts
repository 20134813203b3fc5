// What one does with the picture: find somebody, colour, trails, keep it.

import type { Mirror } from "../mirror";
import type { Api } from "../page";
import type { Scene } from "../scene/scene";
import { ColourChoice, ColourKey } from "./colours";
import { button, h } from "./dom";
import { Find } from "./find";
import { captioned, download } from "./picture";
import { Tiles } from "./tiles";
import { clockWords } from "./words";

export class Tools {
  readonly element: HTMLElement;
  readonly key: ColourKey;
  private readonly choice: ColourChoice;
  private readonly trails: HTMLButtonElement;
  private readonly ties: HTMLButtonElement;
  private readonly tiles: Tiles;

  constructor(
    private readonly mirror: Mirror,
    api: Api,
    private readonly scene: () => Scene,
    colour: (column: string | null) => void,
  ) {
    const tint = () => scene().tint;
    const find = new Find(mirror, (id) => scene().visit(id));
    this.choice = new ColourChoice(mirror, tint, colour);
    this.key = new ColourKey(tint, () => scene().crowd.heatRange);
    this.trails = button("trail", "Trails of the selected", () => this.toggleTrails());
    this.trails.setAttribute("aria-pressed", "false");
    this.ties = button("ties", "Ties of the selected", () => this.toggleTies());
    this.ties.setAttribute("aria-pressed", "true");
    this.tiles = new Tiles(mirror, api, (art) => scene().dress(art));
    const keep = button("picture", "Save a picture", () => this.keep());
    this.element = h(
      "div",
      { class: "tools", role: "group", "aria-label": "Picture" },
      find.element,
      this.choice.element,
      this.trails,
      this.ties,
      this.tiles.element,
      keep,
    );
  }

  update(): void {
    this.choice.update();
    this.key.update();
    this.tiles.update();
    this.element.hidden = this.mirror.moment === undefined;
  }

  close(): void {
    this.tiles.close();
  }

  private toggleTrails(): void {
    const { trails } = this.scene().crowd;
    trails.shown = !trails.shown;
    this.trails.setAttribute("aria-pressed", String(trails.shown));
    this.scene().invalidate();
  }

  private toggleTies(): void {
    const { ties } = this.scene().crowd;
    ties.shown = !ties.shown;
    this.ties.setAttribute("aria-pressed", String(ties.shown));
    this.scene().invalidate();
  }

  private keep(): void {
    const { moment } = this.mirror;
    const scene = this.scene();
    if (!moment) return;
    const { column } = scene.tint;
    const caption = `${moment.town}, ${clockWords(moment)}, tick ${moment.tick.toLocaleString("en")}${column ? `; colour: ${column}` : ""}`;
    const picture = captioned(scene.canvas, scene.ratio(), caption, scene.dark);
    download(picture, `${moment.town}-${moment.clock.slice(0, 16).replace(/\W/g, "-")}.png`);
  }
}
