"""Settings for the real thing. What is unsafe or missing stops the start, by name."""

from django.core.exceptions import ImproperlyConfigured

from config.env import ROOT, env, required

for name, danger in {
    "DEBUG": "error pages would show a person's details to anybody",
    "DEMO": "demo agencies have printed passwords",
    "WEBHOOKS_MAY_REACH_LOOPBACK": "partners could have this machine call itself",
}.items():
    if env.bool(name, False):
        raise ImproperlyConfigured(f"{name} is set: {danger}. Unset {name}.")

proxies = required(
    "TRUSTED_PROXIES", "how many proxies of yours stand before the web process; 0 if none does"
)
if not proxies.isdecimal():
    raise ImproperlyConfigured(f"TRUSTED_PROXIES is {proxies!r}: it must be a number, such as 1")

from config.settings.base import *

if len(SECRET_KEY) < 50:
    raise ImproperlyConfigured("SECRET_KEY is too short: it needs 50 or more random characters")

ALLOWED_HOSTS = required("ALLOWED_HOSTS", "the names the site answers to, comma-separated").split(",")
CSRF_TRUSTED_ORIGINS = [f"https://{host.lstrip('*')}" for host in ALLOWED_HOSTS if host != "*"]
required("SERVICE_DESK", "whom to phone when the system fails: its pages of error say so")
REFUSES_DEMO = True
required(
    "ANCHOR_DIR", "where anchors of the chains of events are kept, outside the database, for every worker"
)
required("ATTACHMENT_DIR", "where attached photos and documents are kept, the same for every web node")
# What nobody sees in the inbox in time goes by e-mail: without a server the ladder would end in a log file.
SMS_TO_CONSOLE = False
if NOTIFY_API_KEY:
    required("NOTIFY_CALLBACK_TOKEN", "what Notify presents with a receipt or a text: 32 or more characters")
    if len(NOTIFY_CALLBACK_TOKEN) < 32:
        raise ImproperlyConfigured("NOTIFY_CALLBACK_TOKEN is too short: it needs 32 or more characters")
    if not NOTIFY_URL.startswith("https://"):
        raise ImproperlyConfigured("NOTIFY_URL must begin with https://: the key goes with every request")
else:
    EMAIL_HOST = required(
        "EMAIL_HOST", "the mail server, by which late cases reach whoever is on call; or set NOTIFY_API_KEY"
    )
    DEFAULT_FROM_EMAIL = required("DEFAULT_FROM_EMAIL", "who e-mails are from")
SITE_URL = required("SITE_URL", "what every link in an e-mail begins with, https://").rstrip("/")
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]  # asked for inside, past the proxy
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True

STATIC_ROOT = env.path("STATIC_ROOT", str(ROOT / "staticfiles"))()
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# As JSON alone: there the words of an exception, which may quote a person, are left out.
LOGGING = logging_settings(level=env.str("LOG_LEVEL", "INFO"), as_json=True)
