"""All settings, read from the environment; README lists every variable.

In development nothing needs to be set. In production a missing key, secret or host ends whatever
is being started with one line that names the variable.
"""

import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.utils.csp import CSP

from dashboard import stores
from dashboard.environment import Environment, NotConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment()

PRODUCTION = env.choice("SKYDECK_ENV", "development", ("development", "production")) == "production"
DEBUG = env.flag("DJANGO_DEBUG", default=False)
if PRODUCTION and DEBUG:
    raise NotConfigured("DJANGO_DEBUG must not be set in production: its pages show everything")
VAR_DIR = env.folder("SKYDECK_VAR", BASE_DIR / "var")


def required(name: str, what: str) -> str:
    """The variable's value; in production an error if it is missing, elsewhere ''."""
    value = env.text(name)
    if PRODUCTION and not value:
        raise NotConfigured(f"{name} must be set in production: {what}")
    return value


def development_secret() -> str:
    """A secret of this checkout's own, made once, readable by its owner alone."""
    path = VAR_DIR / "secret_key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50))
    return path.read_text()


# Skyvern ---------------------------------------------------------------------------------------
SKYVERN_API_KEY = required("SKYVERN_API_KEY", "the key of the Skyvern organisation to mirror")
SANDBOX = not SKYVERN_API_KEY
SANDBOX_PORT = env.count("SKYDECK_SANDBOX_PORT", 8099, least=1)
if SANDBOX:
    SKYVERN_API_KEY = "sandbox"
    SKYVERN_BASE_URL = f"http://127.0.0.1:{SANDBOX_PORT}"
else:
    SKYVERN_BASE_URL = env.address("SKYVERN_BASE_URL", "https://api.skyvern.com")
SKYVERN_RATE = env.rate("SKYVERN_RATE", 20.0)  # API calls per second, all processes together
SKYVERN_TRANSPORT: Any = None  # tests put an httpx transport here
PUBLIC_URL = env.address("PUBLIC_URL", path=False)

# Django ----------------------------------------------------------------------------------------
SECRET_KEY = required("DJANGO_SECRET_KEY", "a long random text") or development_secret()
_hosts = required("ALLOWED_HOSTS", "the host names people type, separated by commas")
ALLOWED_HOSTS = [host.strip() for host in _hosts.split(",") if host.strip()]
if not _hosts:
    ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", "testserver"]
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[PUBLIC_URL] if PUBLIC_URL else [])
INSTALLED_APPS = [
    "schedules",
    "runs",
    "dashboard",
    "django_htmx",
    "axes",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5_000_000  # rows may be pasted: 2 MB, and room to refuse more kindly
MIDDLEWARE = [
    "dashboard.proxies.client_address",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",  # before all that answer themselves
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "dashboard.middleware.probes",
    "dashboard.middleware.viewer_zone",
    "dashboard.middleware.viewer_clock",
    "dashboard.middleware.answers",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "dashboard.urls"
WSGI_APPLICATION = "dashboard.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "dashboard.context.shell",
            ],
        },
    }
]

# Storage ---------------------------------------------------------------------------------------
DATABASES: dict[str, Any] = {
    "default": env.database("DATABASE_URL", f"sqlite:///{VAR_DIR / 'skydeck.sqlite3'}")
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # The last three: the mirror saves a fifth more runs a second (`./dev bench mirror`).
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
            "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-16384; PRAGMA wal_autocheckpoint=4000;"
        ),
    }
else:
    DATABASES["default"].setdefault("CONN_HEALTH_CHECKS", True)
DATABASES["default"].setdefault("CONN_MAX_AGE", 60)  # seconds; connecting costs more than a poll

_LOCAL = "django.core.cache.backends.locmem.LocMemCache"
CACHES = {
    "default": {"BACKEND": _LOCAL},
    # parts of pages, each some ten kilobytes: few, and not in the way of what is kept for longer
    "drawn": {"BACKEND": _LOCAL, "LOCATION": "drawn", "OPTIONS": {"MAX_ENTRIES": 50}},
}

# People ----------------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "overview"
LOGOUT_REDIRECT_URL = "login"
AXES_HANDLER = "dashboard.guessing.Guard"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"], "ip_address", "username"]
# Of each in turn: one person at one desk, a whole office behind one address, a net of machines.
GUESSES_ALLOWED = (5, 50, 100)
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # or one address could lock an account
AXES_LOCKOUT_TEMPLATE = "registration/locked_out.html"
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

# Safety ----------------------------------------------------------------------------------------
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "media-src": [CSP.SELF],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "manifest-src": [CSP.SELF],
}
PROXIES = env.count("SKYDECK_PROXIES", 0)  # of ours in front, each appending to X-Forwarded-For
# People come over https, through a proxy that says so.
TLS = env.flag("SKYDECK_TLS", default=PRODUCTION)
DEFAULT_EXCEPTION_REPORTER = "dashboard.debugging.Reporter"
DEFAULT_EXCEPTION_REPORTER_FILTER = "dashboard.debugging.Filter"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = TLS
if TLS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SILENCED_SYSTEM_CHECKS = ["security.W021"]  # browsers' preload lists are for the domain's owner
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]

