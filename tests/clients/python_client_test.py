"""python-socketio as Debian has it, with threads and with asyncio, over each transport, against a server on the library."""

import asyncio
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import unittest

import engineio.payload
import socketio

# What the client leaves behind when it is closed is of no interest here.
logging.getLogger("asyncio").setLevel(logging.CRITICAL)
# This client takes no more than 16 packets in one poll as it comes; a server may send more, and its documentation says to
# set this then.
engineio.payload.Payload.max_decode_packets = 1000

PROGRAM = os.path.join(
    os.environ.get("HOLDFAST_BUILD") or os.path.join(os.path.dirname(__file__), "..", "..", "build", "test"),
    "clients",
    "client_server",
)
EVENTS = ("back", "answered", "news", "done", "now leave", "drop", "drip", "gone", "goodbye")
WAYS = {
    "polling and the upgrade": (None, "websocket"),
    "WebSocket alone": (["websocket"], "websocket"),
    "polling alone": (["polling"], "polling"),
}


async def until(what, condition, seconds=15.0):
    """Asks again until the condition gives something true."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while True:
        value = condition()
        if value:
            return value
        if loop.time() > deadline:
            raise AssertionError("waited in vain for: " + what)
        await asyncio.sleep(0.005)


class Server:
    """The server of this folder as a process on loopback. The port stays the same over restarts."""

    def __init__(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = "http://127.0.0.1:%d" % self.port
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [PROGRAM, "--listen", "127.0.0.1:%d" % self.port], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        if not self.process.stdout.readline():
            raise AssertionError("the server did not start")

    def end(self, how):
        self.process.send_signal(how)
        code = self.process.wait(20)
        self.process.stdout.close()
        return code


class Visitor:
    """A stock client that remembers what it was told. Its methods are for asyncio, whatever the client is."""

    def __init__(self, client, namespaces=("/",)):
        self.client = client
        self.told = []
        self.lock = threading.Lock()
        self.answer = None
        for namespace in namespaces:
            for event in EVENTS + ("connect", "disconnect", "connect_error"):
                self.client.on(event, self.keeper(event, namespace), namespace=namespace)
        self.client.on("question", lambda *values: self.answer(*values))

    def keeper(self, event, namespace):
        def keep(*values):
            with self.lock:
                self.told.append((event, namespace, list(values)))

        return keep

    async def next(self, event, namespace="/", seconds=15.0):
        """The values of the next event of that name that has not been taken."""

        def take():
            with self.lock:
                for index, (name, place, values) in enumerate(self.told):
                    if (name, place) == (event, namespace):
                        del self.told[index]
                        return [values]
            return None

        return (await until("%s; told: %s" % (event, str(self.told)[:400]), take, seconds))[0]

    def all(self, event, namespace="/"):
        with self.lock:
            return [values for name, place, values in self.told if (name, place) == (event, namespace)]


class ThreadsVisitor(Visitor):
    def __init__(self, namespaces=("/",)):
        super().__init__(socketio.Client(reconnection_delay=0.1, reconnection_delay_max=0.3), namespaces)

    async def connect(self, url, **settings):
        await asyncio.to_thread(lambda: self.client.connect(url, **{"wait_timeout": 10, **settings}))

    async def emit(self, event, *values, namespace="/"):
        await asyncio.to_thread(lambda: self.client.emit(event, values, namespace=namespace))

    async def request(self, event, *values, namespace="/", timeout=10):
        return await asyncio.to_thread(
            lambda: self.client.call(event, values, namespace=namespace, timeout=timeout)
        )

    async def close(self):
        await asyncio.to_thread(self.client.disconnect)


class AsyncioVisitor(Visitor):
    def __init__(self, namespaces=("/",)):
        super().__init__(socketio.AsyncClient(reconnection_delay=0.1, reconnection_delay_max=0.3), namespaces)

    async def connect(self, url, **settings):
        await self.client.connect(url, **{"wait_timeout": 10, **settings})

    async def emit(self, event, *values, namespace="/"):
        await self.client.emit(event, values, namespace=namespace)

    async def request(self, event, *values, namespace="/", timeout=10):
        return await self.client.call(event, values, namespace=namespace, timeout=timeout)

    async def close(self):
        await self.client.disconnect()


class Conversation:
    """The tests; the classes below say with which client and over which transport."""

    visitor_class = None
    transports = None
    transport = None

    @classmethod
    def setUpClass(cls):
        cls.server = Server()

    @classmethod
    def tearDownClass(cls):
        cls.server.end(signal.SIGKILL)

    def setUp(self):
        self.visitors = []

    async def asyncTearDown(self):
        for visitor in self.visitors:
            await visitor.close()

    def visitor(self, **settings):
        visitor = self.visitor_class(**settings)
        self.visitors.append(visitor)
        return visitor

    async def connect(self, query="", namespaces=("/",), **settings):
        visitor = self.visitor(namespaces=namespaces)
        await visitor.connect(
            self.server.url + query, transports=self.transports, namespaces=list(namespaces), **settings
        )
        await self.arrived(visitor)
        return visitor

    async def arrived(self, visitor):
        await until("the transport " + self.transport, lambda: visitor.client.transport() == self.transport)

    async def test_the_server_knows_id_auth_query_headers_and_transport(self):
        visitor = await self.connect(query="?color=blue", auth={"name": "Ada"}, headers={"X-Color": "red"})
        known = await visitor.request("who am i")
        self.assertEqual(known["id"], visitor.client.get_sid())
        self.assertEqual(known["auth"], {"name": "Ada"})
        self.assertEqual(known["color"], "blue")
        self.assertEqual(known["header"], "red")
        self.assertEqual(known["transport"], self.transport)
        self.assertEqual(known["rooms"], [known["id"]])

    async def test_every_kind_of_value_goes_there_and_back(self):
        visitor = await self.connect()
        values = [None, True, "", 'quotes " and \\ \u2028 \x00\x1e', "Grüße 🪢", 0, -1.5, 2**53 - 1, [[], {}], {"a": {"": 1}}]
        values.append("long " * 40000)
        self.assertEqual(await visitor.request("echo", values), values)
        self.assertEqual(await visitor.request("echo", *values), tuple(values))
        await visitor.emit("send back", *values)
        self.assertEqual(await visitor.next("back"), values)

    async def test_binary_at_any_depth(self):
        visitor = await self.connect()
        values = [b"\x00\x01\xff", {"deep": [{"deeper": [b"\x80", "between", b""]}]}, bytes(range(256)) * 600, {"text": 1}]
        self.assertEqual(await visitor.request("echo", *values), tuple(values))
        await visitor.emit("send back", *values)
        self.assertEqual(await visitor.next("back"), values)

    async def test_the_server_asks(self):
        visitor = await self.connect()
        visitor.answer = lambda *values: ("fine", {"echo": list(values)}, b"\x01\x02")
        await visitor.emit("ask", 10000, "how are you?", 2)
        self.assertEqual(
            await visitor.next("answered"), ["in time", ["fine", {"echo": ["how are you?", 2]}, b"\x01\x02"]]
        )
        late = threading.Event()
        if self.visitor_class is ThreadsVisitor:
            visitor.answer = lambda *values: late.wait(10)
            await visitor.emit("ask", 30, "and now?")
            self.assertEqual(await visitor.next("answered"), ["timed out"])
            late.set()
            self.assertEqual(await visitor.request("echo", "still here"), "still here")

    async def test_the_client_asks_where_nobody_answers(self):
        visitor = await self.connect()
        with self.assertRaises(socketio.exceptions.TimeoutError):
            await visitor.request("nobody handles this", timeout=0.1)
        self.assertEqual(await visitor.request("echo", 1), 1)

    async def test_rooms_and_broadcasts(self):
        teller, first, second, third = [await self.connect() for _ in range(4)]
        await first.request("join", "red", "blue")
        await second.request("join", "blue")
        await third.request("join", "green")

        async def tell(number, **wish):
            await teller.emit("tell", wish, "news", number, {"bytes": bytes([number])})

        await tell(1, rooms=["red", "blue"])
        await tell(2, rooms=["red"], **{"except": [first.client.get_sid()]})
        await tell(3)
        await tell(4, rooms=[second.client.get_sid()])
        await tell(5, **{"except": ["blue"]})
        await teller.emit("tell", {}, "now leave")
        await first.next("now leave")
        await first.request("leave", "blue")
        await tell(6, rooms=["blue"])
        await teller.emit("tell", {}, "done")
        for visitor, wanted in ((first, [1, 3]), (second, [1, 3, 4, 6]), (third, [3, 5])):
            await visitor.next("done")
            self.assertEqual(visitor.all("news"), [[number, {"bytes": bytes([number])}] for number in wanted])
        await teller.request("echo")
        self.assertEqual(teller.all("news") + teller.all("done"), [])

    async def test_namespaces_share_a_connection_and_nothing_else(self):
        places = ("/", "/side", "/table-7")
        visitor = await self.connect(namespaces=places)
        known = [await visitor.request("who am i", namespace=place) for place in places]
        self.assertEqual([one["namespace"] for one in known], list(places))
        self.assertEqual(len({one["id"] for one in known}), 3)
        await visitor.emit("send back", b"\x01", namespace="/side")
        self.assertEqual(await visitor.next("back", "/side"), [b"\x01"])
        await visitor.emit("put me out", namespace="/side")
        await visitor.next("disconnect", "/side")
        self.assertEqual(await visitor.request("echo", 1), 1)
        self.assertEqual(await visitor.request("echo", 2, namespace="/table-7"), 2)
        self.assertEqual(visitor.all("back") + visitor.all("disconnect"), [])

    async def test_refusals_of_a_namespace(self):
        for place, auth, wanted in (
            ("/nowhere", None, "Invalid namespace"),
            ("/guarded", {"password": "please"}, {"message": "not allowed", "data": {"code": "password", "given": "please"}}),
        ):
            visitor = self.visitor(namespaces=("/", place))
            with self.assertRaises(socketio.exceptions.ConnectionError):
                # The client goes on waiting after a refusal.
                await visitor.connect(
                    self.server.url, transports=self.transports, namespaces=[place], auth=auth, wait_timeout=2
                )
            (told,) = await visitor.next("connect_error", place)
            self.assertEqual(told if isinstance(wanted, dict) else told["message"], wanted)
        friend = await self.connect(namespaces=("/guarded",), auth={"password": "sesame"})
        self.assertEqual((await friend.request("who am i", namespace="/guarded"))["namespace"], "/guarded")

    async def test_nothing_is_lost_or_reordered_while_the_transport_is_changed(self):
        visitor = self.visitor()
        await visitor.connect(self.server.url, transports=self.transports, auth={"drops": 200})
        # The client with threads handles each message in a thread of its own, an attachment perhaps before its packet and
        # one event before another: with it only text can be asked for, and nothing about the order.
        threads = self.visitor_class is ThreadsVisitor
        sent = [[number, str(number) if threads else bytes([number])] for number in range(100)]
        for values in sent:
            await visitor.emit("send back", *values)
        await until("all of it", lambda: len(visitor.all("back")) == 100 and len(visitor.all("drop")) == 200)
        in_order = sorted if threads else list
        self.assertEqual(in_order(visitor.all("back")), sent)
        self.assertEqual(in_order(visitor.all("drop")), [[number] for number in range(200)])
        await self.arrived(visitor)

    async def test_leaving_is_told_with_its_reason(self):
        watcher = await self.connect()
        await watcher.request("join", "watchers")
        visitor = await self.connect()
        known = visitor.client.get_sid()
        await visitor.close()
        # It says goodbye to the namespace, or only closes its transport, or with asyncio drops its poll: as it comes. With
        # polling it may also end before any of it was sent; then the heartbeat finds out.
        told = await watcher.next("gone", seconds=60)
        self.assertEqual(told[0], known)
        self.assertIn(told[1], ("client namespace disconnect", "transport close", "transport error", "ping timeout"))

    async def test_it_comes_back_after_a_kill_and_after_a_stop(self):
        visitor = await self.connect()
        await visitor.next("connect")
        for how in (signal.SIGKILL, signal.SIGTERM):
            before = visitor.client.get_sid()
            code = self.server.end(how)
            if how == signal.SIGTERM:
                self.assertEqual(code, 0)
            await visitor.next("disconnect")
            self.server.start()
            await visitor.next("connect")
            await self.arrived(visitor)
            self.assertNotEqual(visitor.client.get_sid(), before)
            self.assertEqual(await visitor.request("echo", 1), 1)


def load_tests(_loader, _tests, _pattern):
    """One class for each client and way."""
    suite = unittest.TestSuite()
    for client in (ThreadsVisitor, AsyncioVisitor):
        for way, (transports, transport) in WAYS.items():
            name = "%s, %s" % (client.__name__, way)
            case = type(
                name,
                (Conversation, unittest.IsolatedAsyncioTestCase),
                {"visitor_class": client, "transports": transports, "transport": transport},
            )
            suite.addTests(unittest.defaultTestLoader.loadTestsFromTestCase(case))
    return suite


if __name__ == "__main__":
    unittest.main(argv=sys.argv, warnings="ignore")
