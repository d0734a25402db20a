"""The value of `@"..."`."""

__all__ = ["temporal_literal"]


def temporal_literal(text: str) -> object:
    """Read a temporal literal; null if the text is none."""
    # Imported on use: most expressions have no temporal literal, and the temporal types take time to import.
    from connectory_feel.temporal import parse_temporal

    return parse_temporal(text)
