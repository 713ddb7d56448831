/** An error in words, which can be put away. */
export function Problem({ message, onDismiss }: { message: string; onDismiss?: () => void }) {
  return (
    <div class="problem" role="alert">
      <p data-testid="error-message">{message}</p>
      {onDismiss && (
        <button class="dismiss" aria-label="Dismiss" data-testid="dismiss-error" onClick={onDismiss}>
          <span aria-hidden="true">×</span>
        </button>
      )}
    </div>
  );
}
