"""report-page.py - look at pages of mon-report in the real Chromium.

    report-page.py FOLDER PAGE...

Each page is shown at 800 and 1600 pixels, light and dark, and as it is printed. It must ask for
nothing, break no policy, fit its width, cover no text by another, and hold nothing but the tags that
mon-report writes. Pictures of the first page go to FOLDER, to be looked at; it must look the same
without scripts. The text that a person sees goes to PAGE.text (for .html). Chromium is driven over a
pipe (--remote-debugging-pipe: messages of JSON, each ended by a NUL). Prints "ok" or "FAIL" and what,
a line each.
"""

import base64
import json
import os
import subprocess
import sys
import xml.etree.ElementTree

TAGS = set("html head meta title style body h1 h2 p ul li time div b i s span svg defs pattern path rect".split())

# All that can be asked of the page itself, in one go.
LOOK = r"""(() => {
    const all = [...document.querySelectorAll('*')], out = [];
    const shown = all.filter(e => e.childElementCount == 0 && e.textContent.trim() && !e.closest('svg') && !e.closest('head'));
    const boxes = [];
    for (const e of shown)
        for (const r of (() => { const g = document.createRange(); g.selectNodeContents(e); return [...g.getClientRects()]; })()) {
            // What is cut at the edge of its cell covers nothing.
            const c = e.getBoundingClientRect(), cut = getComputedStyle(e).overflowX != 'visible';
            const right = cut ? Math.min(r.right, c.right) : r.right;
            if (right > r.left && r.height > 0) boxes.push([r.left, r.top + 2, right, r.bottom - 2, e]);
        }
    boxes.sort((a, b) => a[1] - b[1]);
    for (let i = 0; i < boxes.length; i++)
        for (let k = i + 1; k < boxes.length && boxes[k][1] < boxes[i][3]; k++)
            if (boxes[i][4] != boxes[k][4] && boxes[i][0] < boxes[k][2] - 1 && boxes[k][0] < boxes[i][2] - 1 && out.length < 3)
                out.push(boxes[i][4].textContent + ' | ' + boxes[k][4].textContent);
    const rgb = getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number);
    return { tags: [...new Set(all.map(e => e.localName))], over: out,
        on: all.flatMap(e => [...e.attributes]).filter(a => /^on|href|src/i.test(a.name)).map(a => a.name),
        wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
        high: document.documentElement.scrollHeight, bright: (rgb[0] + rgb[1] + rgb[2]) / 3,
        pwned: window.pwned === undefined ? '' : String(window.pwned), title: document.title, text: document.body.textContent };
})()"""


class Browser:
    def __init__(self, profile):
        down_r, self.down = os.pipe()
        self.up, up_w = os.pipe()

        def fds():
            os.dup2(down_r, 103), os.dup2(up_w, 104)
            os.dup2(103, 3), os.dup2(104, 4)

        self.process = subprocess.Popen(
            ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
             "--disable-extensions", "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
             f"--user-data-dir={profile}", "--remote-debugging-pipe", "about:blank"],
            preexec_fn=fds, close_fds=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(down_r), os.close(up_w)
        self.n, self.rest, self.events, self.session = 0, b"", [], None
        page = next(t for t in self("Target.getTargets")["targetInfos"] if t["type"] == "page")
        self.session = self("Target.attachToTarget", targetId=page["targetId"], flatten=True)["sessionId"]
        for domain in "Page", "Runtime", "Network", "Log", "Audits":
            self(domain + ".enable")

    def read(self):
        while b"\0" not in self.rest:
            more = os.read(self.up, 1 << 20)
            if not more:
                sys.exit("FAIL chromium ended by itself")
            self.rest += more
        message, self.rest = self.rest.split(b"\0", 1)
        message = json.loads(message)
        if "method" in message:
            self.events.append((message["method"], message["params"]))
        return message

    def __call__(self, method, **params):
        self.n += 1
        call = {"id": self.n, "method": method, "params": params}
        if self.session:
            call["sessionId"] = self.session
        os.write(self.down, json.dumps(call).encode() + b"\0")
        while True:
            answer = self.read()
            if answer.get("id") == self.n:
                if "error" in answer:
                    sys.exit(f"FAIL chromium refuses {method}: {answer['error']['message']}")
                return answer["result"]

    def go(self, url):
        self.events.clear()
        self("Page.navigate", url=url)
        while not any(method == "Page.loadEventFired" for method, _ in self.events):
            self.read()

    def show(self, width, media, scheme, high=600):
        self("Emulation.setDeviceMetricsOverride", width=width, height=high, deviceScaleFactor=1, mobile=False)
        self("Emulation.setEmulatedMedia", media=media, features=[{"name": "prefers-color-scheme", "value": scheme}])

    def look(self):
        return self("Runtime.evaluate", expression=LOOK, returnByValue=True)["result"]["value"]

    def picture(self):
        return base64.b64decode(self("Page.captureScreenshot", format="png")["data"])


