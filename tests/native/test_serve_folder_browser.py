"""The listing of `ferrosock serve DIR` in a real browser: Debian's chromium, headless, spoken to through a pipe.

Light, dark and on a phone: contrast and overflow are measured in the page; sorting, the filter and uploads are done as
a reader does them; nothing may be said on the console, and no policy be violated.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "holiday pictures"
    for name in ("Corsica 2024", "notes", "2023"):
        (root / name).mkdir(parents=True)
    sizes = {
        "IMG_2.jpg": 2_340_000,
        "IMG_10.jpg": 1_980_000,
        "Film of the ferry.mp4": 734_003_200,
        "song.mp3": 4_200_000,
        "all.zip": 88_000_000,
        "route.gpx": 18_400,
        "main.rs": 3_100,
        "read me.txt": 412,
        "tickets.pdf": 240_000,
        "a very long name that somebody has given to a file without a thought of telephones and the like.docx": 51_000,
        "<img src=x onerror=alert(1)>.html": 25,
        "\u202efdp.exe": 1,
        "data": 0,
    }
    for number, (name, size) in enumerate(sizes.items()):
        with open(root / name, "wb") as file:
            file.truncate(size)
        os.utime(root / name, (1_700_000_000 + number * 7_654_321, 1_700_000_000 + number * 7_654_321))
    for name in ("a.md", "b.md", "c.md"):
        (root / "notes" / name).write_text(name)
    return root


@pytest.fixture
def serve(folder: Path) -> Iterator[Callable[..., str]]:
    processes = []

    def start(*options: str) -> str:
        command = [sys.executable, "-m", "ferrosock", "serve", str(folder), "--port", "0", *options]
        processes.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True))
        assert processes[-1].stdout is not None
        lines = processes[-1].stdout.readline() + processes[-1].stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", lines)
        assert found, lines
        return found[0]

    yield start
    for process in processes:
        process.kill()
        process.communicate()


# The least contrast of text that is shown to what is behind it (WCAG 2.2), and the text that has it.
CONTRAST = """(() => {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const rgba = (text) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = text;
    context.fillRect(0, 0, 1, 1);
    return Array.from(context.getImageData(0, 0, 1, 1).data);
  };
  const light = ([r, g, b]) => {
    const part = (value) => {
      value /= 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    };
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const behind = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = rgba(getComputedStyle(each).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return [255, 255, 255];
  };
  const found = [Infinity, ""];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.data.trim();
    const element = walker.currentNode.parentElement;
    if (!text || !element.checkVisibility() || element.closest("svg")) continue;
    const [one, other] = [light(rgba(getComputedStyle(element).color)), light(behind(element))];
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (contrast < found[0]) [found[0], found[1]] = [contrast, text];
  }
  for (const icon of document.querySelectorAll("td svg.icon")) {
    const [one, other] = [light(rgba(getComputedStyle(icon).color)), light(behind(icon))];
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (contrast * 1.5 < found[0]) [found[0], found[1]] = [contrast * 1.5, icon.className.baseVal];
  }
  return found;
})()"""

# How far what is shown goes beyond the window, and what goes farthest.
OVERFLOW = """(() => {
  let found = [document.documentElement.scrollWidth - innerWidth, "document"];
  for (const element of document.querySelectorAll("body *")) {
    if (element.closest("svg, .drop, .visually-hidden") || !element.checkVisibility()) continue;
    const over = element.getBoundingClientRect().right - innerWidth;
    if (over > found[0]) found = [over, element.outerHTML.slice(0, 80)];
  }
  return found;
})()"""

BACKGROUND = "getComputedStyle(document.body).backgroundColor"
NAMES = "Array.from(document.querySelectorAll('tbody:last-of-type tr:not([hidden])')).map((row) => row.dataset.name)"


@pytest.mark.parametrize(
    ("name", "width", "height", "scheme", "phone"),
    [
        ("light", 1280, 900, "light", False),
        ("dark", 1280, 900, "dark", False),
        ("tablet", 768, 1024, "light", True),
        ("phone-light", 360, 740, "light", True),
        ("phone-dark", 360, 740, "dark", True),
        ("watch", 280, 500, "dark", True),
    ],
)
def test_it_looks_right(
    browser: Any, serve: Callable[..., str], name: str, width: int, height: int, scheme: str, phone: bool
) -> None:
    """All text can be read, nothing hangs over the edge, and nothing complains."""
    url = serve("--upload", "--zip")
    browser.look(width, height, scheme, phone=phone)
    for path, part in (("/", ""), ("/notes/", "-inside"), ("/nowhere", "-error"), ("/?q=none%20so", "-none")):
        browser.go(url + path)
        browser.picture(name + part)
        contrast, text = browser.run(CONTRAST)
        assert contrast >= 4.5, (path, contrast, text)
        over, element = browser.run(OVERFLOW)
        assert over <= 0, (path, over, element)
        said = [each for each in browser.complaints() if "404" not in each]
        assert said == [], path
    browser.go(url)
    assert browser.run("document.querySelectorAll('script:not([src]), [style], [onclick]').length") == 0
    assert browser.run(f"{NAMES}.length") == 16


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_theme_does_not_ask_the_system(browser: Any, serve: Callable[..., str], theme: str) -> None:
    """`--theme` is what is shown, whatever the reader's system prefers."""
    url = serve("--theme", theme)
    found = []
    for scheme in ("light", "dark"):
        browser.look(1000, 700, scheme)
        browser.go(url)
        found.append(browser.run(BACKGROUND))
        assert browser.run(CONTRAST)[0] >= 4.5
    assert found[0] == found[1] == {"light": "rgb(244, 245, 247)", "dark": "rgb(16, 19, 24)"}[theme]
    url = serve()
    colours = []
    for scheme in ("light", "dark"):
        browser.look(1000, 700, scheme)
        browser.go(url)
        colours.append(browser.run(BACKGROUND))
    assert colours == ["rgb(244, 245, 247)", "rgb(16, 19, 24)"]


