"""A host that has a kernel and no server, as VS Code and Colab are to a page: everything goes through the comm."""

from __future__ import annotations

import base64
import json
import queue

from aitown.widget import STATIC
from tests.browser.conftest import wait_for

PAGE = """<!doctype html><meta charset="utf-8"><style>body { margin: 0 } %s</style><div id="host"></div>
<script id="jupyter-config-data" type="application/json">%s</script>
<script type="text/plain" id="view">%s</script>
<script type="module">
const heard = {};
window.traits = %s;
const bytes = (text) => new DataView(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
traits.replay = bytes(traits.replay);
window.model = {
  get: (name) => traits[name],
  set: (name, value) => {
    if (JSON.stringify(traits[name]) === JSON.stringify(value)) return;
    traits[name] = value;
    for (const run of [...(heard["change:" + name] ?? [])]) run();
  },
  save_changes: () => toKernel(JSON.stringify({ traits })),
  on: (name, run) => (heard[name] ??= new Set()).add(run),
  off: (name, run) => run ? heard[name]?.delete(run) : delete heard[name],
  send: (content) => toKernel(JSON.stringify({ content })),
};
window.fromKernel = (messages) => {
  for (const [content, buffers] of messages) {
    for (const run of [...(heard["msg:custom"] ?? [])]) run(content, buffers.map(bytes));
  }
};
window.listeners = () => Object.values(heard).reduce((sum, one) => sum + one.size, 0);
const url = URL.createObjectURL(new Blob([document.getElementById("view").textContent], { type: "text/javascript" }));
const { default: view } = await import(url);
window.end = new AbortController();
const el = document.createElement("div");
document.getElementById("host").append(el);
view.render({ model, el, signal: end.signal });
</script>"""


class CommHost:
    """A page with one view. What either side says waits until `pump`. With a `config` a server stands behind it too."""

    def __init__(self, page, hear, *, config="", **traits):
        self.page, self.hear = page, hear
        self.to_page, self.traits, self.cut = queue.SimpleQueue(), {}, False
        self.batches, self.most = 0, 0
        page.expose_function("toKernel", self._from_page)
        js = (STATIC / "widget.js").read_text().replace("</script", "<\\/script")
        given = {"town": "hamlet", "run": "", "height": 560, "kernel": True, "live": True, "selected": [], "now": True}
        given |= {"relay": False, "replay": ""}
        page.set_content(PAGE % ((STATIC / "widget.css").read_text(), config, js, json.dumps(given | traits)))

    def _from_page(self, text):
        said = json.loads(text)
        if "traits" in said:
            self.traits = said["traits"]
        elif not self.cut:
            self.hear(said["content"], lambda *message: self.to_page.put(message))

    def pump(self):
        """Deliver what the kernel said."""
        messages = []
        while not self.to_page.empty():
            content, buffers = self.to_page.get()
            messages.append([content, [base64.b64encode(data).decode() for data in buffers]])
        if messages and not self.cut:
            self.most = max(self.most, sum("parts" in content for content, _ in messages))
            self.page.evaluate("(messages) => fromKernel(messages)", messages)

    def until(self, condition, what, seconds=30):
        def met():
            self.pump()
            return condition()

        return wait_for(met, what, seconds)

    def press(self, name, seconds=30):
        """Click on a button once it is there and lets itself be clicked: what makes it so may still wait for `pump`."""
        button = self.page.get_by_role("button", name=name, exact=True)
        self.until(lambda: button.count() and button.is_enabled(), f"{name!r} to be offered", seconds)
        button.click()

    def set(self, name, value):
        """What `view.name = value` does in the kernel."""
        self.traits[name] = value
        self.page.evaluate("([name, value]) => model.set(name, value)", [name, value])

    def tick(self):
        text = self.page.locator(".aitown-tick").inner_text()
        return int("".join(filter(str.isdigit, text)) or -1)
