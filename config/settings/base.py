"""Settings that hold everywhere. No rule of the field and no deadline lives here."""

from datetime import timedelta

from csp.constants import NONE, SELF

from config.env import ROOT, database, env, required, run_dir, web_threads
from config.logs import logging_settings

# --- What it is made of -----------------------------------------------------------------

DEBUG = False
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

INSTALLED_APPS = [
    "referrals",
    "notifications",
    "agencies",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "oauth2_provider",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "axes",
    "csp",
]

MIDDLEWARE = [
    "config.request_id.RequestIdMiddleware",
    "config.api_version.ApiVersion",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "config.errors.NotAllowed",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.addresses.SlashMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.session_limits.SessionLimits",
    # From here inwards a request acts for one agency, in one transaction.
    "agencies.acting.ActingMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "config" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.shell.shell",
            ]
        },
    }
]

# --- Where things are kept --------------------------------------------------------------

DATABASES = {"default": database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STATIC_URL = "/static/"
STATICFILES_DIRS = [ROOT / "config" / "static", ROOT / "build" / "static"]
# Files that people attach: the same place for every web node, served by no web server.
ATTACHMENT_DIR = env.str("ATTACHMENT_DIR", "") or str(run_dir() / "attachments")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "attachments": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": ATTACHMENT_DIR,
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
}
# What is sent is never written to a temporary folder, and no more of it is held than may be kept.
FILE_UPLOAD_HANDLERS = ["config.uploads.InMemory"]

# --- Language and time: stored in UTC, shown to people in London's ----------------------

LANGUAGE_CODE = "en-gb"
FORMAT_MODULE_PATH = "config.formats"
USE_TZ = True
TIME_ZONE = "Europe/London"

# --- Who may come in --------------------------------------------------------------------

SECRET_KEY = required("SECRET_KEY", "the key that signs sessions: 50 or more random characters")
AUTH_USER_MODEL = "agencies.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",  # of people
    "agencies.hashers.RandomSecretHasher",  # of programs
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = LOGIN_URL
SESSION_COOKIE_AGE = 12 * 60 * 60  # seconds: a long shift
SESSION_IDLE_AGE = 30 * 60  # seconds without use
CSRF_FAILURE_VIEW = "config.errors.form_too_old"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

# A hospital shares one address, so a lock-out takes the name and the address together.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "registration/locked_out.html"
AXES_SENSITIVE_PARAMETERS = ["password"]
AXES_ENABLE_ACCESS_FAILURE_LOG = False
AXES_VERBOSE = False
# Behind a proxy every request comes from its address: how many proxies of ours stand before the web process.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", 0)
AXES_CLIENT_IP_CALLABLE = "agencies.sign_in.address"
AXES_HANDLER = "agencies.sign_in.AuditedHandler"
AXES_ENABLE_ADMIN = False  # its pages delete, and show what was posted

OAUTH2_PROVIDER_APPLICATION_MODEL = "agencies.ApiClient"
OAUTH2_PROVIDER = {
    "OAUTH2_VALIDATOR_CLASS": "agencies.api.token.ClientValidator",
    "SCOPES_BACKEND_CLASS": "agencies.models.ClientScopes",  # a client's own, and no others
    "ACCESS_TOKEN_EXPIRE_SECONDS": 3600,
    "CLIENT_SECRET_HASHER": "pbkdf2_sha256_random",
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,  # only a token's checksum is stored
    "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": True,
    "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
    "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,
}

# --- What a browser is told -------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"

