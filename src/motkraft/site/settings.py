"""Django's settings. Motkraft starts with none given; each that can be given is read here, named MOTKRAFT_*.

============================ ============================================================== ==================
name                         what                                                           unset
============================ ============================================================== ==================
MOTKRAFT_VAR                 folder for database, files, keys and logs                      ``var/``
MOTKRAFT_DEMO                ``1``: synthetic data, one click to become any demo person     ``0``
MOTKRAFT_HOSTS               comma-separated host names served                              localhost only
MOTKRAFT_PUBLIC_URL          the address printed in notices and log origins                 http://127.0.0.1:8000
MOTKRAFT_HTTPS               ``1``: secure cookies, HSTS, redirect to https                 ``0``
MOTKRAFT_PROXIES             how many reverse proxies of yours stand before it; each must   ``0``
                             set X-Forwarded-For and X-Forwarded-Proto itself
MOTKRAFT_LARGEST_FILE        bytes of the largest file that is taken in                     2 GiB
MOTKRAFT_SMTP                the mail server: smtp://, smtp+starttls:// or smtps://, with   nothing is mailed
                             user:password@ and :port where needed
MOTKRAFT_MAIL_FROM           the sender of mail                                             motkraft@ the host
MOTKRAFT_TIMESTAMP_URL       an RFC 3161 timestamp service for evidence and e-seals         no timestamps
MOTKRAFT_ESEAL_ROOTS         a PEM file with the roots of e-seals and their timestamps       no trust told
MOTKRAFT_TIMESTAMP_ROOTS     a PEM file with the roots that its answers are trusted by      no timestamps
MOTKRAFT_DEBUG               ``1``: Django's debug pages (never with real data)             ``0``
DATABASE_URL                 the owner's PostgreSQL address                                 embedded server
MOTKRAFT_APP_DATABASE_URL    the application's PostgreSQL address                           made from the above
============================ ============================================================== ==================
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from motkraft.site.database import django_database
from motkraft.site.folders import folders as _folders


def _flag(name: str) -> bool:
    return os.environ.get(name, "0").strip().lower() in ("1", "true", "yes", "on")


PACKAGE = Path(__file__).resolve().parents[1]
MOTKRAFT_FOLDERS = _folders()
MOTKRAFT_DEMO = _flag("MOTKRAFT_DEMO")
MOTKRAFT_PUBLIC_URL = os.environ.get("MOTKRAFT_PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
DEBUG = _flag("MOTKRAFT_DEBUG")
HTTPS = _flag("MOTKRAFT_HTTPS")
PROXIES = int(os.environ.get("MOTKRAFT_PROXIES") or "0")

ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"] + [
    host.strip() for host in os.environ.get("MOTKRAFT_HOSTS", "").split(",") if host.strip()
]
if urlsplit(MOTKRAFT_PUBLIC_URL).hostname not in ALLOWED_HOSTS:
    ALLOWED_HOSTS.append(urlsplit(MOTKRAFT_PUBLIC_URL).hostname or "localhost")
CSRF_TRUSTED_ORIGINS = [MOTKRAFT_PUBLIC_URL]

# Keys: from files, never from the database.
SECRET_KEY = MOTKRAFT_FOLDERS.secret("django-secret").hex()
MOTKRAFT_VAULT_KEYS = [MOTKRAFT_FOLDERS.secret("vault-key")]

INSTALLED_APPS = [
    "django.forms",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.socialaccount.providers.saml",
    "django_htmx",
    "procrastinate.contrib.django",
    "motkraft.web",
    "motkraft.people",
    "motkraft.ledger",
    "motkraft.incidents",
    "motkraft.decisions",
    "motkraft.watch",
    "motkraft.answers",
    "motkraft.cooperation",
    "motkraft.site.apps.SiteConfig",
]
MIDDLEWARE = [
    "motkraft.site.middleware.SecurityHeaders",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "motkraft.site.middleware.Language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "motkraft.site.middleware.Access",
]

ROOT_URLCONF = "motkraft.site.urls"
WSGI_APPLICATION = "motkraft.site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "site" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "motkraft.site.navigation.page",
            ],
            "builtins": ["motkraft.web.templatetags.motkraft", "django.templatetags.i18n"],
        },
    }
]

# -- database: the application's role for everything, the owner's only for migrations

_application = os.environ.get("MOTKRAFT_APP_DATABASE_URL", "postgresql:///motkraft")
DATABASES = {
    "default": django_database(_application),
    "owner": {
        **django_database(os.environ.get("DATABASE_URL", _application)),
        "CONN_MAX_AGE": 0,
        "TEST": {"MIRROR": "default"},
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# -- people and login

AUTH_USER_MODEL = "people.Person"
AUTHENTICATION_BACKENDS = ["motkraft.people.login.Door"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"username"}  # an employee id: e-mail addresses hold names
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "motkraft.people.login.AccountAdapter"
ACCOUNT_USER_DISPLAY = "motkraft.people.login.display"
ACCOUNT_PREVENT_ENUMERATION = True
# A municipality often has one address for everybody: what counts is how often one employee id is tried.
ACCOUNT_RATE_LIMITS = {"login": "300/m/ip", "login_failed": "60/m/ip,5/5m/key"}
ALLAUTH_TRUSTED_PROXY_COUNT = PROXIES  # otherwise X-Forwarded-For is what the visitor says, and is not believed
CACHES = {"default": {"BACKEND": "motkraft.people.attempts.Attempts"}}
MFA_ADAPTER = "motkraft.people.login.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 8 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
CSRF_COOKIE_HTTPONLY = True  # forms carry the token; no script needs the cookie
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PROXIES else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "motkraft.site.views.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
FORM_RENDERER = "motkraft.web.forms.Renderer"

# -- language and time

LANGUAGE_CODE = "sv"
LANGUAGES = [("sv", "Svenska"), ("en", "English")]
LOCALE_PATHS = [path for path in sorted([*PACKAGE.glob("*/locale"), *PACKAGE.glob("*/locales/*")]) if path.is_dir()]
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_SAMESITE = "Lax"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Stockholm"

# -- files

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(MOTKRAFT_FOLDERS.files)},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
FILE_UPLOAD_TEMP_DIR = None
MOTKRAFT_LARGEST_FILE = int(os.environ.get("MOTKRAFT_LARGEST_FILE") or 2 * 1024**3)  # bytes, of one file

# -- mail: only jobs send it, and it tells nothing but that something waits

_mail = urlsplit(os.environ.get("MOTKRAFT_SMTP", ""))
MOTKRAFT_SENDS_MAIL = bool(_mail.hostname)
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if MOTKRAFT_SENDS_MAIL else 'dummy'}.EmailBackend"
EMAIL_USE_SSL = _mail.scheme == "smtps"
EMAIL_USE_TLS = _mail.scheme == "smtp+starttls"
EMAIL_HOST = _mail.hostname or ""
EMAIL_PORT = _mail.port or (465 if EMAIL_USE_SSL else 587 if EMAIL_USE_TLS else 25)
EMAIL_HOST_USER = unquote(_mail.username or "")
EMAIL_HOST_PASSWORD = unquote(_mail.password or "")
EMAIL_TIMEOUT = 15  # seconds
MOTKRAFT_MAIL_FROM = os.environ.get(
    "MOTKRAFT_MAIL_FROM", f"motkraft@{urlsplit(MOTKRAFT_PUBLIC_URL).hostname or 'localhost'}"
)
DEFAULT_FROM_EMAIL = SERVER_EMAIL = MOTKRAFT_MAIL_FROM

# -- timestamps of evidence (RFC 3161)

MOTKRAFT_TIMESTAMP_URL = os.environ.get("MOTKRAFT_TIMESTAMP_URL", "")
MOTKRAFT_ESEAL_ROOTS = os.environ.get("MOTKRAFT_ESEAL_ROOTS", "")
MOTKRAFT_TIMESTAMP_ROOTS = os.environ.get("MOTKRAFT_TIMESTAMP_ROOTS", "")

# -- background work

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"

# -- what is written to the log: never a query string, a form field or a name

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"lost database": {"()": "motkraft.site.logs.LostDatabase"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["lost database"]}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "motkraft": {"level": "INFO"},
        "django.request": {"level": "ERROR"},
        "procrastinate": {"level": "WARNING"},
    },
}
