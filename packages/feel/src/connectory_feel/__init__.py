"""FEEL compiler and engine with the semantics of Camunda 8."""
