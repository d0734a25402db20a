"""Reads XML into small nodes: without document types, so without entities, and only to a bounded depth."""

from collections.abc import Iterator
from xml.parsers import expat

MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"
ZEEBE = "http://camunda.org/schema/zeebe/1.0"
XSI_TYPE = "http://www.w3.org/2001/XMLSchema-instance type"
MOST_LEVELS = 300
_BPMN_SPACES = ("http://www.omg.org/spec/BPMN/", "http://www.omg.org/spec/DD/")


class Unreadable(Exception):  # noqa: N818 - the file is at fault
    """A file that is no XML that we take; the text says where and why."""


class Node:
    """An XML element."""

    __slots__ = ("attributes", "children", "line", "parent", "space", "tag", "text")

    def __init__(self, space: str, tag: str, attributes: dict[str, str], line: int, parent: "Node | None") -> None:
        self.space = space
        self.tag = tag
        self.attributes = attributes
        self.line = line
        self.parent = parent
        self.children: list[Node] = []
        self.text = ""

    @property
    def id(self) -> str:
        """The id, or nothing."""
        return self.attributes.get("id", "")

    def get(self, name: str) -> str | None:
        """Give an attribute."""
        return self.attributes.get(name)

    def all(self, tag: str, space: str = MODEL) -> list["Node"]:
        """Give the children with a name."""
        return [child for child in self.children if child.tag == tag and child.space == space]

    def first(self, tag: str, space: str = MODEL) -> "Node | None":
        """Give the first child with a name."""
        for child in self.children:
            if child.tag == tag and child.space == space:
                return child
        return None

    def content(self, tag: str) -> str | None:
        """Give the text of the first child with a name, without blanks around it."""
        child = self.first(tag)
        return None if child is None else child.text.strip()

    def extensions(self, tag: str) -> list["Node"]:
        """Give Zeebe's extension elements with a name."""
        found = self.first("extensionElements")
        return [] if found is None else found.all(tag, ZEEBE)

    def extension(self, tag: str) -> "Node | None":
        """Give the first of Zeebe's extension elements with a name."""
        found = self.extensions(tag)
        return found[0] if found else None

    def walk(self) -> Iterator["Node"]:
        """Give this node and all below it, in the order of the file."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.children))

    @property
    def path(self) -> str:
        """The place for messages: the nearest id and the names below it."""
        names: list[str] = []
        node: Node | None = self
        while node is not None and not node.id:
            names.append(node.tag)
            node = node.parent
        if node is not None:
            names.append(node.id)
        return " > ".join(reversed(names))


class _Reader:
    def __init__(self) -> None:
        self.root: Node | None = None
        self.current: Node | None = None
        self.level = 0
        self.texts: list[str] = []
        self.parser = parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self.document_type
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.characters

    def document_type(self, *_: object) -> None:
        msg = f"Error: URI=null Line={self.parser.CurrentLineNumber}: DOCTYPE is disallowed."
        raise Unreadable(msg)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.level += 1
        if self.level > MOST_LEVELS:
            msg = f"Error: URI=null Line={self.parser.CurrentLineNumber}: more than {MOST_LEVELS} nested elements."
            raise Unreadable(msg)
        space, _, tag = name.rpartition(" ")
        node = Node(space, tag, attributes, self.parser.CurrentLineNumber, self.current)
        if self.current is None:
            self.root = node
        else:
            self.current.children.append(node)
        self.current = node

    def end(self, _name: str) -> None:
        self.level -= 1
        node = self.current
        if node is not None:
            self.current = node.parent

    def characters(self, text: str) -> None:
        if self.current is not None:
            self.current.text += text


def read(data: bytes) -> Node:
    """Read a BPMN file; ids are unique and references to them lead somewhere.

    Raises:
        Unreadable: the text says, as far as there is one, the line and the rule.
    """
    reader = _Reader()
    try:
        reader.parser.Parse(data, True)
    except expat.ExpatError as exc:
        reason = expat.ErrorString(exc.code)
        msg = f"Fatal Error: URI=null Line={exc.lineno}: {reason} (column {exc.offset})."
        raise Unreadable(msg) from None
    except (ValueError, LookupError) as exc:  # an encoding that there is not
        msg = f"Fatal Error: URI=null Line=1: {exc}."
        raise Unreadable(msg) from None
    root = reader.root
    if root is None or root.tag != "definitions" or root.space != MODEL:
        found = "nothing" if root is None else f"'{root.tag}'"
        msg = f"Error: URI=null Line=1: cvc-elt.1: Expected the element 'definitions' of BPMN 2.0, but found {found}."
        raise Unreadable(msg)
    _check_ids(root)
    return root


_REFERENCES = ("sourceRef", "targetRef", "default", "attachedToRef")


def _check_ids(root: Node) -> None:
    ids: set[str] = set()
    references: list[tuple[str, Node]] = []
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if not node.space.startswith(_BPMN_SPACES):
            continue  # extensions are not part of the schema
        name = node.attributes.get("id")
        if name is not None:
            if name in ids:
                msg = (
                    f"Error: URI=null Line={node.line}: cvc-id.2: There are multiple occurrences of ID value '{name}'."
                )
                raise Unreadable(msg)
            ids.add(name)
        if node.space == MODEL:
            for attribute in _REFERENCES:
                to = node.attributes.get(attribute)
                if to is not None and (attribute != "sourceRef" or node.tag == "sequenceFlow"):
                    references.append((to, node))
        waiting.extend(reversed(node.children))
    for name, node in references:
        if name not in ids and ":" not in name:
            msg = (
                f"Error: URI=null Line={node.line}: cvc-id.1: There is no ID/IDREF binding for IDREF '{name}'."
                f" It is referred to at '{node.path}'."
            )
            raise Unreadable(msg)
