#!/usr/bin/python3
"""Makes many teams of the one team in a Holdfast database whose server is stopped: for measuring how it starts.

  multiply_teams.py DATABASE TEAMS
"""

import sqlite3
import sys


def columns(database, table):
    return [row[1] for row in database.execute(f"PRAGMA table_info({table})")]


def copies(database, table, replaced, teams):
    """Copies the rows of `table` for teams 2 to `teams`; `replaced` gives the columns that differ, with :id for the team."""
    names = columns(database, table)
    values = ", ".join(replaced.get(name, name) for name in names)
    database.executemany(
        f"INSERT INTO {table} ({', '.join(names)}) SELECT {values} FROM {table} WHERE {replaced['WHERE']}",
        ({"id": team} for team in range(2, teams + 1)),
    )


def main():
    path, teams = sys.argv[1], int(sys.argv[2])
    database = sqlite3.connect(path)
    (present,) = database.execute("SELECT count(*) FROM teams WHERE id = 1").fetchone()
    (others,) = database.execute("SELECT count(*) FROM teams WHERE id <> 1").fetchone()
    if present != 1 or others != 0:
        sys.exit(f"{path} has {present + others} teams; it should have one, with the number 1")
    with database:
        copies(database, "teams", {"WHERE": "id = 1", "id": ":id", "name": "name || :id", "name_key": "name_key || :id"}, teams)
        database.execute("UPDATE game SET last_team = ?", (teams,))
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


if __name__ == "__main__":
    main()
