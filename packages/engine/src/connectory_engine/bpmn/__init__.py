"""BPMN files: read safely, checked as the real engine checks them, and compiled for execution."""

from connectory_engine.bpmn.compilation import Compiled, Refused, compile_resource

__all__ = ["Compiled", "Refused", "compile_resource"]
