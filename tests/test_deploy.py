"""What is under deploy/: it names what exists, and runs nothing as root.

There is no container engine in a test: nothing is built or started here, only read.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

import system_calls
from completeness import must_be_complete
from test_docs import root_command, wrong_with

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("landrelease*"))

Compose = dict[str, Any]


@pytest.fixture(scope="module")
def compose() -> Compose:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))


def instructions() -> list[tuple[str, str]]:
    """Instructions of the Dockerfile, with their continuation lines."""
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    text = re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE)
    joined = re.sub(r"\\\n\s*", " ", text)
    return [
        (word, rest.strip())
        for word, _, rest in (line.partition(" ") for line in joined.splitlines())
        if word
    ]


# --- compose --------------------------------------------------------------------------------------


def test_only_the_proxy_can_be_reached_from_outside(compose: Compose) -> None:
    services = compose["services"]
    assert {name for name, one in services.items() if "ports" in one} == {"proxy"}
    for name in ("app", "database"):
        assert services[name]["networks"] == ["inside"]
    assert compose["networks"]["inside"]["internal"] is True


def test_services_are_pinned_and_confined(compose: Compose) -> None:
    for name, one in compose["services"].items():
        assert re.search(r":\d", one["image"]), f"{name} has no version"
        assert "no-new-privileges:true" in one["security_opt"]
        assert not one.get("privileged")
        for needed in one.get("depends_on", {}):
            assert needed in compose["services"]
    for name in ("app", "tasks", "proxy"):
        assert compose["services"][name]["read_only"] is True
        assert compose["services"][name]["cap_drop"] == ["ALL"]


def test_volumes_and_files_exist(compose: Compose) -> None:
    for one in compose["services"].values():
        for volume in one["volumes"]:
            source = volume.rsplit(":", 2 if volume.endswith(":ro") else 1)[0]
            if source.startswith("./"):
                assert (DEPLOY / source).is_file()
            elif not source.startswith("$"):
                assert source in compose["volumes"]
    build = compose["services"]["app"]["build"]
    assert ((DEPLOY / build["context"]) / build["dockerfile"]).resolve() == DEPLOY / "Dockerfile"


def test_the_proxy_that_is_believed_is_the_proxy(compose: Compose) -> None:
    services = compose["services"]
    command = services["app"]["command"]
    believed = command[command.index("--behind-proxy") + 1]
    assert services["proxy"]["networks"]["inside"]["ipv4_address"] == believed
    subnet = compose["networks"]["inside"]["ipam"]["config"][0]["subnet"]
    assert believed.rsplit(".", 1)[0] == subnet.rsplit(".", 1)[0]


@pytest.mark.parametrize("service", ["app", "tasks"])
def test_the_commands_exist(compose: Compose, service: str) -> None:
    words = tuple(str(word) for word in compose["services"][service]["command"])
    assert wrong_with(root_command(), words) is None


def test_webhooks_are_sent_where_they_are_wanted(compose: Compose) -> None:
    """Deliveries are made by a process of its own, which takes the very image and workspace."""
    app, tasks = compose["services"]["app"], compose["services"]["tasks"]
    assert tasks["command"] == ["tasks", "run"]
    assert tasks["image"] == app["image"]
    assert set(tasks["volumes"]) < set(app["volumes"])
    assert tasks["environment"] == app["environment"]
    assert "outside" in tasks["networks"], "the inner network reaches no receiver"
    assert tasks["healthcheck"] == {"disable": True}, "the check of the image asks a server"
    unit = (DEPLOY / "systemd" / "landrelease-tasks.service").read_text(encoding="utf-8")
    assert "ExecStart=/opt/landrelease/bin/landrelease tasks run\n" in unit


def test_two_services_are_confined_alike() -> None:
    """What the server needs its worker needs, and no more."""
    server, worker = (
        (DEPLOY / "systemd" / name).read_text(encoding="utf-8").partition("[Service]")[2]
        for name in ("landrelease.service", "landrelease-tasks.service")
    )
    lines = [
        {line for line in text.splitlines() if "=" in line and not line.startswith(("#", "Exec"))}
        for text in (server, worker)
    ]
    assert lines[0] == lines[1]


def test_every_variable_is_in_the_example_and_no_password_is() -> None:
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    named = set(re.findall(r"\$\{(\w+)", text))
    example = (DEPLOY / "site.env.example").read_text(encoding="utf-8")
    given = dict(re.findall(r"^(\w+)=(.*)$", example, re.MULTILINE))
    assert named <= given.keys()
    assert given["DATABASE_PASSWORD"] == ""
    assert "deploy/site.env" in (ROOT / ".gitignore").read_text(encoding="utf-8").split()


# --- Dockerfile -----------------------------------------------------------------------------------


def test_the_image_is_built_in_stages_and_does_not_run_as_root() -> None:
    steps = instructions()
    stages = [rest for word, rest in steps if word == "FROM"]
    assert len(stages) == 2
    assert all(re.match(r"[\w./-]+:\d", stage) for stage in stages), "a version, never latest"
    last = len(steps) - 1 - [word for word, _ in reversed(steps)].index("FROM")
    users = [rest for word, rest in steps[last:] if word == "USER"]
    assert users == ["10001:10001"]
    after = [word for word, _ in steps[steps.index(("USER", users[0])) :]]
    assert "RUN" not in after


def test_the_image_installs_what_is_locked() -> None:
    runs = " ".join(rest for word, rest in instructions() if word == "RUN")
    assert "--require-hashes" in runs
    assert "make wheel" in runs
    for word, rest in instructions():
        if word == "COPY" and "--from" not in rest:
            for source in rest.split()[:-1]:
                assert (ROOT / source).exists()


def test_the_server_has_a_client_of_its_version(compose: Compose) -> None:
    server = re.search(r":(\d+)-", compose["services"]["database"]["image"])
    client = re.search(r"postgresql-client-(\d+)", (DEPLOY / "Dockerfile").read_text())
    assert server
    assert client
    assert int(client[1]) >= int(server[1])


# --- systemd --------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_commands_of_units_exist(unit: Path) -> None:
    for line in re.findall(r"^ExecStart=(.*)$", unit.read_text(encoding="utf-8"), re.MULTILINE):
        program, *words = shlex.split(line)
        assert program.endswith("/landrelease")
        assert wrong_with(root_command(), tuple(words)) is None


@pytest.mark.parametrize(
    "unit", [u for u in UNITS if u.suffix == ".service"], ids=lambda path: path.name
)
def test_services_are_confined(unit: Path) -> None:
    settings = dict(re.findall(r"^(\w+)=(.*)$", unit.read_text(encoding="utf-8"), re.MULTILINE))
    assert settings["User"] == "landrelease"
    assert settings["NoNewPrivileges"] == "yes"
    assert settings["ProtectSystem"] == "strict"
    assert settings["CapabilityBoundingSet"] == ""
    assert settings["UMask"] == "0077"


def test_systemd_understands_the_units(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed")
    copies = []
    for unit in UNITS:
        # The programs and accounts of a server are not on this machine.
        text = unit.read_text(encoding="utf-8").replace(
            "/opt/landrelease/bin/landrelease", "/bin/true"
        )
        copy = tmp_path / unit.name
        copy.write_text(re.sub(r"^(User|Group)=.*\n", "", text, flags=re.MULTILINE))
        copies.append(str(copy))
    done = subprocess.run([analyze, "verify", *copies], capture_output=True, text=True, check=False)
    ours = [line for line in done.stderr.splitlines() if "landrelease" in line]
    assert not ours, done.stderr


def under_the_filter(unit: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command under the filter of system calls of a unit."""
    if why := system_calls.lacking():
        if must_be_complete():
            pytest.fail(why, pytrace=False)
        pytest.skip(why)
    return subprocess.run(
        [sys.executable, system_calls.__file__, str(unit), "--", *command],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]


