// Every limit of Holdfast, with what happens when it is reached. Settings may change most of them at
// start-up.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace holdfast::limits {

using namespace std::chrono_literals;

// HTTP requests. At the limit: 431 for headers, 413 for bodies, 408 for time, then the connection is closed.
inline constexpr std::size_t header_bytes = 8 * 1024;
inline constexpr std::size_t header_fields = 100;
inline constexpr std::chrono::milliseconds header_time = 5s;
inline constexpr std::chrono::milliseconds body_time = 10s;
inline constexpr std::chrono::milliseconds keep_alive_time = 60s;

// Messages. At the limit: WebSocket close 1009, or 413 on polling; the seat is kept.
inline constexpr std::size_t message_bytes = 1'000'000;
// Fragments of one WebSocket message. At the limit: close 1008.
inline constexpr std::size_t message_fragments = 100;
// Socket.IO attachments of one packet, JSON nesting and ack ids. At the limit: parse error, connection
// closed.
inline constexpr std::size_t packet_attachments = 10;
inline constexpr std::size_t json_depth = 32;
// Values in one packet's JSON, counted by commas and opening brackets (more than fit into a message of the
// default size), bytes of a namespace's name. At the limit: parse error, connection closed.
inline constexpr std::size_t json_values = 700'000;
inline constexpr std::size_t namespace_bytes = 512;
// Waiting for the next attachment a packet announced. At the limit: parse error, connection closed.
inline constexpr std::chrono::milliseconds attachment_time = 30s;
// Namespaces a client's wish may create through a predicate. At the limit: the one that has been empty for
// longest goes; if there is somebody in each, the join is refused.
inline constexpr std::size_t dynamic_namespaces = 10'000;
// How long such a namespace stays when nobody is in it; with recovery, so much longer than the window.
inline constexpr std::chrono::milliseconds empty_namespace_time = 10s;
inline constexpr std::chrono::milliseconds empty_namespace_recovery_time = 1s;
inline constexpr std::uint64_t ack_id = 9'007'199'254'740'991;  // 2^53 - 1
// Events a server waits for an ack of, per socket. At the limit: the oldest is given up as timed out.
inline constexpr std::size_t pending_acks = 1'000;
// Answers to a question to many, unless a time is given; then the other servers of a cluster have a little
// longer to report theirs. At the limit: the answers so far, and how many are missing.
inline constexpr std::chrono::milliseconds broadcast_ack_time = 10s;
inline constexpr std::chrono::milliseconds answer_report_time = 1s;
// Namespaces one connection may join, rooms one socket may be in. At the limit: the join is refused.
inline constexpr std::size_t namespaces_per_connection = 32;
inline constexpr std::size_t rooms_per_socket = 128;

// Engine.IO, as in the reference.
inline constexpr std::chrono::milliseconds ping_interval = 25s;
inline constexpr std::chrono::milliseconds ping_timeout = 20s;
inline constexpr std::chrono::milliseconds upgrade_time = 10s;
inline constexpr std::chrono::milliseconds namespace_connect_time = 45s;
inline constexpr std::chrono::milliseconds polling_close_time = 30s;

// Bytes waiting to be sent on one connection. At the limit: disconnected; a resume brings the player up to
// date.
inline constexpr std::size_t send_queue_bytes = 1024 * 1024;
// Connections of one address: a whole school may sit behind one. At the limit: closed at once.
inline constexpr std::size_t connections_per_address = 512;
inline constexpr std::size_t connections = 100'000;

// Answers and WebSocket messages shorter than this are not compressed: it would not pay.
inline constexpr std::size_t compress_from_bytes = 1024;

