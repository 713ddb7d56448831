import { useMemo } from 'preact/hooks';
import { encode } from 'uqr';

/** Light modules around the code, as the standard asks for. */
const quietZone = 4;

/** An address as a QR code, drawn as one path. */
export function QrPicture({ url }: { url: string }) {
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
  return (
    <svg
      class="qr-picture"
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
  );
}
