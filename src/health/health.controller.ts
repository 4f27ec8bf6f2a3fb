import { Controller, Get, HttpCode, ServiceUnavailableException } from '@nestjs/common';
import { Database } from '../database/database.js';

/** Tells supervisors, containers and load balancers whether to restart this server or send it requests. */
@Controller('health')
export class HealthController {
  constructor(private readonly database: Database) {}

  /** Answers as long as this process handles requests at all. */
  @Get('live')
  @HttpCode(200)
  live(): string {
    return 'live';
  }

  /** Answers 200 when requests can be served: the database answers; otherwise 503. */
  @Get('ready')
  async ready(): Promise<string> {
    try {
      await this.database.row('SELECT 1 AS answer');
      return 'ready';
    } catch {
      throw new ServiceUnavailableException('The database does not answer');
    }
  }
}
