"""From text to nodes.

The grammar is the one of Camunda's engine, a PEG with ordered choice: what comes first in a choice wins, and a choice
that was made is kept. The parser reads characters, not tokens, because what is a name depends on the place: keys of
contexts may hold nearly anything, names of functions may have spaces. Each rule returns a node and leaves `self.at`
behind it. Where a choice has to go back, the rule is remembered with its position, so that no text takes
more than linear time.

The rules stand in layers, each a class on top of the one that binds tighter: reading, values, calculations,
expressions.
"""

from connectory_feel.parser.expressions import parse

__all__ = ["parse"]
