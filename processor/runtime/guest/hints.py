"""What to write instead, for the mistakes that authors of workflow nodes make."""

from collections.abc import Mapping
from typing import Final

_ENVELOPE: Final = 'the result of an earlier node is a global name: `getOrders["data"]`'
_ONLY_IN_APPS: Final[Mapping[str, str]] = {
    "queries": f"`queries` exists in app-level Python only; in a workflow {_ENVELOPE}",
    "components": (
        "`components` exists in app-level Python only; a workflow has no page: pass the value "
        'when it is triggered, and read `params["name"]`'
    ),
    "actions": (
        "`actions` exists in app-level Python only; a workflow runs other queries as nodes of "
        f"their own, and {_ENVELOPE}"
    ),
    "tj_globals": (
        "`tj_globals` exists in app-level Python only; pass what is needed when the workflow is "
        'triggered, and read `params["name"]`'
    ),
    "micropip": (
        "`micropip` exists in app-level Python only; list the package in the workflow's "
        "requirements, and import it as it is"
    ),
}

_PROVIDERS: Final[Mapping[str, str]] = {
    "Crypto": "pycryptodome",
    "MySQLdb": "mysqlclient",
    "OpenSSL": "pyOpenSSL",
    "PIL": "pillow",
    "argon2": "argon2-cffi",
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python-headless",
    "dateutil": "python-dateutil",
    "dns": "dnspython",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "fitz": "PyMuPDF",
    "git": "GitPython",
    "jose": "python-jose",
    "jwt": "PyJWT",
    "magic": "python-magic",
    "nacl": "PyNaCl",
    "pptx": "python-pptx",
    "psycopg2": "psycopg2-binary",
    "pkg_resources": "setuptools",
    "ruamel": "ruamel.yaml",
    "serial": "pyserial",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "slugify": "python-slugify",
    "socks": "PySocks",
    "umap": "umap-learn",
    "websocket": "websocket-client",
    "yaml": "PyYAML",
    "zmq": "pyzmq",
}
"""Which package provides a module of another name."""


def hint_of(error: BaseException) -> str | None:
    """Give what to do about an exception, where that is known."""
    match error:
        case ModuleNotFoundError(name=str(name)):
            return _ONLY_IN_APPS.get(name) or _missing(name.partition(".")[0])
        case NameError(name=str(name)):
            return _ONLY_IN_APPS.get(name)
        case AttributeError(name="data" | "status" as name, obj=dict()):
            return f'an earlier node\'s result is a dict: write `["{name}"]`'
        case _:
            return None


def _missing(module: str) -> str:
    known = _PROVIDERS.get(module)
    if known:
        provider = f"the package {known} does"
    else:
        provider = f"a package does, often one called {module[:100]}"
    return (
        f"nothing in this environment provides `{module[:100]}`; {provider}: add it to the "
        "requirements"
    )
