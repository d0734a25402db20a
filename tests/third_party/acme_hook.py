"""Has a hook that asks for what it does not get."""

from connectory_sdk import hookimpl


@hookimpl
def connectory_connectors(settings: object) -> list[object]:
    """Never called."""
    return []