# --- The API ----------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["agencies.api.authentication.ActorAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["agencies.api.authentication.HasScope"],
    "DEFAULT_THROTTLE_CLASSES": ["agencies.api.authentication.WithinAllowance"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["referrals.api.parsing.StrictJSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["referrals.api.filtering.StrictFilterBackend"],
    "DEFAULT_METADATA_CLASS": None,  # the OpenAPI document says what there is
    "DEFAULT_SCHEMA_CLASS": "referrals.api.schema.Described",
    "EXCEPTION_HANDLER": "referrals.api.errors.handle",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
# What one client, or one person at a browser, may ask for.
API_REQUESTS_A_MINUTE = env.int("API_REQUESTS_A_MINUTE", 1_200)
DOCS_DIR = str(ROOT / "docs")  # the papers for integrators are served from it

SPECTACULAR_SETTINGS = {
    "TITLE": "Right Care, Right Person referrals",
    "DESCRIPTION": (
        "A case is always somebody's, and whoever has it is on a clock.\n\n"
        "Begin with [a first referral](/api/v1/docs/api/) in curl and Python. Then: "
        "[webhooks](/api/v1/docs/webhooks/), [types of events](/api/v1/docs/events/), "
        "[FHIR](/api/v1/docs/fhir/), [MAIT](/api/v1/docs/mait/), "
        "[the lifecycle of a referral](/api/v1/docs/lifecycle/), "
        "[what each problem means](/api/v1/problems/), "
        "[what changed](/api/v1/docs/changelog/).\n\n"
        "A token comes from `/oauth/token/` by client credentials, with a secret or with an assertion whose "
        "`aud` is that address. Instants carry an offset. Lists answer `next`, `previous` and `results`. "
        "Refusals are problem documents (RFC 9457)."
    ),
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "AgencyKind": "referrals.api.words.AGENCY_KINDS",
        "Category": "referrals.api.words.CATEGORIES",
        "Priority": "referrals.api.words.PRIORITIES",
        "Flag": "referrals.api.words.FLAGS",
        "SceneSafety": "referrals.api.words.SCENE_SAFETY",
        "CaseState": "referrals.api.words.CASE_STATES",
        "CaseAction": "referrals.api.words.CASE_MOVES",
        "Cause": "referrals.api.words.CAUSES",
        "ReferralState": "referrals.api.words.STATES",
        "ReferralAction": "referrals.api.words.ACTIONS",
        "ParentLink": "referrals.api.words.PARENT_LINKS",
        "ClockKind": "referrals.api.words.CLOCKS",
        "Answer": "referrals.api.words.ANSWERS",
        "ThresholdOutcome": "referrals.api.words.OUTCOMES",
        "Channel": "referrals.api.words.CHANNELS",
        "WithWhom": "referrals.api.words.WITH_WHOM",
        "ContactOutcome": "referrals.api.words.CONTACT_OUTCOMES",
        "ClaimState": "referrals.api.words.CLAIM_STATES",
        "Supporter": "referrals.api.words.SUPPORTERS",
        "SupportedBy": "referrals.api.words.SUPPORTED_BY",
        "SupportEnds": "referrals.api.words.SUPPORT_ENDS",
        "AttachmentKind": "referrals.api.words.ATTACHMENT_KINDS",
        "AttachmentMediaType": "referrals.api.words.MEDIA_TYPES",
        "RiskDirection": "referrals.api.words.RISK_DIRECTIONS",
        "Decided": "referrals.api.words.DECIDED",
        "Verdict": "referrals.api.words.VERDICTS",
        "Stand": "referrals.api.words.STANDS",
        "DisputeCause": "referrals.api.words.DISPUTE_CAUSES",
        "DisputeOutcome": "referrals.api.words.DISPUTE_OUTCOMES",
        "ThresholdStepKind": "referrals.api.words.THRESHOLD_STEP_KINDS",
        "ThresholdAction": "referrals.api.words.THRESHOLD_ACTIONS",
        # of a detention
        "Power": "referrals.api.words.POWERS",
        "DetentionState": "referrals.api.words.DETENTION_STATES",
        "DetentionOutcome": "referrals.api.words.DETENTION_OUTCOMES",
        "MilestoneKind": "referrals.api.words.MILESTONES",
        "PlaceKind": "referrals.api.words.PLACE_KINDS",
        "ArrivalBasis": "referrals.api.words.ARRIVAL_BASES",
        # missing patients
        "MissingState": "referrals.api.words.MISSING_STATES",
        "MissingAction": "referrals.api.words.MISSING_ACTIONS",
        "MissingFlagCode": "referrals.api.words.MISSING_FLAGS",
        "ProposedOwner": "referrals.api.words.MISSING_OWNERS",
        "Grade": "referrals.api.words.GRADES",
        "LegalStatus": "referrals.api.words.LEGAL_STATUSES",
        "Security": "referrals.api.words.SECURITY",
        "ChecklistItem": "referrals.api.words.CHECKLIST_ITEMS",
        "ChecklistPhase": "referrals.api.words.CHECKLIST_PHASES",
        "NameKind": "referrals.api.words.NAME_KINDS",
        "LinkBasis": "referrals.api.words.LINK_BASES",
        "TeamKind": "agencies.roles.TeamKind.choices",
        "DeliveryState": "referrals.api.words.DELIVERY_STATES",
        "WhyDisabled": "referrals.api.words.WHY_DISABLED",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "referrals.api.published.complete",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}
WEB_THREADS = web_threads()

# --- Work that happens by itself --------------------------------------------------------

CLOCKS_FIRST, AFTERWARDS = 0, 9  # however many wake-ups have piled up, a tick is the next to be run
CELERY_BROKER_URL = required("CELERY_BROKER_URL", "the broker, redis://:password@host:port/number")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # for ever: a worker waits for its broker
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,  # seconds; longer than the longest task
    "unacked_restore_interval": 5,  # seconds between looks for what a dead worker held
    "unacked_restore_throttle": 1,
    "priority_steps": [CLOCKS_FIRST, AFTERWARDS],
}
CELERY_TASK_DEFAULT_PRIORITY = AFTERWARDS
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 240  # seconds; below the visibility timeout, or a task would run twice
# Three may deliver, one sends webhooks, one proves: one is left for the clocks.
CELERY_WORKER_CONCURRENCY = env.int("WORKER_PROCESSES", 6)
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"

# The database holds what is due; beat only says when to look. A lost tick delays, never loses.
# None expires: that would be judged by the worker's own clock, which may be wrong by hours.
TICK_SECONDS = env.float("TICK_SECONDS", 5.0)
CELERY_BEAT_SCHEDULE = {
    "tick": {
        "task": "referrals.tasks.tick_clocks",
        "schedule": TICK_SECONDS,
        "options": {"priority": CLOCKS_FIRST},
    },
    "deliver": {
        "task": "referrals.tasks.deliver_messages",
        "schedule": TICK_SECONDS,
    },
    "number": {
        "task": "referrals.tasks.number_events",
        "schedule": 1.0,  # seconds
    },
    "webhooks": {
        "task": "referrals.tasks.send_webhooks",
        "schedule": 1.0,  # seconds
    },
    "return": {
        "task": "referrals.tasks.return_work",
        "schedule": 60.0,  # seconds
    },
    "prove": {
        "task": "referrals.tasks.prove_standing",
        "schedule": 60.0,  # seconds
    },
    "forget": {
        "task": "referrals.tasks.forget_answers",
        "schedule": 60.0,  # seconds
    },
    "rota": {
        "task": "referrals.tasks.tell_gaps",
        "schedule": 60.0,  # seconds; it looks once an hour
    },
    "dates": {
        "task": "referrals.tasks.tell_dates",
        "schedule": 60.0,  # seconds
    },
}

# --- E-mail -----------------------------------------------------------------------------

# Without a server, what would be sent is written to the worker's output.
EMAIL_HOST = env.str("EMAIL_HOST", "")
EMAIL_PORT = env.int("EMAIL_PORT", 587)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", True)
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console'}.EmailBackend"
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "referrals@localhost")
# How the site is reached from a mailbox: what every link begins with.
SITE_URL = env.str("SITE_URL", "http://localhost:8000").rstrip("/")

