/** Why it may be time to look at the connection. */
export type Wake = 'online' | 'offline' | 'visible' | 'shown';

export type WakeSource = (listener: (wake: Wake) => void) => () => void;

/** Tells when the network comes or goes, the page becomes visible again, or returns from the back/forward cache. */
export const browserWake: WakeSource = (listener) => {
  if (typeof window === 'undefined' || typeof document === 'undefined') return () => {};
  const online = () => listener('online');
  const offline = () => listener('offline');
  const shown = (event: PageTransitionEvent) => {
    if (event.persisted) listener('shown');
  };
  const visible = () => {
    if (document.visibilityState === 'visible') listener('visible');
  };
  window.addEventListener('online', online);
  window.addEventListener('offline', offline);
  window.addEventListener('pageshow', shown);
  document.addEventListener('visibilitychange', visible);
  return () => {
    window.removeEventListener('online', online);
    window.removeEventListener('offline', offline);
    window.removeEventListener('pageshow', shown);
    document.removeEventListener('visibilitychange', visible);
  };
};
