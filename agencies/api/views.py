"""What every view of an API has in common, whatever it is about."""

METHODS = ("get", "head", "post", "patch", "delete")


class Answers:
    """A view that has no OPTIONS: what there is, the OpenAPI document says. ``Allow`` names what there is."""

    http_method_names = METHODS
