import { downloadAddress, readReport, type Report } from '@holdfast/client';
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { useDark } from '../shared/hooks';
import { clock, count, span } from '../shared/words';
import { ReportPlot } from './report-plot';

const refreshMilliseconds = 10_000;
const ranges = [
  { name: 'this session', minutes: null },
  { name: 'the last 15 minutes', minutes: 15 },
  { name: 'the last hour', minutes: 60 },
  { name: 'the last day', minutes: 24 * 60 },
];

/** How the connections held: what was lost, who came back, and when it was worst. */
export function ReportCard() {
  const [range, setRange] = useState(0);
  const { minutes } = ranges[range]!;
  const { report, problem } = useReport(minutes);
  const dark = useDark();
  return (
    <section class="card report" data-testid="report">
      <div class="line spread">
        <h2>How the connections hold</h2>
        <select
          aria-label="Which time"
          value={range}
          onChange={(event) => setRange(Number(event.currentTarget.value))}
        >
          {ranges.map(({ name }, index) => (
            <option key={name} value={index}>
              {name}
            </option>
          ))}
        </select>
      </div>
      {problem !== null && <p class="hint">{problem}</p>}
      {report?.from === null && <p class="hint">Nothing has happened to any seat in this time.</p>}
      {report !== null && report.from !== null && (
        <>
          <Figures report={report} />
          <p class="legend" aria-hidden="true">
            <span class="key drops">connections lost</span>
            <span class="key returns">players back</span>
            <span class="key away">seats away</span>
          </p>
          <ReportPlot key={dark ? 'dark' : 'light'} report={report} />
          <Worst report={report} />
          <Troubled report={report} />
          {(report.full_journals > 0 || report.beginning_is_cut) && (
            <p class="hint">
              There was more than is counted here:{' '}
              {report.beginning_is_cut
                ? 'there are more entries than one report reads.'
                : `the journals of ${count(report.full_journals, 'team', 'teams')} are full and forget what is oldest.`}
            </p>
          )}
        </>
      )}
      <p class="line downloads">
        <span class="soft">Download</span>
        <a href={downloadAddress('report', 'csv', minutes)} download data-testid="report-csv">
          report, CSV
        </a>
        <a href={downloadAddress('report', 'json', minutes)} download data-testid="report-json">
          report, JSON
        </a>
        <a href={downloadAddress('journal', 'csv')} download data-testid="journal-csv">
          journal, CSV
        </a>
        <a href={downloadAddress('journal', 'json')} download data-testid="journal-json">
          journal, JSON
        </a>
      </p>
    </section>
  );
}

/** The report, made anew now and then while somebody can see it. */
function useReport(minutes: number | null): { report: Report | null; problem: string | null } {
  const [report, setReport] = useState<Report | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    let over = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async () => {
      clearTimeout(timer);
      if (document.visibilityState === 'visible') {
        const told = await readReport(minutes);
        if (over) return;
        setProblem(told.ok ? null : told.message);
        if (told.ok) setReport(told.value);
      }
      clearTimeout(timer);
      timer = setTimeout(() => void ask(), refreshMilliseconds);
    };
    const seen = () => {
      if (document.visibilityState === 'visible') void ask();
    };
    void ask();
    document.addEventListener('visibilitychange', seen);
    return () => {
      over = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', seen);
    };
  }, [minutes]);
  return { report, problem };
}

function Figures({ report }: { report: Report }) {
  const { time_away: away } = report;
  return (
    <dl class="figures">
      <Figure name="connections lost" id="report-drops">
        {report.drops}
      </Figure>
      <Figure name="came back" id="report-returns">
        {report.returns}
        {report.share_of_returns !== null && (
          <span class="hint"> {Math.floor(report.share_of_returns * 1000) / 10} %</span>
        )}
      </Figure>
      <Figure name="away now" id="report-away">
        {report.away_at_end}
      </Figure>
      <Figure name="seats lost" id="report-lost">
        {report.seats_lost}
      </Figure>
      <Figure name="half were back within" id="report-median">
        {within(away.count, away.median_seconds)}
      </Figure>
      <Figure name="nine of ten within" id="report-ninth">
        {within(away.count, away.ninth_decile_seconds)}
      </Figure>
      <Figure name="reconnections refused" id="report-refused">
        {report.refused}
      </Figure>
    </dl>
  );
}

/** Short, as it stands in large letters. */
function within(count: number, seconds: number): string {
  if (count === 0) return '–';
  return seconds < 1 ? '< 1 s' : span(seconds);
}

function Figure({ name, id, children }: { name: string; id: string; children: ComponentChildren }) {
  return (
    <div class="figure">
      <dd class="value" data-testid={id}>
        {children}
      </dd>
      <dt>{name}</dt>
    </div>
  );
}

function causes(report: Report, counts: Record<string, number>): string {
  return Object.entries(counts)
    .sort(([, one], [, other]) => other - one)
    .map(([code, amount]) => `${amount} × ${report.words[code] ?? code}`)
    .join(', ');
}

function Worst({ report }: { report: Report }) {
  if (report.worst === null) return null;
  const { worst } = report;
  return (
    <>
      <p data-testid="report-causes">Why: {causes(report, report.drops_by_cause)}.</p>
      <p data-testid="report-worst">
        Worst five minutes: from {clock(new Date(worst.from))},{' '}
        {count(worst.drops, 'connection lost', 'connections lost')}.
      </p>
    </>
  );
}

function Troubled({ report }: { report: Report }) {
  const teams = report.troubled_teams.slice(0, 5);
  if (teams.length === 0) return null;
  return (
    <div>
      <h3>Teams with most trouble</h3>
      <ul class="troubled" data-testid="report-teams">
        {teams.map((team) => (
          <li key={team.team_id}>
            <bdi class="name">{team.team_name}</bdi>
            <span class="soft">
              {count(team.drops, 'connection lost', 'connections lost')}
              {team.away_seconds > 0 && `, away ${span(team.away_seconds)} in all`}
              {team.seats_lost > 0 && `, ${count(team.seats_lost, 'seat', 'seats')} lost`}
              {team.refused > 0 && `, ${count(team.refused, 'refusal', 'refusals')}`}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
