"""From nodes to Python code.

Each node becomes statements that leave its value in a local variable of its own (A-normal form), so the nesting of an
expression becomes no nesting of Python expressions. Names are resolved here: an iterator, a parameter or an entry of a
context is a local variable of the generated function; what the types of literals and operators say is used to leave
out checks. Every operation has a short path for the common types in line, and a function of `connectory_feel.runtime`
for all the rest, with the same meaning.

What nests deeper than a few blocks, the bodies of functions and conditions of filters that are needed twice are moved
into functions of their own, which get the variables that they use as parameters.

No character of the expression gets into the generated text: names and constants are passed to it as values.
"""

from connectory_feel.compiler.code import compile_node

__all__ = ["compile_node"]
