"""The way in for partners' systems: how they are known, and the directory they look up."""

from agencies.api.directory import AgencyViewSet, TeamViewSet

routes = [("agencies", AgencyViewSet), ("teams", TeamViewSet)]
