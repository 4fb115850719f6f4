"""Every page in Chromium, wide and narrow: no error, no sideways scroll, no outside request."""

import random
import re
from pathlib import Path

import pytest

from analysis.project import notebooks, pages


@pytest.mark.parametrize("name", [*pages(), "_modules/analysis/findings"])
def test_page(tab, address, name):
    seen = {"errors": [], "outside": [], "failed": []}

    def asked(request):
        if not request.url.startswith((address, "data:", "blob:")):
            seen["outside"].append(request.url)

    tab.on("console", lambda m: seen["errors"].append(m.text) if m.type == "error" else None)
    tab.on("pageerror", lambda e: seen["errors"].append(str(e)))
    tab.on("request", asked)
    tab.on("response", lambda r: seen["failed"].append(r.url) if r.status >= 400 else None)
    tab.set_viewport_size({"width": 390, "height": 900})
    tab.goto(f"{address}/{name}.html", wait_until="networkidle")
    for width in (390, 1280):
        tab.set_viewport_size({"width": width, "height": 900})
        wide = tab.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"scrolls sideways: {wide} px"
        folds = tab.locator(".bd-article summary:visible")
        assert all(folds.evaluate_all("s => s.map(f => f.getBoundingClientRect().height >= 24)"))
        tab.evaluate("Array.from(document.images).forEach(i => { i.loading = 'eager' })")
        tab.wait_for_function("[...document.images].every(i => i.complete && i.naturalWidth)")
    assert seen == {"errors": [], "outside": [], "failed": []}


def test_the_ledger_is_filtered_and_sorted_and_its_address_says_how(tab, site):
    address = (site / "book" / "findings.html").as_uri()  # from the file alone
    tab.goto(address)
    rows, kept = tab.locator("#ledger tbody tr"), tab.locator("#ledger tbody tr:visible")
    count = tab.locator(".study-filters [role=status]")
    total = rows.count()
    assert count.inner_text() == f"{total} of {total} findings"
    tab.select_option("select[name=source]", "record")
    assert 0 < kept.count() < total
    assert set(kept.evaluate_all("rows => rows.map(r => r.dataset.source)")) == {"record"}
    tab.locator("#ledger th button", has_text="Value").click()
    values = tab.locator("#ledger tbody tr:visible td:nth-child(2)")
    rising = values.all_inner_texts()
    tab.locator("#ledger th button", has_text="Value").click()
    assert values.all_inner_texts() != rising
    assert sorted(values.all_inner_texts()) == sorted(rising)
    assert tab.url == f"{address}?source=record&sort=-Value"
    falling = values.all_inner_texts()
    tab.reload()
    assert values.all_inner_texts() == falling
    tab.goto(f"{tab.url}#public-ranks-first")  # a row that the filter leaves out
    assert tab.locator("#public-ranks-first").is_visible()
    tab.fill(".study-filters input[type=search]", "no finding says this")
    assert kept.count() == 1


def test_fifty_numbers_lead_to_their_row_their_program_and_back(tab, site, ledger):
    """Clicked: number, row, source of its function, row again, and the place on the page."""
    for row in sorted(random.Random(14).sample(ledger, 50), key=lambda row: row["page"]):
        start = (site / f"{row['page']}.html").as_uri()
        if not tab.url.startswith(start):
            tab.goto(start, wait_until="domcontentloaded")
        tab.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
        number = tab.locator(f"[id='f-{row['id']}']")
        assert number.evaluate("n => getComputedStyle(n).textDecorationLine") == "underline"
        number.click()
        tab.wait_for_url(f"**/findings.html#{row['id']}")
        entry = tab.locator(f"[id='{row['id']}']")
        assert row["text"] in entry.inner_text()
        module, _, name = row["function"].rpartition(".")
        if module:
            entry.locator("a", has_text=re.compile(f"^{name}$")).click()
            tab.wait_for_url(f"**/{module.rpartition('.')[2]}.html#{name}")
            shown = tab.locator(f"[id='{name}']").evaluate(
                """place => {
                    const rest = document.createRange();
                    rest.setStartBefore(place);
                    rest.setEndAfter(place.closest("pre"));
                    return rest.toString().slice(0, 200);
                }"""
            )
            assert re.search(rf"(def|class) {name}\b", shown), row["id"]
            tab.go_back()
        entry.locator("th a").click()
        tab.wait_for_url(f"{start}#f-{row['id']}")
        assert tab.locator(":target").get_attribute("id") == f"f-{row['id']}"


def test_code_is_folded_and_one_switch_opens_all_and_is_remembered(tab, address):
    tab.goto(f"{address}/book/barriers-and-drivers.html", wait_until="networkidle")
    first = tab.locator("details.hide pre").first
    assert not first.is_visible()
    tab.locator(".study-switch").click()
    assert first.is_visible()
    tab.goto(f"{address}/book/platforms-and-dialogue.html", wait_until="networkidle")
    assert tab.locator("details.hide pre").first.is_visible()
    tab.locator(".study-switch").click()
    assert not tab.locator("details.hide pre").first.is_visible()


def test_the_search_works_from_the_files_alone(tab, site):
    tab.goto((site / "book" / "claims.html").as_uri())
    tab.locator(".search-button__button:visible").first.click()
    tab.fill("#pst-search-dialog input", "barriers")
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#search-results li a")
    found = tab.locator("#search-results li a").all_inner_texts()
    assert found[0].endswith(" Barriers and drivers (constructed)")