# --- Text messages ----------------------------------------------------------------------

# With a key, texts and e-mail go through GOV.UK Notify; its templates hold our placeholders alone. Without
# one e-mail goes as above, and a text is written to the worker's output.
NOTIFY_API_KEY = env.str("NOTIFY_API_KEY", "")
NOTIFY_URL = env.str("NOTIFY_URL", "https://api.notifications.service.gov.uk")
if NOTIFY_API_KEY:
    NOTIFY_SMS_TEMPLATE = required("NOTIFY_SMS_TEMPLATE", "Notify's template of a text: ((text))")
    NOTIFY_EMAIL_TEMPLATE = required(
        "NOTIFY_EMAIL_TEMPLATE", "Notify's template of an e-mail: ((subject)) and ((body))"
    )
SMS_TO_CONSOLE = not NOTIFY_API_KEY
# What Notify presents at /notify/receipts/ and /notify/texts/; without it both answer nobody.
NOTIFY_CALLBACK_TOKEN = env.str("NOTIFY_CALLBACK_TOKEN", "")

# --- Webhooks ---------------------------------------------------------------------------

# Whether partners may name this machine itself as an address: for tests and demonstration only.
WEBHOOKS_MAY_REACH_LOOPBACK = env.bool("WEBHOOKS_MAY_REACH_LOOPBACK", False)

# --- Being watched ----------------------------------------------------------------------

# Where anchors of the events' chains are kept: outside the database, best on another machine's disk,
# and the same place for every worker node.
ANCHOR_DIR = env.str("ANCHOR_DIR", "") or str(run_dir() / "anchors")
# What a worker calls once a minute while the engine works; whoever is behind it misses the call.
OUTSIDE_HEARTBEAT_URL = env.str("OUTSIDE_HEARTBEAT_URL", "")
# Who may read /metrics: the bearer of this token; without one, only this machine itself.
METRICS_TOKEN = env.str("METRICS_TOKEN", "")

# --- Logs -------------------------------------------------------------------------------

LOGGING = logging_settings(level=env.str("LOG_LEVEL", "INFO"), as_json=env.bool("LOG_JSON", False))

# --- Help ------------------------------------------------------------------------------

# Whom to phone when the system itself fails, as people read it: a number, with a name if need be.
SERVICE_DESK = env.str("SERVICE_DESK", "")

# --- Demonstration ----------------------------------------------------------------------

# Invented agencies with printed passwords. Only `make run` asks for them.
DEMO = env.bool("DEMO", False)
REFUSES_DEMO = False  # a web process does not start on a database that holds them