def test_sorting_and_the_filter(browser: Any, serve: Callable[..., str]) -> None:
    """By clicks and keys, in place; and the same by links, as for readers without script."""
    url = serve()
    browser.look(1200, 900, "light")
    browser.go(url)
    names = browser.run(NAMES)
    assert names[:3] == ["2023", "Corsica 2024", "notes"]
    assert names.index("IMG_2.jpg") < names.index("IMG_10.jpg")
    by_clicks = {}
    for key, states in (("size", ["ascending", "descending"]), ("date", ["ascending"]), ("name", ["ascending"])):
        for state in states:
            browser.click(f"th.{key} a")
            assert browser.run(f"document.querySelector('th.{key}').getAttribute('aria-sort')") == state
            assert browser.run("document.querySelectorAll('[aria-sort]').length") == 1
            by_clicks[key, state] = browser.run(NAMES)
    assert by_clicks["size", "descending"][3] == "Film of the ferry.mp4"
    assert by_clicks["size", "ascending"][3] == "data"
    assert by_clicks["date", "ascending"][-1] == "data"
    assert browser.run("location.search") == "?sort=name&order=asc"
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    for key, order in (("size", "desc"), ("date", "asc"), ("name", "asc")):
        browser.go(f"{url}/?sort={key}&order={order}")
        state = "descending" if order == "desc" else "ascending"
        assert browser.run(NAMES) == by_clicks[key, state], key
    browser.click("th.size a")
    browser.eventually("location.search === '?sort=size&order=asc'")
    assert "(UTC)" in browser.run("document.querySelector('th.date').textContent")
    browser.call("Emulation.setScriptExecutionDisabled", value=False)

    browser.go(url)
    browser.call("Input.dispatchKeyEvent", type="keyDown", key="/", text="/")
    browser.call("Input.insertText", text="IMG")
    assert browser.run(NAMES) == ["<img src=x onerror=alert(1)>.html", "IMG_2.jpg", "IMG_10.jpg"]
    assert browser.run("document.querySelector('.count').textContent") == "3 of 16 shown"
    assert browser.complaints() == []


