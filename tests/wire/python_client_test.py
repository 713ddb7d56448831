"""Each event of the contract, its fields and its refusals, through python3-socketio: over polling with the upgrade, over
WebSocket alone and over polling alone."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.request

import socketio

HOST_KEY = "the-host-key-of-the-tests"
PROGRAM = os.environ.get("HOLDFAST_BIN") or os.path.join(
    os.path.dirname(__file__), "..", "..", "build", "test", "bin", "holdfast"
)


def until(what, condition, seconds=15.0):
    """Asks again until the condition gives something true."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError("waited in vain for: " + what)
        time.sleep(0.01)


class Server:
    """A real Holdfast process on loopback."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="holdfast-test-")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = "http://127.0.0.1:%d" % self.port
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [PROGRAM, "serve", "--listen", "127.0.0.1:%d" % self.port, "--store", "sqlite:%s/holdfast.db" % self.folder],
            env={**os.environ, "HOLDFAST_HOST_KEY": HOST_KEY},
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until("the server to be ready", self.ready, 30)

    def ready(self):
        if self.process.poll() is not None:
            raise AssertionError("the server ended with %s" % self.process.returncode)
        try:
            with urllib.request.urlopen(self.url + "/readyz", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    def end(self, how):
        self.process.send_signal(how)
        return self.process.wait(20)

    def dispose(self):
        if self.process and self.process.poll() is None:
            self.end(signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)


class Player:
    """A stock client that remembers what it was told."""

    def __init__(self, url, transports=None, auth=None, device=None):
        self.told = []
        self.read = 0
        self.lock = threading.Lock()
        self.client = socketio.Client(reconnection=False)
        for event in (
            "connection_established team_created team_joined team_status_update teams_updated player_left "
            "left_team_success reconnection_token reconnectable_teams game_start game_state_changed game_state_update "
            "game_reset game_mode_changed new_question answer_confirmed round_complete server_shutdown error taken_over "
            "dashboard_update team_status_changed_for_dashboard new_answer_for_dashboard game_started "
            "game_reset_complete keep_alive_ack"
        ).split():
            self.client.on(event, self._keeper(event))
        headers = {"Cookie": "hf_device=" + device} if device else {}
        self.client.connect(url, transports=transports, auth=auth, headers=headers, wait_timeout=10)
        self.next("connection_established")

    def _keeper(self, event):
        def keep(data=None):
            with self.lock:
                self.told.append((event, data))

        return keep

    def next(self, event):
        """The next event of that name that has not been read."""

        def find():
            with self.lock:
                for index in range(self.read, len(self.told)):
                    if self.told[index][0] == event:
                        self.read = index + 1
                        return [self.told[index][1]]
            return None

        return until("%s; told: %s" % (event, self.told[self.read :]), find)[0]

    def last(self, event):
        with self.lock:
            rows = [data for name, data in self.told if name == event]
        return rows[-1] if rows else None

    def emit(self, event, *data):
        self.client.emit(event, *data)

    def request(self, event, *data):
        return self.client.call(event, *data, timeout=10)

    def close(self):
        self.client.disconnect()


WAYS = {
    "polling and the upgrade": None,
    "WebSocket alone": ["websocket"],
    "polling alone": ["polling"],
}


class Contract(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.server.start()
        cls.number = 0

    @classmethod
    def tearDownClass(cls):
        cls.server.dispose()

    def setUp(self):
        self.players = []

    def tearDown(self):
        for player in self.players:
            player.close()

    def connect(self, **settings):
        player = Player(self.server.url, **settings)
        self.players.append(player)
        return player

    def team_name(self):
        type(self).number += 1
        return "Python %d" % self.number

    def holds(self, data, **fields):
        for name, wanted in fields.items():
            self.assertIn(name, data)
            if isinstance(wanted, type):
                self.assertIsInstance(data[name], wanted, name)
            else:
                self.assertEqual(data[name], wanted, name)

    def seat(self, event, team, **settings):
        player = self.connect(**settings)
        player.emit(event, {"team_name": team})
        player.seated = player.next("team_joined" if event == "join_team" else "team_created")
        player.token = player.next("reconnection_token")["token"]
        return player

    def refused(self, player, code, event, *data):
        answer = player.request(event, *data)
        self.holds(answer, ok=False, code=code, message=str)
        error = player.next("error")
        self.holds(error, code=code, message=answer["message"])
        useless = code in ("token_unknown", "token_expired", "token_retired", "seat_released", "seat_expired")
        words = error["message"].lower()
        self.assertEqual("token" in words or "reconnection" in words, useless, error["message"])

    def each_way(self):
        for way, transports in WAYS.items():
            with self.subTest(way=way):
                yield {"transports": transports}

    def test_create_join_leave_and_reactivate(self):
        for way in self.each_way():
            team = self.team_name()
            watcher = self.connect(**way)
            self.holds(
                watcher.last("connection_established"),
                game_started=bool,
                available_teams=list,
                game_mode=str,
                connection_stable=True,
            )
            first = self.seat("create_team", team, **way)
            self.holds(
                first.seated, team_name=team, team_id=int, message=str, game_started=bool, game_mode=str, player_slot=1
            )
            self.holds(first.last("reconnection_token"), team_name=team, player_slot=1, expires_in=3600, token=str)
            until(
                "the lobby",
                lambda: any(row["team_name"] == team for row in (watcher.last("teams_updated") or {"teams": []})["teams"]),
            )
            second = self.seat("join_team", team, **way)
            self.holds(
                second.seated,
                team_name=team,
                team_id=first.seated["team_id"],
                message=str,
                game_started=bool,
                team_status="full",
                is_reconnection=False,
                game_mode=str,
                player_slot=2,
            )
            until("the partner", lambda: (first.last("team_status_update") or {}).get("status") == "full")
            self.holds(
                first.last("team_status_update"),
                team_name=team,
                status="full",
                members=list,
                game_started=bool,
                disable_input=False,
            )
            self.assertIsNone(watcher.last("team_status_update"))
            second.emit("leave_team", {})
            self.holds(second.next("left_team_success"), message=str)
            self.holds(first.next("player_left"), message=str)
            until("the gap", lambda: first.last("team_status_update")["disable_input"] is True)
            self.holds(first.last("team_status_update"), status="waiting_pair")
            first.emit("leave_team")
            first.next("left_team_success")
            first.emit("reactivate_team", {"team_name": team})
            self.holds(first.next("team_created"), is_reactivated=True, player_slot=1, team_id=first.seated["team_id"])

    def test_resume_by_token_by_device_and_by_the_list(self):
        for way in self.each_way():
            team = self.team_name()
            device = secrets.token_urlsafe(32)
            first = self.seat("create_team", team, device=device, **way)
            second = self.seat("join_team", team, **way)
            first.close()
            second.next("player_left")
            back = self.connect(**way)
            back.emit("reconnect_with_token", {"token": first.token})
            self.holds(back.next("team_joined"), is_reconnection=True, player_slot=1, team_name=team)
            self.holds(back.next("reconnection_token"), player_slot=1)
            self.holds(back.next("team_status_update"), status="full", disable_input=False)
            back.close()
            second.next("player_left")

            stranger = self.connect(**way)
            rows = stranger.request("get_reconnectable_teams", {})["teams"]
            row = [row for row in rows if row["team_name"] == team][0]
            self.holds(row, team_id=int, disconnect_time=int, player_slot=1, has_token=True)
            self.assertNotIn("reconnection_token", row)
            stranger.emit("get_reconnectable_teams", {})
            self.holds(stranger.next("reconnectable_teams"), teams=list)
            self.refused(stranger, "team_full", "join_team", {"team_name": team})

    def test_the_device_that_holds_the_seat(self):
        for way in self.each_way():
            team = self.team_name()
            device = secrets.token_urlsafe(32)
            first = self.seat("create_team", team, device=device, **way)
            second = self.seat("join_team", team, **way)
            first.close()
            second.next("player_left")
            own = self.connect(device=device, **way)
            rows = own.request("get_reconnectable_teams", {})["teams"]
            token = [row for row in rows if row["team_name"] == team][0]["reconnection_token"]
            self.assertIsInstance(token, str)
            own.emit("join_team", {"team_name": team})
            self.holds(own.next("team_joined"), is_reconnection=True, player_slot=1)
            own.next("reconnection_token")

    def test_a_game_with_its_host(self):
        for way in self.each_way():
            team = self.team_name()
            host = self.connect(auth={"host_key": HOST_KEY}, **way)
            board = host.request("dashboard_join", {})
            self.holds(
                board,
                teams=list,
                total_answers_count=int,
                connected_players_count=int,
                active_teams_count=int,
                ready_players_count=int,
                game_state=dict,
            )
            self.holds(board["game_state"], started=bool, paused=bool, streaming_enabled=bool, mode=str)
            first = self.seat("create_team", team, **way)
            second = self.seat("join_team", team, **way)
            host.emit("start_game")
            host.next("game_started")
            self.holds(first.next("game_start"), game_started=True)
            question = first.next("new_question")
            self.holds(question, round_id=int, round_number=1, item=str)
            theirs = second.next("new_question")
            self.assertEqual(question["round_id"], theirs["round_id"])
            answer = {"round_id": question["round_id"], "item": question["item"], "answer": True}
            first.emit("submit_answer", answer)
            self.holds(first.next("answer_confirmed"), message=str)
            self.holds(
                host.next("new_answer_for_dashboard"),
                team_name=team,
                team_id=first.seated["team_id"],
                question_round_id=question["round_id"],
                assigned_item=question["item"],
                response_value=True,
                player_session_id=str,
            )
            self.refused(first, "already_answered", "submit_answer", answer)
            second.emit("submit_answer", {"round_id": theirs["round_id"], "item": theirs["item"], "answer": False})
            self.holds(first.next("round_complete"), team_name=team, round_number=1)
            self.holds(first.next("new_question"), round_number=2)
            host.emit("pause_game")
            self.holds(first.next("game_state_update"), paused=True)
            host.emit("toggle_game_mode")
            self.holds(first.next("game_mode_changed"), mode=str)
            host.emit("keep_alive")
            host.next("keep_alive_ack")
            host.emit("set_teams_streaming", {"enabled": True})
            host.emit("request_teams_update")
            self.holds(host.next("team_status_changed_for_dashboard"), teams=list, ready_players_count=int)
            host.emit("restart_game")
            first.next("game_reset")
            self.holds(first.next("game_state_changed"), game_started=False)
            host.next("game_reset_complete")
            first.request("leave_team", {})
            second.request("leave_team", {})

    def test_refusals(self):
        for way in self.each_way():
            team = self.team_name()
            first = self.seat("create_team", team, **way)
            player = self.connect(**way)
            for data in (7, "text", [], {}, {"team_name": 7}, {"team_name": None}):
                self.refused(player, "bad_request", "create_team", data)
                self.refused(player, "bad_request", "join_team", data)
                self.refused(player, "bad_request", "reactivate_team", data)
            self.refused(player, "bad_request", "reconnect_with_token", {"token": 1})
            self.refused(player, "unknown_event", "become_king", {})
            self.refused(player, "bad_name", "create_team", {"team_name": "\u202egnp"})
            self.refused(player, "name_in_use", "create_team", {"team_name": team.upper()})
            self.refused(player, "team_unknown", "join_team", {"team_name": "nobody " + team})
            self.refused(player, "team_active", "reactivate_team", {"team_name": team})
            self.refused(player, "not_seated", "leave_team", {})
            self.refused(player, "token_unknown", "reconnect_with_token", {"token": "guess"})
            self.refused(first, "already_seated", "create_team", {"team_name": team + " again"})
            for event in ("dashboard_join", "start_game", "pause_game", "restart_game", "toggle_game_mode"):
                self.refused(player, "not_host", event, {})

    def test_kill_and_graceful_stop(self):
        for way in self.each_way():
            team = self.team_name()
            first = self.seat("create_team", team, **way)
            token = first.token
            for how in (signal.SIGKILL, signal.SIGTERM):
                code = self.server.end(how)
                if how == signal.SIGTERM:
                    self.assertEqual(code, 0)
                    self.assertIn("server_shutdown", [name for name, _ in back.told])
                self.server.start()
                back = self.connect(**way)
                back.emit("reconnect_with_token", {"token": token})
                self.holds(back.next("team_joined"), is_reconnection=True, team_name=team, player_slot=1)
                token = back.next("reconnection_token")["token"]


if __name__ == "__main__":
    unittest.main(argv=sys.argv, warnings="ignore")
