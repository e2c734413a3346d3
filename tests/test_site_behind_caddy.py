"""A site as it is deployed: the command of the systemd unit, behind Caddy with deploy/Caddyfile.

Real processes on loopback, TLS by Caddy's own authority. What differs from a server: the ports, the
paths, no systemd around the command, and nothing is put into the machine's list of authorities.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import socket
import ssl
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

import system_calls
from completeness import must_be_complete

ROOT = Path(__file__).resolve().parent.parent
UNIT = ROOT / "deploy" / "systemd" / "landrelease.service"
HOST = "mines.example.org"
PASSWORD = "correct horse battery"
#: Addresses of this machine: the proxy's, a person's, and somebody's who goes around the proxy.
PROXY, PERSON, STRANGER = "127.0.0.1", "127.0.0.5", "127.0.0.6"


@dataclass(frozen=True)
class Site:
    """Where the site is reached, and what its workspace is."""

    folder: Path
    https: int
    http: int
    behind: int
    authority: Path
    process: int

    @contextmanager
    def browser(self, address: str = PERSON) -> Iterator[httpx.Client]:
        """A browser at an address that trusts Caddy's authority."""
        trust = ssl.create_default_context(cafile=str(self.authority))
        with httpx.Client(
            transport=httpx.HTTPTransport(verify=trust, local_address=address),
            base_url=f"https://127.0.0.1:{self.https}",
            headers={"Host": HOST, "Referer": f"https://{HOST}/"},
            timeout=60,
        ) as client:
            client.event_hooks["request"] = [_by_name]
            yield client


def _by_name(request: httpx.Request) -> None:
    request.extensions["sni_hostname"] = HOST


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def command_of_the_unit(folder: Path, port: int) -> tuple[list[str], dict[str, str]]:
    """ExecStart and environment of the unit, with paths and port of this test."""
    unit = UNIT.read_text(encoding="utf-8")
    (line,) = re.findall(r"^ExecStart=(.*)$", unit, re.MULTILINE)
    given = {"SITE_HOST": HOST}
    words = [re.sub(r"\$\{(\w+)\}", lambda m: given[m[1]], word) for word in shlex.split(line)]
    assert words[0] == "/opt/landrelease/bin/landrelease"
    words[0] = str(Path(sys.executable).with_name("landrelease"))
    assert words[-2:] == ["--port", "8000"]
    words[-1] = str(port)
    named = dict(
        word.split("=", 1)
        for said in re.findall(r"^Environment=(.*)$", unit, re.MULTILINE)
        for word in shlex.split(said)
    )
    assert named["LANDRELEASE_WORKSPACE"] == "/var/lib/landrelease/workspace"
    named["LANDRELEASE_WORKSPACE"] = str(folder)
    # What systemd gives a service, and no more.
    return words, {**named, "PATH": os.defpath, "HOME": str(folder.parent), "LANG": "C.UTF-8"}


def configuration_of_caddy(folder: Path, https: int, http: int) -> Path:
    """deploy/Caddyfile on other ports, without entering its authority into this machine's list."""
    text = (ROOT / "deploy" / "Caddyfile").read_text(encoding="utf-8")
    assert text.count("\tadmin off\n") == 1
    ports = f"\thttps_port {https}\n\thttp_port {http}\n\tskip_install_trust\n"
    path = folder / "Caddyfile"
    path.write_text(text.replace("\tadmin off\n", "\tadmin off\n" + ports), encoding="utf-8")
    return path


@contextmanager
def running(words: list[str], environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen]:
    with log.open("wb") as out:
        process = subprocess.Popen(
            words, env=environment, stdout=out, stderr=out, stdin=subprocess.DEVNULL, umask=0o077
        )
        try:
            yield process
        finally:
            process.terminate()
            process.wait(30)


def wait_for(port: int, process: subprocess.Popen, log: Path) -> None:
    for _ in range(600):
        assert process.poll() is None, log.read_text()
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(f"nothing listens on {port}: {log.read_text()}")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    caddy = shutil.which("caddy")
    if caddy is None:
        if must_be_complete():
            pytest.fail("caddy is not installed (apt install caddy)", pytrace=False)
        pytest.skip("caddy is not installed")
    base = tmp_path_factory.mktemp("site")
    folder, log = base / "workspace", base / "site.log"
    program = str(Path(sys.executable).with_name("landrelease"))
    subprocess.run([program, "init", str(folder)], check=True, capture_output=True)
    subprocess.run(
        [program, "-w", str(folder), "person", "add", "amra", "--organisation", "Authority"],
        check=True, capture_output=True, env={**os.environ, "LANDRELEASE_PASSWORD": PASSWORD},
    )  # fmt: skip
    https, http, behind = free_port(), free_port(), free_port()
    words, environment = command_of_the_unit(folder, behind)
    if not system_calls.lacking():
        launcher = Path(system_calls.__file__)
        words = [sys.executable, str(launcher), str(UNIT), "--", *words]
    with ExitStack() as stack:
        process = stack.enter_context(running(words, environment, log))
        wait_for(behind, process, log)
        said = base / "caddy.log"
        proxy = stack.enter_context(
            running(
                [caddy, "run", "--adapter", "caddyfile", "--config",
                 str(configuration_of_caddy(base, https, http))],
                {"PATH": os.defpath, "HOME": str(base), "XDG_DATA_HOME": str(base / "data"),
                 "XDG_CONFIG_HOME": str(base / "config"), "SITE_HOST": HOST,
                 "SITE_UPSTREAM": f"127.0.0.1:{behind}"},
                said,
            )
        )  # fmt: skip
        wait_for(https, proxy, said)
        wait_for(http, proxy, said)
        authority = base / "data" / "caddy" / "pki" / "authorities" / "local" / "root.crt"
        yield Site(folder, https, http, behind, authority, process.pid)


