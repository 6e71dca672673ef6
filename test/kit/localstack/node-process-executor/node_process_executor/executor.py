"""One execution environment: a Node process under aws-lambda-ric, next to LocalStack, on the loopback interface.

NODE_PROCESS_RIC   path of aws-lambda-ric's index.mjs
NODE_PROCESS_NODE  the Node that stands for the Lambda runtime
"""

import json
import os
import subprocess
import time

from localstack import config
from localstack.services.lambda_.invocation.lambda_models import InvocationResult
from localstack.services.lambda_.invocation.runtime_executor import RuntimeExecutor
from node_process_executor.runtime_api import HOST, RuntimeApi


class NodeProcessExecutor(RuntimeExecutor):
    def __init__(self, id, function_version):
        super().__init__(id=id, function_version=function_version)
        self.process = None
        self.api = None
        self.log_path = os.path.join(config.dirs.tmp, f"lambda-{id}.log")

    @classmethod
    def prepare_version(cls, function_version):
        function_version.config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version):
        pass

    def get_address(self):
        return HOST

    def get_endpoint_from_executor(self):
        return HOST

    def get_runtime_endpoint(self):
        return f"http://{HOST}:{config.GATEWAY_LISTEN[0].port}/_localstack_lambda/{self.id}"

    def get_logs(self):
        return self._logs_from(0)

    def start(self, env_vars):
        self.code = str(self.function_version.config.code.get_unzipped_code_location())
        self.api = RuntimeApi(self.function_version.config.timeout)
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": config.dirs.tmp,
            **{name: str(value) for name, value in env_vars.items()},
            "AWS_LAMBDA_RUNTIME_API": self.api.address,
            "LAMBDA_TASK_ROOT": self.code,
        }
        # A function that cannot initialise is not a failure of the environment: as on AWS, the invocation gets the error.
        self._initialise()

    def stop(self):
        self._kill()
        if self.api:
            self.api.close()

    def invoke(self, payload):
        invoke_id = payload["invoke-id"]
        before = self._log_size()
        if self._needs_initialising():
            self._initialise()
        if self.api.init_error is not None:
            error = self.api.init_error
            self._kill()
            return InvocationResult(invoke_id, error, is_error=True, logs=self._logs_from(before))

        timeout = self.function_version.config.timeout
        deadline = time.monotonic() + timeout
        done = self.api.offer(payload)
        try:
            while not done.wait(0.01):
                # The answer may have come just before the process ended.
                if self.process.poll() is not None and not done.wait(0.1):
                    text = f"Runtime exited with error: exit status {self.process.returncode}"
                    return self._failed(invoke_id, before, "Runtime.ExitError", text)
                if time.monotonic() > deadline:
                    self._kill()
                    return self._failed(invoke_id, before, "Sandbox.Timedout", f"Task timed out after {timeout:.2f} seconds")
            body, is_error = self.api.answers[invoke_id]
            return InvocationResult(invoke_id, body, is_error=is_error, logs=self._logs_from(before))
        finally:
            self.api.forget(invoke_id)

    def _needs_initialising(self):
        return self.process.poll() is not None and self.api.init_error is None

    def _initialise(self):
        """Starts the process and waits until it asks for its first event or says why it cannot."""
        before = self._log_size()
        self.api.expect_runtime()
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [os.environ["NODE_PROCESS_NODE"], os.environ["NODE_PROCESS_RIC"], self.function_version.config.handler],
                cwd=self.code,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        while not self.api.ready.wait(0.02):
            if self.process.poll() is not None and not self.api.ready.wait(0.1):
                text = f"Runtime exited during initialisation: exit status {self.process.returncode}\n{self._logs_from(before)}"
                self.api.init_error = _error("Runtime.ExitError", text)
                return

    def _kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.api:
            self.api.init_error = None

    def _failed(self, invoke_id, before, kind, text):
        body = _error(kind, f"RequestId: {invoke_id} Error: {text}")
        return InvocationResult(invoke_id, body, is_error=True, logs=self._logs_from(before))

    def _log_size(self):
        return os.path.getsize(self.log_path) if os.path.exists(self.log_path) else 0

    def _logs_from(self, position):
        if not os.path.exists(self.log_path):
            return ""
        with open(self.log_path, "rb") as log:
            log.seek(position)
            return log.read().decode(errors="replace")


def _error(kind, text):
    return json.dumps({"errorType": kind, "errorMessage": text}).encode()
