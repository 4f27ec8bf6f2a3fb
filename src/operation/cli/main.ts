import '../../foundation/node-version.js';
import 'reflect-metadata';

const args = process.argv.slice(2);

// Everything is imported only now, because decorators need the lines above to have run, whatever a bundler does with the
// order, and because the processes of a server do without what commands load. Workers are started with the same arguments.
if (args.length === 1 && args[0] === 'start') {
  await import('../../main.js');
} else {
  const { runCommand } = await import('./program.js');
  const { becomeOwnerOf } = await import('../../foundation/become-owner.js');
  const { Clock } = await import('../../foundation/clock.js');
  const { createLogger, standardTarget } = await import('../../foundation/logging/create-logger.js');
  const { askAt } = await import('./questions.js');
  const { errorLine } = await import('../../foundation/error-line.js');
  const { stdin, stdout, stderr } = process;
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    // Its reader, such as head, has seen enough.
    if (error.code === 'EPIPE') process.exit();
    stderr.write(`plaza: the result can't be written: ${errorLine(error)}\n`);
    process.exit(1);
  });
  const log = await createLogger('warn', standardTarget(2));
  process.exitCode = await runCommand(args, {
    stdout,
    stderr,
    log,
    clock: new Clock(),
    ...(stdin.isTTY && { ask: askAt(stdin, stderr) }),
    onSettings: ({ dataDir }) => {
      becomeOwnerOf(dataDir);
    },
  });
}
