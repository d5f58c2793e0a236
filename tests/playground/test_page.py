"""The page's requests: what is served, under which policy, and how much there is to load."""

import gzip
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.typedefs import Handler

from processor.errors import UnknownAddress
from processor.playground import SITE, Site, enter, file, read_site, show

FIRST_LOAD_BYTES = 250_000


@pytest.fixture
def built(tmp_path: Path) -> Site:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text('<meta name="style-nonce" content="%NONCE%">')
    (tmp_path / "assets/page-1.js").write_text("let here")
    (tmp_path / "assets/page-1.js.gz").write_bytes(gzip.compress(b"let here"))
    site = read_site(tmp_path)
    assert site is not None
    return site


@pytest.fixture
async def client(built: Site) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    async with opened(built) as client:
        yield client


@web.middleware
async def as_status(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer errors in the service's place."""
    try:
        return await handler(request)
    except UnknownAddress as error:
        return web.Response(status=error.http_status, text=error.message)


def opened(site: Site | None) -> TestClient[web.Request, web.Application]:
    app = web.Application(middlewares=[as_status])
    app.router.add_get("/", enter)
    app.router.add_get("/playground", show)
    app.router.add_get("/playground/assets/{file}", file)
    if site is not None:
        app[SITE] = site
    return TestClient(TestServer(app))


async def test_the_root_leads_to_the_page(
    client: TestClient[web.Request, web.Application],
) -> None:
    answer = await client.get("/", allow_redirects=False)

    assert (answer.status, answer.headers["Location"]) == (302, "/playground")


async def test_the_page_may_load_and_run_nothing_but_its_own_files(
    client: TestClient[web.Request, web.Application],
) -> None:
    answer = await client.get("/playground")

    policy = dict(
        part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; ")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_every_answer_has_a_nonce_of_its_own_in_document_and_policy(
    client: TestClient[web.Request, web.Application],
) -> None:
    answers = [await client.get("/playground") for _ in range(2)]

    found = [re.findall(r'content="([^"]+)"', await answer.text()) for answer in answers]
    assert found[0] != found[1]
    for answer, (nonce,) in zip(answers, found, strict=True):
        assert f"'nonce-{nonce}'" in answer.headers["Content-Security-Policy"]


async def test_a_file_is_sent_compressed_and_kept_for_ever(
    client: TestClient[web.Request, web.Application],
) -> None:
    answer = await client.get("/playground/assets/page-1.js", headers={"Accept-Encoding": "gzip"})

    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Content-Type"] == "text/javascript"
    assert "immutable" in answer.headers["Cache-Control"]
    assert await answer.text() == "let here"


@pytest.mark.parametrize("name", ["other.js", "..%2Findex.html", "page-1.js.gz"])
async def test_nothing_but_the_pages_files_is_served(
    client: TestClient[web.Request, web.Application], name: str
) -> None:
    answer = await client.get(f"/playground/assets/{name}")

    assert answer.status == 404


async def test_a_page_that_is_not_built_says_how_to_build_it(tmp_path: Path) -> None:
    async with opened(read_site(tmp_path)) as client:
        answer = await client.get("/playground")

        assert answer.status == 404
        assert "make setup" in await answer.text()


def test_the_first_load_stays_small() -> None:
    site = read_site()
    assert site is not None
    names = re.findall(r"/playground/assets/([\w.-]+)", site.document)
    files = [site.files[name] for name in names]

    sizes = {file.name: file.with_name(f"{file.name}.gz").stat().st_size for file in files}
    assert sum(sizes.values()) < FIRST_LOAD_BYTES, sizes


def test_nothing_is_loaded_from_elsewhere() -> None:
    site = read_site()
    assert site is not None

    assert re.findall(r'(?:src|href)="(?!/playground/assets/)[^"]*"', site.document) == []
