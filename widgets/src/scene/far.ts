// The overview on the screen. Stretching it well is the dearest part of a frame, so that what surrounds the view is
// stretched once a scale: while the map is dragged, a frame copies it.

const MARGIN = 160;

export class Far {
  private readonly canvas = document.createElement("canvas");
  private made = "";
  private left = 0;
  private top = 0;
  private scale = 0;

  /** `background` is what lies around the picture. */
  constructor(
    private readonly picture: HTMLCanvasElement,
    private readonly background: string,
  ) {}

  /** Draws the map's upper left corner at `left`, `top`, with `scale` pixels a tile; all in device pixels. */
  draw(c: CanvasRenderingContext2D, scale: number, left: number, top: number): void {
    const { width, height } = c.canvas;
    const made = `${scale} ${width} ${height}`;
    const near = Math.abs(left - this.left) <= MARGIN && Math.abs(top - this.top) <= MARGIN;
    if (made !== this.made || !near) {
      // Of a zoom's scales each is seen once.
      const passing = scale !== this.scale;
      this.scale = scale;
      if (passing) {
        this.stretch(c, scale, left, top);
        return;
      }
      this.keep(width, height, scale, left, top);
      this.made = made;
    }
    c.drawImage(this.canvas, left - this.left - MARGIN, top - this.top - MARGIN);
  }

  private keep(width: number, height: number, scale: number, left: number, top: number): void {
    const { canvas } = this;
    const [w, h] = [width + 2 * MARGIN, height + 2 * MARGIN];
    if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
    this.stretch(canvas.getContext("2d", { alpha: false })!, scale, left + MARGIN, top + MARGIN);
    [this.left, this.top] = [left, top];
  }

  private stretch(c: CanvasRenderingContext2D, scale: number, left: number, top: number): void {
    const { picture } = this;
    c.imageSmoothingEnabled = true;
    c.fillStyle = this.background;
    c.fillRect(0, 0, c.canvas.width, c.canvas.height);
    c.imageSmoothingQuality = "high";
    c.drawImage(picture, left, top, picture.width * scale, picture.height * scale);
  }
}
