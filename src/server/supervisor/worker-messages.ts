/** A worker answers requests. The first one tells the token of the room newcomers are sent to, if there is one. */
export interface ListeningReport {
  type: 'listening';
  roomToken: string | undefined;
}

/** A worker's one message to the supervisor at its start: it answers requests, or why it can't. */
export type WorkerReport = ListeningReport | { type: 'failed'; reason: string };

/** The supervisor's order to a worker to finish running requests and exit. */
export interface StopOrder {
  type: 'stop';
}

/** The supervisor's order to a worker to carry out the machine's jobs, which is repeated while it holds, or to stop. */
export interface JobsOrder {
  type: 'jobs';
  duty: boolean;
  /** Whether all jobs are due now, whenever they ran last. */
  dueAtOnce: boolean;
}

/** The worker has heard the order. */
export interface JobsAnswer {
  type: 'jobs heard';
}

function typeOf(message: unknown): unknown {
  return typeof message === 'object' && message !== null && 'type' in message ? message.type : undefined;
}

export function isStopOrder(message: unknown): message is StopOrder {
  return typeOf(message) === 'stop';
}

export function isJobsOrder(message: unknown): message is JobsOrder {
  return typeOf(message) === 'jobs';
}

export function isJobsAnswer(message: unknown): message is JobsAnswer {
  return typeOf(message) === 'jobs heard';
}

export function isWorkerReport(message: unknown): message is WorkerReport {
  return typeOf(message) === 'listening' || typeOf(message) === 'failed';
}
