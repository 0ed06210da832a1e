"""`make run`: the product and the world around it, until Ctrl-C. With --doctor, `make doctor`.

A process of the product that ends by itself is told with its last words and started again, as a service manager would
do; when that happens too often, everything is stopped.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from typing import TYPE_CHECKING

from sandbox import doctor, lock, ports, steps, world

if TYPE_CHECKING:
    from pathlib import Path
    from types import FrameType

    from sandbox.process import Process

VAR = world.PROJECT / "var"
PATIENCE = 3  # restarts
WITHIN = 60.0  # seconds


class Stop(BaseException):
    """Somebody asked us to end."""


def main(arguments: list[str] | None = None) -> int:
    """Run until asked to stop, or examine a run that goes on: 0, or 1 after saying what is wrong."""
    parser = argparse.ArgumentParser(prog="make run")
    parser.add_argument("--port", default="8700")
    parser.add_argument("--doctor", action="store_true")
    given = parser.parse_args(arguments)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        if given.doctor:
            return doctor.run(VAR, world.PROJECT)
        _run(_port(given.port), VAR)
    except steps.Halt as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except Stop:
        return 0
    return 0


def _run(base: int, var: Path) -> None:
    progress = steps.Steps(steps.RUN)
    with progress.step(steps.RUN[2]):
        var.mkdir(mode=0o700, parents=True, exist_ok=True)
        held = lock.take(var, base)
        _check_ports(base)
        here = world.World(var, base_port=base, workers=min(os.cpu_count() or 1, 4))
    try:
        with progress.step(steps.RUN[3]):
            here.around.start()
        with progress.step(steps.RUN[4]):
            here.prepare()
        with progress.step(steps.RUN[5]):
            here.start_app()
            here.start_worker()
            here.wait_until_healthy()
        print(f"\nOrdo is ready: {here.addresses.phones.browser}\nCtrl-C stops it; its data stays in var/.", flush=True)
        _watch(here)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # asked once is enough: what follows is bounded in time
        print("\nStopping … ", end="", flush=True)
        here.stop()
        held.close()
        print("stopped.", flush=True)


def _watch(here: world.World) -> None:
    """Start again what ends by itself. Raises Halt when that happens too often, Stop when asked to end."""
    restarts: list[float] = []
    while True:
        time.sleep(0.3)
        for process in (here.app, here.worker):
            if process.ended is not None:
                restarts = [at for at in restarts if time.monotonic() - at < WITHIN] + [time.monotonic()]
                _tell(process)
                if len(restarts) > PATIENCE:
                    raise steps.Halt(f"The {process.name} keeps ending: everything is stopped. Its log: {process.log}")
                process.start()


def _tell(process: Process) -> None:
    status = process.ended or 0
    how = signal.Signals(-status).name if status < 0 else f"status {status}"
    print(f"\nThe {process.name} ended by itself ({how}); starting it again. Its last words:\n{process.last_words()}")


def _port(text: str) -> int:
    if not (text.isdecimal() and 1024 <= int(text) <= 65530):
        raise steps.Halt(f"PORT={text} cannot be: it is the first of six ports, a number from 1024 to 65530.")
    return int(text)


def _check_ports(base: int) -> None:
    busy = ports.taken(range(base, base + 6))
    if busy:
        raise steps.Halt(
            f"Ordo needs the ports {base} to {base + 5}, but something listens on {', '.join(map(str, busy))}.\n"
            f"Stop that, or take six others: make run PORT={base + 300 if base < 60000 else 9000}"
        )


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise Stop


if __name__ == "__main__":
    sys.exit(main())
