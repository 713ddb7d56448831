// The host's events and what the host is shown.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Player, seatedTeam } from '../support/player.mjs';
import { HoldfastServer, until } from '../support/server.mjs';

let server;
before(async () => {
    server = new HoldfastServer();
    await server.start();
});
after(() => server?.dispose());

const statistics = [
    'trace_average_statistic',
    'chsh_value_statistic',
    'cross_term_combination_statistic',
    'same_item_balance',
];

function checkTeam(team) {
    for (const field of ['team_name', 'team_id', 'is_active', 'status', 'current_round_number', 'created_at', 'game_mode']) {
        assert.ok(field in team, `${field} is missing`);
    }
    for (const field of ['player1_sid', 'player2_sid', 'min_stats_sig', 'correlation_matrix', 'correlation_stats']) {
        assert.ok(field in team, `${field} is missing`);
    }
    assert.match(team.history_hash1, /^[0-9a-fA-F]{8}$/);
    assert.match(team.history_hash2, /^[0-9a-fA-F]{8}$/);
    assert.deepEqual(team.correlation_labels, ['A', 'B', 'X', 'Y']);
    for (const matrix of [team.classic_matrix, team.new_matrix]) {
        assert.equal(matrix.length, 4);
        assert.ok(matrix.every((row) => row.length === 4 && row.every((cell) => cell.length === 2)));
    }
    for (const stats of [team.classic_stats, team.new_stats]) {
        for (const field of statistics) {
            assert.ok(field in stats, field);
            assert.ok(`${field}_uncertainty` in stats, `${field}_uncertainty`);
        }
    }
}

function checkBoard(board) {
    for (const count of ['total_answers_count', 'connected_players_count', 'active_teams_count', 'ready_players_count']) {
        assert.ok(Number.isInteger(board[count]), count);
    }
    assert.deepEqual(Object.keys(board.game_state).sort(), ['configured_grace_seconds', 'grace_seconds', 'mode', 'paused', 'started', 'streaming_enabled']);
    board.teams.forEach(checkTeam);
}

test('the host runs a game: start, answers, pause, mode, restart, and everybody is told', async () => {
    const host = await Player.host(server.url);
    const { first, second } = await seatedTeam(server.url, 'Hosted');
    const answer = await host.request('dashboard_join');
    checkBoard(answer);
    assert.equal(answer.connected_players_count, 2);
    assert.equal(answer.ready_players_count, 2);
    assert.equal(answer.teams[0].status, 'active');
    checkBoard(await host.next('dashboard_update'));

    host.emit('set_teams_streaming', { enabled: true });
    host.emit('start_game');
    await host.next('game_started');
    assert.equal((await first.next('game_start')).game_started, true);
    const questions = [await first.next('new_question'), await second.next('new_question')];
    assert.equal(questions[0].round_id, questions[1].round_id);
    assert.equal(questions[0].round_number, 1);
    const { round_id: round } = questions[0];
    // Mode `new` is the first: slot 1 is asked A or B, slot 2 X or Y.
    const mode = first.last('team_created').game_mode;
    if (mode === 'new') {
        assert.match(questions[0].item, /^[AB]$/);
        assert.match(questions[1].item, /^[XY]$/);
    }

    first.emit('submit_answer', { round_id: round, item: questions[0].item, answer: true });
    assert.ok((await first.next('answer_confirmed')).message);
    const shown = await host.next('new_answer_for_dashboard');
    assert.deepEqual(
        { ...shown, timestamp: 0, player_session_id: '' },
        {
            timestamp: 0,
            team_name: 'Hosted',
            team_id: first.seated.team_id,
            player_session_id: '',
            question_round_id: round,
            assigned_item: questions[0].item,
            response_value: true,
        },
    );
    assert.equal(first.all('round_complete').length, 0, 'the round waits for the partner');
    second.emit('submit_answer', { round_id: round, item: questions[1].item, answer: true });
    for (const player of [first, second]) {
        const complete = await player.next('round_complete');
        assert.equal(complete.team_name, 'Hosted');
        assert.equal(complete.round_number, 1);
        assert.equal((await player.next('new_question')).round_number, 2);
    }
    await until('the board to count two answers', async () => (await host.request('dashboard_join')).total_answers_count === 2);
    const team = (await host.request('dashboard_join')).teams.find((row) => row.team_name === 'Hosted');
    const matrix = mode === 'new' ? team.new_matrix : team.classic_matrix;
    const counted = matrix.flat().reduce((sum, [, rounds]) => sum + rounds, 0);
    assert.equal(counted, 1);

    host.emit('pause_game');
    assert.equal((await first.next('game_state_update')).paused, true);
    host.emit('pause_game');
    assert.equal((await first.next('game_state_update')).paused, false);

    host.emit('toggle_game_mode');
    const toggled = await first.next('game_mode_changed');
    assert.equal(toggled.mode, mode === 'new' ? 'classic' : 'new');

    host.emit('restart_game');
    await first.next('game_reset');
    await host.next('game_reset_complete');
    assert.equal((await first.next('game_state_changed')).game_started, false);
    await until('the board to be clear', async () => (await host.request('dashboard_join')).total_answers_count === 0);
    const clear = (await host.request('dashboard_join')).teams.find((row) => row.team_name === 'Hosted');
    assert.equal(clear.status, 'active', 'teams and seats stay');
    host.emit('start_game');
    assert.equal((await first.next('new_question')).round_number, 1, 'rounds count from one again');
    for (const player of [host, first, second]) player.close();
});

test('a host that does not stream gets no teams; keep_alive and request_teams_update are answered', async () => {
    const streaming = await Player.host(server.url);
    const quiet = await Player.host(server.url);
    await streaming.request('dashboard_join');
    await quiet.request('dashboard_join');
    await streaming.request('set_teams_streaming', { enabled: true });
    await quiet.request('set_teams_streaming', { enabled: false });
    const { first, second } = await seatedTeam(server.url, 'Streamed');
    await until('teams to stream', () =>
        streaming.all('team_status_changed_for_dashboard').some((update) => update.teams.some((row) => row.team_name === 'Streamed')),
    );
    await until('the figures to come', () => quiet.all('team_status_changed_for_dashboard').length > 0);
    const update = quiet.last('team_status_changed_for_dashboard');
    assert.deepEqual(update.teams, []);
    assert.ok(Number.isInteger(update.connected_players_count) && Number.isInteger(update.ready_players_count));
    quiet.emit('keep_alive');
    await quiet.next('keep_alive_ack');
    streaming.emit('request_teams_update');
    await streaming.next('team_status_changed_for_dashboard');
    for (const player of [streaming, quiet, first, second]) player.close();
});

test('the host sees a held seat, and no secret of anybody', async () => {
    const host = await Player.host(server.url);
    const { first, second } = await seatedTeam(server.url, 'Watched');
    first.drop();
    const row = await until('the seat to be held', async () => {
        const board = await host.request('dashboard_join');
        const found = board.teams.find((team) => team.team_name === 'Watched');
        return found.status === 'waiting_pair' && found;
    });
    assert.equal(row.seats[0].state, 'away');
    assert.ok(row.seats[0].held_for_seconds > 3500 && row.seats[0].held_for_seconds <= 3600);
    const told = JSON.stringify(host.told);
    for (const player of [first, second]) {
        assert.ok(!told.includes(player.token));
        assert.ok(!told.includes(player.socket.id ?? 'a dropped socket has no id'));
    }
    for (const player of [host, first, second]) player.close();
});
