"""What generated code calls: the operations of FEEL in full, for operands of any type.

The generated code has short paths for the common types; these functions have the whole meaning. A warning is noted as
a tuple and put into words by `connectory_feel.warnings` only if somebody asks. `w` is the list of warnings.
"""

from connectory_feel.runtime.namespace import NAMESPACE

__all__ = ["NAMESPACE"]
