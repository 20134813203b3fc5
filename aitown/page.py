"""One page with a recorded town in it: no network, from the disk or in a sandboxed frame.

Beside the bundle there is a model of a few lines, since the view asks anywidget's of it, and the recorded stretch. The
page forbids itself every connection.
"""

from __future__ import annotations

import base64
import html
import string

_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' blob:; style-src 'unsafe-inline'; img-src data: blob:; "
    "connect-src 'none'; base-uri 'none'; form-action 'none'"
)

_PAGE = string.Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="$policy">
<title>$title</title>
<style>
$css
html, body { height: 100%; margin: 0; }
body { background: #fff; }
@media (prefers-color-scheme: dark) { body { background: #1d1f23; } }
#town, #town > div { height: 100%; }
#town .aitown-root { height: 100%; border: 0; border-radius: 0; }
</style>
</head>
<body>
<div id="town"></div>
<noscript><p>$title. $words</p></noscript>
<script type="application/octet-stream" id="replay">$replay</script>
<script type="text/plain" id="view">$js</script>
<script type="module">
const text = (id) => document.getElementById(id).textContent;
const raw = Uint8Array.from(atob(text("replay")), (c) => c.charCodeAt(0));
const traits = $traits;
traits.replay = new DataView(raw.buffer);
const heard = {};
const model = {
  get: (name) => traits[name],
  set: (name, value) => {
    if (traits[name] === value) return;
    traits[name] = value;
    for (const run of heard["change:" + name] ?? []) run();
  },
  save_changes: () => {},
  on: (name, run) => (heard[name] ??= new Set()).add(run),
  off: (name, run) => run ? heard[name]?.delete(run) : delete heard[name],
  send: () => {},
};
const url = URL.createObjectURL(new Blob([text("view")], { type: "text/javascript" }));
const { default: view } = await import(url);
URL.revokeObjectURL(url);
const el = document.createElement("div");
document.getElementById("town").append(el);
view.render({ model, el });
</script>
</body>
</html>
""")


def page(replay: bytes, *, title: str, words: str, js: str, css: str, traits: str = "{}") -> str:
    """The page as text.

    Args:
        replay: a recorded stretch of PROTOCOL.md.
        title: of the page.
        words: what it shows, for who has no scripts.
        js: the view's module.
        css: its style sheet.
        traits: of the view, as JSON.
    """
    return _PAGE.substitute(
        policy=html.escape(_POLICY, quote=True),
        title=html.escape(title),
        words=html.escape(words),
        css=css,
        js=js.replace("</script", "<\\/script").replace("<!--", "<\\!--"),
        replay=base64.b64encode(replay).decode("ascii"),
        traits=traits.replace("<", "\\u003c"),
    )


def frame(content: str, *, height: int, title: str) -> str:
    """A page inside another: a frame that may run scripts and nothing else."""
    return (
        f'<iframe sandbox="allow-scripts" title="{html.escape(title)}" srcdoc="{html.escape(content)}" '
        f'style="width: 100%; height: {height}px; border: 1px solid #8884; border-radius: 10px;"></iframe>'
    )
