"""All settings, from the environment. `docs/operations.md` lists the variables.

Production is the default mode and starts only when every value it needs is present and safe.
"""

from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
import django_include_bootstrap
import fontpkg_figtree
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from goldenthread.config.environment import Environment, is_address, is_key

env = Environment()
MODE = env.mode
PRODUCTION = env.production
DEMONSTRATION = MODE == "demonstration"
PACKAGE_DIR = Path(__file__).resolve().parent.parent

DEBUG = False
DATA_DIR = Path(env.text("GOLDENTHREAD_DATA", ".data")).resolve()
SECRET_KEY = env.required(
    "GOLDENTHREAD_SECRET_KEY",
    otherwise="not-secret-outside-production-" + "x" * 40,
    why="is missing: set at least 50 random characters",
)
if PRODUCTION and len(SECRET_KEY) < 50:
    env.complain("GOLDENTHREAD_SECRET_KEY", "is too short: set at least 50 random characters")
BASE_URL = env.required(
    "GOLDENTHREAD_URL", otherwise="http://localhost:8000", why="is missing: set the public https address"
).rstrip("/")
if PRODUCTION and not BASE_URL.startswith("https://"):
    env.complain("GOLDENTHREAD_URL", "must begin with https://")
ALLOWED_HOSTS = env.items("GOLDENTHREAD_HOSTS", "" if PRODUCTION else "localhost,127.0.0.1,[::1],testserver")
if PRODUCTION and not ALLOWED_HOSTS:
    env.complain("GOLDENTHREAD_HOSTS", "is missing: set the host names to answer to, separated by commas")
if PRODUCTION and "*" in ALLOWED_HOSTS:
    env.complain("GOLDENTHREAD_HOSTS", "must not be *: name the hosts")
# Addresses that this installation had: badges that were signed there name them for ever (docs/rules/awards.md).
FORMER_URLS = env.web_addresses("GOLDENTHREAD_FORMER_URLS")
ALLOWED_HOSTS += [str(urlsplit(url).hostname) for url in FORMER_URLS]
CSRF_TRUSTED_ORIGINS = [BASE_URL]

# --- application -------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "django_cotton.apps.SimpleAppConfig",
    "heroicons",
    "goldenthread.apps.GoldenThreadConfig",
]
MIDDLEWARE = [
    "goldenthread.web.shared.middleware.ReceivedAt",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "goldenthread.web.shared.public_pages.PublicPages",
    "goldenthread.web.shared.policy.ContentSecurityPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "goldenthread.web.shared.middleware.SignInFirst",
    "goldenthread.web.shared.middleware.Viewer",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "goldenthread.web.shared.middleware.NumbersThatFit",
    "goldenthread.web.shared.middleware.RefusedBecomesAPage",
]
ROOT_URLCONF = "goldenthread.config.urls"
WSGI_APPLICATION = "goldenthread.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": sorted((PACKAGE_DIR / "web").glob("*/templates")),
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django_cotton.cotton_loader.Loader",
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "builtins": ["django_cotton.templatetags.cotton", "goldenthread.templatetags.gt"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "goldenthread.web.shared.navigation.page_frame",
            ],
        },
    }
]
COTTON_DIR = "components"
FORM_RENDERER = "goldenthread.web.shared.widgets.Renderer"

# --- people ------------------------------------------------------------------------------------
AUTH_USER_MODEL = "goldenthread.User"
AUTHENTICATION_BACKENDS = ["goldenthread.web.shared.accounts.SignIn"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "start"
LOGOUT_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "goldenthread.web.shared.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # on our own page; see people/addresses.py
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
MFA_ADAPTER = "goldenthread.web.shared.accounts.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
MFA_TOTP_ISSUER = "Golden Thread"
SECOND_FACTOR_ROLES = ("office", "marker", "moderator") if PRODUCTION else ()
SESSION_ENGINE = "goldenthread.web.shared.sessions"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
if env.flag("GOLDENTHREAD_CAST_SIGN_IN") and PRODUCTION:
    env.complain(
        "GOLDENTHREAD_CAST_SIGN_IN", "is for demonstrations: unset it, or set GOLDENTHREAD_MODE=demonstration"
    )
CAST_SIGN_IN = DEMONSTRATION and env.flag("GOLDENTHREAD_CAST_SIGN_IN", default=True)

# --- database ----------------------------------------------------------------------------------
DATABASES = {
    "default": dj_database_url.parse(
        env.text("DATABASE_URL", f"sqlite:///{DATA_DIR / 'goldenthread.sqlite3'}"), conn_max_age=600
    )
}
_default = DATABASES["default"]
if _default["ENGINE"] == "django.db.backends.sqlite3":
    # Our back end adds a fair queue of writers to Django's own; see the package's docstring.
    _default["ENGINE"] = "goldenthread.config.sqlite"
    _default["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
        "PRAGMA recursive_triggers=ON; PRAGMA cache_size=-65536; PRAGMA mmap_size=268435456; PRAGMA temp_store=MEMORY;",
    }
elif _default["ENGINE"] == "django.db.backends.postgresql":
    _default["ENGINE"] = "goldenthread.config.postgresql"
# Off for a pooler between that hands transactions to any connection of the server and knows no prepared statements.
PREPARED_STATEMENTS = env.flag("GOLDENTHREAD_PREPARED_STATEMENTS", default=True)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# In the database, which all processes share: it holds the codes that were used and the attempts that were made, and a
# second process must not give either of them anew. `goldenthread prepare` makes the table.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "goldenthread_cache",
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    }
}

