import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { meterCache } from '../../foundation/caches/meter-cache.js';
import { ReadCache } from '../../foundation/caches/read-cache.js';
import { ChangeFeed } from '../../foundation/database/change-feed.js';
import { type DatabaseReader } from '../../foundation/database/database.js';
import { type Eventual } from '../../foundation/eventual.js';
import { Meters } from '../../foundation/metrics/meters.service.js';
import { type Rule } from '../../records/rules/rule.js';
import { RulesRepository } from '../../records/rules/rules.repository.js';
import { CompiledRules } from './compiled-rules.js';
import { PatternProblem } from './pattern-set.js';

/** Rooms whose rules a process has compiled. */
const CACHED_ROOMS = 1_000;
/** The key of the server's rules; no room has it as a token. */
const SERVER = '';

/** Rules, compiled and kept in memory until somebody changes them. */
@Injectable()
export class RuleCache implements OnModuleInit {
  private readonly logger = new Logger('Rules');
  private readonly compiled = new ReadCache<string, CompiledRules>(CACHED_ROOMS);

  constructor(
    private readonly feed: ChangeFeed,
    private readonly rules: RulesRepository,
    meters: Meters,
  ) {
    meterCache(meters, 'rules', this.compiled);
  }

  onModuleInit(): void {
    this.compiled.follow(this.feed);
    this.feed.on('rules', (token) => {
      this.compiled.drop(token);
    });
  }

  /** The server's rules. @param reader asks the database for them when they are not in memory */
  ofServer(reader?: DatabaseReader): Eventual<CompiledRules> {
    return this.compiled.get(SERVER, () => this.compile(null, reader));
  }

  /** A room's own rules. @param token in whatever case; the room need not exist */
  ofRoom(token: string, reader?: DatabaseReader): Eventual<CompiledRules> {
    const key = token.toLowerCase();
    return this.compiled.get(key, () => this.compile(key, reader));
  }

  private async compile(token: string | null, reader?: DatabaseReader): Promise<CompiledRules> {
    const rules = await this.rules.of(token, reader);
    try {
      return await CompiledRules.of(rules);
    } catch (error) {
      if (!(error instanceof PatternProblem)) throw error;
      // Another version has taken it; a room must not be without its other rules for that, nor without posts.
      this.logger.error(`Rules with patterns are left out in ${token ?? 'all rooms'}: ${error.message}`);
      return CompiledRules.of(rules.filter(hasNoPatterns));
    }
  }
}

function hasNoPatterns({ if: { looksFor } }: Rule): boolean {
  return looksFor !== 'patterns';
}
