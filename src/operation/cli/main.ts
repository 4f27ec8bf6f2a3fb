import 'reflect-metadata';

// Imported only now, because decorators need the line above to have run, whatever a bundler does with the order.
const { runCommand } = await import('./program.js');
process.exitCode = await runCommand(process.argv.slice(2));
