"""Prints what a Holdfast database file holds, as JSON. Opens it read-only: the server goes on writing."""

import json
import sqlite3
import sys

STATES = {0: "vacant", 1: "connected", 2: "away"}


def main():
    connection = sqlite3.connect("file:%s?mode=ro" % sys.argv[1], uri=True, timeout=10)
    connection.execute("BEGIN")  # one snapshot for all that follows
    seats = {}
    for team, state, rotation, epoch, device in connection.execute(
        "SELECT team, state, rotation, epoch, device FROM seats ORDER BY team, slot"
    ):
        seats.setdefault(team, []).append(
            {"state": STATES[state], "rotation": rotation, "epoch": epoch, "device": device}
        )
    teams = [
        {"id": key, "name": name, "active": bool(active), "round": round_id, "seats": seats.get(key, [])}
        for key, name, active, round_id in connection.execute("SELECT id, name, active, round_id FROM teams ORDER BY id")
    ]
    answers = [
        {"round": round_id, "team": team, "slot": slot, "answer": bool(answer)}
        for round_id, team, slot, answer in connection.execute(
            "SELECT round, team, slot, answer FROM answers ORDER BY round, slot"
        )
    ]
    journal = [
        {"team": team, "slot": slot, "what": what, "reason": reason}
        for team, slot, what, reason in connection.execute("SELECT team_name, slot, what, reason FROM seat_history")
    ]
    integrity = connection.execute("PRAGMA integrity_check").fetchone()[0]
    json.dump({"teams": teams, "answers": answers, "journal": journal, "integrity": integrity}, sys.stdout)


if __name__ == "__main__":
    main()