// Connection state recovery; all of it is off unless a server turns it on.
// How long a client may be away. At the limit: the session is forgotten, the client begins a new one.
inline constexpr std::chrono::milliseconds recovery_window = 120s;
// Sessions remembered, those of connected sockets included. At the limit: the one that is away longest is
// forgotten; if nobody is away, the new socket gets none (no "pid").
inline constexpr std::size_t recovery_sessions = 100'000;
// Events kept for clients that are away. At the limit: the oldest tenth is trimmed; a client that missed one
// of those comes back with a gap.
inline constexpr std::size_t recovery_events = 100'000;
inline constexpr std::size_t recovery_event_bytes = 64 * 1024 * 1024;
// Rooms about which is noted when the last trimmed event went there. At the limit: all notes are forgotten;
// whoever has received nothing since comes back with a gap.
inline constexpr std::size_t recovery_trim_notes = 100'000;
// Rooms of a session, those it has left included. At the limit: the one left first is forgotten; a client
// that has received nothing since comes back with a gap.
inline constexpr std::size_t recovery_room_spans = 256;
// JSON data of one socket. At the limit: the session is given up, the client will begin a new one.
inline constexpr std::size_t recovery_data_bytes = 64 * 1024;
// Levels of that JSON. At the limit: it comes back as null.
inline constexpr std::size_t recovery_data_depth = 256;
// What one client is sent again. At the limit: a gap.
inline constexpr std::size_t recovery_replay_bytes = send_queue_bytes / 2;
// What waits for the disk: messages held back by a server, records not yet written. At the limit: as if the
// disk had failed (every client is disconnected and comes back to what is on the disk).
inline constexpr std::size_t recovery_held_bytes = 64 * 1024 * 1024;
inline constexpr std::size_t recovery_unwritten_bytes = 64 * 1024 * 1024;
// After the disk failed, it is tried again this often.
inline constexpr std::chrono::milliseconds recovery_retry_time = 1s;

// Of these and of those of one address, so many more for connections whose first request shows the cookie of
// a device that holds a seat. At the limit: the one that has shown nothing for longest makes room.
inline constexpr std::size_t connections_for_holders = 2'048;
inline constexpr std::size_t connections_per_address_for_holders = 512;
// Connections of one device to the main namespace, on each net thread. At the limit: 403 at the handshake, or
// closed.
inline constexpr std::size_t connections_per_device = 32;

// Events of one connection: a bucket of `burst` refilled at `per_second`; of all connections of one device on
// a net thread together this many times as many. At the limit: `rate_limited`.
inline constexpr double events_per_second = 50;
inline constexpr double events_burst = 100;
inline constexpr double events_per_device_factor = 4;
// Tries of a token or a code that turn out wrong, per address and minute, and per device. At the limit:
// `rate_limited`; a token made here is looked at all the same until its device is over the limit.
inline constexpr std::size_t wrong_tokens_per_minute = 60;
inline constexpr std::size_t wrong_tokens_per_device_minute = 20;
// Wrong host keys per address and minute. At the limit: 429.
inline constexpr std::size_t wrong_host_keys_per_minute = 10;
// Host keys that are looked at closely in a minute, from all addresses together: each costs milliseconds. At
// the limit: 429 for those that are not known to be right yet.
inline constexpr std::size_t host_key_checks_per_minute = 120;
// Tables that remember addresses forget the oldest at this size.
inline constexpr std::size_t remembered_addresses = 10'000;

// Codes that bring a seat to another phone: how long one is good, and how many there are at once. At the
// limit: the oldest is forgotten. Wrong ones count like wrong tokens.
inline constexpr std::chrono::milliseconds move_code_life = 120s;
inline constexpr std::size_t move_codes = 10'000;

// Tokens of earlier seats by which somebody whom the host moves finds the new one. At the limit: those
// in the middle are forgotten. Who is moved again and again while away has one of the first, who is there one
// of the last; and the device finds the seat in any case.
inline constexpr std::size_t moved_tokens_per_seat = 8;
// For how long the host may let seats be held: the grace of a game, and a hold from the moment it is
// extended. Beyond: `bad_request`, `hold_too_long`.
inline constexpr std::chrono::milliseconds grace_least = 5s;
inline constexpr std::chrono::milliseconds grace_most = 24h;
inline constexpr std::chrono::milliseconds hold_most = 24h;

// Requests for a seat from a new phone. How many wait for the host at once, in all and from one address (a
// device has one), and how many may be made within the window by a device, from an address and in all: at the
// limit refused with `too_many_requests`. How long one waits, and how long when its asker has no connection:
// then it is over, and the asker is told.
inline constexpr std::size_t seat_requests = 100;
inline constexpr std::size_t seat_requests_per_address = 20;
inline constexpr std::chrono::milliseconds seat_requests_window = 600s;
inline constexpr std::size_t seat_requests_made_per_device = 10;
inline constexpr std::size_t seat_requests_made_per_address = 60;
inline constexpr std::size_t seat_requests_made = 300;
inline constexpr std::chrono::milliseconds seat_request_life = 600s;
inline constexpr std::chrono::milliseconds seat_request_absence = 30s;

// Devices that are banned. At the limit: `too_many_bans`.
inline constexpr std::size_t bans = 500;

// Seats that the host keeps for somebody, also those whose players have come. At the limit:
// `too_many_reservations`.
inline constexpr std::size_t reservations = 1'000;

