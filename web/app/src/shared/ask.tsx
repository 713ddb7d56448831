import { useLayoutEffect, useRef } from 'preact/hooks';

interface Props {
  question: string;
  /** What the button that does it says. */
  yes: string;
  /** What the other one says. */
  no?: string;
  /** It takes nothing from anybody. */
  harmless?: boolean;
  /** The buttons are found by this with `-yes` and `-no` behind it. */
  testId: string;
  onYes: () => void;
  onNo: () => void;
}

/** Asks once before something is done that touches others. */
export function Ask({ question, yes, no = 'Keep', harmless = false, testId, onYes, onNo }: Props) {
  const keep = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    // The choice that changes nothing is the one that Enter takes, from the moment in which the question is there.
    keep.current?.focus();
    const around = keep.current?.closest('[role=alertdialog]')?.parentElement;
    return () => queueMicrotask(() => giveFocusBack(around, testId));
  }, []);
  return (
    <span
      class={harmless ? 'line question harmless' : 'line question'}
      role="alertdialog"
      aria-label={question}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onNo();
      }}
    >
      <span>{question}</span>
      <button class={harmless ? 'primary' : 'danger'} data-testid={`${testId}-yes`} onClick={onYes}>
        {yes}
      </button>
      <button ref={keep} data-testid={`${testId}-no`} onClick={onNo}>
        {no}
      </button>
    </span>
  );
}

/** Who works with the keyboard goes on where the question was asked, not at the top of the page. */
function giveFocusBack(around: Element | null | undefined, testId: string): void {
  if (document.activeElement !== document.body) return;
  const button =
    around?.querySelector<HTMLElement>(`[data-testid="${testId}"]`) ?? around?.querySelector('button');
  button?.focus();
}
