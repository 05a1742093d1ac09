"""The examples under deploy/: what they say exists, and fits together."""

from __future__ import annotations

import configparser
import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ferrosock.serve import _arguments

yaml = pytest.importorskip("yaml")

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"


def options_of(arguments: list[str]):
    """Parse what follows `ferrosock serve`; fails if an option does not exist."""
    return _arguments.parse(arguments)


def unit(name: str) -> dict[str, dict[str, list[str]]]:
    """Read a unit of systemd: sections of keys, which may be there more than once."""
    found: dict[str, dict[str, list[str]]] = {}
    section: dict[str, list[str]] = {}
    text = re.sub(r"\\\n", " ", (DEPLOY / "systemd" / name).read_text())
    for line in text.splitlines():
        if line.startswith("["):
            section = found.setdefault(line.strip("[]"), {})
        elif line and not line.startswith("#"):
            key, equals, value = line.partition("=")
            assert equals, line
            section.setdefault(key, []).append(value)
    return found


def test_the_unit() -> None:
    """Its command line is one of ours, its times fit, and its sockets have the names that it takes."""
    service = unit("site.service")["Service"]
    (command,) = service["ExecStart"]
    words = shlex.split(command)
    assert words[0].endswith("/ferrosock")
    assert words[1] == "serve"
    given = options_of(words[2:])
    assert service["Type"] == ["notify"]
    assert int(service["TimeoutStopSec"][0]) > given.timeout_graceful + 2
    assert service["Sockets"] == ["site.socket site-metrics.socket"]
    names = [unit(socket)["Socket"]["FileDescriptorName"] for socket in service["Sockets"][0].split()]
    assert names == [["web"], ["metrics"]]
    assert given.metrics == "fd:metrics"
    assert service["ExecReload"] == ["/bin/kill -HUP $MAINPID"]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    """systemd-analyze finds nothing wrong, once the folders and the command are those of this machine."""
    for path in (DEPLOY / "systemd").iterdir():
        text = (
            path.read_text().replace("/srv/site/venv/bin/ferrosock", sys.executable).replace("User=site", "User=root")
        )
        (tmp_path / path.name).write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *sorted(map(str, tmp_path.iterdir()))],
        capture_output=True,
        text=True,
        timeout=60,
        env={"SYSTEMD_LOG_LEVEL": "warning", "PATH": "/usr/bin:/bin"},
    )
    complaints = [line for line in done.stderr.splitlines() if "site" in line]
    assert complaints == []


def test_the_image() -> None:
    """Its command line is one of ours, its port is the one that is asked for health."""
    text = re.sub(r"\\\n", " ", (DEPLOY / "Containerfile").read_text())
    lines = dict(line.split(" ", 1) for line in text.splitlines() if line and not line.startswith("#"))
    entry, command = json.loads(lines["ENTRYPOINT"]), json.loads(lines["CMD"])
    assert entry[-1] == "serve"
    given = options_of(command)
    assert given.metrics.endswith(":9100")
    assert ":9100/ready" in lines["HEALTHCHECK"]
    assert lines["EXPOSE"].split() == ["8000", "9100"]
    health = json.loads(lines["HEALTHCHECK"].partition("CMD")[2])
    compile(health[2], "HEALTHCHECK", "exec")


def test_kubernetes() -> None:
    """The probes ask the port and the paths that there are, and the times of the end fit."""
    deployment, service, budget = yaml.safe_load_all((DEPLOY / "kubernetes" / "site.yaml").read_text())
    assert (deployment["kind"], service["kind"], budget["kind"]) == ("Deployment", "Service", "PodDisruptionBudget")
    pod = deployment["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    given = options_of(container["args"])
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert given.metrics == f"0.0.0.0:{ports['metrics']}"
    assert ports["http"] == 8000
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        asked = container[probe]["httpGet"]
        assert asked["port"] == "metrics"
        assert asked["path"] in ("/live", "/ready")
    wait = int(container["lifecycle"]["preStop"]["exec"]["command"][1])
    assert pod["terminationGracePeriodSeconds"] > wait + given.timeout_graceful + 2
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    for selector in (
        deployment["spec"]["selector"]["matchLabels"],
        service["spec"]["selector"],
        budget["spec"]["selector"]["matchLabels"],
    ):
        assert selector == labels
    assert service["spec"]["ports"][0]["targetPort"] in ports


def test_the_units_are_plain() -> None:
    """No key stands twice where one is meant."""
    for path in (DEPLOY / "systemd").iterdir():
        parser = configparser.ConfigParser(strict=True, interpolation=None, delimiters=("=",))
        parser.optionxform = str
        parser.read_string(re.sub(r"\\\n", " ", path.read_text()))
