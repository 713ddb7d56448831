// The table of what is kept through a disruption. Pure.

export const disruptions = [
    { key: 'network', title: 'network gone for 5 s' },
    { key: 'graceful', title: 'graceful restart' },
    { key: 'kill', title: 'kill -9 and restart' },
];

export const continuityHeader = ['', ...disruptions.map(({ title }) => title)];

// `outcomes`: [{ server, name, disruption, players, seats, state, failed }]. "100 of 100 seats, 100 with the state".
export function continuityRows(outcomes) {
    const names = [...new Map(outcomes.map(({ server, name }) => [server, name]))];
    return names.map(([server, name]) => [
        name,
        ...disruptions.map(({ key }) => {
            const outcome = outcomes.find((one) => one.server === server && one.disruption === key);
            if (!outcome) return '–';
            if (outcome.failed) return `failed: ${outcome.failed}`;
            return `${outcome.seats} of ${outcome.players} seats, ${outcome.state} with the state of play`;
        }),
    ]);
}
