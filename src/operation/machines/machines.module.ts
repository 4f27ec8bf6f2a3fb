import { Module } from '@nestjs/common';
import { Heartbeat } from './heartbeat.service.js';
import { SelfReports } from './self-report.service.js';

/** Tells the machines of a community of each other. */
@Module({ providers: [Heartbeat, SelfReports] })
export class MachinesModule {}
