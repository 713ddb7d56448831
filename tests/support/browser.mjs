// Real Chromium for the tests. A device is a browser profile of its own: its cookies and storage are nobody else's.
import { chromium } from 'playwright-core';
import { hostKey, until } from './server.mjs';

export function launchChromium() {
    return chromium.launch({
        executablePath: process.env.HOLDFAST_CHROMIUM ?? '/usr/bin/chromium',
        args: [
            '--no-sandbox',
            '--disable-gpu',
            '--disable-quic',
            '--no-first-run',
            '--disable-background-networking',
            '--disable-component-update',
            '--disable-sync',
            '--disable-dev-shm-usage',
        ],
    });
}

const byTestId = (name) => `[data-testid="${name}"]`;

/** A player's tab. */
export class PlayerPage {
    constructor(page, url) {
        this.page = page;
        this.url = url;
    }

    static async open(device, url) {
        const player = new PlayerPage(await device.newPage(), url);
        await player.page.goto(`${url}/`);
        return player;
    }

    element(name) {
        return this.page.locator(byTestId(name));
    }

    async createTeam(name) {
        await this.element('team-name-input').fill(name);
        await this.element('create-team').click();
        await this.seated();
    }

    async joinTeam(name) {
        await this.page.locator(`${byTestId('join-team')}[data-team="${name}"]`).click();
        await this.seated();
    }

    /** Waits until the page shows a seat of its own and a live connection. */
    async seated() {
        await this.element('leave-team').first().waitFor({ timeout: 20_000 });
        await this.online();
    }

    async online(timeout = 30_000) {
        await this.page.locator(`${byTestId('connection-state')}[data-state="online"]`).waitFor({ timeout, state: 'attached' });
    }

    async notOnline(timeout = 60_000) {
        await this.page
            .locator(`${byTestId('connection-state')}:not([data-state="online"])`)
            .waitFor({ timeout, state: 'attached' });
    }

    /** The state of a seat of the own team as this page shows it. */
    seatState(slot) {
        return this.page.locator(`${byTestId('seat')}[data-slot="${slot}"]`).first().getAttribute('data-state');
    }

    async waitForSeat(slot, state, timeout = 30_000) {
        await this.page
            .locator(`${byTestId('seat')}[data-slot="${slot}"][data-state="${state}"]`)
            .first()
            .waitFor({ timeout, state: 'attached' });
    }

    /** The round on the screen: {roundId, number, item, answer}. */
    async round() {
        const round = this.element('round-number');
        await round.waitFor({ timeout: 20_000 });
        return this.page.evaluate((attribute) => {
            const find = (name) => document.querySelector(`[${attribute}="${name}"]`);
            return {
                roundId: Number(find('round-number')?.getAttribute('data-round-id')),
                item: find('item')?.textContent?.trim(),
                answer: find('my-answer')?.getAttribute('data-answer') ?? null,
            };
        }, 'data-testid');
    }

    async waitForRoundOtherThan(roundId, timeout = 20_000) {
        await until(`a round other than ${roundId}`, async () => (await this.round()).roundId !== roundId, {
            timeoutMilliseconds: timeout,
        });
        return this.round();
    }

    /** Answers the round on the screen and waits until the server has confirmed it, or the next round is there. */
    async answer(value) {
        const { roundId } = await this.round();
        await this.element(value ? 'answer-true' : 'answer-false').click();
        await until(`the answer to round ${roundId} to be taken`, async () => {
            const now = await this.round();
            return now.roundId !== roundId || now.answer === String(value);
        });
        return roundId;
    }

    /** What the browser's storage holds, as one text: for looking for a token. */
    storage() {
        return this.page.evaluate(() => JSON.stringify({ ...window.localStorage }));
    }
}

/** The host's dashboard. */
export class DashboardPage {
    constructor(page) {
        this.page = page;
    }

    static async open(device, url) {
        const host = new DashboardPage(await device.newPage());
        await host.page.goto(`${url}/dashboard`);
        await host.element('host-key-input').fill(hostKey);
        await host.element('login').click();
        await host.element('start-game').waitFor({ timeout: 20_000 });
        return host;
    }

    element(name) {
        return this.page.locator(byTestId(name));
    }

    row(team) {
        return this.page.locator(`${byTestId('team-row')}[data-team="${team}"]`);
    }

    /** Starts the game; does nothing when it runs already. */
    async startGame() {
        await this.page.locator(`${byTestId('connection-state')}[data-state="online"]`).waitFor({ state: 'attached' });
        if (await this.element('start-game').isEnabled()) await this.element('start-game').click();
    }

    async waitForSeat(team, slot, state, timeout = 30_000) {
        await this.row(team)
            .locator(`${byTestId('seat')}[data-slot="${slot}"][data-state="${state}"]`)
            .waitFor({ timeout, state: 'attached' });
    }

    async answersCount() {
        return Number((await this.element('figures-answers').textContent()).replace(/\D/g, ''));
    }
}

/** Two players of one team on two devices, and a host on a third, with the game running. */
export async function startedGame(browser, url, { team = 'Bell', hostUrl = url, playerUrls = [url, url] } = {}) {
    const devices = await Promise.all([0, 1, 2].map(() => browser.newContext({ viewport: { width: 390, height: 844 } })));
    const first = await PlayerPage.open(devices[0], playerUrls[0]);
    await first.createTeam(team);
    const second = await PlayerPage.open(devices[1], playerUrls[1]);
    await second.joinTeam(team);
    const host = await DashboardPage.open(devices[2], hostUrl);
    await host.startGame();
    await first.round();
    await second.round();
    return { first, second, host, devices, team };
}
