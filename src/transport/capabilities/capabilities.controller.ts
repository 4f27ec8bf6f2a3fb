import { Controller } from '@nestjs/common';
import * as z from 'zod';
import { Settings } from '../../foundation/config/settings.js';
import { type Call, Endpoint } from '../../auth/endpoint.js';
import { json, type Reply } from '../../protocol/requests/reply.js';

const capabilitiesQuery = z.object({ required: z.string().optional() });
type CapabilitiesQuery = z.output<typeof capabilitiesQuery>;

/** The features of this server (protocol 6). */
@Controller()
export class CapabilitiesController {
  /** Sorted. */
  private readonly capabilities: readonly string[];
  private readonly nothingMissing: Reply;

  constructor(settings: Settings) {
    this.capabilities = settings.requireBlindedIds ? ['blind', 'reactions', 'sogs'] : ['reactions', 'sogs'];
    this.nothingMissing = json({ capabilities: this.capabilities });
  }

  @Endpoint({
    method: 'GET',
    path: '/capabilities',
    caller: 'anyone',
    summary: 'What this server can do, and which of the required capabilities it lacks',
    answers: [200, 412],
    query: capabilitiesQuery,
  })
  list({ query }: Call<'anyone', unknown, CapabilitiesQuery>): Reply {
    const { capabilities } = this;
    const missing = (query.required?.split(',') ?? []).filter((name) => !capabilities.includes(name));
    return missing.length > 0 ? json({ capabilities, missing }, 412) : this.nothingMissing;
  }
}
