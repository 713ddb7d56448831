import { QrPicture } from '../shared/qr-picture';

/** The players' address as a QR code. */
export function QrCode({ url }: { url: string }) {
  const { hostname, host } = hostOf(url);
  const onlyHere = hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
  return (
    <section class="card centre qr" aria-label="Players come in here">
      <QrPicture url={url} />
      <p class="address">
        <a href={url}>{host}</a>
      </p>
      {onlyHere && (
        <p class="hint">
          This address works on this computer only. Open the dashboard by the computer's address in the
          network, and the code is good for phones.
        </p>
      )}
    </section>
  );
}

function hostOf(url: string): { hostname: string; host: string } {
  try {
    const { hostname, host, pathname } = new URL(url, location.href);
    return { hostname, host: pathname === '/' ? host : host + pathname };
  } catch {
    return { hostname: '', host: url };
  }
}
