"""The shapes of measures as they are answered."""

from rest_framework import serializers


class Definition(serializers.Serializer):
    """What is counted, over what, and what is left out."""

    numerator = serializers.CharField()
    denominator = serializers.CharField()
    exclusions = serializers.CharField()


class Line(serializers.Serializer):
    """One line; numbers too small to be shown are null, and ``suppressed``."""

    group = serializers.CharField()
    numerator = serializers.FloatField(allow_null=True)
    denominator = serializers.IntegerField(allow_null=True)
    value = serializers.FloatField(allow_null=True)
    suppressed = serializers.BooleanField()


class LeftOut(serializers.Serializer):
    """How many were left out, and why; null for so few that they are not shown."""

    why = serializers.CharField()
    count = serializers.IntegerField(allow_null=True)


class Defined(serializers.Serializer):
    """A measure's definition."""

    measure = serializers.CharField()
    title = serializers.CharField()
    version = serializers.IntegerField(help_text="Of the definition; it never changes with the figures.")
    unit = serializers.CharField()
    definition = Definition()


class Measure(Defined):
    """A measure that can be asked for."""

    groups = serializers.ListField(child=serializers.CharField(), help_text="What ``by`` may be.")


class Report(Defined):
    """A measure, measured over what your agency sees; never modelled."""

    by = serializers.CharField()
    until = serializers.DateTimeField(help_text="Up to which instant it was counted.")
    counted = serializers.IntegerField(allow_null=True)
    left_out = LeftOut(many=True)
    lines = Line(many=True)

    def get_fields(self) -> dict[str, serializers.Field]:
        """And the days: one of their names is a word of Python's."""
        days = {"from": serializers.DateField(), "to": serializers.DateField()}
        return {**super().get_fields(), **days}
