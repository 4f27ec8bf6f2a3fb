import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string' } },
});
const minutes = Number(values.minutes);
if (!(minutes > 0 && minutes <= 24 * 60)) {
  process.stderr.write(
    `siege: --minutes is a number above 0, up to 1440, not ${JSON.stringify(values.minutes)}\n`,
  );
  process.exit(2);
}
const { status } = spawnSync('npm', ['test', '--', 'test/hostile/siege.spec.ts'], {
  stdio: 'inherit',
  env: {
    ...process.env,
    SIEGE_SECONDS: String(Math.round(minutes * 60)),
    // Another one each time, told so that it can be repeated.
    SIEGE_SEED: values.seed ?? new Date().toISOString(),
  },
});
process.exitCode = status ?? 1;
