"""Claims the type of somebody else; which one, says the name under which it is installed."""

from pydantic import BaseModel

from connectory_sdk import Connector, JobContext, hookimpl

twin = Connector(id=f"{__name__}.twin", name=__name__, type="acme:twin:1", version=1)


class Nothing(BaseModel):
    """No fields."""


@twin.operation("do")
async def do(request: Nothing, job: JobContext) -> None:
    """Do nothing."""


@hookimpl
def connectory_connectors() -> list[Connector]:
    """Register the connector."""
    return [twin]
