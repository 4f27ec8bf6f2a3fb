import { create } from 'qrcode';

/** Modules of white around the code: as many as the standard asks for. */
export const QUIET_ZONE = 4;

/** A QR code as a drawing of squares. */
export interface QrCode {
  /** Modules of a side, the white around the code included. */
  side: number;
  /** Data of an SVG path along the dark modules, one wide. */
  path: string;
}

/** The QR code of a text. */
export function qrCodeOf(text: string): QrCode {
  const { modules } = create(text);
  const { size } = modules;
  let path = '';
  for (let row = 0; row < size; row++) {
    path += `M${QUIET_ZONE} ${row + QUIET_ZONE}.5`;
    for (let column = 0; column < size;) {
      const isDark = modules.get(row, column);
      const start = column;
      while (column < size && modules.get(row, column) === isDark) column++;
      path += isDark ? `h${column - start}` : `m${column - start} 0`;
    }
  }
  return { side: size + 2 * QUIET_ZONE, path };
}
