// Runs the failures of several machines: all of them, or with --quick ten minutes of them.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const isQuick = process.argv.includes('--quick');
const passedOn = process.argv.slice(2).filter((word) => word !== '--quick');
const jest = join(root, 'node_modules/jest/bin/jest.js');
const args = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  jest,
  '--config',
  join(root, 'jest.cluster.config.js'),
  ...passedOn,
];
const { status } = spawnSync(process.execPath, args, {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, PLAZA_CLUSTER_QUICK: isQuick ? '1' : '' },
});
process.exit(status ?? 1);
