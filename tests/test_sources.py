"""The text of somebody's function, also when two threads ask for it at once."""

import gc
import inspect
import subprocess
import threading
import time

from aitown.sources import source


class Inner:
    class Deep:
        def said(self):
            return "here"


def test_text_at_the_margin():
    assert source(Inner.Deep.said) == 'def said(self):\n    return "here"\n'
    assert source(Inner.Deep).startswith("class Deep:\n    def said")
    assert source(len) == source(5) == ""


class Ending:
    """Garbage whose end runs Python, in the middle of whatever is done, so that another thread may go on."""

    def __init__(self):
        self.me = self

    def __del__(self):
        time.sleep(0)


def test_many_threads_at_once():
    threshold = gc.get_threshold()
    gc.set_threshold(50)
    found, failed = [], []

    def ask():
        try:
            for thing in (subprocess.Popen, threading.Thread, inspect.Signature):
                Ending()
                found.append(source(thing))
        except SystemError as error:
            failed.append(error)

    try:
        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        gc.set_threshold(*threshold)
    assert failed == []
    assert len(found) == 12