# --- files -------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [
    *sorted((PACKAGE_DIR / "web").glob("*/static")),
    ("bootstrap", Path(django_include_bootstrap.__file__).parent / "static"),
    ("figtree", Path(fontpkg_figtree.__file__).parent / "files"),
]
# `goldenthread prepare` gathers and compresses the files; without it they are sent from where they lie, as they are.
WHITENOISE_USE_FINDERS = MODE == "test" or not (STATIC_ROOT / "goldenthread/theme.css").exists()
WHITENOISE_AUTOREFRESH = MODE == "test"  # every client of a test would look through all files first
WHITENOISE_MAX_AGE = 3600
KEEP_PUBLIC_PAGES = MODE != "test"  # tests look at what a page is made from
_bucket = env.text("GOLDENTHREAD_S3_BUCKET")
STORAGES = {
    "staticfiles": {"BACKEND": "goldenthread.web.shared.statics.StaticFiles"},
    "default": {
        "BACKEND": "goldenthread.common.storage.DurableStorage",
        "OPTIONS": {"location": DATA_DIR / "files"},
    },
}
if _bucket:
    STORAGES["default"] = {
        "BACKEND": "goldenthread.common.bucket.BucketStorage",
        "OPTIONS": {
            "bucket_name": _bucket,
            "endpoint_url": env.text("GOLDENTHREAD_S3_ENDPOINT") or None,
        },
    }
# What receipts are signed with: 32 random bytes in base64; without it a key in the data folder, made at the first use.
RECEIPT_KEY = env.text("GOLDENTHREAD_RECEIPT_KEY")
RECEIPT_KEY_FILE = DATA_DIR / "receipt-key"
if RECEIPT_KEY and not is_key(RECEIPT_KEY):
    env.complain("GOLDENTHREAD_RECEIPT_KEY", "must be 32 random bytes in base64: 44 characters")
# The same for the Open Badges of awards.
BADGE_KEY = env.text("GOLDENTHREAD_BADGE_KEY")
BADGE_KEY_FILE = DATA_DIR / "badge-key"
if BADGE_KEY and not is_key(BADGE_KEY):
    env.complain("GOLDENTHREAD_BADGE_KEY", "must be 32 random bytes in base64: 44 characters")
# What unseen case studies are sealed with, the newest first; outside production keys in the data folder will do.
CASE_KEYS = env.items("GOLDENTHREAD_CASE_KEYS")
CASE_KEYS_FILE = DATA_DIR / "case-keys"
if PRODUCTION and not CASE_KEYS:
    env.complain(
        "GOLDENTHREAD_CASE_KEYS",
        "is missing: case studies are sealed with it. Set what `goldenthread keys new` prints, and keep a copy apart "
        "from the backups",
    )
if not all(map(is_key, CASE_KEYS)):
    env.complain("GOLDENTHREAD_CASE_KEYS", "must be 32 random bytes in base64 each, separated by commas")
UPLOAD_LIMIT_BYTES = env.number("GOLDENTHREAD_UPLOAD_LIMIT", 20 * 1024 * 1024)
WRITING_DAYS = env.number(
    "GOLDENTHREAD_WRITING_DAYS", 365
)  # that steps of writing are kept after all is over
# The malware scanner, clamd at "unix:/path" or "host:port". Without one, what is handed in waits until the office lets
# it through to the markers ("hold"), or is trusted ("trust"); which one stands on the office's page of documents.
CLAMD = env.text("GOLDENTHREAD_CLAMD")
if CLAMD and not is_address(CLAMD):
    env.complain("GOLDENTHREAD_CLAMD", "must be unix:/path/of/the/socket or host:port")
