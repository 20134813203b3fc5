"""A cell that runs again, in JupyterLab: what it showed before is put away, and comes back when it is asked for."""

from tests.browser.conftest import wait_for

SHOW = """import aitown
live = aitown.open("riverbend", npcs=25, seed=7)
views = [*globals().get("views", []), live.view]
live"""
STEP = """import aitown
live = aitown.open("riverbend", npcs=25, seed=7)
live.step(60)
live"""
CAME = """
window.came = [];
window.DataView = new Proxy(DataView, {
  construct(kind, given, self) {
    const made = Reflect.construct(kind, given, self);
    if (made.byteLength > 2000) came.push({ held: new WeakRef(made), size: made.byteLength });
    return made;
  },
});
"""
OPEN = """from IPython.display import display
import ipywidgets
print("open", [view.comm is not None for view in views])"""


def opened(notebook, index):
    """What the cell that prints which views have a comm says when it runs now."""
    notebook.run_cell(index)
    return notebook.page.evaluate(
        """async (index) => {
            const { content } = window.jupyterapp.shell.currentWidget;
            await window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestKernelInfo();
            return content.widgets[index].model.outputs.toJSON().map((one) => one.text ?? "").join("");
        }""",
        index,
    )


def until_open(notebook, index, expected):
    wait_for(lambda: f"open {expected}" in opened(notebook, index), f"the views to be open as {expected}")


def stretches(page):
    """The sizes of the recorded stretches that the page still holds, of those that came to it."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("HeapProfiler.collectGarbage")
    devtools.detach()
    return page.evaluate("came.filter((one) => one.held.deref()).map((one) => one.size)")


def shown(page, count=1):
    """Waits until so many live views are on the page, and no more."""
    wait_for(lambda: page.locator(".aitown-root[data-link='live']").count() == count, f"{count} live views", 180)


def test_what_a_cell_showed_before_is_put_away_unless_it_is_shown_elsewhere(page, lab, open_notebook):
    notebook = open_notebook(lab.write_notebook("again.ipynb", SHOW, OPEN, "views[0]", "ipywidgets.VBox([views[1]])"))
    notebook.run_cell(0)
    shown(page)
    until_open(notebook, 1, [True])
    notebook.run_cell(0)
    until_open(notebook, 1, [False, True])
    shown(page)
    notebook.run_cell(2)  # the first one again, in another cell
    shown(page, 2)
    notebook.run_cell(3)  # the second one, within another widget
    shown(page, 3)
    until_open(notebook, 1, [True, True])
    notebook.run_cell(0)
    shown(page, 3)
    until_open(notebook, 1, [True, True, True])
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
    until_open(notebook, 1, [True, False, True])
    assert notebook.errors == []


def test_what_was_put_away_leaves_its_stretch_to_nobody(page, lab, open_notebook):
    page.add_init_script(CAME)
    notebook = open_notebook(lab.write_notebook("stretch.ipynb", STEP))
    for count in range(1, 5):
        notebook.run_cell(0)
        notebook.wait_until_run(count)
        shown(page)
    assert page.evaluate("came.length") >= 4
    wait_for(lambda: len(stretches(page)) == 1, "the page to hold one stretch", 30)
    assert notebook.errors == []
