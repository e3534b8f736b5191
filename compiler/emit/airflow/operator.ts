/** `airflow/pipec_operator.py`: a task of a DAG is one attempt at one task of a bundle. The same text in every build. */

export const OPERATOR = `"""Runs tasks of jobs that pipec has built, each as one process of Node. For Airflow 3."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

from airflow.sdk import BaseOperator, Variable
from airflow.sdk.exceptions import AirflowException, AirflowFailException

# Exit codes of an attempt: another may succeed, or would fail as well (a check, SQL that is wrong, a missing secret).
DONE, MAY_SUCCEED, WOULD_FAIL = 0, 3, 4


class PipecOperator(BaseOperator):
    """
    One attempt at one task of a job. Retries are Airflow's.

    On the worker, PIPEC_DIST is the folder of the build (default: the one that the DAG lies in), PIPEC_PROJECT the folder at
    which relative paths of the program start (default: the one above it), and PIPEC_NODE the program of Node.

    :param job: the job's bundle, relative to the build
    :param task: the task's whole name
    :param build: where the build is, unless PIPEC_DIST says so
    :param secrets: names that are read from the worker's environment, or else from Variables of Airflow, so that its secrets
        backends have them
    """

    def __init__(self, *, job: str, task: str, build: str, secrets: tuple[str, ...] = (), **kwargs) -> None:
        super().__init__(**kwargs)
        self.bundle = job
        self.dataset = task
        self.build = build
        self.secrets = secrets
        self._process: subprocess.Popen[bytes] | None = None

    def execute(self, context) -> None:
        build = Path(os.environ.get("PIPEC_DIST", self.build))
        project = os.environ.get("PIPEC_PROJECT", str(build.parent))
        node = os.environ.get("PIPEC_NODE", "node")
        command = [node, str(build / self.bundle), "attempt", "--task", self.dataset, "--project", project]
        try:
            # A list, so that no shell reads it. A group of its own, so that a stop reaches what it has started.
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=self._environment(),
                start_new_session=True,
            )
        except OSError as error:
            raise AirflowFailException(f"{node} does not start: {error.strerror}") from error
        for line in self._process.stdout:
            self.log.info("%s", line.decode("utf-8", errors="backslashreplace").rstrip())
        code = self._process.wait()
        if code == WOULD_FAIL:
            raise AirflowFailException(f"{self.dataset} failed, and would fail again: see its log")
        if code == MAY_SUCCEED:
            raise AirflowException(f"{self.dataset} failed, and may succeed when it is tried again: see its log")
        if code != DONE:
            raise AirflowException(f"{self.dataset} ended with exit code {code}: see its log")

    def on_kill(self) -> None:
        """Asks the job to end its statements, and waits until it has."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        try:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=60)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)

    def _environment(self) -> dict[str, str]:
        environment = dict(os.environ)
        for name in self.secrets:
            if name in environment:
                continue
            value = Variable.get(name, default=None)
            if value is not None:
                environment[name] = value
        return environment
`;
