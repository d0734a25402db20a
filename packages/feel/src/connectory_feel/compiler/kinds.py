"""What is known of a value when its code is made."""

__all__ = [
    "BOOLEAN",
    "CONTEXT",
    "FUNCTION",
    "HOST",
    "INT",
    "LIST",
    "NEVER_FUNCTIONS",
    "NULL",
    "NUMBER",
    "STRING",
    "TEMPORAL",
    "TERNARY",
    "VALUE",
    "Operand",
]

# HOST: as the caller gave it, floats and all; VALUE: any FEEL value.
HOST, VALUE = "host", "value"
INT, NUMBER, STRING, BOOLEAN, NULL, LIST, CONTEXT = "int", "number", "string", "boolean", "null", "list", "context"
TERNARY = "ternary"
FUNCTION, TEMPORAL = "function", "temporal"

# Entries of a context with one of these are variables, never functions.
NEVER_FUNCTIONS = frozenset([INT, NUMBER, STRING, BOOLEAN, NULL, LIST, CONTEXT, TERNARY, TEMPORAL])

# The Python name (or literal) of a value, and what is known of it.
Operand = tuple[str, str]
