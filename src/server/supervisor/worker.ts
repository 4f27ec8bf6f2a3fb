import cluster from 'node:cluster';
import { setFlagsFromString } from 'node:v8';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { loadSettings } from '../../foundation/config/load-settings.js';
import { type Settings } from '../../foundation/config/settings.js';
import { Departure } from '../../foundation/departure.service.js';
import { databaseOf } from '../../foundation/database/database-address.js';
import { prepareDatabase } from '../../records/schema/prepare-database.js';
import { JobWorker } from '../../operation/jobs/job-worker.service.js';
import { type OpenServer, openServer } from '../open-server.js';
import { errorLine } from '../../foundation/error-line.js';
import { isMetricsMessage, type MetricsReport } from '../../foundation/metrics/cluster-metrics.js';
import { WorkerMetrics } from '../../foundation/metrics/worker-metrics.service.js';
import {
  isJobsOrder,
  isStopOrder,
  type JobsAnswer,
  type JobsOrder,
  type WorkerReport,
} from './worker-messages.js';
import { isFirstWorker } from './worker-pool.js';

function report(message: WorkerReport | MetricsReport | JobsAnswer): Promise<void> {
  return new Promise((resolve) => {
    process.send?.(message, () => {
      resolve();
    });
  });
}

async function startListening(settings: Settings): Promise<OpenServer> {
  const database = databaseOf(settings);
  if (!database) throw new Error('The supervisor gave this worker no DATABASE_URL');
  const opensCommunity = isFirstWorker(cluster.worker);
  if (opensCommunity) {
    await prepareDatabase(database.directUrl);
    if (settings.redisUrl === undefined) {
      // Loaded here: other workers do without the library of queues.
      const { prepareQueue } = await import('../../operation/jobs/queue-schema.js');
      await prepareQueue(database.directUrl);
    }
  }
  return openServer(settings, { database }, opensCommunity);
}

async function obey({ duty, dueAtOnce }: JobsOrder, started: Promise<OpenServer>): Promise<void> {
  // The order comes after this worker has said that it listens.
  const jobs = (await started).app.get(JobWorker);
  if (duty) jobs.start(dueAtOnce);
  else void jobs.stop();
  await report({ type: 'jobs heard' });
}

async function reportMetrics(started: Promise<OpenServer>, id: number): Promise<void> {
  try {
    const metrics = await (await started).app.get(WorkerMetrics).collect();
    await report({ type: 'metrics', id, metrics });
  } catch {
    // There is nothing to tell of a worker that did not start, and the supervisor does not wait for long.
  }
}

function prepareProcess(): void {
  // V8 would take what a request holds while its nonce is written for something that stays, and create it where only
  // the costlier garbage collection looks.
  setFlagsFromString('--no-allocation-site-pretenuring');
  process.on('uncaughtException', (error) => {
    // Node's own report would print all that a driver hangs on an error, Session IDs among it.
    new Logger('Worker').fatal('This worker ends because of an unforeseen error', error);
    process.exit(1);
  });
}

/** Serves on for BALANCER_GRACE, lets running requests finish and exits. */
async function leave(started: Promise<OpenServer>, { balancerGrace }: Settings): Promise<void> {
  try {
    const { app } = await started;
    app.get(Departure).begin();
    await sleep(balancerGrace * 1000);
    await app.close();
    process.exit(0);
  } catch {
    process.exit(1);
  }
}

/**
 * The life of a worker process: opens the community if it is the first one, starts a server with the settings the
 * supervisor put into its environment, and on a stop order or a signal serves on for BALANCER_GRACE, lets running requests
 * finish and exits. Exits with 1 when it can't start.
 */
export async function runWorker(): Promise<void> {
  prepareProcess();
  const { settings } = loadSettings();
  const started = startListening(settings);
  let isListening = false;
  let stopping = false;
  const stop = async (): Promise<void> => {
    // A terminal sends Ctrl-C to every process of the group, so the order and the signal may both arrive.
    if (stopping) return;
    stopping = true;
    // Nobody is served yet, and every step of a start may be broken off, as by a crash.
    if (!isListening) process.exit(0);
    await leave(started, settings);
  };
  process.on('message', (message) => {
    if (isStopOrder(message)) void stop();
    if (isJobsOrder(message) && !stopping) void obey(message, started);
    if (isMetricsMessage(message)) void reportMetrics(started, message.id);
  });
  process.on('SIGTERM', () => void stop());
  process.on('SIGINT', () => void stop());
  try {
    const { roomToken } = await started;
    isListening = true;
    await report({ type: 'listening', roomToken });
  } catch (error) {
    await report({ type: 'failed', reason: errorLine(error) });
    process.exit(1);
  }
}
