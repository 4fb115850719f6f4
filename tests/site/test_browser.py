"""Every page in Chromium, wide and narrow: no error, no sideways scroll, no outside request."""

import csv
import functools
import http.server
import random
import re
import threading

import pytest

from analysis.project import notebooks, pages


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
    page.set_default_timeout(0)  # however slow the machine
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
            page.evaluate("Array.from(document.images).forEach(i => { i.loading = 'eager' })")
            page.wait_for_function(
                "Array.from(document.images).every(i => i.complete && i.naturalWidth > 0)"
            )
        assert seen == {"errors": [], "outside": [], "failed": []}
    finally:
        page.close()


def test_the_ledger_is_filtered_and_sorted_and_its_address_says_how(browser, site):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(0)
    address = (site / "book" / "findings.html").as_uri()  # from the file alone
    try:
        page.goto(address)
        rows, kept = page.locator("#ledger tbody tr"), page.locator("#ledger tbody tr:visible")
        count = page.locator(".study-filters [role=status]")
        total = rows.count()
        assert count.inner_text() == f"{total} of {total} findings"
        page.select_option("select[name=source]", "record")
        assert 0 < kept.count() < total
        assert set(kept.evaluate_all("rows => rows.map(r => r.dataset.source)")) == {"record"}
        page.locator("#ledger th button", has_text="Value").click()
        values = page.locator("#ledger tbody tr:visible td:nth-child(2)")
        rising = values.all_inner_texts()
        page.locator("#ledger th button", has_text="Value").click()
        assert values.all_inner_texts() != rising
        assert sorted(values.all_inner_texts()) == sorted(rising)
        assert page.url == f"{address}?source=record&sort=-Value"
        falling = values.all_inner_texts()
        page.reload()
        assert values.all_inner_texts() == falling
        page.goto(f"{page.url}#public-ranks-first")  # a row that the filter leaves out
        assert page.locator("#public-ranks-first").is_visible()
        page.fill(".study-filters input[type=search]", "no finding says this")
        assert kept.count() == 1
    finally:
        page.close()


def test_fifty_numbers_lead_to_their_row_their_program_and_back(browser, site):
    """Clicked: number, row, source of its function, row again, and the place on the page."""
    with (site / "findings.csv").open(encoding="utf-8", newline="") as handle:
        found = list(csv.DictReader(handle))
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(0)
    try:
        for row in sorted(random.Random(14).sample(found, 50), key=lambda row: row["page"]):
            start = (site / f"{row['page']}.html").as_uri()
            if not page.url.startswith(start):
                page.goto(start, wait_until="domcontentloaded")
            page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
            number = page.locator(f"[id='f-{row['id']}']")
            assert number.evaluate("n => getComputedStyle(n).textDecorationLine") == "underline"
            number.click()
            page.wait_for_url(f"**/findings.html#{row['id']}")
            entry = page.locator(f"[id='{row['id']}']")
            assert row["text"] in entry.inner_text()
            module, _, name = row["function"].rpartition(".")
            if module:
                entry.get_by_role("link", name=name, exact=True).click()
                page.wait_for_url(f"**/{module.rpartition('.')[2]}.html#{name}")
                shown = page.locator(f"[id='{name}']").evaluate(
                    """place => {
                        const rest = document.createRange();
                        rest.setStartBefore(place);
                        rest.setEndAfter(place.closest("pre"));
                        return rest.toString().slice(0, 200);
                    }"""
                )
                assert re.search(rf"(def|class) {name}\b", shown), row["id"]
                page.go_back()
            entry.get_by_role("link", name=row["id"], exact=True).click()
            page.wait_for_url(f"{start}#f-{row['id']}")
            assert page.locator(":target").get_attribute("id") == f"f-{row['id']}"
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


def test_the_search_works_from_the_files_alone(browser, site):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(0)
    try:
        page.goto((site / "book" / "claims.html").as_uri())
        page.locator(".search-button__button:visible").first.click()
        page.fill("#pst-search-dialog input", "barriers")
        page.keyboard.press("Enter")
        page.wait_for_selector("#search-results li a")
        found = page.locator("#search-results li a").all_inner_texts()
        assert found[0].endswith(" Barriers and drivers (constructed)")
    finally:
        page.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_only_what_scrolls_is_a_tab_stop(browser, address, width):
    page, _ = open_page(browser, address, "book/coding-reliability", width)
    try:
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
        page.wait_for_function(
            """() => Array.from(document.querySelectorAll('.study-table, figure.study-figure'))
            .every(b => (b.tabIndex === 0) ===
                (b.scrollWidth > b.clientWidth || b.scrollHeight > b.clientHeight + 1))"""
        )
    finally:
        page.close()


