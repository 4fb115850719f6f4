"""Every page in Chromium, wide and narrow: no error, no sideways scroll, no outside request."""

import functools
import http.server
import threading

import pytest

from analysis.project import pages


@pytest.fixture(scope="module")
def address(site):
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

    handler = functools.partial(Quiet, directory=str(site))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def open_page(browser, address, name, width):
    page = browser.new_page(viewport={"width": width, "height": 900})
    seen = {"errors": [], "outside": [], "failed": []}
    page.on("console", lambda m: seen["errors"].append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda e: seen["errors"].append(str(e)))
    page.on(
        "request",
        lambda r: (
            seen["outside"].append(r.url)
            if not r.url.startswith((address, "data:", "blob:"))
            else None
        ),
    )
    page.on("response", lambda r: seen["failed"].append(r.url) if r.status >= 400 else None)
    page.goto(f"{address}/{name}.html", wait_until="networkidle")
    return page, seen


@pytest.mark.parametrize("name", pages())
def test_page(browser, address, name):
    page, seen = open_page(browser, address, name, 390)
    try:
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"scrolls sideways: {wide} px"
            assert page.evaluate(
                "Array.from(document.images).every(i => i.complete && i.naturalWidth > 0)"
            )
        assert seen == {"errors": [], "outside": [], "failed": []}
    finally:
        page.close()


def test_the_filters_of_the_ledger(browser, address):
    page, _ = open_page(browser, address, "book/findings", 1280)
    try:
        rows = page.locator("#ledger tbody tr")
        total = rows.count()
        assert page.locator(".study-filters [role=status]").inner_text() == (
            f"{total} of {total} findings"
        )
        page.select_option("select[name=source]", "record")
        kept = page.locator("#ledger tbody tr:visible")
        assert 0 < kept.count() < total
        assert set(kept.evaluate_all("rows => rows.map(r => r.dataset.source)")) == {"record"}
        page.fill(".study-filters input[type=search]", "no finding says this")
        assert kept.count() == 0
    finally:
        page.close()


def test_code_is_folded_and_one_switch_opens_all_and_is_remembered(browser, address):
    page, _ = open_page(browser, address, "book/barriers-and-drivers", 1280)
    try:
        first = page.locator("details.hide pre").first
        assert not first.is_visible()
        page.locator(".study-switch").click()
        assert first.is_visible()
        page.goto(f"{address}/book/platforms-and-dialogue.html", wait_until="networkidle")
        assert page.locator("details.hide pre").first.is_visible()
        page.locator(".study-switch").click()
        assert not page.locator("details.hide pre").first.is_visible()
    finally:
        page.close()
