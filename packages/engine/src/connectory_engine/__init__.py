"""Local development engine that speaks the Camunda 8 REST API.

    async with connectory_engine.serve(Engine()) as address:
        ...  # a client of Camunda 8 may now talk to `address`

`Engine` executes processes in memory and knows nothing of HTTP; `connectory_engine.gateway` is the REST API in front of
it, `serve` puts both into a running loop, and `connectory_engine.testing` has a pytest fixture.
"""

from connectory_engine.engine import Engine, JournalError, Rejected
from connectory_engine.gateway.server import run, serve

__all__ = ["Engine", "JournalError", "Rejected", "run", "serve"]