_without = env.text("GOLDENTHREAD_WITHOUT_SCANNER", "hold" if PRODUCTION else "trust")
if _without not in {"hold", "trust"}:
    env.complain("GOLDENTHREAD_WITHOUT_SCANNER", "must be hold or trust")
TRUST_UNSCANNED = _without == "trust"
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

# --- mail --------------------------------------------------------------------------------------
_mail = env.required(
    "GOLDENTHREAD_SMTP_HOST", otherwise="", why="is missing: set the mail server that messages leave by"
)
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if _mail
    else "django.core.mail.backends.filebased.EmailBackend"
)
EMAIL_FILE_PATH = DATA_DIR / "mail"
EMAIL_HOST = _mail
EMAIL_PORT = env.number("GOLDENTHREAD_SMTP_PORT", 587)
EMAIL_HOST_USER = env.text("GOLDENTHREAD_SMTP_USER")
EMAIL_HOST_PASSWORD = env.text("GOLDENTHREAD_SMTP_PASSWORD")
EMAIL_USE_TLS = env.flag("GOLDENTHREAD_SMTP_TLS", default=True)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.required(
    "GOLDENTHREAD_MAIL_FROM",
    otherwise="Golden Thread <office@example.org>",
    why="is missing: set the sender of mail",
)
# Who is told at once of a safeguarding concern in somebody's work, besides the office.
SAFEGUARDING_CONTACT = parseaddr(env.text("GOLDENTHREAD_SAFEGUARDING_CONTACT"))[1]
if env.text("GOLDENTHREAD_SAFEGUARDING_CONTACT") and not is_address(SAFEGUARDING_CONTACT):
    env.complain("GOLDENTHREAD_SAFEGUARDING_CONTACT", "must be an e-mail address")

# --- enquiries ---------------------------------------------------------------------------------
MAIL_IN_ADDRESS = env.text("GOLDENTHREAD_MAIL_IN", parseaddr(DEFAULT_FROM_EMAIL)[1])
MAILBOX = {
    "host": env.text("GOLDENTHREAD_IMAP_HOST"),
    "port": env.number("GOLDENTHREAD_IMAP_PORT", 993),
    "user": env.text("GOLDENTHREAD_IMAP_USER"),
    "password": env.text("GOLDENTHREAD_IMAP_PASSWORD"),
    "tls": env.flag("GOLDENTHREAD_IMAP_TLS", default=True),
    "folder": env.text("GOLDENTHREAD_IMAP_FOLDER", "INBOX"),
    "remove": env.flag("GOLDENTHREAD_IMAP_REMOVE"),
}
if PRODUCTION and MAILBOX["host"] and not MAILBOX["tls"]:
    env.complain("GOLDENTHREAD_IMAP_TLS", "must be 1: mail and password would cross the network readable")
MAIL_WEBHOOK_SECRET = env.text("GOLDENTHREAD_MAIL_SECRET")
if PRODUCTION and MAIL_WEBHOOK_SECRET and len(MAIL_WEBHOOK_SECRET) < 24:
    env.complain("GOLDENTHREAD_MAIL_SECRET", "is too short: set 24 random characters or more")
# Each stream of a chat keeps a thread of the server busy; `serve` has four of them in each process.
CHAT_STREAMS = env.number("GOLDENTHREAD_CHAT_STREAMS", 2)
ANSWERING = env.text("GOLDENTHREAD_ANSWERING")

# --- words, time and place -----------------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", "English")]
USE_I18N = True
FORMAT_MODULE_PATH = [
    "goldenthread.config.formats"
]  # days and times in one form, also where no filter stands
USE_TZ = True
TIME_ZONE = "Europe/London"
PROVIDER_NAME = env.text("GOLDENTHREAD_PROVIDER", "Golden Thread Demonstration Provider")

# --- safety --------------------------------------------------------------------------------------
SECURE_SSL_REDIRECT = PRODUCTION and env.flag("GOLDENTHREAD_HTTPS_REDIRECT", default=True)
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("GOLDENTHREAD_BEHIND_PROXY") else None
)
SECURE_HSTS_SECONDS = 31536000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "filters": {"tokens": {"()": "goldenthread.config.logs.HideTokens"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["tokens"]}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"goldenthread": {"handlers": ["console"], "level": "INFO", "propagate": False}},
}

if env.complaints:
    raise ImproperlyConfigured("Golden Thread can't start:\n  - " + "\n  - ".join(env.complaints))
