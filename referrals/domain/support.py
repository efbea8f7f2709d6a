"""Interim support: nobody in crisis is left alone between the call and the help that comes.

Source: National Partnership Agreement, 26 July 2023: nobody in crisis left without support. Humberside's
control room has mental-health workers of a charity who stay with the person until help arrives; accepted
is not yet arrived.
"""

from enum import StrEnum


class Who(StrEnum):
    """Who is with the person. Nobody is an answer, and is told."""

    CONTROL_ROOM_WORKER = "control_room_worker"
    PROFESSIONAL = "professional"
    OFFICER = "officer"
    FRIEND_OR_FAMILY = "friend_or_family"
    MEMBER_OF_PUBLIC = "member_of_public"
    NOBODY = "nobody"


class How(StrEnum):
    """How they are with the person."""

    PHONE = "phone"
    VIDEO = "video"
    IN_PERSON = "in_person"
    NOT_AT_ALL = "not_at_all"


class Ends(StrEnum):
    """Why interim support ended."""

    ARRIVED = "arrived"
    NOT_NEEDED = "not_needed"
