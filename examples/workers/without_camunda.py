"""Call connectors as functions: no engine, no process, no job.

    pip install 'connectory[rest,slack]'
    SLACK_TOKEN=xoxb-... python without_camunda.py

In a notebook, which has a running event loop, write `await rest.call(...)` in a cell.
"""

import asyncio
import os

from pydantic import SecretStr

from connectory_rest import rest
from connectory_sdk import ConnectorError
from connectory_slack import slack
from connectory_slack.operations import post_message
from connectory_slack.requests import Call, PostedMessage

SHOP = os.environ.get("SHOP", "https://dummyjson.com")
TOKEN = os.environ.get("SLACK_TOKEN", "")


async def main() -> None:
    """Ask a service, and tell people what it said."""
    # Inputs are those of the element template, checked and converted when the call is made.
    answer = await rest.call("request", method="GET", url=f"{SHOP}/products/1")
    print(answer["status"], answer["body"]["title"])  # noqa: T201

    # Several calls share connections, tokens and what was looked up.
    async with slack.open() as call:
        # A function and its model instead of names: editor and type checker know both, and the result.
        text = Call[PostedMessage](
            token=SecretStr(TOKEN), data=PostedMessage(channel="#general", text=answer["body"]["title"])
        )
        sent = await call(post_message, text)
        try:
            await call(
                "chat.update", token=TOKEN, data={"channel": "#general", "timestamp": sent["ts"], "text": "sold"}
            )
        except ConnectorError as error:
            print("Slack says", error.code)  # noqa: T201


asyncio.run(main())
