"""Bodies that are read while they are sent."""

from collections.abc import AsyncIterator

from connectory_sdk import ConnectorInputError


class Upload:
    """A body that is read while it is sent. Transports hide what goes wrong in it, so it is kept here.

    Args:
        chunks: The body.
        limit: Most bytes; 0 for no limit.
    """

    def __init__(self, chunks: AsyncIterator[bytes], limit: int) -> None:
        self.chunks = chunks
        self.limit = limit
        self.failed: Exception | None = None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the body."""
        size = 0
        try:
            async for chunk in self.chunks:
                size += len(chunk)
                check_size(size, self.limit)
                yield chunk
        except Exception as exc:  # whatever keeps documents may raise anything
            self.failed = exc
            raise


def check_size(size: int, limit: int) -> None:
    """Refuse a body that is too large to be sent.

    Raises:
        ConnectorInputError: It is larger than the limit; 0 for none.
    """
    if limit and size > limit:
        raise ConnectorInputError(
            f"body: {size} bytes are more than the limit of {limit}; send less, or raise"
            " CONNECTORY_REST_MAX_REQUEST_BYTES or the element's own limit"
        )
