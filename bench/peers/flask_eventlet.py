"""Flask-SocketIO on eventlet: Debian's python3-flask-socketio and python3-eventlet.

flask_eventlet.py --port PORT
"""

import sys

import eventlet

eventlet.monkey_patch()

import flask  # noqa: E402  (eventlet has to come first)
import flask_socketio  # noqa: E402

app = flask.Flask(__name__)
socketio = flask_socketio.SocketIO(app, async_mode="eventlet", cors_allowed_origins="*")


@socketio.on("connect")
def connected():
    pass


@socketio.on("echo")
def echo(argument):
    return argument


@socketio.on("bcast")
def broadcast(argument):
    socketio.emit("bcast", argument)


if __name__ == "__main__":
    port = int(sys.argv[sys.argv.index("--port") + 1])
    # eventlet serves 1,024 connections at once unless it is told otherwise.
    socketio.run(app, host="127.0.0.1", port=port, log_output=False, max_size=20000)
