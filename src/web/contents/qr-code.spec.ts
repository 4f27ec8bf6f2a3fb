import { create } from 'qrcode';
import { QUIET_ZONE, qrCodeOf } from './qr-code.js';

/** The dark modules along a path of `M`, `h` and `m`. */
function drawn(path: string): Set<string> {
  const dark = new Set<string>();
  let [column, row] = [0, 0];
  for (const [, command, x, y] of path.matchAll(/([Mhm])(\d+)(?: (\d+)(?:\.5)?)?/g)) {
    if (command === 'M') [column, row] = [Number(x), Number(y)];
    else {
      if (command === 'h') for (let i = 0; i < Number(x); i++) dark.add(`${column + i} ${row}`);
      column += Number(x);
    }
  }
  return dark;
}

it('a QR code is drawn by its dark modules, and no others', () => {
  const text = `https://chat.example.org/lobby?public_key=${'0a'.repeat(32)}`;
  const { modules } = create(text);
  const expected = new Set<string>();
  for (let row = 0; row < modules.size; row++) {
    for (let column = 0; column < modules.size; column++) {
      if (modules.get(row, column)) expected.add(`${column + QUIET_ZONE} ${row + QUIET_ZONE}`);
    }
  }
  const { side, path } = qrCodeOf(text);
  expect(side).toBe(modules.size + 2 * QUIET_ZONE);
  expect(drawn(path)).toEqual(expected);
  expect(path.length).toBeLessThan(6_000);
});