#: The contrast of an element's text to the ground that it stands on.
CONTRAST = """element => {
    const light = colour => {
        const parts = colour.match(/[\\d.]+/g).slice(0, 3).map(Number).map(v => v / 255)
            .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2] + 0.05;
    };
    let ground = element;
    while (getComputedStyle(ground).backgroundColor === "rgba(0, 0, 0, 0)") {
        ground = ground.parentElement;
    }
    const pair = [light(getComputedStyle(element).color),
        light(getComputedStyle(ground).backgroundColor)].sort((a, b) => a - b);
    return pair[1] / pair[0];
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_mark_and_what_is_folded_can_be_read(browser, address, theme):
    page, _ = open_page(browser, address, "book/barriers-and-drivers", 1280)
    try:
        page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
        page.add_style_tag(content="* { transition: none !important }")
        for text in (".study-source-constructed", ".study-statement", ".study-table td",
                     ".study-table th", "details.hide > summary", ".study-finding"):  # fmt: skip
            for one in page.locator(f".bd-article {text}").all()[:20]:
                assert one.evaluate(CONTRAST) >= 4.5, text
    finally:
        page.close()


def test_print_shows_the_numbers_of_figures_and_no_bar_of_code(browser, address):
    page, _ = open_page(browser, address, "book/barriers-and-drivers", 1280)
    try:
        page.emulate_media(media="print")
        assert page.locator("details.study-folded .study-table").first.is_visible()
        assert not page.locator("details.hide summary:visible").count()
    finally:
        page.close()


def test_a_page_in_the_dark_is_printed_light_and_whole_and_is_as_before(browser, address):
    page, _ = open_page(browser, address, "book/barriers-and-drivers", 1280)
    try:
        page.evaluate("document.documentElement.dataset.theme = 'dark'")
        page.evaluate(
            """window.addEventListener('beforeprint', () => {
            window.printed = [document.documentElement.dataset.theme,
                document.querySelectorAll('details.study-folded:not([open])').length];
        })"""
        )
        closed = page.locator("details.study-folded:not([open])").count()
        page.pdf()
        assert page.evaluate("window.printed") == ["light", 0]
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"
        assert page.locator("details.study-folded:not([open])").count() == closed > 0
    finally:
        page.close()


def test_a_row_that_is_linked_to_stands_in_view_under_the_heads(browser, address):
    page, _ = open_page(browser, address, "book/findings", 1280)
    try:
        page.goto(f"{address}/book/findings.html#barriers-balance-more")
        page.wait_for_function(
            """() => {
            const head = document.querySelector('#ledger thead th').getBoundingClientRect();
            const row = document.getElementById('barriers-balance-more').getBoundingClientRect();
            return head.top >= 45 && head.bottom <= row.top && row.top < 300;
        }"""
        )
    finally:
        page.close()


#: Of each layout in view: its name, its smallest letters in pixels, and labels that leave it.
LABELS = """() => Array.from(document.querySelectorAll("figure.study-figure svg")).flatMap(svg => {
    const box = svg.getBoundingClientRect();
    if (!box.width) return [];
    const labels = Array.from(svg.querySelectorAll("text"));
    const size = label => parseFloat(getComputedStyle(label).fontSize) * box.width
        / svg.viewBox.baseVal.width;
    const leaves = label => {
        const at = label.getBoundingClientRect();
        return at.left < box.left - 1 || at.right > box.right + 1 || at.bottom > box.bottom + 1;
    };
    return [[svg.classList[0], Math.min(...labels.map(size)),
        labels.filter(leaves).map(label => label.textContent)]];
})"""


@pytest.mark.parametrize("name", ["index", *notebooks()])
def test_labels_can_be_read_at_any_width(browser, address, name):
    page, _ = open_page(browser, address, name, 1280)
    try:
        figures = page.locator("figure.study-figure").count()
        for width in (1280, 1000, 768, 390, 320):
            page.set_viewport_size({"width": width, "height": 900})
            found = page.evaluate(LABELS)
            layout = "study-wide" if width > 640 else "study-narrow"
            assert [(kind, left) for kind, _, left in found] == [(layout, [])] * figures
            assert all(size >= 10 for _, size, _ in found), (width, found)
        page.emulate_media(media="print")
        assert {kind for kind, _, _ in page.evaluate(LABELS)} <= {"study-wide"}
    finally:
        page.close()


def test_the_text_of_a_figure_is_found_and_has_the_fonts_of_the_site(browser, address):
    page, _ = open_page(browser, address, "book/barriers-and-drivers", 390)
    try:
        assert page.evaluate("window.find('Citizens lack skills')")
        while page.evaluate("!getSelection().anchorNode.parentElement.closest('svg')"):
            assert page.evaluate("window.find('Citizens lack skills')")
        assert page.evaluate("getSelection().toString()") == "Citizens lack skills"
        family = "getComputedStyle(document.querySelector('figure svg text')).fontFamily"
        assert page.evaluate(family).startswith('"Study Sans"')
        page.evaluate("document.fonts.ready.then(() => 1)")
        loaded = "[...document.fonts].filter(f => f.status === 'loaded').map(f => f.family)"
        assert set(page.evaluate(loaded)) == {"Study Sans", "Study Serif"}
    finally:
        page.close()


def test_a_figure_has_the_ground_of_its_page(browser, address):
    page, _ = open_page(browser, address, "book/theme-map", 1280)
    try:
        page.evaluate("document.documentElement.dataset.theme = 'dark'")
        card = page.locator("figure svg path").first
        fill = "e => getComputedStyle(e).fill"
        ground = "getComputedStyle(document.body).backgroundColor"
        assert card.evaluate(fill) == page.evaluate(ground) == "rgb(18, 18, 18)"
        page.emulate_media(media="print")
        assert card.evaluate(fill) == "rgb(255, 255, 255)"
    finally:
        page.close()
