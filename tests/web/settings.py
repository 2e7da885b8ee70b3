"""The smallest site that the web room runs in: no database, no other app."""

from pathlib import Path

BASE = Path(__file__).parent
SECRET_KEY = "only-for-tests"
MOTKRAFT_DEMO = True
DEBUG = False
ALLOWED_HOSTS = ["*"]
USE_TZ = True
TIME_ZONE = "Europe/Stockholm"
LANGUAGE_CODE = "sv"
LANGUAGES = [("sv", "Svenska"), ("en", "English")]
INSTALLED_APPS = ["django.forms", "django.contrib.staticfiles", "django_htmx", "motkraft.web"]
MIDDLEWARE = [
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "web.urls"
STATIC_URL = "/static/"
FORM_RENDERER = "motkraft.web.forms.Renderer"
DATABASES: dict[str, object] = {}
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]
