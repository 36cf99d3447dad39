"""The pages of a running demonstration, as its visitors and its cast see them, for tools that look at every page."""

import os
import re
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from http.cookiejar import CookieJar
from pathlib import Path

LINK = re.compile(r'<a\b[^>]*?\bhref="([^"#]+)')
PERSON = re.compile(r'action="(/demonstration/sign-in/\d+/)".*?</form>', re.DOTALL)
NOT_PAGES = re.compile(
    r"\.(?:csv|ics|atom|xml|txt|pdf|docx?|svg|png|zip)$|/accounts/logout/|/download|^/static/"
)


def demonstration(address: str) -> str:
    """The address of a demonstration that answers; ends the program with what to type if none does."""
    base = address.rstrip("/")
    try:
        with urllib.request.urlopen(f"{base}/demonstration/", timeout=20):
            return base
    except (OSError, urllib.error.URLError):
        sys.exit(
            f"No demonstration answers at {base}. Start one first: script/demo   (PORT=9000 chooses the port)"
        )


def tool(package: str) -> Path:
    """The folder with the commands of an npm package, fetched once into a temporary folder."""
    return tools(re.sub(r"\W", "-", package), (package,)) / "node_modules/.bin"


def tools(name: str, packages: Sequence[str]) -> Path:
    """The folder, outside the project, in which some npm packages are; fetched once, none of their scripts is run."""
    folder = Path(tempfile.gettempdir()) / f"goldenthread-tools-{os.getuid()}" / name
    if not (folder / "node_modules").exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        print(f"Fetching {', '.join(packages)} (once; a minute or two) ...", file=sys.stderr)
        command = [
            "npm",
            "install",
            "--silent",
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            "--prefix",
            folder,
            *packages,
        ]
        if subprocess.run(command, check=False).returncode:
            names = ", ".join(packages)
            sys.exit(
                f"{names} could not be fetched: see above. Check the network, or where npm looks (npm config list)."
            )
    return folder


class Browser:
    """Somebody with cookies of their own."""

    def __init__(self, base: str) -> None:
        self.base = base
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def get(self, path: str, data: dict[str, str] | None = None) -> tuple[str, str] | None:
        """Where an address leads within the site, and its HTML; None where there is no such page."""
        body = urllib.parse.urlencode(data).encode() if data else None
        request = urllib.request.Request(self.base + path, data=body, headers={"Referer": self.base + path})
        try:
            with self._opener.open(request, timeout=60) as answer:
                if "text/html" not in answer.headers.get("Content-Type", ""):
                    return None
                return urllib.parse.urlsplit(answer.url).path, answer.read().decode()
        except urllib.error.HTTPError:
            return None

    def sign_in(self, action: str) -> tuple[str, str] | None:
        """Come in as one of the cast; gives their first page."""
        found = self.get("/demonstration/")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', found[1]) if found else None
        return self.get(action, {"csrfmiddlewaretoken": token[1]}) if token else None


def pages(base: str, *, each: int) -> Iterator[tuple[str, str, str]]:
    """Who, address and HTML: all that visitors reach, then up to `each` pages of everybody in the cast."""
    visitor = Browser(base)
    yield from _walk(visitor, "visitor", "/", visitor.get("/"), most=200)
    cast = visitor.get("/demonstration/")
    for action in PERSON.findall(cast[1]) if cast else []:
        person = Browser(base)
        first = person.sign_in(action)
        if first:
            yield from _walk(person, first[0], first[0], first, most=each)


def _walk(
    browser: Browser, who: str, start: str, first: tuple[str, str] | None, *, most: int
) -> Iterator[tuple[str, str, str]]:
    """Page by page along the links, one page of each shape of address: /office/people/7/ stands for all people."""
    waiting, shapes = [(start, first)], {_shape(start)}
    seen = 0
    while waiting and seen < most:
        path, found = waiting.pop(0)
        found = found or browser.get(path)
        if found is None:
            continue
        seen += 1
        yield who, path, found[1]
        for link in LINK.findall(found[1]):
            to = urllib.parse.urljoin(found[0], link.replace("&amp;", "&"))
            if to.startswith("/") and not NOT_PAGES.search(to.partition("?")[0]) and _shape(to) not in shapes:
                shapes.add(_shape(to))
                waiting.append((to, None))


def _shape(path: str) -> str:
    """An address without numbers, references and what is asked for."""
    plain, _, query = path.partition("?")
    names = ",".join(sorted({part.partition("=")[0] for part in query.split("&") if part}))
    return re.sub(r"/(?:\d+|[A-Z]{1,6}-[\w-]+)(?=/)", "/1", plain) + names