def sign_in(browser: httpx.Client, password: str) -> httpx.Response:
    page = browser.get("/account/login/")
    assert page.status_code == 200
    (token,) = set(re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text))
    return browser.post(
        "/account/login/",
        data={"login": "amra", "password": password, "csrfmiddlewaretoken": token},
    )


def test_somebody_signs_in_through_the_proxy(site: Site) -> None:
    with site.browser() as browser:
        assert browser.get("/hazards/").headers["location"].startswith("/account/login/")
        assert sign_in(browser, PASSWORD).status_code == 302
        assert {"__Host-session", "__Host-csrf"} <= set(browser.cookies)
        for cookie in browser.cookies.jar:
            assert cookie.secure, cookie.name
            assert cookie.path == "/", cookie.name
        # Whoever was entered at the command line changes their password first.
        assert browser.get("/account/").status_code == 200
        assert "amra" in browser.get("/account/").text


def test_headers_arrive_once_and_say_nothing_of_the_server_behind(site: Site) -> None:
    with site.browser() as browser:
        for address in ("/account/login/", "/static/dist/app.js", "/nowhere/"):
            headers = browser.get(address).headers
            for name in (
                "content-security-policy", "strict-transport-security", "x-content-type-options",
                "x-frame-options", "referrer-policy", "cross-origin-opener-policy",
            ):  # fmt: skip
                assert len(headers.get_list(name)) == 1, (address, name)
            assert "waitress" not in str(headers).lower()
            assert "python" not in str(headers).lower()


def test_the_site_runs_under_the_filter_of_its_unit(site: Site) -> None:
    """All that this module does with the site is done under the unit's filter of system calls."""
    if why := system_calls.lacking():
        if must_be_complete():
            pytest.fail(why, pytrace=False)
        pytest.skip(why)
    status = Path(f"/proc/{site.process}/status").read_text(encoding="ascii")
    assert re.search(r"^Seccomp:\s+2$", status, re.MULTILINE)
    assert re.search(r"^NoNewPrivs:\s+1$", status, re.MULTILINE)


def _spoken(site: Site, version: ssl.TLSVersion) -> str:
    """The version of TLS that the proxy speaks with somebody who speaks this one alone."""
    trust = ssl.create_default_context(cafile=str(site.authority))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        trust.minimum_version = trust.maximum_version = version
    # Old versions are off by default here as well; then nothing would be tested.
    trust.set_ciphers("DEFAULT:@SECLEVEL=0")
    with (
        socket.create_connection(("127.0.0.1", site.https), timeout=30) as plain,
        trust.wrap_socket(plain, server_hostname=HOST) as spoken,
    ):
        return str(spoken.version())


def test_only_todays_tls_is_spoken(site: Site) -> None:
    assert _spoken(site, ssl.TLSVersion.TLSv1_3) == "TLSv1.3"
    assert _spoken(site, ssl.TLSVersion.TLSv1_2) == "TLSv1.2"
    for old in (ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1):
        with pytest.raises(ssl.SSLError, match=r"(?i)protocol.version"):
            _spoken(site, old)


def test_without_tls_there_is_only_the_way_to_tls(site: Site) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{site.http}", headers={"Host": HOST}) as plain:
        answer = plain.get("/account/login/")
        assert answer.status_code in (301, 308)
        assert answer.headers["location"].startswith("https://")
        assert not answer.cookies


def test_what_is_for_who_watches_the_server_is_not_given_out(site: Site) -> None:
    with site.browser() as browser:
        for address in ("/metrics", "/healthz", "/readyz"):
            assert browser.get(address).status_code == 404
    with httpx.Client(base_url=f"http://127.0.0.1:{site.behind}") as beside:
        assert beside.get("/readyz").status_code == 200


def test_another_name_is_not_answered(site: Site) -> None:
    with site.browser() as browser:
        answer = browser.get("/about/", headers={"Host": "elsewhere.example.org"})
        assert answer.status_code in (200, 421)
        assert not answer.content, "Caddy knows no such site"


def test_only_the_proxy_says_where_somebody_is_and_that_it_is_tls(site: Site) -> None:
    claimed = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
    with httpx.Client(
        transport=httpx.HTTPTransport(local_address=STRANGER),
        base_url=f"http://127.0.0.1:{site.behind}", headers={"Host": HOST, **claimed},
    ) as around:  # fmt: skip
        answer = around.get("/account/login/")
        assert answer.status_code == 301, "who is not the proxy is not believed about TLS"
    with site.browser() as browser:
        browser.headers.update(claimed)
        assert sign_in(browser, "wrong").status_code == 200
    counted = subprocess.run(
        [sys.executable, "-c",
         "import sys\n"
         "from landrelease.register import workspace\n"
         "workspace.open_workspace(sys.argv[1])\n"
         "from axes.models import AccessAttempt\n"
         "print(*AccessAttempt.objects.values_list('ip_address', flat=True))",
         str(site.folder)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert counted.stdout.split() == [PERSON], "the address that Caddy saw, not the one claimed"
