"""Signals: what SIGHUP reloads, and what it means when the terminal was closed."""

import os
import pty
import resource
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import unittest
import urllib.request

PROGRAM = os.environ.get("HOLDFAST_BIN", "build/test/bin/holdfast")
PATIENCE_SECONDS = 20


def until(what, condition):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            value = condition()
            if value:
                return value
        except OSError:
            pass
        time.sleep(0.02)
    raise AssertionError(f"waited in vain for {what}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Signals(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="holdfast-signals-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.port = free_port()
        self.log = os.path.join(self.folder, "holdfast.log")
        self.command = [
            PROGRAM, "serve", "--listen", f"127.0.0.1:{self.port}", "--store", "memory:", "--host-key", "the host key",
            "--log-file", self.log,
        ]

    def start(self, *options, **how):
        process = subprocess.Popen(
            [*self.command, *options], cwd=self.folder, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
            start_new_session=True, **how)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
        process.wait()

    def answers(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz") as answer:
            return answer.status == 200

    def log_has(self, text, path=None):
        with open(path or self.log, encoding="utf-8") as file:
            return text in file.read()

    def make_certificate(self, name):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}",
             "-keyout", os.path.join(self.folder, "key.pem"), "-out", os.path.join(self.folder, "certificate.pem")],
            check=True, capture_output=True)

    def certificate(self):
        """The certificate that a new connection gets, in PEM form."""
        return ssl.get_server_certificate(("127.0.0.1", self.port))

    def test_hangup_opens_the_log_again_and_the_server_goes_on(self):
        process = self.start()
        until("the server", self.answers)
        until("the first line", lambda: self.log_has("started"))
        os.rename(self.log, self.log + ".1")
        process.send_signal(signal.SIGHUP)
        until("a line in the new file", lambda: self.log_has("reloaded"))
        self.assertFalse(self.log_has("reloaded", self.log + ".1"))
        self.assertTrue(self.answers())
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(PATIENCE_SECONDS), 0)
        self.assertTrue(self.log_has("stopped"))

    def test_hangup_takes_a_renewed_certificate_and_open_connections_go_on(self):
        self.make_certificate("first.example")
        process = self.start(
            "--tls-certificate", os.path.join(self.folder, "certificate.pem"), "--tls-key", os.path.join(self.folder, "key.pem"))
        first = until("the first certificate", self.certificate)
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        request = b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n"
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE_SECONDS) as raw, context.wrap_socket(raw) as before:
            before.sendall(request)
            self.assertIn(b"200 OK", before.recv(65536))
            self.make_certificate("second.example")
            process.send_signal(signal.SIGHUP)
            second = until("the second certificate", lambda: self.certificate() != first and self.certificate())
            before.sendall(request)
            self.assertIn(b"200 OK", before.recv(65536), "an open connection goes on")
        with open(os.path.join(self.folder, "certificate.pem"), "w", encoding="utf-8") as file:
            file.write("nonsense")
        process.send_signal(signal.SIGHUP)
        until("the refusal", lambda: self.log_has("certificate_not_reloaded"))
        self.assertEqual(self.certificate(), second, "the old one stays")

    def crashes_with_core(self, command):
        """Whether the system writes a core file of it, wherever to."""
        limit = resource.getrlimit(resource.RLIMIT_CORE)[1]
        process = subprocess.Popen(
            command, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
            start_new_session=True, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (limit, limit)))
        self.addCleanup(self.end, process)
        if command[0] == PROGRAM:
            until("the server", self.answers)
        os.kill(process.pid, signal.SIGABRT)
        _, status = os.waitpid(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        return os.WCOREDUMP(status)

    def test_a_crash_leaves_no_memory_with_secrets_behind_unless_asked_to(self):
        if not self.crashes_with_core(["sleep", "60"]):
            self.skipTest("this system writes no core files")
        self.assertFalse(self.crashes_with_core(self.command))
        self.assertTrue(self.crashes_with_core([*self.command, "--core-dumps", "on"]))

    def test_a_log_file_that_cannot_be_opened_stops_the_start(self):
        self.command[-1] = os.path.join(self.folder, "no", "such", "folder", "log")
        process = self.start(stderr=subprocess.PIPE)
        _, complaint = process.communicate(timeout=PATIENCE_SECONDS)
        self.assertEqual(process.returncode, 1)
        self.assertIn(b"log file", complaint)

    def test_a_closed_terminal_stops_the_server_in_good_order(self):
        pid, terminal = pty.fork()
        if pid == 0:
            os.execv(self.command[0], self.command)
        try:
            until("the server", self.answers)
            os.kill(pid, signal.SIGHUP)
            until("the reload: the terminal is still there", lambda: self.log_has("reloaded"))
            self.assertTrue(self.answers())
            os.close(terminal)
            done, status = until("the end", lambda: (lambda ended: ended if ended[0] else None)(os.waitpid(pid, os.WNOHANG)))
            self.assertEqual((done, os.waitstatus_to_exitcode(status)), (pid, 0))
            pid = 0
            self.assertTrue(self.log_has("stopped"))
        finally:
            if pid:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)


if __name__ == "__main__":
    unittest.main()
