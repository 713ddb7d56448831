#!/usr/bin/python3
"""holdfast-bench from outside: every scenario against a real server, and servers that answer wrongly are found out."""

import json
import os
import pathlib
import socket
import subprocess
import tempfile
import time
import unittest

from liar import Liar

BUILD = pathlib.Path(os.environ["HOLDFAST_BUILD"])
BENCH = os.environ["HOLDFAST_BENCH"]
HOLDFAST = os.environ["HOLDFAST_BIN"]
ECHO = str(BUILD / "examples" / "echo")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def bench(*arguments, timeout=120):
    """Runs it; gives the exit code, what it counted, and what it said."""
    words = [BENCH, *map(str, arguments), "--json"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=timeout, check=False)
    return done.returncode, json.loads(done.stdout) if done.stdout.startswith("{") else None, done.stderr


class WithEcho(unittest.TestCase):
    """The scenarios for any Socket.IO server, ten clients and a moment each."""

    @classmethod
    def setUpClass(cls):
        cls.port = free_port()
        cls.server = subprocess.Popen([ECHO, "--listen", f"127.0.0.1:{cls.port}"], stdout=subprocess.DEVNULL,
                                      stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", cls.port)).close()
                return
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    @classmethod
    def tearDownClass(cls):
        cls.server.kill()
        cls.server.wait()

    def run_good(self, scenario, *arguments):
        code, result, said = bench(scenario, "--url", f"http://127.0.0.1:{self.port}", "--server-pid", self.server.pid,
                                   "--connections", 10, *arguments)
        self.assertEqual(code, 0, said)
        self.assertEqual(result["errors"], {})
        self.assertEqual((result["scenario"], result["protocol"], result["connections"]), (scenario, "socketio", 10))
        self.assertGreater(result["server_cpu_seconds"], 0)
        self.assertGreater(result["load_cpu_seconds"], 0)
        return result

    def test_ack(self):
        result = self.run_good("ack", "--in-flight", 3, "--seconds", 0.3, "--warmup-seconds", 0.1)
        self.assertGreater(result["operations"], 30)
        self.assertGreater(result["bytes_received"], result["operations"] * 32)
        latency = result["latency_us"]
        self.assertTrue(0 < latency["p50"] <= latency["p90"] <= latency["p99"] <= latency["p99_9"] <= latency["max"])
        self.assertAlmostEqual(result["operations_per_cpu_second"], result["operations"] / result["server_cpu_seconds"],
                               delta=result["operations_per_cpu_second"] / 100)

    def test_latency_sends_at_the_rate(self):
        result = self.run_good("latency", "--rate", 500, "--seconds", 0.4, "--warmup-seconds", 0)
        # At least what was due while it measured, and nothing that was not.
        self.assertGreaterEqual(result["operations"], 190)
        self.assertLessEqual(result["operations"], 500 * result["seconds"] + 2)

    def test_broadcast_reaches_everybody(self):
        for burst, talkers in ((1, 1), (4, 1), (3, 2)):
            result = self.run_good("broadcast", "--burst", burst, "--talkers", talkers, "--seconds", 0.2,
                                   "--warmup-seconds", 0)
            self.assertGreater(result["operations"], 0)
            self.assertGreaterEqual(result["events_sent"] + burst, result["operations"] / 10)

    def test_connect(self):
        result = self.run_good("connect")
        self.assertEqual(result["operations"], 10)
        self.assertGreater(result["cpu_us_per_disconnect"], 0)

    def test_idle(self):
        result = self.run_good("idle", "--seconds", 0.1)
        self.assertEqual(result["operations"], 10)
        self.assertIsNotNone(result["resident_bytes_per_connection"])

    def test_connections_may_come_from_several_addresses(self):
        result = self.run_good("connect", "--source-addresses", 3)
        self.assertEqual(result["operations"], 10)

    def test_an_unknown_namespace_is_an_error(self):
        code, result, _ = bench("connect", "--url", f"http://127.0.0.1:{self.port}", "--connections", 2, "--namespace",
                                "/nowhere")
        self.assertEqual(code, 1)
        self.assertEqual(result["errors"], {"namespace_refused": 2})

    def test_the_table_is_for_people(self):
        done = subprocess.run([BENCH, "connect", "--url", f"http://127.0.0.1:{self.port}", "--connections", "2"],
                              capture_output=True, text=True, timeout=60, check=True)
        self.assertIn("connects", done.stdout)
        self.assertRegex(done.stdout, r"errors +none")
        self.assertIn("Connecting 2 clients", done.stderr)


class WithHoldfast(unittest.TestCase):
    """The scenarios for players: the program starts the server itself."""

    def run_good(self, scenario, *arguments):
        with tempfile.TemporaryDirectory() as folder:
            port = free_port()
            command = (f"{HOLDFAST} serve --listen 127.0.0.1:{port} --store sqlite:{folder}/h.db "
                       "--events-per-second 100000")
            code, result, said = bench(scenario, "--url", f"http://127.0.0.1:{port}", "--connections", 10, "--serve",
                                       command, *arguments)
            self.assertEqual(code, 0, said)
            self.assertEqual(result["errors"], {})
            with self.assertRaises(OSError, msg="the server ends with the run"):
                socket.create_connection(("127.0.0.1", port)).close()
            return result

    def test_seats(self):
        result = self.run_good("seats", "--seconds", 0.5, "--warmup-seconds", 0)
        kinds = [result[kind] for kind in ("joins", "resumes", "answers", "leaves")]
        self.assertEqual(sum(kinds), result["operations"])
        for count in kinds:
            self.assertGreater(count, 0)

    def test_storm_everybody_gets_seat_round_and_answer_back(self):
        result = self.run_good("storm")
        self.assertEqual((result["operations"], result["kept"], result["lost"]), (10, 10, 0))
        self.assertGreater(result["seconds_to_last_resume"], 0)
        self.assertGreater(result["server_cpu_seconds"], 0)

    def test_storm_finds_out_when_the_seats_are_gone(self):
        with tempfile.TemporaryDirectory() as folder:
            port = free_port()
            code, result, _ = bench("storm", "--url", f"http://127.0.0.1:{port}", "--connections", 4, "--patience-seconds", 2,
                                    "--serve",
                                    f"{HOLDFAST} serve --listen 127.0.0.1:{port} --store sqlite:$(mktemp -p {folder})")
        self.assertEqual(code, 1)
        self.assertEqual(result["kept"], 0)
        self.assertEqual(result["errors"]["seat_lost"], 4)

    def test_lobby(self):
        result = self.run_good("lobby", "--join-seconds", 0.3)
        self.assertEqual(result["operations"], 10)
        self.assertGreater(result["bytes_received_per_operation"], 0)

    def test_a_server_that_does_not_start_is_named(self):
        code, result, said = bench("ack", "--url", f"http://127.0.0.1:{free_port()}", "--serve", "false")
        self.assertEqual((code, result), (2, None))
        self.assertIn("did not start", said)


class WithLiars(unittest.TestCase):
    """A server that answers wrongly never passes for one that answers."""

    def ack(self, lie, socketio=True):
        # Long enough for an answer that does come, whatever else the machine does.
        patience = ("--patience-seconds", 1) if lie == "silent" else ()
        with Liar(lie, socketio) as liar:
            return bench("ack", "--url", f"http://127.0.0.1:{liar.port}", "--connections", 2, "--in-flight", 2,
                         "--seconds", 0.2, "--warmup-seconds", 0, "--protocol", "socketio" if socketio else "websocket", *patience)

    def test_the_truth_is_accepted(self):
        for socketio in (True, False):
            code, result, said = self.ack("none", socketio)
            self.assertEqual((code, result["errors"]), (0, {}), said)
            self.assertIsNone(result["server_cpu_seconds"])

    def test_each_lie_is_an_error(self):
        for socketio in (True, False):
            for lie, error in (("wrong_text", "wrong_answer"), ("twice", "unexpected_answer"),
                               ("silent", "answer_missing"), ("hang_up", "connection_lost"),
                               ("no_websocket", "handshake_refused"), ("wrong_accept", "handshake_refused"),
                               ("masked", "protocol_error")):
                with self.subTest(lie=lie, socketio=socketio):
                    code, result, _ = self.ack(lie, socketio)
                    self.assertEqual(code, 1)
                    self.assertGreater(result["errors"].get(error, 0), 0, result["errors"])
                    self.assertEqual(result["error_total"], sum(result["errors"].values()))

    def test_wrong_answers_are_no_operations(self):
        _, result, _ = self.ack("wrong_text")
        self.assertEqual(result["operations"], 0)

    def test_a_refused_namespace(self):
        code, result, said = self.ack("refuse_namespace")
        self.assertEqual((code, result["errors"]), (1, {"namespace_refused": 2}))
        self.assertIn("Not today", said)

    def test_a_listener_that_hears_nothing(self):
        for socketio in (True, False):
            with Liar("lost_delivery", socketio) as liar:
                code, result, _ = bench("broadcast", "--url", f"http://127.0.0.1:{liar.port}", "--connections", 3,
                                        "--seconds", 0.1, "--warmup-seconds", 0, "--patience-seconds", 2, "--protocol",
                                        "socketio" if socketio else "websocket")
            self.assertEqual(code, 1)
            self.assertEqual(result["errors"], {"delivery_missing": 1})

    def test_nobody_there(self):
        code, result, _ = bench("ack", "--url", f"http://127.0.0.1:{free_port()}", "--connections", 3)
        self.assertEqual(code, 1)
        self.assertEqual(result["errors"], {"connect_failed": 3})


if __name__ == "__main__":
    unittest.main()
