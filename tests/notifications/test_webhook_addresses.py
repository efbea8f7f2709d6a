"""What a partner names is called only if it is on the public internet, however the name is written."""

import socket
import time
from contextlib import suppress
from urllib.parse import urlsplit

import pytest

from notifications.channels import outside, webhook
from tests.receiver import receiving, says

LOOPBACK = """
127.0.0.1 127.1 127.0.1 2130706433 0x7f000001 0x7f.0.0.1 0x7f.1 0x7F.0x0.0x0.0x1 0177.0.0.1 0177.1 0177.0.1
017700000001 127.255.255.254 127.0.0.2 localhost LOCALHOST localhost.
0 0.0.0.0 0x0 00.0 [::1] [0:0:0:0:0:0:0:1]
[::] [::ffff:127.0.0.1] [::ffff:7f00:1] [0:0:0:0:0:ffff:7f00:1] [::127.0.0.1] [::7f00:1]
[64:ff9b::127.0.0.1] [64:ff9b::7f00:1] [64:ff9b:1::7f00:1] [2002:7f00:1::] [2002:7f00:0001::1] ①②⑦.⓪.⓪.①
"""
PRIVATE = """
10.0.0.1 10.1 167772161 0xa000001 012.0.0.1 10.255.255.255 172.16.0.1 172.31.255.254 2886729729 0xac.0x10.0.1
192.168.0.1 192.168.1 3232235521
0xc0a80001 0300.0250.0.1 [::ffff:10.0.0.1] [::ffff:a00:1] [::ffff:192.168.0.1]
[64:ff9b::10.0.0.1] [64:ff9b::c0a8:1] [2002:a00:1::] [2002:c0a8:1::] [fc00::1] [fd00::1] [fdff:ffff::1]
[fec0::1]
"""
LINK_LOCAL = """
169.254.169.254 169.254.1.1 2852039166 0xa9fea9fe 0251.0376.0251.0376 169.16689662
[::ffff:169.254.169.254]
[::ffff:a9fe:a9fe] [64:ff9b::169.254.169.254] [2002:a9fe:a9fe::] [fe80::1] [fe80::1%25lo] [febf::1]
"""
SHARED = (
    "100.64.0.1 100.127.255.254 1681915905 0x64400001 0144.0100.0.1 [::ffff:100.64.0.1] [64:ff9b::6440:1]"
)
NOBODYS = """
192.0.0.1 192.0.0.170 192.0.2.1 198.51.100.1 203.0.113.1 198.18.0.1 198.19.255.255 192.88.99.1 224.0.0.1
239.255.255.250 240.0.0.1 255.255.255.255 4294967295 [ff02::1] [ff0e::1] [2001:db8::1] [2001::1] [2001:10::1]
[3fff::1] [100::1] [5f00::1] [::ffff:255.255.255.255] [4000::1] [::ffff:0:127.0.0.1]
"""
FORMS = " ".join([LOOPBACK, PRIVATE, LINK_LOCAL, SHARED, NOBODYS]).split()


@pytest.fixture
def lines(monkeypatch):
    """Every address to which this process began a connection."""
    begun = []
    connect = socket.socket.connect
    monkeypatch.setattr(socket.socket, "connect", lambda line, to: (begun.append(to), connect(line, to))[1])
    return begun


def test_of_all_the_ways_to_write_an_inner_address_none_is_connected_to(lines):
    assert len(FORMS) > 100
    reached = []
    for form in FORMS:
        for url in (f"https://{form}/hook", f"http://{form}:8080/hook"):
            try:
                webhook.post(url, b"{}", {}, 1)
            except (outside.NotPublic, outside.NotFound, UnicodeError):
                continue
            reached.append(url)
    assert reached == []
    assert lines == []


def test_most_of_them_mean_something_and_are_refused_for_that():
    meant = []
    for form in FORMS:
        with suppress(outside.NotFound):
            try:
                outside.addresses_of(form.strip("[]").replace("%25", "%"), 443, time_out=1)
            except outside.NotPublic:
                meant.append(form)
    assert len(meant) > 90
    assert {"2130706433", "0x7f.1", "017700000001", "[::ffff:7f00:1]", "100.64.0.1"} <= set(meant)


