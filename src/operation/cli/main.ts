import 'reflect-metadata';

// Imported only now, because decorators need the line above to have run, whatever a bundler does with the order.
const { runCommand } = await import('./program.js');
const { Clock } = await import('../../foundation/clock.js');
const { stdout, stderr } = process;
process.exitCode = await runCommand(process.argv.slice(2), { stdout, stderr, clock: new Clock() });