// Teams, names and seats. At the limit: refused with `too_many_teams`, `bad_name`.
inline constexpr std::size_t teams = 100'000;
inline constexpr std::size_t team_name_characters = 40;
inline constexpr std::size_t team_name_bytes = 160;
inline constexpr int seats_per_team_most = 8;
inline constexpr int seats_per_team_default = 2;
inline constexpr std::chrono::milliseconds grace = 3600s;
inline constexpr std::chrono::milliseconds token_life = 3600s;
// A player who is back sooner was not missed: partners are not told of the loss.
inline constexpr std::chrono::milliseconds quiet_drop_time = 2s;
// Away seats in one answer to a player who asks. At the limit: the asking device's own first, then those that
// fell away last.
inline constexpr std::size_t reconnectable_seats_listed = 100;

// Operation ids. At the limit of length: `bad_request`; of number: the oldest are forgotten.
inline constexpr std::size_t operation_id_bytes = 64;
inline constexpr std::size_t remembered_operations = 200'000;
inline constexpr std::chrono::milliseconds operation_life = 3600s;

// The way to the disk. At the limit: `overloaded` (the queue) or the batch is closed and the next one
// opened.
inline constexpr std::size_t commands_waiting = 65'536;
// Of these, places that only those who hold seats can take. At the limit: strangers hear `overloaded`.
inline constexpr std::size_t commands_waiting_for_holders = 16'384;
// Decided before others get a turn, and before those who hold seats go first again.
inline constexpr std::size_t commands_per_turn = 1'024;
// What whoever is turned away is asked to wait, with an empty and with a full queue; jitter comes on top.
inline constexpr std::chrono::milliseconds retry_after_least = 500ms;
inline constexpr std::chrono::milliseconds retry_after_most = 15s;
// After the crowd is gone, strangers are told for this long that the server sheds load.
inline constexpr std::chrono::milliseconds shedding_time = 2s;
inline constexpr std::size_t commands_per_batch = 4'096;

// The store. A team's journal keeps its newest entries and forgets the oldest. The write-ahead log is carried
// over into the file at this many pages, and cut to this size when it was larger. The file is searched for
// damage at start-up if it is at most this large; a larger one is only read.
inline constexpr std::size_t journal_entries_per_team = 128;
// A report looks at this many of the newest entries of all journals, and says so if there are more; a
// download has this many. Looked at in pieces, so that a commit never waits for more than one. Of those who
// ask for a journal or a report so many wait. At the limit: 503 `overloaded`. A report is made anew after a
// while.
inline constexpr std::size_t journal_entries_reported = 250'000;
inline constexpr std::size_t journal_entries_downloaded = 50'000;
inline constexpr std::size_t journal_entries_per_piece = 2'000;
inline constexpr std::size_t journal_readers_waiting = 16;
inline constexpr std::chrono::milliseconds journal_report_life = 2s;
inline constexpr int checkpoint_pages = 1'000;
inline constexpr std::int64_t write_ahead_log_bytes = 64 * 1024 * 1024;
inline constexpr std::int64_t integrity_check_bytes = 32 * 1024 * 1024;
// Waiting for another process that locks the file. At the limit: `store_unavailable`.
inline constexpr std::chrono::milliseconds store_busy_time = 1s;
// Finished rounds and answers that the store in memory remembers; the oldest are forgotten.
inline constexpr std::size_t memory_store_history = 100'000;

// The lobby's list of teams: sent at most this often, and with at most this many teams in it.
inline constexpr std::chrono::milliseconds lobby_interval = 300ms;
inline constexpr std::chrono::milliseconds dashboard_interval = 500ms;
inline constexpr std::size_t lobby_teams = 500;
// The list of teams on the dashboard: the newest ones, active ones first, as many as fit both.
inline constexpr std::size_t dashboard_teams = 1'000;
inline constexpr std::size_t dashboard_bytes = 950'000;

static_assert(ping_timeout < ping_interval + ping_timeout && upgrade_time < namespace_connect_time);
static_assert(message_bytes <= send_queue_bytes, "one message of the largest size must fit the queue");
static_assert(message_bytes / 3 * 2 < json_values, "what fits a message is not refused for its values");
static_assert(recovery_room_spans >= 2 * rooms_per_socket, "there is always a room that was left to forget");
static_assert(commands_per_batch <= commands_waiting && commands_waiting_for_holders < commands_waiting);
static_assert(dashboard_bytes < send_queue_bytes, "the dashboard must fit the queue");

}  // namespace holdfast::limits
