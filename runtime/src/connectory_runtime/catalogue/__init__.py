"""The catalogue: what the installed connectors say of themselves, as one page of HTML that needs no network."""

from connectory_runtime.catalogue.entries import Entry, entries
from connectory_runtime.catalogue.page import page

__all__ = ["Entry", "entries", "page"]
