"""Settings shared by every environment; each is read from one environment variable."""

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import environ
import ninja

from portal.embedded.folder import DataFolder
from portal.embedded.postgres import EmbeddedPostgres
from portal.settings.broker import connection_string

BASE_DIR = Path(__file__).resolve().parents[2]
env = environ.FileAwareEnv()  # type: ignore[no-untyped-call]  # the library is half typed
DATA_FOLDER = DataFolder.from_environment()

DEBUG = False
ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-gb"
SITE_NAME = env.str("CALLBOARD_NAME", default="Callboard")

# The embedded defaults apply where neither a database nor a broker is named.
DATABASE_URL = env.str("DATABASE_URL", default="")
EMBEDDED_DATABASE = not DATABASE_URL
if EMBEDDED_DATABASE:
    DATABASE_URL = EmbeddedPostgres(DATA_FOLDER.postgres).url()
_database = urlsplit(DATABASE_URL)
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(_database.path.lstrip("/")),
        "USER": unquote(_database.username or ""),
        "PASSWORD": unquote(_database.password or ""),
        "HOST": unquote(_database.hostname or ""),
        "PORT": _database.port or "",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 5},
    }
}
# urlsplit lower-cases host names; a socket folder keeps its case.
if "%2f" in (_database.hostname or "").lower():
    _authority = _database.netloc.rpartition("@")[2]
    DATABASES["default"]["HOST"] = unquote(_authority)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "csp",
    "django_htmx",
    "template_partials",
    "allauth",
    "allauth.account",
    "apps.core",
    "apps.accounts",
    "apps.integrations",
    "apps.search",
    "apps.catalog",
    "apps.scaffolder",
    "apps.scorecards",
    "apps.forge",
    # Its management commands need every app.
    "portal",
]

MIDDLEWARE = [
    "apps.core.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Pages say the same words often; Django pads what it compresses against guessing of secrets.
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "apps.core.middleware.SecurityHeadersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "apps.accounts.middleware.SignInRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "apps.core.middleware.UserFacingErrorMiddleware",
]

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
                "apps.core.context.page",
            ],
            "builtins": ["apps.core.templatetags.ui"],
        },
    }
]

STATIC_URL = "/static/"
STATIC_ROOT = env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles"))
STATICFILES_DIRS = [
    BASE_DIR / "static",
    # JavaScript libraries come from the npm registry and are served under vendor/.
    ("vendor/dagre", str(BASE_DIR / "node_modules/@dagrejs/dagre/dist")),
    # Swagger UI comes with django-ninja.
    ("vendor/swagger-ui", str(Path(ninja.__file__).parent / "static/ninja")),
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "apps.accounts.adapters.AccountAdapter"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "portal.errors.csrf_failure"
CSRF_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "frame-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "object-src": ["'none'"],
        "manifest-src": ["'self'"],
    }
}

# One address for the cache of both processes: the database; no other service is needed.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "core_cache",
    }
}
CACHE_URL = env.str("CACHE_URL", default="")
if CACHE_URL:
    CACHES = {"default": env.cache_url("CACHE_URL")}

EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)


# --- Celery: a doorbell, never the place where a run lives (reliability.md 0.1) ---
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="")
EMBEDDED_BROKER = not CELERY_BROKER_URL
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object]
if EMBEDDED_BROKER:
    CELERY_BROKER_URL = "pgmq" + DATABASE_URL[DATABASE_URL.index("://") :]
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        # Without it the transport's library prefers the variable DATABASE_URL, and reads it wrongly
        # where the host is a socket's folder.
        "conn_string": connection_string(DATABASES["default"]),
        "init_extension": False,
        "use_notify": True,
        "notify_throttle_interval_ms": 0,
        "wait_time_seconds": 0,
        "polling_interval": 1,
        "visibility_timeout": 900,
        "pool_size": 4,
        "pool_timeout": 5,
    }
