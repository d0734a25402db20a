"""Leaves a mark, and does not import."""

import os
from pathlib import Path

if mark := os.environ.get("ACME_MARK"):
    Path(mark).write_text("acme_raises was imported")

raise RuntimeError("bad day")
