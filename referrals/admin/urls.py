"""The addresses of the worklist, in front of Django's own: whoever may enter the admin may ask."""

from collections.abc import Callable

from django.contrib import admin
from django.http import HttpResponseBase
from django.urls import URLPattern, path

from referrals.admin.worklist import StaffMove, Worklist
from referrals.screens import case, identity, moves, open_list

app_name = "worklist"

admin.site.site_title, admin.site.index_title = "Records", "Records"
admin.site.site_url, admin.site.index_template = None, "admin/records.html"
admin.site.enable_nav_sidebar = False  # what is looked at needs the width; "Home" lists the rest


def staff(address: str, view: Callable[..., HttpResponseBase], name: str) -> URLPattern:
    """A page that the admin guards as it guards its own."""
    return path(address, admin.site.admin_view(view), name=name)


urlpatterns = [
    staff("", Worklist.as_view(), "home"),
    staff("open/", open_list.OpenListPage.as_view(), "open-list"),
    staff("records/", admin.site.index, "records"),
    staff("work/<str:reference>/", case.ReferralPage.as_view(), "referral"),
    staff("work/<str:reference>/<slug:action>/", StaffMove.as_view(), "move"),
    staff("cases/<str:reference>/", case.CasePage.as_view(), "case"),
    staff("cases/<str:reference>/person/", identity.Identity.as_view(), "identity"),
    staff("cases/<str:reference>/<slug:action>/", moves.CaseMove.as_view(), "case-move"),
]
