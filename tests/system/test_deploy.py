"""What docs/deploy gives an operator: nginx takes it, and it keeps what the firewall promises."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from configparser import RawConfigParser
from pathlib import Path

import pytest

from recruitment_watch import listening
from recruitment_watch.embedded.home import PROJECT
from recruitment_watch.embedded.tls import certificate
from recruitment_watch.postgres_settings import BOOT_ERROR
from tests.harness import Workshop

DEPLOY = PROJECT / "docs" / "deploy"
CONF = (DEPLOY / "nginx.conf").read_text()
SAID = "\n".join(line.partition("#")[0] for line in CONF.splitlines())
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
NGINX = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")


def values(directive: str) -> list[str]:
    return [found.strip() for found in re.findall(rf"(?m)^\s*{directive}\s+([^;]+);", SAID)]


@pytest.mark.skipif(
    NGINX is None and os.environ.get("CI") != "true", reason="nginx is not installed (Debian: apt install nginx-light)"
)
def test_nginx_takes_the_configuration(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    text = CONF.replace("/run/", f"{tmp_path}/").replace("user www-data;", "")
    text = re.sub(r"/etc/recruitment-watch/tls/\w+\.crt", str(cert), text)
    text = re.sub(r"/etc/recruitment-watch/tls/\w+\.key", str(key), text)
    text = text.replace("/etc/recruitment-watch/nginx-nothing.conf", str(DEPLOY / "nginx-nothing.conf"))
    for conf, good in ((text, True), (text.replace("proxy_buffering on;", "proxy_buffering perhaps;"), False)):
        (tmp_path / "nginx.conf").write_text(conf)
        done = subprocess.run(
            [str(NGINX), "-t", "-q", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        assert (done.returncode == 0) is good, done.stdout


def test_it_writes_down_nobody_and_refuses_nobody_by_address() -> None:
    assert values("access_log") == ["off"] and values("error_log") == ["stderr emerg"]
    for word in ("limit_req", "limit_conn", "remote_addr", "geoip", "deny", "log_format", "ssl_session_ticket_key"):
        assert word not in SAID, word
    addresses = [
        value for value in values("proxy_set_header") if re.match(r"(X-Forwarded-For|X-Real-IP|Forwarded) ", value)
    ]
    assert len(addresses) == 3 and all(value.endswith('""') for value in addresses)
    assert values("ssl_session_tickets") == values("ssl_session_cache") == ["off"]


def test_what_people_write_is_buffered_whole_and_in_memory() -> None:
    assert values("proxy_request_buffering") == values("proxy_buffering") == ["on"]
    assert values("proxy_max_temp_file_size") == ["0"]
    largest, room = values("client_max_body_size"), values("client_body_buffer_size")
    assert len(largest) == 3 and largest == room, "what is longer than its room goes to a file"


def test_its_times_are_the_programs_own() -> None:
    assert values("client_header_timeout") == [f"{listening.HEAD_SECONDS:.0f}s"]
    assert values("client_body_timeout") == values("send_timeout") == [f"{listening.SILENCE_SECONDS:.0f}s"]


@pytest.mark.parametrize("zone", ["public", "intake", "desk"])
def test_the_largest_post_of_a_zone_gets_through(workshop: Workshop, zone: str) -> None:
    server = re.search(rf"client_max_body_size (\d+)m;(?:(?!client_max)[\s\S])*?proxy_pass http://{zone};", SAID)
    assert server is not None
    environment = (
        os.environ | workshop.environment(zone) | {"RW_VAR": str(workshop.installation.folder), "RW_ZONE": zone}
    )
    code = f"from recruitment_watch.settings import {zone} as one; print(one.LARGEST_POST)"
    said = subprocess.run(
        [".venv/bin/python", "-c", code], cwd=PROJECT, env=environment, check=True, stdout=subprocess.PIPE
    )
    assert int(server[1]) << 20 >= int(said.stdout)


def test_every_process_is_a_user_of_its_own() -> None:
    users, sockets = set(), set()
    for path in UNITS:
        unit = RawConfigParser(strict=False)
        unit.optionxform = str  # type: ignore[assignment,method-assign]  # names as systemd has them
        unit.read_string(path.read_text())
        service = unit["Service"]
        users.add(service["User"])
        assert service["User"] == service["Group"] == path.stem
        assert service["EnvironmentFile"] == f"/etc/recruitment-watch/{path.stem.removeprefix('rw-')}.env"
        assert (service["LimitCORE"], service["UMask"], service["MemorySwapMax"]) == ("0", "0077", "0")
        assert (service["Restart"], service["RestartPreventExitStatus"]) == ("on-failure", str(BOOT_ERROR))
        sockets |= set(re.findall(r"unix:(\S+)", service["ExecStart"]))
    assert users == {"rw-public", "rw-intake", "rw-desk", "rw-worker", "rw-beat", "rw-refresh"}
    assert sockets == set(re.findall(r"server unix:(\S+);", SAID))