# Notifications ---------------------------------------------------------------------------------
_mail = env.mail("EMAIL_URL")
HAS_MAIL = bool(_mail)
if HAS_MAIL:
    MAILERS = {"default": {"OPTIONS": _mail}}
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM") or "Skydeck <skydeck@localhost>"
NOTIFY_PRIVATE_HOSTS = env.hosts("NOTIFY_PRIVATE_HOSTS")

# Words, times, files ---------------------------------------------------------------------------
LANGUAGE_CODE = "en-us"
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "var" / "static"  # of the checkout: the same for all its instances
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "dashboard.styles.StylesFinder",
]
STORAGES: dict[str, Any] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {"short": {"()": "dashboard.logs.ShortAddresses"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "axes": {"level": "WARNING"},
        "django.request": {"filters": ["short"]},
        "httpx": {"level": "WARNING"},
        "httpcore": {"level": "WARNING"},
    },
}

# The ledger of schedules, in seconds --------------------------------------------------------------
LEDGER_LOOK_SECONDS = env.count("LEDGER_LOOK_SECONDS", 60, least=1, most=60)
LEDGER_LATE_SECONDS = env.count("LEDGER_LATE_SECONDS", 120, least=1)
LEDGER_GRACE_SECONDS = env.count("LEDGER_GRACE_SECONDS", 300, least=60)

# Files of runs that are kept here, for when Skyvern has them no more ------------------------------
EVIDENCE_STORE = env.store("EVIDENCE_STORE")
EVIDENCE_KEEP = env.choice("EVIDENCE_KEEP", "failed", ("failed", "all"))
EVIDENCE_DAYS = env.count("EVIDENCE_DAYS", 90)  # 0: for ever
EVIDENCE_GB = env.count("EVIDENCE_GB", 20, least=1)
EVIDENCE_FILE_MB = env.count("EVIDENCE_FILE_MB", 500, least=1, most=4096)
_s3 = {
    "endpoint_url": env.address("EVIDENCE_S3_ENDPOINT"),
    "access_key": env.text("AWS_ACCESS_KEY_ID"),
    "secret_key": env.text("AWS_SECRET_ACCESS_KEY"),
    "region_name": env.text("AWS_DEFAULT_REGION"),
}
if EVIDENCE_STORE.startswith("s3:"):
    STORAGES["evidence"] = stores.bucket(EVIDENCE_STORE, **_s3)
elif EVIDENCE_STORE:
    STORAGES["evidence"] = stores.folder(EVIDENCE_STORE)

# Celery ----------------------------------------------------------------------------------------
CELERY_BROKER_URL = env.broker("BROKER_URL", "filesystem://localhost")
if CELERY_BROKER_URL.startswith("filesystem"):
    _queue = VAR_DIR / "broker"
    for folder in ("messages", "control"):
        (_queue / folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
        "data_folder_in": str(_queue / "messages"),
        "data_folder_out": str(_queue / "messages"),
        "control_folder": str(_queue / "control"),
        "polling_interval": 0.1,
    }
else:
    CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 600}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_ACKS_LATE = True
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BEAT_SCHEDULER = "dashboard.beat:SteadyScheduler"


def tick(task: str, seconds: float) -> dict[str, Any]:
    """A beat entry whose message is dropped if no worker took it before the next one."""
    return {"task": task, "schedule": seconds, "options": {"expires": seconds}}


_keeping = {"runs.tasks.keep_files": 10.0, "runs.tasks.tidy_files": 60.0} if EVIDENCE_STORE else {}
CELERY_BEAT_SCHEDULE = {
    name: tick(name, seconds)
    for name, seconds in {
        "runs.tasks.refresh_live": 2.0,
        "runs.tasks.refresh_details": 2.0,
        "runs.tasks.refresh_newest": 5.0,
        "runs.tasks.refresh_workflows": 30.0,
        "runs.tasks.walk_history": 10.0,
        "runs.tasks.settle_launches": 30.0,
        "runs.tasks.work_jobs": 5.0,
        **_keeping,
        "runs.tasks.mark_stuck": 60.0,
        "runs.tasks.raise_alerts": 5.0,
        "dashboard.notify.outbox.deliver": 5.0,
        "runs.tasks.forget_alerts": 60.0,
        "dashboard.notify.outbox.forget": 60.0,
        "schedules.tasks.refresh_schedules": 30.0,
        "schedules.tasks.keep_ledger": float(LEDGER_LOOK_SECONDS),
        "schedules.tasks.end_pauses": 5.0,
        "schedules.tasks.work_bulks": 5.0,
        "schedules.tasks.reckon_hours": 30.0,
    }.items()
}
