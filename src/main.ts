import 'reflect-metadata';
import cluster from 'node:cluster';
import { supervise } from './supervisor/supervise.js';
import { runWorker } from './supervisor/worker.js';

await (cluster.isPrimary ? supervise() : runWorker());