@pytest.mark.parametrize("name", ["coding-reliability", "methods"])
@pytest.mark.parametrize("width", [390, 1280])
def test_only_what_scrolls_is_a_tab_stop(tab, address, name, width):
    tab.set_viewport_size({"width": width, "height": 900})
    tab.goto(f"{address}/book/{name}.html", wait_until="networkidle")
    tab.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    tab.wait_for_function(
        """() => Array.from(document.querySelectorAll('.study-table, .study-figure, .math'))
        .every(b => (b.tabIndex === 0) ===
            (b.scrollWidth > b.clientWidth || b.scrollHeight > b.clientHeight + 1))"""
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_mark_and_what_is_folded_can_be_read(tab, address, theme):
    contrast = Path(__file__).with_name("contrast.js").read_text(encoding="utf-8")
    tab.goto(f"{address}/book/barriers-and-drivers.html", wait_until="networkidle")
    tab.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
    tab.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    tab.add_style_tag(content="* { transition: none !important }")
    for text in (".study-source-constructed", ".study-statement", ".study-table td",
                 ".study-table th", "details.hide > summary", ".study-finding"):  # fmt: skip
        for one in tab.locator(f".bd-article {text}").all()[:20]:
            assert one.evaluate(contrast) >= 4.5, text


def test_print_shows_the_numbers_of_figures_and_no_bar_of_code(tab, address):
    tab.goto(f"{address}/book/barriers-and-drivers.html", wait_until="networkidle")
    tab.emulate_media(media="print")
    assert tab.locator("details.study-folded .study-table").first.is_visible()
    assert not tab.locator("details.hide summary:visible").count()


def test_a_page_in_the_dark_is_printed_light_and_whole_and_is_as_before(tab, address):
    tab.goto(f"{address}/book/barriers-and-drivers.html", wait_until="networkidle")
    tab.evaluate("document.documentElement.dataset.theme = 'dark'")
    tab.evaluate(
        """window.addEventListener('beforeprint', () => {
        window.printed = [document.documentElement.dataset.theme,
            document.querySelectorAll('details.study-folded:not([open])').length];
    })"""
    )
    closed = tab.locator("details.study-folded:not([open])").count()
    tab.pdf()
    assert tab.evaluate("window.printed") == ["light", 0]
    assert tab.evaluate("document.documentElement.dataset.theme") == "dark"
    assert tab.locator("details.study-folded:not([open])").count() == closed > 0


def test_a_row_that_is_linked_to_stands_in_view_under_the_heads(tab, address):
    tab.goto(f"{address}/book/findings.html", wait_until="networkidle")
    tab.goto(f"{address}/book/findings.html#barriers-balance-more")
    tab.wait_for_function(
        """() => {
        const head = document.querySelector('#ledger thead th').getBoundingClientRect();
        const row = document.getElementById('barriers-balance-more').getBoundingClientRect();
        return head.top >= 45 && head.bottom <= row.top && row.top < 300;
    }"""
    )


@pytest.mark.parametrize("name", ["index", *notebooks()])
def test_labels_can_be_read_at_any_width(tab, address, name):
    labels = Path(__file__).with_name("labels.js").read_text(encoding="utf-8")
    tab.goto(f"{address}/{name}.html", wait_until="networkidle")
    figures = tab.locator("figure.study-figure").count()
    for width in (1280, 1000, 768, 390, 320):
        tab.set_viewport_size({"width": width, "height": 900})
        found = tab.evaluate(labels)
        layout = "study-wide" if width > 640 else "study-narrow"
        assert [(kind, left) for kind, _, left in found] == [(layout, [])] * figures
        assert all(size >= 10 for _, size, _ in found), (width, found)
    tab.emulate_media(media="print")
    assert {kind for kind, _, _ in tab.evaluate(labels)} <= {"study-wide"}


def test_the_text_of_a_figure_is_found_and_has_the_fonts_of_the_site(tab, address):
    tab.set_viewport_size({"width": 390, "height": 900})
    tab.goto(f"{address}/book/barriers-and-drivers.html", wait_until="networkidle")
    assert tab.evaluate("window.find('Citizens lack skills')")
    while tab.evaluate("!getSelection().anchorNode.parentElement.closest('svg')"):
        assert tab.evaluate("window.find('Citizens lack skills')")
    assert tab.evaluate("getSelection().toString()") == "Citizens lack skills"
    family = "getComputedStyle(document.querySelector('figure svg text')).fontFamily"
    assert tab.evaluate(family).startswith('"Study Sans"')
    tab.evaluate("document.fonts.ready.then(() => 1)")
    loaded = "[...document.fonts].filter(f => f.status === 'loaded').map(f => f.family)"
    assert set(tab.evaluate(loaded)) == {"Study Sans", "Study Serif"}


def test_a_figure_has_the_ground_of_its_page(tab, address):
    tab.goto(f"{address}/book/theme-map.html", wait_until="networkidle")
    tab.evaluate("document.documentElement.dataset.theme = 'dark'")
    card = tab.locator("figure svg path").first
    fill = "e => getComputedStyle(e).fill"
    ground = "getComputedStyle(document.body).backgroundColor"
    assert card.evaluate(fill) == tab.evaluate(ground) == "rgb(18, 18, 18)"
    tab.emulate_media(media="print")
    assert card.evaluate(fill) == "rgb(255, 255, 255)"
