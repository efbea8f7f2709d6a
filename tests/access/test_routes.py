"""No address without its line, and no line without its address."""

from django.contrib import admin

from tests.access.routes import routes
from tests.access.table import SHOWN, table


def test_every_address_has_a_line_in_the_table():
    assert set(routes()) - set(table()) == set(), "say in tests/access/table.py who may ask there"


def test_every_line_has_its_address():
    assert set(table()) - set(routes()) == set(), "its address is gone: remove it from the table"


def test_the_admin_shows_what_the_table_says():
    assert {model._meta.label for model in admin.site._registry} == set(SHOWN)


def test_every_address_is_found_by_the_resolver_alone():
    assert len(routes()) > 100
    assert "admin:referrals_case_changelist" in routes()
