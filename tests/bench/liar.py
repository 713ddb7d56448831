"""A WebSocket server that does one thing wrong, for a client that should notice.

  with Liar("wrong_text") as liar: ... liar.port
"""

import base64
import hashlib
import socket
import struct
import threading

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Liar:
    """`lie` is one of: none, wrong_text, twice, silent, hang_up, no_websocket, wrong_accept, masked, refuse_namespace,
    lost_delivery."""

    def __init__(self, lie, socketio=True):
        self.lie, self.socketio = lie, socketio
        self.everybody, self.lock = [], threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.talk, args=(connection,), daemon=True).start()

    def talk(self, connection):
        try:
            with connection:
                self.serve(connection, connection.makefile("rb"))
        except (OSError, ValueError, struct.error):
            pass  # the client is gone
        finally:
            with self.lock:
                if connection in self.everybody:
                    self.everybody.remove(connection)

    def serve(self, connection, stream):
        key = None
        while (line := stream.readline().strip()):
            name, _, value = line.partition(b":")
            if name.lower() == b"sec-websocket-key":
                key = value.strip()
        if self.lie == "no_websocket":
            connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            return
        accept = base64.b64encode(hashlib.sha1(key + GUID).digest())
        if self.lie == "wrong_accept":
            accept = base64.b64encode(b"x" * 20)
        # Before the client knows that it is one of them: nobody speaks before all are here.
        with self.lock:
            self.everybody.append(connection)
        connection.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"sec-websocket-accept: " + accept + b"\r\n\r\n"
        )
        if self.socketio:
            self.say(connection, '0{"sid":"x","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":100000}')
        while (message := self.hear(connection, stream)) is not None:
            self.answer(connection, message)

    def hear(self, connection, stream):
        first, second = struct.unpack("!BB", stream.read(2))
        size = second & 127
        if size == 126:
            (size,) = struct.unpack("!H", stream.read(2))
        mask, payload = stream.read(4), stream.read(size)
        payload = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
        if first & 15 == 8:
            connection.sendall(b"\x88\x00")
            return None
        return payload.decode()

    def say(self, connection, text, masked=False):
        payload = text.encode()
        size = bytes([len(payload)]) if len(payload) < 126 else b"\x7e" + struct.pack("!H", len(payload))
        if masked:
            size = bytes([size[0] | 128]) + size[1:] + b"\0\0\0\0"
        connection.sendall(b"\x81" + size + payload)

    def answer(self, connection, message):
        if self.socketio and message.startswith("40"):
            self.say(connection, '44{"message":"Not today"}' if self.lie == "refuse_namespace" else '40{"sid":"y"}')
        elif self.socketio and message.startswith('42["bcast"') or not self.socketio and message.startswith("bcast"):
            with self.lock:
                listeners = list(self.everybody)
            for listener in listeners[1:] if self.lie == "lost_delivery" else listeners:
                self.say(listener, message)
        elif self.socketio and message.startswith("42"):
            number, _, rest = message[2:].partition('["echo",')
            self.reply(connection, f"43{number}[{rest}")
        elif not self.socketio:
            self.reply(connection, message)

    def reply(self, connection, text):
        if self.lie == "silent":
            return
        if self.lie == "hang_up":
            connection.shutdown(socket.SHUT_RDWR)
            return
        if self.lie == "wrong_text":
            text = text.replace("b", "B")
        self.say(connection, text, masked=self.lie == "masked")
        if self.lie == "twice":
            self.say(connection, text)
