"""The process of the embedded forge: its own pages and REST API, nothing of the portal."""

from portal.settings.dev import *  # noqa: F403

ROOT_URLCONF = "apps.forge.urls"
# Only what the forge needs: it starts faster, and no table of the portal is within its reach.
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "csp",
    "apps.core",
    "apps.forge",
]
AUTHENTICATION_BACKENDS = []
MIDDLEWARE = [
    "apps.core.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "apps.core.middleware.SecurityHeadersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
APPEND_SLASH = False
SESSION_COOKIE_NAME = "forge_session"
CSRF_COOKIE_NAME = "forge_csrf"
# A push of a repository is larger than a form.
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024 * 1024
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],  # noqa: F405
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": ["django.template.context_processors.request"],
            "builtins": ["apps.core.templatetags.ui"],
        },
    }
]