def test_uploads(browser: Any, serve: Callable[..., str], folder: Path, tmp_path: Path) -> None:
    """By the button, with progress; by a drop; and without script by the form."""
    files = [tmp_path / "new one.bin", tmp_path / "ü%2f#?.txt", tmp_path / "data"]
    files[0].write_bytes(os.urandom(3_000_000))
    files[1].write_text("odd")
    files[2].write_text("there is one already")
    url = serve("--upload", "--max-upload", "5M")
    browser.look(1200, 900, "light")
    browser.go(url + "/notes/")
    assert browser.run("document.querySelector('form.upload').checkVisibility()") is False
    browser.call("Page.setInterceptFileChooserDialog", enabled=True)
    browser.click(".choose")
    node = browser.wait_for("Page.fileChooserOpened")["backendNodeId"]
    browser.call("DOM.setFileInputFiles", files=[str(each) for each in files[:2]], backendNodeId=node)
    browser.eventually("document.querySelector('tr[data-name=\"new one.bin\"]') !== null")
    for each in files[:2]:
        assert (folder / "notes" / each.name).read_bytes() == each.read_bytes()
    assert browser.complaints() == []

    # What is there, and what is too large, is said before anything is sent.
    browser.go(url)
    browser.run("""(() => {
        const data = new DataTransfer();
        data.items.add(new File(["dropped"], "dropped.txt"));
        data.items.add(new File(["other"], "data"));
        data.items.add(new File([new Uint8Array(6_000_000)], "large.bin"));
        for (const kind of ["dragenter", "dragover", "drop"]) {
            dispatchEvent(new DragEvent(kind, { dataTransfer: data, cancelable: true }));
            if (kind === "dragover" && !document.querySelector(".drop").checkVisibility()) throw "no sign of it";
        }
    })()""")
    browser.eventually("document.querySelector('.uploads .again') !== null")
    browser.picture("uploads")
    said = browser.run("Array.from(document.querySelectorAll('.uploads li')).map((item) => item.innerText)")
    ends = ["done", "there is a file of this name", "too large", "Show the new files"]
    assert [each.split("\n")[-1] for each in said] == ends
    assert browser.run(CONTRAST)[0] >= 4.5
    browser.click(".again")
    browser.eventually("document.querySelector('tr[data-name=\"dropped.txt\"]') !== null")
    assert (folder / "dropped.txt").read_text() == "dropped" and (folder / "data").read_bytes() == b""
    assert browser.complaints() == []

    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    browser.go(url + "/2023/")
    root = browser.call("DOM.getDocument")["root"]["nodeId"]
    chooser = browser.call("DOM.querySelector", nodeId=root, selector="form.upload input[type=file]")["nodeId"]
    browser.call("DOM.setFileInputFiles", files=[str(each) for each in files], nodeId=chooser)
    browser.picture("no-script")
    browser.click("form.upload button")
    browser.eventually("document.querySelector('tr[data-name=\"data\"]') !== null")
    assert sorted(each.name for each in (folder / "2023").iterdir()) == sorted(each.name for each in files)
    browser.call("Emulation.setScriptExecutionDisabled", value=False)


def test_a_page_of_another_site_changes_nothing(browser: Any, serve: Callable[..., str], folder: Path) -> None:
    """Its form is refused, it cannot read, and it cannot frame."""
    url = serve("--upload")
    (folder / "evil.html").write_text("<form method=post enctype=multipart/form-data><input name=file></form>")
    other = serve()
    browser.look(1200, 900, "light")
    browser.go(other + "/evil.html")
    sent = f"""fetch("{url}/stolen.txt", {{ method: "PUT", body: "evil" }}).then(() => "sent", () => "refused")"""
    assert browser.run(sent) == "refused"
    assert browser.run(f"""fetch("{url}/read%20me.txt").then(() => "read", () => "refused")""") == "refused"
    form = f"""(() => {{
        const form = document.querySelector("form");
        const data = new DataTransfer();
        data.items.add(new File(["evil"], "stolen.txt"));
        form.action = "{url}/";
        form.elements.file.type = "file";
        form.elements.file.files = data.files;
        form.submit();
    }})()"""
    browser.run(form)
    browser.eventually(
        "document.querySelector('h1') !== null && document.querySelector('h1').textContent === '403 Forbidden'"
    )
    assert not (folder / "stolen.txt").exists()
