"""A real PgBouncer in transaction mode in front of a test's PostgreSQL, as hosted databases often have one."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import URL, make_url

PATIENCE = 15.0


def find_pgbouncer() -> str | None:
    """Return the program; Debian keeps it where only root looks."""
    return shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


@contextlib.contextmanager
def pgbouncer(server: str) -> Iterator[str]:
    """Give the URL of *server*, which leads through a PgBouncer for the length of the block."""
    program, behind = find_pgbouncer(), make_url(server)
    assert program is not None
    with tempfile.TemporaryDirectory(prefix="tidings-pgbouncer-") as text:
        folder, port = Path(text), _free_port()
        (folder / "pgbouncer.ini").write_text(_settings(behind, port), encoding="utf-8")
        folder.chmod(0o755)
        log = (folder / "log").open("wb")
        with log, subprocess.Popen([program, str(folder / "pgbouncer.ini")], stdout=log, stderr=log) as process:
            try:
                _until_it_listens(port, process, folder)
                through = URL.create("postgresql", "anyone", None, "127.0.0.1", port, behind.database)
                yield through.render_as_string(hide_password=False)
            finally:
                process.terminate()


def _settings(behind: URL, port: int) -> str:
    host = str(behind.query.get("host") or behind.host)
    known = {"host": host, "port": behind.port or 5432, "user": behind.username, "password": behind.password}
    server = " ".join(f"{name}={value}" for name, value in known.items() if value)
    lines = [
        "[databases]", f"* = {server}",
        "[pgbouncer]", "pool_mode = transaction", "auth_type = any", "default_pool_size = 8", "max_client_conn = 200",
        "listen_addr = 127.0.0.1", f"listen_port = {port}", "unix_socket_dir =",
    ]  # fmt: skip
    if os.geteuid() == 0:
        # It refuses to be root, and must reach the server's socket.
        owner = pwd.getpwuid(os.stat(host).st_uid).pw_name if host.startswith("/") else "nobody"
        lines.append(f"user = {owner}")
    return "\n".join([*lines, ""])


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _until_it_listens(port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((folder / "log").read_text(encoding="utf-8")) from None
            time.sleep(0.02)
        else:
            return
