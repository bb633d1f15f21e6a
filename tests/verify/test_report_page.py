"""The report in headless Chromium: what a reader sees, clicks and prints."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import report_sample
from browser import chromium
from playwright.sync_api import Browser, Page

from reprolib import files, params, verify
from reprolib.paths import Tree
from reprolib.provenance import records
from reprolib.verify import report

WIDTHS = {"laptop": 1280, "phone": 390}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    tree = report_sample.tree(tmp_path_factory.mktemp("report"))
    return report.write(tree, report_sample.verdicts()).as_uri()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page; any error or request beyond the file itself fails the test that used it."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    opened = context.new_page()
    faults: list[str] = []
    opened.on("console", lambda message: faults.append(message.text) if message.type in ("error", "warning") else None)
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("request", lambda request: None if _inside(request.url) else faults.append(request.url))
    yield opened
    context.close()
    assert faults == []


def _inside(url: str) -> bool:
    return url.startswith("data:") or (url.startswith("file:") and url.partition("#")[0].endswith("/report/index.html"))


def _visible(page: Page) -> set[str]:
    return set(page.eval_on_selector_all("article.item", "all => all.filter(a => a.offsetParent).map(a => a.id)"))


def test_every_internal_link_has_its_anchor_and_ids_are_unique(page: Page, address: str) -> None:
    page.goto(address)
    links = page.eval_on_selector_all("a[href]", "all => all.map(a => a.getAttribute('href'))")
    ids = page.eval_on_selector_all("[id]", "all => all.map(a => a.id)")
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in links if link.startswith("#")} <= set(ids)
    assert all(link.startswith("#") for link in links), "the page must stand alone"


def test_every_picture_loads_and_has_a_text(page: Page, address: str) -> None:
    page.goto(address)
    seen = page.eval_on_selector_all("article img", "all => all.map(i => [i.complete && i.naturalWidth, i.alt])")
    assert len(seen) == 1
    assert all(width > 0 and "Figure 1: Zero-shot" in text for width, text in seen)


def test_text_of_claims_is_shown_not_run(page: Page, address: str) -> None:
    page.goto(address)
    assert report_sample.AWKWARD in page.inner_text("#fig1 .claims")
    assert page.locator("main script").count() == 0


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        ("Exact", {"fig1", "laws", "files"}),
        ("Within tolerance", {"fig2"}),
        ("Differs", {"table4", "C09"}),
        ("Not checkable here", {"fig7", "C34"}),
        ("Unexpected", {"table4"}),
    ],
)
def test_filter_by_verdict_shows_those_items_and_survives_a_reload(
    page: Page, address: str, verdict: str, expected: set[str]
) -> None:
    page.goto(address)
    button = page.locator("[data-filter=verdict] button", has_text=verdict)
    button.click()
    assert _visible(page) == expected
    assert page.inner_text("#shown").startswith(f"{len(expected)} of 8")
    page.reload()
    assert _visible(page) == expected
    assert button.get_attribute("aria-pressed") == "true"


def test_filters_combine_and_an_empty_result_offers_the_way_back(page: Page, address: str) -> None:
    page.goto(f"{address}#verdict=differs&kind=text")
    assert _visible(page) == {"C09"}
    page.locator("[data-filter=kind] button", has_text="Laws and files").click()
    assert _visible(page) == set()
    page.get_by_role("button", name="Show all").click()
    assert len(_visible(page)) == 8


def test_a_link_to_a_hidden_item_shows_all_and_a_visible_one_keeps_the_filter(page: Page, address: str) -> None:
    page.goto(f"{address}#verdict=exact")
    page.click(".contents a[href='#laws']")
    page.wait_for_function("location.hash === '#laws&verdict=exact'")
    assert _visible(page) == {"fig1", "laws", "files"}
    page.click(".contents a[href='#C34']")
    page.wait_for_function("location.hash === '#C34'")
    assert len(_visible(page)) == 8


def test_filters_work_from_the_keyboard(page: Page, address: str) -> None:
    page.goto(address)
    page.focus("[data-filter=verdict] button")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert _visible(page) == {"fig1", "laws", "files"}


def test_without_script_everything_is_shown(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert page.locator("article.item:visible").count() == 8
    assert page.locator("#filter:visible").count() == 0
    context.close()


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_the_page_never_scrolls_sideways(page: Page, address: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(address)
    page.eval_on_selector_all("details", "all => all.forEach(d => d.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_the_page_of_this_repository_is_whole(page: Page, repository: Tree, tmp_path: Path, width: int) -> None:
    verdicts = verify.run(repository, params.load(repository), [], 0)
    drawn = [item for item in verdicts["items"] if item["kind"] == "figure"]
    listed = [item for item in verdicts["items"] if item["kind"] == "table"]
    path = tmp_path / "report" / "index.html"
    files.write(path, report.render(repository, verdicts))
    assert path.stat().st_size < 12e6
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(path.as_uri())
    assert page.locator(".problem").all_inner_texts() == []
    assert page.locator("article.figure img").count() == page.locator("article.figure").count() == len(drawn)
    assert all(page.eval_on_selector_all("article img", "all => all.map(i => i.complete && i.naturalWidth > 0)"))
    assert page.locator("article.table table").count() >= page.locator("article.table").count() == len(listed)
    page.eval_on_selector_all("details", "all => all.forEach(d => d.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    ids = page.eval_on_selector_all("[id]", "all => all.map(a => a.id)")
    assert len(ids) == len(set(ids))


def test_a_picture_opens_large_and_escape_closes_it(page: Page, address: str) -> None:
    page.goto(address)
    page.click("#fig1 .zoom")
    assert page.locator("dialog img").evaluate("image => image.naturalWidth") > 0
    page.keyboard.press("Escape")
    assert not page.locator("dialog").is_visible()


def test_a_command_can_be_copied(page: Page, address: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(address)
    page.click("#fig2 .copy")
    page.locator("#fig2 .copy", has_text="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == "reprolib verify fig2"


# The lowest contrast of any shown text against its ground (WCAG 2), and that text.
CONTRAST = """() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgba = color => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const linear = v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const light = color => {
    const [r, g, b] = rgba(color).map(v => linear(v / 255));
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const ground = element => {
    for (; element; element = element.parentElement) {
      const color = getComputedStyle(element).backgroundColor;
      if (rgba(color)[3] === 255) return color;
    }
    return 'white';
  };
  const ratio = element => {
    const [a, b] = [light(getComputedStyle(element).color), light(ground(element))].sort((x, y) => y - x);
    return (a + .05) / (b + .05);
  };
  const hasText = element => [...element.childNodes].some(n => n.nodeType === 3 && n.data.trim());
  const shown = [...document.querySelectorAll('body *')]
    .filter(e => e.offsetParent && !e.closest('svg, .skip, .sr') && hasText(e));
  return shown.map(e => [ratio(e), `${e.className} ${e.textContent.slice(0, 40)}`]).sort((x, y) => x[0] - y[0])[0];
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_stands_out_from_its_ground(page: Page, address: str, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    page.goto(address)
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(20, 22, 26)") == (scheme == "dark")
    ratio, text = page.evaluate(CONTRAST)
    assert ratio >= 4.5, f"lowest contrast {ratio:.2f}: {text}"


def test_print_leaves_out_the_controls(page: Page, address: str) -> None:
    page.goto(address)
    page.emulate_media(media="print")
    assert not page.locator("#filter").is_visible()
    assert page.locator("#fig1 .copy").is_hidden()
    assert page.locator("#fig1 img").is_visible()


def test_nothing_in_a_table_fragment_can_run_or_call_out(browser: Browser, tmp_path: Path) -> None:
    tree = report_sample.tree(tmp_path)
    fragment = tree.tables("published") / "table4.html"
    fragment.write_text("<script>hacked = 1</script><img src=http://127.0.0.1:9/x onerror='hacked = 2'>")
    path = fragment.with_suffix(".json")
    record = records.read(path, "table")
    record["files"] = {"table4.html": files.sha256(fragment)}
    files.write_json(path, record | {"seal": records.seal(record)})
    context = browser.new_context()
    page = context.new_page()
    sent: list[str] = []
    page.on("requestfinished", lambda request: sent.append(request.url))
    page.goto(report.write(tree, report_sample.verdicts()).as_uri())
    page.wait_for_timeout(200)
    assert page.locator("#table4 img").count() == 1
    assert page.evaluate("typeof hacked") == "undefined"
    assert all(_inside(url) for url in sent)
    context.close()
