import { ONION_ERROR_REASONS, type OnionErrorReason } from '../../protocol/crypto/onion-cipher.js';
import { type Cell, type DurationCell } from '../../foundation/metrics/meter.js';
import { type Meters } from '../../foundation/metrics/meters.service.js';

/** Why an onion request came to nothing: it can't be decrypted, or there is no request in it. */
type FailureReason = OnionErrorReason | 'malformed_plaintext';

/** Times the answers in one version of the onion protocol. */
class VersionMeter {
  constructor(private readonly durations: DurationCell) {}

  /** @param startedAt what `performance.now()` said when the request had arrived */
  answered(startedAt: number): void {
    this.durations.observe((performance.now() - startedAt) / 1000);
  }
}

/** Counts onion requests. */
export class OnionMeters {
  readonly v3: VersionMeter;
  readonly v4: VersionMeter;
  private readonly failures = new Map<FailureReason, Cell>();

  constructor(meters: Meters) {
    const durations = meters.durations({
      name: 'plaza_onion_request_duration_seconds',
      help: 'Time from an onion request’s last byte to its sealed answer.',
      labels: ['version'],
    });
    this.v3 = new VersionMeter(durations.cell('v3'));
    this.v4 = new VersionMeter(durations.cell('v4'));
    const failures = meters.counter({
      name: 'plaza_onion_failures_total',
      help: 'Onion requests that could not be read, by reason.',
      labels: ['reason'],
    });
    for (const reason of [...ONION_ERROR_REASONS, 'malformed_plaintext'] as const) {
      this.failures.set(reason, failures.cell(reason));
    }
  }

  failed(reason: FailureReason): void {
    const cell = this.failures.get(reason);
    if (cell) cell.value++;
  }
}