@pytest.mark.parametrize("unit", SERVICES, ids=lambda path: path.name)
def test_the_filter_of_a_unit_refuses_what_no_service_needs(unit: Path) -> None:
    tried = (
        "import ctypes, os, resource\n"
        "def told(what, *given):\n"
        "    try:\n"
        "        what(*given)\n"
        "    except OSError as error:\n"
        "        return error.errno\n"
        "    return 0\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        "mounted = libc.mount(b'none', b'/nowhere', b'tmpfs', 0, None)\n"
        "print(told(os.chroot, '/'), told(os.nice, 1), mounted, ctypes.get_errno(),\n"
        "      told(resource.setrlimit, resource.RLIMIT_CORE, (0, 0)))\n"
    )
    done = under_the_filter(unit, sys.executable, "-c", tried)
    chroot, nice, mounted, why, limit = done.stdout.split()
    assert (chroot, nice, mounted, why) == ("1", "1", "-1", "1"), "all of them EPERM"
    assert limit == "0", "the readers of files limit themselves"


def test_a_backup_and_what_goes_with_it_run_under_the_filter(tmp_path: Path) -> None:
    """The commands of landrelease-backup.service, each as it stands there."""
    unit = DEPLOY / "systemd" / "landrelease-backup.service"
    program = str(Path(sys.executable).with_name("landrelease"))
    folder, backups = tmp_path / "workspace", tmp_path / "backups"
    backups.mkdir()
    assert under_the_filter(unit, program, "init", str(folder)).returncode == 0
    lines = re.findall(r"^ExecStart=(.*)$", unit.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(lines) == 4
    for line in lines:
        words = shlex.split(line.replace("${BACKUP_FOLDER}", str(backups)))[1:]
        done = under_the_filter(unit, program, "-w", str(folder), *words)
        # 3: warnings only, which the unit takes for success (SuccessExitStatus=3).
        assert done.returncode in (0, 3), (line, done.stderr)
    assert list(backups.glob("*.tar"))


def test_alerts_name_metrics_that_there_are() -> None:
    """Every metric in deploy/alerts.yaml is one that the program gives out."""
    source = (ROOT / "src" / "landrelease" / "web" / "metrics.py").read_text(encoding="utf-8")
    given = set(re.findall(r'"(landrelease_\w+)"', source))
    # Prometheus's client puts an ending of its own behind counters.
    given = {f"{name}_total" if name == "landrelease_requests" else name for name in given}
    groups = yaml.safe_load((DEPLOY / "alerts.yaml").read_text(encoding="utf-8"))["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert len(rules) >= 5
    for rule in rules:
        named = set(re.findall(r"landrelease_\w+", rule["expr"]))
        assert named, rule["alert"]
        assert named <= given, named - given
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["do"]
