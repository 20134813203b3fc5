// The map as a picture with a caption, to keep.

const STRIP = 34;
const PAD = 12;

/** Draws what `canvas` shows and a line below it. */
export function captioned(
  canvas: HTMLCanvasElement,
  ratio: number,
  caption: string,
  dark: boolean,
): HTMLCanvasElement {
  const picture = document.createElement("canvas");
  picture.width = canvas.width;
  picture.height = canvas.height + STRIP * ratio;
  const c = picture.getContext("2d", { alpha: false })!;
  c.fillStyle = dark ? "#1d1f23" : "#ffffff";
  c.fillRect(0, 0, picture.width, picture.height);
  c.drawImage(canvas, 0, 0);
  c.setTransform(ratio, 0, 0, ratio, 0, 0);
  c.fillStyle = dark ? "#ece9e3" : "#26231f";
  c.font = "500 13px system-ui, sans-serif";
  c.textBaseline = "middle";
  c.fillText(caption, PAD, canvas.height / ratio + STRIP / 2, canvas.width / ratio - 2 * PAD);
  return picture;
}

/** Offers a picture as a file. */
export function download(picture: HTMLCanvasElement, name: string): void {
  picture.toBlob((blob) => {
    if (!blob) return;
    const url = URL.createObjectURL(blob);
    const link = document.createElement("a");
    link.href = url;
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  });
}
