/** News in words, which can be put away. */
export function Notice({ message, testId, onDismiss }: Props) {
  return (
    <div class="news" role="status">
      <p data-testid={testId}>{message}</p>
      <button class="dismiss" aria-label="Dismiss" data-testid={`${testId}-dismiss`} onClick={onDismiss}>
        <span aria-hidden="true">×</span>
      </button>
    </div>
  );
}

interface Props {
  message: string;
  testId: string;
  onDismiss: () => void;
}
