// Hands on the map: drag, wheel, pinch, keys. It knows what they mean, the scene knows what to do.

export interface Steered {
  readonly canvas: HTMLCanvasElement;
  pan(dx: number, dy: number): void;
  zoomBy(factor: number, px?: number, py?: number): void;
  fit(): void;
  point(px: number, py: number): void;
  leave(): void;
  /** `more` keeps who is selected already. */
  pick(px: number, py: number, more: boolean): void;
  /** A rectangle is being drawn between two points. */
  band(from: { x: number; y: number }, to: { x: number; y: number }): void;
  /** The rectangle is done, or given up. */
  unband(select: boolean): void;
  pickNearest(): void;
  move(dx: number, dy: number): boolean;
  clear(): boolean;
}

const DRAG = 4;
const PAN = 48;
const STEP = 1.35;
const ARROWS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export function steer(scene: Steered, signal: AbortSignal): void {
  const { canvas } = scene;
  const pointers = new Map<number, { x: number; y: number }>();
  let dragged = 0;
  let corner: { x: number; y: number } | undefined;
  const at = (event: { clientX: number; clientY: number }) => {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const on = <K extends keyof HTMLElementEventMap>(
    name: K,
    run: (event: HTMLElementEventMap[K]) => void,
    options: AddEventListenerOptions = {},
  ) => canvas.addEventListener(name, run, { ...options, signal });

  on("pointerdown", (event) => {
    if (event.button !== 0) return;
    if (pointers.size === 0) dragged = 0;
    pointers.set(event.pointerId, at(event));
    corner = event.shiftKey && pointers.size === 1 ? at(event) : undefined;
    canvas.setPointerCapture(event.pointerId);
    canvas.focus({ preventScroll: true });
  });
  on("pointermove", (event) => {
    const here = at(event);
    const was = pointers.get(event.pointerId);
    if (!was) {
      scene.point(here.x, here.y);
      return;
    }
    const [dx, dy] = [here.x - was.x, here.y - was.y];
    dragged += Math.hypot(dx, dy);
    if (pointers.size === 2) {
      const other = [...pointers].find(([id]) => id !== event.pointerId)![1];
      const before = Math.hypot(was.x - other.x, was.y - other.y);
      const after = Math.hypot(here.x - other.x, here.y - other.y);
      if (before > 0) scene.zoomBy(after / before, (here.x + other.x) / 2, (here.y + other.y) / 2);
      scene.pan(dx / 2, dy / 2);
    } else if (corner) {
      if (dragged > DRAG) scene.band(corner, here);
    } else if (dragged > DRAG) {
      canvas.dataset.dragging = "";
      scene.pan(dx, dy);
    }
    pointers.set(event.pointerId, here);
  });
  const release = (event: PointerEvent) => {
    const known = pointers.delete(event.pointerId);
    delete canvas.dataset.dragging;
    const { x, y } = at(event);
    const up = known && event.type === "pointerup";
    if (up && dragged <= DRAG) scene.pick(x, y, event.shiftKey);
    else if (corner) scene.unband(up);
    corner = undefined;
  };
  on("pointerup", release);
  on("pointercancel", release);
  on("pointerleave", () => scene.leave());
  on("dblclick", (event) => {
    const { x, y } = at(event);
    scene.zoomBy(STEP * STEP, x, y);
  });
  on(
    "wheel",
    (event) => {
      // Elsewhere the wheel belongs to the notebook.
      const root = canvas.getRootNode() as Document | ShadowRoot;
      if (!(event.ctrlKey || event.metaKey || root.activeElement === canvas)) return;
      event.preventDefault();
      const { x, y } = at(event);
      const pixels = event.deltaMode === 1 ? event.deltaY * 16 : event.deltaY;
      const speed = event.ctrlKey && Math.abs(pixels) < 40 ? 0.012 : 0.0022;
      scene.zoomBy(Math.exp(-Math.max(-240, Math.min(240, pixels)) * speed), x, y);
    },
    { passive: false },
  );
  on("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const arrow = ARROWS[event.key];
    if (arrow) {
      if (event.shiftKey || !scene.move(...arrow)) scene.pan(-arrow[0] * PAN, -arrow[1] * PAN);
    } else if (event.key === "+" || event.key === "=") scene.zoomBy(STEP);
    else if (event.key === "-") scene.zoomBy(1 / STEP);
    else if (event.key === "0") scene.fit();
    else if (event.key === "Enter") scene.pickNearest();
    else if (event.key !== "Escape" || !scene.clear()) return;
    event.preventDefault();
    event.stopPropagation();
  });
}
