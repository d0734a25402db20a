"""The type of a step in the life of an element instance."""

from collections.abc import Callable
from typing import Any

from connectory_engine.records import ElementInstance

Step = Callable[[ElementInstance, Any], None]
