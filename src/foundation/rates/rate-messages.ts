import { type RateOutcome, type RateUse } from './rate.js';

/** A worker's message to its supervisor, which counts for all workers of the machine. */
export interface RateQuestion {
  type: 'rates';
  id: number;
  uses: readonly RateUse[];
}

/** The supervisor's answer to the worker. */
export interface RateAnswer {
  type: 'rated';
  id: number;
  outcomes: readonly RateOutcome[];
}

function typeOf(message: unknown): unknown {
  return typeof message === 'object' && message !== null && 'type' in message ? message.type : undefined;
}

export function isRateQuestion(message: unknown): message is RateQuestion {
  return typeOf(message) === 'rates';
}

export function isRateAnswer(message: unknown): message is RateAnswer {
  return typeOf(message) === 'rated';
}
