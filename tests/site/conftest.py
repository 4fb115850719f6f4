"""What tests of the site share: its pages and its ledger, read once, and tabs of a browser."""

import csv
import functools
import http.server
import threading

import pytest


@pytest.fixture(scope="session")
def html(site):
    """Each page by its name; the theme leaves templates of its own under _static."""
    found = [path for path in site.rglob("*.html") if "_static" not in path.parts]
    return {p.relative_to(site).with_suffix("").as_posix(): p.read_text("utf-8") for p in found}


@pytest.fixture(scope="session")
def ledger(site):
    with (site / "findings.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="session")
def constructed(ledger):
    """The pages with a finding about the constructed panel."""
    panel = next(row["digest"] for row in ledger if row["page"] == "book/panel")
    about = {row["page"] for row in ledger if row["digest"] == panel}
    assert len(about) >= 12
    return about


@pytest.fixture(scope="module")
def address(site):
    """Where the site is served."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

    handler = functools.partial(Quiet, directory=str(site))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture
def tab(browser):
    """A tab that waits as long as it takes, however slow the machine, and scrolls at once."""
    page = browser.new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page.set_default_timeout(0)
    yield page
    page.close()
