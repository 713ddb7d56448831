import { useDark } from '../shared/hooks';
import { count, decimal } from '../shared/words';
import { pairNames, type Chsh, type PairTotals } from './chsh';
import { ChshPlot } from './chsh-plot';
import type { SeriesPoint } from './series';

interface Props {
  value: Chsh;
  pairs: PairTotals;
  series: readonly SeriesPoint[];
}

export function ChshCard({ value, pairs, series }: Props) {
  const dark = useDark();
  return (
    <section class="card chsh-card">
      <h2>Bell's test, all teams together</h2>
      <p class="chsh">
        <span>
          S = <strong data-testid="chsh-value">{value.value === null ? '–' : decimal(value.value, 3)}</strong>
        </span>
        <span class="chsh-error" data-testid="chsh-error">
          {value.error === null ? '' : `± ${decimal(value.error, 3)}`}
        </span>
        <span class="hint">after {count(value.rounds, 'round', 'rounds')}</span>
      </p>
      <dl class="pairs">
        {pairs.map(({ sum, rounds }, pair) => (
          <div key={pair}>
            <dt>{pairNames[pair]}</dt>
            <dd>
              {rounds === 0 ? '–' : decimal(sum / rounds, 2)} <span class="hint">({rounds})</span>
            </dd>
          </div>
        ))}
      </dl>
      {value.value === null ? (
        <p class="hint">S appears when each of the four pairs has come up in a complete round.</p>
      ) : (
        <ChshPlot key={dark ? 'dark' : 'light'} series={series} />
      )}
    </section>
  );
}
