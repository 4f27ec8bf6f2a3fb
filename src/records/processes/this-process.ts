import cluster from 'node:cluster';
import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Settings } from '../../foundation/config/settings.js';

/** The names by which this process is known to the others that serve the community. */
@Injectable()
export class ThisProcess {
  readonly id = randomUUID();
  /**
   * The machine's name and the port it listens on, such as `plaza-1:8080`. A command is a machine of its own: the supervisor
   * passes nothing on to or from it, so it waits for the workers beside it as for those elsewhere.
   */
  readonly machine: string;

  constructor({ machineName, port }: Settings) {
    const machine = `${machineName}:${port}`;
    this.machine = cluster.isWorker ? machine : `${machine}#${this.id}`;
  }
}
