"""The Lambda Runtime API (2018-06-01) of one execution environment, on a free loopback port."""

import http.server
import queue
import re
import threading
import time

HOST = "127.0.0.1"


class RuntimeApi:
    """Hands events to one runtime process and collects its answers.

    ``ready`` is set when the runtime asks for its first event, or reports that it could not initialise;
    in the second case ``init_error`` holds what it reported (JSON, as bytes).
    """

    def __init__(self, timeout_seconds):
        self.timeout_seconds = timeout_seconds
        self.ready = threading.Event()
        self.init_error = None
        self.answers = {}
        self._answered = {}
        self._events = queue.Queue()
        self._server = _Server((HOST, 0), _handler_for(self))
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def address(self):
        return f"{HOST}:{self._server.server_address[1]}"

    def expect_runtime(self):
        """Forgets what a former process left: its connection may still wait for an event that it would swallow."""
        self._events.put(None)
        self._events = queue.Queue()
        self.ready.clear()
        self.init_error = None

    def offer(self, event):
        """Queues an event and returns what is set when its answer is in ``answers``."""
        done = self._answered[event["invoke-id"]] = threading.Event()
        self._events.put(event)
        return done

    def forget(self, invoke_id):
        self._answered.pop(invoke_id, None)
        self.answers.pop(invoke_id, None)

    def next_event(self):
        events = self._events
        self.ready.set()
        return events.get()

    def answer(self, invoke_id, body, is_error):
        if done := self._answered.get(invoke_id):
            self.answers[invoke_id] = (body, is_error)
            done.set()

    def close(self):
        self._events.put(None)
        self._server.shutdown()
        self._server.server_close()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # a killed runtime closes its connection: nothing to report


def _handler_for(api):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args):
            pass

        def do_GET(self):
            if not self.path.endswith("/runtime/invocation/next"):
                return self._send(404)
            event = api.next_event()
            if event is None:
                self.close_connection = True
                return self._send(410)
            deadline = int((time.time() + api.timeout_seconds) * 1000)
            self._send(
                200,
                event["payload"].encode(),
                [
                    ("Content-Type", "application/json"),
                    ("Lambda-Runtime-Aws-Request-Id", event["invoke-id"]),
                    ("Lambda-Runtime-Deadline-Ms", str(deadline)),
                    ("Lambda-Runtime-Invoked-Function-Arn", event["invoked-function-arn"]),
                    ("Lambda-Runtime-Trace-Id", event["trace-id"]),
                ],
            )

        def do_POST(self):
            body = self._body()
            if self.path.endswith("/runtime/init/error"):
                api.init_error = body
                api.ready.set()
            elif match := re.search(r"/runtime/invocation/([^/]+)/(response|error)$", self.path):
                api.answer(match[1], body, match[2] == "error")
            self._send(202, b'{"status":"OK"}', [("Content-Type", "application/json")])

        def _body(self):
            if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = b""
            while True:
                size = int(self.rfile.readline().split(b";")[0], 16)
                body += self.rfile.read(size)
                self.rfile.readline()
                if size == 0:
                    return body

        def _send(self, status, body=b"", headers=()):
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler
