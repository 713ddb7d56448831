import qrcode from "qrcode-generator";
import { useMemo } from "preact/hooks";

const quiet = 4;

/** The players' address as a QR code, drawn as one path. */
export function QrCode({ url }: { url: string }) {
    const { size, path } = useMemo(() => {
        const code = qrcode(0, "M");
        code.addData(url);
        code.make();
        const modules = code.getModuleCount();
        let drawn = "";
        for (let row = 0; row < modules; row += 1) {
            for (let column = 0; column < modules; column += 1) {
                if (code.isDark(row, column)) drawn += `M${column + quiet} ${row + quiet}h1v1h-1z`;
            }
        }
        return { size: modules + 2 * quiet, path: drawn };
    }, [url]);
    return (
        <section class="card centre qr">
            <h2>Players come in here</h2>
            <svg data-testid="qr-code" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={`QR code of ${url}`}>
                <rect width={size} height={size} fill="#fff" />
                <path d={path} fill="#000" />
            </svg>
            <p class="address">{url}</p>
        </section>
    );
}
