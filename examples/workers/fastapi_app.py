"""Connectors in an application of FastAPI: jobs are served and webhooks answered while it runs.

    pip install 'connectory[rest,webhook]' fastapi uvicorn
    CAMUNDA_REST_ADDRESS=http://localhost:8080 uvicorn fastapi_app:app --port 8000

A webhook with the ID `orders` is at http://localhost:8000/inbound/orders.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from connectory_runtime import Runtime, Settings
from connectory_runtime.asgi import webhooks

runtime = Runtime(Settings.read(port=None), connectors=["rest", "webhook"])


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Run the connectors as long as the application."""
    async with runtime:
        yield


app = FastAPI(lifespan=lifespan)
app.mount("/inbound", webhooks(runtime))


@app.get("/greet")
async def greet(who: str) -> dict[str, str]:
    """Answer a request of your own, as before."""
    return {"greeting": f"Hello, {who}!"}
