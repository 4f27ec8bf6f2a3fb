import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Settings } from '../../foundation/config/settings.js';

/** The names by which this process is known to the others that serve the community. */
@Injectable()
export class ThisProcess {
  readonly id = randomUUID();
  /** The machine's name and the port it listens on, such as `plaza-1:8080`. */
  readonly machine: string;

  constructor({ machineName, port }: Settings) {
    this.machine = `${machineName}:${port}`;
  }
}
