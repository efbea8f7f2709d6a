"""What the OpenAPI document says beyond what the code shows by itself."""

from drf_spectacular.openapi import AutoSchema


class Described(AutoSchema):
    """Every operation, with the problems that it may answer."""
