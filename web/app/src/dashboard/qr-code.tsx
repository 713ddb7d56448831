import { useMemo } from 'preact/hooks';
import { encode } from 'uqr';

/** Light modules around the code, as the standard asks for. */
const quietZone = 4;

/** The players' address as a QR code, drawn as one path. */
export function QrCode({ url }: { url: string }) {
  const { size, path } = useMemo(() => {
    const code = encode(url, { ecc: 'M', border: quietZone });
    let drawn = '';
    code.data.forEach((row, y) => {
      row.forEach((dark, x) => {
        if (dark) drawn += `M${x} ${y}h1v1h-1z`;
      });
    });
    return { size: code.size, path: drawn };
  }, [url]);
  const { hostname, host } = hostOf(url);
  const onlyHere = hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
  return (
    <section class="card centre qr" aria-label="Players come in here">
      <svg
        data-testid="qr-code"
        data-url={url}
        viewBox={`0 0 ${size} ${size}`}
        role="img"
        aria-label={`QR code of ${url}`}
        shape-rendering="crispEdges"
      >
        <rect width={size} height={size} fill="#fff" />
        <path d={path} fill="#000" />
      </svg>
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
