"""Linked resources: what is deployed beside a process, such as a form or a script, and belongs to an element.

A request model declares a field of this type at its top; the modeller says in the form which resource it is, and the
engine names the deployed one with each job.
"""

from pydantic import BaseModel, ConfigDict, Field


class LinkedResource(BaseModel):
    """The deployed resource that an element is linked with."""

    model_config = ConfigDict(frozen=True)

    key: str = Field(alias="resourceKey", description="What the cluster calls this version of the resource")
    type: str = Field(alias="resourceType", description="Its kind, as the model says it, such as form")
