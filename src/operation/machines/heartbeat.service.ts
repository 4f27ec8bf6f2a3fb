import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { Settings } from '../../foundation/config/settings.js';
import { differences, type SharedSettings, sharedSettings } from '../../foundation/config/shared-settings.js';
import { Departure } from '../../foundation/departure.service.js';
import { errorLine } from '../../foundation/error-line.js';
import { VERSION } from '../../foundation/version.js';
import { ServerIdentity } from '../../protocol/identity/server-identity.js';
import { type ProcessEntity } from '../../records/entities/process.entity.js';
import { HEARTBEAT_SECONDS, ProcessesRepository } from '../../records/processes/processes.repository.js';
import { ThisProcess } from '../../records/processes/this-process.js';
import { SelfReports } from './self-report.service.js';

/** Tells the other processes of the community that this one serves, and looks whether they agree with each other. */
@Injectable()
export class Heartbeat implements OnModuleInit, OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Machines');
  private readonly shared: SharedSettings;
  private timer: NodeJS.Timeout | undefined;
  private signing: Promise<void> = Promise.resolve();

  constructor(
    settings: Settings,
    private readonly identity: ServerIdentity,
    private readonly self: ThisProcess,
    private readonly processes: ProcessesRepository,
    private readonly reports: SelfReports,
    private readonly departure: Departure,
  ) {
    this.shared = sharedSettings(settings);
  }

  /**
   * Compares this machine with the others before it serves anybody.
   * @throws Error when another one has another server key: clients could not talk to both
   */
  async onModuleInit(): Promise<void> {
    const others = (await this.processes.alive()).filter(({ machine }) => machine !== this.self.machine);
    const stranger = others.find(({ publicKey }) => publicKey !== this.identity.publicKeyHex);
    if (stranger) {
      throw new Error(
        `The server key of this machine is another one than that of ${stranger.machine}: give both the same SERVER_KEY`,
      );
    }
    for (const { machine, settings, version } of oneOfEachMachine(others)) {
      for (const difference of differences(this.shared, settings, machine)) this.logger.warn(difference);
      if (version !== VERSION)
        this.logger.warn(`${machine} runs Plaza ${version}, and this machine ${VERSION}`);
    }
  }

  onApplicationBootstrap(): void {
    this.departure.onBegin(() => {
      this.sign();
    });
    this.sign();
    this.timer = setInterval(() => {
      this.sign();
    }, HEARTBEAT_SECONDS * 1000);
  }

  /** Takes this process off the list, once it answers nobody any more. */
  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.signing;
    await this.processes.leave().catch((error: unknown) => {
      this.logger.debug(`This process stays listed until it is missed: ${errorLine(error)}`);
    });
  }

  /** Signs after the sign before, so that an old one never comes last. */
  private sign(): void {
    this.signing = this.signing
      .then(async () =>
        this.processes.sign({
          pid: process.pid,
          version: VERSION,
          publicKey: this.identity.publicKeyHex,
          settings: this.shared,
          report: await this.reports.make(),
          isLeaving: this.departure.hasBegun,
        }),
      )
      .catch((error: unknown) => {
        this.logger.debug(`The sign of life could not be written: ${errorLine(error)}`);
      });
  }
}

function oneOfEachMachine(processes: readonly ProcessEntity[]): Iterable<ProcessEntity> {
  return new Map(processes.map((process) => [process.machine, process])).values();
}
