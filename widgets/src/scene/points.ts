// Very many people as points, by WebGL2 where a graphics card does it, else by stamps. Browsers allow a page about sixteen
// contexts, so that all views share one, whose picture each copies onto its own canvas. Hosts evaluate this module once a
// widget: what is shared hangs on globalThis.

import type { Camera, Size } from "./camera";
import { Stamps } from "./stamps";

/** Points to draw: x and y in tiles and a colour each; `stamp` tells one content from another. */
export interface Cloud {
  at: Float32Array;
  colours: Uint32Array;
  count: number;
  stamp: string;
}

const KEY = Symbol.for("aitown.points.1");
const VERTEX = `#version 300 es
uniform vec3 eye;
uniform vec2 view;
uniform float size;
in vec2 at;
in vec4 colour;
out vec4 shade;
void main() {
  vec2 p = (at - eye.xy) * eye.z / view;
  gl_Position = vec4(2.0 * p.x, -2.0 * p.y, 0.0, 1.0);
  gl_PointSize = size;
  shade = colour;
}`;
const FRAGMENT = `#version 300 es
precision highp float;
uniform float size;
in vec4 shade;
out vec4 ink;
void main() {
  float away = length(gl_PointCoord - 0.5) * size;
  float edge = 0.5 * size;
  float whole = clamp(edge - away, 0.0, 1.0);
  float inner = clamp(edge * 0.74 - away + 0.5, 0.0, 1.0);
  ink = vec4(mix(vec3(1.0), shade.rgb, inner) * whole, whole);
}`;

// What browsers call a WebGL that the processor computes: reading its picture back takes longer than making it otherwise.
const BY_SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;

export function bySoftware(gl: WebGL2RenderingContext): boolean {
  const named = gl.getExtension("WEBGL_debug_renderer_info");
  const names = [gl.RENDERER, ...(named ? [named.UNMASKED_RENDERER_WEBGL] : [])];
  return names.some((name) => BY_SOFTWARE.test(String(gl.getParameter(name))));
}

interface Program {
  gl: WebGL2RenderingContext;
  eye: WebGLUniformLocation | null;
  view: WebGLUniformLocation | null;
  size: WebGLUniformLocation | null;
  at: WebGLBuffer;
  colours: WebGLBuffer;
}

export class Points {
  private readonly canvas = document.createElement("canvas");
  private readonly stamps = new Stamps();
  readonly waiting = new Set<() => void>();
  users = 0;
  private program: Program | undefined;
  private loaded: Cloud | undefined;
  private stamp = "";
  private useless = false;

  constructor() {
    this.canvas.addEventListener("webglcontextlost", (event) => {
      if (this.useless) return;
      event.preventDefault();
      this.program = undefined;
      for (const tell of this.waiting) tell();
    });
    this.canvas.addEventListener("webglcontextrestored", () => {
      this.program = this.build();
      for (const tell of this.waiting) tell();
    });
    this.program = this.build();
  }

  /** Draws with `diameter` in CSS pixels; the picture is in the upper left of the canvas that comes back, in device pixels. */
  draw(cloud: Cloud, camera: Camera, view: Size, ratio: number, diameter: number): HTMLCanvasElement {
    const { program, canvas } = this;
    if (!program || program.gl.isContextLost()) {
      this.stamps.draw(cloud, camera, view, ratio, diameter);
      return this.stamps.canvas;
    }
    const { gl } = program;
    const [w, h] = [Math.round(view.width * ratio), Math.round(view.height * ratio)];
    if (canvas.width < w || canvas.height < h) {
      [canvas.width, canvas.height] = [Math.max(canvas.width, w), Math.max(canvas.height, h)];
    }
    this.load(program, cloud);
    gl.viewport(0, canvas.height - h, w, h);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.uniform3f(program.eye, camera.x, camera.y, camera.scale);
    gl.uniform2f(program.view, view.width, view.height);
    gl.uniform1f(program.size, diameter * ratio);
    gl.drawArrays(gl.POINTS, 0, cloud.count);
    return canvas;
  }

  end(): void {
    this.program?.gl.getExtension("WEBGL_lose_context")?.loseContext();
    this.program = undefined;
  }

  private load({ gl, at, colours }: Program, cloud: Cloud): void {
    if (cloud.stamp === this.stamp && cloud.at === this.loaded?.at) return;
    gl.bindBuffer(gl.ARRAY_BUFFER, at);
    gl.bufferData(gl.ARRAY_BUFFER, cloud.at.subarray(0, 2 * cloud.count), gl.STREAM_DRAW);
    gl.bindBuffer(gl.ARRAY_BUFFER, colours);
    gl.bufferData(gl.ARRAY_BUFFER, cloud.colours.subarray(0, cloud.count), gl.STREAM_DRAW);
    [this.loaded, this.stamp] = [cloud, cloud.stamp];
  }

  private build(): Program | undefined {
    this.stamp = "";
    const gl = this.canvas.getContext("webgl2", { antialias: false, depth: false, premultipliedAlpha: true });
    if (gl && bySoftware(gl)) {
      this.useless = true;
      gl.getExtension("WEBGL_lose_context")?.loseContext();
      return undefined;
    }
    const program = gl?.createProgram();
    if (!gl || !program) return undefined;
    for (const [kind, source] of [
      [gl.VERTEX_SHADER, VERTEX],
      [gl.FRAGMENT_SHADER, FRAGMENT],
    ] as const) {
      const shader = gl.createShader(kind)!;
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) return undefined;
    gl.useProgram(program);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    const attribute = (name: string, size: number, type: number, normalized: boolean) => {
      const buffer = gl.createBuffer()!;
      const place = gl.getAttribLocation(program, name);
      gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
      gl.enableVertexAttribArray(place);
      gl.vertexAttribPointer(place, size, type, normalized, 0, 0);
      return buffer;
    };
    const at = attribute("at", 2, gl.FLOAT, false);
    const colours = attribute("colour", 4, gl.UNSIGNED_BYTE, true);
    const where = (name: string) => gl.getUniformLocation(program, name);
    return { gl, eye: where("eye"), view: where("view"), size: where("size"), at, colours };
  }
}

/** The points of this page; `again` is called when a lost context has come back or one was lost. `release` once. */
export function sharePoints(again: () => void): { points: Points; release: () => void } {
  const home = globalThis as unknown as Record<symbol, Points | undefined>;
  const points = (home[KEY] ??= new Points());
  points.users += 1;
  points.waiting.add(again);
  return {
    points,
    release: () => {
      points.waiting.delete(again);
      points.users -= 1;
      if (points.users > 0) return;
      points.end();
      if (home[KEY] === points) home[KEY] = undefined;
    },
  };
}
