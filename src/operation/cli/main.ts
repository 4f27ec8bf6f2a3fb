import 'reflect-metadata';

// Imported only now, because decorators need the line above to have run, whatever a bundler does with the order.
const { runCommand } = await import('./program.js');
const { Clock } = await import('../../foundation/clock.js');
const { createLogger, standardTarget } = await import('../../foundation/logging/create-logger.js');
const { stdout, stderr } = process;
const log = await createLogger('warn', standardTarget(2));
process.exitCode = await runCommand(process.argv.slice(2), { stdout, stderr, log, clock: new Clock() });
