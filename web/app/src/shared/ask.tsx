import { useLayoutEffect, useRef } from 'preact/hooks';

interface Props {
  question: string;
  /** What the button that does it says. */
  yes: string;
  /** The buttons are found by this with `-yes` and `-no` behind it. */
  testId: string;
  onYes: () => void;
  onNo: () => void;
}

/** Asks once before something is done that touches others. */
export function Ask({ question, yes, testId, onYes, onNo }: Props) {
  const no = useRef<HTMLButtonElement>(null);
  // The harmless choice is the one that Enter takes, from the moment in which the question is there.
  useLayoutEffect(() => no.current?.focus(), []);
  return (
    <span
      class="line question"
      role="alertdialog"
      aria-label={question}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onNo();
      }}
    >
      <span>{question}</span>
      <button class="danger" data-testid={`${testId}-yes`} onClick={onYes}>
        {yes}
      </button>
      <button ref={no} data-testid={`${testId}-no`} onClick={onNo}>
        Keep
      </button>
    </span>
  );
}