@pytest.mark.parametrize("text", ["9.9.9.9", "151.101.1.140", "2606:4700::6810:84e5", "2a00:1450:4009::1"])
def test_what_is_public_may_be_called(text):
    assert outside.addresses_of(text, 443, time_out=1) == [text]


def resolver(monkeypatch, *answers):
    """A name that means something else each time it is asked."""
    told = list(answers)

    def ask(host, port, **options):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in told.pop(0)]

    monkeypatch.setattr(socket, "getaddrinfo", ask)


def test_a_name_that_means_another_address_a_moment_later_is_asked_once(monkeypatch):
    resolver(monkeypatch, ["9.9.9.9"], ["127.0.0.1"])
    called = []

    def create(address, timeout):
        called.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", create)
    with pytest.raises(ConnectionRefusedError):
        webhook.post("http://rebinds.example/hook", b"{}", {}, 1)
    assert called == [("9.9.9.9", 80)]


def test_a_name_with_an_inner_address_among_others_is_not_called(monkeypatch, lines):
    resolver(monkeypatch, ["9.9.9.9", "10.0.0.1"])
    with pytest.raises(outside.NotPublic):
        webhook.post("https://mixed.example/hook", b"{}", {}, 1)
    assert lines == []


def silent(monkeypatch, overrun=0):
    """Addresses that let every connection wait for as long as it may, and longer."""
    waited = []

    def create(address, timeout):
        waited.append(timeout)
        time.sleep(timeout + overrun)
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", create)
    return waited


def test_many_silent_addresses_take_one_time_out_together(monkeypatch):
    resolver(monkeypatch, [f"9.9.9.{last}" for last in range(1, 9)])
    waited, began = silent(monkeypatch), time.monotonic()
    with pytest.raises((TimeoutError, webhook.Late)):
        webhook.post("http://silent.example/hook", b"{}", {}, 0.4)
    assert time.monotonic() - began < 1
    assert len(waited) == 8
    assert sum(waited) < 0.5


def test_addresses_for_which_no_time_is_left_are_not_tried(monkeypatch):
    line = webhook.Judged(urlsplit("http://silent.example/"), ["9.9.9.1", "9.9.9.2", "9.9.9.3"], 0.3)
    waited = silent(monkeypatch, overrun=0.4)
    with pytest.raises(TimeoutError):
        line.connect()
    assert len(waited) == 1


def test_loopback_is_called_only_where_the_settings_say_so(settings):
    with receiving() as partner:
        with pytest.raises(outside.NotPublic):
            webhook.post(partner.url, b"{}", {}, 1)
        assert partner.got == []
        settings.WEBHOOKS_MAY_REACH_LOOPBACK = True
        assert webhook.post(partner.url, b"{}", {}, 5) == 204
        assert len(partner.got) == 1
        with pytest.raises(outside.NotPublic):
            webhook.post("http://10.0.0.1/hook", b"{}", {}, 1)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_is_not_followed(settings, status):
    settings.WEBHOOKS_MAY_REACH_LOOPBACK = True
    with receiving() as inner, receiving(says(status, Location=inner.url)) as partner:
        assert webhook.post(partner.url, b"{}", {}, 5) == status
        assert inner.got == []


def test_whoever_trickles_is_cut_off_all_the_same(settings):
    settings.WEBHOOKS_MAY_REACH_LOOPBACK = True

    def trickle(handler):
        with suppress(OSError):
            while True:
                handler.wfile.write(b"H")
                handler.wfile.flush()
                handler.server.socket.settimeout(None)
                handler.connection.settimeout(0.02)
                with suppress(TimeoutError):
                    if not handler.connection.recv(1):
                        return

    with receiving(trickle) as partner, pytest.raises(webhook.Late):
        webhook.post(partner.url, b"{}", {}, 0.3)
