import 'reflect-metadata';
import cluster from 'node:cluster';

// Each kind of process loads its own code alone: the supervisor does without the frameworks.
if (cluster.isPrimary) await (await import('./supervisor/supervise.js')).supervise();
else await (await import('./supervisor/worker.js')).runWorker();
