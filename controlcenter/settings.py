"""Django's settings, put together from `config`: assembly only."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from controlcenter import config

CONFIG = config.current()
BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = CONFIG.data_dir.resolve()


def _secret_key() -> str:
    kept = DATA_DIR / "secret_key"
    if given := CONFIG.secret_key.reveal():
        return given
    return kept.read_text(encoding="ascii") if kept.exists() else "not yet made: manage.py runcenter makes one in the data directory"


SECRET_KEY = _secret_key()
DEBUG = CONFIG.debug
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", urlsplit(CONFIG.url).hostname or "localhost", *CONFIG.allowed_hosts]
ROOT_URLCONF = "controlcenter.urls"
ASGI_APPLICATION = "controlcenter.asgi.application"
REDIS_URL = CONFIG.redis_url or f"unix://{CONFIG.valkey_socket}"

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "controlcenter.fleet",
    "controlcenter.access",
    "controlcenter.observe",
    "controlcenter.browse",
    "controlcenter.query",
    "controlcenter.web",
]

MIDDLEWARE = [
    "controlcenter.web.headers.SecurityHeaders",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "controlcenter.web.door.Door",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "controlcenter.web.frame.context",
            ],
            "builtins": ["controlcenter.web.templatetags.parts"],
        },
    }
]


def _database() -> dict[str, object]:
    given = urlsplit(CONFIG.database_url)
    if given.scheme in ("postgres", "postgresql"):
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(given.path.lstrip("/")),
            "USER": unquote(given.username or ""),
            "PASSWORD": unquote(given.password or ""),
            "HOST": given.hostname or "",
            "PORT": str(given.port or ""),
            "OPTIONS": {name: values[-1] for name, values in parse_qs(given.query).items()},
        }
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": unquote(given.path) or DATA_DIR / "controlcenter.sqlite3",
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/login/"
CSRF_FAILURE_VIEW = "controlcenter.web.door.forged"
AXES_FAILURE_LIMIT = 5
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True
SILENCED_SYSTEM_CHECKS = [
    "axes.W002",  # its middleware would answer in our place: sign_in.py says it in our words
    "security.W001",  # web/headers.py sends these headers
    "security.W002",  # the policy there forbids frames
]
SESSION_COOKIE_AGE = 12 * 3600  # idle; door.py ends a busy session after seven days
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = CONFIG.behind_tls_proxy
SESSION_COOKIE_NAME = "__Host-sessionid" if CONFIG.behind_tls_proxy else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if CONFIG.behind_tls_proxy else "csrftoken"
SESSION_COOKIE_HTTPONLY = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if CONFIG.behind_tls_proxy else None
LOGIN_REDIRECT_URL = "/"

USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"  # the shelve file of the default breaks after a kill
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
