"""Needs a library that nobody installed."""

import acme_absent  # noqa: F401
