"""From a kernel or a script to the towns of a Jupyter server: find it, ask it, follow a town.

>>> from aitown.client import Client
>>> client = Client.find()  # from a kernel: the server that started it
>>> client.towns()
>>> async for state in client.states("riverbend"):
...     print(state["clock"])
>>> async with client.link("riverbend") as link:
...     await link.input("say", text="Good morning!")
"""

from aitown.client.find import Server, find_server
from aitown.client.rest import Client

__all__ = ["Client", "Server", "find_server"]
