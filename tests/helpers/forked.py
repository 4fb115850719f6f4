"""Start Python modules as forks of one process that has loaded the libraries.

What a short run of ``study``, or a kernel, costs is the import of pandas, scipy and Sphinx. During
the tests a server imports them once, when they are first wanted, and what would be ``python -m
MODULE`` is a fork of it: a process of its own, with the environment, folder and files it was given.
The server has nothing of ``analysis``: each fork imports that for itself, from its PYTHONPATH.

Between the server and each fork stands a keeper, which tells how the fork ended, and ends it when
whoever asked for it is gone. Where processes cannot be forked safely they are started anew.
"""

import atexit
import contextlib
import gc
import importlib
import io
import json
import os
import runpy
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

#: The environment variable that names the server's socket.
ADDRESS = "STUDY_TESTS_FORKS"
LIBRARIES = """
fexact filelock ipykernel.debugger ipykernel.kernelapp joblib jupyter_book.cli.main krippendorff
matplotlib.backends.backend_agg matplotlib.backends.backend_svg matplotlib.figure myst_nb nbformat
networkx pandas scipy.stats sphinx.application statsmodels.stats.api yaml
"""


class Program:
    """A fork of the server that runs a module; what is used of ``subprocess.Popen``."""

    stdin = stdout = stderr = returncode = None

    def __init__(self, command, cwd, env, files):
        self._keeper = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._keeper.connect(os.environ[ADDRESS])
        request = {"command": command, "cwd": os.fspath(cwd), "env": dict(env)}
        socket.send_fds(self._keeper, [json.dumps(request).encode()], files)
        self.pid = int(self._keeper.recv(99))

    def wait(self, timeout=None):
        if self.returncode is None:
            self._keeper.settimeout(timeout)
            try:
                self.returncode = int(self._keeper.recv(99))
            except (TimeoutError, BlockingIOError):
                raise subprocess.TimeoutExpired(str(self.pid), timeout) from None
            self._keeper.close()
        return self.returncode

    def poll(self):
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.wait(timeout=0)

    def send_signal(self, number):
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self):
        self.send_signal(signal.SIGKILL)


def start(*command, cwd, env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
    """Start ``python -m command`` in a session of its own; its output goes to the open files."""
    if ADDRESS not in os.environ:
        run = [sys.executable, "-m", *command]
        own = {"stdin": subprocess.DEVNULL, "start_new_session": True}
        return subprocess.Popen(run, cwd=cwd, env=env, stdout=stdout, stderr=stderr, **own)
    with open(os.devnull, "r+b") as null:
        files = [null, *(null if f == subprocess.DEVNULL else f for f in (stdout, stderr))]
        return Program(command, cwd, env, [file.fileno() for file in files])


def run(*command, cwd, env, timeout=600):
    """Run ``python -m command`` to its end, as ``subprocess.run`` does."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        process = start(*command, cwd=cwd, env=env, stdout=out, stderr=err)
        try:
            status = process.wait(timeout)
        finally:
            process.kill()
        told = [file.seek(0) or file.read() for file in (out, err)]
    return subprocess.CompletedProcess(command, status, *told)


def launch_kernel(command, stderr=None, env=None, cwd=None, **_):
    """For ``jupyter_client.launcher.launch_kernel``: a kernel that is a fork."""
    module = command[command.index("-m") + 1 :]
    return start(*module, cwd=cwd, env=env, stderr=stderr or subprocess.DEVNULL)


# the server


def open_server():
    """Open the server for this process and those it starts; it ends when this process does."""
    if ADDRESS in os.environ or not hasattr(os, "pidfd_open"):
        return
    address = f"{tempfile.mkdtemp(prefix='forks-')}/socket"
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
        listening.bind(address)
        listening.listen(64)
        number = listening.fileno()
        # nothing of the package on its path; one thread, for a fork has no other
        own = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        server = subprocess.Popen(
            [sys.executable, "-P", "-X", "frozen_modules=off", __file__, str(number)],
            env=own | {"OPENBLAS_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            pass_fds=[number],
            start_new_session=True,
        )
    os.environ[ADDRESS] = address
    # waited for, the time that the forks took counts as that of the tests
    atexit.register(server.communicate)


def serve(listening):
    """Fork a keeper for each request; returns in what the keeper forks, with its command."""
    while sys.stdin not in select.select([listening, sys.stdin], [], [])[0]:
        connection, _ = listening.accept()
        load_libraries()
        if os.fork() == 0:
            listening.close()
            return keep(connection)
        connection.close()
    shutil.rmtree(Path(listening.getsockname()).parent)
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()
    sys.exit()


def load_libraries():
    """Load them as a kernel does, which shows more columns of a table than a terminal."""
    for name in LIBRARIES.split():
        importlib.import_module(name)
    sys.modules["pandas"].set_option("display.max_columns", 20)
    gc.freeze()


def keep(connection):
    """Fork what was asked for and see to its end; the fork returns, with its command."""
    message, files, _, _ = socket.recv_fds(connection, 1 << 20, 3)
    request = json.loads(message)
    pid = os.fork()
    if pid == 0:
        os.setsid()  # before its number is known: whoever knows it may signal its group
        connection.send(str(os.getpid()).encode())
        connection.close()
        return become(files=files, **request)
    for file in files:
        os.close(file)
    if connection in select.select([connection, os.pidfd_open(pid)], [], [])[0]:
        os.killpg(pid, signal.SIGKILL)  # who asked for it has gone
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    with contextlib.suppress(OSError):
        os.killpg(pid, signal.SIGKILL)  # what it left behind
    with contextlib.suppress(OSError):
        connection.send(str(status).encode())
    os._exit(0)


def become(command, cwd, env, files):
    """Make this process what a new one would be; return its command."""
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    for number, name in enumerate(("stdout", "stderr"), start=1):
        # the server's own may be of another kind, such as a file where this is a pipe
        old = getattr(sys, name)
        raw = io.BufferedWriter(io.FileIO(number, "w", closefd=False))
        setattr(sys, name, io.TextIOWrapper(raw, old.encoding, old.errors, line_buffering=True))
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background ignores it
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    sys.path[:0] = [cwd, *filter(None, env.get("PYTHONPATH", "").split(os.pathsep))]
    return command


if __name__ == "__main__":
    module, *arguments = serve(socket.socket(fileno=int(sys.argv[1])))
    sys.argv[1:] = arguments
    runpy.run_module(module, run_name="__main__", alter_sys=True)
