import { Controller, Get, ServiceUnavailableException } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { Readiness } from './readiness.service.js';

/** Tells supervisors, containers and load balancers whether to restart this server or send it requests. */
@Controller('health')
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  /** Answers as long as this process handles requests at all. */
  @Get('live')
  @RouteConfig({ limitsItself: true })
  live(): string {
    return 'live';
  }

  /** Answers 200 when requests can be served, otherwise 503 and why not. */
  @Get('ready')
  @RouteConfig({ limitsItself: true })
  async ready(): Promise<string> {
    const problems = await this.readiness.problems();
    if (problems.length > 0) throw new ServiceUnavailableException(`Not ready: ${problems.join('; ')}`);
    return 'ready';
  }
}
