from __future__ import annotations

import base64
import re
from html.parser import HTMLParser

from aitown import page


def made(**more):
    given = {"title": "T", "words": "W", "js": "export default {}", "css": ".aitown-a{}"} | more
    return page.page(b"\x00\x01replay", **given)


def test_the_stretch_is_in_it_as_base64():
    (found,) = re.findall(r'id="replay">([^<]*)<', made())
    assert base64.b64decode(found) == b"\x00\x01replay"


def tags(text):
    found = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, _: found.append(tag)
    parser.feed(text)
    return found


def test_no_text_can_end_its_element():
    nasty = "</title></style></script><b>"
    text = made(title=nasty, words=nasty, js=f"'<!--<script>{nasty}'", traits=f'{{"town": "{nasty}"}}')
    assert tags(text) == tags(made())
    assert "<!--" not in text


def test_it_forbids_itself_every_connection():
    assert "connect-src &#x27;none&#x27;" in made()
    assert "default-src &#x27;none&#x27;" in made()
    assert not re.findall(r"https?://|wss?://", made())


def test_a_frame_may_run_scripts_and_nothing_else():
    framed = page.frame('<p title="a">', height=300, title='"quoted"')
    assert 'sandbox="allow-scripts"' in framed
    assert "&lt;p title=&quot;a&quot;&gt;" in framed
    assert "height: 300px" in framed
