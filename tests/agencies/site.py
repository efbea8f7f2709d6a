"""A site of a few addresses, each of which does one thing inside the middleware."""

from django.db import DatabaseError, connection
from django.http import HttpResponse, JsonResponse
from django.template import engines
from django.template.response import TemplateResponse
from django.urls import include, path
from django.views import View
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.views import APIView

from agencies import audit
from agencies.acting import acting_for, choose
from agencies.api.directory import routes
from agencies.models import Agency, AuditEvent

directory = SimpleRouter()
for prefix, viewset in routes:
    directory.register(prefix, viewset, basename=prefix)


def agencies_of_the_transaction():
    with connection.cursor() as cursor:
        cursor.execute("select current_setting('app.agency_ids', true)")
        return cursor.fetchone()[0] or ""


def who(request):
    actor = request.actor
    return JsonResponse(
        {
            "actor": actor and actor.as_event(),
            "scopes": sorted(actor.scopes) if actor else [],
            "level": actor and actor.level,
            "bearer_error": request.bearer_error,
            "user": request.user.get_username(),
            "seen": agencies_of_the_transaction(),
            "in_transaction": connection.in_atomic_block,
        }
    )


def write(request, status):
    """Write a line, then answer."""
    audit.record(action="written", by=request.actor)
    response = HttpResponse(status=status)
    if "keep" in request.GET:
        response.keep_writes = True
    return response


def explode(request):
    """Write a line, then break."""
    audit.record(action="written", by=request.actor)
    raise ZeroDivisionError


def swallow(request):
    """Go on regardless after the database has refused."""
    audit.record(action="written", by=request.actor)
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1/0")
    except DatabaseError:
        return HttpResponse("all is well")


def later(request):
    """A page whose rows are read while it is rendered."""
    page = engines["django"].from_string("{% for line in lines %}{{ line.action }}{% endfor %}")
    return TemplateResponse(request, page, {"lines": AuditEvent.objects.all()})


def nested(request):
    """Act for another agency in between."""
    other = Agency.objects.exclude(pk=request.actor.agency_id).get()
    with acting_for(other.pk):
        within = agencies_of_the_transaction()
    return JsonResponse({"within": within, "after": agencies_of_the_transaction()})


def own(request):
    """Write a line in a transaction of its own, then fail."""
    with acting_for(request.actor.agency_id):
        audit.record(action="written", by=request.actor)
    return JsonResponse({"in_transaction": connection.in_atomic_block}, status=500)


own.own_transactions = True


class Own(View):
    """The same as a class of Django's."""

    own_transactions = True

    def get(self, request):
        return who(request)


class OwnApi(APIView):
    """The same as a class of REST framework's."""

    own_transactions = True
    permission_classes = ()

    def get(self, request):
        return Response({"in_transaction": connection.in_atomic_block})


class Scoped(APIView):
    """Reads with one scope of two, writes with another."""

    scopes_to_read = ("cases:read", "referrals:read")
    scopes_to_write = ("cases:write",)

    def get(self, request):
        return Response({"user": request.user.username, "actor": request.auth.agency_code})

    post = get


class Unscoped(APIView):
    """Names no scope."""

    def get(self, request):
        return Response({})


def pick(request, membership_id):
    actor = choose(request, membership_id)
    return JsonResponse({"actor": actor and actor.as_event()})


urlpatterns = [
    path("who/", who),
    path("write/<int:status>/", write),
    path("explode/", explode),
    path("swallow/", swallow),
    path("later/", later),
    path("nested/", nested),
    path("own/", own),
    path("own-class/", Own.as_view()),
    path("own-api/", OwnApi.as_view()),
    path("pick/<int:membership_id>/", pick),
    path("scoped/", Scoped.as_view()),
    path("unscoped/", Unscoped.as_view()),
    path("api/", include(directory.urls)),
    path("", include("config.urls")),  # what the error pages link to
]