else:
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 900,
        "socket_timeout": 5,
        "socket_connect_timeout": 5,
        "socket_keepalive": True,
        "health_check_interval": 15,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
    }
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_RESULT_BACKEND = None
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SOFT_TIME_LIMIT = 540
CELERY_TASK_TIME_LIMIT = 600
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 25
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_TASK_DEFAULT_QUEUE = "default"
# Jobs of workflows take minutes; what hooks and pages wait for does not stand in line behind them.
CELERY_TASK_ROUTES = {
    "forge.run_job": {"queue": "jobs"},
    "forge.*": {"queue": "forge"},
    "scaffolder.*": {"queue": "runs"},
}
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 2, "interval_start": 0.2, "interval_max": 1}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_FOLDER.run / "beat-schedule")

# --- GitHub, or the embedded forge ---
EMBEDDED_FORGE_URL = env.str(
    "CALLBOARD_FORGE_URL", default=f"http://localhost:{DATA_FOLDER.ports()['forge']}"
)
# Without GITHUB_URL the portal speaks to the embedded forge exactly as it speaks to GitHub.
GITHUB_URL = env.str("GITHUB_URL", default="").rstrip("/")
EMBEDDED_FORGE = not GITHUB_URL
if EMBEDDED_FORGE:
    GITHUB_URL = EMBEDDED_FORGE_URL
    GITHUB_API_URL = f"{EMBEDDED_FORGE_URL}/api/v3"
else:
    _api = (
        "https://api.github.com" if GITHUB_URL == "https://github.com" else f"{GITHUB_URL}/api/v3"
    )
    GITHUB_API_URL = env.str("GITHUB_API_URL", default=_api).rstrip("/")
GITHUB_TOKEN = env.str("GITHUB_TOKEN", default="")
GITHUB_APP_ID = env.str("GITHUB_APP_ID", default="")
GITHUB_APP_PRIVATE_KEY = env.str("GITHUB_APP_PRIVATE_KEY", default="", multiline=True)
GITHUB_WEBHOOK_SECRET = env.str("GITHUB_WEBHOOK_SECRET", default="")
# GitHub asks for a second between writes; the embedded forge does not.
GITHUB_WRITE_SPACING_SECONDS = env.float(
    "GITHUB_WRITE_SPACING_SECONDS", default=0.0 if EMBEDDED_FORGE else 1.0
)
FORGE_DATA = DATA_FOLDER.forge

# --- Golden paths: a failing expression is an error; true leaves its text, as Backstage does ---
SCAFFOLDER_BACKSTAGE_SILENCE = env.bool("SCAFFOLDER_BACKSTAGE_SILENCE", default=False)
# `environment.parameters` of expressions, as JSON.
SCAFFOLDER_ENVIRONMENT = env.json("SCAFFOLDER_ENVIRONMENT", default={})

# --- Outgoing HTTP: https to public addresses; these origins may be private or plain http ---
OUTBOUND_ALLOWED_HOSTS = env.list("OUTBOUND_ALLOWED_HOSTS", default=[])
OUTBOUND_PUBLIC = env.bool("OUTBOUND_PUBLIC", default=True)
OUTBOUND_CA_BUNDLE = env.str("OUTBOUND_CA_BUNDLE", default="")
OUTBOUND_USER_AGENT = "callboard"
# To connect; between two pieces of an answer; for the whole call with its redirects.
OUTBOUND_CONNECT_SECONDS = 5.0
OUTBOUND_READ_SECONDS = 20.0
OUTBOUND_TOTAL_SECONDS = 30.0
# Folders from which `file:` locations may be read.
FILE_LOCATION_ROOTS = env.list("FILE_LOCATION_ROOTS", default=[str(BASE_DIR / "demo")])

PUBLIC_URL = env.str(
    "CALLBOARD_URL", default=f"http://localhost:{DATA_FOLDER.ports()['web']}"
).rstrip("/")
# One-click sign-in as the demonstration's people; refused unless the request is on loopback.
DEMONSTRATION = env.bool("CALLBOARD_DEMONSTRATION", default=EMBEDDED_DATABASE and EMBEDDED_FORGE)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "apps.core.middleware.RequestIdFilter"}},
    "formatters": {
        "plain": {
            "format": "{asctime} {levelname:<7} {name} [{request_id}] {message}",
            "style": "{",
        }
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "plain",
            "filters": ["request_id"],
        }
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django.server": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "pgmq": {"level": "WARNING"},
        # PyGithub writes whole requests at DEBUG; they may hold what no log should.
        "github": {"level": "WARNING"},
    },
}
