// Loaded into the processes of a server whose clock a test moves, before anything of Plaza. See clocks.ts.
import { Buffer } from 'node:buffer';
import { openSync, readSync } from 'node:fs';

const file = openSync(process.env.PLAZA_TEST_CLOCK, 'r');
const offset = Buffer.alloc(8);
const machine = Date.now;

Date.now = () => {
  readSync(file, offset, 0, offset.length, 0);
  return machine() + offset.readDoubleLE();
};
