"""The protocol with no I/O: bytes in, messages out; state in, bytes out. No sockets, no clocks, no threads.

`PROTOCOL.md` is the specification; the modules here repeat it in code.
"""
