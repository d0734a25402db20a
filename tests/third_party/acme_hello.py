"""Says hello: all that a connector needs."""

from pydantic import BaseModel, Field

from connectory_sdk import Connector, JobContext, hookimpl

hello = Connector(id="acme.hello", name="Hello", type="acme:hello:1", version=1, description="Say hello")


class Greet(BaseModel):
    """What the form asks for."""

    who: str = Field(title="Who", description="Whom to greet", min_length=1)


@hello.operation("greet", name="Greet somebody")
async def greet(request: Greet, job: JobContext) -> dict[str, str]:
    """Return a greeting."""
    return {"greeting": f"Hello, {request.who}!"}


@hookimpl
def connectory_connectors() -> list[Connector]:
    """Register the connector."""
    return [hello]