def check(what, bad):
    """One line; bad is what is wrong, or nothing."""
    print(f"FAIL {what}: {bad}" if bad else f"ok   {what}")


def requests(events, url):
    return [p["request"]["url"] for m, p in events if m == "Network.requestWillBeSent" and p["request"]["url"] != url]


def complaints(events):
    said = [p["entry"]["text"] for m, p in events if m == "Log.entryAdded"]
    said += [p["issue"]["code"] for m, p in events if m == "Audits.issueAdded" and "QuirksMode" not in p["issue"]["code"]]
    return said + [p["exceptionDetails"]["text"] for m, p in events if m == "Runtime.exceptionThrown"]


def inspect(browser, folder, path, pictures):
    name, url = os.path.basename(path)[:-5], "file://" + os.path.abspath(path)
    try:
        xml.etree.ElementTree.parse(path)
        check(f"{name}: well-formed", None)
    except xml.etree.ElementTree.ParseError as e:
        check(f"{name}: well-formed", str(e))
    wide, over, tags, scheme_of = [], [], [], []
    browser("Emulation.setScriptExecutionDisabled", value=False)
    browser.go(url)
    for width, media, scheme in (800, "screen", "light"), (1600, "screen", "dark"), (720, "print", "light"):
        browser.show(width, media, scheme)
        seen = browser.look()
        of = f"{width} {media} {scheme}: "
        wide += [f"{of}{seen['wide']} pixels"] if seen["wide"] > 0 else []
        over += [of + o for o in seen["over"]]
        tags += [of + t for t in sorted(set(seen["tags"]) - TAGS) + seen["on"] + ([seen["pwned"]] if seen["pwned"] else [])]
        scheme_of += [f"{of}brightness {seen['bright']}"] if (seen["bright"] < 128) != (scheme == "dark") else []
    check(f"{name}: no request", requests(browser.events, url))
    check(f"{name}: no complaint of the browser, no broken policy", complaints(browser.events))
    check(f"{name}: fits its width", wide)
    check(f"{name}: no text covers another", over)
    check(f"{name}: only the tags of mon-report, and no attribute that acts", tags)
    check(f"{name}: light and dark", scheme_of)
    if pictures:
        with_scripts = [take(browser, folder, name, *what) for what in LOOKS]
        browser("Emulation.setScriptExecutionDisabled", value=True)
        browser.go(url)
        check(f"{name}: the same without scripts", [] if take(browser, folder, name, *LOOKS[-1]) == with_scripts[-1] else "another picture")
        check(f"{name}: its pictures differ, and are not empty", len(set(with_scripts)) < len(LOOKS) or min(map(len, with_scripts)) < 10000)
    with open(path[:-5] + ".text", "w") as f:
        f.write(seen["title"] + "\n" + seen["text"])


LOOKS = [(width, "screen", scheme) for width in (800, 1600) for scheme in ("light", "dark")] + [(720, "print", "light")]


def take(browser, folder, name, width, media, scheme):
    browser.show(width, media, scheme, 1400)
    picture = browser.picture()
    with open(f"{folder}/{name}-{width}-{media}-{scheme}.png", "wb") as f:
        f.write(picture)
    return picture


def main():
    folder, pages = sys.argv[1], sys.argv[2:]
    browser = Browser(folder + "/profile")
    try:
        for page in pages:
            inspect(browser, folder, page, page == pages[0])
    finally:
        browser.process.terminate()
        browser.process.wait()


main()
