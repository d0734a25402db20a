"""Find channels and users by what a modeller wrote."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from connectory_sdk import ConnectorError, ConnectorInputError, ConnectorRetryError, JobContext
from connectory_slack.names import EMAIL, Entries, Load, channels_of, users_of
from connectory_slack.requests import listed_users

if TYPE_CHECKING:
    from connectory_slack.api import SlackApi

PAGE = 1000


class Caller:
    """Calls and look-ups for one job with one token."""

    def __init__(self, job: "JobContext[SlackApi]", token: str) -> None:
        self.job = job
        self.api = job.state
        self.token = token
        self.directory = job.state.directories.of(token)

    async def call(self, method: str, arguments: Mapping[str, Any], *, prefix: str = "") -> Mapping[str, Any]:
        """Call a method; see `SlackApi.call`."""
        return await self.api.call(self.job, self.token, method, arguments, prefix=prefix)

    async def recipient(self, value: str) -> str:
        """Return where a message goes: ids and channel names as they are, people as the id of a user."""
        value = value.strip()
        if value.startswith("@"):
            return (await self.people(value[1:]))[0]
        if EMAIL.fullmatch(value):
            return await self.email(
                value, f"User with email {value} not found; or unable 'users:read.email' permission"
            )
        return value

    async def place(self, value: str) -> str:
        """Return the id of a channel: of ``#name``, else the value, which must be an id already."""
        value = value.strip()
        return await self.channel(value[1:]) if value.startswith("#") else value

    async def channel(self, name: str) -> str:
        """Return the id of the channel of a name.

        Raises:
            ConnectorError: There is none; says which names are like it.
        """
        found = await self.channels(name)
        if not found:
            hint = alternatives(self.directory.channels.nearest(name))
            raise nobody(f"Unable to find conversation with name: {name}", "channel_not_found", hint)
        return found[0]

    async def known(self, name: str) -> tuple[str | None, str]:
        """Return the id of a channel that Slack did not find by name, else advice; nothing where listing is refused."""
        try:
            found = await self.channels(name)
        except ConnectorError as exc:
            if exc.code == "ratelimited":
                raise
            return None, ""
        return (found[0], "") if found else (None, alternatives(self.directory.channels.nearest(name)))

    async def people(self, name: str, *, every: bool = False) -> list[str]:
        """Return the ids of the users of a real name; the first, or every one.

        Raises:
            ConnectorError: There is none, or the users cannot be listed.
        """
        try:
            found = await self.directory.users.find(name, self.pages("users.list", users_of), every=every)
        except ConnectorError as exc:
            if exc.code == "ratelimited":
                raise
            raise ConnectorRetryError(
                "Unable to find users by name" + ("" if every else f": {name}"),
                code=exc.code,
                retries=getattr(exc, "retries", None),
                hint="; ".join(part for part in (f"Unable to get users; message: {exc.message}", exc.hint) if part),
            ) from exc
        if not found and not every:
            hint = alternatives(self.directory.users.nearest(name))
            raise nobody(f"Unable to find users by name: {name}", "user_not_found", hint)
        return found

    async def email(self, address: str, message: str) -> str:
        """Return the id of the user of an e-mail address.

        Raises:
            ConnectorError: With the message, and what is known beyond it.
        """

        async def look_up() -> str:
            answer = await self.call("users.lookupByEmail", {"email": address})
            return str(answer["user"]["id"])

        try:
            return await self.directory.email(address, look_up)
        except ConnectorRetryError as exc:
            if exc.code == "ratelimited":  # perhaps another job's, with that one's retries
                retries = self.job.retries
                raise ConnectorRetryError(
                    exc.message, code=exc.code, retries=retries, backoff=exc.backoff, hint=exc.hint
                ) from None
            if exc.retries != 0:
                raise
            hint = None if exc.code == "users_not_found" else f"{exc.message}; {exc.hint}"
            raise ConnectorRetryError(message, code=exc.code, retries=0, variables=exc.variables, hint=hint) from exc

    async def invited(self, users: Any) -> list[str]:
        """Return the ids of those to invite: of e-mail addresses, then of names, then those given.

        Raises:
            ConnectorInputError: None of them is a text.
            ConnectorError: An e-mail address, or all names together, find nobody.
        """
        given = [user.strip() for user in listed_users(users)]
        if not given and users:
            raise ConnectorInputError("No user provided in a valid format: field 'Users' needs texts")
        addresses = [user for user in given if EMAIL.fullmatch(user)]
        names = [user[1:] for user in given if user.startswith("@") and user not in addresses]
        ids = [user for user in given if user and user not in addresses and not user.startswith("@")]
        unable = "Unable to find user with name or email : "
        found = [await self.email(address, unable + address) for address in addresses]
        named = [user for name in names for user in await self.people(name, every=True)]
        if names and not named:
            hint = alternatives([like for name in names for like in self.directory.users.nearest(name)])
            raise nobody(unable + ", ".join(names), "user_not_found", hint)
        return list(dict.fromkeys([*found, *named, *ids]))

    async def channels(self, name: str) -> list[str]:
        """Return the ids of the channels of a name, of which there is one at most."""
        load = self.pages("conversations.list", channels_of, types="public_channel,private_channel")
        return await self.directory.channels.find(name, load)

    def pages(self, method: str, entries: Callable[[Mapping[str, Any]], Entries], **arguments: str) -> Load:
        """Return what loads a page of a list."""

        async def load(cursor: str) -> tuple[Entries, str]:
            answer = await self.call(method, {**arguments, "limit": PAGE, "cursor": cursor or None})
            return entries(answer), str((answer.get("response_metadata") or {}).get("next_cursor") or "")

        return load


def nobody(message: str, code: str, hint: str) -> ConnectorRetryError:
    """Return the error for a name that nothing has: no retry finds it."""
    return ConnectorRetryError(message, code=code, retries=0, hint=hint or None)


def alternatives(names: list[str]) -> str:
    """Return names as a question."""
    return f"did you mean {' or '.join(repr(name) for name in names)}?" if names else ""
