"""Opens a notebook in JupyterLab in a headless Chromium, runs all cells and checks the outputs.

    python lab.py NAME [--chromium PATH] [--screenshot FILE.png]
"""

import argparse
import contextlib
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

from playwright.sync_api import sync_playwright

from copies import ORIGINALS, copies, environment

MINUTES = 15
# without windowing every cell is in the page, even outside the visible area
SETTINGS = {
    "@jupyterlab/notebook-extension/tracker.jupyterlab-settings": {"windowingMode": "none"},
    "@jupyterlab/apputils-extension/notification.jupyterlab-settings": {"fetchNews": "false"},
}
QUIET = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


@contextlib.contextmanager
def jupyter_lab(folder):
    """Starts a JupyterLab that serves a folder; yields its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as settings, tempfile.TemporaryDirectory() as workspaces:
        for name, content in SETTINGS.items():
            path = pathlib.Path(settings) / name
            path.parent.mkdir(parents=True)
            path.write_text(json.dumps(content))
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", f"--port={port}", "--allow-root"]
        command += ["--IdentityProvider.token=", f"--ServerApp.root_dir={folder}"]
        # a new workspace: no notebooks of earlier sessions are opened
        values = os.environ | environment()
        values |= {"JUPYTERLAB_SETTINGS_DIR": settings, "JUPYTERLAB_WORKSPACES_DIR": workspaces}
        with open(folder / "lab.log", "w") as log:
            server = subprocess.Popen(command, env=values, stdout=log, stderr=log)
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(lambda: urllib.request.urlopen(f"{address}/api").status == 200, 60)
            yield address
        finally:
            server.terminate()
            server.wait()


def wait_for(condition, limit):
    end = time.monotonic() + limit
    while True:
        with contextlib.suppress(OSError):
            if condition():
                return
        if time.monotonic() > end:
            raise TimeoutError(f"not within {limit} s")
        time.sleep(0.5)


def run_all(page):
    """Runs all cells from the menu and waits until all have finished."""
    cells = page.locator(".jp-CodeCell")
    prompts = page.locator(".jp-CodeCell .jp-InputPrompt")

    def ended():
        texts = prompts.all_inner_texts()
        numbers = [text.strip("[]: ") for text in texts]
        return len(numbers) == cells.count() and all(number.isdigit() for number in numbers)

    page.locator(".lm-MenuBar-itemLabel").get_by_text("Run", exact=True).click()
    page.locator(".lm-Menu-itemLabel").get_by_text("Run All Cells", exact=True).click()
    # committed notebooks have execution numbers too; they disappear when the run begins
    wait_for(lambda: any("*" in text for text in prompts.all_inner_texts()), 60)
    wait_for(ended, 60 * MINUTES)


def committed_pictures(name):
    """Returns the number of pictures in the committed notebook."""
    cells = json.loads((ORIGINALS / f"{name}.ipynb").read_text())["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    return sum("image/png" in output.get("data", {}) for output in outputs)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name")
    parser.add_argument("--chromium")
    parser.add_argument("--screenshot")
    arguments = parser.parse_args()
    with copies() as folder, jupyter_lab(folder) as address, sync_playwright() as playwright:
        options = {"args": ["--no-sandbox", *QUIET]}
        browser = playwright.chromium.launch(executable_path=arguments.chromium, **options)
        page = browser.new_page(viewport={"width": 1300, "height": 1000})
        page.goto(f"{address}/lab/tree/{arguments.name}.ipynb", wait_until="domcontentloaded")
        page.locator(".jp-CodeCell").first.wait_for(timeout=120_000)
        idle = ".jp-Notebook-ExecutionIndicator[data-status='idle']"
        page.locator(idle).first.wait_for(state="attached", timeout=120_000)
        # the page shows idle shortly before it accepts input
        page.wait_for_timeout(4000)
        begin = time.monotonic()
        run_all(page)
        seconds = time.monotonic() - begin
        pictures = page.locator(".jp-OutputArea-output img")
        wide = [picture.evaluate("image => image.naturalWidth") for picture in pictures.all()]
        errors = page.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.stderr']").count()
        formulas = page.locator("mjx-container").count()
        print(f"{arguments.name}: all cells in {seconds:.0f} s, {len(wide)} pictures, {formulas} formulas, "
              f"{errors} outputs on standard error")
        if arguments.screenshot:
            tallest = "all => Math.max(...all.map(element => element.scrollHeight))"
            whole = page.locator(".jp-Notebook, .jp-Notebook *").evaluate_all(tallest)
            page.set_viewport_size({"width": 1300, "height": min(whole + 200, 15_000)})
            page.evaluate("document.querySelectorAll('*').forEach(element => { element.scrollTop = 0; })")
            page.wait_for_timeout(2000)
            page.screenshot(path=arguments.screenshot)
        browser.close()
        as_committed = len(wide) == committed_pictures(arguments.name) and all(wide)
        sys.exit(0 if as_committed and not errors else 1)


if __name__ == "__main__":
    main()
