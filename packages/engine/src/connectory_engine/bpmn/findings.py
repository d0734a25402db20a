"""What is wrong with a file, collected so that all of it is told at once."""

from connectory_engine.bpmn.xml_reading import Node
from connectory_engine.expressions import Expression, FeelSyntaxError


class Findings:
    """The faults found in one resource, by the element that they are about."""

    def __init__(self) -> None:
        self._found: dict[str, list[str]] = {}

    def add(self, where: Node | str, message: str) -> None:
        """Note a fault of an element."""
        path = where if isinstance(where, str) else where.path
        messages = self._found.setdefault(path, [])
        if message not in messages:
            messages.append(message)

    def __bool__(self) -> bool:
        return bool(self._found)

    def text(self) -> str:
        """Write the faults as the real engine does."""
        lines: list[str] = []
        for path, messages in self._found.items():
            lines.append(f"- Element: {path}")
            lines += [f"    - ERROR: {message}" for message in messages]
        return "\n".join(lines) + "\n"

    # --- texts that must be expressions, or may be

    def expression(self, where: Node, text: str | None, *, static: bool = False) -> Expression | str | None:
        """Compile an attribute; without `=` it is static, where that is allowed. None is a fault that was noted."""
        if not text:
            self.add(where, "Expected expression but not found.")
            return None
        if not text.startswith("="):
            if static:
                return text
            self.static(where, text)
            return None
        return self.compiled(where, text[1:])

    def static(self, where: Node, text: str) -> None:
        """Note that an expression was expected."""
        self.add(
            where,
            f"Expected expression but found static value '{text}'. An expression must start with '=' (e.g. '={text}').",
        )

    def only_expression(self, where: Node, text: str | None) -> Expression | None:
        """Compile what must be an expression."""
        found = self.expression(where, text)
        return found if isinstance(found, Expression) else None

    def optional(self, where: Node, text: str | None) -> Expression | str | None:
        """Compile an attribute that may be missing."""
        return self.expression(where, text, static=True) if text else None

    def compiled(self, where: Node, text: str) -> Expression | None:
        """Compile a text."""
        try:
            return Expression(text)
        except FeelSyntaxError as exc:
            self.add(where, f"failed to parse expression '{text}': {exc}")
            return None
